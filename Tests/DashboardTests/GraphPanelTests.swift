import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

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
