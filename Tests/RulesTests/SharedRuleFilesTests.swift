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

/// Files that promtool 2.42 passes and Prometheus 3, whose answers are given here, does not.
private let olderWindows: [String: Int] = [
    // Three alerts at 15m need a sample of 10m: exactly the lookback of five minutes, whose far edge no longer belongs to
    // it in 3.x.
    "konflux-o11y/node_alerts_test.yaml": 3
]

/// What promtool 2.42 fails: how many cases fail here and the beginning of the first failure.
private let failures: [String: (passed: Int, failed: Int, text: String)] = [
    // Newer syntax (`fuzzy_compare`, `start_timestamp`, a default for `interval`), which promtool 3 reads.
    "govuk/integration__database_backups_and_syncs_integration_only_alerts_tests.yaml": (13, 0, ""),
    "govuk/production__database_backups_and_syncs_production_only_alerts_tests.yaml": (5, 0, ""),
    "govuk/staging__database_backups_and_syncs_staging_only_alerts_tests.yaml": (24, 0, ""),
    "promtool-testdata/no-test-group-interval.yml": (2, 0, ""),
    "promtool-testdata/start-time-test.yml": (9, 0, ""),
    // Windows open on the left, as in 3.x.
    "govuk/publishing_api_tests.yaml": (2, 0, ""),
    "kubernetes-mixin/tests.yaml": (126, 0, ""),
    // Newer syntax as well; its native histograms are not read.
    "promtool-testdata/unittest.yml": (
        23, 3, "expr: \"test_histogram\", time: 1m, err: native histogram: not read yet"
    ),
    // Made to fail.
    "promtool-testdata/bad-input-series.yml": (
        0, 1,
        "input series up{job=\"prometheus\", instance=\"localhost:9090\": parse error: unexpected end of input"
    ),
    "promtool-testdata/failing.yml": (0, 4, "name: Failing test,\nalertname: Test, time: 0s,"),
    "promtool-testdata/rules_run.yml": (
        1, 1, "name: wrong test,\nexpr: \"test\", time: 0s,\n    exp: test 1E+00"
    ),
    "promtool-testdata/rules_run_extrafields.yml": (
        0, 1, "groups[0]: field namespace not found in type rule group"
    ),
    "promtool-testdata/rules_run_no_fuzzy.yml": (
        0, 2, "name: correct fuzzy match,\nexpr: \"test_low\", time: 0s,\n    exp: test_low 3E+00"
    ),
]

@Suite(.enabled(if: sharedRules != nil, "skipped: the shared rule files are not beside the repository"))
struct SharedUnitTestsTests {
    private func report(_ file: String) -> RuleTestReport {
        return RuleTestRunner(files: diskFiles()).run("\(sharedRules ?? "")/\(file)")
    }

    @Test("unit tests that promtool passes pass", arguments: SharedVerdict.read("tests").filter(\.passes))
    func passing(_ verdict: SharedVerdict) {
        let report = report(verdict.file)
        #expect(report.failed == olderWindows[verdict.file] ?? 0, "\(report.lines.joined(separator: "\n"))")
        #expect(report.warnings.isEmpty)
    }

    @Test(
        "unit tests that promtool fails, fail for the same reason unless they are newer",
        arguments: SharedVerdict.read("tests").filter { !$0.passes })
    func failing(_ verdict: SharedVerdict) throws {
        let report = report(verdict.file)
        let expected = try #require(failures[verdict.file])
        #expect(report.passed == expected.passed)
        #expect(report.failed == expected.failed, "\(report.lines.joined(separator: "\n"))")
        let first = report.failures.first?.text ?? ""
        #expect(first.hasPrefix(expected.text), "\(report.failures)")
    }
}
