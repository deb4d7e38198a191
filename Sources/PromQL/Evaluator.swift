import MetricModel

/// Evaluates expressions against a source of series.
package struct Evaluator: Sendable {
    package var options: EvaluationOptions

    package init(options: EvaluationOptions = EvaluationOptions()) { self.options = options }

    /// The value of `expression` at one time.
    package func instant(
        _ expression: Expression, at time: Timestamp, in source: any SeriesSource
    ) throws(QueryError) -> QueryResult {
        throw .execution("not yet", position: nil)
    }

    /// The values of `expression` at `start`, `start + step`, … up to `end`.
    package func range(
        _ expression: Expression, from start: Timestamp, through end: Timestamp, step: TimeSpan,
        in source: any SeriesSource
    ) throws(QueryError) -> QueryResult {
        throw .execution("not yet", position: nil)
    }
}
