import MetricModel

/// Reads Spark's streaming metrics from a Prometheus server and turns them into reports.
///
/// Samples keep the times at which they were scraped. So a scrape job that was removed shows as silence at once, where
/// Prometheus itself goes on answering the last values for five minutes with every sign of health.
package struct SparkReader {
    private var client: PrometheusClient
    private let interval: TimeSpan
    private let triggers: [String: TimeSpan]
    private let queries: [CollectorConfiguration.Prometheus.Query]
    /// The newest sample published of each series.
    private var published: [LabelSet: Timestamp] = [:]
    private var memories: [String: SeriesMemory] = [:]
    private var activeQueries: Set<String> = []
    private var isFirstCycle = true
    /// What each run of an application is called, by its id: the first name stays, whichever scrape job is seen later.
    private var applicationNames: [String: String] = [:]

    package init(_ settings: CollectorConfiguration.Prometheus, client: HTTPClient) {
        self.client = PrometheusClient(
            source: JSONSource(
                name: "prometheus", baseURL: settings.url, authorisation: settings.authorisation,
                timeoutMilliseconds: Int(settings.timeout.milliseconds),
                authorityFile: settings.authorityFile,
                client: client))
        interval = settings.interval
        triggers = settings.triggers
        queries = settings.queries
    }

    package var requestCount: Int { client.source.requestCount }

    /// How far a cycle looks back: two intervals bridge one cycle that failed; never less than scrape intervals in use.
    private var window: TimeSpan { max(interval + interval, .seconds(90)) }

    package mutating func cycle(clock: @escaping () -> Timestamp) -> [CollectedReport] {
        let begun = clock()
        var streaming = CollectedReport(kind: "spark", source: "streaming", time: begun, interval: interval)
        var dstream = CollectedReport(kind: "spark", source: "dstream", time: begun, interval: interval)
        var custom = CollectedReport(kind: "spark", source: "custom", time: begun, interval: interval)
        var own = CollectedReport(kind: "collector", source: "prometheus", time: begun, interval: interval)
        var isUp = true
        do {
            let found = try client.query("\(SparkMetric.selector)[\(window.description)]", now: clock)
            let targets = try client.query("up[\(window.description)]", now: clock)
            describe(found, scrapes: Scrapes(targets), streaming: &streaming, dstream: &dstream)
            describe(targets, now: begun + (client.source.clockSkew ?? .zero), into: &own)
        } catch {
            isUp = false
            own.errors.append(error)
        }
        if isUp { read(into: &custom, own: &own, clock: clock) }
        own.gauge("planetop_source_up", isUp ? 1 : 0, ["source": "prometheus"])
        own.gauge(
            "planetop_source_scrape_partial", isUp && !own.errors.isEmpty ? 1 : 0, ["source": "prometheus"])
        own.gauge(
            "planetop_source_scrape_duration_seconds", (clock() - begun).seconds, ["source": "prometheus"])
        if let skew = client.source.clockSkew {
            own.gauge("planetop_collector_clock_skew_seconds", skew.seconds, ["source": "prometheus"])
        }
        var reports: [CollectedReport] = []
        for var report in [streaming, dstream, custom] {
            if isUp { memories[report.source, default: SeriesMemory()].endVanished(in: &report) }
            dropPublished(from: &report)
            if !report.series.isEmpty || !report.events.isEmpty { reports.append(report) }
        }
        isFirstCycle = isFirstCycle && !isUp
        reports.append(own)
        return reports
    }

    // MARK: - Spark

    private mutating func describe(
        _ found: [PrometheusSeries], scrapes: Scrapes, streaming: inout CollectedReport,
        dstream: inout CollectedReport
    ) {
        var chosen: [String: (metric: SparkMetric, app: String, samples: [Sample], end: Timestamp?)] = [:]
        var jobs: [String: String] = [:]
        for series in found {
            guard let metric = SparkMetric(series.labels), let job = series.labels["job"] else { continue }
            // Scraped by several jobs, an application has the shortest of their names.
            let known = jobs[metric.application] ?? job
            jobs[metric.application] = (job.utf8.count, job) < (known.utf8.count, known) ? job : known
        }
        for series in found {
            guard let metric = SparkMetric(series.labels), let newest = series.samples.last else { continue }
            let app = applicationName(of: metric, jobs: jobs)
            let subject: String
            switch metric.subject {
            case .query(let name): subject = name
            case .dstream: subject = ""
            }
            let key = "\(subject)\u{1f}\(metric.gauge)\u{1f}\(subject.isEmpty ? app : "")"
            if let other = chosen[key] {
                // Scraped twice, or a restarted application under a new id beside its old self: the newest run counts,
                // and of one run the spelling with labels.
                let sameRun = other.metric.application == metric.application
                let better =
                    sameRun
                    ? metric.isLabelled && !other.metric.isLabelled
                    : newest.timestamp > other.samples.last!.timestamp
                if !better { continue }
            }
            chosen[key] = (metric, app, series.samples, scrapes.end(of: series))
        }
        var active: [String: Set<String>] = [:]
        for (_, entry) in chosen.sorted(by: { $0.key < $1.key }) {
            switch entry.metric.subject {
            case .query(let name):
                add(
                    entry.metric.gauge, of: name, app: entry.app, entry.samples, end: entry.end,
                    to: &streaming)
                if entry.end == nil { active[entry.app, default: []].insert(name) }
            case .dstream:
                addDStream(entry.metric.gauge, app: entry.app, entry.samples, end: entry.end, to: &dstream)
            }
        }
        for (app, names) in active.sorted(by: { $0.key < $1.key }) {
            streaming.gauge("spark_streaming_active_queries", Double(names.count), ["app": app])
            for name in names.sorted() {
                if let trigger = triggers[name] {
                    streaming.gauge(
                        "spark_streaming_trigger_interval_seconds", trigger.seconds,
                        ["app": app, "query": name])
                }
            }
        }
        noteQueries(Set(active.values.joined()), into: &streaming)
    }

    private mutating func applicationName(of metric: SparkMetric, jobs: [String: String]) -> String {
        if let name = applicationNames[metric.application] { return name }
        if applicationNames.count > 1000 { applicationNames.removeAll() }
        let name = metric.applicationName(job: jobs[metric.application])
        applicationNames[metric.application] = name
        return name
    }

    /// Says which queries came and went.
    private mutating func noteQueries(_ names: Set<String>, into report: inout CollectedReport) {
        defer { activeQueries = names }
        if isFirstCycle { return }
        func event(_ name: String, _ from: String, _ to: String, _ text: String) -> CollectedReport.Event {
            CollectedReport.Event(
                time: report.time, kind: "streaming_query", subject: name, from: from, to: to, text: text)
        }
        for name in activeQueries.subtracting(names).sorted() {
            report.events.append(event(name, "active", "terminated", "\(name) is gone"))
        }
        for name in names.subtracting(activeQueries).sorted() {
            report.events.append(event(name, "terminated", "active", "\(name) is there"))
        }
    }

    private func add(
        _ gauge: String, of query: String, app: String, _ samples: [Sample], end: Timestamp?,
        to report: inout CollectedReport
    ) {
        let name: String
        var convert: (Double) -> Double? = { $0 }
        switch gauge {
        case "inputRate_total": name = "spark_streaming_input_rows_per_second"
        case "processingRate_total": name = "spark_streaming_processed_rows_per_second"
        case "latency":
            name = "spark_streaming_batch_duration_seconds"
            // 0 until the first batch is complete: that is no duration.
            convert = { $0 > 0 ? $0 / 1000 : nil }
        case "eventTime_watermark":
            name = "spark_streaming_watermark_timestamp_seconds"
            convert = { $0 > 0 ? $0 / 1000 : nil }
        case "states_rowsTotal": name = "spark_streaming_state_rows"
        case "states_usedBytes": name = "spark_streaming_state_memory_bytes"
        default: return
        }
        append(
            name, isCounter: false, [Label("app", app), Label("query", query)], samples, end, convert,
            to: &report)
    }

    private func addDStream(
        _ gauge: String, app: String, _ samples: [Sample], end: Timestamp?, to report: inout CollectedReport
    ) {
        // −1 is Spark's "not known yet".
        var convert: (Double) -> Double? = { $0 >= 0 ? $0 : nil }
        let name: String
        var isCounter = false
        switch gauge {
        case "waitingBatches": name = "spark_dstream_waiting_batches"
        case "runningBatches": name = "spark_dstream_running_batches"
        case "unprocessedBatches": name = "spark_dstream_unprocessed_batches"
        case "retainedCompletedBatches": name = "spark_dstream_retained_completed_batches"
        case "receivers": name = "spark_dstream_receivers"
        case "totalCompletedBatches": (name, isCounter) = ("spark_dstream_completed_batches_total", true)
        case "totalReceivedRecords": (name, isCounter) = ("spark_dstream_received_records_total", true)
        case "totalProcessedRecords": (name, isCounter) = ("spark_dstream_processed_records_total", true)
        case "lastCompletedBatch_processingDelay": name = "spark_dstream_processing_delay_seconds"
        case "lastCompletedBatch_schedulingDelay": name = "spark_dstream_scheduling_delay_seconds"
        case "lastCompletedBatch_totalDelay": name = "spark_dstream_total_delay_seconds"
        default: return
        }
        if name.hasSuffix("_seconds") { convert = { $0 >= 0 ? $0 / 1000 : nil } }
        append(name, isCounter: isCounter, [Label("app", app)], samples, end, convert, to: &report)
    }

    private func append(
        _ name: String, isCounter: Bool, _ labels: [Label], _ samples: [Sample], _ end: Timestamp?,
        _ convert: (Double) -> Double?, to report: inout CollectedReport
    ) {
        var points = samples.compactMap { sample -> (time: Timestamp, value: Double?)? in
            // A rate of NaN is 0/0: nothing was processed yet.
            guard !sample.value.isNaN, let value = convert(sample.value) else { return nil }
            return (sample.timestamp, value)
        }
        if points.isEmpty { return }
        if let end { points.append((end, nil)) }
        report.series.append(
            CollectedReport.Series(name: name, isCounter: isCounter, labels: labels, points: points))
    }

    /// A sample is published once; the window reaches back further than one cycle.
    private mutating func dropPublished(from report: inout CollectedReport) {
        for index in report.series.indices {
            let labels = report.series[index].labelSet
            let last = published[labels] ?? .distantPast
            report.series[index].points.removeAll { $0.time <= last }
            // More points than a message takes: the newest are worth more.
            report.series[index].points = report.series[index].points.suffix(60)
            if let newest = report.series[index].points.last { published[labels] = newest.time }
        }
        report.series.removeAll { $0.points.isEmpty }
        // What the window cannot bring up again needs no remembering.
        let oldest = report.time - window - window
        published = published.filter { $0.value >= oldest }
    }

    // MARK: - Targets and own queries

    /// What the scrape targets say, by job: up, down, or no longer scraped at all.
    private func describe(_ targets: [PrometheusSeries], now: Timestamp, into own: inout CollectedReport) {
        for series in targets.sorted(by: { ($0.labels["job"] ?? "") < ($1.labels["job"] ?? "") }) {
            guard let newest = series.samples.last else { continue }
            let job = series.labels["job"] ?? ""
            let instance = series.labels["instance"] ?? ""
            let gaps = zip(series.samples, series.samples.dropFirst()).map { $1.timestamp - $0.timestamp }
            let cadence = gaps.min() ?? interval
            let age = now - newest.timestamp
            let isGone = age > TimeSpan(milliseconds: cadence.milliseconds * 5 / 2) + .seconds(5)
            let isUp = newest.value == 1 && !isGone
            own.gauge("planetop_scrape_target_up", isUp ? 1 : 0, ["job": job, "instance": instance])
            if isGone {
                own.errors.append(
                    SourceProblem(
                        source: "prometheus", code: "scrape_gone",
                        text:
                            "job \(job), \(instance): not scraped for \(age) though Prometheus still answers its last values"
                    ))
            } else if newest.value != 1 {
                own.errors.append(
                    SourceProblem(
                        source: "prometheus", code: "target_down",
                        text: "job \(job), \(instance): the scrape fails"))
            }
        }
    }

    private mutating func read(
        into custom: inout CollectedReport, own: inout CollectedReport, clock: @escaping () -> Timestamp
    ) {
        for query in queries {
            do {
                for series in try client.query(query.expression, now: clock) {
                    guard let value = series.samples.last?.value, !value.isNaN else { continue }
                    let labels = series.labels.filter {
                        $0.key != "__name__" && $0.key != "tenant" && $0.key != "plane"
                    }
                    custom.series.append(
                        CollectedReport.Series(
                            name: query.name, isCounter: query.name.hasSuffix("_total"),
                            labels: labels.sorted { $0.key < $1.key }.map { Label($0.key, $0.value) },
                            points: [(custom.time, value)]))
                }
            } catch {
                own.errors.append(
                    SourceProblem(
                        source: error.source, code: error.code, text: "query \(query.name): \(error.text)"))
            }
        }
    }
}

/// When each target was scraped, which tells a series that ended from one that was not scraped again yet.
///
/// Prometheus gives `up` and all samples of one scrape the same time; so a series that a later scrape of its target does
/// not have is gone.
private struct Scrapes {
    private var times: [String: [Timestamp]] = [:]

    init(_ targets: [PrometheusSeries]) {
        for target in targets { times[Self.key(target)] = target.samples.map(\.timestamp) }
    }

    /// The time of the first scrape that missed the series; `nil` while it lives, or where its target is not known.
    func end(of series: PrometheusSeries) -> Timestamp? {
        guard let newest = series.samples.last?.timestamp, let times = times[Self.key(series)] else {
            return nil
        }
        return times.first { $0 > newest + .seconds(1) }
    }

    private static func key(_ series: PrometheusSeries) -> String {
        "\(series.labels["job"] ?? "")\u{1f}\(series.labels["instance"] ?? "")"
    }
}
