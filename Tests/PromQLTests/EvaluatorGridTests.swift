import MetricModel
import Testing

@testable import PromQL

/// A range query must give at each step what an instant query gives at that time: the one slides its windows and folds
/// its groups, the other works everything out anew.
@Suite("range queries agree with instant queries")
struct EvaluatorGridTests {
    private static let seed: UInt64 = 20_261_121

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) << 32 | (state >> 29) & 0xffff_ffff
        }
    }

    /// Series of every kind that kernels treat differently: counters with resets, gauges, fractions, constants,
    /// gaps, stale markers, NaN, infinities, values that cancel.
    private static func source() -> EvaluatorSource {
        var random = Generator(state: seed)
        let source = EvaluatorSource()
        let kinds: [(String, (Int, Double, inout Generator) -> Double)] = [
            (
                "counter",
                { _, last, random in
                    Int.random(in: 0..<15, using: &random) == 0
                        ? 0 : last + Double(Int.random(in: 0..<9, using: &random))
                }
            ),
            ("gauge", { _, _, random in Double(Int.random(in: -50...50, using: &random)) }),
            ("fraction", { _, _, random in Double.random(in: -1...1, using: &random) }),
            ("constant", { _, _, _ in 7.25 }),
            (
                "odd",
                { _, _, random in
                    [Double.nan, .infinity, -.infinity, 1, 2.5, StaleMarker.value][
                        Int.random(in: 0..<6, using: &random)]
                }
            ),
            (
                "wide",
                { step, _, random in
                    step % 7 == 0 ? Double.random(in: -1e20...1e20, using: &random) : 0.125
                }
            ),
        ]
        for (kind, next) in kinds {
            for instance in 0..<3 {
                var samples = SampleBuffer()
                var value = 0.0
                var time: Int64 = Int64.random(in: 0..<15_000, using: &random)
                for step in 0..<200 {
                    value = next(step, value.isFinite ? value : 0, &random)
                    samples.append(time, value)
                    // Mostly regular, now and then a gap longer than the lookback.
                    time += 15_000 + Int64.random(in: -200...200, using: &random)
                    if Int.random(in: 0..<40, using: &random) == 0 { time += 400_000 }
                }
                source.series.append(
                    EvaluatorSource.Series(
                        labels: [
                            "__name__": kind, "job": "j\(instance % 2)", "instance": "i\(instance)",
                            "le": ["0.1", "1", "+Inf"][instance],
                        ], samples: samples))
            }
        }
        return source
    }

    @Test("windows", arguments: EvaluatorGridCases.rangeFunctions)
    func windows(_ function: String) throws {
        let probe = EvaluatorProbe(source: Self.source())
        for name in EvaluatorGridCases.names {
            for window in EvaluatorGridCases.windows { try check("\(function)(\(name)\(window))", probe) }
        }
    }

    @Test("everything else")
    func others() throws {
        let probe = EvaluatorProbe(source: Self.source())
        for text in EvaluatorGridCases.others { try check(text, probe) }
    }

    private func check(_ text: String, _ probe: EvaluatorProbe) throws {
        for (start, end, step) in [(1300.0, 2000.0, 15.0), (0.0, 3600.0, 237.0), (1000.0, 1000.0, 1.0)] {
            let range = try probe.range(text, start, end, step).matrix
            var found: [Int64: [LabelSet: Double]] = [:]
            for series in range {
                for index in 0..<series.points.count {
                    let time = series.points.timestamps[index]
                    #expect(found[time]?[series.labels] == nil, "\(series.labels) twice at \(time)")
                    found[time, default: [:]][series.labels] = series.points.values[index]
                }
            }
            var time = start
            while time <= end {
                let instant = try probe.instant(text, at: time)
                var expected: [LabelSet: Double] = [:]
                for element in instant.vector { expected[element.labels] = element.value }
                if let scalar = instant.scalar { expected[.empty] = scalar }
                let got = found[Timestamp(seconds: time).milliseconds] ?? [:]
                #expect(
                    got.count == expected.count && expected.allSatisfy { areSame($1, got[$0]) },
                    "\(text) at \(time): \(got) in the range query, \(expected) by itself")
                time += step
            }
        }
    }

    private func areSame(_ a: Double, _ b: Double?) -> Bool {
        guard let b else { return false }
        if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
        return a == b || abs(a - b) <= 1e-9 * max(abs(a), abs(b))
    }
}

/// Expressions over the series of `EvaluatorGridTests`.
enum EvaluatorGridCases {
    static let names = ["counter", "gauge", "fraction", "constant", "odd", "wide"]
    static let rangeFunctions = [
        "rate", "increase", "delta", "irate", "idelta", "changes", "resets", "deriv", "avg_over_time",
        "sum_over_time", "min_over_time", "max_over_time", "count_over_time", "last_over_time",
        "first_over_time", "present_over_time", "absent_over_time", "stddev_over_time", "stdvar_over_time",
        "mad_over_time", "ts_of_first_over_time", "ts_of_last_over_time", "ts_of_min_over_time",
        "ts_of_max_over_time",
    ]

    static let windows = ["[1m]", "[5m]", "[20m]", "[4m] offset 90s", "[10m:40s]"]

    static let others = [
        "gauge", "{job=\"j0\"}", "gauge offset 2m", "gauge offset -45s", "counter @ 900", "-gauge",
        "gauge * 2 > 10",
        "10 < gauge", "gauge == bool 3", "abs(gauge)", "round(fraction, 0.1)", "clamp(gauge, -10, 10)",
        "timestamp(gauge)", "timestamp(gauge + 1)", "hour(counter)", "vector(time())",
        "scalar(gauge{instance=\"i0\"})",
        "sum(gauge)", "avg by (job) (gauge)", "min without (instance) (odd)", "max(odd)",
        "count by (job) (odd)",
        "group(gauge)", "stddev by (job) (fraction)", "stdvar(odd)", "quantile by (job) (0.3, odd)",
        "topk(2, gauge)", "bottomk by (job) (1, odd)", "limitk(2, gauge)", "limit_ratio(0.5, gauge)",
        "count_values(\"v\", gauge)", "sum by (job) (rate(counter[2m]))", "sum(wide)", "avg(wide)",
        "gauge + on (instance, job, le) fraction",
        "gauge / ignoring (instance, le) group_left sum by (job) (counter)",
        "gauge and on (job) (fraction > 0)", "gauge unless on (instance) (fraction > 0)", "gauge or fraction",
        "(gauge > 0) or on (job) (fraction > 0)", "absent(gauge > 40)", "absent(nothing{a=\"b\"})",
        "histogram_quantile(0.9, sum by (le) (rate(counter[5m])))", "histogram_fraction(0, 0.5, counter)",
        "label_replace(gauge, \"x\", \"$1\", \"job\", \"j(.)\")",
        "label_join(gauge, \"x\", \"-\", \"job\", \"instance\")",
        "max_over_time(sum(rate(counter[1m]))[10m:1m])", "quantile_over_time(0.75, gauge[7m])",
        "quantile_over_time(scalar(fraction{instance=\"i1\"}), odd[7m])", "predict_linear(fraction[10m], 60)",
        "predict_linear(gauge[10m] @ 1200, 60)", "double_exponential_smoothing(gauge[10m], 0.3, 0.6)",
        "rate(counter[3m] anchored)", "increase(counter[3m] smoothed)", "delta(gauge[3m] smoothed)",
        "changes(gauge[3m] anchored)", "gauge smoothed", "sum_over_time(gauge[5m] @ 1000)",
        "sum by (job) (gauge) + on (job) group_right counter", "gauge + on (instance) fill(1) (fraction > 0)",
        "min_of(time(), 1500)", "-time() + 2", "time() % 100 > bool 50", "sum(gauge @ 1500) + gauge",
        "avg_over_time(topk(1, gauge)[5m:30s])", "sgn(odd)", "deg(fraction)", "sqrt(gauge)", "gauge ^ 2",
        "gauge % 7", "gauge atan2 fraction", "day_of_week()",
    ]
}
