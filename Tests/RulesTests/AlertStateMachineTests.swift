import MetricModel
import PromQL
import Testing

@testable import Rules

/// The values of `m` at each minute (`nil` for none) and the state of the alert `m > 0` after each evaluation.
private struct StateCase: Sendable, CustomTestStringConvertible {
    var what: String
    var rule: String
    var values: [Double?]
    var states: String
    var testDescription: String { what }
}

@Test(
    "alerts go through Prometheus' states",
    arguments: [
        StateCase(
            what: "without for it fires at once", rule: "", values: [0, 1, 1, 0, 0, 1],
            states: "- firing firing - - firing"),
        StateCase(
            what: "for counts from the first breach", rule: "for: 2m", values: [1, 1, 1, 1, 0, 1, 1],
            states: "pending pending firing firing - pending pending"),
        StateCase(
            what: "a gap starts the count anew", rule: "for: 2m", values: [1, 1, 0, 1, 1, 1],
            states: "pending pending - pending pending firing"),
        StateCase(
            what: "keep_firing_for keeps it recovering", rule: "keep_firing_for: 2m",
            values: [1, 0, 0, 0, 0],
            states: "firing recovering recovering - -"),
        StateCase(
            what: "a new breach ends recovering", rule: "keep_firing_for: 2m", values: [1, 0, 1, 0, 0, 0],
            states: "firing recovering firing recovering recovering -"),
        StateCase(
            what: "pending alerts are not kept", rule: "for: 2m\n  keep_firing_for: 5m",
            values: [1, 1, 0, 1, 1, 1, 0],
            states: "pending pending - pending pending firing recovering"),
        StateCase(
            what: "for shorter than the interval takes a second evaluation", rule: "for: 10s",
            values: [1, 1, 0],
            states: "pending firing -"),
        StateCase(
            what: "NaN is no breach", rule: "", values: [.nan, 1, .nan], states: "- firing -"),
    ]
)
private func stateMachine(_ example: StateCase) throws {
    var engine = try engine("- alert: A\n  expr: m > 0\n  \(example.rule)")
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    var states: [String] = []
    for (minute, value) in example.values.enumerated() {
        if let value { source.append(["__name__": "m"], Double(minute * 60), value) }
        _ = engine.evaluate(upTo: Timestamp(seconds: Double(minute * 60)), in: source) { source.append($0) }
        states.append(state(&engine, "A"))
    }
    #expect(states.joined(separator: " ") == example.states)
}

@Test func alertsWriteTheirSeries() throws {
    var engine = try engine(
        """
        - alert: A
          expr: m > 0
          for: 2m
          labels: {severity: page, gone: "{{ $labels.nothing }}"}
          annotations: {summary: "{{ $labels.job }} is {{ $value }}"}
        """)
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    var transitions: [String] = []
    for minute in 0...6 {
        source.append(
            ["__name__": "m", "job": "a"], Double(minute * 60), minute < 5 ? Double(minute + 1) : 0)
        let run = engine.evaluate(upTo: Timestamp(seconds: Double(minute * 60)), in: source) {
            source.append($0)
        }
        transitions += run.transitions.map(text)
    }
    #expect(transitions == ["0 A normal->pending", "120 A pending->firing", "300 A firing->normal"])
    let gone = #"gone="{{ $labels.nothing }}""#
    #expect(
        try source.ask("ALERTS", at: 60) == [
            #"ALERTS{alertname="A", alertstate="pending", \#(gone), job="a", severity="page"} 1.0"#
        ])
    #expect(
        try source.ask("ALERTS", at: 120) == [
            #"ALERTS{alertname="A", alertstate="firing", \#(gone), job="a", severity="page"} 1.0"#
        ])
    #expect(
        try source.ask("ALERTS_FOR_STATE", at: 240) == [
            #"ALERTS_FOR_STATE{alertname="A", \#(gone), job="a", severity="page"} 0.0"#
        ])
    #expect(try source.ask("ALERTS", at: 299).count == 1)
    #expect(try source.ask("ALERTS", at: 300).isEmpty)
    #expect(try source.ask("ALERTS_FOR_STATE", at: 300).isEmpty)
    #expect(engine.alerts().isEmpty)
}

@Test func alertsShowWhatTheyKnow() throws {
    var options = RuleEngineOptions()
    options.externalLabels = ["site": "north"]
    var engine = try engine(
        """
        - alert: A
          expr: m
          for: 1m
          labels: {level: '{{ if gt $value 5.0 }}high{{ else }}low{{ end }}'}
          annotations: {summary: "{{ $labels.job }} {{ $externalLabels.site }} {{ $value }}", broken: "{{ .Nope }}", __dashboardUid__: d, __panelId__: "7"}
        """, options: options)
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    source.append(["__name__": "m", "job": "a"], 0, 2)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { source.append($0) }
    source.append(["__name__": "m", "job": "a"], 60, 3)
    _ = engine.evaluate(upTo: Timestamp(seconds: 60), in: source) { source.append($0) }
    let alert = try #require(engine.alerts().first)
    #expect(alert.labels == ["alertname": "A", "job": "a", "level": "low"])
    #expect(alert.annotations["summary"] == "a north 3")
    #expect(
        alert.annotations["broken"]?.hasPrefix(
            "<error expanding template: error executing template __alert_A:") == true)
    #expect(alert.state == .firing)
    #expect(alert.activeSince == Timestamp(seconds: 0))
    #expect(alert.firedAt == Timestamp(seconds: 60))
    #expect(alert.value == 3)
    let panel = PanelLink(dashboardUID: "d", panelID: "7")
    #expect(alert.panel == panel)
    #expect(engine.state(of: panel) == .firing)
    #expect(engine.alerts(of: panel).count == 1)
    #expect(engine.state(of: PanelLink(dashboardUID: "d", panelID: "8")) == nil)
    // The label follows the value: another alert, pending again.
    source.append(["__name__": "m", "job": "a"], 120, 9)
    let run = engine.evaluate(upTo: Timestamp(seconds: 120), in: source) { source.append($0) }
    #expect(run.transitions.map(text) == ["120 A normal->pending", "120 A firing->normal"])
    #expect(engine.alerts().map { $0.labels["level"] } == ["high"])
}

@Test func templatesAskTheSourceAtTheTimeOfTheEvaluation() throws {
    var engine = try engine(
        """
        - alert: A
          expr: m
          annotations: {n: '{{ with query "sum(m)" }}{{ . | first | value }}{{ end }} at {{ now }}'}
        """)
    let source = MemorySource()
    source.append(["__name__": "m", "job": "a"], 60, 2)
    source.append(["__name__": "m", "job": "b"], 60, 3)
    engine.begin(at: Timestamp(seconds: 60))
    _ = engine.evaluate(upTo: Timestamp(seconds: 60), in: source) { source.append($0) }
    source.append(["__name__": "m", "job": "c"], 61, 100)
    #expect(engine.alerts().map { $0.annotations["n"] } == ["5 at 60", "5 at 60"])
}

@Test func collidingLabelsAreAnErrorOfTheRule() throws {
    var engine = try engine(
        """
        - alert: A
          expr: m
          labels: {job: same}
        - record: r
          expr: m
          labels: {job: same}
        - record: fine
          expr: sum(m)
        """)
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    source.append(["__name__": "m", "job": "a"], 0, 1)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { source.append($0) }
    #expect(state(&engine, "A") == "firing")
    source.append(["__name__": "m", "job": "a"], 60, 1)
    source.append(["__name__": "m", "job": "b"], 60, 1)
    var run = engine.evaluate(upTo: Timestamp(seconds: 60), in: source) { source.append($0) }
    #expect(run.transitions.map(text) == ["60 A normal->error"])
    #expect(
        run.transitions.first?.reason
            == "vector contains metrics with the same labelset after applying alert labels")
    #expect(
        engine.ruleStatuses.map(\.health) == [
            .error("vector contains metrics with the same labelset after applying alert labels"),
            .error("vector contains metrics with the same labelset after applying rule labels"), .ok,
        ])
    // What fired before goes on firing, with the reason that it is not evaluated.
    let alerts = engine.alerts()
    #expect(alerts.map(\.state) == [.error, .firing])
    #expect(
        alerts.last?.reason?.hasPrefix("not evaluated since 1970-01-01T00:01:00Z: vector contains") == true)
    #expect(engine.ruleStatuses.map(\.state) == [.firing, .normal, .normal])
    source.append(["__name__": "m", "job": "b"], 120, StaleMarker.value)
    run = engine.evaluate(upTo: Timestamp(seconds: 120), in: source) { source.append($0) }
    #expect(run.transitions.map(text) == ["120 A error->normal"])
    #expect(engine.alerts().map(\.state) == [.firing])
}

@Test func limitsOfAGroupHold() throws {
    var engine = try engine(
        "- alert: A\n  expr: m > 0\n- record: r\n  expr: m", group: "interval: 1m\n  limit: 1")
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    source.append(["__name__": "m", "job": "a"], 0, 1)
    _ = engine.evaluate(upTo: Timestamp(seconds: 0), in: source) { source.append($0) }
    source.append(["__name__": "m", "job": "a"], 60, 1)
    source.append(["__name__": "m", "job": "b"], 60, 1)
    let run = engine.evaluate(upTo: Timestamp(seconds: 60), in: source) { source.append($0) }
    #expect(
        engine.ruleStatuses.map(\.health) == [
            .error("exceeded limit of 1 with 2 alerts"), .error("exceeded limit of 1 with 2 series"),
        ])
    #expect(run.transitions.map(text) == ["60 A normal->error", "60 A firing->error"])
}

// MARK: Silence

@Test func silenceIsNoAllClear() throws {
    var engine = try engine("- alert: A\n  expr: m > 0\n  for: 2m")
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    var freshness = SourceFreshness()
    let plane = SourceFreshness.Source(tenant: "t", plane: "p")
    var transitions: [String] = []
    var reasons: [String] = []
    // The plane speaks every minute up to 4m, then again from 15m on, without the condition.
    for minute in 0...16 {
        if minute <= 4 || minute >= 15 {
            source.append(
                ["__name__": "m", "tenant": "t", "plane": "p"], Double(minute * 60), minute <= 4 ? 1 : 0)
            freshness[plane] = .init(newest: Timestamp(seconds: Double(minute * 60)), interval: .minutes(1))
        }
        let run = engine.evaluate(
            upTo: Timestamp(seconds: Double(minute * 60)), in: source, freshness: freshness
        ) { source.append($0) }
        transitions += run.transitions.map(text)
        reasons += run.transitions.compactMap(\.reason)
        if minute == 10 {
            let alert = try #require(engine.alerts().first)
            #expect(alert.state == .noData)
            #expect(alert.activeSince == Timestamp(seconds: 0))
            #expect(alert.firedAt == Timestamp(seconds: 120))
            #expect(alert.reason == "no data since 1970-01-01T00:04:00Z")
            #expect(try source.ask("ALERTS", at: 600).count == 1)
        }
    }
    #expect(
        transitions == [
            "0 A normal->pending", "120 A pending->firing", "540 A firing->no data", "900 A no data->normal",
        ])
    #expect(reasons == ["no data since 1970-01-01T00:04:00Z"])
}

@Test func silenceDoesNotCountAsHolding() throws {
    var engine = try engine("- alert: A\n  expr: m > 0\n  for: 4m")
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    var freshness = SourceFreshness()
    let plane = SourceFreshness.Source(tenant: "t", plane: "p")
    var states: [String] = []
    for minute in 0...17 {
        if minute <= 1 || minute >= 12 {
            source.append(["__name__": "m", "tenant": "t", "plane": "p"], Double(minute * 60), 1)
            freshness[plane] = .init(newest: Timestamp(seconds: Double(minute * 60)), interval: .minutes(1))
        }
        _ = engine.evaluate(
            upTo: Timestamp(seconds: Double(minute * 60)), in: source, freshness: freshness
        ) { source.append($0) }
        states.append(state(&engine, "A"))
    }
    // Four minutes hold up to 4m would fire at 4m by lookback; the sample of 1m counts up to 5m.
    #expect(states[4] == "firing")
    #expect(states[6] == "no data")
    #expect(states[12] == "firing")
}

@Test func pendingAlertsWaitOutASilence() throws {
    var engine = try engine("- alert: A\n  expr: m > 0\n  for: 8m")
    let source = MemorySource()
    engine.begin(at: Timestamp(seconds: 0))
    var freshness = SourceFreshness()
    let plane = SourceFreshness.Source(tenant: "t", plane: "p")
    var states: [String] = []
    for minute in 0...22 {
        if minute <= 1 || minute >= 15 {
            source.append(["__name__": "m", "tenant": "t", "plane": "p"], Double(minute * 60), 1)
            freshness[plane] = .init(newest: Timestamp(seconds: Double(minute * 60)), interval: .minutes(1))
        }
        _ = engine.evaluate(
            upTo: Timestamp(seconds: Double(minute * 60)), in: source, freshness: freshness
        ) { source.append($0) }
        states.append(state(&engine, "A"))
    }
    // Seen from 0m to 5m (lookback), silent from 6m to 14m, seen again from 15m: six minutes by then, eight at 17m.
    #expect(states[5] == "pending")
    #expect(states[6...14].allSatisfy { $0 == "no data" })
    #expect(states[15...17] == ["pending", "pending", "firing"])
}

@Test(
    "labels name their sources",
    arguments: [
        (["tenant": "t", "plane": "p"], 300, true), (["tenant": "t", "plane": "q"], 300, false),
        (["plane": "p"], 300, true), (["tenant": "t"], 300, false), ([:], 300, false), ([:], 1000, true),
        (["tenant": "x"], 1000, false), (["tenant": "t", "plane": "p"], 190, true),
        (["tenant": "t", "plane": "p"], 189, false),
    ] as [([String: String], Int64, Bool)]
)
func silentSources(_ labels: [String: String], _ seconds: Int64, _ isSilent: Bool) {
    var freshness = SourceFreshness()
    freshness[.init(tenant: "t", plane: "p")] = .init(newest: .init(seconds: 99.5), interval: .minutes(1))
    freshness[.init(tenant: "t", plane: "q")] = .init(newest: .init(seconds: 280), interval: nil)
    let set = LabelSet(labels.map { Label($0.key, $0.value) })
    let since = freshness.silentSince(set, at: Timestamp(milliseconds: seconds * 1000))
    #expect((since != nil) == isSilent)
}
