import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

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
    let old = try oldHeatmap(samples)
    #expect(old.values.count > 1)
}

private func oldHeatmap(_ samples: SeriesStore) throws -> HeatmapView {
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
