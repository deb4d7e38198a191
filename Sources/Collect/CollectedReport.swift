import MetricModel

/// What one cycle of one source gives for one message: series with their points, events, errors.
package struct CollectedReport: Sendable {
    package struct Series: Sendable {
        package var name: String
        package var isCounter: Bool
        package var labels: [Label]
        /// Oldest first; `nil` says that the series ended.
        package var points: [(time: Timestamp, value: Double?)]

        package var labelSet: LabelSet { LabelSet(labels + [Label(LabelSet.metricName, name)]) }
    }

    package struct Event: Sendable, Equatable {
        package var time: Timestamp
        package var kind: String
        package var subject: String
        package var from: String
        package var to: String
        package var text: String
    }

    /// `airflow`, `spark` or `collector`: the fourth word of the routing key.
    package var kind: String
    /// The fifth word.
    package var source: String
    package var time: Timestamp
    package var interval: TimeSpan
    package var series: [Series] = []
    package var events: [Event] = []
    package var errors: [SourceProblem] = []

    /// Some of what should be here could not be read.
    package var isPartial: Bool { !errors.isEmpty }

    package init(kind: String, source: String, time: Timestamp, interval: TimeSpan) {
        self.kind = kind
        self.source = source
        self.time = time
        self.interval = interval
    }

    package mutating func gauge(
        _ name: String, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]
    ) {
        add(name, value, isCounter: false, labels)
    }

    package mutating func counter(
        _ name: String, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]
    ) {
        add(name, value, isCounter: true, labels)
    }

    private mutating func add(
        _ name: String, _ value: Double, isCounter: Bool, _ labels: KeyValuePairs<String, String>
    ) {
        series.append(
            Series(
                name: name, isCounter: isCounter, labels: labels.map { Label($0.key, $0.value) },
                points: [(time, value)]))
    }
}

/// Something that a source did not answer as it should.
package struct SourceProblem: Error, Sendable, Equatable {
    /// `airflow` or `prometheus`.
    package var source: String
    /// A short word that stays the same for the same cause: `timeout`, `http_401`, `html`, `garbled`.
    package var code: String
    /// What was asked and what came, for people.
    package var text: String
    /// Seconds that the source asks to be left alone (`Retry-After`).
    package var retryAfterSeconds: Int?

    package init(source: String, code: String, text: String, retryAfterSeconds: Int? = nil) {
        self.source = source
        self.code = code
        self.text = text
        self.retryAfterSeconds = retryAfterSeconds
    }
}

/// Finds series that a source reported before and does not any more, and ends them with a stale marker.
///
/// Only a source that answered whole can say that something is gone: after a failure nothing ends, it only grows old.
struct SeriesMemory {
    private var live: Set<LabelSet> = []

    /// Adds to `report` the end of every series that it no longer holds.
    mutating func endVanished(in report: inout CollectedReport) {
        let reported = Set(report.series.map(\.labelSet))
        // A series whose end the source itself reported needs no second one.
        let current = Set(report.series.lazy.filter { $0.points.last?.value != nil }.map(\.labelSet))
        for gone in live.subtracting(reported).sorted() {
            report.series.append(
                CollectedReport.Series(
                    name: gone.name ?? "", isCounter: false, labels: gone.withoutName.labels,
                    points: [(report.time, nil)]))
        }
        live = current
    }
}
