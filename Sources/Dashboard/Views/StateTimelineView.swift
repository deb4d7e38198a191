import DisplayText
import MetricModel

package struct StateTimelineView: Sendable {
    package struct Span: Sendable {
        package var from: Timestamp
        package var to: Timestamp
        package var text: SafeText
        package var color: PanelColor

        package init(from: Timestamp, to: Timestamp, text: SafeText, color: PanelColor) {
            self.from = from
            self.to = to
            self.text = text
            self.color = color
        }
    }
    package struct Band: Sendable {
        package var name: SafeText
        /// Ascending, not overlapping; a hole is no data.
        package var spans: [Span]

        package init(name: SafeText, spans: [Span]) {
            self.name = name
            self.spans = spans
        }
    }
    package var from: Timestamp
    package var to: Timestamp
    package var bands: [Band]
    package var showsValues: Bool
    package var legend: [(text: SafeText, color: PanelColor)]
    package var zoneOffsetSeconds: Int

    package init(
        from: Timestamp, to: Timestamp, bands: [Band], showsValues: Bool = true,
        legend: [(text: SafeText, color: PanelColor)] = [], zoneOffsetSeconds: Int = 0
    ) {
        self.from = from
        self.to = to
        self.bands = bands
        self.showsValues = showsValues
        self.legend = legend
        self.zoneOffsetSeconds = zoneOffsetSeconds
    }
}
