import MetricModel
import Synchronization
import Testing

@testable import Collect

/// The collector against 31 minutes of a real Airflow with faults provoked: what it reports must be the truth.
@Suite(
    .serialized,
    .enabled(if: Recording.isAvailable, "the recordings of a real Airflow are not beside the repository"))
struct RecordedAirflowTests {
    /// Serves the answers that were recorded at the time that the test has reached.
    private final class Airflow: Sendable {
        let server: TestHTTPServer
        init(_ recording: Recording) {
            let clock = ClockBox()
            self.clock = clock
            server = TestHTTPServer { request in
                Self.answer(request, recording, at: clock.time.withLock { $0 })
            }
        }
        final class ClockBox: Sendable { let time = Mutex(0.0) }
        let clock: ClockBox

        private static func answer(
            _ request: TestHTTPServer.Request, _ recording: Recording, at time: Double
        ) -> TestHTTPServer.Answer {
            let endpoint: String
            switch request.path {
            case "/api/v1/health": endpoint = "health"
            case "/api/v1/dags": endpoint = "dags"
            case "/api/v1/pools": endpoint = "pools"
            case "/api/v1/importErrors": endpoint = "importErrors"
            case "/api/v1/dags/~/dagRuns":
                endpoint = "dagRuns.all." + (request.parameter("state") ?? "since")
            case "/api/v1/dags/~/dagRuns/~/taskInstances":
                endpoint = "taskInstances.all." + (request.parameter("state") ?? "since")
            default: return .body(status: 404, type: "application/json", text: "{}")
            }
            let offset = request.parameter("offset") ?? "0"
            guard
                let exchange = recording.latest(
                    endpoint, at: time, where: { ($0.parameters["offset"] ?? "0") == offset })
            else { return .body(status: 404, type: "application/json", text: "{}") }
            switch exchange.failure {
            case "timeout": return .hang
            case "reset": return .reset
            case "incomplete":
                return .cut(
                    text: exchange.body + String(repeating: " ", count: 512), count: exchange.body.utf8.count)
            default: return .body(status: exchange.status ?? 500, type: exchange.type, text: exchange.body)
            }
        }
    }

    /// Seconds after the start of the recording; reports of the cycle at that time.
    private func run(through last: Double = 1890) throws -> [(t: Double, reports: [CollectedReport])] {
        let recording = try Recording.read("airflow-rest.jsonl.gz")
        let airflow = Airflow(recording)
        defer { airflow.server.stop() }
        var settings = CollectorConfiguration.Airflow(url: airflow.server.url)
        settings.authorisation = .basic(user: "collector", password: "not-the-real-one")
        settings.interval = .seconds(30)
        settings.timeout = TimeSpan(milliseconds: 150)
        var reader = AirflowReader(settings, client: HTTPClient())
        var cycles: [(t: Double, reports: [CollectedReport])] = []
        for t in stride(from: 15.0, through: last, by: 30) {
            let time = 1_795_220_092.544 + t
            airflow.clock.time.withLock { $0 = time }
            cycles.append((t, reader.cycle(clock: { Timestamp(seconds: time) })))
        }
        return cycles
    }

    private func value(_ name: String, _ labels: [String: String], in reports: [CollectedReport]) -> Double? {
        for report in reports {
            for series in report.series where series.name == name {
                let own = Dictionary(uniqueKeysWithValues: series.labels.map { ($0.name, $0.value) })
                if labels.allSatisfy({ own[$0.key] == $0.value }) { return series.points.last?.value }
            }
        }
        return nil
    }

    @Test("reports what really happened, and each fault as what it was")
    func truth() throws {
        let cycles = try run()
        let quiet =
            cycles.last { $0.t < 1790 && $0.t > 1700 && !$0.reports.contains { $0.isPartial } } ?? cycles
            .last!
        // Every run of export_broken fails; the runs of ingest_heartbeat never do.
        #expect(
            value(
                "airflow_dag_runs_finished_total", ["dag_id": "export_broken", "state": "failed"],
                in: quiet.reports)! > 20)
        #expect(
            value(
                "airflow_dag_runs_finished_total", ["dag_id": "export_broken", "state": "success"],
                in: quiet.reports) == 0)
        #expect(
            value("airflow_dag_consecutive_failures", ["dag_id": "export_broken"], in: quiet.reports)! > 20)
        #expect(
            value(
                "airflow_dag_runs_finished_total", ["dag_id": "ingest_heartbeat", "state": "failed"],
                in: quiet.reports) == 0)
        #expect(
            value("airflow_dag_consecutive_failures", ["dag_id": "ingest_heartbeat"], in: quiet.reports) == 0)
        // The third run of reconcile_stuck never ends; archive_paused waits for ever without a start.
        #expect(
            value(
                "airflow_dag_run_age_seconds", ["dag_id": "reconcile_stuck", "state": "running"],
                in: quiet.reports) != nil)
        #expect(
            value("airflow_dag_runs", ["dag_id": "archive_paused", "state": "queued"], in: quiet.reports) == 1
        )
        #expect(
            value(
                "airflow_dag_run_age_seconds", ["dag_id": "archive_paused", "state": "queued"],
                in: quiet.reports) == nil)
        // model_drift takes longer and longer.
        let drift = cycles.compactMap {
            value("airflow_dag_run_duration_seconds", ["dag_id": "model_drift"], in: $0.reports)
        }
        #expect(drift.last! > drift.first!)
        #expect(value("airflow_dags", ["state": "import_error"], in: quiet.reports) == 1)
    }

    @Test("a run that succeeded with failed tasks is said to be one")
    func mixedRuns() throws {
        let cycles = try run()
        let texts = cycles.flatMap(\.reports).flatMap(\.events).filter { $0.subject == "wide_fanout" }.map(
            \.text)
        #expect(texts.contains("wide_fanout counts as success though tasks of it failed"))
    }

    @Test(
        "each fault has its own name",
        arguments: [
            (begin: 300.0, end: 385.0, code: "http_401"), (450, 495, "http_500"), (570, 625, "timeout"),
            (690, 735, "incomplete"), (750, 780, "html"), (1560, 1600, "http_502"), (1740, 1770, "reset"),
        ])
    func faults(begin: Double, end: Double, code: String) throws {
        let cycles = try Self.shared.get { try self.run() }
        let codes = Set(
            cycles.filter { $0.t >= begin && $0.t <= end + 30 }.flatMap(\.reports).flatMap(\.errors).map(
                \.code))
        #expect(codes.contains(code), "between \(begin) and \(end) s came \(codes)")
        // Long after the fault, cycles are whole again.
        let after = cycles.filter { $0.t > end + 60 }.first { $0.reports.flatMap(\.errors).isEmpty }
        #expect(after != nil || begin > 1700)
    }

    @Test("a dead scheduler is unhealthy though /health answers 200")
    func deadScheduler() throws {
        let cycles = try Self.shared.get { try self.run() }
        let during = cycles.filter { $0.t > 1430 && $0.t < 1480 }
        #expect(
            during.contains {
                value("airflow_component_healthy", ["component": "scheduler"], in: $0.reports) == 0
            })
        let before = cycles.filter { $0.t > 1200 && $0.t < 1230 }
        #expect(
            before.contains {
                value("airflow_component_healthy", ["component": "scheduler"], in: $0.reports) == 1
            })
        // Components that do not run here have no health at all.
        #expect(
            cycles.allSatisfy {
                value("airflow_component_healthy", ["component": "triggerer"], in: $0.reports) == nil
            })
    }

    @Test("a removed DAG's series end, and only when the listing was whole")
    func removedDag() throws {
        let cycles = try Self.shared.get { try self.run() }
        let ended = cycles.filter { cycle in
            cycle.reports.contains { report in
                report.series.contains { series in
                    series.name == "airflow_dag_consecutive_failures"
                        && series.labels.contains { $0.value == "sensor_window" }
                        && series.points.last?.value == nil
                }
            }
        }
        #expect(ended.contains { $0.t > 1080 && $0.t < 1300 })
        #expect(!ended.contains { $0.t < 1080 })
    }

    /// One run of the recording serves the tests that only look.
    private static let shared = Once()
    private final class Once: Sendable {
        private let cycles = Mutex<[(t: Double, reports: [CollectedReport])]?>(nil)
        func get(_ make: () throws -> [(t: Double, reports: [CollectedReport])]) throws -> [(
            t: Double, reports: [CollectedReport]
        )] {
            try cycles.withLock { cycles in
                if cycles == nil { cycles = try make() }
                return cycles!
            }
        }
    }
}
