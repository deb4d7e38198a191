import JSON
import MetricModel
import Synchronization
import Testing

@testable import Collect

@Suite("Spark's metric names, in all spellings")
struct SparkNameTests {
    private let servlet =
        "metrics_local_1795219990760_driver_spark_streaming_orders_fast_inputRate_total_Value"

    @Test("the servlet's name is split into application, query and gauge")
    func structured() {
        let metric = SparkMetric(["__name__": servlet])
        #expect(metric?.subject == .query(name: "orders_fast"))
        #expect(metric?.gauge == "inputRate_total")
        #expect(metric?.application == "local_1795219990760")
        #expect(metric?.applicationName(job: "spark-structured") == "spark-structured")
    }

    @Test(
        "queries whose names look like parts of the pattern",
        arguments: [
            ("latency_latency", "latency", "latency"),
            ("a_driver_b_states_rowsTotal", "a_driver_b", "states_rowsTotal"),
            (
                "201aec4e_d130_4852_8869_6aa98cf725e2_eventTime_watermark",
                "201aec4e_d130_4852_8869_6aa98cf725e2", "eventTime_watermark"
            ),
        ])
    func awkward(rest: String, query: String, gauge: String) {
        let metric = SparkMetric(["__name__": "metrics_app_driver_spark_streaming_\(rest)_Value"])
        #expect(metric?.subject == .query(name: query))
        #expect(metric?.gauge == gauge)
    }

    @Test("a DStream's name carries a namespace and an application")
    func dstream() {
        let name =
            "metrics_legacy_ingest_driver_legacy_ingest__dstream__StreamingMetrics_streaming_waitingBatches_Value"
        let metric = SparkMetric(["__name__": name])
        #expect(metric?.subject == .dstream)
        #expect(metric?.gauge == "waitingBatches")
        #expect(metric?.applicationName(job: "spark-dstream") == "legacy_ingest")
    }

    @Test("relabelled and JMX names use labels")
    func labelled() {
        let relabelled = SparkMetric([
            "__name__": "spark_streaming_latency", "query": "q", "app_id": "local_1",
        ])
        #expect(relabelled?.subject == .query(name: "q"))
        #expect(relabelled?.isLabelled == true)
        let jmx = SparkMetric([
            "__name__": "spark_structured_streaming_driver_inputRate-total", "query_name": "q",
            "app_id": "spark-1",
        ])
        #expect(jmx?.gauge == "inputRate_total")
        #expect(
            SparkMetric(["__name__": "spark_streaming_driver_waitingBatches", "app_id": "x"])?.subject
                == .dstream)
    }

    @Test(
        "names of something else are left alone",
        arguments: ["up", "metrics_x_Value", "metrics_a_driver_jvm_heap_Value", "spark_info"])
    func others(name: String) { #expect(SparkMetric(["__name__": name]) == nil) }
}

/// A Prometheus whose answers to range selectors are put together from what a real one answered every 15 s.
@Suite(
    .serialized,
    .enabled(if: Recording.isAvailable, "the recordings of a real Prometheus are not beside the repository"))
struct RecordedPrometheusTests {
    private static let start = 1_795_220_092.544

    private struct Known: Sendable { var labels: [String: String], samples: [Sample] }

    /// Every series with samples at the times at which they were scraped: evaluation time less the recorded age.
    private static func series(of recording: Recording) throws -> [Known] {
        var found: [[String: String]: [Sample]] = [:]
        for exchange in recording.exchanges {
            let isOurs =
                exchange.endpoint.hasPrefix("query.raw.")
                || exchange.endpoint.hasPrefix("query.legacy.waiting")
                || exchange.endpoint == "query.up" || exchange.endpoint == "query.label.inputRate"
                || exchange.endpoint == "query.label.processingRate"
                || exchange.endpoint == "query.label.latency"
            guard isOurs, exchange.status == 200, let answer = try? JSONValue.parse(exchange.body) else {
                continue
            }
            let ages = recording.exchanges.last {
                $0.endpoint == "query.scrape_age" && $0.time <= exchange.time + 2 && $0.status == 200
            }
            var ageOfJob: [String: Double] = [:]
            for element in (try? JSONValue.parse(ages?.body ?? "{}"))?["data"]?["result"]?.elements ?? [] {
                if let job = element["metric"]?["job"]?.string, let text = element["value"]?[1]?.string {
                    ageOfJob[job] = Double(text)
                }
            }
            for element in answer["data"]?["result"]?.elements ?? [] {
                var labels: [String: String] = [:]
                for (name, value) in element["metric"]!.object! { labels[name] = value.string }
                guard let at = element["value"]?[0]?.number, let text = element["value"]?[1]?.string,
                    let value = Double(text)
                else { continue }
                let age = ageOfJob[labels["job"] ?? ""] ?? 0
                let time = Timestamp(seconds: ((at - age) / 5).rounded() * 5)
                if (found[labels]?.last?.timestamp ?? .distantPast) < time {
                    found[labels, default: []].append(Sample(time, value))
                }
            }
        }
        return found.map { Known(labels: $0.key, samples: $0.value) }
    }

    private func run() throws -> [(t: Double, reports: [CollectedReport])] {
        let recording = try Recording.read("prometheus-queries.jsonl.gz")
        let known = try Self.series(of: recording)
        let clock = ClockBox()
        let server = TestHTTPServer { request in
            let now = clock.time.withLock { $0 }
            // What the server did at that time: answers, refuses, breaks.
            if let last = recording.exchanges.last(where: {
                $0.endpoint.hasPrefix("query.") && $0.time <= now
            }) {
                if last.failure == "reset" { return .reset }
                if last.status != 200 {
                    return .body(status: last.status ?? 500, type: last.type, text: last.body)
                }
                if (try? JSONValue.parse(last.body)) == nil {
                    return .body(status: 200, type: last.type, text: last.body)
                }
            }
            let wantsUp = request.parameter("query")?.hasPrefix("up[") == true
            let from = Timestamp(seconds: now - 120)
            var parts: [String] = []
            for series in known where (series.labels["__name__"] == "up") == wantsUp {
                let window = series.samples.filter {
                    $0.timestamp > from && $0.timestamp <= Timestamp(seconds: now)
                }
                if window.isEmpty { continue }
                let labels = series.labels.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
                let values = window.map { sample in "[\(sample.timestamp.seconds),\"\(sample.value)\"]" }
                    .joined(separator: ",")
                parts.append("{\"metric\":{\(labels)},\"values\":[\(values)]}")
            }
            let text =
                "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[\(parts.joined(separator: ","))]}}"
            return .body(status: 200, type: "application/json", text: text)
        }
        defer { server.stop() }
        var settings = CollectorConfiguration.Prometheus(url: server.url)
        settings.interval = .seconds(60)
        settings.timeout = TimeSpan(milliseconds: 500)
        settings.triggers = ["enrich_slow": .seconds(10)]
        var reader = SparkReader(settings, client: HTTPClient())
        var cycles: [(t: Double, reports: [CollectedReport])] = []
        for t in stride(from: 30.0, through: 1880, by: 60) {
            let time = Self.start + t
            clock.time.withLock { $0 = time }
            cycles.append((t, reader.cycle(clock: { Timestamp(seconds: time) })))
        }
        return cycles
    }

    private final class ClockBox: Sendable { let time = Mutex(0.0) }

    @Test("the queries' truth comes through, each sample once, ends are said")
    func truth() throws {
        let cycles = try run()
        func points(_ name: String, _ query: String) -> [(t: Double, time: Timestamp, value: Double?)] {
            cycles.flatMap { cycle in
                cycle.reports.flatMap(\.series).filter { series in
                    series.name == name && series.labels.contains { $0.value == query }
                }.flatMap { series in series.points.map { (cycle.t, $0.time, $0.value) } }
            }
        }
        // enrich_slow never keeps up; orders_fast does.
        let input = points("spark_streaming_input_rows_per_second", "enrich_slow").compactMap(\.value).filter
        { $0 > 0 }
        let processed = points("spark_streaming_processed_rows_per_second", "enrich_slow").compactMap(\.value)
            .filter { $0 > 0 }
        let meanInput = input.reduce(0, +) / Double(input.count)
        let meanProcessed = processed.reduce(0, +) / Double(processed.count)
        #expect(meanInput > meanProcessed)
        // A sample is published once, in order of time.
        let times = points("spark_streaming_input_rows_per_second", "orders_fast").filter { $0.value != nil }
            .map(\.time)
        #expect(times == times.sorted())
        #expect(Set(times).count == times.count)
        #expect(times.count > 60)
        // payments_flaky dies and its series end with a marker; then it is there again.
        let flaky = points("spark_streaming_input_rows_per_second", "payments_flaky")
        let end = flaky.firstIndex { $0.value == nil }
        try #require(end != nil)
        #expect(flaky[end!...].contains { $0.value != nil })
        let texts = cycles.flatMap(\.reports).flatMap(\.events).map(\.text)
        #expect(texts.contains("payments_flaky is gone"))
        #expect(texts.contains("payments_flaky is there"))
        // The DStream's waiting batches climb and drain.
        let waiting = cycles.flatMap(\.reports).flatMap(\.series).filter {
            $0.name == "spark_dstream_waiting_batches"
        }
        .flatMap(\.points).compactMap(\.value)
        #expect(waiting.max()! >= 15)
        #expect(waiting.min()! <= 2)
        // Queries without a watermark have no watermark, rather than one of 1970.
        #expect(points("spark_streaming_watermark_timestamp_seconds", "orders_fast").isEmpty)
    }

    @Test("a scrape job that was removed is noticed though Prometheus goes on answering")
    func removedJob() throws {
        let cycles = try run()
        let codes = { (range: ClosedRange<Double>) in
            Set(cycles.filter { range.contains($0.t) }.flatMap(\.reports).flatMap(\.errors).map(\.code))
        }
        #expect(codes(1045...1090).contains("scrape_gone"))
        #expect(codes(400...700).isEmpty)
        #expect(codes(1141...1200).contains("reset"))
        #expect(codes(1241...1300).contains("http_503"))
    }
}
