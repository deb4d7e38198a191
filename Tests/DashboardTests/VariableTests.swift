import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

struct FormatCase: Sendable, CustomStringConvertible {
    var format: String?
    var value: VariableValue
    var text: String
    var standard = VariableFormat.Standard.glob

    init(
        _ format: String?, _ values: [String], _ text: String, multi: Bool = true,
        standard: VariableFormat.Standard = .glob
    ) {
        self.format = format
        value = VariableValue(values, isMulti: multi)
        self.text = text
        self.standard = standard
    }

    var description: String { "\(format ?? "standard \(standard)") \(value.values)" }
}

@Test(
    "formats of variables",
    arguments: [
        FormatCase(nil, ["a"], "a"), FormatCase(nil, ["a", "b"], "{a,b}"),
        FormatCase("regex", ["a.b", "c"], "(a\\.b|c)"), FormatCase("regex", ["a.b"], "a\\.b"),
        FormatCase("pipe", ["a", "b"], "a|b"), FormatCase("csv", ["a", "b"], "a,b"),
        FormatCase("raw", ["a", "b"], "a,b"),
        FormatCase("text", ["a", "b"], "a + b"), FormatCase("glob", ["a", "b"], "{a,b}"),
        FormatCase("json", ["a", "b"], "[\"a\",\"b\"]"), FormatCase("json", ["a"], "\"a\"", multi: false),
        FormatCase("singlequote", ["a", "b'"], "'a','b\\''"), FormatCase("doublequote", ["a"], "\"a\""),
        FormatCase("sqlstring", ["a'b", "c"], "'a''b','c'"),
        FormatCase("percentencode", ["a b/é"], "a%20b%2F%C3%A9"),
        FormatCase("queryparam", ["a", "b c"], "var-x=a&var-x=b%20c"),
        FormatCase("lucene", ["a-b", "c"], "(\"a\\-b\" OR \"c\")"),
        FormatCase("lucene", ["a b"], "a\\ b"), FormatCase("distributed", ["a", "b"], "a,x=b"),
        FormatCase("join:;", ["a", "b"], "a;b"),
        // In PromQL, inside of a string: one value of a plain variable stands as it is, several become an alternation.
        FormatCase(nil, ["a.b"], "a.b", multi: false, standard: .query),
        FormatCase(nil, ["a\\d"], "a\\\\d", multi: false, standard: .query),
        FormatCase(nil, ["a.b"], "a\\\\.b", standard: .query),
        FormatCase(nil, ["a.b", "c|d"], "(a\\\\.b|c\\\\|d)", standard: .query),
        FormatCase(nil, ["job=\"x\""], "job=\"x\"", multi: false, standard: .query),
    ])
func formats(_ example: FormatCase) {
    let text = VariableFormat.text(
        example.value, format: example.format, standard: example.standard, name: "x")
    #expect(text == example.text)
}

@Test(
    "mentions of variables",
    arguments: [
        ("a $x b", "a 1 b"), ("${x}", "1"), ("[[x]]", "1"), ("$xy", "$xy"), ("${x:regex}", "1"),
        ("[[x:pipe]]", "1"),
        ("$x$x", "11"), ("$", "$"), ("${", "${"), ("${x", "${x"), ("[[x", "[[x"), ("$1", "$1"),
        ("a[$__interval]", "a[1m]"),
        ("$__interval_ms", "60000"), ("$__rate_interval", "4m"), ("${__range_s}", "3600"),
        ("$__range", "3600s"), ("$__range_ms", "3600000"),
        ("$__from", "0"), ("${__to:date:iso}", "1970-01-01T01:00:00.000Z"), ("${__from:date:seconds}", "0"),
        ("${__to:date:YYYY-MM-DD HH:mm}", "1970-01-01 01:00"), ("$__dashboard", "D"),
        ("${__dashboard.uid}", "u"),
        ("$__all_variables", "var-x=1"), ("$__unknown", "$__unknown"), ("${x}s", "1s"), ("é$x é", "é1 é"),
    ])
func mentions(_ text: String, _ expected: String) {
    let range = TimeRange(from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 3_600_000))
    var scope = VariableScope(
        range: range, zone: ZoneClock(offsetSeconds: 0, now: range.to), values: ["x": VariableValue("1")])
    scope.order = ["x"]
    scope.dashboardTitle = "D"
    scope.dashboardUID = "u"
    scope.step = StepChoice(
        range: range.length, wish: StepChoice.Wish(points: 60, minimum: .minutes(1), cadence: .seconds(15)))
    #expect(scope.replacing(text, standard: .query) == expected)
}

@Test(
    "queries of variables",
    arguments: [
        ("label_values(up, job)", VariableQuery.labelValues(selector: "up", label: "job")),
        (
            "label_values(up{a=\"x,y\", b=~\"z\"},job)",
            .labelValues(selector: "up{a=\"x,y\", b=~\"z\"}", label: "job")
        ),
        ("label_values(job)", .labelValues(selector: nil, label: "job")),
        ("label_values({}, job)", .labelValues(selector: nil, label: "job")),
        ("label_names()", .labelNames(pattern: nil)), ("label_names(node.*)", .labelNames(pattern: "node.*")),
        ("metrics(^node_)", .metrics("^node_")), ("query_result(topk(3, up))", .result("topk(3, up)")),
        ("up{a=\"b\"}", .series("up{a=\"b\"}")),
        (" label_values(up , job) ", .labelValues(selector: "up", label: "job")),
    ])
func variableQueries(_ text: String, _ query: VariableQuery) { #expect(VariableQuery(text) == query) }

private func variables(_ list: String) throws -> Dashboard {
    try dashboard("", #", "templating": {"list": [\#(list)]}"#)
}

private var jobs: SeriesStore {
    store([
        ["__name__": "up", "job": "api", "instance": "api-1:80", "env": "prod"]: [1],
        ["__name__": "up", "job": "api", "instance": "api-2:80", "env": "prod"]: [0],
        ["__name__": "up", "job": "db", "instance": "db-10:5432", "env": "test"]: [1],
        ["__name__": "up", "job": "db", "instance": "db-9:5432", "env": "test"]: [1],
    ])
}

private func state(_ dashboard: Dashboard, _ name: String, _ choices: KeyValuePairs<String, [String]> = [:])
    -> VariableState?
{
    var model = DashboardModel(dashboard)
    for (variable, values) in choices { model.choose(values, for: variable) }
    return model.variables(context(jobs)).first { $0.name == name }
}

@Test func chainedQueriesFollowTheirParents() throws {
    let file = try variables(
        #"""
        {"name": "instance", "type": "query", "query": {"query": "label_values(up{job=~\"$job\"}, instance)", "refId": "x"}, "sort": 7, "multi": true},
        {"name": "job", "type": "query", "query": "label_values(up, job)", "current": {"text": "db", "value": "db"}, "includeAll": true}
        """#)
    let instances = try #require(state(file, "instance"))
    #expect(instances.options.map(\.value) == ["db-9:5432", "db-10:5432"])
    #expect(instances.selected == ["db-9:5432"])
    let all = try #require(state(file, "instance", ["job": ["$__all"]]))
    #expect(all.options.count == 4)
}

@Test func savedChoicesThatAreGoneGiveWay() throws {
    let file = try variables(
        #"""
        {"name": "a", "type": "query", "query": "label_values(up, job)", "current": {"value": "gone"}},
        {"name": "b", "type": "query", "query": "label_values(up, job)", "current": {"value": "gone"}, "includeAll": true},
        {"name": "c", "type": "query", "query": "label_values(up, job)", "current": {"text": ["api", "gone"], "value": ["api", "gone"]}, "multi": true},
        {"name": "d", "type": "query", "query": "label_values(up, job)", "current": {"text": "All", "value": ["$__all"]}, "multi": true, "includeAll": true, "allValue": ".+"},
        {"name": "e", "type": "query", "query": "label_values(nothing, job)", "current": {"value": "kept"}}
        """#)
    #expect(state(file, "a")?.selected == ["api"])
    #expect(state(file, "b")?.isAll == true)
    #expect(state(file, "c")?.selected == ["api"])
    #expect(state(file, "d")?.text == "All")
    #expect(state(file, "e")?.selected == ["kept"])
}

@Test func patternsCutAndNameOptions() throws {
    let file = try variables(
        #"""
        {"name": "host", "type": "query", "query": "label_values(up, instance)", "regex": "/([^:]+):.*/"},
        {"name": "pair", "type": "query", "query": "query_result(up == 0)", "regex": "/instance=\"(?<text>[^\"]+)|job=\"(?<value>[^\"]+)/g"},
        {"name": "only", "type": "query", "query": "label_values(up, instance)", "regex": "/^api/"},
        {"name": "bad", "type": "query", "query": "label_values(up, instance)", "regex": "/(?=x)/"},
        {"name": "broken", "type": "query", "query": "label_values(up{, instance)"},
        {"name": "names", "type": "query", "query": "label_names()"},
        {"name": "metrics", "type": "query", "query": "metrics(^u)"}
        """#)
    #expect(state(file, "host")?.options.map(\.value) == ["api-1", "api-2", "db-10", "db-9"])
    #expect(state(file, "only")?.options.count == 2)
    #expect(state(file, "bad")?.problem != nil)
    #expect(state(file, "broken")?.problem != nil)
    #expect(state(file, "names")?.options.map(\.value) == ["__name__", "env", "instance", "job"])
    #expect(state(file, "metrics")?.options.map(\.value) == ["up"])
    #expect(state(file, "pair")?.options.isEmpty == false)
}

@Test func otherKindsOfVariables() throws {
    let file = try variables(
        #"""
        {"name": "custom", "type": "custom", "query": "a, b : 2, c\\,d", "current": {"value": "2"}},
        {"name": "text", "type": "textbox", "query": "x"},
        {"name": "constant", "type": "constant", "query": "k"},
        {"name": "interval", "type": "interval", "query": "1m,5m", "auto": true, "auto_count": 60, "auto_min": "10s", "current": {"text": "auto", "value": "$__auto_interval_interval"}},
        {"name": "ds", "type": "datasource", "query": "prometheus", "current": {"text": "Prod", "value": "uid"}},
        {"name": "logs", "type": "datasource", "query": "loki"},
        {"name": "odd", "type": "weather"}
        """#)
    #expect(state(file, "custom")?.options.map(\.value) == ["a", "2", "c,d"])
    #expect(state(file, "custom")?.text == "b")
    #expect(state(file, "text")?.selected == ["x"])
    #expect(state(file, "text", ["text": ["y"]])?.selected == ["y"])
    #expect(state(file, "constant")?.selected == ["k"])
    #expect(state(file, "interval")?.options.count == 3)
    #expect(file.notices.contains { $0.value.contains("weather") })
    #expect(file.notices.contains { $0.value.contains("loki") })
    let panels = try dashboard(
        panelJSON(#""type": "text", "options": {"mode": "markdown", "content": "$interval $ds $custom"}"#),
        #", "time": {"from": "now-1h", "to": "now"}, "templating": {"list": [{"name": "interval", "type": "interval", "query": "1m", "auto": true, "auto_count": 60, "auto_min": "10s", "current": {"value": "$__auto_interval_interval"}}, {"name": "ds", "type": "datasource", "query": "prometheus", "current": {"text": "Prod"}}]}"#
    )
    guard case .text(let view)? = firstView(panels, context(jobs))?.content else {
        Issue.record("no text")
        return
    }
    #expect(view.lines == [.paragraph("1m Prod $custom")])
}

@Test func circlesOfVariablesEnd() throws {
    let file = try variables(
        #"""
        {"name": "a", "type": "query", "query": "label_values(up{job=\"$b\"}, job)", "current": {"value": "api"}},
        {"name": "b", "type": "query", "query": "label_values(up{job=\"$a\"}, job)", "current": {"value": "api"}}
        """#)
    #expect(state(file, "a") != nil)
    #expect(state(file, "b")?.selected == ["api"])
}

@Test func allOfNoOptionsMatchesNothing() throws {
    let file = try dashboard(
        panelJSON(#""type": "stat", "targets": [{"expr": "count(up{job=~\"$x\"})", "refId": "A"}]"#),
        #", "templating": {"list": [{"name": "x", "type": "query", "query": "label_values(nothing, job)", "includeAll": true, "multi": true, "current": {"value": "$__all"}}]}"#
    )
    #expect(firstView(file, context(jobs))?.health == .noData)
}

@Test func adHocFiltersNarrowEveryQuery() throws {
    let file = try dashboard(
        panelJSON(
            #""type": "stat", "targets": [{"expr": "count(up) + 0 * count(up offset 0s)", "instant": true, "refId": "A"}]"#
        ),
        #", "templating": {"list": [{"name": "f", "type": "adhoc", "filters": [{"key": "job", "operator": "=", "value": "api"}, {"key": "instance", "operator": "=|", "values": ["api-1:80"]}]}]}"#
    )
    guard case .stat(let view)? = firstView(file, context(jobs))?.content else {
        Issue.record("no stat")
        return
    }
    #expect(view.values.map(\.value) == [1])
}
