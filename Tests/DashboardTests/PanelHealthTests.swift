import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

@Test func oldDataIsStaleAndNotGreen() throws {
    // The series ended twenty minutes ago.
    let samples = store([["__name__": "load"]: hour()], until: cursor - .minutes(20))
    let view = try view(#""type": "stat", "targets": [{"expr": "load", "refId": "A"}]"#, samples)
    #expect(view.health == .stale(age: .minutes(20)))
    #expect(try stat(view).values[0].color == .standard)
    let instant = try instantView(samples)
    #expect(instant.health == .stale(age: .minutes(20)))
    #expect(try stat(instant).values[0].value == nil)
}

private func instantView(_ samples: SeriesStore) throws -> PanelView {
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
    let mixed = try mixedView()
    #expect(try stat(mixed).values[0].value == 1)
    #expect(!mixed.notHonoured.isEmpty)
}

private func mixedView() throws -> PanelView {
    try view(
        #""type": "stat", "datasource": {"type": "datasource", "uid": "-- Mixed --"}, "targets": [{"datasource": {"type": "loki"}, "expr": "{a=\"b\"}", "refId": "A"}, {"datasource": {"type": "prometheus", "uid": "${DS_PROM}"}, "expr": "vector(1)", "refId": "B"}]"#,
        store([:]))
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
