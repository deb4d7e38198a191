import Diagnostics
import DisplayText
import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

private func services() -> SeriesStore {
    store([
        ["__name__": "up", "job": "api", "instance": "a"]: [1, 1],
        ["__name__": "up", "job": "api", "instance": "b"]: [1, 1],
        ["__name__": "up", "job": "db", "instance": "c"]: [0, 0],
    ])
}

/// Each line of a layout as `key x,y w×h title`.
private func lines(_ model: inout DashboardModel, _ store: SeriesStore) -> [String] {
    model.layout(context(store)).map { item in
        let key =
            "\(item.key.id)" + (item.key.rowCopy > 0 ? "/\(item.key.rowCopy)" : "")
            + (item.key.copy > 0 ? ".\(item.key.copy)" : "")
        let place = "\(item.grid.x),\(item.grid.y) \(item.grid.width)×\(item.grid.height)"
        return "\(key) \(place) \(item.isRow ? (item.isCollapsed ? "▸ " : "▾ ") : "")\(item.title)"
    }
}

@Test func classicDashboards() throws {
    let file = try sample("classic.json")
    #expect(file.title == "Sample" && file.uid == "sample-1" && file.tags == ["sample"])
    #expect(file.refresh == .seconds(30))
    #expect(file.timeZone == "utc")
    #expect(file.range(at: cursor, offsetSeconds: 0) == TimeRange(from: cursor - .hours(3), to: cursor))
    #expect(file.annotations.map(\.name) == ["Deploys"])
    var model = DashboardModel(file)
    let placed = lines(&model, services())
    #expect(
        placed == [
            "10 0,0 24×1 ▾ Service api",
            "1 0,1 12×8 Requests of api",
            "2 0,1 12×4 Up a",
            "2.1 12,1 12×4 Up b",
            "2.2 0,5 12×4 Up c",
            "3 12,9 6×4 Notes",
            "10/1 0,13 24×1 ▾ Service db",
            "1/1 0,14 12×8 Requests of db",
            "2/1 0,14 12×4 Up a",
            "2/1.1 12,14 12×4 Up b",
            "2/1.2 0,18 12×4 Up c",
            "3/1 12,22 6×4 Notes",
            "11 0,26 24×1 ▸ More",
        ])
    let row = PanelKey(id: 10)
    model.setCollapsed(true, row: row)
    model.setCollapsed(true, row: PanelKey(id: 10, rowCopy: 1))
    model.setCollapsed(false, row: PanelKey(id: 11))
    #expect(
        lines(&model, services()) == [
            "10 0,0 24×1 ▸ Service api", "10/1 0,1 24×1 ▸ Service db", "11 0,2 24×1 ▾ More",
            "4 0,3 24×6 Logs",
            "1000000 0,9 24×6 Same id",
        ])
    model.choose(["db"], for: "job")
    #expect(lines(&model, services()).first == "10 0,0 24×1 ▸ Service db")
}

@Test func copiesAskForTheirOwnValues() throws {
    var model = DashboardModel(try sample("classic.json"))
    let size = PanelSize(columns: 40, rows: 6)
    func value(_ key: PanelKey) -> Double? {
        guard case .stat(let stat)? = model.view(of: key, size: size, context(services()))?.content else {
            return nil
        }
        return stat.values[0].value
    }
    #expect(value(PanelKey(id: 2, copy: 0)) == 1)
    #expect(value(PanelKey(id: 2, copy: 2)) == 0)
    #expect(model.view(of: PanelKey(id: 99), size: size, context(services())) == nil)
}

@Test func oldRowsAreLaidOutOnTheGrid() throws {
    var model = DashboardModel(try sample("old-rows.json"))
    #expect(
        lines(&model, services()) == [
            "1000000 0,0 24×1 ▾ First", "1 0,1 8×7 Up", "2 8,1 16×7 Rate", "3 0,8 24×7 Wide",
            "1000001 0,15 24×1 ▸ Second",
        ])
    guard
        case .stat(let stat)? = model.view(
            of: PanelKey(id: 1), size: PanelSize(columns: 20, rows: 5), context(services()))?.content
    else {
        Issue.record("no stat")
        return
    }
    #expect(stat.values[0].value == 2)
}

@Test func v2ResourcesBecomeTheSame() throws {
    let file = try sample("v2.json")
    #expect(file.title == "V2" && file.uid == "v2-sample")
    #expect(file.refresh == .minutes(1))
    var model = DashboardModel(file)
    #expect(
        lines(&model, services()) == [
            "1000000 0,0 24×1 ▾ Main", "1000001 0,1 24×1 ▾ Row", "1 0,2 12×6 One",
            "1000003 0,8 24×1 ▸ Second",
        ])
    model.choose(["db"], for: "job")
    model.setCollapsed(false, row: PanelKey(id: 1_000_003))
    #expect(
        Array(lines(&model, services()).suffix(4)) == [
            "1000002 0,8 24×1 ▾ Only db", "1000003 0,9 24×1 ▾ Second", "2 0,10 12×5 Two",
            "3 12,10 12×5 Shared",
        ])
    guard
        case .timeSeries(let graph)? = model.view(
            of: PanelKey(id: 1), size: PanelSize(columns: 100, rows: 5), context(services()))?.content
    else {
        Issue.record("no graph")
        return
    }
    #expect(graph.series.map(\.name.string) == ["c"])
    #expect(graph.step >= .minutes(1))
    guard
        case .unsupported(let reason)? = model.view(
            of: PanelKey(id: 3), size: PanelSize(columns: 9, rows: 5), context(services()))?.content
    else {
        Issue.record("a library panel is drawn")
        return
    }
    #expect(reason == "library panel `Shared panel` is not in this file")
    #expect(file.notices.contains { $0.value == "gone" })
}

@Test func whatIsNotHonouredIsNamed() throws {
    let check = DashboardCheck(try sample("classic.json"))
    #expect(
        check.lines.map(\.text) == [
            "dashboard: annotations.list[2] = Logs: not honoured, annotations of loki are not answered",
            "panel 1 \"Requests of $job\" (timeseries): panels[1].fieldConfig.defaults.custom.fillBelowTo = \"min\": not honoured",
            "panel 4 \"Logs\" (logs): panels[4].panels[0].type = logs: not honoured, logs are not drawn",
            "panel 1000000 \"Same id\" (gauge): panels[4].panels[1].transformations[0].id = spatial: not honoured",
            "panel 1000000 \"Same id\" (gauge): panels[4].panels[1].targets[0].expr = sum(up: unclosed left parenthesis, expected \")\", line 1, column 7",
        ])
    #expect(check.panelCount == 5)
    #expect(check.drawnPanelCount == 4)
    #expect(check.wholePanelCount == 2)
    #expect(check.queryCount == 3 && check.brokenQueryCount == 1)
}

@Test func checksOfOddQueries() throws {
    let file = try dashboard(
        panelJSON(
            #""type": "stat", "weird": {"a": 1}, "links": [{"url": "x"}], "targets": [{"expr": "rate(x{job=\"$nope\"}[$__interval])", "refId": "A", "future": true, "editorMode": "code"}], "options": {"showPercentChange": true, "textMode": "auto"}"#
        ))
    #expect(
        DashboardCheck(file).lines.map(\.notice.line) == [
            "panels[0].weird = {\"a\":1}: not honoured", "panels[0].targets[0].future = true: not honoured",
            "panels[0].options.showPercentChange = true: not honoured",
            "panels[0].targets[0].expr = $nope: the dashboard has no such variable",
        ])
}

@Test(
    "what is no dashboard is refused with a reason",
    arguments: [
        ("", "cannot read JSON"), ("[]", "expected a dashboard, found an array"), ("{}", "neither `panels`"),
        (#"{"type": "graph", "targets": []}"#, "single panel"), (#"{"title": }"#, "cannot read JSON"),
        ("null", "found null"),
    ])
func refusals(_ text: String, _ reason: String) {
    do throws(Problem) {
        _ = try Dashboard.read(Array(text.utf8), file: "x.json")
        Issue.record("\(text) was read")
    } catch {
        #expect(error.what.contains(reason))
        #expect(error.place?.file == "x.json")
    }
}

@Test(
    "odd files are read",
    arguments: [
        #"{"title": "x", "panels": null}"#, #"{"title": "x", "panels": [null, 1, "a", [], {}]}"#,
        #"{"panels": [{"type": 5, "gridPos": "x"}]}"#,
        #"{"panels": [{"type": "graph", "yaxes": "x", "targets": {"a": 1}, "legend": [], "seriesOverrides": [1], "thresholds": "1,2"}]}"#,
        #"{"panels": [{"type": "table", "styles": [null, {"pattern": "/(/"}], "fieldConfig": {"defaults": []}}]}"#,
        #"{"panels": [{"type": "stat", "gridPos": {"x": -5, "y": 1e300, "w": 99, "h": 0}, "fieldConfig": {"overrides": [{}, {"matcher": {"id": "byRegexp", "options": "("}, "properties": [{"id": 1}]}]}}]}"#,
        #"{"rows": [{"panels": [{"span": 1e308}, {"span": -1, "height": "px"}]}]}"#,
        #"{"templating": {"list": [{}, {"name": "a", "type": 7, "current": 3}]}, "title": ""}"#,
        #"{"spec": {"elements": {"a": 1}, "layout": {"kind": "RowsLayout", "spec": {"rows": 5}}}}"#,
        #"{"elements": {}, "layout": null}"#,
        #"{"panels": [{"type": "heatmap", "targets": [{"expr": "up", "format": "heatmap"}], "options": {"calculate": true, "calculation": {"yBuckets": {"mode": "size", "value": "1e-300"}}}}]}"#,
    ])
func oddFiles(_ text: String) throws {
    var model = DashboardModel(try Dashboard.read(Array(text.utf8)))
    for size in [
        PanelSize(columns: 0, rows: 0), PanelSize(columns: 1, rows: 1), PanelSize(columns: 200, rows: 50),
    ] {
        _ = model.views(context(services())) { _ in size }
    }
    _ = DashboardCheck(model.dashboard).lines.map(\.text)
}

@Test func extremeValuesAreDrawn() throws {
    let values = [
        0, -0.0, 1e308, -1e308, .infinity, -.infinity, .nan, 1e-307, 1, 9.3e18, -9.3e18, 1.7e9, 1e15, 2, 2, 2,
        2,
    ]
    let samples = store([
        ["__name__": "v", "job": "a", "le": "1"]: values,
        ["__name__": "v", "job": "b", "le": "+Inf"]: [1e308],
    ])
    let target =
        #""targets": [{"expr": "v", "refId": "A"}, {"expr": "v", "refId": "B", "format": "table", "instant": true}]"#
    let units = [
        "short", "s", "bytes", "dateTimeAsIso", "dateTimeFromNow", "dtdurations", "clocks", "time:x",
        "percentunit", "hex", "locale",
    ]
    for type in [
        "timeseries", "stat", "gauge", "bargauge", "table", "state-timeline", "status-history", "piechart",
        "histogram",
        "barchart", "heatmap",
    ] {
        for (index, unit) in units.enumerated() {
            let options =
                #""options": {"calculate": \#(index % 2 == 0), "bucketSize": \#(index % 3 == 0 ? "1e-300" : "0"), "reduceOptions": {"calcs": ["lastNotNull", "max", "range", "p90", "diffperc"]}}"#
            let config =
                #""fieldConfig": {"defaults": {"unit": "\#(unit)", "decimals": \#(index * 9), "color": {"mode": "continuous-GrYlRd"}}}"#
            let convert =
                #""transformations": [{"id": "convertFieldType", "options": {"conversions": [{"targetField": "Value", "destinationType": "\#(index % 2 == 0 ? "time" : "number")"}]}}]"#
            for extra in ["", "," + convert] {
                let file = try dashboard(
                    panelJSON("\"type\": \"\(type)\", \(target), \(options), \(config)\(extra)"))
                var model = DashboardModel(file)
                _ = model.views(context(samples, range: .minutes(10))) { _ in PanelSize(columns: 30, rows: 5)
                }
            }
        }
    }
}

@Test(
    "odd ranges",
    arguments: [
        ("now-99999999999y", "now"), ("9223372036854775807", "now"), ("now", "now-1h"),
        ("now+999999999w+999999999w", "now+1y"),
        ("now-999999999w", "now+999999999w"), ("-99999999999999999", "0"),
        ("0000-01-01", "9999-12-31T23:59:59Z"),
    ])
func oddRanges(_ from: String, _ to: String) throws {
    let file = try dashboard(
        panelJSON(
            #""type": "timeseries", "timeShift": "99999999999d", "targets": [{"expr": "up", "refId": "A"}]"#)
            + ","
            + panelJSON(
                #""type": "state-timeline", "timeFrom": "999999999M/M", "targets": [{"expr": "up", "refId": "A"}]"#,
                id: 2),
        #", "time": {"from": "\#(from)", "to": "\#(to)"}"#)
    var model = DashboardModel(file)
    for range in [nil, TimeRange(from: .distantPast, to: .distantFuture)] {
        var context = context(services())
        context.range = range
        _ = model.views(context) { _ in PanelSize(columns: 30, rows: 5) }
    }
}

@Test func deepLayoutsEnd() throws {
    var layout = #"{"kind": "GridLayout", "spec": {"items": []}}"#
    for _ in 0..<20 {
        layout =
            #"{"kind": "RowsLayout", "spec": {"rows": [{"kind": "RowsLayoutRow", "spec": {"layout": \#(layout)}}]}}"#
    }
    let file = try Dashboard.read(Array(#"{"elements": {}, "layout": \#(layout)}"#.utf8))
    #expect(file.notices.contains { $0.line.contains("nested more than") })
}

@Test func answersAreKeptWhileNothingChanges() throws {
    let samples = services()
    var model = DashboardModel(try sample("classic.json"))
    let size = PanelSize(columns: 60, rows: 8)
    _ = model.views(context(samples)) { _ in size }
    let first = model.evaluationCount
    #expect(first > 0)
    _ = model.views(context(samples)) { _ in size }
    #expect(model.evaluationCount == first)
    // Ten seconds on, no step has passed and no sample came: nothing is asked again.
    _ = model.views(context(samples, at: cursor + .seconds(10))) { _ in size }
    let second = model.evaluationCount
    #expect(second == first)
    // A sample of another metric changes nothing of what the graphs read; one of theirs does.
    _ = samples.append(["__name__": "other"], Sample(cursor, 1))
    _ = model.views(context(samples, at: cursor + .seconds(10))) { _ in size }
    #expect(model.evaluationCount == second)
    _ = samples.append(["__name__": "up", "job": "api", "instance": "a"], Sample(cursor + .seconds(10), 0))
    _ = model.views(context(samples, at: cursor + .seconds(10))) { _ in size }
    #expect(model.evaluationCount > second)
}

@Test func zonesOfDashboards() throws {
    var berlin = context(services())
    berlin.zoneOffset = { name, _ in name == "Europe/Berlin" ? 3600 : name == nil ? -7200 : nil }
    let named = DashboardModel(try dashboard("", #", "timezone": "Europe/Berlin""#))
    #expect(named.zoneOffsetSeconds(berlin) == 3600)
    #expect(DashboardModel(try dashboard("", #", "timezone": "browser""#)).zoneOffsetSeconds(berlin) == -7200)
    #expect(DashboardModel(try dashboard("", #", "timezone": "UTC""#)).zoneOffsetSeconds(berlin) == 0)
    #expect(
        DashboardModel(try dashboard("", #", "timezone": "Mars/Base""#)).zoneOffsetSeconds(berlin) == -7200)
}
