import MetricModel
import PromQL
import SeriesStore

/// A query of the benchmark set.
struct BenchmarkQuery {
    enum Kind {
        /// At the last scrape.
        case instant
        /// Over the whole hour.
        case range(step: TimeSpan)
    }

    let name: String
    let expression: String
    let kind: Kind
}

let benchmarkQueries: [BenchmarkQuery] = [
    BenchmarkQuery(
        name: "selector, one series",
        expression:
            #"http_requests_total{instance="web-0",block="0",handler="/api/v0/op0",method="GET",status="200"}"#,
        kind: .instant),
    BenchmarkQuery(
        name: "sum by rate, instant", expression: "sum by (job) (rate(http_requests_total[5m]))",
        kind: .instant),
    BenchmarkQuery(
        name: "sum by rate, range 1h/15s", expression: "sum by (job) (rate(http_requests_total[5m]))",
        kind: .range(step: .seconds(15))),
    BenchmarkQuery(
        name: "histogram_quantile, instant",
        expression:
            "histogram_quantile(0.99, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))",
        kind: .instant),
    BenchmarkQuery(
        name: "histogram_quantile, range 1h/60s",
        expression:
            "histogram_quantile(0.99, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))",
        kind: .range(step: .seconds(60))),
    BenchmarkQuery(name: "topk", expression: "topk(10, kafka_consumergroup_lag)", kind: .instant),
    BenchmarkQuery(
        name: "avg_over_time 30m", expression: "avg_over_time(spark_executor_memory_used_bytes[30m])",
        kind: .instant),
    BenchmarkQuery(
        name: "join on(), instant",
        expression:
            "spark_executor_memory_used_bytes / on(application_id, executor_id) spark_executor_memory_max_bytes > 0.5",
        kind: .instant),
    BenchmarkQuery(
        name: "join group_left, range 1h/60s",
        expression:
            "sum by (application_id) (spark_executor_memory_used_bytes) * on(application_id) group_left(version, team) app_info",
        kind: .range(step: .seconds(60))),
    BenchmarkQuery(
        name: "regex matchers, instant",
        expression:
            #"sum by (instance) (rate(http_requests_total{handler=~"/api/v[12]/.*",status=~"5.."}[5m]))"#,
        kind: .instant),
    BenchmarkQuery(
        name: "predict_linear", expression: "predict_linear(node_filesystem_avail_bytes[1h], 4 * 3600) < 0",
        kind: .instant),
    BenchmarkQuery(
        name: "quantile_over_time, range 1h/60s",
        expression: "max by (consumergroup) (quantile_over_time(0.9, kafka_consumergroup_lag[15m]))",
        kind: .range(step: .seconds(60))),
    BenchmarkQuery(
        name: "subquery", expression: "max_over_time(sum(rate(http_requests_total[1m]))[30m:1m])",
        kind: .instant),
    BenchmarkQuery(
        name: "error ratio, range 1h/30s",
        expression:
            #"sum by (job) (rate(http_requests_total{status=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m]))"#,
        kind: .range(step: .seconds(30))),
]

/// CPU time of each benchmark query on the benchmark data: parsed once, evaluated `repeats` times after one run that
/// does not count.
func queryBenchmark(_ options: PlanetopBench.Options) {
    let store = SeriesStore(limits: benchmarkLimits)
    let count = options.size ?? 10_000
    for one in benchmarkSeries(count) {
        for scrape in 0..<BenchmarkSeries.scrapes {
            store.append(one.labels, Sample(BenchmarkSeries.timestamp(scrape), one.value(scrape)))
        }
    }
    print(
        "\(count) series, CPU ms of each query: median, least, greatest of \(options.repeats)")
    let start = BenchmarkSeries.timestamp(0)
    let evaluator = Evaluator()
    measure(benchmarkQueries, repeats: options.repeats) { query throws in
        let expression = try parse(query.expression)
        return {
            switch query.kind {
            case .instant: try evaluator.instant(expression, at: BenchmarkSeries.end, in: store)
            case .range(let step):
                try evaluator.range(
                    expression, from: start, through: BenchmarkSeries.end, step: step, in: store)
            }
        }
    }
}

/// Times what `prepare` makes of each query and reports its times and the series in its answer.
private func measure(
    _ queries: [BenchmarkQuery], repeats: Int,
    _ prepare: (BenchmarkQuery) throws -> () throws -> QueryResult
) {
    for query in queries {
        do {
            let evaluate = try prepare(query)
            var result = try evaluate()
            var times: [Double] = []
            for _ in 0..<repeats {
                let before = cpuSeconds()
                result = try evaluate()
                times.append((cpuSeconds() - before) * 1000)
            }
            times.sort()
            let figures = [times[times.count / 2], times[0], times[times.count - 1]].map { fixed($0, 2) }
            report(query.name, figures.joined(separator: "  "), "ms, \(seriesCount(result)) series")
        } catch {
            report(query.name, "failed", "\(error)")
        }
    }
}

private func seriesCount(_ result: QueryResult) -> Int {
    switch result.value {
    case .scalar, .string: 1
    case .vector(let elements): elements.count
    case .matrix(let series): series.count
    }
}
