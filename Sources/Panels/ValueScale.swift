import Canvas
import Dashboard
import DisplayText
import Glibc

/// The vertical scale of a chart: its limits, round ticks and their labels.
struct ValueScale {
    let low: Double
    let high: Double
    let isLogarithmic: Bool
    private(set) var ticks: [(value: Double, label: SafeText)] = []

    /// Where `value` stands, 0 at the bottom … 1 at the top, beyond them for values outside; `nil` for what has no place.
    func position(_ value: Double) -> Double? {
        if value.isNaN { return nil }
        if isLogarithmic {
            if value <= 0 { return nil }
            return (log10(value) - log10(low)) / (log10(high) - log10(low))
        }
        // Halves keep the difference of huge limits finite.
        return (value / 2 - low / 2) / (high / 2 - low / 2)
    }

    /// The dot or row of `value` among `count`, 0 at the top; clamped to just outside.
    func row(_ value: Double, of count: Int) -> Int? {
        guard let position = position(value) else { return nil }
        let row = (1 - position) * Double(count - 1)
        if row.isNaN { return nil }
        return Int(min(Double(count), max(-1, row)).rounded())
    }

    /// - Parameters:
    ///   - values: what has to be seen; infinite ones are ignored.
    ///   - baseline: whether zero has to be seen, as bars and areas need.
    ///   - rows: text rows of the chart, which decide how many ticks there are.
    init(
        _ axis: TimeSeriesView.Axis, values: some Sequence<Double>, baseline: Bool, rows: Int,
        isPercent: Bool = false
    ) {
        var low = Double.infinity
        var high = -Double.infinity
        for value in values where value.isFinite && (!axis.isLogarithmic || value > 0) {
            low = min(low, value)
            high = max(high, value)
        }
        low = Self.bounded(low)
        high = Self.bounded(high)
        if low > high { (low, high) = axis.isLogarithmic ? (1, 10) : (0, 1) }
        if isPercent { (low, high) = (0, 1) }
        isLogarithmic = axis.isLogarithmic && !isPercent
        if isLogarithmic {
            (self.low, self.high) = Self.logarithmicLimits(axis, low, high)
        } else {
            if let soft = axis.softMin, soft.isFinite { low = min(low, Self.bounded(soft)) }
            if let soft = axis.softMax, soft.isFinite { high = max(high, Self.bounded(soft)) }
            // A chart that starts at zero tells proportions; one far from zero would only tell that it is far.
            let startsAtZero = baseline || (low > 0 && low < 0.6 * high)
            if startsAtZero { low = min(low, 0) }
            if baseline || (high < 0 && high > 0.6 * low) { high = max(high, 0) }
            let hardLow = isPercent ? 0 : axis.min.flatMap { $0.isFinite ? Self.bounded($0) : nil }
            let hardHigh = isPercent ? 1 : axis.max.flatMap { $0.isFinite ? Self.bounded($0) : nil }
            low = hardLow ?? low
            high = hardHigh ?? high
            if high <= low {
                // One value, or limits that leave nothing between them: the scale goes to zero or one beyond.
                let room = max(abs(high - low), abs(low) * 0.3, 1)
                if hardHigh == nil { high = max(low > 0 ? low * 1.3 : 0, hardLow.map { $0 + room } ?? low) }
                if hardLow == nil { low = min(low < 0 ? low * 1.3 : 0, high) }
                if high <= low { if hardHigh == nil { high = low + room } else { low = high - room } }
            }
            let step = Self.step(for: high / 2 - low / 2, rows: rows, axis: axis, isPercent: isPercent)
            if hardLow == nil { low = (low / step + 1e-9).rounded(.down) * step }
            if hardHigh == nil { high = (high / step - 1e-9).rounded(.up) * step }
            self.low = low
            self.high = high > low ? high : low + max(1, abs(low) * 1e-3)
            addTicks(step: step)
        }
        if isLogarithmic { addLogarithmicTicks(rows: rows) }
        label(axis, isPercent: isPercent)
    }

    /// Far from where a double ends, so that steps and ticks stay finite.
    private static func bounded(_ value: Double) -> Double { min(1e290, max(-1e290, value)) }

    private static func logarithmicLimits(
        _ axis: TimeSeriesView.Axis, _ low: Double, _ high: Double
    ) -> (Double, Double) {
        let bottom = axis.min.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        let top = axis.max.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        let from =
            bottom
            ?? pow(10, log10(min(low, axis.softMin.flatMap { $0 > 0 ? $0 : nil } ?? low)).rounded(.down))
        let to =
            top ?? pow(10, log10(max(high, axis.softMax.flatMap { $0 > 0 ? $0 : nil } ?? high)).rounded(.up))
        let bottomEnd = min(1e290, max(from, 1e-290))
        return (bottomEnd, to > bottomEnd ? min(to, 1e291) : bottomEnd * 10)
    }

    /// A round distance between ticks, for a range given as half of itself.
    ///
    /// Round in thousands, in 1024s or in minutes: whichever the axis' own unit writes shortest.
    private static func step(
        for halfRange: Double, rows: Int, axis: TimeSeriesView.Axis, isPercent: Bool
    ) -> Double {
        let count = Double(min(5, max(1, (rows - 1) / 2)))
        let rough = max(halfRange / count * 2, Double.leastNormalMagnitude * 1e10)
        var decimal = Self.decimalStep(rough)
        if isPercent || rough < 1 { return decimal }
        func cost(_ step: Double) -> Int {
            // The first ticks tell: 50 s is short, but twice as much is 1.667 min.
            labels([step, 2 * step, 3 * step], axis).reduce(0) { $0 + $1.width }
        }
        // A quarter that costs a decimal is no rounder than the next half: 2.5, 5.0, 7.5 against 5, 10, 15.
        let half = Self.decimalStep(decimal * 1.01)
        let exponent = log10(decimal * 4)
        if abs(exponent - exponent.rounded()) < 1e-9, cost(half) + 4 <= cost(decimal) { decimal = half }
        let others = [Self.binaryStep(rough), Self.timeStep(rough)].map { ($0, cost($0)) }
        guard let best = others.min(by: { $0.1 < $1.1 }) else { return decimal }
        // Another family has to be clearly shorter: 32, 64 and 96 are not rounder than 40, 80 and 120.
        return best.1 + 3 <= cost(decimal) ? best.0 : decimal
    }

    private static func decimalStep(_ rough: Double) -> Double {
        let magnitude = pow(10, log10(rough).rounded(.down))
        let factor = [1, 2, 2.5, 5].first { $0 * magnitude >= rough * 0.999 } ?? 10
        return factor * magnitude
    }

    private static func binaryStep(_ rough: Double) -> Double { pow(2, log2(rough).rounded(.up)) }

    /// In seconds, or in milliseconds where the axis counts those.
    private static func timeStep(_ rough: Double) -> Double {
        let steps: [Double] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
            172_800, 604_800,
        ]
        if let step = steps.first(where: { $0 >= rough * 0.999 }) { return step }
        if let step = steps.first(where: { $0 * 1000 >= rough * 0.999 }) { return step * 1000 }
        return Self.decimalStep(rough)
    }

    private mutating func addTicks(step: Double) {
        var tick = (low / step - 1e-9).rounded(.up) * step
        let end = high + step * 1e-6
        // A hard limit far from the step must not give thousands of ticks.
        while tick <= end, ticks.count < Self.ticksMax {
            // Adding up leaves crumbs where zero should be.
            ticks.append((abs(tick) < step * 1e-6 ? 0 : tick, ""))
            tick += step
        }
    }

    private mutating func addLogarithmicTicks(rows: Int) {
        let (first, last) = (Int(log10(low).rounded(.up)), Int((log10(high) + 1e-9).rounded(.down)))
        if last < first {
            ticks = [(low, ""), (high, "")]
            return
        }
        let every = max(1, (last - first + 1) * 2 / max(2, rows))
        for exponent in stride(from: first, through: last, by: every) {
            ticks.append((pow(10, Double(exponent)), ""))
        }
    }

    private static let ticksMax = 64

    private mutating func label(_ axis: TimeSeriesView.Axis, isPercent: Bool) {
        if isPercent {
            for index in ticks.indices {
                ticks[index].label = SafeText("\(Int((ticks[index].value * 100).rounded()))%")
            }
            return
        }
        for (index, label) in Self.labels(ticks.map(\.value), axis).enumerated() {
            ticks[index].label = label
        }
    }

    /// Each value with the fewest decimals with which none of the same unit loses anything: `500`, `1.0k`, `1.5k`.
    private static func labels(_ values: [Double], _ axis: TimeSeriesView.Axis) -> [SafeText] {
        let most = 3
        let exact = values.map { axis.format($0, most) }
        var needed: [SafeText: Int] = [:]
        for (value, wanted) in zip(values, exact) {
            guard let number = Double(wanted.text.string) else { continue }
            let decimals = (0..<most).first { decimals in
                let shown = axis.format(value, decimals)
                guard shown.suffix == wanted.suffix, let got = Double(shown.text.string) else { return false }
                return abs(got - number) <= abs(number) * 1e-9
            }
            needed[wanted.suffix] = max(needed[wanted.suffix] ?? 0, decimals ?? most)
        }
        return zip(values, exact).map { value, wanted in
            // Where the text is not a number the unit decides.
            let decimals = Double(wanted.text.string) == nil ? nil : value == 0 ? 0 : needed[wanted.suffix]
            return axis.format(value, decimals).joined
        }
    }
}
