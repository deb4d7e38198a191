import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

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
    let rows = try tableView(
        #""type": "table-old", "transform": "timeseries_aggregations", "columns": [{"text": "Avg", "value": "avg"}, {"text": "Current", "value": "current"}], "styles": [], "targets": [{"expr": "v", "legendFormat": "{{job}}", "refId": "A"}]"#,
        samples)
    #expect(rows.columns.map(\.title.string) == ["Metric", "Avg", "Current"])
}

private func tableView(_ members: String, _ samples: SeriesStore) throws -> TableView {
    try table(try view(members, samples))
}
