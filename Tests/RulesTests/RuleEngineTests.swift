import Diagnostics
import MetricModel
import PromQL
import Testing

@testable import Rules

@Test func recordingRulesWriteAndEndTheirSeries() throws {
    var engine = try engine(
        """
        - record: job:m:sum
          expr: sum by (job) (m)
          labels: {from: rule, job: ""}
        - record: all
          expr: m
        - record: again
          expr: sum(all)
        - record: number
          expr: 1 + 1
        """)
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    source.append(["__name__": "m", "job": "a", "i": "1"], 0, 1)
    source.append(["__name__": "m", "job": "a", "i": "2"], 0, 2)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { source.append($0) }
    #expect(try source.ask("job:m:sum", at: 0) == [#"job:m:sum{from="rule"} 3.0"#])
    #expect(try source.ask("all", at: 0) == [#"all{i="1", job="a"} 1.0"#, #"all{i="2", job="a"} 2.0"#])
    // The rules of a group see what the rules before them wrote.
    #expect(try source.ask("again", at: 0) == ["again 3.0"])
    #expect(try source.ask("number", at: 0) == ["number 2.0"])
    source.append(["__name__": "m", "job": "a", "i": "1"], 60, StaleMarker.value)
    source.append(["__name__": "m", "job": "a", "i": "2"], 60, 5)
    _ = engine.evaluate(upTo: Timestamp(seconds: 60), in: source) { source.append($0) }
    #expect(try source.ask("all", at: 60) == [#"all{i="2", job="a"} 5.0"#])
    #expect(try source.ask("again", at: 60) == ["again 5.0"])
}

@Test func groupsRunOnTheirGridsInOrder() throws {
    var engine = RuleEngine()
    try engine.load([
        (
            name: "r.yml",
            text: """
            groups:
            - {name: a, interval: 30s, rules: [{record: a, expr: vector(1)}]}
            - {name: b, interval: 1m, rules: [{record: b, expr: vector(1)}]}
            - {name: c, interval: 45s, rules: [{record: c, expr: vector(1)}]}
            """
        )
    ])
    engine.begin(at: Timestamp(seconds: 10))
    var order: [String] = []
    let run = engine.evaluate(upTo: Timestamp(seconds: 125), in: MemorySource()) { outputs in
        for output in outputs {
            order.append("\(Int(output.sample.timestamp.seconds))\(output.labels.name ?? "")")
        }
    }
    #expect(order == ["30a", "45c", "60a", "60b", "90a", "90c", "120a", "120b"])
    #expect(run.evaluations == 8)
    #expect(engine.nextEvaluation == Timestamp(seconds: 135))
    #expect(engine.lastEvaluation == Timestamp(seconds: 120))
    // Nothing is due twice.
    #expect(engine.evaluate(upTo: Timestamp(seconds: 125), in: MemorySource()) { _ in }.evaluations == 0)
}

@Test func aFirstRunTakesTheNewestEvaluation() throws {
    var engine = try engine("- {record: a, expr: time()}")
    var times: [Double] = []
    _ = engine.evaluate(upTo: Timestamp(seconds: 1_000_010), in: MemorySource()) {
        times += $0.map(\.sample.value)
    }
    #expect(times == [999_960])
}

@Test func missedAndLateEvaluationsAreCounted() throws {
    var engine = try engine("- {record: a, expr: time()}")
    engine.begin(at: Timestamp(seconds: 0))
    var times: [Double] = []
    let run = engine.evaluate(upTo: Timestamp(seconds: 605), in: MemorySource(), pace: .live(behindMax: 2)) {
        times += $0.map(\.sample.value)
    }
    #expect(times == [540, 600])
    #expect(run.missed == 9)
    #expect(run.late == 1)
    let status = try #require(engine.groupStatuses.first)
    #expect(status.missedCount == 9 && status.lateCount == 1 && status.evaluationCount == 2)
    // A replay leaves nothing out.
    var replay = try makeEngine("- {record: a, expr: time()}")
    replay.begin(at: Timestamp(seconds: 0))
    #expect(replay.evaluate(upTo: Timestamp(seconds: 605), in: MemorySource()) { _ in }.evaluations == 11)
}

private func makeEngine(_ rules: String) throws -> RuleEngine { try engine(rules) }

@Test func aRunCanPauseAndGoOn() throws {
    let rules = (0..<5).map { "- {record: r\($0), expr: time()}" }.joined(separator: "\n")
    var engine = try engine(rules)
    engine.begin(at: Timestamp(seconds: 0))
    var written: [String] = []
    var calls = 0
    while true {
        calls += 1
        let run = engine.evaluate(upTo: Timestamp(seconds: 60), in: MemorySource(), pause: { true }) {
            written += $0.map { "\($0.labels)@\(Int($0.sample.value))" }
        }
        if run.isFinished { break }
    }
    #expect(written == (0...1).flatMap { minute in (0..<5).map { "r\($0)@\(minute * 60)" } })
    #expect(calls == 11)
}

@Test func slowRulesAreCounted() throws {
    final class Clock: @unchecked Sendable {
        // Used by one test on one thread.
        var now: UInt64 = 0
    }
    let clock = Clock()
    var options = RuleEngineOptions()
    options.nanoseconds = {
        clock.now += 60_000_000
        return clock.now
    }
    options.slowNanoseconds = 50_000_000
    var engine = try engine("- {record: a, expr: time()}", options: options)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: MemorySource()) { _ in }
    #expect(engine.ruleStatuses.first?.slowCount == 1)
    #expect(engine.ruleStatuses.first?.lastNanoseconds == 60_000_000)
}

@Test func queryOffsetLooksBackAndWritesThere() throws {
    var engine = try engine("- {record: a, expr: m}", group: "interval: 1m\n  query_offset: 30s")
    let source = MemorySource()
    source.append(["__name__": "m"], 30, 1)
    source.append(["__name__": "m"], 31, 2)
    var outputs: [RuleOutput] = []
    engine.begin(at: Timestamp(seconds: 60))
    _ = engine.evaluate(upTo: Timestamp(seconds: 60), in: source) { outputs += $0 }
    #expect(outputs.map(\.sample) == [Sample(Timestamp(seconds: 30), 1)])
}

@Test func aFailingRuleCostsOnlyItself() throws {
    var engine = try engine(
        """
        - {record: bad, expr: 'm + on () m'}
        - {record: text, expr: '"a"'}
        - {record: matrix, expr: 'm[5m]'}
        - {record: good, expr: 'count(m)'}
        """)
    let source = MemorySource()
    source.append(["__name__": "m", "i": "1"], 0, 1)
    source.append(["__name__": "m", "i": "2"], 0, 1)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { source.append($0) }
    let health = engine.ruleStatuses.map(\.health)
    #expect(health[0].name == "err")
    #expect(health[1] == .error("rule result is not a vector or scalar"))
    #expect(health[2] == .error("rule result is not a vector or scalar"))
    #expect(health[3] == .ok)
    #expect(engine.ruleStatuses.map(\.failureCount) == [1, 1, 1, 0])
    #expect(try source.ask("good", at: 0) == ["good 2.0"])
}

@Test func sharedValuesAreTheSameAsUnshared() throws {
    let rules = """
        - {record: a, expr: 'rate(m[5m])'}
        - {alert: B, expr: 'rate(m[5m]) > 0.5'}
        - {alert: C, expr: '1 < (rate(m[5m]))'}
        - {alert: D, expr: 'rate(m[5m]) == -(1)'}
        - {record: m2, expr: 'sum(w)'}
        - {record: w, expr: 'count(a)'}
        - {record: m3, expr: 'sum(w)'}
        - {alert: E, expr: 'sum(w) >= 1'}
        - {alert: F, expr: 'ALERTS{alertstate="firing"}'}
        - {alert: G, expr: 'sum(w) != 1'}
        - {record: all, expr: 'count({__name__=~".+"})'}
        - {record: z, expr: '1'}
        - {record: all2, expr: 'count({__name__=~".+"})'}
        """
    var outcomes: [[String]] = []
    for shares in [true, false] {
        var options = RuleEngineOptions()
        options.sharesResults = shares
        var engine = try engine(rules, options: options)
        let source = MemorySource()
        engine.begin(at: Timestamp(seconds: 0))
        var outcome: [String] = []
        for step in 0..<40 {
            for series in 0..<5 {
                source.append(
                    ["__name__": "m", "i": "\(series)"], Double(step * 30), Double(step * series * 17 % 71))
            }
            let run = engine.evaluate(upTo: Timestamp(seconds: Double(step * 30)), in: source) { outputs in
                outcome += outputs.map { "\($0.labels) \($0.sample.timestamp) \($0.sample.value)" }
                source.append(outputs)
            }
            outcome += run.transitions.map(text)
        }
        outcomes.append(outcome)
    }
    #expect(outcomes[0] == outcomes[1])
    #expect(outcomes[0].count > 300)
}

@Test func equalExpressionsAreAskedOnce() throws {
    final class Counter: @unchecked Sendable {
        // Used by one test on one thread.
        var queries: [String] = []
    }
    let counter = Counter()
    var engine = RuleEngine(options: RuleEngineOptions()) { expression, time, source throws(QueryError) in
        counter.queries.append("\(PromQL.print(expression))")
        return try Evaluator().instant(expression, at: time, in: source)
    }
    try engine.load([
        (
            name: "r.yml",
            text: ruleText(
                """
                - {record: a, expr: 'sum(m)'}
                - {alert: B, expr: 'sum(m) > 5'}
                - {alert: C, expr: 'sum( m )>7'}
                - {record: m, expr: 'vector(1)'}
                - {alert: D, expr: 'sum(m) < 7'}
                """)
        )
    ])
    let source = MemorySource()
    source.append(["__name__": "m"], 0, 6)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { source.append($0) }
    // The recorded `m` changes what `sum(m)` is.
    #expect(counter.queries == ["sum(m)", "vector(1)", "sum(m)"])
}

// MARK: Reload

@Test func aReloadKeepsTheStateOfUnchangedRules() throws {
    let first = """
        - {alert: Same, expr: 'm > 0', for: 5m, labels: {a: b}, annotations: {s: old}}
        - {alert: OtherExpression, expr: 'm > 0'}
        - {alert: Gone, expr: 'm > 0'}
        - {record: gone, expr: 'm'}
        - {record: stays, expr: 'm'}
        """
    var engine = try engine(first)
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    source.append(["__name__": "m"], 0, 1)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { source.append($0) }
    // Another order, another group, other white space, another `for`.
    try engine.load([
        (
            name: "r.yml",
            text: """
            groups:
            - name: g
              interval: 1m
              rules:
              - {record: stays, expr: '(m)'}
            - name: h
              interval: 1m
              rules:
              - {alert: OtherExpression, expr: 'm > 0.5'}
              - {alert: Same, expr: 'm  >  0', for: 1m, labels: {a: b}, annotations: {s: new}}
            """
        )
    ])
    source.append(["__name__": "m"], 60, 1)
    let run = engine.evaluate(upTo: Timestamp(seconds: 60), in: source) { source.append($0) }
    #expect(
        run.transitions.map(text).sorted() == [
            "60 Gone firing->normal", "60 OtherExpression firing->normal",
            "60 OtherExpression normal->firing",
            "60 Same pending->firing",
        ])
    let same = try #require(engine.alerts().first { $0.name == "Same" })
    #expect(same.activeSince == Timestamp(seconds: 0))
    #expect(same.annotations == ["s": "new"])
    #expect(try source.ask("gone", at: 60).isEmpty)
    #expect(try source.ask("stays", at: 60) == ["stays 1.0"])
    #expect(try source.ask(#"ALERTS{alertname="Gone"}"#, at: 60).isEmpty)
    #expect(try source.ask(#"ALERTS{alertname="OtherExpression"}"#, at: 60).count == 1)
}

@Test func aBadFileLeavesTheOldRules() throws {
    var engine = try engine("- {alert: A, expr: 'm > 0'}")
    let source = MemorySource()
    source.append(["__name__": "m"], 0, 1)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { source.append($0) }
    #expect {
        try engine.load([
            (name: "good.yml", text: ruleText("- {alert: B, expr: 'm > 0'}")),
            (name: "bad.yml", text: ruleText("- alert: C\n  expr: 'm >'")),
        ])
    } throws: { error in
        let problems = (error as? RuleFile.Refusal)?.problems ?? []
        #expect(problems.count == 1)
        #expect(problems.first?.place == SourcePlace(file: "bad.yml", line: 6, column: 15))
        return true
    }
    #expect(engine.ruleStatuses.map(\.rule.name) == ["A"])
    #expect(state(&engine, "A") == "firing")
}

@Test func anEngineWithoutRulesDoesNothing() throws {
    var engine = RuleEngine()
    try engine.load([(name: "r.yml", text: "")])
    #expect(engine.evaluate(upTo: Timestamp(seconds: 0), in: MemorySource()) { _ in }.evaluations == 0)
    #expect(engine.alerts().isEmpty)
    #expect(engine.nextEvaluation == nil)
}
