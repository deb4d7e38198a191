/// A series that a source found, and how to read it.
package struct SelectedSeries: Sendable {
    /// The source's own handle; valid until the source is next changed.
    package var handle: Int
    package var labels: LabelSet
    /// How old a sample of this series may be and still count as current; `nil` where the series does not declare one,
    /// then the query's own lookback holds. Declared cadences slower than Prometheus' five minutes need more.
    package var lookback: TimeSpan?

    package init(handle: Int, labels: LabelSet, lookback: TimeSpan? = nil) {
        self.handle = handle
        self.labels = labels
        self.lookback = lookback
    }
}

/// Where PromQL finds its samples: it sees nothing else of a store.
///
/// A query asks once for the series of a selector, then reads each of them once over the whole time that the query needs.
package protocol SeriesSource {
    /// The series that satisfy all `matchers` and may have samples in `(after, through]`, in no particular order.
    func select(_ matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [SelectedSeries]

    /// Appends the samples of `series` with `after < timestamp <= through` to `buffer`, oldest first, stale markers included.
    func read(_ series: SelectedSeries, after: Timestamp, through: Timestamp, into buffer: inout SampleBuffer)

    /// A number that grows whenever a sample or a series is added that `matchers` could select.
    ///
    /// May grow for other reasons too; equal numbers promise that nothing changed, so a cached answer still holds.
    func changeCount(_ matchers: [LabelMatcher]) -> UInt64
}
