import JSON
import MetricModel

/// Reads one Airflow 2 over its REST API (`/api/v1`) and turns it into reports.
///
/// A cycle is few requests, since basic authentication costs the web server a password hash for each: all runs at once,
/// never one request a DAG. A part that fails costs only itself: the rest is reported, and what failed is named.
package struct AirflowReader {
    /// Airflow cuts larger pages to this without a word.
    static let pageRowsMax = 100
    /// Pages of one listing in one cycle; what is beyond is left to the next cycles and reported as partial.
    static let pagesMax = 20

    private var source: JSONSource
    private let interval: TimeSpan
    private let readsTasks: Bool
    private var book: AirflowBook
    private var memories: [String: SeriesMemory] = [:]
    private var finishedSince: Timestamp?
    private var tasksSince: Timestamp?
    private let history: TimeSpan

    package init(_ settings: CollectorConfiguration.Airflow, client: HTTPClient) {
        source = JSONSource(
            name: "airflow", baseURL: settings.url, authorisation: settings.authorisation,
            timeoutMilliseconds: Int(settings.timeout.milliseconds), authorityFile: settings.authorityFile,
            client: client)
        interval = settings.interval
        readsTasks = settings.readsTasks
        history = settings.history
        book = AirflowBook()
    }

    package var requestCount: Int { source.requestCount }

    /// One cycle.
    ///
    /// - Parameter clock: our clock; asked for each request, as cycles take seconds.
    /// - Returns: the reports to publish; each names its own errors.
    package mutating func cycle(clock: @escaping () -> Timestamp) -> [CollectedReport] {
        let begun = clock()
        var health = CollectedReport(kind: "airflow", source: "health", time: begun, interval: interval)
        var runs = CollectedReport(kind: "airflow", source: "dag", time: begun, interval: interval)
        var tasks = CollectedReport(kind: "airflow", source: "task", time: begun, interval: interval)
        var reports: [CollectedReport] = []

        let isReachable = attempt(&health) { reader, report throws(SourceProblem) in
            try reader.readHealth(into: &report, clock: clock)
        }
        // Without a connection nothing else will answer either: one failed request a cycle is enough.
        let isGone =
            !isReachable && health.errors.contains { ["refused", "timeout", "reset"].contains($0.code) }
        if !isGone {
            let now = { clock() + (source.clockSkew ?? .zero) }()
            _ = attempt(&health) { reader, report throws(SourceProblem) in
                try reader.readPools(into: &report, clock: clock)
            }
            // A refused password is refused for all.
            if !health.errors.contains(where: { $0.code == "http_401" || $0.code == "http_403" }) {
                readRuns(into: &runs, now: now, clock: clock)
                if readsTasks { readTasks(into: &tasks, now: now, clock: clock) }
                book.describe(into: &runs, tasks: &tasks, now: now)
            }
        }
        for var report in [health, runs, tasks] {
            if !report.isPartial, !report.series.isEmpty {
                memories[report.source, default: SeriesMemory()].endVanished(in: &report)
            }
            if !report.series.isEmpty || !report.errors.isEmpty { reports.append(report) }
        }
        reports.append(ownReport(begun: begun, ended: clock(), from: reports))
        return reports
    }

    /// Runs one part of a cycle; its failure is noted in `report` and stays there.
    private mutating func attempt(
        _ report: inout CollectedReport,
        _ part: (inout AirflowReader, inout CollectedReport) throws(SourceProblem) -> Void
    ) -> Bool {
        do {
            try part(&self, &report)
            return true
        } catch {
            report.errors.append(error)
            return false
        }
    }

    /// How the source itself does.
    private func ownReport(begun: Timestamp, ended: Timestamp, from reports: [CollectedReport])
        -> CollectedReport
    {
        var own = CollectedReport(kind: "collector", source: "airflow", time: begun, interval: interval)
        let errors = reports.flatMap(\.errors)
        let hasData = reports.contains { $0.source == "dag" && !$0.series.isEmpty }
        own.gauge("planetop_source_up", hasData ? 1 : 0, ["source": "airflow"])
        own.gauge("planetop_source_scrape_partial", hasData && !errors.isEmpty ? 1 : 0, ["source": "airflow"])
        own.gauge(
            "planetop_source_scrape_duration_seconds", (ended - begun).seconds, ["source": "airflow"])
        if let skew = source.clockSkew {
            own.gauge("planetop_collector_clock_skew_seconds", skew.seconds, ["source": "airflow"])
        }
        own.errors = errors
        return own
    }

    // MARK: - The parts

    /// `/health` needs no password and is 200 even with a dead scheduler: the answer's words count.
    private mutating func readHealth(
        into report: inout CollectedReport, clock: () -> Timestamp
    ) throws(SourceProblem) {
        let health = try source.get("/api/v1/health", now: clock)
        guard let components = health.object, health["metadatabase"] != nil || health["scheduler"] != nil
        else {
            throw SourceProblem(
                source: "airflow", code: "garbled", text: "GET /api/v1/health: no components in the answer")
        }
        let now = clock() + (source.clockSkew ?? .zero)
        for (name, value) in components {
            // A component that does not run here has no status at all.
            guard let status = value["status"]?.string else { continue }
            report.gauge("airflow_component_healthy", status == "healthy" ? 1 : 0, ["component": name])
            if let text = value["latest_\(name)_heartbeat"]?.string,
                let heartbeat = CalendarTime.timestamp(rfc3339: text)
            {
                report.gauge(
                    "airflow_component_heartbeat_age_seconds", max(0, (now - heartbeat).seconds),
                    ["component": name])
            }
        }
    }

    private mutating func readPools(into report: inout CollectedReport, clock: () -> Timestamp)
        throws(SourceProblem)
    {
        let (pools, isWhole) = try list("/api/v1/pools", [], key: "pools", clock: clock)
        for pool in pools {
            guard let name = pool["name"]?.string else { continue }
            for state in ["running", "queued", "scheduled", "deferred", "open"] {
                if let slots = pool["\(state)_slots"]?.number {
                    report.gauge("airflow_pool_slots", slots, ["pool": name, "state": state])
                }
            }
        }
        if !isWhole { report.errors.append(changedWhileRead("/api/v1/pools")) }
    }

    private mutating func readRuns(
        into report: inout CollectedReport, now: Timestamp, clock: @escaping () -> Timestamp
    ) {
        _ = attempt(&report) { reader, report throws(SourceProblem) in
            let (dags, isWhole) = try reader.list(
                "/api/v1/dags", [("order_by", "dag_id")], key: "dags", clock: clock)
            reader.book.setDags(dags)
            if !isWhole { report.errors.append(reader.changedWhileRead("/api/v1/dags")) }
        }
        _ = attempt(&report) { reader, report throws(SourceProblem) in
            let errors = try reader.source.get("/api/v1/importErrors", [("limit", "1")], now: clock)
            reader.book.importErrors = errors["total_entries"]?.number
        }
        // A run without an end is in no window of ends, so the unfinished ones are asked for apart, state by state.
        for state in ["running", "queued"] {
            _ = attempt(&report) { reader, report throws(SourceProblem) in
                let (runs, isWhole) = try reader.list(
                    "/api/v1/dags/~/dagRuns", [("state", state), ("order_by", "dag_id")], key: "dag_runs",
                    clock: clock)
                reader.book.setUnfinished(runs.compactMap(DagRun.init), state: state)
                if !isWhole { report.errors.append(reader.changedWhileRead("unfinished runs")) }
            }
        }
        _ = attempt(&report) { reader, report throws(SourceProblem) in
            let since = reader.finishedSince ?? now - reader.history
            let (runs, isWhole) = try reader.list(
                "/api/v1/dags/~/dagRuns",
                [("end_date_gte", CalendarTime.rfc3339(since)), ("order_by", "end_date")], key: "dag_runs",
                clock: clock)
            let parsed = runs.compactMap(DagRun.init)
            report.events += reader.book.finish(parsed)
            // Twice the interval of overlap: a run is written a little after it ended, and is known by its identity.
            let covered = isWhole ? now : (parsed.compactMap(\.end).max() ?? since)
            reader.finishedSince = covered - reader.interval - reader.interval
            if !isWhole { report.errors.append(reader.changedWhileRead("finished runs")) }
        }
    }

    private mutating func readTasks(
        into report: inout CollectedReport, now: Timestamp, clock: @escaping () -> Timestamp
    ) {
        _ = attempt(&report) { reader, report throws(SourceProblem) in
            let (rows, isWhole) = try reader.list(
                "/api/v1/dags/~/dagRuns/~/taskInstances", [("state", "running")], key: "task_instances",
                clock: clock)
            reader.book.setRunningTasks(rows.compactMap(TaskInstance.init))
            if !isWhole { report.errors.append(reader.changedWhileRead("running tasks")) }
        }
        _ = attempt(&report) { reader, report throws(SourceProblem) in
            let since = reader.tasksSince ?? now - reader.interval - reader.interval
            let (rows, isWhole) = try reader.list(
                "/api/v1/dags/~/dagRuns/~/taskInstances", [("end_date_gte", CalendarTime.rfc3339(since))],
                key: "task_instances", clock: clock)
            let parsed = rows.compactMap(TaskInstance.init)
            report.events += reader.book.finishTasks(parsed)
            let covered = isWhole ? now : (parsed.compactMap(\.end).max() ?? since)
            reader.tasksSince = covered - reader.interval - reader.interval
            if !isWhole { report.errors.append(reader.changedWhileRead("finished tasks")) }
        }
    }

    private func changedWhileRead(_ what: String) -> SourceProblem {
        SourceProblem(
            source: "airflow", code: "partial",
            text: "\(what): the listing changed while it was read, or is longer than \(Self.pagesMax) pages")
    }

    /// All rows of a listing, page by page: `limit` is cut silently, so the rows that came decide where to go on.
    ///
    /// - Returns: the rows, and whether they are all of one unchanging listing.
    private mutating func list(
        _ path: String, _ query: [(String, String)], key: String, clock: () -> Timestamp
    ) throws(SourceProblem) -> (rows: [JSONValue], isWhole: Bool) {
        var rows: [JSONValue] = []
        var total: Int64?
        var isWhole = true
        for _ in 0..<Self.pagesMax {
            var page = query
            page.append(("limit", "\(Self.pageRowsMax)"))
            if !rows.isEmpty { page.append(("offset", "\(rows.count)")) }
            let answer = try source.get(path, page, now: clock)
            guard let received = answer[key]?.array else {
                throw SourceProblem(
                    source: "airflow", code: "garbled", text: "GET \(path): no `\(key)` in the answer")
            }
            rows += received
            guard let entries = answer["total_entries"]?.integer else { return (rows, isWhole) }
            if let total, total != entries { isWhole = false }
            total = entries
            if rows.count >= entries { return (rows, isWhole) }
            if received.isEmpty { return (rows, false) }
        }
        return (rows, false)
    }
}

/// One run of a DAG, as far as it matters here.
struct DagRun {
    var dag: String
    var id: String
    /// Kept as it came: a state that is younger than this program is a state all the same.
    var state: String
    var start: Timestamp?
    var end: Timestamp?

    /// - Returns: `nil` for a row without identity or state.
    init?(_ row: JSONValue) {
        guard let dag = row["dag_id"]?.string, let id = row["dag_run_id"]?.string,
            let state = row["state"]?.string
        else { return nil }
        self.dag = dag
        self.id = id
        self.state = state
        start = row["start_date"]?.string.flatMap { CalendarTime.timestamp(rfc3339: $0) }
        end = row["end_date"]?.string.flatMap { CalendarTime.timestamp(rfc3339: $0) }
    }
}

/// One task of one run.
struct TaskInstance {
    var dag: String
    var run: String
    var task: String
    var mapIndex: Int64
    /// `none` where Airflow has null: not scheduled yet.
    var state: String
    var end: Timestamp?
    var durationSeconds: Double?
    var tries: Int64

    init?(_ row: JSONValue) {
        guard let dag = row["dag_id"]?.string, let run = row["dag_run_id"]?.string,
            let task = row["task_id"]?.string
        else { return nil }
        self.dag = dag
        self.run = run
        self.task = task
        mapIndex = row["map_index"]?.integer ?? -1
        state = row["state"]?.string ?? "none"
        end = row["end_date"]?.string.flatMap { CalendarTime.timestamp(rfc3339: $0) }
        durationSeconds = row["duration"]?.number
        tries = row["try_number"]?.integer ?? 0
    }
}
