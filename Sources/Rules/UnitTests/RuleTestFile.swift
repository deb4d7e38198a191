import Diagnostics
import MetricModel
import PromQL
import YAML

/// A file of rule unit tests, in the format of `promtool test rules`.
package struct RuleTestFile: Sendable {
    package var name: String
    /// As written: relative to the file's folder, with globs.
    package var ruleFiles: [String]
    package var evaluationInterval: TimeSpan
    package var groupOrder: [String]
    /// Values may differ by the last bit.
    package var comparesFuzzily: Bool
    package var groups: [RuleTestGroup]

    /// Reads a test file.
    ///
    /// - Throws: the first problem, with line and column.
    package init(parsing text: String, file: String) throws(Problem) {
        let root = try YAMLField(parsing: text, file: file).object(
            "unit test file",
            fields: ["rule_files", "evaluation_interval", "group_eval_order", "fuzzy_compare", "tests"])
        name = file
        ruleFiles = try root.strings("rule_files")
        let interval = try root.durationMilliseconds("evaluation_interval") ?? 0
        evaluationInterval = interval == 0 ? .minutes(1) : TimeSpan(milliseconds: interval)
        groupOrder = try root.strings("group_eval_order")
        comparesFuzzily = try root.bool("fuzzy_compare") ?? false
        var seen: Set<String> = []
        for name in groupOrder where !seen.insert(name).inserted {
            throw Problem(
                "group name repeated in evaluation order: \(name)", at: root.keyPlace("group_eval_order"))
        }
        groups = []
        for item in try root.items("tests") {
            groups.append(try RuleTestGroup(item, defaultInterval: evaluationInterval))
        }
    }
}

/// Series and what the rules are to make of them.
package struct RuleTestGroup: Sendable {
    /// Input series as written.
    struct Input: Sendable {
        var series: String
        var values: String
        var place: SourcePlace
    }

    package struct AlertCase: Sendable {
        var time: TimeSpan
        var name: String
        var expected: [ExpectedAlert]
        var place: SourcePlace
    }

    struct ExpectedAlert: Sendable {
        var labels: [String: String]
        var annotations: [String: String]
    }

    package struct ExpressionCase: Sendable {
        var expression: String
        var time: TimeSpan
        var expected: [ExpectedSample]
        var place: SourcePlace
        /// Where the expression stands, to find places inside of it.
        var node: YAMLNode?
    }

    struct ExpectedSample: Sendable {
        /// As written.
        var labels: String
        var value: Double
        /// Whether a native histogram is expected.
        var isHistogram: Bool
    }

    package var name: String
    var interval: TimeSpan
    var start: Timestamp
    var input: [Input]
    var alertCases: [AlertCase]
    var expressionCases: [ExpressionCase]
    var externalLabels: LabelSet
    var externalURL: String
    var place: SourcePlace

    package var caseCount: Int { alertCases.count + expressionCases.count }

    init(_ field: YAMLField, defaultInterval: TimeSpan) throws(Problem) {
        let object = try field.object(
            "test group",
            fields: [
                "name", "interval", "start_timestamp", "input_series", "alert_rule_test", "promql_expr_test",
                "external_labels", "external_url",
            ])
        place = field.place
        name = try object.string("name") ?? ""
        let step = try object.durationMilliseconds("interval") ?? 0
        interval = step == 0 ? defaultInterval : TimeSpan(milliseconds: step)
        start =
            try object["start_timestamp"].map { field throws(Problem) in try Self.time(field) }
            ?? Timestamp(milliseconds: 0)
        externalURL = try object.string("external_url") ?? ""
        var builder = LabelSetBuilder()
        for label in try object.stringMap("external_labels") { builder.set(label.name, label.text) }
        externalLabels = builder.labels()
        input = []
        for item in try object.items("input_series") {
            let series = try item.object("input series", fields: ["series", "values"])
            input.append(
                Input(
                    series: try series.string("series") ?? "", values: try series.string("values") ?? "",
                    place: item.place))
        }
        alertCases = []
        for item in try object.items("alert_rule_test") { alertCases.append(try Self.alertCase(item, name)) }
        expressionCases = []
        for item in try object.items("promql_expr_test") {
            expressionCases.append(try Self.expressionCase(item))
        }
    }

    private static func alertCase(_ field: YAMLField, _ group: String) throws(Problem) -> AlertCase {
        let object = try field.object("alert test", fields: ["eval_time", "alertname", "exp_alerts"])
        let time = TimeSpan(milliseconds: try object.durationMilliseconds("eval_time") ?? 0)
        guard let name = try object.string("alertname"), !name.isEmpty else {
            throw field.problem(
                "an item under alert_rule_test misses required attribute alertname at eval_time \(time)"
                    + (group.isEmpty ? "" : " (in TestGroup \(group))"))
        }
        var expected: [ExpectedAlert] = []
        for item in try object.items("exp_alerts") {
            let alert = try item.object("expected alert", fields: ["exp_labels", "exp_annotations"])
            var labels: [String: String] = [:]
            for label in try alert.stringMap("exp_labels") { labels[label.name] = label.text }
            labels["alertname"] = name
            var annotations: [String: String] = [:]
            for annotation in try alert.stringMap("exp_annotations") {
                annotations[annotation.name] = annotation.text
            }
            expected.append(ExpectedAlert(labels: labels, annotations: annotations))
        }
        return AlertCase(time: time, name: name, expected: expected, place: field.place)
    }

    private static func expressionCase(_ field: YAMLField) throws(Problem) -> ExpressionCase {
        let object = try field.object("expression test", fields: ["expr", "eval_time", "exp_samples"])
        var expected: [ExpectedSample] = []
        for item in try object.items("exp_samples") {
            let sample = try item.object("expected sample", fields: ["labels", "value", "histogram"])
            expected.append(
                ExpectedSample(
                    labels: try sample.string("labels") ?? "", value: try sample.double("value") ?? 0,
                    isHistogram: !(try sample.string("histogram") ?? "").isEmpty))
        }
        return ExpressionCase(
            expression: try object.string("expr") ?? "",
            time: TimeSpan(milliseconds: try object.durationMilliseconds("eval_time") ?? 0),
            expected: expected,
            place: field.place, node: object["expr"]?.node)
    }

    /// RFC 3339 or seconds since the epoch.
    private static func time(_ field: YAMLField) throws(Problem) -> Timestamp {
        let text = try field.string()
        if let seconds = Double(text), seconds.isFinite { return Timestamp(seconds: seconds) }
        guard let time = GoTime(rfc3339: text) else {
            throw field.problem(
                "cannot read the time `\(text)`", fix: "write 2024-01-01T00:00:00Z or seconds since 1970")
        }
        return Timestamp(milliseconds: time.nanoseconds / 1_000_000)
    }
}
