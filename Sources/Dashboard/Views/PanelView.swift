import DisplayText
import MetricModel
import Rules

/// A panel at the cursor, ready to be drawn: every query answered, every value with its unit, colour and text.
///
/// The only thing that `Panels` reads. It holds no Grafana JSON and no PromQL any more.
package struct PanelView: Sendable {
    package var id: Int
    package var title: SafeText
    package var description: SafeText?
    package var content: PanelContent
    package var health: PanelHealth
    /// Worst state of the alert rules linked to this panel, and how many of them are in it; `nil` without any rule.
    package var alert: PanelAlert?
    /// What the dashboard asked of this panel and is not honoured, a line each.
    package var notHonoured: [SafeText]

    package init(
        id: Int, title: SafeText, content: PanelContent, health: PanelHealth = .fresh,
        alert: PanelAlert? = nil,
        notHonoured: [SafeText] = [], description: SafeText? = nil
    ) {
        self.id = id
        self.title = title
        self.content = content
        self.health = health
        self.alert = alert
        self.notHonoured = notHonoured
        self.description = description
    }
}

/// Whether the panel's data can be believed. Absence is never zero, nor green.
package enum PanelHealth: Sendable, Equatable {
    case fresh
    /// The newest sample is older than its series' lookback allows.
    case stale(age: TimeSpan)
    /// The queries matched nothing.
    case noData
    /// Some queries failed, the rest is drawn.
    case partial(SafeText)
    case error(SafeText)
}

package struct PanelAlert: Sendable, Equatable {
    package var state: AlertState
    package var count: Int
    package var since: Timestamp

    package init(state: AlertState, count: Int, since: Timestamp) {
        self.state = state
        self.count = count
        self.since = since
    }
}

package enum PanelContent: Sendable {
    /// `timeseries`, `graph`, and `barchart` over time.
    case timeSeries(TimeSeriesView)
    /// `stat`, `singlestat`.
    case stat(StatView)
    case gauge(GaugeView)
    case barGauge(BarGaugeView)
    case table(TableView)
    case text(TextView)
    /// `state-timeline`, `status-history`.
    case stateTimeline(StateTimelineView)
    case alertList(AlertListView)
    case heatmap(HeatmapView)
    case pieChart(PieChartView)
    case histogram(HistogramView)
    /// `annolist`: what changed, newest first.
    case eventList(EventListView)
    /// A row header; its panels follow it in the layout.
    case row(isCollapsed: Bool, panelCount: Int)
    /// A type or a data source that planetop does not draw, with the reason.
    case unsupported(SafeText)
}
