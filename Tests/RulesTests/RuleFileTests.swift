import Diagnostics
import MetricModel
import Testing

@testable import Rules

private func problems(_ text: String, _ options: RuleFileOptions = RuleFileOptions()) -> [String] {
    do {
        _ = try RuleFile.parse(text: text, file: "r.yml", options: options)
        return []
    } catch {
        return error.problems.map {
            "\($0.place?.line ?? 0):\($0.place?.column ?? 0): \($0.what)"
        }
    }
}

@Test func aFileGivesGroupsAndRules() throws {
    let file = try RuleFile.parse(
        text: """
            groups:
              - name: planes
                interval: 30s
                query_offset: 1m
                limit: 10
                labels: {team: data, severity: info}
                rules:
                  - record: plane:runs:rate5m
                    expr: sum by (plane) (rate(runs_total[5m]))
                    labels: {from: "{{ not a template }}"}
                  - alert: RunsFailing
                    expr: |
                      plane:runs:rate5m
                        > 0.5
                    for: 5m
                    keep_firing_for: 10m
                    labels: {severity: critical}
                    annotations:
                      summary: "{{ $labels.plane }} fails {{ $value | humanizePercentage }}"
                      __dashboardUid__: overview
                      __panelId__: "4"
              - name: empty
            """, file: "r.yml")
    #expect(file.groups.map(\.name) == ["planes", "empty"])
    let group = file.groups[0]
    #expect(group.interval == .seconds(30))
    #expect(group.queryOffset == .minutes(1))
    #expect(group.limit == 10)
    let recording = group.rules[0]
    #expect(recording.kind == .recording)
    #expect(
        recording.labels.map { "\($0.name)=\($0.text)" } == [
            "from={{ not a template }}", "severity=info", "team=data",
        ])
    let alerting = group.rules[1]
    #expect(alerting.kind == .alerting(hold: .minutes(5), keepFiring: .minutes(10)))
    #expect(alerting.labels.map { "\($0.name)=\($0.text)" } == ["severity=critical", "team=data"])
    #expect(alerting.panel == PanelLink(dashboardUID: "overview", panelID: "4"))
    #expect(alerting.place == SourcePlace(file: "r.yml", line: 11, column: 9))
    #expect(recording.panel == nil)
    #expect(file.groups[1].interval == nil)
    #expect(file.notes.isEmpty)
}

@Test func emptyFilesHaveNoRules() throws {
    for text in ["", "groups:", "groups: []", "# nothing\n"] {
        #expect(try RuleFile.parse(text: text, file: "r.yml").groups.isEmpty)
    }
}

@Test(
    "what promtool refuses",
    arguments: [
        ("groups: 5", ["1:9: groups: a list is wanted here, this is `5`"]),
        ("group: []", ["1:1: field group not found in type rule file"]),
        ("groups:\n- rules: []", ["2:3: Groupname must not be empty"]),
        (
            "groups:\n- name: a\n- name: b\n- name: a",
            ["4:3: groupname: \"a\" is repeated in the same file"]
        ),
        (
            "groups:\n- name: a\n  interval: 5\n  limit: x",
            [
                "3:13: groups[0].interval: not a valid duration string: \"5\"",
                "4:10: groups[0].limit: a whole number is wanted here, this is `x`",
            ]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - record: x\n    alert: y\n    expr: 1",
            ["4:13: group \"a\", rule 1, \"y\": only one of 'record' and 'alert' must be set"]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - expr: 1",
            ["4:5: group \"a\", rule 1, \"\": one of 'record' or 'alert' must be set"]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - alert: x\n  - alert: y\n    expr: ''",
            [
                "4:5: group \"a\", rule 1, \"x\": field 'expr' must be set in rule",
                "6:11: group \"a\", rule 2, \"y\": field 'expr' must be set in rule",
            ]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - record: x\n    expr: 1\n    for: 5m\n    keep_firing_for: 1m\n    annotations: {a: b}",
            [
                "8:5: group \"a\", rule 1, \"x\": invalid field 'annotations' in recording rule",
                "6:5: group \"a\", rule 1, \"x\": invalid field 'for' in recording rule",
                "7:5: group \"a\", rule 1, \"x\": invalid field 'keep_firing_for' in recording rule",
            ]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - record: x y\n    expr: 1",
            ["4:13: group \"a\", rule 1, \"x y\": invalid recording rule name: x y"]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - record: x{a=\"b\"}\n    expr: 1",
            [
                "4:13: group \"a\", rule 1, \"x{a=\"b\"}\": braces present in the recording rule name; should it be in "
                    + "expr?: x{a=\"b\"}"
            ]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - alert: x\n    expr: 1\n    labels: {a-b: c, __name__: d, 1x: e}\n    annotations: {f-g: h}",
            [
                "6:39: group \"a\", rule 1, \"x\": invalid label name: 1x",
                "6:32: group \"a\", rule 1, \"x\": invalid label name: __name__",
                "6:19: group \"a\", rule 1, \"x\": invalid label name: a-b",
                "7:24: group \"a\", rule 1, \"x\": invalid annotation name: f-g",
            ]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - alert: x\n    expr: 1\n    labels: {a: '{{ $nope }}'}\n    annotations: {b: '{{'}",
            [
                "6:17: group \"a\", rule 1, \"x\": label \"a\": template: __alert_x:1: undefined variable \"$nope\"",
                "7:22: group \"a\", rule 1, \"x\": annotation \"b\": template: __alert_x:1: unclosed action",
            ]
        ),
        (
            "groups:\n- name: a\n  rules:\n  - alert: x\n    exprr: 1\n    expr: 1\n    labels: [a]",
            [
                "5:5: groups[0].rules[0]: field exprr not found in type rule",
                "7:13: groups[0].rules[0].labels: a mapping is wanted here, this is a list",
            ]
        ),
        ("groups:\n- name: a\n  labels: {a-b: c}", ["3:17: group \"a\": invalid label name: a-b"]),
    ]
)
func refusal(_ text: String, _ expected: [String]) {
    #expect(problems(text) == expected)
}

@Test func expressionsAreRefusedWhereTheyAreWrong() {
    let text = """
        groups:
        - name: a
          rules:
          - alert: x
            expr: |
              sum(
                foo{a=b}
              )
        """
    let found = problems(text)
    #expect(found.count == 1)
    #expect(
        found.first?.hasPrefix("7:15: group \"a\", rule 1, \"x\": could not parse expression: ") == true,
        "\(found)")
}

@Test func anyNameCanBeAllowed() {
    var options = RuleFileOptions()
    options.allowsAnyName = true
    let text = "groups:\n- name: a\n  rules:\n  - record: x y\n    expr: 1\n    labels: {a-b: c}"
    #expect(problems(text).count == 2)
    #expect(problems(text, options).isEmpty)
}

@Test func oddFilesLoadWithNotes() throws {
    let file = try RuleFile.parse(
        text: """
            groups:
            - name: a
              rules:
              - {record: x, expr: 1, labels: {a: b}}
              - {record: x, expr: 2, labels: {a: c}}
              - {record: x, expr: 3, labels: {a: b}}
            ---
            groups: [
            """, file: "r.yml")
    #expect(file.ruleCount == 3)
    #expect(file.notes.map { $0.place?.line } == [7, 6])
}
