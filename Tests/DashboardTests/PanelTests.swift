import DisplayText
import MetricModel
import Rules
import SeriesStore
import Testing

@testable import Dashboard

/// Four values a minute for an hour, counting up from `first`.
private func hour(_ first: Double = 0, by step: Double = 1) -> [Double] {
    (0..<241).map { first + step * Double($0) }
}

private let oneHour = #", "time": {"from": "now-1h", "to": "now"}"#

private func view(_ members: String, _ store: SeriesStore, _ rest: String = oneHour) throws -> PanelView {
    try #require(firstView(try dashboard(panelJSON(members), rest), context(store)))
}

private func stat(_ view: PanelView) throws -> StatView {
    guard case .stat(let stat) = view.content else { throw Mismatch("\(view.content)") }
    return stat
}

private func graph(_ view: PanelView) throws -> TimeSeriesView {
    guard case .timeSeries(let graph) = view.content else { throw Mismatch("\(view.content)") }
    return graph
}

private func table(_ view: PanelView) throws -> TableView {
    guard case .table(let table) = view.content else { throw Mismatch("\(view.content)") }
    return table
}

private struct Mismatch: Error { init(_ text: String) {} }

// MARK: Stats

@Test func statShowsLastValueWithUnitAndThreshold() throws {
    let view = try view(
        #""type": "stat", "targets": [{"expr": "load", "refId": "A"}], "fieldConfig": {"defaults": {"unit": "percentunit", "decimals": 1, "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": null}, {"color": "red", "value": 0.8}]}}}"#,
        store([["__name__": "load"]: hour(0.5, by: 0.002)]))
    let stat = try stat(view)
    #expect(stat.values.count == 1)
    #expect(stat.values[0].text.joined == "98.0%")
    #expect(stat.values[0].color == .critical)
    #expect(!stat.showsTitles)
    #expect(view.health == .fresh)
    #expect(view.notHonoured.isEmpty)
}

@Test func newestValueCountsBetweenTwoSteps() throws {
    // The cursor stands 10 s after a step of 30 s; the sample of that moment must not wait for the next step.
    let end = cursor + .seconds(10)
    let samples = store([["__name__": "load"]: hour()], until: end)
    let file = try dashboard(
        panelJSON(#""type": "stat", "targets": [{"expr": "load", "refId": "A"}]"#), oneHour)
    let stat = try stat(try #require(firstView(file, context(samples, at: end))))
    #expect(stat.values[0].value == 240)
}

@Test func mappingsAndWordsForNothing() throws {
    let mapping =
        #""mappings": [{"type": "value", "options": {"1": {"text": "up", "color": "green"}, "0": {"text": "down", "color": "red"}}}, {"type": "special", "options": {"match": "null", "result": {"text": "N/A"}}}, {"type": "range", "options": {"from": 5, "to": 9, "result": {"text": "some"}}}, {"type": "regex", "options": {"pattern": "/^1(.)$/", "result": {"text": "ten and $1"}}}]"#
    func text(_ expression: String) throws -> DisplayValue {
        let samples = store([["__name__": "v"]: [0]])
        return try stat(
            try view(
                #""type": "stat", "targets": [{"expr": "\#(expression)", "instant": true, "refId": "A"}], "fieldConfig": {"defaults": {\#(mapping)}}"#,
                samples)
        ).values[0]
    }
    #expect(try text("v").text.joined == "down")
    #expect(try text("v").color == .critical)
    #expect(try text("v + 1").text.joined == "up")
    #expect(try text("v + 7").text.joined == "some")
    #expect(try text("v + 12").text.joined == "ten and 2")
    #expect(try text("v > 1").text.joined == "N/A")
    #expect(try text("v > 1").color == .standard)
    let noValue = try view(
        #""type": "stat", "targets": [{"expr": "nothing", "refId": "A"}], "fieldConfig": {"defaults": {"noValue": "–"}}"#,
        store([:]))
    #expect(try stat(noValue).values[0].text.joined == "–")
    #expect(noValue.health == .noData)
}

@Test func severalSeriesAndCalculations() throws {
    let samples = store([["__name__": "v", "job": "a"]: hour(), ["__name__": "v", "job": "b"]: hour(10)])
    let view = try view(
        #""type": "stat", "targets": [{"expr": "v", "legendFormat": "{{job}}", "refId": "A"}], "options": {"reduceOptions": {"calcs": ["min", "max"]}, "graphMode": "area", "colorMode": "background", "textMode": "auto"}"#,
        samples)
    let stat = try stat(view)
    #expect(stat.values.map(\.title.string) == ["min a", "max a", "min b", "max b"])
    #expect(stat.values.map(\.value) == [0, 240, 10, 250])
    #expect(stat.showsTitles && stat.showsSparkline)
    #expect(stat.colorMode == .background)
    #expect(stat.values[0].sparkline.count > 50)
}

@Test func displayNamesKnowLabelsAndRows() throws {
    let samples = store([["__name__": "v", "job": "a"]: [1], ["__name__": "v", "job": "b"]: [2]])
    let byLabel = try view(
        #""type": "stat", "targets": [{"expr": "v", "refId": "A"}], "fieldConfig": {"defaults": {"displayName": "J ${__field.labels.job}"}}"#,
        samples)
    #expect(try stat(byLabel).values.map(\.title.string) == ["J a", "J b"])
    let rows = try view(
        #""type": "stat", "targets": [{"expr": "v", "format": "table", "instant": true, "refId": "A"}], "options": {"reduceOptions": {"values": true, "calcs": []}}, "fieldConfig": {"defaults": {"displayName": "R ${__data.fields.job}"}}"#,
        samples)
    #expect(try stat(rows).values.map(\.title.string) == ["R a", "R b"])
    let plain = try view(
        #""type": "bargauge", "targets": [{"expr": "v", "format": "table", "instant": true, "refId": "A"}], "options": {"reduceOptions": {"values": true, "calcs": []}}"#,
        samples)
    guard case .barGauge(let bars) = plain.content else { throw Mismatch("") }
    #expect(bars.values.map(\.title.string) == ["v a", "v b"])
}

// MARK: Health

@Test func oldDataIsStaleAndNotGreen() throws {
    // The series ended twenty minutes ago.
    let samples = store([["__name__": "load"]: hour()], until: cursor - .minutes(20))
    let view = try view(#""type": "stat", "targets": [{"expr": "load", "refId": "A"}]"#, samples)
    #expect(view.health == .stale(age: .minutes(20)))
    #expect(try stat(view).values[0].color == .standard)
    let instant = try view_(instant: samples)
    #expect(instant.health == .stale(age: .minutes(20)))
    #expect(try stat(instant).values[0].value == nil)
}

private func view_(instant samples: SeriesStore) throws -> PanelView {
    try view(#""type": "stat", "targets": [{"expr": "load", "instant": true, "refId": "A"}]"#, samples)
}

@Test func someEndedSeriesArePartial() throws {
    let samples = store([["__name__": "v", "job": "a"]: hour()])
    for (index, value) in hour().enumerated() {
        _ = samples.append(
            ["__name__": "v", "job": "b"],
            Sample(cursor - .minutes(14) - .seconds(Int64(15 * (240 - index))), value))
    }
    let view = try view(
        #""type": "stat", "targets": [{"expr": "v", "legendFormat": "{{job}}", "refId": "A"}]"#, samples)
    #expect(view.health == .partial("1 of 2 series have ended, the oldest for 9m"))
    #expect(try stat(view).values.map(\.color) == [.critical, .standard])
}

@Test func aQueryThatFiltersAllAwayIsNoData() throws {
    let view = try view(
        #""type": "stat", "targets": [{"expr": "load > 1000", "refId": "A"}]"#,
        store([["__name__": "load"]: hour()]))
    #expect(view.health == .noData)
}

@Test func brokenQueriesSayWhatIsWrong() throws {
    let samples = store([["__name__": "load"]: hour()])
    let one = try view(#""type": "stat", "targets": [{"expr": "sum(load", "refId": "A"}]"#, samples)
    guard case .error(let text) = one.health else { throw Mismatch("") }
    #expect(text.string.hasPrefix("PromQL: "))
    let two = try view(
        #""type": "stat", "targets": [{"expr": "sum(load", "refId": "A"}, {"expr": "load", "refId": "B"}]"#,
        samples)
    guard case .partial(let words) = two.health else { throw Mismatch("") }
    #expect(words.string.hasPrefix("query A: PromQL: "))
    #expect(try stat(two).values.count == 1)
}

@Test func otherDataSourcesAreNamed() throws {
    let view = try view(
        #""type": "timeseries", "datasource": {"type": "influxdb", "uid": "x"}, "targets": [{"query": "SELECT 1", "refId": "A"}]"#,
        store([:]))
    guard case .unsupported(let reason) = view.content else { throw Mismatch("") }
    #expect(reason == "not this data source: influxdb")
    let mixed = try view_mixed()
    #expect(try stat(mixed).values[0].value == 1)
    #expect(!mixed.notHonoured.isEmpty)
}

private func view_mixed() throws -> PanelView {
    try view(
        #""type": "stat", "datasource": {"type": "datasource", "uid": "-- Mixed --"}, "targets": [{"datasource": {"type": "loki"}, "expr": "{a=\"b\"}", "refId": "A"}, {"datasource": {"type": "prometheus", "uid": "${DS_PROM}"}, "expr": "vector(1)", "refId": "B"}]"#,
        store([:]))
}

// MARK: Graphs

@Test func graphsStandOnTheGrid() throws {
    let view = try view(
        #""type": "timeseries", "targets": [{"expr": "v", "legendFormat": "{{job}} now", "refId": "A"}], "options": {"legend": {"displayMode": "table", "placement": "right", "calcs": ["mean", "lastNotNull"], "showLegend": true}}, "fieldConfig": {"defaults": {"unit": "short", "custom": {"fillOpacity": 10, "stacking": {"mode": "normal", "group": "A"}, "axisLabel": "V", "axisSoftMin": 0, "thresholdsStyle": {"mode": "line"}}, "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": null}, {"color": "red", "value": 80}]}}}"#,
        store([
            ["__name__": "v", "job": "a"]: hour(), ["__name__": "v", "job": "b"]: Array(hour().suffix(120)),
        ]))
    let graph = try graph(view)
    #expect(graph.step == .seconds(30))
    // An hour of steps, and room for those that come before the window moves on.
    #expect(graph.count == 124)
    #expect(graph.start <= cursor - .hours(1) && graph.start > cursor - .hours(1) - .seconds(120))
    #expect(graph.series.map(\.name.string) == ["a now", "b now"])
    #expect(graph.series[0].values.count == 124)
    #expect(graph.series[0].values.compactMap { $0 }.last == 240)
    let newest = Int((cursor - graph.start).milliseconds / 30_000)
    #expect(graph.series[0].values.lastIndex { $0 != nil } == newest)
    // The second began later: what was before is a gap.
    #expect(graph.series[1].values[0] == nil)
    #expect(graph.series[0].fill)
    #expect(graph.stacking == .normal)
    #expect(graph.left.label == "V")
    #expect(graph.left.softMin == 0)
    #expect(graph.thresholdLines == [ThresholdStep(value: 80, color: .critical)])
    #expect(graph.legend == .right && graph.legendIsTable)
    #expect(graph.series[0].legend.map(\.name.string) == ["Mean", "Last *"])
    #expect(graph.series[0].legend[1].value.joined == "240")
    #expect(graph.left.format(1500, nil).joined == "1.50 K")
}

@Test func overridesReachSingleSeries() throws {
    let view = try view(
        #"""
        "type": "timeseries", "targets": [{"expr": "v", "legendFormat": "{{job}}", "refId": "A"}, {"expr": "v * 2", "legendFormat": "double {{job}}", "refId": "B"}],
        "fieldConfig": {"defaults": {"unit": "bytes"}, "overrides": [
          {"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": "#112233"}}, {"id": "custom.transform", "value": "negative-Y"}, {"id": "displayName", "value": "first"}]},
          {"matcher": {"id": "byRegexp", "options": "/^double.*/"}, "properties": [{"id": "unit", "value": "s"}, {"id": "custom.lineStyle", "value": {"fill": "dash"}}, {"id": "custom.drawStyle", "value": "bars"}]},
          {"matcher": {"id": "byFrameRefID", "options": "B"}, "properties": [{"id": "custom.fillOpacity", "value": 20}]},
          {"matcher": {"id": "byValue", "options": {"reducer": "max", "op": "gt", "value": 400}}, "properties": [{"id": "custom.hideFrom", "value": {"legend": true, "viz": false}}]}
        ]}
        """#,
        store([["__name__": "v", "job": "a"]: hour()]))
    let graph = try graph(view)
    #expect(graph.series.map(\.name.string) == ["first", "double a"])
    #expect(graph.series[0].color == .rgb(0x112233))
    #expect(graph.series[0].values.compactMap { $0 }.last == -240)
    #expect(graph.series[1].usesRightAxis)
    #expect(graph.series[1].isDashed && graph.series[1].style == .bars && graph.series[1].fill)
    #expect(!graph.series[1].isInLegend)
    #expect(graph.right?.format(60, nil).joined == "1 min")
    #expect(view.notHonoured.isEmpty)
}

@Test func gapsAreBridgedOnlyAsFarAsAsked() throws {
    let samples = SeriesStore()
    for minute in 0...60 where !(20..<40).contains(minute) {
        _ = samples.append(["__name__": "v"], Sample(cursor - .minutes(Int64(60 - minute)), Double(minute)))
    }
    func values(_ span: String) throws -> [Double?] {
        try graph(
            try view(
                #""type": "timeseries", "interval": "1m", "targets": [{"expr": "v", "refId": "A"}], "fieldConfig": {"defaults": {"custom": {"spanNulls": \#(span)}}}"#,
                samples)
        ).series[0].values
    }
    let plain = try values("false")
    #expect(plain[30] == nil)
    #expect(try values("3600000")[30] != nil)
    #expect(try values("60000")[30] == nil)
    let connected = try graph(
        try view(
            #""type": "timeseries", "targets": [{"expr": "v", "refId": "A"}], "fieldConfig": {"defaults": {"custom": {"spanNulls": true}}}"#,
            samples))
    #expect(connected.series[0].connectsNulls)
}

@Test func rateIntervalsFollowWhatSeriesDeclare() throws {
    let samples = SeriesStore()
    for step in 0...24 {
        _ = samples.append(
            ["__name__": "runs_total"], Sample(cursor - .minutes(Int64(5 * (24 - step))), Double(step * 300)),
            interval: .minutes(5))
    }
    let view = try view(
        #""type": "timeseries", "targets": [{"expr": "rate(runs_total[$__rate_interval])", "refId": "A"}]"#,
        samples)
    let graph = try graph(view)
    #expect(graph.series.count == 1)
    #expect(graph.series[0].values.compactMap { $0 }.last == 1)
}

@Test func rateIntervalsFollowWhatSamplesShow() throws {
    let samples = SeriesStore()
    for step in 0...60 {
        // A source that is read once a minute, a little late each time, and says nothing about it.
        let time = cursor - .minutes(Int64(60 - step)) - TimeSpan(milliseconds: Int64(step % 3) * 7)
        _ = samples.append(["__name__": "runs_total"], Sample(time, Double(step * 60)))
    }
    let members =
        #""type": "timeseries", "targets": [{"expr": "rate(runs_total[$__rate_interval])", "refId": "A"}]"#
    let file = try dashboard(panelJSON(members), #", "time": {"from": "now-15m", "to": "now"}"#)
    let graph = try graph(try #require(firstView(file, context(samples))))
    let present = graph.series.first?.values.compactMap { $0 } ?? []
    #expect(present.count == graph.count)
    #expect(present.allSatisfy { ($0 - 1).magnitude < 0.01 })
}

@Test func oldGraphsBecomeNewOnes() throws {
    let view = try view(
        #"""
        "type": "graph", "lines": true, "fill": 1, "linewidth": 2, "stack": true, "nullPointMode": "connected", "decimals": 1,
        "targets": [{"expr": "v", "legendFormat": "{{job}}", "intervalFactor": 2, "refId": "A", "step": 60}],
        "yaxes": [{"format": "bytes", "label": "L", "logBase": 10, "min": "0", "max": null, "show": true}, {"format": "percent", "show": true, "max": 100}],
        "xaxis": {"mode": "time", "show": true}, "legend": {"show": true, "values": true, "current": true, "avg": true, "alignAsTable": true, "rightSide": true, "sort": "current", "sortDesc": true},
        "aliasColors": {"a": "#ff0000"}, "seriesOverrides": [{"alias": "/b/", "yaxis": 2, "lines": false, "bars": true, "stack": false, "dashes": true}],
        "thresholds": [{"value": 5, "op": "gt", "colorMode": "warning", "line": true, "fill": true}], "tooltip": {"shared": true}
        """#,
        store([["__name__": "v", "job": "a"]: hour(), ["__name__": "v", "job": "b"]: hour(5)]))
    let graph = try graph(view)
    #expect(graph.step == .minutes(2))
    #expect(graph.stacking == .normal)
    #expect(graph.series.count == 2)
    #expect(graph.series[0].connectsNulls && graph.series[0].fill)
    #expect(graph.series[0].color == .rgb(0xff0000))
    #expect(graph.series[1].usesRightAxis && graph.series[1].style == .bars && graph.series[1].isDashed)
    #expect(graph.series[1].stackGroup == nil)
    #expect(graph.left.isLogarithmic && graph.left.min == 0)
    #expect(graph.right?.max == 100)
    #expect(graph.thresholdLines == [ThresholdStep(value: 5, color: .warning)])
    #expect(graph.legend == .right && graph.legendIsTable)
    #expect(graph.series[0].legend.map(\.name.string) == ["Mean", "Last *"])
    #expect(view.notHonoured.isEmpty, "\(view.notHonoured)")
}

@Test func oldSingleStats() throws {
    let samples = store([["__name__": "v"]: hour()])
    let plain = try view(
        #""type": "singlestat", "format": "short", "valueName": "avg", "prefix": "~", "postfix": " req", "colorValue": true, "colors": ["green", "rgba(237, 129, 40, 0.89)", "red"], "thresholds": "50,200", "sparkline": {"show": true}, "gauge": {"show": false}, "mappingType": 1, "valueMaps": [{"op": "=", "text": "N/A", "value": "null"}], "targets": [{"expr": "v", "refId": "A"}]"#,
        samples)
    let stat = try stat(plain)
    #expect(stat.values[0].text.joined == "~120 req")
    #expect(stat.values[0].color == .warning)
    #expect(stat.showsSparkline)
    #expect(plain.notHonoured.isEmpty, "\(plain.notHonoured)")
    let gauge = try view(
        #""type": "singlestat", "format": "percent", "gauge": {"show": true, "minValue": 0, "maxValue": 480}, "colors": ["green", "orange", "red"], "thresholds": "100,200", "valueName": "current", "targets": [{"expr": "v", "refId": "A"}]"#,
        samples)
    guard case .gauge(let shown) = gauge.content else { throw Mismatch("") }
    #expect(shown.values[0].fraction == 0.5)
    #expect(shown.values[0].color == .critical)
    #expect(shown.thresholds.count == 3)
    let empty = try view(
        #""type": "singlestat", "format": "none", "valueMaps": [{"op": "=", "text": "N/A", "value": "null"}], "targets": [{"expr": "none", "refId": "A"}]"#,
        samples)
    #expect(try stat_(empty).values[0].text.joined == "N/A")
}

private func stat_(_ view: PanelView) throws -> StatView { try stat(view) }

@Test func gaugesHaveAScaleOfAHundred() throws {
    let samples = store([["__name__": "v"]: [25]])
    let view = try view(
        #""type": "gauge", "targets": [{"expr": "v", "instant": true, "refId": "A"}]"#, samples)
    guard case .gauge(let gauge) = view.content else { throw Mismatch("") }
    #expect(gauge.values[0].fraction == 0.25)
    #expect(gauge.values[0].title == "")
    #expect(gauge.thresholds.map(\.fraction) == [0, 0.8])
}

// MARK: Tables

@Test func tablesMergeOrganizeSortAndFoot() throws {
    let samples = store([
        ["__name__": "up", "job": "a", "ns": "x"]: [1], ["__name__": "up", "job": "b", "ns": "x"]: [0],
        ["__name__": "mem", "job": "a", "ns": "x"]: [2048],
        ["__name__": "mem", "job": "b", "ns": "x"]: [4096],
    ])
    let view = try view(
        #"""
        "type": "table", "targets": [{"expr": "up", "format": "table", "instant": true, "refId": "A"}, {"expr": "sum by (job) (mem)", "format": "table", "instant": true, "refId": "B"}],
        "transformations": [{"id": "merge", "options": {}}, {"id": "organize", "options": {"excludeByName": {"Time": true, "__name__": true}, "renameByName": {"Value #A": "Up", "Value #B": "Memory"}}}],
        "options": {"showHeader": true, "sortBy": [{"displayName": "Memory", "desc": true}], "footer": {"show": true, "reducer": ["sum"], "fields": ["Memory"]}},
        "fieldConfig": {"defaults": {"custom": {"align": "auto", "cellOptions": {"type": "auto"}}}, "overrides": [
          {"matcher": {"id": "byName", "options": "Memory"}, "properties": [{"id": "unit", "value": "bytes"}, {"id": "custom.cellOptions", "value": {"type": "gauge"}}, {"id": "custom.width", "value": 160}]},
          {"matcher": {"id": "byName", "options": "Up"}, "properties": [{"id": "mappings", "value": [{"type": "value", "options": {"0": {"text": "down", "color": "red"}}}]}, {"id": "custom.cellOptions", "value": {"type": "color-background"}}]},
          {"matcher": {"id": "byName", "options": "ns"}, "properties": [{"id": "custom.hidden", "value": true}]}
        ]}
        """#, samples)
    let table = try table(view)
    #expect(table.columns.map(\.title.string) == ["job", "Up", "Memory"])
    #expect(table.columns[2].width == 20)
    #expect(table.columns[2].alignment == .right)
    #expect(table.rows.map { $0.map(\.text.string) } == [["b", "down", "4 KiB"], ["a", "1", "2 KiB"]])
    #expect(table.rows[0][1].color == .critical)
    #expect(table.footer?.map(\.text.string) == ["Total", "", "6 KiB"])
    #expect(view.health == .fresh)
}

@Test func tablesOfOneQueryAndSparklines() throws {
    let samples = store([["__name__": "v", "job": "a"]: hour(), ["__name__": "v", "job": "b"]: hour(3)])
    let plain = try table(
        try view(
            #""type": "table", "targets": [{"expr": "v", "format": "table", "instant": true, "refId": "A"}]"#,
            samples))
    #expect(plain.columns.map(\.title.string) == ["Time", "__name__", "job", "Value"])
    #expect(plain.rows.count == 2)
    let trend = try table(
        try view(
            #""type": "table", "targets": [{"expr": "v", "refId": "A"}], "transformations": [{"id": "timeSeriesTable", "options": {}}]"#,
            samples))
    guard case .sparkline(let points) = trend.rows[0][2].look else { throw Mismatch("") }
    #expect(points.count == 121)
    #expect(trend.rows[0][2].number == 240)
}

@Test func alertStatesInTablesAreStates() throws {
    let samples = store([["__name__": "ALERTS", "alertname": "A", "alertstate": "firing"]: [1]])
    let table = try table(
        try view(
            #""type": "table", "targets": [{"expr": "ALERTS", "format": "table", "instant": true, "refId": "A"}]"#,
            samples))
    guard case .state(.firing) = table.rows[0][3].look else { throw Mismatch("") }
}

@Test func oldTablesWithStyles() throws {
    let samples = store([["__name__": "v", "job": "a"]: [1500], ["__name__": "v", "job": "b"]: [20]])
    let view = try view(
        #"""
        "type": "table-old", "transform": "table", "showHeader": true, "sort": {"col": 3, "desc": false}, "columns": [],
        "styles": [{"pattern": "Time", "type": "hidden"}, {"pattern": "__name__", "type": "hidden", "alias": ""}, {"pattern": "Value", "type": "number", "alias": "Size", "unit": "short", "decimals": 1, "colorMode": "cell", "colors": ["green", "orange", "red"], "thresholds": ["100", "1000"]}, {"pattern": "/.*/", "type": "string"}],
        "targets": [{"expr": "v", "format": "table", "instant": true, "refId": "A"}]
        """#, samples)
    let table = try table(view)
    #expect(table.columns.map(\.title.string) == ["job", "Size"])
    #expect(table.rows.map { $0.map(\.text.string) } == [["b", "20.0"], ["a", "1.5 K"]])
    #expect(table.rows.map { $0[1].color } == [.ok, .critical])
    let rows = try table_(
        #""type": "table-old", "transform": "timeseries_aggregations", "columns": [{"text": "Avg", "value": "avg"}, {"text": "Current", "value": "current"}], "styles": [], "targets": [{"expr": "v", "legendFormat": "{{job}}", "refId": "A"}]"#,
        samples)
    #expect(rows.columns.map(\.title.string) == ["Metric", "Avg", "Current"])
}

private func table_(_ members: String, _ samples: SeriesStore) throws -> TableView {
    try table(try view(members, samples))
}

// MARK: Others

@Test func stateTimelinesMergeEqualNeighbours() throws {
    let samples = SeriesStore()
    for minute in 0...60 where minute != 30 {
        _ = samples.append(
            ["__name__": "up", "job": "a"],
            Sample(cursor - .minutes(Int64(60 - minute)), minute < 20 ? 1 : minute < 40 ? 0 : 1))
    }
    let view = try view(
        #""type": "state-timeline", "interval": "1m", "targets": [{"expr": "up", "legendFormat": "{{job}}", "refId": "A"}], "options": {"mergeValues": true, "showValue": "auto", "legend": {"displayMode": "list", "placement": "bottom"}}, "fieldConfig": {"defaults": {"mappings": [{"type": "value", "options": {"0": {"text": "down", "color": "red"}, "1": {"text": "up", "color": "green"}}}]}}"#,
        samples)
    guard case .stateTimeline(let timeline) = view.content else { throw Mismatch("") }
    #expect(timeline.bands.count == 1)
    #expect(timeline.bands[0].spans.map(\.text.string) == ["up", "down", "up"])
    #expect(timeline.bands[0].spans[0].from == cursor - .hours(1))
    #expect(timeline.bands[0].spans[1].color == .critical)
    #expect(timeline.legend.map(\.text.string) == ["down", "up"])
}

@Test func heatmapsTakeBucketsApart() throws {
    func bucket(_ le: String, _ rate: Double) -> (LabelSet, [Double]) {
        (["__name__": "b_bucket", "le": le], hour(0, by: rate))
    }
    let samples = SeriesStore()
    for (labels, values) in [bucket("+Inf", 15), bucket("0.5", 5), bucket("10", 12)] {
        for (index, value) in values.enumerated() {
            _ = samples.append(labels, Sample(cursor - .seconds(Int64(15 * (240 - index))), value))
        }
    }
    let view = try view(
        #""type": "heatmap", "targets": [{"expr": "sum by (le) (increase(b_bucket[1m]))", "format": "heatmap", "legendFormat": "{{le}}", "refId": "A"}], "options": {"calculate": false, "yAxis": {"unit": "s"}}"#,
        samples)
    guard case .heatmap(let heatmap) = view.content else { throw Mismatch("") }
    #expect(heatmap.rows.map(\.string) == ["500 ms", "10 s", "+Inf"])
    let last = heatmap.values.map { $0.last.flatMap { $0 }.map { $0.rounded() } }
    #expect(last == [20, 28, 12])
    let old = try self_(samples)
    #expect(old.values.count > 1)
}

private func self_(_ samples: SeriesStore) throws -> HeatmapView {
    let view = try view(
        #""type": "heatmap", "dataFormat": "timeseries", "yAxis": {"format": "short"}, "yBucketNumber": 4, "targets": [{"expr": "b_bucket", "refId": "A"}]"#,
        samples)
    guard case .heatmap(let heatmap) = view.content else { throw Mismatch("") }
    return heatmap
}

@Test func piesHistogramsAndBarCharts() throws {
    let samples = store([["__name__": "v", "job": "a"]: [1], ["__name__": "v", "job": "b"]: [3]])
    let pie = try view(
        #""type": "piechart", "targets": [{"expr": "v", "legendFormat": "{{job}}", "refId": "A"}], "options": {"reduceOptions": {"calcs": ["lastNotNull"]}}"#,
        samples)
    guard case .pieChart(let slices) = pie.content else { throw Mismatch("") }
    #expect(slices.slices.map(\.title.string) == ["a", "b"])
    #expect(slices.slices.map(\.color) == [.palette(0), .palette(1)])
    let histogram = try view(
        #""type": "histogram", "targets": [{"expr": "v", "instant": true, "refId": "A"}], "options": {"bucketSize": 2, "combine": true}"#,
        samples)
    guard case .histogram(let bars) = histogram.content else { throw Mismatch("") }
    #expect(bars.bars.map(\.count) == [1, 1])
    let chart = try view(
        #""type": "barchart", "targets": [{"expr": "v", "format": "table", "instant": true, "refId": "A"}], "options": {"xField": "job", "orientation": "horizontal"}"#,
        samples)
    guard case .barGauge(let gauge) = chart.content else { throw Mismatch("") }
    #expect(gauge.values.map(\.title.string) == ["a", "b"])
    #expect(gauge.isHorizontal)
}

@Test(
    "texts",
    arguments: [
        (
            "markdown",
            "# Title\n\nSome **bold** `code` and [a link](http://x).\n- one\n- two_words_here\n1. first\n```\nraw *x*\n```"
        ),
        (
            "html",
            "<h1>Title</h1><p>Some <b>bold</b> code and <a href=\"x\">a link</a>.</p><ul><li>one</li><li>two_words_here</li><li>1. first</li></ul><pre>raw *x*</pre><script>evil()</script>"
        ),
    ])
func texts(_ mode: String, _ content: String) {
    let options = TextOptions(mode: mode == "html" ? .html : .markdown, content: content)
    let scope = VariableScope(range: TimeRange(from: cursor, to: cursor), zone: .utc, values: [:])
    let lines = TextBuilder.build(options, scope: scope).lines.filter { $0 != .blank }
    #expect(
        lines == [
            .heading("Title"), .paragraph("Some bold code and a link."), .item("one"),
            .item("two_words_here"), .item("1. first"), .code("raw *x*"),
        ])
}

@Test func panelsCanTakeTheDataOfOthers() throws {
    let samples = store([["__name__": "v"]: [5]])
    let file = try dashboard(
        panelJSON(#""type": "timeseries", "targets": [{"expr": "v", "refId": "A"}]"#, id: 7) + ","
            + panelJSON(
                #""type": "stat", "datasource": {"type": "datasource", "uid": "-- Dashboard --"}, "targets": [{"panelId": 7, "refId": "A"}]"#,
                id: 8) + ","
            + panelJSON(
                #""type": "stat", "datasource": {"uid": "-- Dashboard --"}, "targets": [{"panelId": 9, "refId": "A"}]"#,
                id: 9))
    var model = DashboardModel(file)
    let size = PanelSize(columns: 40, rows: 5)
    let view = model.view(of: PanelKey(id: 8), size: size, context(samples))
    #expect(try stat(#require(view)).values[0].value == 5)
    let own = model.view(of: PanelKey(id: 9), size: size, context(samples))
    guard case .error? = own?.health else { throw Mismatch("") }
}

@Test func ownRangesAndShifts() throws {
    let file = try dashboard(
        panelJSON(
            #""type": "timeseries", "timeFrom": "2h", "timeShift": "1h", "targets": [{"expr": "v", "refId": "A"}]"#
        ), oneHour)
    let graph = try graph(try #require(firstView(file, context(store([["__name__": "v"]: hour()])))))
    let stride = TimeSpan(milliseconds: graph.step.milliseconds * 4)
    #expect(graph.start <= cursor - .hours(3) && graph.start > cursor - .hours(3) - stride)
    let end = graph.start + TimeSpan(milliseconds: graph.step.milliseconds * Int64(graph.count - 1))
    #expect(end >= cursor - .hours(1) && end < cursor - .hours(1) + stride)
}

// MARK: Alerts

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
    #expect(unread == ["E", "C", "A", "B"])
}
