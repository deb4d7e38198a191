import MetricModel
import PromQL
import SeriesStore

@testable import Dashboard

/// Makes up series that the queries of a dashboard select, so that its panels have something to draw.
struct SyntheticData {
    let store = SeriesStore()
    private var seen: Set<LabelSet> = []

    /// Fills the store with an hour of samples for every selector of the dashboard's variables and panels.
    mutating func fill(for dashboard: Dashboard) {
        let range = TimeRange(from: cursor - .hours(1), to: cursor)
        var values: [String: VariableValue] = [:]
        for variable in dashboard.variables {
            values[variable.name] = VariableValue(variable.kind == .interval ? "1m" : "x")
        }
        var scope = VariableScope(range: range, zone: .utc, values: values)
        scope.step = StepChoice(range: range.length, wish: .init(points: 60, cadence: .seconds(15)))
        for variable in dashboard.variables where variable.kind == .query {
            switch VariableQuery(scope.replacing(variable.query, standard: .query)) {
            case .labelValues(let selector, let label): add(selector ?? "up", also: label)
            case .result(let text): add(text)
            case .series(let text): add(text)
            default: break
            }
        }
        for panel in dashboard.panels {
            for target in panel.targets where target.source == .prometheus {
                add(scope.replacing(target.expression, standard: .query))
            }
        }
    }

    private mutating func add(_ text: String, also label: String? = nil) {
        guard let expression = try? parse(text) else { return }
        for matchers in expression.selectors { add(matchers, also: label) }
    }

    private mutating func add(_ matchers: [LabelMatcher], also label: String?) {
        let usual = ["job", "instance", "namespace", "pod", "cluster", "node", "device", "service", "app"]
        var builder = LabelSetBuilder()
        for name in usual + (label.map { [$0] } ?? []) { builder.set(name, "x") }
        for matcher in matchers {
            switch matcher.operation {
            case .equal: builder.set(matcher.name, matcher.value)
            case .matchesRegex: builder.set(matcher.name, Self.example(of: matcher))
            case .notEqual, .matchesNotRegex:
                if !matcher.matches("x") { builder.set(matcher.name, "y") }
            }
        }
        let base = builder.labels()
        let name = base.name ?? ""
        let bounds = name.hasSuffix("_bucket") && base["le"] == nil ? ["0.1", "1", "10", "+Inf"] : [nil]
        for (index, bound) in bounds.enumerated() {
            var builder = LabelSetBuilder(base)
            if let bound { builder.set("le", bound) }
            let labels = builder.labels()
            guard seen.insert(labels).inserted else { continue }
            for step in 0...240 {
                let value = Double((step + 1) * (index + 1)) + (step % 7 == 0 ? 0.5 : 0)
                _ = store.append(labels, Sample(cursor - .seconds(Int64(15 * (240 - step))), value))
            }
        }
    }

    /// A value that the matcher accepts: one of its alternatives, or any word.
    private static func example(of matcher: LabelMatcher) -> String {
        let plain = matcher.value.filter { !"()^$?".contains($0) }
        let alternatives = plain.split(separator: "|").map(String.init)
        let stripped = alternatives.map { part -> String in
            part.replacing("\\.", with: ".").replacing(".*", with: "").replacing(".+", with: "x")
        }
        return (["x"] + alternatives + stripped).first { matcher.matches($0) } ?? "x"
    }
}
