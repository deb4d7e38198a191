import Diagnostics
import MetricModel
import PromQL
import Rules
import YAML

/// Gives the readers of YAML, rule files, rule unit tests and rule states generated and damaged text: no crash, no input
/// that takes long, every problem with a line that the text has.
///
/// - Parameter corpus: texts to damage, beside the built-in ones.
package func fuzzRuleFiles(
    iterations: Int, seed: UInt64, corpus: [String] = [], progress: (FuzzReport) -> Void = { _ in }
) -> FuzzReport {
    var random = FuzzRandom(seed: seed)
    var report = FuzzReport()
    let start = threadSeconds()
    let texts = (builtInTexts + corpus).map { Array($0.utf8) }
    while report.iterations < iterations {
        let input = random.chance(1, in: 3) ? grown(&random) : damaged(random.pick(texts), &random)
        let before = threadSeconds()
        report.iterations += 1
        check(input, &report)
        let milliseconds = (threadSeconds() - before) * 1000
        report.slowestMilliseconds = max(report.slowestMilliseconds, milliseconds)
        report.cpuSeconds = threadSeconds() - start
        if milliseconds > 2000 { report.failure = "took \(milliseconds) ms: \(input)" }
        if report.failure != nil { break }
        if report.iterations % 100_000 == 0 { progress(report) }
    }
    return report
}

private func check(_ bytes: [UInt8], _ report: inout FuzzReport) {
    do throws(Problem) {
        _ = try YAMLNode(parsing: bytes, file: "f")
    } catch {
        examine(error, bytes, &report)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(RuleFile.Refusal) {
        _ = try RuleFile.parse(text: text, file: "f")
        report.accepted += 1
    } catch {
        if error.problems.isEmpty { report.failure = "refused without a problem: \(text.debugDescription)" }
        for problem in error.problems { examine(problem, Array(text.utf8), &report) }
    }
    do throws(Problem) {
        _ = try RuleTestFile(parsing: text, file: "f")
    } catch {
        examine(error, Array(text.utf8), &report)
    }
    do throws(Problem) {
        _ = try RuleStateSnapshot(parsing: text, file: "f")
        report.accepted += 1
    } catch {
        if error.what.isEmpty { report.failure = "no words: \(text.debugDescription)" }
    }
}

private func examine(_ problem: Problem, _ bytes: [UInt8], _ report: inout FuzzReport) {
    // A carriage return alone begins a line in YAML, as some other characters do.
    let lines = bytes.count { $0 == 10 || $0 == 13 || $0 == 0x85 || $0 == 0xA8 || $0 == 0xA9 } + 1
    if problem.what.isEmpty || problem.place.map({ $0.line.map { $0 < 1 || $0 > lines } ?? false }) ?? true {
        report.failure =
            "problem \(problem) in \(String(decoding: bytes, as: UTF8.self).debugDescription)"
    }
}

private func grown(_ random: inout FuzzRandom) -> [UInt8] {
    (0..<random.below(30)).flatMap { _ in Array(random.pick(pieces).utf8) }
}

private func damaged(_ text: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    var bytes = text
    for _ in 0...random.below(4) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        switch random.below(5) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: Array(random.pick(pieces).utf8), at: place)
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + random.below(20)))
        default:
            let end = min(bytes.count, place + random.below(40))
            bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
        }
    }
    return bytes
}

private let pieces = [
    "groups:", "\n", "\n  ", "\n    ", "- ", "name: a", "rules:", "alert: A", "record: r", "expr: up",
    "expr: |\n", "for: 5m",
    "labels: ", "annotations: ", "{", "}", "[", "]", ",", ": ", "a", "\"", "'", "|", ">", "&a ", "*a", "<<: ",
    "!!str ", "!x ",
    "? ", "---", "...", "#", "%", "\t", "\r", "é", "\u{FEFF}", "\u{85}", "\u{2028}", "5", "~", "{{ $value }}",
    "{{", "}}",
    "limit: 5", "interval: 1m", "tests:", "input_series:", "eval_time: 1m", "series: m", "values: 1+1x5",
]

private let builtInTexts = [
    """
    groups:
    - name: planes
      interval: 30s
      limit: 5
      labels: {team: data}
      rules:
      - record: plane:runs:rate5m
        expr: sum by (plane) (rate(runs_total[5m]))
      - alert: RunsFailing
        expr: |
          plane:runs:rate5m
            > 0.5
        for: 5m
        keep_firing_for: 10m
        labels: &l {severity: "critical"}
        annotations:
          summary: "{{ $labels.plane }} fails {{ $value | humanizePercentage }}"
      - alert: B
        expr: 'up{a="it''s"} == 0'
        labels: {<<: *l, other: x}
    """,
    """
    rule_files: [a.yml, "b*.yml"]
    evaluation_interval: 1m
    group_eval_order: [a, b]
    fuzzy_compare: true
    tests:
    - name: one
      interval: 1m
      start_timestamp: 2024-01-01T00:00:00Z
      input_series:
      - series: 'up{job="a"}'
        values: '0+1x10 _ stale'
      external_labels: {a: b}
      alert_rule_test:
      - eval_time: 5m
        alertname: A
        exp_alerts:
        - exp_labels: {a: b}
          exp_annotations: {c: d}
      promql_expr_test:
      - expr: sum(up)
        eval_time: 1d
        exp_samples:
        - labels: '{a="b"}'
          value: 5e3
    """,
    """
    planetop rule state 1
    time 120000
    rule "f.yml" "g" "A" "m > 0" "severity" "a\\"b" 120000
    alert firing 3ff0000000000000 0 60000 - - - { "alertname" "A" "i" "1" } { "__name__" "m" "i" "1" }
    alert pending 3ff0000000000000 60000 - - - 0 { "alertname" "A" } { }
    end 6
    """,
]
