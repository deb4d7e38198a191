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
    /// - Parameter ellipsis: stands for what is left out, of width 1.
    /// - Returns: the columns that the text took.
    @discardableResult
    package mutating func write(
        _ text: SafeText, x: Int, y: Int, width: Int, align: TextAlignment = .left,
        _ style: Style = .standard,
        ellipsis: Character = "…"
    ) -> Range<Int> {
        if width <= 0 { return x..<x }
        let shown = text.shortened(to: width, ellipsis: ellipsis)
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
    /// `shortened(to:)` with another character than `…` for what is left out, where the terminal has no such glyph.
    package func shortened(to columns: Int, ellipsis: Character) -> SafeText {
        // Most text fits, and columns are never more than bytes.
        if string.utf8.count <= columns { return self }
        let text = shortened(to: columns)
        return ellipsis == "…" ? text : text.replacing(ellipsis)
    }

    /// Different texts stay different, wherever that is possible with one cut.
    package static func shortenedApart(_ texts: [SafeText], to columns: Int, ellipsis: Character)
        -> [SafeText]
    {
        if texts.allSatisfy({ $0.string.utf8.count <= columns }) { return texts }
        let shortened = shortenedApart(texts, to: columns)
        return ellipsis == "…" ? shortened : shortened.map { $0.replacing(ellipsis) }
    }

    private func replacing(_ ellipsis: Character) -> SafeText {
        SafeText(String(string.map { $0 == "…" ? ellipsis : $0 }))
    }
}
