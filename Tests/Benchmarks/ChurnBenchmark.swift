import MetricModel
import SeriesStore

/// Whether memory stays what it is while applications come and go: 200 every hour with 20 series each, one sample a
/// minute, beside 2000 series that stay; six hours are kept.
func churnBenchmark(_ options: PlanetopBench.Options) {
    let store = SeriesStore(limits: StoreLimits(retention: .hours(6)))
    let base = residentBytes()
    var now = BenchmarkSeries.end
    var random = BenchmarkRandom()
    let staying = (0..<2000).map { LabelSet(["__name__": "airflow_dag_runs", "dag_id": "dag-\($0)"]) }
    for day in 0..<(options.size ?? 30) {
        let seconds = cpuSeconds {
            for hour in 0..<24 {
                let coming = (0..<4000).map {
                    LabelSet([
                        "__name__": "spark_metric_\($0 % 20)", "app": "app-\(day)-\(hour)-\($0 / 20)",
                        "tenant": "tenant-\($0 / 20 % 10)",
                    ])
                }
                for _ in 0..<60 {
                    now = now + TimeSpan(milliseconds: 60_000 + .random(in: -300...300, using: &random))
                    for labels in coming {
                        store.append(labels, Sample(now, .random(in: 0...100, using: &random).rounded()))
                    }
                    for labels in staying {
                        store.append(labels, Sample(now, .random(in: 0...1, using: &random)))
                    }
                    store.advance(to: now)
                }
            }
        }
        report(
            "day \(day + 1): \(store.seriesCount) series, \(store.sampleCount) samples",
            fixed(Double(store.memoryInUse) / 1e6, 1),
            "MB accounted, \(fixed(Double(residentBytes() - base) / 1e6, 1)) MB resident, \(fixed(seconds, 1)) s"
        )
    }
}
