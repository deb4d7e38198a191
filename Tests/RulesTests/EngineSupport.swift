import MetricModel
import PromQL

@testable import Rules

/// Series in memory that an engine reads and writes.
final class MemorySource: SeriesSource {
    private(set) var series = LoadedSeries()

    func append(_ labels: LabelSet, _ seconds: Double, _ value: Double) {
        series.append(labels, Timestamp(seconds: seconds), value)
    }

    func append(_ outputs: [RuleOutput]) {
        for output in outputs { series.append(output.labels, output.sample.timestamp, output.sample.value) }
    }

    func select(_ matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [SelectedSeries] {
        series.select(matchers, after: after, through: through)
    }

    func read(
        _ selected: SelectedSeries, after: Timestamp, through: Timestamp, into buffer: inout SampleBuffer
    ) {
        series.read(selected, after: after, through: through, into: &buffer)
    }

    func changeCount(_ matchers: [LabelMatcher]) -> UInt64 { series.changeCount(matchers) }

    /// The value of a query, as `{labels} value` a line.
    func ask(_ query: String, at seconds: Double) throws -> [String] {
        let result = try Evaluator().instant(try parse(query), at: Timestamp(seconds: seconds), in: self)
        guard case .vector(let elements) = result.value else { return [] }
        return elements.map { "\($0.labels) \($0.value)" }.sorted()
    }
}

/// Rules of one group with an interval of a minute, as YAML list items.
func engine(
    _ rules: String, group: String = "interval: 1m", options: RuleEngineOptions = RuleEngineOptions()
) throws -> RuleEngine {
    var engine = RuleEngine(options: options)
    try engine.load([(name: "r.yml", text: ruleText(rules, group: group))])
    return engine
}

func ruleText(_ rules: String, group: String = "interval: 1m") -> String {
    let indented = rules.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    return "groups:\n- name: g\n  \(group)\n  rules:\n\(indented)\n"
}

/// `firing`, or `-` for what is normal, of the alert with these labels.
func state(_ engine: inout RuleEngine, _ name: String) -> String {
    let alerts = engine.alerts().filter { $0.name == name }
    return alerts.isEmpty ? "-" : alerts.map(\.state.rawValue).joined(separator: ",")
}

func text(_ transition: AlertTransition) -> String {
    "\(Int(transition.time.seconds)) \(transition.name) \(transition.from.rawValue)->\(transition.to.rawValue)"
}
