import Builtin
import Canvas
import Capture
import Dashboard
import Foundation
import MetricModel
import Panels
import Rules
import Testing

@testable import Monitor

/// Times of a replay, seen as they were played and seen again by going back.
@Suite("Going back in time")
struct JumpTests {
    private let observatory = Observatory()
    private let monitor: Monitor
    private let reader: CaptureReader
    private let span: ClosedRange<Timestamp>

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("CommandTests/Samples/airflow-spark-38min.ptcap").path
        reader = try CaptureReader(paths: [path])
        span = try #require(reader.span)
        let rules = String(decoding: Builtin.rules.yaml, as: UTF8.self)
        observatory.load(try RuleFile.parse(text: rules, file: Builtin.rules.name).groups)
        let dashboards = try Builtin.dashboards.map { try Dashboard.read($0.json, file: $0.name) }
        monitor = Monitor(
            observatory, dashboards: dashboards,
            cursor: .replay(at: span.lowerBound, speed: 1, clock: span.lowerBound),
            link: .replay(start: span.lowerBound, end: span.upperBound))
    }

    /// The screen at `time`, without the scrubber: that one knows what came later.
    private func screen(at time: Timestamp) -> [String] {
        _ = monitor.hold(at: time, time)
        let (width, height) = (120, 40)
        let layout = ScreenLayout(width: width, height: height, hasScrubber: true)
        let rows = monitor.frame(width: width, height: height, clock: time).text
        return rows.enumerated().filter { row, _ in
            row < layout.scrubber.y || row >= layout.scrubber.y + layout.scrubber.height
        }.map(\.element)
    }

    private struct Seen {
        var time: Timestamp
        var alerts: [AlertInstance]
        var overview: [String]
        var list: [String]
    }

    private func look(at time: Timestamp) -> Seen {
        let overview = screen(at: time)
        monitor.interface.overlay = .alerts(selected: 0)
        defer { monitor.interface.overlay = nil }
        return Seen(time: time, alerts: monitor.alerts(at: time), overview: overview, list: screen(at: time))
    }

    /// Plays the capture through, looking each `stride`.
    private func play(stride: TimeSpan) throws -> [Seen] {
        var seen: [Seen] = []
        var next = span.lowerBound + stride
        while let record = try reader.next() {
            guard case .message(var delivery) = record.content else { continue }
            delivery.received = record.time
            while next < record.time {
                observatory.advance(to: next)
                seen.append(look(at: next))
                next = next + stride
            }
            observatory.receive(delivery)
        }
        observatory.advance(to: span.upperBound)
        return seen
    }

    @Test("shows each alert with the value, the words and the age that it had then")
    func alertsAsTheyWere() throws {
        let played = try play(stride: .seconds(53))
        #expect(played.contains { $0.alerts.count > 3 })
        for seen in played {
            // Not the arrays as a whole: a difference among them could not be read.
            let again = monitor.alerts(at: seen.time).sorted { $0.labels < $1.labels }
            let then = seen.alerts.sorted { $0.labels < $1.labels }
            #expect(again.map(\.labels) == then.map(\.labels), "\(seen.time)")
            for (again, then) in zip(again, then) where again != then {
                #expect(again.annotations == then.annotations)
                Issue.record(
                    """
                    \(then.labels) at \(seen.time)
                    then:  \(then.state) \(then.value) since \(then.activeSince) \(then.reason ?? "")
                    again: \(again.state) \(again.value) since \(again.activeSince) \(again.reason ?? "")
                    """)
            }
        }
    }

    /// Of panels only the alerts: the others show samples at their own times, also those that came a little later.
    @Test("shows the same verdict and the same alerts, whether they are come to by playing or by a jump")
    func sameScreen() throws {
        func comparable(_ rows: [String]) -> [String] {
            rows.prefix(2) + rows.filter { row in ["critical", "warning"].contains { row.contains($0) } }
        }
        let played = try play(stride: .seconds(113))
        for seen in played.reversed() {
            let again = look(at: seen.time)
            #expect(again.list == seen.list, "alerts at \(seen.time)")
            #expect(comparable(again.overview) == comparable(seen.overview), "overview at \(seen.time)")
        }
    }

    @Test("an alert that an earlier run left behind is seen in the past of this one too")
    func restored() throws {
        _ = try play(stride: .hours(9))
        let later = Observatory()
        let rules = String(decoding: Builtin.rules.yaml, as: UTF8.self)
        later.load(try RuleFile.parse(text: rules, file: Builtin.rules.name).groups)
        #expect(later.restore(observatory.rules.snapshot()) > 0)
        let names = later.alerts.map(\.name)
        #expect(names.contains("DagFailing"))
        let restart = span.upperBound + .seconds(20)
        for second in stride(from: 0, through: 60, by: 15) {
            later.advance(to: restart + .seconds(Int64(second)))
        }
        #expect(later.alerts(at: restart + .seconds(1)).map(\.name).sorted() == names.sorted())
    }

    @Test(
        "standing still, the screen says how far it is behind, how old the newest message is, and that the broker is gone"
    )
    func pausedHonestly() throws {
        let start = span.lowerBound
        let monitor = Monitor(observatory, dashboards: [], link: .live)
        while observatory.statistics.received == 0, let record = try reader.next() {
            if case .message(let delivery) = record.content { observatory.receive(delivery) }
        }
        func top(_ clock: Timestamp) -> String { monitor.frame(width: 120, height: 24, clock: clock).text[0] }
        _ = monitor.press(.character(" "), clock: start + .seconds(10))
        #expect(top(start + .seconds(10)).contains("PAUSED 0s behind"), "\(top(start + .seconds(10)))")
        #expect(top(start + .seconds(50)).contains("PAUSED 40s behind"), "\(top(start + .seconds(50)))")
        #expect(top(start + .seconds(50)).hasSuffix("50s "), "\(top(start + .seconds(50)))")
        #expect(monitor.nextChange(clock: start + .seconds(50)) != nil)
        monitor.link = .connecting(reason: "connection refused", retry: nil)
        #expect(top(start + .seconds(50)).contains("connection refused"), "\(top(start + .seconds(50)))")
    }
}
