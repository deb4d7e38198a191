import MetricModel

/// What is written at each point of the grid, read back for a time that has passed.
enum GridSeries {
    /// The values of a metric at the last grid point at or before `time`, by labels without its name.
    static func values(
        of metric: String, at time: Timestamp, in source: any SeriesSource
    ) -> [LabelSet: Double] {
        // One point may be missing where the program was held up.
        let after = time - TimeSpan(milliseconds: 2 * Observatory.interval.milliseconds)
        var values: [LabelSet: Double] = [:]
        var samples = SampleBuffer()
        let matchers = [LabelMatcher(name: LabelSet.metricName, equals: metric)]
        for series in source.select(matchers, after: after, through: time) {
            samples.removeAll()
            source.read(series, after: after, through: time, into: &samples)
            guard let newest = samples.values.last, !StaleMarker.isStale(newest) else { continue }
            values[series.labels.dropping([LabelSet.metricName])] = newest
        }
        return values
    }
}
