import ArgumentParser
import Diagnostics
import PromQL
import Rules

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run promtool's unit tests of rules, or PromQL test scripts.",
        subcommands: [RulesTest.self, PromQLTest.self])
}

struct RulesTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Run promtool's unit tests of rules.")

    @Argument(help: "Test files, or folders of them.", completion: .file())
    var files: [String]

    func run() throws {
        try orFail { () throws(Problem) in
            let access = RuleTestFiles(matching: Files.matching) { path throws(Problem) in
                String(decoding: try Files.read(path), as: UTF8.self)
            }
            let runner = RuleTestRunner(files: access)
            var reports: [RuleTestReport] = []
            for path in files {
                for file in try Files.expand(path, extensions: ["yml", "yaml"]) {
                    let report = runner.run(file)
                    for line in report.lines { output(line) }
                    reports.append(report)
                }
            }
            output(RuleTestReport.summary(reports))
            if reports.contains(where: { $0.failed > 0 }) { throw Problem("some cases failed") }
        }
    }
}

struct PromQLTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promql", abstract: "Run scripts in the language of Prometheus' own PromQL tests.")

    @Argument(help: "Script files (.test), or folders of them.", completion: .file())
    var files: [String]

    func run() throws {
        try orFail { () throws(Problem) in
            var outcomes: [CaseOutcome] = []
            for path in files {
                for file in try Files.expand(path, extensions: ["test"]) {
                    outcomes += runConformanceScript(
                        text: String(decoding: try Files.read(file), as: UTF8.self), file: file)
                }
            }
            for line in PromQL.report(outcomes) { output(line) }
            let failed = outcomes.contains { if case .failed = $0.verdict { true } else { false } }
            if failed { throw Problem("some cases failed") }
        }
    }
}
