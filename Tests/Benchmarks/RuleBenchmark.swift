import MetricModel
import PromQL
import Rules
import SeriesStore

/// CPU time of the 200 rules of the benchmark set on the benchmark data, per rule and evaluation: half of them record,
/// half alert, in four groups every 10 s, results written back.
func ruleBenchmark(_ options: PlanetopBench.Options) {
    let store = SeriesStore(limits: benchmarkLimits)
    let count = options.size ?? 10_000
    for one in benchmarkSeries(count) {
        for scrape in 0..<BenchmarkSeries.scrapes {
            store.append(one.labels, Sample(BenchmarkSeries.timestamp(scrape), one.value(scrape)))
        }
    }
    print("\(count) series, 200 rules, CPU time of \(options.repeats) evaluations of each")
    // One round more than is counted: the first one makes the series.
    let first = BenchmarkSeries.end - TimeSpan(milliseconds: 10_000 * Int64(options.repeats))
    for shares in [true, false] {
        do {
            let cost = try measureRules(in: store, from: first, rounds: options.repeats, shares: shares)
            report(
                shares ? "rules, equal parts shared" : "rules, each by itself",
                fixed(cost.secondsOfOne * 1000, 3),
                "ms a rule, \(cost.evaluations) evaluations, \(cost.written) samples written, "
                    + "\(cost.failing) rules failing")
            report(
                "listing the alerts once", fixed(cost.listing * 1000, 3),
                "ms, \(cost.alerts) alerts with their annotations")
        } catch {
            report("rules", "refused", "\(error)")
            return
        }
    }
}

/// What the benchmark rules cost.
struct RuleCost {
    var secondsOfOne = 0.0
    var evaluations = 0
    var written = 0
    var failing = 0
    var listing = 0.0
    var alerts = 0
}

/// Evaluates each rule every 10 s from `first` on, `rounds` times after one that does not count.
func measureRules(
    in store: SeriesStore, from first: Timestamp, rounds: Int, shares: Bool
) throws -> RuleCost {
    var settings = RuleEngineOptions()
    settings.sharesResults = shares
    var engine = RuleEngine(options: settings)
    try engine.load([(name: "rules.yml", text: benchmarkRules())])
    engine.begin(at: first)
    var cost = RuleCost()
    var seconds = 0.0
    for round in 0...rounds {
        let before = cpuSeconds()
        let time = first + TimeSpan(milliseconds: 10_000 * Int64(round))
        let run = engine.evaluate(upTo: time, in: store) { outputs in
            cost.written += outputs.count
            for output in outputs { store.append(output.labels, output.sample) }
        }
        if round > 0 {
            seconds += cpuSeconds() - before
            cost.evaluations += run.evaluations
        }
    }
    cost.secondsOfOne = seconds / Double(max(cost.evaluations, 1))
    cost.failing = engine.ruleStatuses.count { $0.health != .ok }
    let before = cpuSeconds()
    cost.alerts = engine.alerts().count
    cost.listing = cpuSeconds() - before
    return cost
}

/// 200 rules in the style of dashboards and service levels.
func benchmarkRules() -> String {
    var lines = ["groups:"]
    var number = 0
    for group in 0..<4 {
        lines += ["- name: g\(group)", "  interval: 10s", "  rules:"]
        for _ in 0..<50 {
            let expression = benchmarkExpression(number)
            if number % 2 == 1 {
                lines += [
                    "  - alert: A\(number)", "    expr: '\(expression) > \(number % 3 * 10)'", "    for: 1m",
                    "    labels: {severity: warning}",
                    "    annotations: {summary: '{{ $labels.instance }} at {{ $value | humanize }}'}",
                ]
            } else {
                lines += ["  - record: bench:r\(number)", "    expr: '\(expression)'"]
            }
            number += 1
        }
    }
    return lines.joined(separator: "\n") + "\n"
}

private func benchmarkExpression(_ number: Int) -> String {
    let job = #"job="api-\#(number % 10)""#
    let window = ["1m", "5m", "10m", "30m"][number % 4]
    switch number % 5 {
    case 0: return "sum by (instance) (rate(http_requests_total{\(job)}[\(window)]))"
    case 1:
        return
            "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket{\(job)}[\(window)])))"
    case 2: return #"sum by (consumergroup) (kafka_consumergroup_lag{consumergroup="cg-\#(number % 20)"})"#
    case 3:
        return #"avg_over_time(spark_executor_memory_used_bytes{host="node-\#(number % 30)"}[\#(window)])"#
    default:
        return #"sum(rate(http_requests_total{\#(job),status=~"5.."}[\#(window)])) / "#
            + "sum(rate(http_requests_total{\(job)}[\(window)]))"
    }
}
