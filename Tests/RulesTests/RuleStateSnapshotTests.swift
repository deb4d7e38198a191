import Diagnostics
import MetricModel
import PromQL
import Testing

@testable import Rules

private let rules = """
    - {alert: Now, expr: 'm > 5'}
    - {alert: Hold, expr: 'm > 3', for: 3m}
    - {alert: Long, expr: 'm > 2', for: 20m, labels: {severity: 'x"y\\z'}}
    - {alert: Keep, expr: 'm > 6', keep_firing_for: 4m}
    - {alert: Both, expr: 'm > 4', for: 2m, keep_firing_for: 3m, labels: {v: '{{ if gt $value 7.0 }}high{{ end }}'}}
    """

/// Random numbers that the same seed gives again.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// What a step shows, without the absolute times: names, states, values, and for how long alerts have been pending.
private func shown(_ engine: inout RuleEngine, at time: Timestamp) -> [String] {
    engine.alerts().map { alert in
        let age = alert.state == .pending ? " for \(time - alert.activeSince)" : ""
        return "\(alert.labels) \(alert.state.rawValue) \(alert.value)\(age)"
    }
}

@Test("random restarts change nothing but the time they take", arguments: 0..<40)
func restarts(_ number: Int) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = Seeded(state: seed)
    var steady = try engine(rules)
    var restarted = try engine(rules)
    let steadySource = MemorySource()
    var restartedSource = MemorySource()
    steady.begin(at: Timestamp(seconds: 0))
    restarted.begin(at: Timestamp(seconds: 0))
    var downtime: Int64 = 0
    var restarts = 0
    var step: Int64 = 0
    var values: [Double] = [0, 4, 8]
    while restarts < 25 {
        let time = Timestamp(milliseconds: step * 60_000)
        let shifted = Timestamp(milliseconds: step * 60_000 + downtime)
        for series in values.indices {
            // Values stay a while, so that alerts get old.
            if Int.random(in: 0..<6, using: &random) == 0 {
                values[series] = Double(Int.random(in: 0...9, using: &random))
            }
            let labels: LabelSet = ["__name__": "m", "i": "\(series)"]
            let gone = Int.random(in: 0..<25, using: &random) == 0
            steadySource.append(labels, time.seconds, gone ? StaleMarker.value : values[series])
            restartedSource.append(labels, shifted.seconds, gone ? StaleMarker.value : values[series])
        }
        let a = steady.evaluate(upTo: time, in: steadySource) { _ in }
        let b = restarted.evaluate(upTo: shifted, in: restartedSource) { _ in }
        #expect(
            a.transitions.map { "\($0.labels) \($0.from)->\($0.to)" }
                == b.transitions.map { "\($0.labels) \($0.from)->\($0.to)" }, "seed \(seed), step \(step)")
        #expect(
            shown(&steady, at: time) == shown(&restarted, at: shifted), "seed \(seed), step \(step)")
        if Int.random(in: 0..<4, using: &random) == 0 {
            restarts += 1
            let snapshot = try RuleStateSnapshot(parsing: restarted.snapshot().text)
            #expect(snapshot == restarted.snapshot())
            restarted = try engine(rules)
            restarted.restore(snapshot)
            // The store is empty after a restart.
            restartedSource = MemorySource()
            downtime += Int64.random(in: 0...120, using: &random) * 60_000
            restarted.begin(at: Timestamp(milliseconds: (step + 1) * 60_000 + downtime))
        }
        step += 1
    }
}

@Test func firingStaysFiringAfterADay() throws {
    var before = try engine("- {alert: A, expr: 'm > 0', for: 1m}")
    let source = MemorySource()
    before.begin(at: Timestamp(seconds: 0))
    for minute in 0...2 {
        source.append(["__name__": "m"], Double(minute * 60), 1)
        _ = before.evaluate(upTo: Timestamp(seconds: Double(minute * 60)), in: source) { _ in }
    }
    var after = try engine("- {alert: A, expr: 'm > 0', for: 1m}")
    #expect(after.restore(before.snapshot()) == 1)
    #expect(state(&after, "A") == "firing")
    source.append(["__name__": "m"], 86_400, 1)
    let run = after.evaluate(upTo: Timestamp(seconds: 86_400), in: source) { _ in }
    #expect(run.transitions.isEmpty)
    let alert = try #require(after.alerts().first)
    #expect(alert.state == .firing)
    #expect(alert.activeSince == Timestamp(seconds: 0))
    #expect(alert.firedAt == Timestamp(seconds: 60))
}

@Test func historyFromBeforeTheSnapshotIsNotEvaluatedAgain() throws {
    let rule = "- {alert: A, expr: 'm > 0', for: 5m}\n- {record: r, expr: m}"
    let source = MemorySource()
    // The condition holds from 10m on.
    for minute in 0...20 { source.append(["__name__": "m"], Double(minute * 60), minute < 10 ? 0 : 1) }
    var before = try engine(rule)
    before.begin(at: Timestamp(seconds: 0))
    _ = before.evaluate(upTo: Timestamp(seconds: 720), in: source) { _ in }
    #expect(before.alerts().first?.activeSince == Timestamp(seconds: 600))
    // Started again at 20m, with the samples of the time in between at hand: as if it had never stopped.
    var after = try engine(rule)
    after.restore(before.snapshot())
    after.begin(at: Timestamp(seconds: 0))
    let run = after.evaluate(upTo: Timestamp(seconds: 1200), in: source) { _ in }
    #expect(run.transitions.map(text) == ["900 A pending->firing"])
    #expect(after.alerts().first?.activeSince == Timestamp(seconds: 600))
    #expect(run.evaluations == 21 + 8)
}

@Test func otherRulesTakeNothingOver() throws {
    var before = try engine("- {alert: A, expr: 'm > 0'}\n- {alert: B, expr: 'm > 0', labels: {a: b}}")
    let source = MemorySource()
    source.append(["__name__": "m"], 0, 1)
    _ = before.evaluate(upTo: Timestamp(seconds: 0), in: source) { _ in }
    var after = try engine("- {alert: A, expr: 'm > 1'}\n- {alert: B, expr: 'm > 0', labels: {a: c}}")
    #expect(after.restore(before.snapshot()) == 0)
    #expect(after.alerts().isEmpty)
}

@Test func equalRulesOfTwoGroupsKeepTheirOwnState() throws {
    let text = """
        groups:
        - {name: a, interval: 1m, rules: [{alert: A, expr: 'm > 0', for: 5m}]}
        - {name: b, interval: 2m, rules: [{alert: A, expr: 'm > 0', for: 5m}]}
        """
    var before = RuleEngine()
    try before.load([(name: "r.yml", text: text)])
    let source = MemorySource()
    before.begin(at: Timestamp(seconds: 60))
    source.append(["__name__": "m"], 60, 1)
    _ = before.evaluate(upTo: Timestamp(seconds: 120), in: source) { _ in }
    #expect(before.alerts().map(\.activeSince.seconds) == [60, 120])
    var after = RuleEngine()
    try after.load([(name: "r.yml", text: text)])
    after.restore(before.snapshot())
    #expect(after.alerts().map(\.activeSince.seconds) == [60, 120])
    #expect(after.alerts().map(\.group) == ["a", "b"])
}

@Test func brokenSnapshotsAreRefusedWithTheirLine() throws {
    var engine = try engine(rules)
    let source = MemorySource()
    source.append(["__name__": "m", "i": "a b\"{}\\\n"], 0, 8)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { _ in }
    let text = engine.snapshot().text
    #expect(try RuleStateSnapshot(parsing: text) == engine.snapshot())
    #expect(engine.snapshot().alertCount == 5)
    func refusal(_ text: String) -> String {
        do {
            _ = try RuleStateSnapshot(parsing: text, file: "state")
            return "accepted"
        } catch {
            return "\(error)"
        }
    }
    #expect(
        refusal("").hasPrefix(
            "cannot read the rule state: it does not begin with `planetop rule state 1`\n  at state:1"))
    #expect(refusal(String(text.dropLast(4))).hasPrefix("cannot read the rule state: it was cut off"))
    let lines = text.split(separator: "\n")
    for index in 1..<(lines.count - 1) {
        var damaged = lines
        damaged[index] = damaged[index].dropLast(3)
        let message = refusal(damaged.joined(separator: "\n"))
        #expect(message == "accepted" || message.contains("state:\(index + 1)"), "\(message)")
    }
    // Any single damaged byte gives a state or a refusal, never a crash.
    let bytes = Array(text.utf8)
    for index in stride(from: 0, to: bytes.count, by: 3) {
        var damaged = bytes
        damaged[index] = damaged[index] &+ 13
        _ = refusal(String(decoding: damaged, as: UTF8.self))
    }
}

struct AfterRestart {
    var name: String
    /// Minutes after the restart: when the plane is first heard, and when the rules' metric comes, with which value.
    var heard: Int?
    var metric: (minute: Int, value: Double)?
    /// States of a firing and of a pending alert by minute.
    var states: [Int: String]
}

@Test(
    "what fired goes on until something is known of it",
    arguments: [
        AfterRestart(
            name: "the metric comes late", heard: 2, metric: (6, 1),
            states: [
                0: "firing pending 3", 2: "firing pending 3", 5: "firing pending 3", 6: "firing pending 4",
                8: "firing pending 6",
            ]),
        AfterRestart(
            name: "it ended meanwhile", heard: 2, metric: (4, 0),
            states: [3: "firing pending 3", 4: "- -"]),
        AfterRestart(
            name: "the plane speaks of other things", heard: 2, metric: nil,
            states: [2: "firing pending 3", 9: "firing pending 3", 10: "- -"]),
        AfterRestart(
            name: "the plane is gone", heard: nil, metric: nil,
            states: [
                0: "firing pending 3", 5: "firing pending 3", 6: "no data no data", 60: "no data no data",
            ]),
    ])
func afterARestart(_ example: AfterRestart) throws {
    let rules = "- {alert: A, expr: 'm > 0'}\n- {alert: B, expr: 'm > 0', for: 1h}"
    let plane = SourceFreshness.Source(tenant: "t", plane: "p")
    let labels: LabelSet = ["__name__": "m", "tenant": "t", "plane": "p"]
    var before = try engine(rules)
    let full = MemorySource()
    before.begin(at: Timestamp(seconds: 0))
    for minute in 0...2 {
        full.append(labels, Double(minute * 60), 1)
        _ = before.evaluate(upTo: Timestamp(seconds: Double(minute * 60)), in: full) { _ in }
    }
    var after = try engine(rules)
    after.restore(before.snapshot())
    after.begin(at: Timestamp(seconds: 6000))
    let source = MemorySource()
    var freshness = SourceFreshness()
    for minute in 0...60 {
        let time = Timestamp(seconds: Double(6000 + minute * 60))
        if let heard = example.heard, minute >= heard {
            freshness[plane] = .init(
                newest: time, interval: .minutes(1),
                oldest: Timestamp(seconds: Double(6000 + heard * 60)))
        }
        if let metric = example.metric, minute >= metric.minute {
            source.append(labels, time.seconds, metric.value)
        }
        _ = after.evaluate(upTo: time, in: source, freshness: freshness) { _ in }
        guard let expected = example.states[minute] else { continue }
        let pending = after.alerts().first { $0.name == "B" && $0.state == .pending }
        let age = pending.map { " \((time - $0.activeSince).milliseconds / 60_000)" } ?? ""
        #expect(
            "\(state(&after, "A")) \(state(&after, "B"))\(age)" == expected,
            "\(example.name), minute \(minute)")
    }
}

@Test func aWindowMustFillBeforeItProvesAnything() throws {
    let rule = "- {alert: A, expr: 'increase(m[30m]) > 3'}"
    let labels: LabelSet = ["__name__": "m", "tenant": "t", "plane": "p"]
    let source = MemorySource()
    var before = try engine(rule)
    before.begin(at: Timestamp(seconds: 0))
    for minute in 0...10 {
        source.append(labels, Double(minute * 60), Double(minute))
        _ = before.evaluate(upTo: Timestamp(seconds: Double(minute * 60)), in: source) { _ in }
    }
    #expect(state(&before, "A") == "firing")
    var after = try engine(rule)
    after.restore(before.snapshot())
    after.begin(at: Timestamp(seconds: 660))
    let empty = MemorySource()
    var freshness = SourceFreshness()
    for minute in 11...42 {
        let time = Timestamp(seconds: Double(minute * 60))
        empty.append(labels, time.seconds, 10)
        freshness[.init(tenant: "t", plane: "p")] = .init(
            newest: time, interval: .minutes(1), oldest: Timestamp(seconds: 660))
        _ = after.evaluate(upTo: time, in: empty, freshness: freshness) { _ in }
        #expect(state(&after, "A") == (minute < 41 ? "firing" : "-"), "minute \(minute)")
    }
}
