import ArgumentParser
import Diagnostics
import PromQL
import Rules

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run promtool's unit tests of rules, or PromQL test scripts.",
        subcommands: [PromQLTest.self])
}

struct PromQLTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promql", abstract: "Run scripts in the language of Prometheus' own PromQL tests.")

    @Argument(help: "Script files (.test), or folders of them.")
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
