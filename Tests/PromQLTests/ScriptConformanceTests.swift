import PromQL
import Testing

/// Prometheus' scripts and this module's own, evaluated against series in memory.
@Suite("PromQL conformance")
struct ScriptConformanceTests {
    static let shared = TestFiles.shared + "/promql"
    static let own = TestFiles.folder + "/Scripts"

    /// Cases that count on native histograms although nothing in the file says so: their loads were
    /// `load_with_nhcb`, which derives a native histogram under the base name of each classic one, and these collide.
    /// With the floats alone the selector finds nothing, and nothing fails.
    static let exceptions = [
        #"histogram_quantile(0.99, {__name__=~"request_duration_seconds\\d*"})"#,
        #"histogram_quantiles({__name__=~"request_duration_seconds\\d*"}, "q", 0.99)"#,
    ]

    @Test(
        "Prometheus' scripts over floats",
        .enabled(if: TestFiles.isPresent(shared), "skipped: no ../shared/promql"),
        arguments: TestFiles.files(below: shared, endings: [".test"]).filter {
            !$0.contains("/native_histograms")
        })
    func floats(_ file: String) { expectPassed(run(file)) }

    @Test(
        "Prometheus' scripts over native histograms: what does not need them passes, the rest is skipped",
        .enabled(if: TestFiles.isPresent(shared), "skipped: no ../shared/promql"),
        arguments: TestFiles.files(below: shared, endings: [".test"]).filter {
            $0.contains("/native_histograms")
        })
    func histograms(_ file: String) { expectPassed(run(file)) }

    @Test("own scripts", arguments: TestFiles.files(below: own, endings: [".test"]))
    func ownScripts(_ file: String) { expectPassed(run(file)) }

    @Test("there are 300 own cases at least")
    func ownCount() {
        let outcomes = TestFiles.files(below: Self.own, endings: [".test"]).flatMap(run)
        #expect(outcomes.count >= 300)
    }

    private func run(_ file: String) -> [CaseOutcome] {
        runConformanceScript(text: TestFiles.text(file), file: String(file.split(separator: "/").last ?? ""))
    }

    private func expectPassed(_ outcomes: [CaseOutcome]) {
        let failures = outcomes.contains { outcome in
            guard case .failed = outcome.verdict else { return false }
            return !Self.exceptions.contains(outcome.expression)
        }
        if failures { Issue.record("\(report(outcomes).joined(separator: "\n"))") }
        #expect(!outcomes.isEmpty)
    }
}
