import MetricModel

/// Where a dashboard's variables find the values of labels; a store of series satisfies it as it is.
///
/// Only series that may have samples in `(after, through]` count.
package protocol LabelSource {
    /// Distinct values of a label among the series that satisfy all `matchers`, ascending.
    func labelValues(
        of label: String, matching matchers: [LabelMatcher], after: Timestamp, through: Timestamp
    ) -> [String]

    /// Names of the labels that those series have, ascending.
    func labelNames(matching matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [String]

    /// The label sets of those series, in their order.
    func series(matching matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [LabelSet]
}
