import MetricModel

/// The answer to a query, in the shapes of Prometheus' HTTP API.
package enum QueryValue: Sendable {
    case scalar(Sample)
    case string(Timestamp, String)
    case vector([VectorElement])
    case matrix([RangeSeries])
}

/// One series of an instant vector.
package struct VectorElement: Sendable {
    package var labels: LabelSet
    package var timestamp: Timestamp
    package var value: Double

    package init(labels: LabelSet, timestamp: Timestamp, value: Double) {
        self.labels = labels
        self.timestamp = timestamp
        self.value = value
    }
}

/// One series of a matrix: points in two columns, oldest first, a step without a value left out.
package struct RangeSeries: Sendable {
    package var labels: LabelSet
    package var points: SampleBuffer

    package init(labels: LabelSet, points: SampleBuffer) {
        self.labels = labels
        self.points = points
    }
}

/// What the evaluator has to say beside the answer, worded as Prometheus words it.
package struct Annotation: Sendable, Hashable {
    package enum Severity: Sendable { case warning, info }
    package var severity: Severity
    package var message: String
    /// UTF-8 byte offsets in the query.
    package var position: Range<Int>

    package init(severity: Severity, message: String, position: Range<Int>) {
        self.severity = severity
        self.message = message
        self.position = position
    }
}

package struct QueryResult: Sendable {
    package var value: QueryValue
    package var annotations: [Annotation]
    /// Samples read from the source, counted against the limit.
    package var samplesRead: Int
    /// The order of a vector's series is part of the answer: the query sorts them. Else they are in the order of their labels.
    package var isOrdered: Bool

    package init(
        value: QueryValue, annotations: [Annotation] = [], samplesRead: Int = 0, isOrdered: Bool = false
    ) {
        self.value = value
        self.annotations = annotations
        self.samplesRead = samplesRead
        self.isOrdered = isOrdered
    }
}

/// Why a query has no answer.
package enum QueryError: Error, Sendable, Equatable {
    /// Too many samples read; the limit.
    case tooManySamples(limit: Int)
    /// Took too long; the limit.
    case timedOut(limit: TimeSpan)
    /// Nested too deeply.
    case tooDeep(limit: Int)
    /// The query cannot be carried out on this data; worded as Prometheus words it.
    case execution(String, position: Range<Int>?)
}

/// Limits and switches of an evaluation.
package struct EvaluationOptions: Sendable {
    /// How old a sample may be and still count, for series that do not declare their cadence.
    package var lookback: TimeSpan = .minutes(5)
    /// The step of subqueries that name none.
    package var defaultSubqueryStep: TimeSpan = .minutes(1)
    package var samplesMax = 50_000_000
    /// Asked from time to time; `true` stops the query with `timedOut`. Set by the rim, which alone reads clocks.
    package var isOutOfTime: @Sendable () -> Bool = { false }
    package var timeLimit: TimeSpan = .minutes(2)
    package var depthMax = 200
    /// Functions, aggregations and modifiers that Prometheus keeps behind `--enable-feature`.
    package var allowsExperimental = false

    package init() {}
}
