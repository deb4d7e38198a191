import Messaging
import MetricModel

/// What a collector beside one plane would report in one cycle, before it is encoded.
struct Report {
    let key: RoutingKey
    private(set) var content: EnvelopeContent

    var time: Timestamp { content.collected }

    init(time: Timestamp, interval: TimeSpan, key: RoutingKey) {
        self.key = key
        content = EnvelopeContent(collected: time, interval: interval)
    }

    mutating func gauge(_ name: String, _ value: Double, _ labels: (String, String)...) {
        append(name, .gauge, value, labels)
    }

    mutating func counter(_ name: String, _ value: Double, _ labels: (String, String)...) {
        append(name, .counter, value, labels)
    }

    /// Ends a gauge that was reported before.
    mutating func end(_ name: String, _ labels: (String, String)...) {
        append(name, .gauge, StaleMarker.value, labels)
    }

    private mutating func append(
        _ name: String, _ type: MetricType, _ value: Double, _ labels: [(String, String)]
    ) {
        content.metrics.append(
            EnvelopeMetric(name, type, labels: labels.map { Label($0, $1) }, value, at: time))
    }

    /// Something that changed its state.
    mutating func event(_ kind: String, _ subject: String, _ change: StateChange) {
        content.events.append(
            DecodedMessage.Event(
                timestamp: change.time, kind: kind, subject: subject, from: change.from, to: change.to,
                text: change.text))
    }
}

/// One data plane: its DAGs, its queries, and the collector that reports on them.
struct PlaneSimulation {
    private let specification: PlaneSpecification
    private let number: Int
    private var dags: [DagSimulation]
    private var queries: [QuerySimulation]
    private var waitingBatches = 0.0
    private var completedBatches = 0.0
    private var random: RandomSource
    private let start: Timestamp

    /// Demonstrations are short: the cadences are those of a data plane in a hurry.
    static let airflowInterval: Int64 = 30
    static let sparkInterval: Int64 = 10

    init(_ specification: PlaneSpecification, number: Int, seed: UInt64, start: Timestamp) {
        self.specification = specification
        self.number = number
        self.start = start
        random = RandomSource(seed: seed &+ UInt64(number) &* 0x51ab)
        var phase: Int64 = Int64(number)
        dags = specification.dags.map { dag in
            phase += 7
            return DagSimulation(dag, start: start, phaseSeconds: phase % dag.everySeconds)
        }
        queries = specification.queries.map { QuerySimulation($0, start: start) }
    }

    private func report(
        _ time: Timestamp, _ intervalSeconds: Int64, _ kind: RoutingKey.Kind, _ source: String
    ) -> Report {
        Report(
            time: time, interval: .seconds(intervalSeconds),
            key: RoutingKey(
                tenant: specification.tenant, plane: specification.plane, kind: kind, source: source))
    }

    private static let queryMetrics = [
        "spark_streaming_input_rows_per_second", "spark_streaming_processed_rows_per_second",
        "spark_streaming_batch_duration_seconds", "spark_streaming_trigger_interval_seconds",
        "spark_streaming_state_rows", "spark_streaming_state_memory_bytes",
        "spark_streaming_watermark_timestamp_seconds",
    ]

    /// The collector's Airflow cycle.
    mutating func airflowReports(at time: Timestamp, faults: FaultSchedule) -> [Report] {
        var runs = report(time, Self.airflowInterval, .airflow, "dag")
        var tasks = report(time, Self.airflowInterval, .airflow, "task")
        for index in dags.indices {
            let changes = dags[index].advance(
                to: time, isFailing: faults.isActive(.failingDag, plane: number, target: index, at: time),
                isSlow: faults.isActive(.slowDag, plane: number, target: index, at: time),
                isStuck: faults.isActive(.stuckRun, plane: number, target: index, at: time), random: &random)
            let dag = dags[index]
            let id = ("dag_id", dag.specification.id)
            for change in changes {
                runs.event("dag_run", dag.specification.id, change)
            }
            runs.gauge("airflow_dag_runs", Double(dag.running.count), id, ("state", "running"))
            runs.gauge("airflow_dag_runs", 0, id, ("state", "queued"))
            runs.counter("airflow_dag_runs_finished_total", dag.succeeded, id, ("state", "success"))
            runs.counter("airflow_dag_runs_finished_total", dag.failed, id, ("state", "failed"))
            runs.gauge("airflow_dag_consecutive_failures", dag.consecutiveFailures, id)
            if let duration = dag.lastDurationSeconds {
                runs.gauge("airflow_dag_run_duration_seconds", duration, id)
            }
            if let success = dag.lastSuccess {
                runs.gauge("airflow_dag_last_success_timestamp_seconds", success.seconds, id)
            }
            if let oldest = dag.running.first {
                runs.gauge(
                    "airflow_dag_run_age_seconds", (time - oldest.start).seconds, id, ("state", "running"))
            }
            tasks.gauge(
                "airflow_task_instances", Double(dag.running.count * min(3, dag.specification.taskCount)), id,
                ("state", "running"))
            tasks.gauge(
                "airflow_task_instances", Double(dag.running.count * max(0, dag.specification.taskCount - 3)),
                id,
                ("state", "scheduled"))
            tasks.counter(
                "airflow_task_instances_finished_total", dag.taskCount - dag.taskFailures, id,
                ("state", "success"))
            tasks.counter("airflow_task_instances_finished_total", dag.taskFailures, id, ("state", "failed"))
            tasks.counter("airflow_task_duration_seconds_sum", dag.taskSeconds, id)
            tasks.counter("airflow_task_duration_seconds_count", dag.taskCount, id)
        }
        let broken = faults.isActive(.importError, plane: number, at: time) ? 1.0 : 0
        runs.gauge("airflow_dags", Double(dags.count), ("state", "active"))
        runs.gauge("airflow_dags", 1, ("state", "paused"))
        runs.gauge("airflow_dags", broken, ("state", "import_error"))

        var health = report(time, Self.airflowInterval, .airflow, "health")
        let down = faults.isActive(.schedulerDown, plane: number, at: time)
        health.gauge("airflow_component_healthy", down ? 0 : 1, ("component", "scheduler"))
        health.gauge("airflow_component_healthy", 1, ("component", "metadatabase"))
        health.gauge(
            "airflow_component_heartbeat_age_seconds", down ? 95 : 2 + 6 * random.unit(),
            ("component", "scheduler"))
        let used = dags.reduce(0.0) { $0 + Double($1.running.count * min(3, $1.specification.taskCount)) }
        health.gauge("airflow_pool_slots", used, ("pool", "default_pool"), ("state", "running"))
        health.gauge("airflow_pool_slots", max(0, 32 - used), ("pool", "default_pool"), ("state", "open"))
        return [runs, tasks, health]
    }

    /// The collector's Spark cycle.
    mutating func sparkReports(at time: Timestamp, faults: FaultSchedule) -> [Report] {
        var streaming = report(time, Self.sparkInterval, .spark, "streaming")
        var active: [String: Int] = [:]
        for index in queries.indices {
            let changes = queries[index].advance(
                to: time, isLagging: faults.isActive(.laggingQuery, plane: number, target: index, at: time),
                shouldBeDead: faults.isActive(.deadQuery, plane: number, target: index, at: time),
                random: &random)
            let query = queries[index]
            for change in changes {
                streaming.event("streaming_query", query.specification.name, change)
            }
            active[query.specification.app, default: 0] += query.isDead ? 0 : 1
            let app = ("app", query.specification.app)
            let name = ("query", query.specification.name)
            if query.isDead {
                // A collector that misses a query says so at once, so that its last values do not linger.
                if changes.contains(where: { $0.to == "terminated" }) {
                    for metric in Self.queryMetrics { streaming.end(metric, app, name) }
                }
                continue
            }
            streaming.gauge("spark_streaming_input_rows_per_second", query.inputRowsPerSecond, app, name)
            streaming.gauge(
                "spark_streaming_processed_rows_per_second", query.processedRowsPerSecond, app, name)
            streaming.gauge("spark_streaming_batch_duration_seconds", query.batchSeconds, app, name)
            streaming.gauge(
                "spark_streaming_trigger_interval_seconds", query.specification.triggerSeconds, app, name)
            if query.specification.stateRows > 0 {
                streaming.gauge("spark_streaming_state_rows", query.stateRows.rounded(), app, name)
                streaming.gauge(
                    "spark_streaming_state_memory_bytes", (query.stateRows * 412).rounded(), app, name)
            }
            if query.specification.hasWatermark {
                streaming.gauge(
                    "spark_streaming_watermark_timestamp_seconds", query.watermark.seconds, app, name)
            }
        }
        for (app, count) in active.sorted(by: { $0.key < $1.key }) {
            streaming.gauge("spark_streaming_active_queries", Double(count), ("app", app))
        }
        var reports = [streaming]
        if let name = specification.dstream {
            // Every six minutes a slow minute and a half, as a nightly compaction would cause.
            let second = (time - start).milliseconds / 1000 % 360
            waitingBatches =
                second >= 150 && second < 240 ? min(26, waitingBatches + 3) : max(0, waitingBatches - 5)
            completedBatches += Double(Self.sparkInterval) / 2
            var dstream = report(time, Self.sparkInterval, .spark, "dstream")
            dstream.gauge("spark_dstream_waiting_batches", waitingBatches, ("app", name))
            dstream.gauge("spark_dstream_running_batches", 1, ("app", name))
            dstream.counter("spark_dstream_completed_batches_total", completedBatches, ("app", name))
            dstream.gauge(
                "spark_dstream_processing_delay_seconds", waitingBatches > 0 ? 5 : 0.8, ("app", name))
            dstream.gauge("spark_dstream_scheduling_delay_seconds", waitingBatches * 2, ("app", name))
            reports.append(dstream)
        }
        return reports
    }

    /// What the collector says of itself.
    mutating func collectorReport(at time: Timestamp) -> Report {
        var own = report(time, Self.airflowInterval, .collector, "self")
        for source in ["airflow", "prometheus"] {
            own.gauge("planetop_source_up", 1, ("source", source))
            own.gauge("planetop_source_scrape_duration_seconds", 0.4 * random.around(0.5), ("source", source))
            own.gauge("planetop_source_scrape_partial", 0, ("source", source))
        }
        own.gauge("planetop_collector_clock_skew_seconds", 0.02 * random.unit())
        return own
    }
}
