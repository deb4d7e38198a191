/// Text that may be drawn: no control characters, no bidirectional overrides, nothing invisible, one line.
///
/// The renderer accepts nothing else, so whatever a message, a file or an operator sends cannot steer the terminal
/// or disguise itself. There is no way to make one without the sanitiser.
package struct SafeText: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral,
    ExpressibleByStringInterpolation
{
    package let string: String

    /// Makes `text` drawable; what cannot be drawn shows as a visible picture or `\u{…}`.
    package init(_ text: String) { string = sanitised(text) }

    package init(stringLiteral value: String) { self.init(value) }

    package var description: String { string }

    /// Columns that the text takes in a terminal.
    package var width: Int { displayWidth(string) }
}
