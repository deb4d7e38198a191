import Canvas
import Dashboard
import DisplayText
import Rules

/// How a state shows itself: by shape and word, which colour only repeats.
extension AlertState {
    package func shape(_ glyphs: GlyphSet) -> Character {
        switch (self, glyphs) {
        case (.firing, .braille): "✖"
        case (.firing, .block): "×"
        case (.firing, .ascii): "X"
        case (.pending, .braille): "◔"
        case (.pending, .block): "○"
        case (.pending, .ascii): "o"
        case (.noData, _): "?"
        case (.error, _): "!"
        case (.recovering, .braille): "↺"
        case (.recovering, .block): "◊"
        case (.recovering, .ascii): "~"
        case (.normal, .braille): "✔"
        case (.normal, .block): "√"
        case (.normal, .ascii): "v"
        }
    }

    /// The word for running text and titles.
    package var word: SafeText {
        switch self {
        case .firing: "firing"
        case .pending: "pending"
        case .noData: "NO DATA"
        case .error: "ERROR"
        case .recovering: "recovering"
        case .normal: "ok"
        }
    }

    /// The word where states are compared: those that need somebody are in capitals.
    package var loudWord: SafeText { self == .firing ? "FIRING" : word }

    package var role: ColorRole {
        switch self {
        case .firing: .firing
        case .pending: .pending
        case .noData: .noData
        case .error: .error
        case .recovering: .recovering
        case .normal: .ok
        }
    }

    var style: Style { Style(role, needsSomebody ? .bold : []) }

    /// Whether the state is one to act on.
    package var needsSomebody: Bool { self == .firing || self == .error || self == .noData }

    /// Worst first.
    package static let worstFirst = allCases.sorted { $0.severityRank > $1.severityRank }
}

extension PanelColor {
    package var role: ColorRole {
        switch self {
        case .standard: .standard
        case .palette(let index): .series(index)
        case .rgb(let value): .rgb(value)
        case .ok: .ok
        case .warning: .warning
        case .critical: .critical
        }
    }

    /// Whether it says that something is wrong.
    var isAlarming: Bool { self == .warning || self == .critical }

    /// Colour for a value; alarming ones are bold too, so that they show without colour.
    var valueStyle: Style { Style(role, isAlarming ? .bold : []) }
}

extension Style {
    static let dim = Style(.dim)
    static let accent = Style(.accent, .bold)
    static let strong = Style(.standard, .bold)
}

extension StyledText {
    /// Joins parts with blanks between them.
    init(_ parts: [StyledText], separator: SafeText) {
        self.init()
        for (index, part) in parts.enumerated() {
            if index > 0 { append(separator) }
            append(part)
        }
    }
}

extension Character {
    /// A glyph of the program's own as text.
    var safe: SafeText { SafeText(String(self)) }
}

extension SafeText {
    static func + (a: SafeText, b: SafeText) -> SafeText { SafeText(a.string + b.string) }
}

/// A count without a unit; huge ones with an exponent.
func plainNumber(_ value: Double) -> SafeText {
    SafeText(abs(value) < 1e15 ? "\(Int(value.rounded()))" : "\(value)")
}

extension Canvas {
    /// Highlights a row that is drawn already: one colour all over, since several would look like several things.
    mutating func select(_ row: Rectangle) {
        restyle(row) { $0 = Style(.accent, $0.attributes.union(.reverse)) }
    }
}
