/// Quantiles of values in ascending order, NaN first.
enum Quantile {
    /// - Parameter values: never empty.
    @inline(__always)
    static func value(_ quantile: Double, of values: UnsafePointer<Double>, count: Int) -> Double {
        if quantile.isNaN { return .nan }
        if quantile < 0 { return -.infinity }
        if quantile > 1 { return .infinity }
        // Between two values: their mean, weighted by nearness.
        let rank = quantile * Double(count - 1)
        let floor = rank.rounded(.down)
        let lower = max(0, Int(floor))
        let upper = min(count - 1, lower + 1)
        let weight = rank - floor
        return values[lower] * (1 - weight) + values[upper] * weight
    }

    /// Puts `values` in ascending order, NaN first.
    static func sort(_ values: UnsafeMutablePointer<Double>, count: Int) {
        var nanCount = 0
        for index in 0..<count where values[index].isNaN {
            let value = values[index]
            values[index] = values[nanCount]
            values[nanCount] = value
            nanCount += 1
        }
        var numbers = UnsafeMutableBufferPointer(start: values + nanCount, count: count - nanCount)
        if numbers.count <= 24 {
            insertionSort(numbers)
        } else {
            numbers.sort()
        }
    }

    private static func insertionSort(_ values: UnsafeMutableBufferPointer<Double>) {
        for index in 1..<max(1, values.count) {
            let value = values[index]
            var place = index
            while place > 0 && values[place - 1] > value {
                values[place] = values[place - 1]
                place -= 1
            }
            values[place] = value
        }
    }
}

/// The values of the current window in ascending order, NaN first: as the window moves, each value is put into its place
/// and taken out again.
struct OrderedWindow {
    private let values: UnsafeBufferPointer<Double>
    /// `count` values in ascending order.
    let ordered: UnsafeMutablePointer<Double>
    private(set) var count = 0
    private var low = 0
    private var high = 0

    init(_ values: UnsafeBufferPointer<Double>, _ scratch: WindowScratch) {
        self.values = values
        ordered = scratch.doubles(0, values.count)
    }

    /// Moves on to the samples `newLow..<newHigh`; neither bound ever falls.
    mutating func move(_ newLow: Int, _ newHigh: Int) {
        let left = newLow - low
        let entered = newHigh - high
        if newLow >= high || 2 * (left + entered) > newHigh - newLow {
            // Mostly new: sorting afresh is less work.
            count = newHigh - newLow
            for index in 0..<count { ordered[index] = values[newLow + index] }
            Quantile.sort(ordered, count: count)
        } else {
            for index in low..<newLow { remove(values[index]) }
            for index in high..<newHigh { insert(values[index]) }
        }
        low = newLow
        high = newHigh
    }

    /// The first place whose value is not below `value`; NaN is below everything.
    private func place(of value: Double) -> Int {
        if value.isNaN { return 0 }
        var from = 0
        var to = count
        while from < to {
            let middle = (from + to) / 2
            // Written so that NaN counts as below.
            if ordered[middle] >= value { to = middle } else { from = middle + 1 }
        }
        return from
    }

    private mutating func insert(_ value: Double) {
        let place = place(of: value)
        (ordered + place + 1).update(from: ordered + place, count: count - place)
        ordered[place] = value
        count += 1
    }

    private mutating func remove(_ value: Double) {
        let place = place(of: value)
        (ordered + place).update(from: ordered + place + 1, count: count - place - 1)
        count -= 1
    }
}

/// `quantile_over_time`.
struct QuantileWindow: WindowReducer {
    private var window: OrderedWindow
    private let quantile: ScalarColumn

    init(_ samples: SampleView, quantile: ScalarColumn, _ scratch: WindowScratch) {
        window = OrderedWindow(samples.values, scratch)
        self.quantile = quantile
    }

    mutating func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        window.move(low, high)
        return Quantile.value(quantile[step: step], of: window.ordered, count: window.count)
    }
}

/// `mad_over_time`: the median distance from the median. NaN counts as the least value in both, as for other quantiles.
struct MedianDeviationWindow: WindowReducer {
    private var window: OrderedWindow
    private let distances: UnsafeMutablePointer<Double>

    init(_ values: UnsafeBufferPointer<Double>, _ scratch: WindowScratch) {
        window = OrderedWindow(values, scratch)
        distances = scratch.doubles(1, values.count)
    }

    mutating func value(_ low: Int, _ high: Int, _ step: Int) -> Double {
        window.move(low, high)
        let count = window.count
        let median = Quantile.value(0.5, of: window.ordered, count: count)
        for index in 0..<count { distances[index] = (window.ordered[index] - median).magnitude }
        Quantile.sort(distances, count: count)
        return Quantile.value(0.5, of: distances, count: count)
    }
}
