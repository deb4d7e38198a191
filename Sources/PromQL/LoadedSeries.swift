import MetricModel

/// Series held in memory: what a test script or the unit test of a rule loads.
///
/// Invariant: the samples of every series strictly ascend in time.
package struct LoadedSeries: SeriesSource, Sendable {
    private struct Entry {
        var labels: LabelSet
        var samples = SampleBuffer()
        /// Some of its samples are native histograms, which are not read.
        var hasHistograms = false
    }

    private var entries: [Entry] = []
    private var indices: [LabelSet: Int] = [:]
    private var changes: UInt64 = 0

    package init() {}

    /// Forgets everything.
    package mutating func removeAll() {
        entries.removeAll()
        indices.removeAll()
        changes += 1
    }

    package var seriesCount: Int { entries.count }

    /// The time of the newest sample of all series.
    package var newest: Timestamp? {
        entries.lazy.compactMap { $0.samples.timestamps.last }.max().map { Timestamp(milliseconds: $0) }
    }

    /// Adds one sample; a sample of the same series and time is replaced.
    ///
    /// - Parameter startTimestamp: when the counter began to count, when that is known.
    package mutating func append(
        _ labels: LabelSet, _ timestamp: Timestamp, _ value: Double, startTimestamp: Timestamp? = nil
    ) {
        let index = entryIndex(labels)
        entries[index].samples.insert(
            timestamp.milliseconds, value, startTimestamp: startTimestamp?.milliseconds)
        changes += 1
    }

    /// Adds the values of `series`, the first at `start`, each `step` after the one before.
    package mutating func load(
        _ series: SeriesDescription, from start: Timestamp = Timestamp(milliseconds: 0), step: TimeSpan
    ) {
        load(series.labels, series.values, startTimes: [], from: start, step: step)
    }

    /// - Parameter startTimes: for each value when its counter began to count, in seconds after the value's own time.
    mutating func load(
        _ labels: LabelSet, _ values: [SeriesNotationValue], startTimes: [SeriesNotationValue],
        from start: Timestamp, step: TimeSpan
    ) {
        let index = entryIndex(labels)
        var time = start
        for (place, value) in values.enumerated() {
            switch value {
            case .omitted: break
            case .nativeHistogram: entries[index].hasHistograms = true
            case .number(let number):
                var startTimestamp: Int64?
                if place < startTimes.count, case .number(let seconds) = startTimes[place] {
                    startTimestamp = (time + TimeSpan(seconds: seconds)).milliseconds
                }
                entries[index].samples.insert(time.milliseconds, number, startTimestamp: startTimestamp)
            }
            time = time + step
        }
        changes += 1
    }

    /// Remembers that a series consists of native histograms, without their values.
    mutating func markHistogram(_ labels: LabelSet) { entries[entryIndex(labels)].hasHistograms = true }

    /// Whether `matchers` select a series that holds native histograms.
    func selectsHistograms(_ matchers: [LabelMatcher]) -> Bool {
        entries.contains { entry in entry.hasHistograms && matchers.allSatisfy { $0.matches(entry.labels) } }
    }

    private mutating func entryIndex(_ labels: LabelSet) -> Int {
        if let index = indices[labels] { return index }
        entries.append(Entry(labels: labels))
        indices[labels] = entries.count - 1
        return entries.count - 1
    }

    // MARK: SeriesSource

    package func select(
        _ matchers: [LabelMatcher], after: Timestamp, through: Timestamp
    ) -> [SelectedSeries] {
        entries.indices.compactMap { index in
            let entry = entries[index]
            guard let first = entry.samples.timestamps.first, let last = entry.samples.timestamps.last,
                last > after.milliseconds, first <= through.milliseconds,
                matchers.allSatisfy({ $0.matches(entry.labels) })
            else { return nil }
            return SelectedSeries(handle: index, labels: entry.labels)
        }
    }

    package func read(
        _ series: SelectedSeries, after: Timestamp, through: Timestamp, into buffer: inout SampleBuffer
    ) {
        let samples = entries[series.handle].samples
        var index = samples.firstIndex(after: after.milliseconds)
        while index < samples.count, samples.timestamps[index] <= through.milliseconds {
            buffer.append(samples.timestamps[index], samples.values[index])
            if !samples.startTimestamps.isEmpty {
                buffer.startTimestamps.append(samples.startTimestamps[index])
            }
            index += 1
        }
    }

    package func changeCount(_ matchers: [LabelMatcher]) -> UInt64 { changes }
}

extension SampleBuffer {
    /// The index of the first sample later than `timestamp`.
    fileprivate func firstIndex(after timestamp: Int64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if timestamps[middle] > timestamp { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Puts a sample where its time belongs; one of the same time is replaced. A start time of 0 means unknown.
    fileprivate mutating func insert(_ timestamp: Int64, _ value: Double, startTimestamp: Int64?) {
        if startTimestamp != nil && startTimestamps.isEmpty {
            startTimestamps = [Int64](repeating: 0, count: count)
        }
        let hasStarts = startTimestamp != nil || !startTimestamps.isEmpty
        let index = firstIndex(after: timestamp)
        if index > 0, timestamps[index - 1] == timestamp {
            values[index - 1] = value
            if hasStarts { startTimestamps[index - 1] = startTimestamp ?? 0 }
            return
        }
        timestamps.insert(timestamp, at: index)
        values.insert(value, at: index)
        if hasStarts { startTimestamps.insert(startTimestamp ?? 0, at: index) }
    }
}
