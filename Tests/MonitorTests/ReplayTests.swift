import Builtin
import Canvas
import Capture
import Dashboard
import Foundation
import Messaging
import MetricModel
import Rules
import Testing

@testable import Monitor

/// A real Airflow and Spark, as they came over a real exchange: seven minutes, and 38 minutes of another day.
private let (capture, longCapture) = (sample("airflow-spark.ptcap"), sample("airflow-spark-38min.ptcap"))

private func sample(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("CommandTests/Samples/\(name)").path
}

@Suite("A replay")
struct ReplayTests {
    private struct Played {
        var frames: [[String]]
        var transitions: [AlertTransition]
        var firing: Set<String>
    }

    /// Plays the capture, drawing every `stride`-th message's moment.
    private func play(_ path: String = capture, stride: Int) throws -> Played {
        let reader = try CaptureReader(paths: [path])
        let observatory = Observatory()
        let rules = String(decoding: Builtin.rules.yaml, as: UTF8.self)
        observatory.load(try RuleFile.parse(text: rules, file: Builtin.rules.name).groups)
        let span = try #require(reader.span)
        var cursor = Cursor.live()
        cursor.hold(at: span.upperBound, clock: span.upperBound)
        let dashboards = try Builtin.dashboards.map { try Dashboard.read($0.json, file: $0.name) }
        let monitor = Monitor(
            observatory, dashboards: dashboards, cursor: cursor,
            link: .replay(start: span.lowerBound, end: span.upperBound))
        var frames: [[String]] = []
        var count = 0
        while let record = try reader.next() {
            guard case .message(let delivery) = record.content else { continue }
            observatory.receive(delivery)
            count += 1
            if count % stride == 0 {
                frames.append(monitor.frame(width: 100, height: 30, clock: delivery.received).text)
            }
        }
        observatory.advance(to: span.upperBound)
        frames.append(monitor.frame(width: 120, height: 40, clock: span.upperBound).text)
        let firing = observatory.alerts.filter { $0.state == .firing }.map {
            "\($0.name) \(detail(of: $0.labels))"
        }
        return Played(
            frames: frames, transitions: observatory.history.entries.map(\.transition), firing: Set(firing))
    }

    @Test("gives identical frames and transitions each time, and drawing in between changes nothing")
    func identical() throws {
        let first = try play(stride: 20)
        let second = try play(stride: 20)
        #expect(first.frames == second.frames)
        #expect(first.transitions == second.transitions)
        #expect(!first.transitions.isEmpty)
        let rarely = try play(stride: 1000)
        #expect(rarely.transitions == first.transitions)
        #expect(rarely.frames.last == first.frames.last)
    }

    @Test("of a real plane shows what was wrong with it")
    func truth() throws {
        let played = try play(stride: 1000)
        #expect(played.firing.contains("DagFailing export_broken"), "\(played.firing)")
        #expect(played.firing.contains("StreamBatchSlow enrich_slow"), "\(played.firing)")
        #expect(!played.firing.contains { $0.contains("ingest_heartbeat") })
        let screen = played.frames.last!.joined(separator: "\n")
        #expect(screen.contains("stack/local"))
        #expect(screen.contains("export_broken"))
    }

    /// What the plane's own programs were written to do: a DAG that always fails, a run that never ends, a query whose sink is
    /// too slow, one that dies seven minutes after each start and comes back, and batches that wait each sixth minute.
    @Test("of a whole incident shows each fault, when it came and when it went")
    func faultsComeAndGo() throws {
        let played = try play(longCapture, stride: 10_000)
        #expect(
            played.firing.isSuperset(of: [
                "DagFailing export_broken", "DagRunStuck reconcile_stuck", "StreamBatchSlow enrich_slow",
            ]), "\(played.firing)")
        func times(_ name: String, _ subject: String, _ state: AlertState) -> Int {
            played.transitions.count {
                $0.name == name && detail(of: $0.labels) == subject && $0.to == state
            }
        }
        for (name, subject) in [
            ("StreamQueryGone", "payments_flaky"), ("StreamWaitingBatchesGrowing", "legacy_ingest"),
        ] {
            #expect(times(name, subject, .firing) >= 3, "\(name)")
            #expect(times(name, subject, .normal) >= 3, "\(name)")
        }
        #expect(times("DagFailing", "export_broken", .normal) == 0)
        #expect(!played.transitions.contains { detail(of: $0.labels) == "ingest_heartbeat" })
    }
}
