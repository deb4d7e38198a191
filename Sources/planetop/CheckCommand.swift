import ArgumentParser
import Builtin
import Dashboard
import Diagnostics
import Rules

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what is wrong with a file, and what of it is not honoured.",
        subcommands: [
            ConfigCheck.self, DashboardFileCheck.self, RulesCheck.self, ThemeCheck.self, CaptureCheck.self,
        ])
}

struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "config", abstract: "Check a settings file.")

    @Argument(help: "The file; by default the one that counts.", completion: .file())
    var file: String?

    func run() throws {
        try orFail { () throws(Problem) in
            guard let path = file ?? Settings.path else {
                output("no settings file; the defaults hold")
                return
            }
            _ = try Settings.read(try Files.read(path), file: path)
            output("\(path): ok")
        }
    }
}

struct DashboardFileCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "List what Grafana dashboards ask for and is not honoured.")

    @Argument(help: "Dashboard files, or folders of them.", completion: .file())
    var files: [String] = []

    @Flag(help: "Check the built-in dashboards.")
    var builtin = false

    @Option(
        help: "Print a built-in dashboard, to import it into Grafana: overview, airflow, spark, self.",
        completion: .list(["overview", "airflow", "spark", "self"]))
    var printBuiltin: String?

    func validate() throws {
        if files.isEmpty, !builtin, printBuiltin == nil {
            throw ValidationError("name a dashboard file, or use --builtin or --print-builtin")
        }
    }

    func run() throws {
        try orFail { () throws(Problem) in
            if let name = printBuiltin {
                guard let found = Builtin.dashboards.first(where: { $0.name == "\(name).json" }) else {
                    throw Problem(
                        "no built-in dashboard `\(name)`", fix: "use overview, airflow, spark or self")
                }
                output(String(decoding: found.json, as: UTF8.self), terminator: "")
                return
            }
            var isGood = true
            func check(_ bytes: [UInt8], _ name: String) {
                do throws(Problem) {
                    let result = DashboardCheck(try Dashboard.read(bytes, file: name))
                    output(
                        "\(name): \(result.panelCount) panels, \(result.drawnPanelCount) drawn, \(result.wholePanelCount) with all that they ask for"
                    )
                    for line in result.lines { output("  \(line.text)") }
                    if result.brokenQueryCount > 0 { isGood = false }
                } catch {
                    report("\(error)")
                    isGood = false
                }
            }
            if builtin { for (name, json) in Builtin.dashboards { check(json, name) } }
            for path in files {
                for file in try Files.expand(path, extensions: ["json"]) { check(try Files.read(file), file) }
            }
            if !isGood { throw Problem("some dashboards cannot be shown in whole") }
        }
    }
}

struct CaptureCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Check every record of captures, as `planetop capture verify` does."
    )

    @Argument(help: "Captures.", completion: .file())
    var files: [String]

    func run() throws {
        try orFail { () throws(Problem) in try CaptureFiles.verify(files) }
    }
}

struct RulesCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Check Prometheus rule files.")

    @Argument(help: "Rule files, or folders of them.", completion: .file())
    var files: [String] = []

    @Flag(help: "Print the built-in rules.")
    var printBuiltin = false

    func validate() throws {
        if files.isEmpty, !printBuiltin {
            throw ValidationError("name a rule file, or use --print-builtin")
        }
    }

    func run() throws {
        try orFail { () throws(Problem) in
            if printBuiltin {
                output(String(decoding: Builtin.rules.yaml, as: UTF8.self), terminator: "")
                return
            }
            var refused = 0
            for path in files {
                for file in try Files.expand(path, extensions: ["yml", "yaml"]) {
                    do throws(RuleFile.Refusal) {
                        let text = String(decoding: try Self.bytes(file), as: UTF8.self)
                        let parsed = try RuleFile.parse(text: text, file: file)
                        output("\(file): ok, \(parsed.ruleCount) rules")
                        if parsed.ruleCount == 0 {
                            output("  warning: there is no rule in it: with nothing else nothing is watched")
                        } else if ServiceStatus.absence(of: parsed.groups) != nil {
                            output("  note: it records series only: with nothing else nothing is watched")
                        }
                        for note in parsed.notes { output("  note: \(note)") }
                    } catch {
                        refused += 1
                        for problem in error.problems { report("\(problem)") }
                    }
                }
            }
            if refused > 0 { throw Problem("\(refused) of the rule files are not taken") }
        }
    }

    private static func bytes(_ file: String) throws(RuleFile.Refusal) -> [UInt8] {
        do throws(Problem) { return try Files.read(file) } catch { throw RuleFile.Refusal(problems: [error]) }
    }
}
