import Diagnostics
import Glibc
import JSON
import MetricModel
import PromQL
import Testing

@testable import Rules

/// What promtool 2.42 said of one shared file.
struct SharedVerdict: Sendable, CustomTestStringConvertible {
    var file: String
    var passes: Bool
    var ruleCount: Int
    var testDescription: String { file }

    /// - Parameter section: `rules` or `tests` of `promtool.json`.
    static func read(_ section: String) -> [SharedVerdict] {
        guard let folder = sharedRules, let text = readFile(folder + "/promtool.json"),
            let json = try? JSONValue.parse(text), let entries = json[section]?.object
        else { return [] }
        return entries.map { file, verdict in
            SharedVerdict(
                file: file, passes: verdict["promtool_2_42"]?.string == "pass",
                ruleCount: verdict["rules"]?.number.map { Int($0) } ?? 0)
        }
    }
}

private func load(_ file: String) -> Result<RuleFile, RuleFile.Refusal> {
    let folder = sharedRules ?? ""
    let text = readFile("\(folder)/\(file)") ?? ""
    do {
        return .success(try RuleFile.parse(text: text, file: file))
    } catch {
        return .failure(error)
    }
}

@Suite(.enabled(if: sharedRules != nil, "skipped: the shared rule files are not beside the repository"))
struct SharedRuleFilesTests {
    @Test("rule files that promtool accepts load", arguments: SharedVerdict.read("rules").filter(\.passes))
    func accepted(_ verdict: SharedVerdict) {
        switch load(verdict.file) {
        case .success(let file): #expect(file.ruleCount == verdict.ruleCount)
        case .failure(let refusal): Issue.record("\(refusal.problems)")
        }
    }

    /// Why each refused file is refused: the line and the beginning of the first reason.
    static let reasons: [String: (line: Int, what: String)] = [
        "drdroid-templates/config.yaml": (5, "field prometheus not found in type rule file"),
        "promtool-testdata/features.yml": (
            6,
            "group \"features\", rule 1, \"promql-experimental-functions\": could not parse expression: function "
                + "\"sort_by_label\""
        ),
        "promtool-testdata/rules-bad.yml": (
            12,
            "group \"alerts\", rule 1, \"InstanceDown\": annotation \"summary\": template: __alert_InstanceDown:1: "
                + "undefined variable \"$label\""
        ),
        "promtool-testdata/rules_extrafields.yml": (
            7, "groups[0]: field namespace not found in type rule group"
        ),
        "sloth/victoria-metrics.yml": (
            11,
            "group \"sloth-slo-sli-recordings-foo-bar-grpc-latency-percentile-90\", rule 1, "
                + "\"slo:sli_error:ratio_rate5m\": could not parse expression: unknown function with name "
        ),
        "thanos/rulesfile_invalid-unknown-field.yaml": (
            3, "groups[0]: field partial_response_strategy not found in type rule group"
        ),
        "thanos/rulesfile_invalid-yaml-format.yaml": (3, "cannot read YAML: could not find expected ':'"),
        "thanos/rulesfile_valid.yaml": (
            3, "groups[0]: field partial_response_strategy not found in type rule group"
        ),
        "thanos/rulesfile_valid_1.yaml": (
            3, "groups[0]: field partial_response_strategy not found in type rule group"
        ),
        "thanos/rulesfile_valid_2.yaml": (
            3, "groups[0]: field partial_response_strategy not found in type rule group"
        ),
    ]

    @Test(
        "rule files that promtool refuses are refused with file, line and reason",
        arguments: SharedVerdict.read("rules").filter { !$0.passes })
    func refused(_ verdict: SharedVerdict) {
        guard case .failure(let refusal) = load(verdict.file) else {
            Issue.record("\(verdict.file) was accepted")
            return
        }
        let first = refusal.problems.first
        let reason = Self.reasons[verdict.file]
        #expect(first?.place?.file == verdict.file)
        #expect(first?.place?.line == reason?.line)
        #expect(first?.what.hasPrefix(reason?.what ?? "a reason is missing") == true, "\(refusal.problems)")
    }
}
