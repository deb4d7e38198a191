/// What a cell's colour means. A theme turns it into colours that the terminal has.
///
/// Drawing code names roles, so that themes, colour depths and mono terminals are decided in one place.
package enum ColorRole: Sendable, Hashable {
    /// The terminal's own foreground or background.
    case standard
    /// Text of less weight: axes, old values, hints.
    case dim
    /// The one accent, for focus.
    case accent
    case ok, pending, firing, critical, warning, noData, error, recovering
    /// Series `n` of a chart, in the order of the palette.
    case series(Int)
    /// A colour that the dashboard asks for, 0xRRGGBB.
    case rgb(UInt32)
}

package struct Style: Sendable, Hashable {
    package var foreground: ColorRole
    package var background: ColorRole
    package var attributes: Attributes

    package struct Attributes: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let bold = Attributes(rawValue: 1)
        package static let dim = Attributes(rawValue: 2)
        package static let reverse = Attributes(rawValue: 4)
        package static let underline = Attributes(rawValue: 8)
    }

    package init(
        _ foreground: ColorRole = .standard, on background: ColorRole = .standard,
        _ attributes: Attributes = []
    ) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    package static let standard = Style()
}
