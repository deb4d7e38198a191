import MetricModel
import PromQL

/// Gives the readers of series notation, of metrics and of test scripts generated input: no crash, no input that takes
/// long, every error inside of its text.
package func fuzzSeriesNotation(
    iterations: Int, seed: UInt64, progress: (FuzzReport) -> Void = { _ in }
) -> FuzzReport {
    var random = FuzzRandom(seed: seed)
    var report = FuzzReport()
    let start = threadSeconds()
    while report.iterations < iterations {
        let input = (0..<random.below(12)).map { _ in random.pick(pieces) }.joined()
        let before = threadSeconds()
        report.iterations += 1
        check(input, &report) { (text) throws(ParseError) in _ = try expandSeriesNotation(text) }
        check(input, &report) { (text) throws(ParseError) in _ = try parseMetric(text) }
        check(input, &report) { (text) throws(ParseError) in _ = try parseSeriesDescription(text) }
        _ = ConformanceScript(parsing: input, file: "")
        let milliseconds = (threadSeconds() - before) * 1000
        report.slowestMilliseconds = max(report.slowestMilliseconds, milliseconds)
        report.cpuSeconds = threadSeconds() - start
        if milliseconds > 2000 { report.failure = "took \(milliseconds) ms: \(input.debugDescription)" }
        if report.failure != nil { break }
        if report.iterations % 1_000_000 == 0 { progress(report) }
    }
    return report
}

private func check(_ text: String, _ report: inout FuzzReport, _ body: (String) throws(ParseError) -> Void) {
    do throws(ParseError) {
        try body(text)
        report.accepted += 1
    } catch {
        let isInside = error.position.lowerBound >= 0 && error.position.upperBound <= text.utf8.count
        if !isInside || error.message.isEmpty {
            report.failure = "error \(error.message) at \(error.position): \(text.debugDescription)"
        }
    }
}

private let pieces = [
    " ", "  ", "\t", "\n", "\n\n", "1", "-1.5", "+2", "1e3", ".5", "_", "_x3", "x3", "x", "x99999999999",
    "x40", "stale", "NaN",
    "Inf", "+", "-", "1+1x3", "{{", "}}", "{{sum:1}}", "{", "}", "a", "a=\"b\"", "\"m\"", ",", "=", "!=",
    "\"", "\\", "é", "\u{0}",
    "5m", "-30s", "@st", "clear", "load 5m\n", "load", "eval instant at 5m ",
    "eval range from 0 to 5m step 1m ", "eval", "expect ",
    "fail", "warn", "msg: ", "regex: [", "ordered", "range vector from 0 to 1m step 1m", "string \"a\"", "#",
    "0x1F", "1_0",
]
