import MetricModel
import SeriesStore

/// What the store costs: memory, taking samples in, reading them back, finding series.
func storeBenchmark(_ options: PlanetopBench.Options) {
    let count = options.size ?? 10_000
    let series = benchmarkSeries(count)
    let sampleCount = count * BenchmarkSeries.scrapes
    let limits = benchmarkLimits
    print("\(count) series, \(sampleCount) samples")

    // What making up the values costs is measured by itself and taken off.
    var sum = 0.0
    let making = cpuSeconds {
        for scrape in 0..<BenchmarkSeries.scrapes {
            for one in series { sum += one.value(scrape) }
        }
    }
    precondition(sum > 0)

    // Label bytes one after another, as a decoder has them.
    var encoded: [UInt8] = []
    var ends: [Int] = []
    for one in series {
        encoded += one.labels.bytes
        ends.append(encoded.count)
    }

    let before = residentBytes()
    let store = SeriesStore(limits: limits)
    let byLabels = cpuSeconds {
        encoded.withUnsafeBufferPointer { encoded in
            for scrape in 0..<BenchmarkSeries.scrapes {
                let time = BenchmarkSeries.timestamp(scrape)
                var start = 0
                for (index, one) in series.enumerated() {
                    let labels = UnsafeBufferPointer(rebasing: encoded[start..<ends[index]])
                    store.append(encodedLabels: labels, Sample(time, one.value(scrape)))
                    start = ends[index]
                }
            }
        }
    }
    let growth = residentBytes() - before
    precondition(store.counters.appended == UInt64(sampleCount), "a sample was not taken in")
    reportAppends("append by labels, first scrape included", byLabels - making, sampleCount)

    let second = SeriesStore(limits: limits)
    let ids = series.compactMap { try? second.seriesID(for: $0.labels) }
    precondition(ids.count == count, "a series was not taken in")
    let byHandle = cpuSeconds {
        for scrape in 0..<BenchmarkSeries.scrapes {
            let time = BenchmarkSeries.timestamp(scrape)
            for (index, one) in series.enumerated() {
                second.append(ids[index], Sample(time, one.value(scrape)))
            }
        }
    }
    reportAppends("append by handle", byHandle - making, sampleCount)

    report("growth of the process", fixed(Double(growth) / 1e6, 1), "MB")
    report("memory in use as accounted", fixed(Double(store.memoryInUse) / 1e6, 1), "MB")
    report("per sample, labels and index included", fixed(Double(growth) / Double(sampleCount), 2), "B")
    report("per series", fixed(Double(growth) / Double(count), 0), "B")

    reportReads(store, options.rounds)
    reportSelections(store, options.rounds)
}

private func reportAppends(_ name: String, _ seconds: Double, _ count: Int) {
    report(name, fixed(seconds / Double(count) * 1e9, 1), "ns a sample")
    report("  rate", fixed(Double(count) / seconds, 0), "samples per CPU second")
}

private func reportReads(_ store: SeriesStore, _ rounds: Int) {
    let metrics = [
        "http_requests_total", "http_request_duration_seconds_bucket", "kafka_consumergroup_lag",
        "spark_executor_memory_used_bytes", "spark_executor_memory_max_bytes", "node_filesystem_avail_bytes",
    ]
    var buffer = SampleBuffer()
    var total = 0
    var totalSeconds = 0.0
    for metric in metrics {
        let selected = store.select(
            [LabelMatcher(name: "__name__", equals: metric)], after: .distantPast, through: .distantFuture)
        var read = 0
        let seconds = cpuSeconds {
            for _ in 0..<rounds {
                for one in selected {
                    buffer.removeAll()
                    store.read(one, after: .distantPast, through: .distantFuture, into: &buffer)
                    read += buffer.count
                }
            }
        }
        total += read
        totalSeconds += seconds
        report("read 1 h, \(metric)", fixed(seconds / Double(max(read, 1)) * 1e9, 2), "ns a sample")
    }
    report("read 1 h, all", fixed(totalSeconds / Double(total) * 1e9, 2), "ns a sample")

    let all = store.select([], after: .distantPast, through: .distantFuture)
    for (name, minutes) in [("last 5 min", Int64(5)), ("30 to 25 min ago", 30)] {
        let after = BenchmarkSeries.end - .minutes(minutes)
        let through = after + .minutes(5)
        let seconds = cpuSeconds {
            for _ in 0..<rounds {
                for one in all {
                    buffer.removeAll()
                    store.read(one, after: after, through: through, into: &buffer)
                }
            }
        }
        report("read \(name)", fixed(seconds / Double(rounds * all.count) * 1e9, 0), "ns a series")
    }
}

private func reportSelections(_ store: SeriesStore, _ rounds: Int) {
    let name = LabelMatcher(name: "__name__", equals: "http_requests_total")
    let selections: [(String, [LabelMatcher])] = [
        (
            "one series",
            [
                name, LabelMatcher(name: "block", equals: "0"),
                LabelMatcher(name: "handler", equals: "/api/v0/op0"),
                LabelMatcher(name: "method", equals: "GET"), LabelMatcher(name: "status", equals: "200"),
            ]
        ),
        ("one metric", [name]),
        ("one metric, one job", [name, LabelMatcher(name: "job", equals: "api-3")]),
        ("two regular expressions", [name] + regexes([("handler", "/api/v[12]/.*"), ("status", "5..")])),
        ("a choice of texts", [name] + regexes([("status", "500|503")])),
        ("everything", []),
    ]
    for (title, matchers) in selections {
        var found = 0
        let seconds = cpuSeconds {
            for _ in 0..<rounds {
                found = store.select(matchers, after: .distantPast, through: .distantFuture).count
            }
        }
        report("select \(title) (\(found))", fixed(seconds / Double(rounds) * 1e6, 1), "us")
    }
}

private func regexes(_ patterns: [(String, String)]) -> [LabelMatcher] {
    patterns.compactMap { try? LabelMatcher($0.0, .matchesRegex, $0.1) }
}
