import MetricModel
import Testing

@testable import Dashboard

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
    #expect(try statView(empty).values[0].text.joined == "N/A")
}

private func statView(_ view: PanelView) throws -> StatView { try stat(view) }

@Test func gaugesHaveAScaleOfAHundred() throws {
    let samples = store([["__name__": "v"]: [25]])
    let view = try view(
        #""type": "gauge", "targets": [{"expr": "v", "instant": true, "refId": "A"}]"#, samples)
    guard case .gauge(let gauge) = view.content else { throw Mismatch("") }
    #expect(gauge.values[0].fraction == 0.25)
    #expect(gauge.values[0].title == "")
    #expect(gauge.thresholds.map(\.fraction) == [0, 0.8])
}
