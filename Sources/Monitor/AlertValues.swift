import MetricModel
import Rules
import SeriesStore

/// The values of alerts at each evaluation, kept as series beside `ALERTS`, which says only that they were there.
///
/// A screen that goes back in time shows what an alert said then, not what it said when it began. As series they cost a byte
/// or two a sample, end with the store's window, and can be asked for and drawn like any other.
struct AlertValues {
    static let metric = "planetop_alert_value"

    /// The series that the last evaluation wrote, by the labels of their alerts.
    private var written: [LabelSet: LabelSet] = [:]

    /// Writes the values of `alerts`, and ends the series of those that are over.
    mutating func write(_ alerts: [AlertInstance], at time: Timestamp, to store: SeriesStore) {
        var present: [LabelSet: LabelSet] = [:]
        for alert in alerts where alert.state != .normal && alert.state != .error {
            guard present[alert.labels] == nil else { continue }
            let series = written[alert.labels] ?? Self.series(of: alert.labels)
            present[alert.labels] = series
            store.append(
                series, Sample(time, alert.value), interval: Observatory.interval, origin: .derived)
        }
        for labels in written.keys.filter({ present[$0] == nil }).sorted() {
            store.append(
                written[labels]!, Sample(time, StaleMarker.value), interval: Observatory.interval,
                origin: .derived)
        }
        written = present
    }

    /// The values that `alerts` had over the time in which a course shows, by their labels: up to the last evaluation at or
    /// before `time`, and not from before they began.
    static func read(
        _ alerts: [AlertInstance], at time: Timestamp, from source: any SeriesSource
    ) -> [LabelSet: SampleBuffer] {
        let begins = Dictionary(alerts.map { ($0.labels, $0.activeSince) }, uniquingKeysWith: min)
        if begins.isEmpty { return [:] }
        let after = time - AlertCourse.window
        var values: [LabelSet: SampleBuffer] = [:]
        for series in source.select(
            [LabelMatcher(name: LabelSet.metricName, equals: metric)], after: after, through: time)
        {
            let labels = series.labels.dropping([LabelSet.metricName])
            guard let begin = begins[labels] else { continue }
            var samples = SampleBuffer()
            source.read(
                series, after: max(after, begin - .seconds(1)), through: time, into: &samples)
            // An alert that ended and began again has no value of the time between.
            if let end = samples.values.lastIndex(where: StaleMarker.isStale) { samples.removeFirst(end + 1) }
            if !samples.isEmpty { values[labels] = samples }
        }
        return values
    }

    private static func series(of labels: LabelSet) -> LabelSet {
        var builder = LabelSetBuilder(labels)
        builder.set(LabelSet.metricName, metric)
        return builder.labels()
    }
}
