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

    /// - Parameter safe: made of whole graphemes of sanitised text.
    private init(safe: String) { string = safe }

    package var description: String { string }

    /// Columns that the text takes in a terminal.
    package var width: Int { displayWidth(string) }

    /// Where the blanks go when a text is padded.
    package enum Alignment: Sendable { case left, right, centre }

    /// The longest beginning that takes at most `columns`.
    package func prefix(width columns: Int) -> SafeText {
        SafeText(safe: String(head(columns)))
    }

    /// At most `columns` wide: what is too long loses its middle to `…` and keeps both ends, for names of one
    /// family begin alike and end in what tells them apart.
    package func shortened(to columns: Int) -> SafeText {
        shortened(to: columns, tail: max(0, columns - 1) / 2)
    }

    /// Exactly `columns` wide: blanks are added, what is too long is shortened in its middle.
    package func padded(to columns: Int, alignment: Alignment = .left) -> SafeText {
        let text = shortened(to: columns)
        let blanks = max(0, columns - text.width)
        let before =
            switch alignment {
            case .left: 0
            case .right: blanks
            case .centre: blanks / 2
            }
        return SafeText(
            safe: String(repeating: " ", count: before) + text.string
                + String(repeating: " ", count: blanks - before))
    }

    /// The texts shortened to `columns` so that different ones stay different wherever that is possible with one cut.
    ///
    /// All are cut alike: in the middle, or, when some would then look the same, where most differ.
    package static func shortenedApart(_ texts: [SafeText], to columns: Int) -> [SafeText] {
        let distinct = Set(texts).count
        var best = texts.map { $0.shortened(to: columns) }
        var bestCount = Set(best).count
        // From the middle outwards, so that the cut moves no further than it must.
        let middle = max(0, columns - 1) / 2
        for distance in stride(from: 1, through: columns - 1 - middle, by: 1) where bestCount < distinct {
            for tail in [middle + distance, middle - distance] where tail >= 0 && tail < columns {
                let candidate = texts.map { $0.shortened(to: columns, tail: tail) }
                let count = Set(candidate).count
                if count > bestCount { (best, bestCount) = (candidate, count) }
            }
        }
        return best
    }

    private func shortened(to columns: Int, tail tailColumns: Int) -> SafeText {
        guard columns > 0 else { return SafeText(safe: "") }
        if string.utf8.count <= columns || width <= columns { return self }
        let end = tail(tailColumns)
        // A wide character at a cut leaves a column over, which the head may use.
        let start = head(columns - 1 - displayWidth(String(end)))
        return SafeText(safe: String(start) + "…" + String(end))
    }

    private func head(_ columns: Int) -> Substring {
        var left = columns
        var end = string.startIndex
        while end < string.endIndex {
            left -= characterWidth(string[end])
            if left < 0 { break }
            end = string.index(after: end)
        }
        return string[..<end]
    }

    private func tail(_ columns: Int) -> Substring {
        var left = columns
        var start = string.endIndex
        while start > string.startIndex {
            let before = string.index(before: start)
            left -= characterWidth(string[before])
            if left < 0 { break }
            start = before
        }
        return string[start...]
    }
}
