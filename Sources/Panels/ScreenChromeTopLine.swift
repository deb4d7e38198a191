import Canvas
import DisplayText
import MetricModel
import Rules

/// Where the data on the screen comes from, in the word that stands at the top right at every size.
package enum SourceState: Sendable, Equatable {
    case live
    /// Not connected yet or no more; what is being done about it: `retry in 4s`.
    case connecting(SafeText)
    /// History is being read; 0…1 when its size is known.
    case loading(Double?)
    /// The cursor stands still while data goes on coming; how far it is behind.
    case paused(behind: TimeSpan)
    case replay(speed: Double, isPlaying: Bool)
    /// The capture has been played to its end.
    case ended
    case failed(SafeText)
}

/// What the top line says.
package struct TopLineModel: Sendable {
    package struct Tab: Sendable {
        package var title: SafeText
        /// Worst state of the dashboard's alerts; only pending and worse are shown.
        package var worst: AlertState?

        package init(title: SafeText, worst: AlertState? = nil) {
            self.title = title
            self.worst = worst
        }
    }

    package struct Notice: Sendable, Equatable {
        package var text: SafeText
        /// In its place where it is narrow.
        package var short: SafeText?
        /// Something fails: it is seen at every width that has room for it.
        package var isProblem: Bool

        package init(_ text: SafeText, short: SafeText? = nil, isProblem: Bool = false) {
            self.text = text
            self.short = short
            self.isProblem = isProblem
        }
    }

    package var product: SafeText
    package var tabs: [Tab]
    package var currentTab: Int
    /// Tenant and plane, or `all planes`.
    package var filter: SafeText
    /// `1h`
    package var range: SafeText
    package var source: SourceState
    /// The cursor, shown in replay and pause.
    package var cursor: Timestamp
    package var zoneOffsetSeconds: Int
    /// The zone's short name: `UTC`, `CET`.
    package var zoneName: SafeText
    /// Age of the newest sample; `nil` before the first one.
    package var age: TimeSpan?
    /// The age is more than the sources' cadence allows.
    package var isLate: Bool
    /// What else must be seen: recording, dropped messages.
    package var notices: [Notice]

    package init(
        product: SafeText = "planetop", tabs: [Tab], currentTab: Int, filter: SafeText, range: SafeText,
        source: SourceState, cursor: Timestamp, zoneOffsetSeconds: Int = 0, zoneName: SafeText = "UTC",
        age: TimeSpan?, isLate: Bool = false, notices: [Notice] = []
    ) {
        self.product = product
        self.tabs = tabs
        self.currentTab = currentTab
        self.filter = filter
        self.range = range
        self.source = source
        self.cursor = cursor
        self.zoneOffsetSeconds = zoneOffsetSeconds
        self.zoneName = zoneName
        self.age = age
        self.isLate = isLate
        self.notices = notices
    }
}

extension SourceState {
    /// The word, from its longest form to the shortest; never empty.
    func forms(_ model: TopLineModel, _ glyphs: GlyphSet) -> [StyledText] {
        let civil = CivilTime(model.cursor, zoneOffsetSeconds: model.zoneOffsetSeconds)
        let style = style
        func lines(_ texts: [String]) -> [StyledText] { texts.map { StyledText(SafeText($0), style) } }
        let shape = shape(glyphs)
        switch self {
        case .live: return lines(["\(shape) LIVE", "LIVE", "L"])
        case .connecting(let detail):
            return lines([
                "\(shape) CONNECTING \(detail.string)", "\(shape) CONNECTING", "CONNECTING", "CONN", "C",
            ])
        case .loading(let share):
            let percent = share.map { " \(Int((min(1, max(0, $0)) * 100).rounded(.down)))%" } ?? ""
            return lines(["\(shape) LOADING\(percent)", "LOADING", "LOAD", "L"])
        case .paused(let behind):
            let age = formatAge(behind).string
            return lines([
                "\(shape) PAUSED \(age) behind  \(civil.clock.string)", "\(shape) PAUSED \(age) behind",
                "\(shape) PAUSED -\(age)", "PAUSED -\(age)", "PAUSED", "P",
            ])
        case .replay(let speed, let isPlaying):
            let word = "\(shape) REPLAY"
            let pace = isPlaying ? "\(glyphs.times.string)\(speedText(speed))" : "paused"
            let (clock, zone) = (civil.clock.string, model.zoneName.string)
            return lines([
                "\(word) \(pace)   \(civil.date.string) \(clock) \(zone)",
                "\(word) \(pace)  \(clock) \(zone)",
                "\(word) \(pace)  \(clock)", "\(word) \(pace)", "REPLAY \(pace)", "REPLAY", "R",
            ])
        case .ended:
            return lines(["\(shape) REPLAY ended  \(civil.clock.string)", "REPLAY ended", "REPLAY", "R"])
        case .failed(let why): return lines(["\(shape) \(why.string)", "\(shape) FAILED", "FAILED", "F"])
        }
    }

    /// Whether the screen does not show the present, or cannot: then even one row says so.
    var mustBeSeen: Bool { if case .live = self { false } else { true } }

    private func shape(_ glyphs: GlyphSet) -> String {
        switch (self, glyphs) {
        case (.live, .ascii): "*"
        case (.live, _): "●"
        case (.connecting, _), (.loading, _): glyphs == .ascii ? ".." : "…"
        case (.paused, .ascii), (.replay(_, false), .ascii), (.ended, .ascii): "||"
        case (.paused, _), (.replay(_, false), _), (.ended, _): "‖"
        case (.replay, .ascii): ">"
        case (.replay, .block): "►"
        case (.replay, .braille): "▶"
        case (.failed, _): "!"
        }
    }

    private var style: Style {
        switch self {
        case .live: Style(.ok)
        case .connecting, .loading: Style(.pending, .bold)
        case .paused, .replay, .ended: Style(.accent, [.bold, .reverse])
        case .failed: Style(.error, .bold)
        }
    }
}

/// `10`, `0.5`
private func speedText(_ speed: Double) -> String {
    speed == speed.rounded() && abs(speed) < 1e9 ? "\(Int(speed))" : "\(speed)"
}

extension Canvas {
    /// Draws the product, the dashboards, what is looked at, and what the data is worth.
    package mutating func drawTopLine(_ model: TopLineModel, in area: Rectangle, _ context: DrawingContext) {
        if area.isEmpty { return }
        let glyphs = context.glyphs
        var line = PriorityLine()
        line.leading.append(.init([StyledText(model.product, .strong), StyledText()], priority: 1))
        line.leading.append(.init(tabForms(model, glyphs), priority: 5))
        line.trailing.append(.init([StyledText(model.filter), StyledText()], priority: 4))
        line.trailing.append(.init([StyledText(model.range), StyledText()], priority: 3))
        for notice in model.notices {
            let style = Style(notice.isProblem ? .error : .warning, .bold)
            let forms = [notice.text, notice.short].compactMap { $0 }.map { StyledText($0, style) }
            line.trailing.append(.init(forms + [StyledText()], priority: notice.isProblem ? 8 : 6))
        }
        line.trailing.append(.init(model.source.forms(model, glyphs), priority: 9))
        // Five columns hold nearly every age, so that the word before it stays where it is.
        let age = (model.age.map(formatAge) ?? glyphs.dash).padded(to: 5, alignment: .right)
        let ageStyle = model.age == nil || model.isLate ? Style(.noData, .bold) : Style.dim
        line.trailing.append(.init([StyledText(age, ageStyle), StyledText()], priority: 7, gap: 1))
        let margin = area.width >= 20 ? 1 : 0
        line.draw(on: &self, x: area.x + margin, y: area.y, width: area.width - 2 * margin)
    }

    /// All dashboards by name; the current one by name and the others by number; the current one alone.
    private func tabForms(_ model: TopLineModel, _ glyphs: GlyphSet) -> [StyledText] {
        func tab(_ index: Int, named: Bool) -> StyledText {
            let tab = model.tabs[index]
            let isCurrent = index == model.currentTab
            var text = StyledText("\(index + 1)", isCurrent ? .accent : .dim)
            if named {
                text.append(" ")
                text.append(tab.title, isCurrent ? Style(.accent, [.bold, .underline]) : .standard)
            }
            if let worst = tab.worst, worst.severityRank >= AlertState.pending.severityRank {
                text.append(" " + worst.shape(glyphs).safe, worst.style)
            }
            return text
        }
        let all = model.tabs.indices
        let current = all.contains(model.currentTab) ? [tab(model.currentTab, named: true)] : []
        return [
            StyledText(all.map { tab($0, named: true) }, separator: "  "),
            StyledText(all.map { tab($0, named: $0 == model.currentTab) }, separator: " "),
            StyledText(current, separator: ""), StyledText(),
        ]
    }
}
