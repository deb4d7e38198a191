import MetricModel
import RegularExpressions

/// A script in the language of Prometheus' own PromQL tests: what to load, what to evaluate, what must come out.
package struct ConformanceScript: Sendable {
    /// One block of the script.
    package enum Command: Sendable {
        /// Empties the store.
        case clear
        case load(Load)
        case evaluate(Case)
        /// A block that cannot be read; it counts as a failed case.
        case malformed(Malformed)
    }

    /// Series to be added to the store, the first values at the Unix epoch.
    package struct Load: Sendable {
        package struct Series: Sendable {
            package var labels: LabelSet
            package var values: [SeriesNotationValue]
            /// For each value when its counter began to count, in seconds after the value's time.
            package var startTimes: [SeriesNotationValue] = []
        }

        package var step: TimeSpan
        package var series: [Series]
        /// `load_with_nhcb`: Prometheus derives native histograms from the classic ones as well.
        package var derivesHistograms: Bool
    }

    /// A query and what it must give.
    package struct Case: Sendable {
        /// Counted from 1.
        package var line: Int
        package var expression: String
        package var time: QueryTime
        package var expectation: Expectation
    }

    package enum QueryTime: Sendable {
        case instant(Timestamp)
        case range(start: Timestamp, end: Timestamp, step: TimeSpan)
    }

    package struct Malformed: Sendable {
        package var line: Int
        package var text: String
        package var reason: String
    }

    /// A text that is looked for among failures or annotations.
    package enum Mention: Sendable {
        case anything
        case exactly(String)
        /// Anywhere in the text.
        case matching(RegularExpression)

        package func matches(_ text: String) -> Bool {
            switch self {
            case .anything: true
            case .exactly(let wanted): text == wanted
            case .matching(let pattern): pattern.firstMatch(in: text) != nil
            }
        }
    }

    /// What a case must give; annotations that nothing is said about are not looked at.
    package struct Expectation: Sendable {
        package var failure: Mention?
        package var warnings: [Mention] = []
        package var infos: [Mention] = []
        package var forbidsWarnings = false
        package var forbidsInfos = false
        /// The series come in the written order.
        package var isOrdered = false
        /// An instant query that gives a range vector, with samples at these times.
        package var rangeVector: (start: Timestamp, end: Timestamp, step: TimeSpan)?
        package var string: String?
        package var scalar: Double?
        package var series: [SeriesDescription] = []

        package var needsHistograms: Bool { series.contains { $0.values.contains(.nativeHistogram) } }
    }

    /// The script's name, as failures tell it.
    package var file: String
    package var commands: [Command]
}

/// What became of one case of a script.
package struct CaseOutcome: Sendable {
    package enum Verdict: Sendable {
        case passed
        case failed(Mismatch)
        case skipped(reason: String)
    }

    /// How the answer differs.
    package struct Mismatch: Sendable, Error {
        package var expected: String
        package var got: String
        /// The way of evaluation that differed, when it was not the one that the script asks for.
        package var circumstance: String?
    }

    package var file: String
    package var line: Int
    package var expression: String
    package var verdict: Verdict
}

/// What is printed of a run: every failure with its place, reasons for skipping, and the counts as the last line.
package func report(_ outcomes: [CaseOutcome]) -> [String] {
    var lines: [String] = []
    var passed = 0
    var failed = 0
    var skipped: [String: Int] = [:]
    for outcome in outcomes {
        switch outcome.verdict {
        case .passed: passed += 1
        case .skipped(let reason): skipped[reason, default: 0] += 1
        case .failed(let mismatch):
            failed += 1
            lines.append("\(outcome.file):\(outcome.line): \(outcome.expression)")
            if let circumstance = mismatch.circumstance { lines.append("  \(circumstance)") }
            lines += indented("  expected: ", mismatch.expected)
            lines += indented("  got:      ", mismatch.got)
        }
    }
    for (reason, count) in skipped.sorted(by: { $0.key < $1.key }) {
        lines.append("\(count) skipped: \(reason)")
    }
    let skippedCount = skipped.values.reduce(0, +)
    lines.append("\(passed) passed, \(failed) failed" + (skippedCount > 0 ? ", \(skippedCount) skipped" : ""))
    return lines
}

private func indented(_ label: String, _ text: String) -> [String] {
    let blank = String(repeating: " ", count: label.count)
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
        (index == 0 ? label : blank) + line
    }
}
