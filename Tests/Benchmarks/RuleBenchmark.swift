import MetricModel
import PromQL
import Rules
import SeriesStore

/// CPU time of the 200 rules of the benchmark set on the benchmark data, per rule and evaluation: half of them record,
/// half alert, in four groups every 10 s, results written back.
func ruleBenchmark(_ options: PlanetopBench.Options) {
    let store = SeriesStore(
        limits: StoreLimits(
            retention: .hours(6), memoryBytesMax: 16 << 30, seriesMax: .max, seriesPerTenantMax: .max))
    let count = options.size ?? 10_000
    for one in benchmarkSeries(count) {
        for scrape in 0..<BenchmarkSeries.scrapes {
            store.append(one.labels, Sample(BenchmarkSeries.timestamp(scrape), one.value(scrape)))
        }
    }
    print("\(count) series, 200 rules, CPU time of \(options.repeats) evaluations of each")
    for shares in [true, false] {
        var settings = RuleEngineOptions()
        settings.sharesResults = shares
        var engine = RuleEngine(options: settings)
        do {
            try engine.load([(name: "rules.yml", text: benchmarkRules())])
        } catch {
            report("rules", "refused", "\(error)")
            return
        }
        measure(&engine, store, options, name: shares ? "rules, equal parts shared" : "rules, each by itself")
    }
}

private func measure(
    _ engine: inout RuleEngine, _ store: SeriesStore, _ options: PlanetopBench.Options, name: String
) {
    let step = TimeSpan.seconds(10)
    // One round more than is counted: the first one makes the series.
    let first = BenchmarkSeries.end - TimeSpan(milliseconds: step.milliseconds * Int64(options.repeats))
    engine.begin(at: first)
    var written = 0
    var evaluations = 0
    var seconds = 0.0
    var time = first
    while time <= BenchmarkSeries.end {
        let before = cpuSeconds()
        let run = engine.evaluate(upTo: time, in: store) { outputs in
            written += outputs.count
            for output in outputs { store.append(output.labels, output.sample) }
        }
        if time > first {
            seconds += cpuSeconds() - before
            evaluations += run.evaluations
        }
        time = time + step
    }
    let failing = engine.ruleStatuses.count { $0.health != .ok }
    report(
        name, fixed(seconds / Double(max(evaluations, 1)) * 1000, 3),
        "ms a rule, \(evaluations) evaluations, \(written) samples written, \(failing) rules failing")
    let before = cpuSeconds()
    let alerts = engine.alerts()
    report(
        "listing the alerts once", fixed((cpuSeconds() - before) * 1000, 3),
        "ms, \(alerts.count) alerts with their annotations")
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
