import Messaging
import MetricModel
import Rules
import Testing

@testable import Monitor

private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

private func message(_ tenant: String, _ plane: String, interval: Int64) -> DecodedMessage {
    var message = DecodedMessage(tenant: tenant, plane: plane, collected: at(0))
    message.interval = .seconds(interval)
    return message
}

@Suite("What is known of planes")
struct PlaneTableTests {
    private let eu = PlaneTable.Key(tenant: "acme", plane: "eu")

    @Test("a plane is silent after two and a half of its shortest interval, at least a minute")
    func silence() {
        var table = PlaneTable()
        #expect(table.heard(message("acme", "eu", interval: 300), received: at(0)) == nil)
        #expect(table.heard(message("acme", "eu", interval: 60), received: at(10)) == nil)
        #expect(table.planes[eu]!.patience == .seconds(150))
        #expect(table.noticeSilence(at: at(160)).isEmpty)
        let changes = table.noticeSilence(at: at(161))
        #expect(changes.map(\.text) == ["last message 2m31s ago, every 1m before"])
        // It is said once.
        #expect(table.noticeSilence(at: at(400)).isEmpty)
        let back = table.heard(message("acme", "eu", interval: 60), received: at(500))
        #expect(back?.text == "reports again, after 8m10s of silence")
    }

    @Test("fast planes are given a minute")
    func patience() {
        var table = PlaneTable()
        _ = table.heard(message("acme", "eu", interval: 5), received: at(0))
        #expect(table.planes[eu]!.patience == .minutes(1))
    }

    @Test("silence outranks what the alerts say, and the state keeps its beginning")
    func states() {
        var table = PlaneTable()
        _ = table.heard(message("acme", "eu", interval: 60), received: at(0))
        table.settle(at: at(15), worst: [eu: .firing])
        table.settle(at: at(30), worst: [eu: .firing])
        #expect(table.planes[eu]!.state == .firing)
        #expect(table.planes[eu]!.stateSince == at(15))
        table.settle(at: at(300), worst: [eu: .firing])
        #expect(table.planes[eu]!.state == .noData)
        // No data since the last message, not since somebody noticed.
        #expect(table.planes[eu]!.stateSince == at(0))
    }
}

@Suite("What changed")
struct ChangeLogTests {
    @Test("late news are put in their place, repeated news are news once")
    func order() {
        var log = ChangeLog()
        log.append(Change(time: at(10), subject: "a", text: "one"))
        log.append(Change(time: at(30), subject: "a", text: "three"))
        log.append(Change(time: at(20), subject: "a", text: "two"))
        log.append(Change(time: at(20), subject: "a", text: "two"))
        #expect(log.latest(9, through: at(99)).map(\.text) == ["three", "two", "one"])
        #expect(log.latest(9, through: at(20)).map(\.text) == ["two", "one"])
        #expect(log.latest(1, after: at(10), through: at(99)).map(\.text) == ["three"])
    }

    @Test("it is bounded")
    func bound() {
        var log = ChangeLog()
        for second in 0..<10_000 {
            log.append(Change(time: at(Int64(second)), subject: "", text: "\(second)"))
        }
        let all = log.latest(.max, through: at(99_999))
        #expect(all.count <= ChangeLog.countMax + 256)
        #expect(all.first?.text == "9999")
    }
}

@Suite("The history of alerts")
struct AlertHistoryTests {
    private func entry(_ second: Int64, _ name: String, _ from: AlertState, _ to: AlertState)
        -> AlertHistory.Entry
    {
        let labels: LabelSet = ["alertname": name]
        return AlertHistory.Entry(
            transition: AlertTransition(
                time: at(second), name: name, labels: labels, from: from, to: to, value: 1),
            instance: AlertInstance(name: name, labels: labels, state: to, activeSince: at(second), value: 1))
    }

    @Test("any time shows the alerts as they were then")
    func instances() {
        var history = AlertHistory()
        history.append(entry(10, "A", .normal, .pending))
        history.append(entry(20, "A", .pending, .firing))
        history.append(entry(25, "B", .normal, .firing))
        history.append(entry(40, "A", .firing, .normal))
        #expect(history.instances(at: at(9)).isEmpty)
        #expect(history.instances(at: at(15)).map(\.state) == [.pending])
        #expect(Set(history.instances(at: at(30)).map(\.name)) == ["A", "B"])
        #expect(history.instances(at: at(99)).map(\.name) == ["B"])
    }

    @Test("neighbours are what people jump to")
    func neighbours() {
        var history = AlertHistory()
        for second in [10, 20, 30] as [Int64] { history.append(entry(second, "A", .normal, .firing)) }
        #expect(history.neighbour(of: at(10), direction: 1)?.time == at(20))
        #expect(history.neighbour(of: at(10), direction: -1) == nil)
        #expect(history.neighbour(of: at(99), direction: -1)?.time == at(30))
    }

    @Test("an alert that fires since before the window is still shown")
    func forgetting() {
        var history = AlertHistory()
        history.append(entry(0, "old", .normal, .firing))
        history.append(entry(1, "gone", .normal, .firing))
        history.append(entry(2, "gone", .firing, .normal))
        history.append(entry(20_000, "new", .normal, .firing))
        history.removeAll(before: at(15_000))
        #expect(history.instances(at: at(20_001)).map(\.name) == ["new", "old"])
        // What is over and out of the window is not kept for ever.
        #expect(history.entries.count == 1)
    }

    @Test("so is one that more transitions than are kept came after, and one of an earlier run")
    func bounded() {
        var history = AlertHistory()
        history.begin(with: [
            AlertInstance(name: "before", labels: [:], state: .firing, activeSince: at(-100), value: 1)
        ])
        history.append(entry(0, "old", .normal, .firing))
        for second in 1...30_000 as ClosedRange<Int64> {
            let isEnd = second % 2 == 0
            history.append(
                entry(second, "flapping", isEnd ? .firing : .normal, isEnd ? .normal : .firing))
        }
        #expect(history.entries.count <= AlertHistory.countMax + 1024)
        #expect(history.instances(at: at(30_000)).map(\.name) == ["before", "old"])
        #expect(history.instances(at: at(-50)).map(\.name) == ["before"])
        #expect(history.instances(at: at(-101)).isEmpty)
    }
}
