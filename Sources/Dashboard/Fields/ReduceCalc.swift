import Glibc
import MetricModel

/// Grafana's calculations that make one value of a field.
enum ReduceCalc: Sendable, Hashable {
    case lastNotNull, last, firstNotNull, first, min, max, mean, median, sum, count, range, delta, step, diff
    case diffPercent, logMin, allIsZero, allIsNull, changeCount, distinctCount, variance, stdDev
    case allValues, uniqueValues
    /// 1…99.
    case percentile(Int)
    /// The time of the last value, of old single stats.
    case lastTime
    /// The name of the series in place of a value, of old single stats.
    case name

    /// - Parameter id: Grafana's id, or the name that old panels use.
    init?(_ id: String) {
        switch id {
        case "lastNotNull", "current": self = .lastNotNull
        case "last": self = .last
        case "firstNotNull": self = .firstNotNull
        case "first": self = .first
        case "min": self = .min
        case "max": self = .max
        case "mean", "avg": self = .mean
        case "median": self = .median
        case "sum", "total": self = .sum
        case "count": self = .count
        case "range": self = .range
        case "delta": self = .delta
        case "step": self = .step
        case "diff": self = .diff
        case "diffperc": self = .diffPercent
        case "logmin": self = .logMin
        case "allIsZero": self = .allIsZero
        case "allIsNull": self = .allIsNull
        case "changeCount": self = .changeCount
        case "distinctCount": self = .distinctCount
        case "variance": self = .variance
        case "stdDev": self = .stdDev
        case "allValues": self = .allValues
        case "uniqueValues": self = .uniqueValues
        case "last_time": self = .lastTime
        case "name": self = .name
        default:
            guard id.first == "p", let percent = Int(id.dropFirst()), (1...99).contains(percent) else {
                return nil
            }
            self = .percentile(percent)
        }
    }

    /// As legends and column titles write it.
    var title: String {
        switch self {
        case .lastNotNull: "Last *"
        case .last: "Last"
        case .firstNotNull: "First *"
        case .first: "First"
        case .min: "Min"
        case .max: "Max"
        case .mean: "Mean"
        case .median: "Median"
        case .sum: "Total"
        case .count: "Count"
        case .range: "Range"
        case .delta: "Delta"
        case .step: "Step"
        case .diff: "Difference"
        case .diffPercent: "Difference percent"
        case .logMin: "Min (above zero)"
        case .allIsZero: "All Zeros"
        case .allIsNull: "All Nulls"
        case .changeCount: "Change Count"
        case .distinctCount: "Distinct Count"
        case .variance: "Variance"
        case .stdDev: "StdDev"
        case .allValues: "All values"
        case .uniqueValues: "All unique values"
        case .percentile(let percent): "\(percent)th %"
        case .lastTime: "Last time"
        case .name: "Name"
        }
    }

    /// Grafana's id, as it stands in the names of grouped columns.
    var id: String {
        switch self {
        case .diffPercent: "diffperc"
        case .logMin: "logmin"
        case .percentile(let percent): "p\(percent)"
        case .lastTime: "last_time"
        default: "\(self)"
        }
    }

    /// Whether the result is in the unit of the values; counts and truths are not.
    var keepsUnit: Bool {
        switch self {
        case .count, .changeCount, .distinctCount, .allIsZero, .allIsNull, .diffPercent, .lastTime, .name:
            false
        default: true
        }
    }

    /// The value that this calculation gives for `values`; null where there is none.
    func reduce(_ values: FieldValues) -> FieldValue {
        switch self {
        case .lastNotNull:
            return (0..<values.count).reversed().lazy.map { values[$0] }.first { !$0.isNull } ?? .null
        case .last, .name, .lastTime: return values.count == 0 ? .null : values[values.count - 1]
        case .firstNotNull: return (0..<values.count).lazy.map { values[$0] }.first { !$0.isNull } ?? .null
        case .first: return values.count == 0 ? .null : values[0]
        case .count: return .number(Double(values.all.count { !$0.isNull }))
        case .changeCount:
            let all = values.all
            return .number(Double(zip(all, all.dropFirst()).count { $0 != $1 }))
        case .distinctCount: return .number(Double(Set(values.all).count))
        case .allIsNull: return .bool(values.all.allSatisfy(\.isNull))
        case .allValues: return .text(values.all.map(\.plain).joined(separator: ", "))
        case .uniqueValues:
            var seen: Set<FieldValue> = []
            return .text(
                values.all.filter { seen.insert($0).inserted }.map(\.plain).joined(separator: ", "))
        default: break
        }
        switch values {
        case .numbers(let numbers): return reduce(numbers)
        case .times(let times):
            // Of times only those calculations make sense whose result is again a time, or a length of time.
            let result = reduce(times.map { $0.map(Double.init) })
            if let number = result.number, [.min, .max, .mean, .median].contains(self) {
                return .time(Timestamp(seconds: number / 1000).milliseconds)
            }
            return result
        case .bools: return reduce(values.numbers)
        case .texts(let texts):
            switch self {
            case .min: return texts.compactMap { $0 }.min().map(FieldValue.text) ?? .null
            case .max: return texts.compactMap { $0 }.max().map(FieldValue.text) ?? .null
            case .sum: return reduce(values.numbers)
            default: return reduce(values.numbers)
            }
        case .series: return reduce(values.numbers)
        }
    }

    private func reduce(_ values: [Double?]) -> FieldValue {
        let present = values.compactMap { $0 }
        if present.isEmpty {
            switch self {
            case .sum: return .number(0)
            case .allIsZero: return .bool(false)
            case .variance, .stdDev: return .number(0)
            default: return .null
            }
        }
        switch self {
        case .min: return number(Self.least(present))
        case .max: return number(Self.greatest(present))
        case .mean: return .number(present.reduce(0, +) / Double(present.count))
        case .median: return number(Self.quantile(0.5, present))
        case .percentile(let percent): return number(Self.quantile(Double(percent) / 100, present))
        case .sum: return .number(present.reduce(0, +))
        case .range:
            guard let least = Self.least(present), let greatest = Self.greatest(present) else { return .null }
            return .number(greatest - least)
        case .delta: return .number(Self.delta(values))
        case .step:
            let steps = zip(present, present.dropFirst()).map { $1 - $0 }
            return number(Self.least(steps))
        case .diff: return .number(present[present.count - 1] - present[0])
        case .diffPercent: return .number((present[present.count - 1] - present[0]) / present[0])
        case .logMin: return number(Self.least(present.filter { $0 > 0 }))
        case .allIsZero: return .bool(present.allSatisfy { $0 == 0 })
        case .variance: return .number(Self.variance(present))
        case .stdDev: return .number(Self.variance(present).squareRoot())
        default: return .null
        }
    }

    private func number(_ value: Double?) -> FieldValue { value.map(FieldValue.number) ?? .null }

    // Comparisons with NaN are false, so NaN neither wins nor hides another value.
    private static func least(_ values: [Double]) -> Double? {
        values.reduce(nil) { result, value in
            guard !value.isNaN else { return result }
            return result.map { Swift.min($0, value) } ?? value
        } ?? values.first
    }

    private static func greatest(_ values: [Double]) -> Double? {
        values.reduce(nil) { result, value in
            guard !value.isNaN else { return result }
            return result.map { Swift.max($0, value) } ?? value
        } ?? values.first
    }

    /// Growth of a counter, resets counted as restarts from zero.
    private static func delta(_ values: [Double?]) -> Double {
        var total = 0.0
        var previous: Double?
        var wasRising = true
        for (index, value) in values.enumerated() {
            guard let value else { continue }
            if let before = previous {
                if before > value {
                    wasRising = false
                    if index == values.count - 1 { total += value }
                } else {
                    total += wasRising ? value - before : value
                    wasRising = true
                }
            }
            previous = value
        }
        return total
    }

    /// Population variance by Welford's method.
    private static func variance(_ values: [Double]) -> Double {
        var mean = 0.0
        var squares = 0.0
        for (index, value) in values.enumerated() {
            let before = mean
            mean += (value - before) / Double(index + 1)
            squares += (value - before) * (value - mean)
        }
        return squares / Double(values.count)
    }

    /// The value below which the share `part` lies, by the nearest rank.
    private static func quantile(_ part: Double, _ values: [Double]) -> Double? {
        let sorted = values.filter { !$0.isNaN }.sorted()
        guard !sorted.isEmpty else { return values.first }
        if part == 0.5 {
            let middle = sorted.count / 2
            return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        }
        let rank = Int((part * Double(sorted.count)).rounded(.up)) - 1
        return sorted[Swift.min(Swift.max(rank, 0), sorted.count - 1)]
    }
}
