import MetricModel

/// The running numbers of an aggregation's groups: for every group and step what the aggregator needs to go on.
struct GroupFold {
    private let aggregator: Aggregator
    private let steps: Int
    private(set) var count = 0
    /// The sum, the extremum, the count or the sum of squares, absent where the group has no value yet; in the end the result.
    private var values: [Double] = []
    /// What summation lost, or the mean.
    private var rests: [Double] = []
    private var counts: [Double] = []
    /// Means of groups whose sum overflowed, absent for the others; empty until that happens.
    private var means: [Double] = []

    init(_ aggregator: Aggregator, steps: Int) {
        self.aggregator = aggregator
        self.steps = steps
    }

    /// Numbers held for each group.
    var width: Int {
        switch aggregator {
        case .sum: 2 * steps
        case .avg, .stddev, .stdvar: 3 * steps
        default: steps
        }
    }

    /// Makes room for one more group.
    mutating func appendGroup() {
        count += 1
        values.append(contentsOf: repeatElement(Absent.value, count: steps))
        if width > steps { rests.append(contentsOf: repeatElement(0, count: steps)) }
        if width > 2 * steps { counts.append(contentsOf: repeatElement(0, count: steps)) }
        if !means.isEmpty { means.append(contentsOf: repeatElement(Absent.value, count: steps)) }
    }

    /// Takes the values of one series into `group`.
    mutating func add(_ column: UnsafeMutableBufferPointer<Double>, to group: Int) {
        let first = group * steps
        switch aggregator {
        case .sum: addSums(column, first)
        case .avg: addMeans(column, first)
        case .min: addExtrema(column, first, Smaller.self)
        case .max: addExtrema(column, first, Greater.self)
        case .count: addCounts(column, first, by: 1)
        case .group: addCounts(column, first, by: 0)
        default: addVariances(column, first)
        }
    }

    private mutating func addSums(_ column: UnsafeMutableBufferPointer<Double>, _ first: Int) {
        let steps = steps
        values.withUnsafeMutableBufferPointer { values in
            rests.withUnsafeMutableBufferPointer { rests in
                let sums = values.baseAddress.unsafelyUnwrapped + first
                let rests = rests.baseAddress.unsafelyUnwrapped + first
                for step in 0..<steps {
                    let value = column[step]
                    if value.isAbsent { continue }
                    if sums[step].isAbsent {
                        sums[step] = value
                    } else {
                        addCompensated(value, &sums[step], &rests[step])
                    }
                }
            }
        }
    }

    private mutating func addMeans(_ column: UnsafeMutableBufferPointer<Double>, _ first: Int) {
        for step in 0..<steps {
            let value = column[step]
            if value.isAbsent { continue }
            let cell = first + step
            counts[cell] += 1
            if values[cell].isAbsent {
                values[cell] = value
            } else if means.isEmpty || means[cell].isAbsent {
                var (sum, rest) = (values[cell], rests[cell])
                addCompensated(value, &sum, &rest)
                if sum.isInfinite {
                    startMean(cell)
                    addToMean(value, cell)
                } else {
                    (values[cell], rests[cell]) = (sum, rest)
                }
            } else {
                addToMean(value, cell)
            }
        }
    }

    /// From here on the mean itself is carried: the sum would overflow.
    private mutating func startMean(_ cell: Int) {
        if means.isEmpty { means = [Double](repeating: Absent.value, count: values.count) }
        let before = counts[cell] - 1
        means[cell] = values[cell] / before
        rests[cell] /= before
    }

    private mutating func addToMean(_ value: Double, _ cell: Int) {
        let count = counts[cell]
        let share = (count - 1) / count
        var (mean, rest) = (means[cell] * share, rests[cell] * share)
        addCompensated(value / count, &mean, &rest)
        (means[cell], rests[cell]) = (mean, rest)
    }

    @inline(__always)
    private mutating func addExtrema<Order: ExtremumOrder>(
        _ column: UnsafeMutableBufferPointer<Double>, _ first: Int, _ order: Order.Type
    ) {
        let steps = steps
        values.withUnsafeMutableBufferPointer { values in
            let extrema = values.baseAddress.unsafelyUnwrapped + first
            for step in 0..<steps {
                let value = column[step]
                if value.isAbsent { continue }
                // An absent extremum is a NaN too.
                if extrema[step].isNaN || Order.prefers(value, over: extrema[step]) { extrema[step] = value }
            }
        }
    }

    private mutating func addCounts(
        _ column: UnsafeMutableBufferPointer<Double>, _ first: Int, by increment: Double
    ) {
        let steps = steps
        values.withUnsafeMutableBufferPointer { values in
            let counts = values.baseAddress.unsafelyUnwrapped + first
            for step in 0..<steps where !column[step].isAbsent {
                counts[step] = counts[step].isAbsent ? 1 : counts[step] + increment
            }
        }
    }

    private mutating func addVariances(_ column: UnsafeMutableBufferPointer<Double>, _ first: Int) {
        for step in 0..<steps {
            let value = column[step]
            if value.isAbsent { continue }
            let cell = first + step
            counts[cell] += 1
            if values[cell].isAbsent {
                values[cell] = value.isFinite ? 0 : .nan
                rests[cell] = value
            } else {
                let delta = value - rests[cell]
                rests[cell] += delta / counts[cell]
                values[cell] += delta * (value - rests[cell])
            }
        }
    }

    /// Turns the running numbers into the results.
    mutating func finish() {
        for cell in values.indices where !values[cell].isAbsent {
            switch aggregator {
            case .sum:
                if !values[cell].isInfinite { values[cell] += rests[cell] }
            case .avg:
                values[cell] =
                    means.isEmpty || means[cell].isAbsent
                    ? values[cell] / counts[cell] + rests[cell] / counts[cell] : means[cell] + rests[cell]
            case .stdvar: values[cell] /= counts[cell]
            case .stddev: values[cell] = (values[cell] / counts[cell]).squareRoot()
            default: return
            }
        }
    }

    /// The results of `group`, once `finish` was called.
    mutating func withResult(_ group: Int, _ body: (UnsafeMutableBufferPointer<Double>) -> Void) {
        let range = group * steps..<(group + 1) * steps
        values.withUnsafeMutableBufferPointer {
            body(UnsafeMutableBufferPointer(rebasing: $0[range]))
        }
    }
}
