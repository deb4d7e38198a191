import Diagnostics
import JSON
import MetricModel
import SeriesStore
import Testing

@testable import Dashboard

/// A small generator with a seed, so that a failure can be repeated.
private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

private let oddValues: [JSONValue] = [
    nil, true, -1, 0, 1e308, -9_223_372_036_854_775_808, "", "x", "$job", "/(/", "1e999", "now-1h", [],
    [nil, 1, "a"], [:],
    ["mode": "x", "value": "y", "id": "byRegexp", "options": "("],
]

/// `json` with one value somewhere in it replaced.
private func mutated(_ json: JSONValue, _ random: inout Random) -> JSONValue {
    var copy = json
    let goesOn = Int.random(in: 0..<6, using: &random) > 0
    switch json.kind {
    case .object(var members) where goesOn && !members.isEmpty:
        let key = members.keys[Int.random(in: 0..<members.count, using: &random)]
        if let value = members[key] { members[key] = mutated(value, &random) }
        copy.kind = .object(members)
        return copy
    case .array(var values) where goesOn && !values.isEmpty:
        let index = Int.random(in: 0..<values.count, using: &random)
        values[index] = mutated(values[index], &random)
        copy.kind = .array(values)
        return copy
    default: return oddValues[Int.random(in: 0..<oddValues.count, using: &random)]
    }
}

private func draw(_ json: JSONValue, _ samples: SeriesStore) {
    // A refusal is an answer too.
    guard let dashboard = try? Dashboard.read(json) else { return }
    var model = DashboardModel(dashboard)
    for item in model.layout(context(samples)) where item.isRow { model.setCollapsed(false, row: item.key) }
    _ = model.views(context(samples)) { PanelSize(columns: $0.width * 3, rows: $0.height) }
    _ = model.variables(context(samples)).map(\.text)
    _ = DashboardCheck(dashboard).lines.map(\.text)
}

@Test func mutatedDashboardsAreDrawnOrRefused() throws {
    let samples = store([
        ["__name__": "up", "job": "api", "instance": "a"]: [1, .nan, 3],
        ["__name__": "requests_total", "job": "api"]: [1, 2, 3],
    ])
    var random = Random(state: 20_231_114)
    for name in fileNames("\(testFolder)/Samples", suffix: ".json") {
        let json = try JSONValue.parse(bytes("\(testFolder)/Samples/\(name)"))
        for _ in 0..<300 { draw(mutated(json, &random), samples) }
    }
}

@Test(.enabled(if: hasSharedFolder, "no dashboards of others beside the repository"))
func mutatedDashboardsOfOthers() throws {
    var random = Random(state: 4711)
    for name in fileNames(sharedFolder, suffix: ".json") {
        let json = try JSONValue.parse(bytes("\(sharedFolder)/\(name)"))
        let samples = store([["__name__": "up", "job": "x"]: [1, 2]])
        for _ in 0..<3 { draw(mutated(mutated(mutated(json, &random), &random), &random), samples) }
    }
}
