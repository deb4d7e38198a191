import DisplayText
import MetricModel

package struct HeatmapView: Sendable {
    package var start: Timestamp
    package var step: TimeSpan
    /// Upper bounds of the rows as text, lowest first.
    package var rows: [SafeText]
    /// `values[row][column]`; `nil` is no data.
    package var values: [[Double?]]
    package var zoneOffsetSeconds: Int

    package init(
        start: Timestamp, step: TimeSpan, rows: [SafeText], values: [[Double?]], zoneOffsetSeconds: Int = 0
    ) {
        self.start = start
        self.step = step
        self.rows = rows
        self.values = values
        self.zoneOffsetSeconds = zoneOffsetSeconds
    }
}

package struct HistogramView: Sendable {
    package struct Bar: Sendable {
        package var label: SafeText
        package var count: Double
        package init(label: SafeText, count: Double) {
            self.label = label
            self.count = count
        }
    }
    package var bars: [Bar]

    package init(bars: [Bar]) { self.bars = bars }
}
