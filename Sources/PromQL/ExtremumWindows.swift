/// Which of two values an extremum prefers.
protocol ExtremumOrder {
    static func prefers(_ a: Double, over b: Double) -> Bool
}

/// The order of minima.
enum Smaller: ExtremumOrder {
    @inline(__always) static func prefers(_ a: Double, over b: Double) -> Bool { a < b }
}

/// The order of maxima.
enum Greater: ExtremumOrder {
    @inline(__always) static func prefers(_ a: Double, over b: Double) -> Bool { a > b }
}

/// `min_over_time`, `max_over_time` and when they were: a queue of the values that no later one of the window outdoes, so
/// that every sample enters and leaves once.
///
/// NaN counts only where there is nothing else. Of equal values the time is the last one's.
struct ExtremumWindow<Order: ExtremumOrder>: WindowReducer {
    private let samples: SampleView
    private let givesTime: Bool
    /// Indices of samples, the extremum's first; `head..<tail` of it is the queue.
    private let queue: UnsafeMutablePointer<Int>
    private var head = 0
    private var tail = 0
    private var next = 0

    init(_ samples: SampleView, givesTime: Bool, _ scratch: WindowScratch) {
        self.samples = samples
        self.givesTime = givesTime
        queue = scratch.indices(0, samples.count)
    }

    mutating func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        let values = samples.values
        next = max(next, low)
        while next < high {
            let value = values[next]
            if !value.isNaN {
                while tail > head && !Order.prefers(values[queue[tail - 1]], over: value) { tail -= 1 }
                queue[tail] = next
                tail += 1
            }
            next += 1
        }
        while head < tail && queue[head] < low { head += 1 }
        if head == tail {
            // Nothing but NaN.
            return givesTime ? Double(samples.timestamps[high - 1]) / 1000 : values[high - 1]
        }
        return givesTime ? Double(samples.timestamps[queue[head]]) / 1000 : values[queue[head]]
    }
}

/// Functions of a window's first and last sample and of how many there are.
struct EdgeWindow: WindowReducer {
    let samples: SampleView
    let function: RangeFunction

    @inline(__always)
    func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        switch function {
        case .count: Double(high - low)
        case .first: samples.values[low]
        case .last: samples.values[high - 1]
        case .timeOfFirst: Double(samples.timestamps[low]) / 1000
        case .timeOfLast: Double(samples.timestamps[high - 1]) / 1000
        default: 1
        }
    }
}

/// `stddev_over_time` and `stdvar_over_time`.
///
/// Source: Prometheus, `promql/functions.go`, `varianceOverTime`.
struct VarianceWindow: WindowReducer {
    let values: UnsafeBufferPointer<Double>
    let isDeviation: Bool

    func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        var count = 0.0
        var (mean, meanRest) = (0.0, 0.0)
        var (squares, squaresRest) = (0.0, 0.0)
        for index in low..<high {
            let value = values[index]
            count += 1
            let delta = value - (mean + meanRest)
            addCompensated(delta / count, &mean, &meanRest)
            addCompensated(delta * (value - (mean + meanRest)), &squares, &squaresRest)
        }
        let variance = (squares + squaresRest) / count
        return isDeviation ? variance.squareRoot() : variance
    }
}
