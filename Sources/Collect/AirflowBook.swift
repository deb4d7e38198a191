import JSON
import MetricModel

/// What is known of Airflow's runs and tasks, cycle after cycle: counts that only grow, the state of each DAG.
struct AirflowBook {
    private struct Dag {
        var isPaused = false
        var finished: [String: Double] = ["success": 0, "failed": 0]
        var lastDurationSeconds: Double?
        var lastSuccess: Timestamp?
        var lastEnd: Timestamp?
        var consecutiveFailures = 0.0
        var tasksFinished: [String: Double] = [:]
        var taskSeconds = 0.0
        var taskCount = 0.0
        var retries = 0.0
        var successesWithFailedTasks = 0.0
    }

    /// How long an ended run or task is remembered by its identity, beyond what any window reaches back.
    private static let remembered = TimeSpan.hours(30)

    private var dags: [String: Dag] = [:]
    private var known: Set<String> = []
    private var knowsDags = false
    private var unfinished: [String: [DagRun]] = [:]
    private var running: [TaskInstance]?
    /// Ended runs by identity, with their state and when they ended: a cleared run ends again, at another time.
    private var seenRuns: [String: Timestamp] = [:]
    private var runStates: [String: String] = [:]
    private var seenTasks: [String: Timestamp] = [:]
    private var runsWithFailedTasks: Set<String> = []
    private var reportedMixed: Set<String> = []
    private var isFirstCycle = true
    var importErrors: Double?

    /// Takes over the listing of DAGs; one that left it is forgotten.
    mutating func setDags(_ rows: [JSONValue]) {
        known = []
        for row in rows {
            guard let id = row["dag_id"]?.string, row["is_active"]?.bool != false else { continue }
            known.insert(id)
            dags[id, default: Dag()].isPaused = row["is_paused"]?.bool ?? false
        }
        knowsDags = true
        for id in dags.keys where !known.contains(id) { dags[id] = nil }
    }

    mutating func setUnfinished(_ runs: [DagRun], state: String) { unfinished[state] = runs }

    mutating func setRunningTasks(_ tasks: [TaskInstance]) { running = tasks }

    /// Counts runs that ended; those known already change nothing.
    ///
    /// - Returns: what is worth saying: a first failure, a recovery. Nothing of the history read at the start.
    mutating func finish(_ runs: [DagRun]) -> [CollectedReport.Event] {
        var events: [CollectedReport.Event] = []
        for run in runs.sorted(by: { ($0.end ?? .distantPast) < ($1.end ?? .distantPast) }) {
            guard let end = run.end else { continue }
            let identity = "\(run.dag)\u{1f}\(run.id)"
            if seenRuns[identity] == end { continue }
            seenRuns[identity] = end
            runStates[identity] = run.state
            var dag = dags[run.dag] ?? Dag()
            dag.finished[run.state, default: 0] += 1
            if let start = run.start { dag.lastDurationSeconds = max(0, (end - start).seconds) }
            let failuresBefore = dag.consecutiveFailures
            if run.state == "success" {
                dag.lastSuccess = max(dag.lastSuccess ?? end, end)
                dag.consecutiveFailures = 0
            } else if run.state == "failed" {
                dag.consecutiveFailures += 1
            }
            dag.lastEnd = end
            if !isFirstCycle, let text = words(for: run, failuresBefore: failuresBefore, dag) {
                events.append(
                    CollectedReport.Event(
                        time: end, kind: "dag_run", subject: run.dag,
                        from: failuresBefore > 0 ? "failed" : "success",
                        to: run.state, text: text))
            }
            dags[run.dag] = dag
        }
        return events
    }

    private func words(for run: DagRun, failuresBefore: Double, _ dag: Dag) -> String? {
        if run.state == "failed", failuresBefore == 0 {
            let successes = Int(dag.finished["success"] ?? 0)
            return "\(run.dag) failed, first failure after \(successes) successes"
        }
        if run.state == "success", failuresBefore > 0 {
            return "\(run.dag) succeeded, after \(Int(failuresBefore)) failures"
        }
        return nil
    }

    /// Counts tasks that ended, and finds runs that call themselves a success with failed tasks.
    mutating func finishTasks(_ tasks: [TaskInstance]) -> [CollectedReport.Event] {
        for task in tasks {
            guard let end = task.end else { continue }
            let identity = "\(task.dag)\u{1f}\(task.run)\u{1f}\(task.task)\u{1f}\(task.mapIndex)"
            if seenTasks[identity] == end { continue }
            seenTasks[identity] = end
            var dag = dags[task.dag] ?? Dag()
            dag.tasksFinished[task.state, default: 0] += 1
            // Skipped and empty tasks have no duration, or none of their own.
            if let seconds = task.durationSeconds, task.state == "success" || task.state == "failed" {
                dag.taskSeconds += seconds
                dag.taskCount += 1
            }
            // `up_for_retry` lasts seconds only: the number of tries is the trace of a retry.
            if task.tries > 1 { dag.retries += Double(task.tries - 1) }
            if task.state == "failed" || task.state == "upstream_failed" {
                runsWithFailedTasks.insert("\(task.dag)\u{1f}\(task.run)")
            }
            dags[task.dag] = dag
        }
        var events: [CollectedReport.Event] = []
        for identity in runsWithFailedTasks.sorted()
        where runStates[identity] == "success" && reportedMixed.insert(identity).inserted {
            let dag = String(identity.split(separator: "\u{1f}")[0])
            dags[dag, default: Dag()].successesWithFailedTasks += 1
            if isFirstCycle { continue }
            events.append(
                CollectedReport.Event(
                    time: seenRuns[identity] ?? .distantPast, kind: "dag_run", subject: dag, from: "running",
                    to: "success",
                    text: "\(dag) counts as success though tasks of it failed"))
        }
        return events
    }

    /// Writes what is known into the reports of this cycle.
    mutating func describe(into runs: inout CollectedReport, tasks: inout CollectedReport, now: Timestamp) {
        guard knowsDags else { return }
        defer {
            isFirstCycle = false
            forget(before: now - Self.remembered)
        }
        let names = dags.keys.sorted()
        runs.gauge("airflow_dags", Double(names.filter { !dags[$0]!.isPaused }.count), ["state": "active"])
        runs.gauge("airflow_dags", Double(names.filter { dags[$0]!.isPaused }.count), ["state": "paused"])
        if let importErrors { runs.gauge("airflow_dags", importErrors, ["state": "import_error"]) }
        for name in names {
            let dag = dags[name]!
            for state in ["running", "queued"] {
                guard let all = unfinished[state] else { continue }
                let own = all.filter { $0.dag == name }
                runs.gauge("airflow_dag_runs", Double(own.count), ["dag_id": name, "state": state])
                // A queued run has no start: its age is not known, only that it waits.
                if let oldest = own.compactMap(\.start).min() {
                    runs.gauge(
                        "airflow_dag_run_age_seconds", max(0, (now - oldest).seconds),
                        ["dag_id": name, "state": state])
                }
            }
            for (state, count) in dag.finished.sorted(by: { $0.key < $1.key }) {
                runs.counter("airflow_dag_runs_finished_total", count, ["dag_id": name, "state": state])
            }
            runs.gauge("airflow_dag_consecutive_failures", dag.consecutiveFailures, ["dag_id": name])
            if let seconds = dag.lastDurationSeconds {
                runs.gauge("airflow_dag_run_duration_seconds", seconds, ["dag_id": name])
            }
            if let success = dag.lastSuccess {
                runs.gauge("airflow_dag_last_success_timestamp_seconds", success.seconds, ["dag_id": name])
            }
            describeTasks(of: name, dag, into: &tasks)
        }
    }

    private func describeTasks(of name: String, _ dag: Dag, into tasks: inout CollectedReport) {
        if let running {
            let count = running.reduce(0) { $0 + ($1.dag == name ? 1 : 0) }
            tasks.gauge("airflow_task_instances", Double(count), ["dag_id": name, "state": "running"])
        }
        for (state, count) in dag.tasksFinished.sorted(by: { $0.key < $1.key }) {
            tasks.counter("airflow_task_instances_finished_total", count, ["dag_id": name, "state": state])
        }
        if dag.taskCount > 0 {
            tasks.counter("airflow_task_duration_seconds_sum", dag.taskSeconds, ["dag_id": name])
            tasks.counter("airflow_task_duration_seconds_count", dag.taskCount, ["dag_id": name])
        }
        if dag.retries > 0 { tasks.counter("airflow_task_retries_total", dag.retries, ["dag_id": name]) }
        if dag.successesWithFailedTasks > 0 {
            tasks.counter(
                "airflow_dag_runs_succeeded_with_failed_tasks_total", dag.successesWithFailedTasks,
                ["dag_id": name])
        }
    }

    /// Keeps the book from growing for ever.
    private mutating func forget(before time: Timestamp) {
        let old = seenRuns.filter { $0.value < time }.keys
        for identity in old {
            seenRuns[identity] = nil
            runStates[identity] = nil
            runsWithFailedTasks.remove(identity)
            reportedMixed.remove(identity)
        }
        for identity in seenTasks.filter({ $0.value < time }).keys { seenTasks[identity] = nil }
    }
}
