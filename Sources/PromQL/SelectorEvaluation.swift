import MetricModel

extension QueryRun {
    /// Reads every series that `selector` finds, `before` its reference times to `after` them, stale markers included.
    ///
    /// - Parameter body: gets each series' identity, its lookback and its samples, which are valid during the call alone.
    func readSeries(
        of selector: SelectorPlan, over grid: EvaluationGrid, before: Int64?, after: Int64,
        _ body: (Row, _ lookback: Int64, SampleBuffer) throws(QueryError) -> Void
    ) throws(QueryError) {
        let first = selector.reference(grid.start)
        let last = selector.reference(grid.end)
        let through = Timestamp(milliseconds: addedTime(last, after))
        // How far back a series may be current is its own to say, so where that counts none is left out by time.
        let selectedAfter = before.map { Timestamp(milliseconds: subtractedTime(first, $0)) } ?? .distantPast
        let queryLookback = max(0, clampedTime(options.lookback.milliseconds))
        var buffer = SampleBuffer()
        for series in source.select(selector.matchers, after: selectedAfter, through: through) {
            let lookback = max(queryLookback, clampedTime(series.lookback?.milliseconds ?? 0))
            let after =
                before == nil
                ? Timestamp(milliseconds: subtractedTime(first, lookback)) : selectedAfter
            buffer.removeAll()
            source.read(series, after: after, through: through, into: &buffer)
            try countRead(buffer.count)
            if buffer.isEmpty { continue }
            try body(Row(labels: series.labels, dropsName: false), lookback, buffer)
        }
    }

    /// An instant selector: at each step the newest sample that is not older than the lookback, unless it is a stale marker.
    func streamSelector(
        _ selector: SelectorPlan, over grid: EvaluationGrid, into sink: ColumnSink
    ) throws(QueryError) {
        if selector.boundary == .smoothed {
            return try streamSmoothed(selector, over: grid, into: sink)
        }
        try streamNewest(selector, over: grid, dropsName: false, into: sink) { buffer, index in
            buffer.values[index]
        }
    }

    /// `timestamp` and `start_timestamp` of a selector: when the sample was taken, or when its counter began.
    func streamTimestamps(
        _ selector: SelectorPlan, isStart: Bool, over grid: EvaluationGrid, into sink: ColumnSink
    ) throws(QueryError) {
        try streamNewest(selector, over: grid, dropsName: true, into: sink) { buffer, index in
            if !isStart { return Double(buffer.timestamps[index]) / 1000 }
            // Like Prometheus: 0 where it is not known.
            return index < buffer.startTimestamps.count ? Double(buffer.startTimestamps[index]) / 1000 : 0
        }
    }

    @inline(__always)
    private func streamNewest(
        _ selector: SelectorPlan, over grid: EvaluationGrid, dropsName: Bool,
        into sink: ColumnSink, value: (SampleBuffer, Int) -> Double
    ) throws(QueryError) {
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: grid.count)
        defer { column.deallocate() }
        let first = selector.reference(grid.start)
        let step = selector.pinned == nil ? grid.step : 0
        try readSeries(of: selector, over: grid, before: nil, after: 0) {
            row, lookback, buffer throws(QueryError) in
            Self.fillNewest(column, buffer, first, step, lookback, value)
            try self.countWork(column.count)
            try sink(Row(labels: row.labels, dropsName: dropsName), column)
        }
    }

    @inline(__always)
    private static func fillNewest(
        _ column: UnsafeMutableBufferPointer<Double>, _ buffer: SampleBuffer, _ first: Int64,
        _ step: Int64, _ lookback: Int64, _ value: (SampleBuffer, Int) -> Double
    ) {
        buffer.timestamps.withUnsafeBufferPointer { timestamps in
            buffer.values.withUnsafeBufferPointer { values in
                var newest = -1
                var reference = first
                if column.count == 1 {
                    // The buffer ends at the only reference time.
                    newest = timestamps.count - 2
                }
                for index in column.indices {
                    while newest + 1 < timestamps.count && timestamps[newest + 1] <= reference {
                        newest += 1
                    }
                    if newest >= 0 && timestamps[newest] > reference &- lookback
                        && !values[newest].isAbsent
                    {
                        column[index] = value(buffer, newest)
                    } else {
                        column[index] = Absent.value
                    }
                    reference &+= step
                }
            }
        }
    }

    /// `smoothed`: interpolated between the samples around each step, the newest carried on where none follows.
    private func streamSmoothed(
        _ selector: SelectorPlan, over grid: EvaluationGrid, into sink: ColumnSink
    ) throws(QueryError) {
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: grid.count)
        defer { column.deallocate() }
        let ahead = max(0, clampedTime(options.lookback.milliseconds))
        try readSeries(of: selector, over: grid, before: nil, after: ahead) {
            row, lookback, buffer throws(QueryError) in
            var buffer = buffer
            buffer.removeStaleMarkers()
            for step in column.indices {
                column[step] = Self.smoothed(
                    buffer, at: selector.reference(grid.time(step)), behind: lookback, ahead: ahead)
            }
            try self.countWork(column.count)
            try sink(row, column)
        }
    }

    private static func smoothed(
        _ buffer: SampleBuffer, at time: Int64, behind: Int64, ahead: Int64
    ) -> Double {
        let next = buffer.timestamps.firstIndex(where: { $0 >= time }, sorted: ())
        let hasNext = next < buffer.count && buffer.timestamps[next] <= addedTime(time, ahead)
        if hasNext && buffer.timestamps[next] == time { return buffer.values[next] }
        let previous = next - 1
        guard previous >= 0, buffer.timestamps[previous] > subtractedTime(time, behind) else {
            return Absent.value
        }
        guard hasNext else { return buffer.values[previous] }
        return interpolated(buffer, previous, next, at: time, isCounter: false)
    }

    /// The value at `time` on the line from sample `a` to sample `b`; a counter that was reset between them starts at zero.
    static func interpolated(
        _ buffer: SampleBuffer, _ a: Int, _ b: Int, at time: Int64, isCounter: Bool
    ) -> Double {
        let end = buffer.values[b]
        let begin = isCounter && end < buffer.values[a] ? 0 : buffer.values[a]
        let part = Double(time - buffer.timestamps[a]) / Double(buffer.timestamps[b] - buffer.timestamps[a])
        return begin + (end - begin) * part
    }
}

extension Array where Element == Int64 {
    /// The first index at which `condition` holds, which it does from some index on; the count when it never does.
    func firstIndex(where condition: (Int64) -> Bool, sorted: ()) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension SampleBuffer {
    /// Stale markers have the bits of absence.
    var hasStaleMarkers: Bool { values.contains { $0.isAbsent } }

    /// Without the stale markers: a range vector does not see them.
    mutating func removeStaleMarkers() {
        guard hasStaleMarkers else { return }
        var kept = SampleBuffer()
        for index in values.indices where !values[index].isAbsent {
            kept.append(timestamps[index], values[index])
            if index < startTimestamps.count { kept.startTimestamps.append(startTimestamps[index]) }
        }
        self = kept
    }
}
