import DisplayText

/// One line of text in several styles.
package struct StyledText: Sendable, Hashable {
    package struct Run: Sendable, Hashable {
        package var text: SafeText
        package var style: Style
    }

    package private(set) var runs: [Run]
    /// Columns that it takes.
    package private(set) var width: Int

    package init() {
        runs = []
        width = 0
    }

    package init(_ text: SafeText, _ style: Style = .standard) {
        self.init()
        append(text, style)
    }

    package var isEmpty: Bool { width == 0 }

    /// The text alone.
    package var plain: SafeText { SafeText(runs.map(\.text.string).joined()) }

    package mutating func append(_ text: SafeText, _ style: Style = .standard) {
        if text.string.isEmpty { return }
        width += text.width
        runs.append(Run(text: text, style: style))
    }

    package mutating func append(_ other: StyledText) {
        width += other.width
        runs += other.runs
    }

    package func appending(_ text: SafeText, _ style: Style = .standard) -> StyledText {
        var copy = self
        copy.append(text, style)
        return copy
    }
}

/// Where a text stands in a field wider than itself.
package enum TextAlignment: Sendable, Hashable { case left, center, right }

extension Canvas {
    /// Draws `text` from column `x` of row `y`; what does not fit is cut.
    ///
    /// - Returns: the column after the last one drawn.
    @discardableResult
    package mutating func write(_ text: StyledText, x: Int, y: Int) -> Int {
        var column = x
        for run in text.runs { column = write(run.text, x: column, y: y, run.style) }
        return column
    }

    /// Draws `text` into a field of `width` columns; longer text is shortened in its middle, so that both ends stay.
    ///
    /// - Returns: the columns that the text took.
    @discardableResult
    package mutating func write(
        _ text: SafeText, x: Int, y: Int, width: Int, align: TextAlignment = .left,
        _ style: Style = .standard,
        ellipsis: SafeText = "…"
    ) -> Range<Int> {
        if width <= 0 { return x..<x }
        let shown = text.shortenedInMiddle(to: width, ellipsis: ellipsis)
        let slack = width - shown.width
        let start =
            switch align {
            case .left: x
            case .center: x + slack / 2
            case .right: x + slack
            }
        return start..<write(shown, x: start, y: y, style)
    }
}

extension SafeText {
    /// At most `columns` wide: what is too long loses its middle, since the ends tell things apart.
    package func shortenedInMiddle(to columns: Int, ellipsis: SafeText = "…") -> SafeText {
        if columns <= 0 { return "" }
        // Most text fits, and bytes are never fewer than columns in ASCII.
        if string.utf8.count <= columns || width <= columns { return self }
        let mark = ellipsis.width
        // Below that, an ellipsis would hide more than it tells.
        if columns < mark + 2 { return prefix(columns: columns) }
        let head = (columns - mark + 1) / 2
        let tail = columns - mark - head
        return SafeText(prefix(columns: head).string + ellipsis.string + suffix(columns: tail).string)
    }

    /// The first characters, at most `columns` wide.
    package func prefix(columns: Int) -> SafeText {
        var used = 0
        var end = string.startIndex
        for index in string.indices {
            used += characterWidth(string[index])
            if used > columns { break }
            end = string.index(after: index)
        }
        return SafeText(String(string[..<end]))
    }

    /// The last characters, at most `columns` wide.
    package func suffix(columns: Int) -> SafeText {
        var used = 0
        var start = string.endIndex
        while start > string.startIndex {
            let before = string.index(before: start)
            used += characterWidth(string[before])
            if used > columns { break }
            start = before
        }
        return SafeText(String(string[start...]))
    }
}
