import MetricModel
import Rules
import Testing

@testable import Dashboard

@Test func panelsCarryTheWorstStateOfTheirRules() throws {
    let alerts = [
        AlertInstance(
            name: "Slow", labels: ["alertname": "Slow", "job": "a"],
            annotations: ["__dashboardUid__": "test", "__panelId__": "1"], state: .pending,
            activeSince: cursor - .minutes(2), value: 3),
        AlertInstance(
            name: "Slow", labels: ["alertname": "Slow", "job": "b"], state: .firing,
            activeSince: cursor - .minutes(20), firedAt: cursor - .minutes(15), value: 9),
        AlertInstance(
            name: "Other", labels: ["alertname": "Other"], state: .firing, activeSince: cursor, value: 1),
    ]
    let transitions = [
        AlertTransition(
            time: cursor - .minutes(15), name: "Slow", labels: ["alertname": "Slow", "job": "b"],
            from: .pending, to: .firing, value: 9),
        AlertTransition(
            time: cursor - .hours(15), name: "Slow", labels: [:], from: .pending, to: .firing, value: 9),
    ]
    let file = try dashboard(
        panelJSON(#""type": "timeseries", "targets": [{"expr": "v", "refId": "A"}]"#), oneHour)
    let rules = [LinkedRule(name: "Slow", dashboardUID: "test", panelID: 1)]
    let view = try #require(
        firstView(file, context(store([:]), alerts: alerts, transitions: transitions, rules: rules)))
    #expect(view.alert == PanelAlert(state: .firing, count: 1, since: cursor - .minutes(15)))
    let marks = try graph(view).marks
    #expect(marks.map(\.time) == [cursor - .minutes(15)])
    #expect(marks[0].text == "Slow {job=\"b\"} pending → firing")
    let quiet = try #require(firstView(file, context(store([:]), rules: rules)))
    #expect(quiet.alert?.state == .normal)
    #expect(try #require(firstView(file, context(store([:])))).alert == nil)
}

@Test func alertListsFilterAndSort() throws {
    func alert(_ name: String, _ state: AlertState, _ job: String, _ severity: String, _ age: Int64)
        -> AlertInstance
    {
        AlertInstance(
            name: name, labels: LabelSet(["alertname": name, "job": job, "severity": severity]),
            annotations: ["summary": "\(name) of\n\(job)"], state: state,
            activeSince: cursor - .minutes(age), value: 0.66)
    }
    let alerts = [
        alert("B", .pending, "x", "warning", 1), alert("A", .firing, "x", "warning", 3),
        alert("C", .firing, "x", "critical", 2), alert("D", .normal, "x", "info", 9),
        alert("E", .firing, "other", "critical", 1),
    ]
    func list(_ options: String) throws -> AlertListView {
        let file = try dashboard(
            panelJSON(#""type": "alertlist", "options": {\#(options)}"#),
            #", "templating": {"list": [{"name": "job", "type": "custom", "query": "x,y", "multi": true, "current": {"value": ["x"]}}]}"#
        )
        guard case .alertList(let list)? = firstView(file, context(store([:]), alerts: alerts))?.content
        else { throw Mismatch("") }
        return list
    }
    let filtered = try list(
        #""alertInstanceLabelFilter": "{job=~\"${job:regex}\", severity!=\"none\"}", "sortOrder": 3, "stateFilter": {"firing": true, "pending": true}"#
    )
    #expect(filtered.items.map(\.name.string) == ["C", "A", "B"])
    #expect(filtered.counts == [.firing: 2, .pending: 1])
    #expect(filtered.items[0].summary == "C of x")
    #expect(filtered.items[0].subject == "x")
    #expect(try list(#""sortOrder": 1, "maxItems": 2"#).items.map(\.name.string) == ["A", "B"])
    #expect(try list(#""alertName": "e", "viewMode": "stat""#).showsCountOnly)
    #expect(try list(#""stateFilter": {"normal": true}"#).items.map(\.name.string) == ["D"])
    // A filter that cannot be read hides nothing.
    let unread = try list(#""alertInstanceLabelFilter": "job=\"""#).items.map(\.name.string)
    #expect(unread == ["C", "E", "A", "B"])
}
