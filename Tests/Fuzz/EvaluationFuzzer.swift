import MetricModel
import PromQL

/// Evaluates generated expressions over a few series: no crash, no query that outlives its limits, matrices in order.
///
/// Times lie between the far past and the far future, for their arithmetic must not overflow.
package func fuzzEvaluation(
    iterations: Int, seed: UInt64, corpus: [String] = [], progress: (FuzzReport) -> Void = { _ in }
) -> FuzzReport {
    var generator = ExpressionGenerator(seed: seed, corpus: corpus)
    var random = FuzzRandom(seed: ~seed)
    let source = series()
    var report = FuzzReport()
    let start = threadSeconds()
    while report.iterations < iterations {
        let input = generator.next()
        report.iterations += 1
        guard let expression = try? parse(input, allowsExperimental: true) else { continue }
        report.accepted += 1
        let before = threadSeconds()
        var options = EvaluationOptions()
        options.samplesMax = 200_000
        options.allowsExperimental = true
        options.isOutOfTime = { threadSeconds() - before > secondsMax }
        let evaluator = Evaluator(options: options)
        let moment = Timestamp(milliseconds: random.pick(moments))
        let instant = try? evaluator.instant(expression, at: moment, in: source)
        var broken = instant.flatMap(complaint)
        // Few steps, or many: as a screen asks, and as no screen would.
        let step = TimeSpan(milliseconds: random.pick([1, 1000, 60_000, 86_400_000, 1 << 50]))
        let steps = Int64(random.pick([0, 3, 300]))
        let (length, overflow) = step.milliseconds.multipliedReportingOverflow(by: steps)
        if !overflow {
            let end = moment + TimeSpan(milliseconds: length)
            let range = try? evaluator.range(expression, from: moment, through: end, step: step, in: source)
            broken = broken ?? range.flatMap(complaint)
        }
        let seconds = threadSeconds() - before
        report.slowestMilliseconds = max(report.slowestMilliseconds, seconds * 1000)
        report.cpuSeconds = threadSeconds() - start
        // Twice the limit, and what lies between two questions whether time is up.
        if seconds > 4 * secondsMax { broken = broken ?? "took \(seconds) s" }
        if let broken {
            report.failure = "\(broken) at \(moment), step \(step) × \(steps): \(input.debugDescription)"
            break
        }
        if report.iterations % 100_000 == 0 { progress(report) }
    }
    return report
}

/// CPU time after which a query is told that its time is up.
private let secondsMax = 0.5

private let moments: [Int64] = [
    0, 1, -1, 59_999, 300_000, 600_001, 3_600_000, 1_700_000_000_000, -62_135_596_800_000, 1 << 53,
    -(1 << 53), 1 << 62,
    .max - 1, .min + 1,
]

private func complaint(_ result: QueryResult) -> String? {
    switch result.value {
    case .scalar, .string: return nil
    case .vector(let elements):
        return Set(elements.map(\.labels)).count == elements.count ? nil : "repeated label sets"
    case .matrix(let series):
        for (one, next) in zip(series, series.dropFirst()) where !(one.labels < next.labels) {
            return "matrix out of order"
        }
        for one in series {
            let times = one.points.timestamps
            if times.count != one.points.values.count { return "columns of unequal length" }
            if zip(times, times.dropFirst()).contains(where: { $0 >= $1 }) { return "points out of order" }
        }
        return nil
    }
}

/// Series of the names that the generator and the corpus use.
private func series() -> LoadedSeries {
    var source = LoadedSeries()
    let lines = [
        "x 0+1x20", "x{a=\"1\",le=\"1\"} 5 _ stale 7 NaN Inf -Inf 1e308x3", "x{a=\"b\",le=\"+Inf\"} 1-0.5x20",
        "up{job=\"a\"} 1x20", "a:b{a=\"1\"} 3x20", "sum{le=\"0.5\"} 0+3x9 0+1x9", "offset 1e300x20",
        "by{a=\"1\"} -1x5",
        "start 5x20", "step{a=\"b\"} 2 4 8 16 32", "fill 1 _x5 2", "and{a=\"1\"} 1 2",
        "target_info{job=\"a\"} 1x20",
        "{\"metric.name\", \"b.c\"=\"1\"} 4x20",
    ]
    for line in lines {
        if let description = try? parseSeriesDescription(line) { source.load(description, step: .minutes(1)) }
    }
    return source
}
