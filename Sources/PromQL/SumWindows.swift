/// Adds `value` to the pair of a sum and its compensation, as Neumaier does.
///
/// Source: Prometheus, `util/kahansum`.
@inline(__always)
func addCompensated(_ value: Double, _ sum: inout Double, _ compensation: inout Double) {
    let total = sum + value
    if total.isInfinite {
        compensation = 0
    } else if sum.magnitude >= value.magnitude {
        compensation += (sum - total) + value
    } else {
        compensation += (value - total) + sum
    }
    sum = total
}

/// A mean as Prometheus calculates it: of a compensated sum, until that would overflow, from there on incrementally.
struct CompensatedMean {
    private(set) var count = 1.0
    private var sum: Double
    private var compensation = 0.0
    private var mean = 0.0
    private var isIncremental = false

    init(_ first: Double) { sum = first }

    /// Takes one more value in.
    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        if !isIncremental {
            var (newSum, newCompensation) = (sum, compensation)
            addCompensated(value, &newSum, &newCompensation)
            if !newSum.isInfinite {
                (sum, compensation) = (newSum, newCompensation)
                return
            }
            isIncremental = true
            mean = sum / (count - 1)
            compensation /= count - 1
        }
        let share = (count - 1) / count
        mean *= share
        compensation *= share
        addCompensated(value / count, &mean, &compensation)
    }

    /// The mean of the values so far.
    var value: Double {
        isIncremental ? mean + compensation : sum / count + compensation / count
    }
}

/// `sum_over_time` and `avg_over_time`, every window added up anew.
struct SumWindow: WindowReducer {
    let values: UnsafeBufferPointer<Double>
    let isMean: Bool

    @inline(__always)
    func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        isMean ? mean(low, high) : sum(low, high)
    }

    /// The compensated sum of a window.
    func sum(_ low: Int, _ high: Int) -> Double {
        var sum = 0.0
        var compensation = 0.0
        for index in low..<high { addCompensated(values[index], &sum, &compensation) }
        return sum.isInfinite ? sum : sum + compensation
    }

    /// The compensated mean of a window.
    func mean(_ low: Int, _ high: Int) -> Double {
        var mean = CompensatedMean(values[low])
        for index in low + 1..<high { mean.add(values[index]) }
        return mean.value
    }
}

/// The sums of the first 0, 1, 2, … values, in twice the precision of a number, so that a window's sum is the difference
/// of two of them.
struct PrefixSums {
    fileprivate let high: UnsafePointer<Double>
    fileprivate let low: UnsafePointer<Double>
    /// Below this a difference may have lost digits that the sum of the window's own values still has.
    fileprivate let trustedMagnitude: Double

    /// `nil` when the values are not all finite or their sum is not.
    init?(_ values: UnsafeBufferPointer<Double>, _ scratch: WindowScratch) {
        let high = scratch.doubles(0, values.count + 1)
        let low = scratch.doubles(1, values.count + 1)
        var (sum, rest, largest, isExact) = (0.0, 0.0, 0.0, true)
        high[0] = 0
        low[0] = 0
        for index in values.indices {
            let value = values[index]
            let total = sum + value
            let added = total - sum
            rest += (sum - (total - added)) + (value - added)
            sum = total + rest
            rest = (total - sum) + rest
            high[index + 1] = sum
            low[index + 1] = rest
            isExact = isExact && rest == 0
            largest = max(largest, sum.magnitude)
        }
        // An infinity or NaN on the way stays to the end.
        guard sum.isFinite && rest.isFinite else { return nil }
        self.high = UnsafePointer(high)
        self.low = UnsafePointer(low)
        trustedMagnitude = isExact ? -1 : largest * 0x1p-40
    }
}

/// `sum_over_time` and `avg_over_time` as the difference of two prefix sums: the same work whatever the window's length.
struct PrefixSumWindow: WindowReducer {
    private let prefixes: PrefixSums
    private let direct: SumWindow

    init(_ values: UnsafeBufferPointer<Double>, _ prefixes: PrefixSums, isMean: Bool) {
        self.prefixes = prefixes
        direct = SumWindow(values: values, isMean: isMean)
    }

    @inline(__always)
    func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        let (from, to) = (prefixes.high[low], prefixes.high[high])
        let difference = to - from
        let lost = to - difference
        let error = (lost - from) + (to - (difference + lost))
        let rest = error + (prefixes.low[high] - prefixes.low[low])
        let sum = difference + rest
        if sum.magnitude < prefixes.trustedMagnitude { return direct.value(low, high, step) }
        return direct.isMean ? sum / Double(high - low) : sum
    }
}
