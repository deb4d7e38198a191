import DisplayText

/// Which characters the terminal's font can be trusted to have. Decided once, by whoever knows the terminal.
package enum GlyphSet: String, Sendable, Hashable, CaseIterable {
    /// Any modern font: braille dots, dingbats, all of box drawing.
    case braille
    /// Fonts of consoles and of old emulators: blocks, plain box drawing, the common geometric shapes.
    case block
    /// Nothing above U+007E.
    case ascii

    /// A line where nothing is wrong: rules, axes.
    package var horizontal: Character { self == .ascii ? "-" : "─" }
    /// A heavier one, for what must be seen.
    package var heavyHorizontal: Character { self == .ascii ? "=" : self == .block ? "═" : "━" }
    package var vertical: Character { self == .ascii ? "|" : "│" }
    /// Marks a threshold across a chart.
    package var thresholdLine: Character {
        switch self {
        case .braille: "┈"
        case .block: "·"
        case .ascii: "."
        }
    }
    /// Stands where there is no data.
    package var gap: Character { self == .ascii ? ":" : "░" }
    /// Stands for what is left out of a text.
    package var ellipsis: Character { self == .ascii ? "~" : "…" }
    /// Stands for a number that is not there.
    package var dash: SafeText { self == .ascii ? "-" : "–" }
    package var times: SafeText { self == .ascii ? "x" : "×" }
    package var dot: Character { self == .ascii ? "*" : "•" }
    package var bullet: SafeText { self == .ascii ? "-" : "•" }
    /// Tick of a vertical axis that stands left of its chart.
    package var leftTick: Character { self == .ascii ? "|" : "┤" }
    package var rightTick: Character { self == .ascii ? "|" : "├" }
    package var bottomTick: Character { self == .ascii ? "+" : "┬" }
    package var bottomLeft: Character { self == .ascii ? "+" : "└" }
    package var bottomRight: Character { self == .ascii ? "+" : "┘" }
    package var opened: SafeText { self == .ascii ? "v" : self == .block ? "▼" : "▾" }
    package var closed: SafeText { self == .ascii ? ">" : self == .block ? "►" : "▸" }
    package var pointer: SafeText { self == .ascii ? ">" : self == .block ? "►" : "❯" }
    package var rising: Character { self == .ascii ? "^" : self == .block ? "↑" : "↗" }
    package var falling: Character { self == .ascii ? "v" : self == .block ? "↓" : "↘" }
    package var steady: Character { self == .ascii ? "=" : "→" }
    package var annotation: Character { self == .ascii ? "^" : self == .block ? "▲" : "▴" }

    /// Nine heights of a cell filled from its bottom: empty, one to seven eighths, full.
    package var eighths: [Character] {
        self == .ascii ? Self.asciiColumn : Self.blockColumn
    }
    private static let blockColumn: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let asciiColumn: [Character] = [" ", "_", "_", ".", ".", ":", ":", "|", "#"]

    /// Eight levels for a line of history one row high, lowest first; even the lowest is visible, and none is full, so
    /// that the rows of a table stay apart.
    package var sparkLevels: [Character] { self == .ascii ? Self.asciiSpark : Self.blockSpark }
    private static let blockSpark: [Character] = ["▁", "▁", "▂", "▃", "▄", "▅", "▆", "▇"]
    private static let asciiSpark: [Character] = ["_", ".", "-", "~", "=", "+", "*", "#"]

    /// Nine widths of a cell filled from its left: empty, one to seven eighths, full.
    package var leftEighths: [Character] {
        switch self {
        case .braille: Self.fineRow
        case .block: Self.blockRow
        case .ascii: Self.asciiRow
        }
    }
    private static let fineRow: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
    private static let blockRow: [Character] = [" ", " ", " ", "▌", "▌", "▌", "▌", "█", "█"]
    private static let asciiRow: [Character] = [" ", " ", " ", " ", "-", "-", "-", "#", "#"]
    /// The unfilled rest of a bar.
    package var track: Character { self == .ascii ? "." : self == .block ? "░" : "─" }

    /// Amounts as shades, from none to all.
    package var shades: [Character] { self == .ascii ? Self.asciiShades : Self.blockShades }
    private static let blockShades: [Character] = [" ", "░", "▒", "▓", "█"]
    private static let asciiShades: [Character] = [" ", ".", "-", "+", "*", "#", "@"]

    /// Fills that tell layers apart where there is no colour.
    package var patterns: [Character] { self == .ascii ? Self.asciiPatterns : Self.blockPatterns }
    private static let blockPatterns: [Character] = ["█", "▒", "▓", "░"]
    private static let asciiPatterns: [Character] = ["#", "=", "+", "o", "x", "%", "~", "*"]

    /// Marks that tell series apart where there is no colour.
    package var markers: [Character] { self == .ascii ? Self.asciiMarkers : Self.shapeMarkers }
    private static let shapeMarkers: [Character] = ["●", "▲", "■", "○", "▼", "□", "◊", "►", "◄", "♦"]
    private static let asciiMarkers: [Character] = ["*", "+", "o", "x", "#", "@", "%", "="]
}
