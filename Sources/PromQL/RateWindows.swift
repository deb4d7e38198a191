/// `rate`, `increase` and `delta`: the growth between the first and the last sample of the window, resets made up for,
/// extrapolated to the window's edges as far as the samples' own spacing allows.
///
/// Source: Prometheus, `promql/functions.go`, `extrapolatedRate`.
struct ExtrapolatedRate: WindowReducer {
    private let timestamps: UnsafeBufferPointer<Int64>
    private let values: UnsafeBufferPointer<Double>
    private let starts: UnsafeBufferPointer<Int64>
    private let windows: Windows
    private let isCounter: Bool
    private let isRate: Bool
    private let rangeSeconds: Double

    /// Indices of the samples before which the counter was reset.
    private let resets: UnsafePointer<Int>
    private let resetCount: Int
    /// The first reset that the current window may see.
    private var nextReset = 0
    private(set) var overlapsStart = false

    /// How the previous window's samples lay in it, which mostly repeats, and what follows from that.
    private var layout = Layout()

    private struct Layout {
        var beforeFirst: Int64 = -1
        var afterLast: Int64 = -1
        var length: Int64 = -1
        var intervals = 0

        var sampled = 0.0
        var toStart = 0.0
        var toEnd = 0.0
        /// For a counter that does not begin within the window.
        var factor = 1.0
    }

    init(
        _ samples: SampleView, _ windows: Windows, isCounter: Bool, isRate: Bool, _ scratch: WindowScratch
    ) {
        timestamps = samples.timestamps
        values = samples.values
        starts =
            isCounter && samples.starts.count == samples.count ? samples.starts : .init(start: nil, count: 0)
        self.windows = windows
        self.isCounter = isCounter
        self.isRate = isRate
        rangeSeconds = Double(windows.range) / 1000

        let resets = scratch.indices(0, samples.count)
        var count = 0
        if isCounter {
            let values = samples.values
            for index in 1..<max(1, values.count) {
                resets[count] = index
                // Without a branch: data that looks random would mispredict every other time.
                count += values[index] < values[index - 1] ? 1 : 0
            }
            if !starts.isEmpty {
                count = 0
                for index in 1..<max(1, values.count)
                where values[index] < values[index - 1] || isStartReset(samples, index) {
                    resets[count] = index
                    count += 1
                }
            }
        }
        self.resets = UnsafePointer(resets)
        resetCount = count
    }

    mutating func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        let last = high - 1
        var increase = values[last] - values[low]
        if isCounter {
            while nextReset < resetCount && resets[nextReset] <= low { nextReset += 1 }
            var reset = nextReset
            while reset < resetCount && resets[reset] <= last {
                increase += values[resets[reset] - 1]
                reset += 1
            }
        }
        if !starts.isEmpty {
            noteOverlaps(low, last)
            if let value = valueFromStart(low, last, step, increase) { return value }
        }
        if low == last { return Absent.value }
        setLayout(low, last, step)
        let first = values[low]
        guard isCounter && increase > 0 && first >= 0 else { return increase * layout.factor }
        // A counter is never negative: where its own slope reaches zero is the furthest it can go back. Mostly that is
        // farther than the edge by far, which this says without dividing.
        if layout.sampled * first > layout.toStart * increase * (1 + 1e-9) { return increase * layout.factor }
        let toZero = layout.sampled * (first / increase)
        return increase * factor(toStart: toZero < layout.toStart ? toZero : layout.toStart)
    }

    /// By how much the growth between the samples is to be raised to be that of the window, or of a second.
    private func factor(toStart: Double) -> Double {
        let factor = (layout.sampled + toStart + layout.toEnd) / layout.sampled
        return isRate ? factor / rangeSeconds : factor
    }

    @inline(__always)
    private mutating func setLayout(_ low: Int, _ last: Int, _ step: Int) {
        let end = windows.end(step)
        let beforeFirst = timestamps[low] &- (end &- windows.range)
        let afterLast = end &- timestamps[last]
        let length = timestamps[last] &- timestamps[low]
        if beforeFirst == layout.beforeFirst && afterLast == layout.afterLast && length == layout.length
            && last - low == layout.intervals
        {
            return
        }
        layout.beforeFirst = beforeFirst
        layout.afterLast = afterLast
        layout.length = length
        layout.intervals = last - low
        layout.sampled = Double(length) / 1000
        layout.toStart = Double(beforeFirst) / 1000
        layout.toEnd = Double(afterLast) / 1000
        let average = layout.sampled / Double(last - low)
        let threshold = average * 1.1
        // Farther than usual from an edge: the series began or ended within the window, half an interval away.
        if layout.toStart >= threshold { layout.toStart = average / 2 }
        if layout.toEnd >= threshold { layout.toEnd = average / 2 }
        layout.factor = factor(toStart: layout.toStart)
    }

    /// The value when the first sample says that its counter began within the window: at zero, so nothing is extrapolated
    /// to the left and one sample is enough.
    private func valueFromStart(_ low: Int, _ last: Int, _ step: Int, _ increase: Double) -> Double? {
        let end = windows.end(step)
        let start = starts[low]
        guard start != 0, start > end &- windows.range, start < timestamps[low] else { return nil }
        let sampled = Double(timestamps[last] - start) / 1000
        let average =
            last > low ? Double(timestamps[last] - timestamps[low]) / 1000 / Double(last - low) : 0
        var toEnd = Double(end - timestamps[last]) / 1000
        if toEnd >= average * 1.1 { toEnd = average / 2 }
        var factor = sampled == 0 ? 1 : (sampled + toEnd) / sampled
        if isRate { factor /= rangeSeconds }
        return (increase + values[low]) * factor
    }

    private mutating func noteOverlaps(_ low: Int, _ last: Int) {
        if overlapsStart { return }
        for index in low..<last {
            let start = starts[index + 1]
            if start != 0 && start < timestamps[index] && start != starts[index] { overlapsStart = true }
        }
    }
}

/// Whether sample `index` says that its counter began after the sample before it.
///
/// Source: Prometheus, `promql/functions.go`, `isStartTimestampReset`.
func isStartReset(_ samples: SampleView, _ index: Int) -> Bool {
    let start = samples.starts[index]
    let previousTime = samples.timestamps[index - 1]
    // Not set, not possible, or OpenTelemetry's "unknown".
    if start == 0 || start >= samples.timestamps[index] { return false }
    if start != previousTime { return start > previousTime }
    // It began at the previous sample: a delta series, unless that one's own start was unknown.
    let previousStart = samples.starts[index - 1]
    return previousStart != 0 && previousStart < previousTime
}

/// `rate`, `increase` and `delta` with `anchored` or `smoothed`: between values taken or interpolated at the edges.
///
/// Source: Prometheus, `promql/functions.go`, `extendedRate`.
struct ExtendedRate: WindowReducer {
    let samples: SampleView
    /// The windows themselves; the reducer gets samples beside them too.
    let windows: Windows
    let isCounter: Bool
    let isRate: Bool
    let isSmoothed: Bool

    func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        let timestamps = samples.timestamps
        let end = windows.end(step)
        let start = end - windows.range
        var last = high - 1
        var first = max(low, search(low, last) { timestamps[$0] > start } - 1)
        if isSmoothed { last = search(low, last) { timestamps[$0] >= end } }
        if timestamps[last] <= start || (isSmoothed && timestamps[first] > end) { return Absent.value }

        let left =
            isSmoothed && timestamps[first] < start
            ? interpolated(first, first + 1, at: start) : samples.values[first]
        let right =
            isSmoothed && last > low && timestamps[last] > end
            ? interpolated(last - 1, last, at: end) : samples.values[last]
        var result = right - left
        if isCounter {
            if timestamps[first] <= start { first += 1 }
            if timestamps[last] >= end { last -= 1 }
            var previous = left
            for index in first..<max(first, last + 1) {
                if samples.values[index] < previous { result += previous }
                previous = samples.values[index]
            }
            if right < previous { result += previous }
        }
        return isRate ? result / (Double(windows.range) / 1000) : result
    }

    /// The first index in `low..<high` at which `condition` holds, which it does from some index on; else `high`.
    private func search(_ low: Int, _ high: Int, _ condition: (Int) -> Bool) -> Int {
        var low = low
        var high = high
        while low < high {
            let middle = (low + high) / 2
            if condition(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func interpolated(_ a: Int, _ b: Int, at time: Int64) -> Double {
        let end = samples.values[b]
        let begin = isCounter && end < samples.values[a] ? 0 : samples.values[a]
        let part =
            Double(time - samples.timestamps[a]) / Double(samples.timestamps[b] - samples.timestamps[a])
        return begin + (end - begin) * part
    }
}

/// `irate` and `idelta`: from the last but one sample to the last.
struct InstantRate: WindowReducer {
    private let samples: SampleView
    private let isRate: Bool
    private let hasStarts: Bool

    init(_ samples: SampleView, isRate: Bool) {
        self.samples = samples
        self.isRate = isRate
        hasStarts = samples.starts.count == samples.count
    }

    func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        let last = high - 1
        if last == low { return Absent.value }
        let (before, now) = (samples.values[last - 1], samples.values[last])
        if !isRate { return now - before }
        let isReset = now < before || (hasStarts && isStartReset(samples, last))
        let seconds = Double(samples.timestamps[last] - samples.timestamps[last - 1]) / 1000
        return (isReset ? now : now - before) / seconds
    }
}

/// `changes` and `resets`: how often a value differs from, or is below, the one before it.
struct StepChanges: WindowReducer {
    private let timestamps: UnsafeBufferPointer<Int64>
    /// At each index how many there were up to it.
    private let counts: UnsafePointer<Int>
    private let windows: Windows
    private let isAnchored: Bool
    private var anchor = 0

    init(
        _ samples: SampleView, _ windows: Windows, countsResets: Bool, isAnchored: Bool,
        _ scratch: WindowScratch
    ) {
        timestamps = samples.timestamps
        self.windows = windows
        self.isAnchored = isAnchored
        let counts = scratch.indices(0, samples.count)
        let values = samples.values
        let hasStarts = samples.starts.count == samples.count
        if !values.isEmpty { counts[0] = 0 }
        for index in 1..<max(1, values.count) {
            let (before, now) = (values[index - 1], values[index])
            let counted =
                countsResets
                ? now < before || (hasStarts && isStartReset(samples, index))
                : now != before && !(now.isNaN && before.isNaN)
            counts[index] = counts[index - 1] + (counted ? 1 : 0)
        }
        self.counts = UnsafePointer(counts)
    }

    mutating func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        guard isAnchored else { return Double(counts[high - 1] - counts[low]) }
        // The anchor is the last sample at or before the window's left edge.
        let start = windows.end(step) &- windows.range
        if timestamps[high - 1] <= start { return Absent.value }
        anchor = max(anchor, low)
        while anchor + 1 < high && timestamps[anchor + 1] <= start { anchor += 1 }
        return Double(counts[high - 1] - counts[anchor])
    }
}
