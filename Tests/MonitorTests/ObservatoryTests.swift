import Builtin
import Messaging
import MetricModel
import PromQL
import Rules
import Simulator
import Testing

@testable import Monitor

private let present = Timestamp(milliseconds: 1_795_000_000_000)

private func builtinRules() throws -> [RuleGroup] {
    try RuleFile.parse(text: String(decoding: Builtin.rules.yaml, as: UTF8.self), file: Builtin.rules.name)
        .groups
}

private func observatory(through end: Timestamp, seed: UInt64 = 1) throws -> Observatory {
    let observatory = Observatory()
    observatory.load(try builtinRules())
    var simulation = Simulation(seed: seed, start: present - .hours(1), present: present)
    for delivery in simulation.deliveries(through: end) { observatory.receive(delivery) }
    observatory.advance(to: end)
    return observatory
}

@Suite("Store, rules and feed together, on the simulated plane")
struct ObservatoryTests {
    @Test("the faults that a newcomer should see are firing")
    func newcomer() throws {
        let observatory = try observatory(through: present + .minutes(1))
        let firing = Set(
            observatory.alerts.filter { $0.state == .firing }.map { "\($0.name) \(detail(of: $0.labels))" })
        #expect(firing.contains("StreamFallingBehind enrich_slow"), "\(firing)")
        #expect(firing.contains("DagFailing export_billing"), "\(firing)")
        #expect(firing.contains("DagRunStuck reconcile"), "\(firing)")
        #expect(firing.contains { $0.hasPrefix("SourceSilent") }, "\(firing)")
        let silent = observatory.planes.planes[PlaneTable.Key(tenant: "initech", plane: "prod")]
        #expect(silent?.state == .noData)
    }

    @Test("no rule of ours fails to evaluate")
    func health() throws {
        let observatory = try observatory(through: present + .minutes(2))
        for status in observatory.rules.ruleStatuses {
            #expect(status.health == .ok, "\(status.rule.name): \(status.health)")
        }
    }

    @Test("the same messages give the same transitions, however the time is cut")
    func deterministic() throws {
        let first = try observatory(through: present + .minutes(5))
        let second = Observatory()
        second.load(try builtinRules())
        var simulation = Simulation(seed: 1, start: present - .hours(1), present: present)
        // As live: the clock goes on between messages.
        for minute in -60...5 {
            let now = present + .minutes(Int64(minute))
            for delivery in simulation.deliveries(through: now) { second.receive(delivery) }
            second.advance(to: now)
        }
        #expect(first.history.entries.map(\.transition) == second.history.entries.map(\.transition))
        #expect(!first.history.entries.isEmpty)
    }

    @Test("messages that were thrown away before they came are counted where the dashboard Self looks")
    func dropped() throws {
        let observatory = Observatory()
        observatory.advance(to: present)
        observatory.dropped(total: 3)
        observatory.dropped(total: 5)
        observatory.advance(to: present + .minutes(1))
        let answer = try Evaluator().instant(
            PromQL.parse("planetop_messages_dropped_total"), at: present + .minutes(1), in: observatory.store)
        guard case .vector(let elements) = answer.value else {
            Issue.record("no vector")
            return
        }
        #expect(elements.map(\.value) == [5])
    }

    @Test("faults end, and so do their alerts")
    func recovery() throws {
        let observatory = try observatory(through: present + .minutes(11))
        #expect(
            !observatory.alerts.contains { $0.name == "SourceSilent" && $0.labels["tenant"] == "initech" })
        let texts = observatory.changes.latest(500, through: present + .minutes(11)).map(\.text)
        #expect(texts.contains { $0.hasPrefix("reports again") })
    }
}
