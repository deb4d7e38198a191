import Diagnostics
import MetricModel
import PromQL

/// How a test finds its rule files; reading them is the caller's.
package struct RuleTestFiles {
    /// The files that a pattern with `*`, `?` and `[…]` names, in order; the pattern is a path, made whole already.
    package var matching: (String) -> [String]
    /// A file's text; throws why it cannot be read.
    package var read: (String) throws(Problem) -> String

    package init(
        matching: @escaping (String) -> [String], read: @escaping (String) throws(Problem) -> String
    ) {
        self.matching = matching
        self.read = read
    }
}

/// What came of one test file.
package struct RuleTestReport: Sendable {
    /// A case that failed, or what kept cases from being run.
    package struct Failure: Sendable {
        package var place: SourcePlace
        /// Several lines, worded as promtool words them.
        package var text: String
    }

    package var file: String
    package var passed = 0
    package var failed = 0
    package var failures: [Failure] = []
    package var warnings: [String] = []

    /// For the terminal, without the counts.
    package var lines: [String] {
        var lines = ["Unit Testing: \(file)"]
        lines += warnings.map { "  WARNING: \($0)" }
        for failure in failures {
            lines.append("  FAILED: \(failure.place)")
            lines += failure.text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        }
        if failures.isEmpty { lines.append("  SUCCESS: \(passed) \(passed == 1 ? "case" : "cases")") }
        return lines
    }

    /// The last line of a run over several files.
    package static func summary(_ reports: [RuleTestReport]) -> String {
        "\(reports.reduce(0) { $0 + $1.passed }) passed, \(reports.reduce(0) { $0 + $1.failed }) failed"
    }
}

/// Runs rule unit tests as `promtool test rules` does.
///
/// All groups are evaluated at every multiple of the evaluation interval, whatever their own interval; an alert case sees
/// the state after the last evaluation at or before its time; expressions are asked after all evaluations.
package struct RuleTestRunner {
    /// Evaluations of one test group: a typing error in a time must not keep the run busy for hours.
    package static let evaluationsMax = 1_000_000

    private let files: RuleTestFiles
    private let options: RuleFileOptions

    package init(files: RuleTestFiles, options: RuleFileOptions = RuleFileOptions()) {
        self.files = files
        self.options = options
    }

    /// Runs one file.
    ///
    /// - Parameter file: its path; rule files are looked for beside it.
    package func run(_ file: String) -> RuleTestReport {
        var report = RuleTestReport(file: file)
        let test: RuleTestFile
        let rules: [RuleGroup]
        do throws(Problem) {
            test = try RuleTestFile(parsing: try files.read(file), file: file)
        } catch {
            report.failed = 1
            report.failures.append(.init(place: error.place ?? SourcePlace(file: file), text: "\(error)"))
            return report
        }
        do throws(RuleFile.Refusal) {
            rules = try loadRules(test, &report)
        } catch {
            report.failed = max(1, test.groups.reduce(0) { $0 + $1.caseCount })
            report.failures = error.problems.map {
                .init(place: $0.place ?? SourcePlace(file: file), text: "\($0)")
            }
            return report
        }
        for group in test.groups {
            var run = RuleTestGroupRun(group, file: test, rules: rules)
            run.execute()
            report.passed += run.passed
            report.failed += run.failed
            report.failures += run.failures
        }
        return report
    }

    private func loadRules(
        _ test: RuleTestFile, _ report: inout RuleTestReport
    ) throws(RuleFile.Refusal) -> [RuleGroup] {
        let folder = test.name.lastIndex(of: "/").map { String(test.name[...$0]) } ?? ""
        var groups: [RuleGroup] = []
        var problems: [Problem] = []
        for pattern in test.ruleFiles {
            let path = pattern.hasPrefix("/") ? pattern : folder + pattern
            let found = files.matching(path)
            if found.isEmpty { report.warnings.append("no file match pattern \(path)") }
            for name in found {
                let text: String
                do throws(Problem) {
                    text = try files.read(name)
                } catch {
                    problems.append(error)
                    continue
                }
                do throws(RuleFile.Refusal) {
                    groups += try RuleFile.parse(text: text, file: name, options: options).groups
                } catch {
                    problems += error.problems
                }
            }
        }
        guard problems.isEmpty else { throw RuleFile.Refusal(problems: problems) }
        // Groups that the order does not name come with the first one, as in promtool.
        let order = Dictionary(
            test.groupOrder.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return groups.enumerated().sorted {
            (order[$0.element.name] ?? 0, $0.offset) < (order[$1.element.name] ?? 0, $1.offset)
        }.map(\.element)
    }
}
