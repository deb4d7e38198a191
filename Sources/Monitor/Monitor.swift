import Canvas
import Dashboard
import DisplayText
import Messaging
import MetricModel
import Panels
import PromQL
import Rules

/// The program behind the screen: what arrives, what is pressed, and what is to be seen of it.
///
/// Events go in as calls, frames and effects come out. It reads no clock and touches no terminal: live, in a replay and in
/// tests it is the same.
package final class Monitor {
    package struct Settings: Sendable {
        package var glyphs = GlyphSet.braille
        package var isMono = false
        /// In place of the dashboards' own range.
        package var range: TimeSpan?
        /// Only these tenants and planes; empty for all.
        package var tenants: [String] = []
        package var planes: [String] = []
        /// Seconds east of UTC of a zone, or of the machine's own for `nil`.
        package var zoneOffset: @Sendable (_ name: String?, _ time: Timestamp) -> Int? = { _, _ in 0 }
        package var zoneName: @Sendable (_ time: Timestamp) -> String = { _ in "UTC" }
        package var evaluation = EvaluationOptions()

        package init() {}
    }

    package let observatory: Observatory
    package private(set) var cursor: Cursor
    package var link: LinkStatus { didSet { if link != oldValue { changed() } } }
    /// How much of a capture was read, 0…1, while reading has not come to the cursor; the screen shows too little until then.
    package var readShare: Double? { didSet { if readShare != oldValue { changed() } } }
    /// What else must be seen in the top line: recording, plain text to a far broker.
    package var notices: [TopLineModel.Notice] = [] { didSet { if notices != oldValue { changed() } } }
    let settings: Settings
    var pages: [DashboardModel]
    var interface = Interface()
    /// Of the last frame: what keys refer to.
    var lastLayout: DashboardLayout?
    var lastPlacements: [PanelPlacement] = []
    var lastBodyHeight = 0
    var lastZoomStep = TimeSpan.seconds(15)
    private var interfaceChanges: UInt64 = 0

    package init(
        _ observatory: Observatory, dashboards: [Dashboard], cursor: Cursor = .live(), link: LinkStatus,
        settings: Settings = Settings()
    ) {
        self.observatory = observatory
        self.cursor = cursor
        self.link = link
        self.settings = settings
        pages = dashboards.map { DashboardModel($0) }
        interface.range = settings.range
        for index in pages.indices {
            if !settings.tenants.isEmpty { pages[index].choose(settings.tenants, for: "tenant") }
            if !settings.planes.isEmpty { pages[index].choose(settings.planes, for: "plane") }
        }
    }

    /// Whether history is still being read, so that what the screen shows is less than what is known.
    var isLoading: Bool {
        if case .loading = link { return true }
        return readShare != nil
    }

    /// Grows with everything that a frame could show; equal numbers promise the same frame at the same time.
    package var changeCount: UInt64 { observatory.changeCount &+ interfaceChanges }

    func changed() { interfaceChanges &+= 1 }

    // MARK: - Time

    /// Where a replay ends; the newest data of a capture.
    private var end: Timestamp {
        if case .replay(_, let end) = link { return end }
        return .distantFuture
    }

    /// The time that the screen shows when the clock reads `clock`.
    package func time(clock: Timestamp) -> Timestamp { cursor.time(clock: clock, end: end) }

    /// Whether a replay has come to its end.
    package func hasEnded(clock: Timestamp) -> Bool { cursor.isReplay && time(clock: clock) >= end }

    /// When the screen changes by itself, without anything arriving: ages count in seconds.
    package func nextChange(clock: Timestamp) -> Timestamp? {
        switch cursor.mode {
        // Paused, the cursor stands, but how far it is behind and the age of what arrives go on.
        case .live, .paused: return Timestamp(milliseconds: (clock.milliseconds / 1000 + 1) * 1000)
        case .replay(let isPlaying, let speed):
            guard isPlaying, !hasEnded(clock: clock) else { return nil }
            // With the next second of the data, which comes sooner when the replay is fast; never more than five times a second.
            let now = time(clock: clock).milliseconds
            let left = Double((now / 1000 + 1) * 1000 - now) / max(speed, 0.001)
            return clock + TimeSpan(milliseconds: Int64(min(max(left.rounded(.up), 200), 1000)))
        }
    }

    func setCursor(_ change: (inout Cursor) -> Void) {
        change(&cursor)
        changed()
    }

    // MARK: - What the panels ask

    /// The alerts at a time: those of now, or as they were then.
    func alerts(at time: Timestamp) -> [AlertInstance] {
        cursor.isLive ? observatory.alerts : observatory.alerts(at: time)
    }

    func context(at time: Timestamp) -> DashboardContext {
        var context = DashboardContext(
            cursor: time, source: observatory.store, labels: observatory.store,
            evaluator: Evaluator(options: settings.evaluation), alerts: alerts(at: time),
            linkedRules: linkedRules, zoneOffset: settings.zoneOffset)
        context.coverage = coverage
        if let range = interface.range { context.range = TimeRange(from: time - range, to: time) }
        let window = interface.range ?? .hours(24)
        context.transitions = observatory.history.transitions(after: time - window, through: time)
        let changes = observatory.changes
        context.changes = { after, through, countMax in
            changes.latest(countMax, after: after, through: through).map {
                EventListView.Item(
                    time: $0.time, subject: SafeText($0.subject), text: SafeText($0.text), state: $0.state)
            }
        }
        return context
    }

    /// What a screen without alerts is worth.
    var coverage: RuleCoverage {
        let coverage = RuleCoverage(observatory.rules.ruleStatuses)
        guard case .watched = coverage else { return coverage }
        if isLoading { return .reading }
        return observatory.hasData ? coverage : .noData
    }

    private var linkedRules: [LinkedRule] {
        observatory.rules.ruleStatuses.compactMap { status in
            guard let panel = status.rule.panel, let id = Int(panel.panelID) else { return nil }
            return LinkedRule(name: status.rule.name, dashboardUID: panel.dashboardUID, panelID: id)
        }
    }
}
