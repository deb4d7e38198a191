import Diagnostics
import MetricModel
import Testing

@testable import Rules

@Test("the project's own rule tests pass", arguments: ["recording", "states", "templates"])
func ownRuleTests(_ name: String) {
    let report = RuleTestRunner(files: diskFiles()).run("\(casesFolder)/\(name)_test.yml")
    #expect(report.failed == 0, "\(report.lines.joined(separator: "\n"))")
    #expect(report.passed >= ["recording": 17, "states": 41, "templates": 5][name] ?? 0)
    #expect(report.warnings.isEmpty)
}

/// Files by name.
private func run(_ files: [String: String]) -> RuleTestReport {
    RuleTestRunner(
        files: RuleTestFiles(
            matching: { pattern in files.keys.contains(pattern) ? [pattern] : [] },
            read: { path throws(Problem) in
                guard let text = files[path] else {
                    throw Problem("cannot read the file", at: SourcePlace(file: path))
                }
                return text
            })
    ).run("t/test.yml")
}

private let rules = """
    groups:
    - name: g
      rules:
      - {alert: A, expr: m > 1, annotations: {s: "{{ $value }}"}}
      - {record: r, expr: m * 2}
    """

@Test func failuresSayWhatWasExpected() {
    let report = run([
        "t/rules.yml": rules,
        "t/test.yml": """
        rule_files: [rules.yml, none.yml]
        tests:
        - name: one
          interval: 1m
          input_series: [{series: 'm{a="b"}', values: '0 2 2'}]
          alert_rule_test:
          - {eval_time: 1m, alertname: A, exp_alerts: [{exp_labels: {a: c}}]}
          - {eval_time: 2m, alertname: A, exp_alerts: [{exp_labels: {a: b}, exp_annotations: {s: "2"}}]}
          promql_expr_test:
          - {expr: r, eval_time: 1m, exp_samples: [{labels: 'r{a="b"}', value: 3}]}
          - {expr: 'r{', eval_time: 1m, exp_samples: []}
          - {expr: 'r[5m]', eval_time: 1m, exp_samples: []}
          - {expr: 'r', eval_time: 1m, exp_samples: [{labels: 'r{a=', value: 1}]}
        """,
    ])
    #expect(report.passed == 1)
    #expect(report.failed == 5)
    #expect(
        report.lines.joined(separator: "\n") == """
            Unit Testing: t/test.yml
              WARNING: no file match pattern t/none.yml
              FAILED: t/test.yml:7, column 5
                name: one,
                alertname: A, time: 1m,
                    exp:[
                        0:
                          Labels:{a="c", alertname="A"}
                          Annotations:{}
                        ],
                    got:[
                        0:
                          Labels:{a="b", alertname="A"}
                          Annotations:{s="2"}
                        ]
              FAILED: t/test.yml:10, column 5
                name: one,
                expr: "r", time: 1m,
                    exp: r{a="b"} 3E+00
                    got: r{a="b"} 4E+00
              FAILED: t/test.yml:11, column 15
                name: one,
                expr: "r{", time: 1m, err: parse error: unexpected end of input inside braces, expected label matcher or "}"
              FAILED: t/test.yml:12, column 5
                name: one,
                expr: "r[5m]", time: 1m, err: rule result is not a vector or scalar
              FAILED: t/test.yml:13, column 5
                name: one,
                expr: "r", time: 1m, err: labels "r{a=": parse error: unexpected end of input inside braces, expected "}"
            """)
    #expect(RuleTestReport.summary([report, report]) == "2 passed, 10 failed")
}

@Test(
    "files that cannot be run say why",
    arguments: [
        ("tests: [", "cannot read YAML: did not find expected node content while parsing a flow node", 1),
        ("rule_files: [a]\ntest: []", "field test not found in type unit test file", 1),
        (
            "tests:\n- alert_rule_test: [{eval_time: 5m}]",
            "tests[0].alert_rule_test[0]: an item under alert_rule_test misses required attribute alertname",
            1
        ),
        ("group_eval_order: [a, a]", "group name repeated in evaluation order: a", 1),
        ("tests:\n- {start_timestamp: noon}", "tests[0].start_timestamp: cannot read the time `noon`", 1),
        (
            "tests:\n- input_series: [{series: 'm{', values: '1'}]\n  promql_expr_test: [{expr: m}, {expr: m}]",
            "input series m{: parse error: unexpected end of input inside braces", 2
        ),
        (
            "tests:\n- input_series: [{series: m, values: '1 x'}]\n  promql_expr_test: [{expr: m}]",
            "input series m: parse error: ", 1
        ),
        (
            "tests:\n- promql_expr_test: [{expr: m, eval_time: 100y}]",
            "more than 1000000 evaluations up to 100y", 1
        ),
        (
            "rule_files: [bad.yml]\ntests:\n- promql_expr_test: [{expr: m}, {expr: m}, {expr: m}]",
            "group \"g\", rule 1, \"r\": could not parse expression", 3
        ),
        (
            "rule_files: [failing.yml]\ntests:\n- promql_expr_test: [{expr: m}, {expr: m}]",
            "rule: r, time: 0s, err: vector contains metrics with the same labelset after applying rule labels",
            2
        ),
    ]
)
func unrunnable(_ text: String, _ problem: String, _ failed: Int) {
    let report = run([
        "t/test.yml": text, "t/bad.yml": "groups:\n- name: g\n  rules: [{record: r, expr: '1 +'}]",
        "t/failing.yml":
            "groups:\n- name: g\n  rules: [{record: r, expr: 'label_replace(vector(1), \"a\", \"b\", \"\", \"\") or vector(1)', labels: {a: c}}]",
    ])
    let first = report.failures.first?.text ?? ""
    #expect(first.hasPrefix(problem), "\(first)")
    #expect(report.failed == failed)
    #expect(report.passed == 0)
}

@Test func aMissingTestFileIsAFailure() {
    let report = run([:])
    #expect(report.failed == 1)
    #expect(report.lines.contains("    cannot read the file"))
}
