import Glibc
import JSON
import Testing

extension CommandSuites {
    /// Commands that answer and end: what they print and the code they end with.
    @Suite struct AnswerTests {
        /// The first sample's time, on the grid of the rules.
        private static let start = 1_700_000_010

        private let folder: String

        init() throws {
            folder = try temporaryFolder()
            // Ten minutes of a gauge that rises in the middle.
            var text = "# TYPE lag gauge\n"
            for step in 0...40 {
                text +=
                    "lag{tenant=\"acme\",plane=\"prod\"} \(step < 20 ? 0 : 100) \(Self.start + 15 * step)\n"
            }
            try write(text + "# EOF\n", to: "lag.om")
            try write("# EOF\n", to: "empty.om")
            for severity in ["critical", "warning", "info"] {
                try write(
                    """
                    groups:
                      - name: test
                        interval: 15s
                        rules:
                          - alert: HighLag
                            expr: lag > 50
                            for: 1m
                            labels: {severity: \(severity)}
                            annotations: {summary: "lag is {{ $value }}"}
                    """, to: "\(severity).yml")
            }
            try write(
                """
                groups:
                  - name: test
                    interval: 15s
                    rules:
                      - {alert: Idle, expr: lag == 0}
                """, to: "idle.yml")
            try write("groups: [", to: "broken.yml")
            try write("# later\n", to: "none.yml")
            try write("groups: []\n", to: "nogroups.yml")
            try write(
                "groups: [{name: test, rules: [{record: a, expr: lag}]}]\n", to: "recording.yml")
        }

        private func write(_ text: String, to name: String) throws {
            let file = try #require(fopen("\(folder)/\(name)", "w"))
            fputs(text, file)
            fclose(file)
        }

        private func planetop(_ arguments: String...) throws -> Command.Result {
            try Command.run(arguments.map { $0.hasPrefix("@") ? "\(folder)/\($0.dropFirst())" : $0 })
        }

        struct StatusCase: Sendable {
            var rules: String
            var after: Int?
            var code: Int
            var word: String
            var load = "@lag.om"
        }

        private static let statusCases = [
            StatusCase(rules: "@critical.yml", after: 200, code: 0, word: "OK: nothing fires"),
            StatusCase(rules: "@critical.yml", after: 330, code: 1, word: "WARNING: HighLag"),
            StatusCase(rules: "@critical.yml", after: 360, code: 2, word: "CRITICAL: HighLag"),
            StatusCase(rules: "@critical.yml", after: nil, code: 2, word: "(lag is 100)"),
            StatusCase(rules: "@warning.yml", after: 330, code: 0, word: "OK"),
            StatusCase(rules: "@warning.yml", after: nil, code: 1, word: "WARNING: HighLag"),
            StatusCase(rules: "@info.yml", after: nil, code: 0, word: "OK"),
            StatusCase(rules: "@critical.yml", after: 7200, code: 3, word: "UNKNOWN: no data at"),
            StatusCase(rules: "@critical.yml", after: -60, code: 3, word: "UNKNOWN: no data at"),
            StatusCase(
                rules: "@critical.yml", after: nil, code: 3, word: "UNKNOWN: there are no samples",
                load: "@empty.om"),
            StatusCase(
                rules: "@critical.yml", after: nil, code: 3, word: "UNKNOWN: cannot open", load: "@absent.om"),
            StatusCase(rules: "@broken.yml", after: nil, code: 3, word: "UNKNOWN"),
            StatusCase(
                rules: "@none.yml", after: nil, code: 3, word: "UNKNOWN: no rules loaded: nothing is watched"),
            StatusCase(rules: "@nogroups.yml", after: nil, code: 3, word: "UNKNOWN: no rules loaded"),
            StatusCase(rules: "@recording.yml", after: nil, code: 3, word: "UNKNOWN: no alert rules loaded"),
        ]

        @Test(arguments: statusCases)
        func status(_ example: StatusCase) throws {
            let time = example.after.map { ["--time", "\(Self.start + $0)"] } ?? []
            let arguments = ["status", "--load", example.load, "--rules", example.rules] + time
            let result = try Command.run(
                arguments.map { $0.hasPrefix("@") ? "\(folder)/\($0.dropFirst())" : $0 })
            #expect(result.code == example.code, "\(result)")
            #expect(result.output.contains(example.word), "\(result)")
            #expect(result.output.split(separator: "\n").count == 1)
        }

        @Test(arguments: statusCases)
        func exitStateIsThatOfStatus(_ example: StatusCase) throws {
            func run(_ command: String, _ timeOption: String, _ flags: [String]) throws -> Command.Result {
                let time = example.after.map { [timeOption, "\(Self.start + $0)"] } ?? []
                let arguments = [command, "--load", example.load, "--rules", example.rules] + time + flags
                return try Command.run(
                    arguments.map { $0.hasPrefix("@") ? "\(folder)/\($0.dropFirst())" : $0 })
            }
            for (command, time) in [("alerts", "--time"), ("snapshot", "--at")] {
                let asked = try run(command, time, ["--exit-state"])
                #expect(asked.code == example.code, "\(command) \(asked)")
                #expect((example.code == 3) == !asked.errors.isEmpty, "\(command) \(asked)")
                // Without it: done or failed, with the same answer.
                let plain = try run(command, time, [])
                #expect(plain.code == (plain.output.isEmpty ? 1 : 0), "\(command) \(plain)")
                #expect(plain.output == asked.output, "\(command)")
            }
        }

        @Test func exitStateOfOtherData() throws {
            #expect(try Command.run(["snapshot", "--load", capture, "--exit-state"]).code == 2)
            #expect(
                try Command.run(["alerts", "--load", capture, "--exit-state", "--transitions"]).code == 2)
            let late = try Command.run([
                "snapshot", "--load", capture, "--at", "2026-11-21T04:54:21Z", "--exit-state",
            ])
            // That nothing comes is an alert of its own, and worse than not to know.
            #expect(late.code == 2, "\(late)")
            #expect(late.errors.contains("no data at 2026-11-21T04:54:21"), "\(late)")
            #expect(try shell("$P alerts --load lag.om --exit-state > /dev/full").code == 3)
            #expect(try planetop("alerts", "--exit-state", "--nonsense").code == 64)
        }

        @Test func aScreenWithoutRulesIsNotGreen() throws {
            for (rules, words) in [
                ("@none.yml", "no rules loaded"), ("@recording.yml", "no alert rules loaded"),
            ] {
                for keys in ["", "a"] {
                    let screen = try planetop(
                        "snapshot", "--load", "@lag.om", "--rules", rules, "--size", "100x30", "--keys", keys)
                    #expect(screen.code == 0, "\(screen)")
                    let lines = screen.output.split(separator: "\n", omittingEmptySubsequences: false)
                    #expect(lines.count > 1 && lines[1].contains(words), "\(screen.output)")
                    #expect(lines.dropFirst(2).contains { $0.contains("? \(words): nothing is watched") })
                    #expect(!screen.output.contains("✔"), "\(screen.output)")
                }
            }
        }

        @Test func aRuleFileWithoutRulesIsWarnedOf() throws {
            for file in ["@none.yml", "@nogroups.yml"] {
                let result = try planetop("check", "rules", file)
                #expect(result.code == 0, "\(result)")
                #expect(result.output.contains("  warning: there is no rule in it"), "\(result)")
            }
            let recording = try planetop("check", "rules", "@recording.yml")
            #expect(recording.output.contains("  note: it records series only"), "\(recording)")
            #expect(try !planetop("check", "rules", "@critical.yml").output.contains("  "))
        }

        @Test func statusOfABrokerThatIsNotThere() throws {
            let result = try planetop(
                "status", "--broker", "amqp://guest:guest@127.0.0.1:1", "--wait", "1s",
                "--insecure-password-on-command-line")
            #expect(result.code == 3)
            #expect(result.output.hasPrefix("UNKNOWN: not connected"), "\(result)")
        }

        @Test func alertsAtATime() throws {
            let table = try planetop("alerts", "--load", "@lag.om", "--rules", "@critical.yml")
            #expect(table.code == 0)
            #expect(table.output.contains("firing  critical  HighLag"), "\(table.output)")
            let none = try planetop(
                "alerts", "--load", "@lag.om", "--rules", "@critical.yml", "--time", "\(Self.start)")
            #expect(none.output == "no alerts\n")
            let json = try planetop("alerts", "--load", "@lag.om", "--rules", "@critical.yml", "-o", "json")
            #expect(json.output.contains(#""state":"firing""#), "\(json.output)")
            #expect(json.output.contains(#""summary":"lag is 100""#))
            #expect(json.output.contains(#""activeAt":"2023-11-14T22:18:30"#), "\(json.output)")
        }

        @Test func everyTransition() throws {
            let json = try planetop(
                "alerts", "--load", "@lag.om", "--rules", "@critical.yml", "--transitions", "-o", "json")
            #expect(json.code == 0)
            #expect(json.output.components(between: "\"from\":").count == 2, "\(json.output)")
            #expect(json.output.contains(#""from":"normal","to":"pending""#))
            #expect(json.output.contains(#""from":"pending","to":"firing""#))
            // The rules look at the very first sample too.
            let idle = try planetop("alerts", "--load", "@lag.om", "--rules", "@idle.yml", "--transitions")
            let lines = idle.output.split(separator: "\n")
            #expect(lines.count == 3, "\(idle.output)")
            #expect(lines.count > 1 && lines[1].hasPrefix("2023-11-14T22:13:30"), "\(idle.output)")
        }

        @Test func problemsOfAlertsEndWithOne() throws {
            let result = try planetop("alerts", "--load", "@absent.om")
            #expect(result.code == 1)
            #expect(result.output.isEmpty)
            #expect(result.errors.contains("absent.om"))
        }

        @Test(arguments: [
            ["query", "up", "--load", "@nothing"], ["alerts", "--load", "@nothing"],
            ["alerts", "--load", "@lag.om", "--rules", "@nothing"], ["check", "rules", "@nothing"],
            ["check", "dashboard", "@nothing"], ["snapshot", "--load", "@lag.om", "--dashboard", "@nothing"],
            ["test", "rules", "@nothing"], ["test", "promql", "@nothing"],
        ])
        func aFolderWithNothingInItIsNoAnswer(_ arguments: [String]) throws {
            mkdir("\(folder)/nothing", 0o700)
            let result = try Command.run(
                arguments.map { $0.hasPrefix("@") ? "\(folder)/\($0.dropFirst())" : $0 })
            #expect(result.code == 1, "\(result)")
            #expect(result.output.isEmpty)
            #expect(result.errors.contains("nothing"), "\(result)")
        }

        /// Runs a line of the shell in `folder`; `$P` is planetop.
        private func shell(_ line: String) throws -> Command.Result {
            try Command.run(
                ["-c", "cd \"$0\"; P=$1; \(line)", folder, PseudoTerminal.program("planetop")],
                program: "/bin/sh")
        }

        private var capture: String {
            String(#filePath.dropLast("AnswerTests.swift".count)) + "Samples/airflow-spark.ptcap"
        }

        @Test func standardInputHoldsWhatAFileMay() throws {
            let query = "query 'count({__name__=~\".+\"})' --load"
            #expect(try shell("cat \(capture) | $P \(query) -").output == "{}  211\n")
            #expect(try shell("$P \(query) - < \(capture)").output == "{}  211\n")
            #expect(try shell("cat lag.om | $P \(query) -").output == "{}  1\n")
            #expect(try shell("cat \(capture) | $P status --load -").code == 2)
            #expect(try shell("cat \(capture) | $P capture verify -").output == "145 records, no damage\n")
            #expect(try shell("cat idle.yml | $P check rules -").output == "-: ok, 1 rules\n")
            #expect(try shell("$P query up --load - < /dev/null").code == 1)
        }

        @Test func anAnswerThatCannotBeWrittenHasFailed() throws {
            let full = try shell("$P query lag --load lag.om > /dev/full")
            #expect(full.code == 1, "\(full)")
            #expect(full.errors.contains("cannot write to standard output: No space left"), "\(full)")
            let head = try shell("{ $P check dashboard --print-builtin overview; echo $? >&2; } | head -n 1")
            #expect(head.errors == "0\n", "\(head)")
        }

        @Test func recordWithoutABrokerHasFailed() throws {
            let result = try Command.run(
                ["record", "\(folder)/x.ptcap", "--broker", "amqp://guest@127.0.0.1:1", "--for", "1s"],
                environment: ["PLANETOP_AMQP_PASSWORD": "guest"])
            #expect(result.code == 1, "\(result)")
            #expect(result.errors.contains("nothing was recorded: cannot reach the broker"), "\(result)")
            #expect(!result.errors.contains("Optional"), "\(result)")
        }

        @Test func aPageThatIsNotThereIsNoPicture() throws {
            let result = try planetop("snapshot", "--load", "@lag.om", "--page", "9")
            #expect(result.code == 1, "\(result)")
            #expect(result.errors.contains("fix: use --page 1 to 4"), "\(result)")
            let last = try planetop("snapshot", "--load", "@lag.om", "--page", "4")
            #expect(last.code == 0)
        }

        @Test(arguments: [
            ("theme: nonsense", ":1, column 8"), ("a: 1", "field a not found"),
            ("range: 0s", "longer than nothing"),
            ("glyphs: [a]", ":1, column "), ("memory: much", "512MB"),
        ])
        func settingsAreChecked(_ text: String, _ words: String) throws {
            try write(text + "\n", to: "settings.yaml")
            let result = try planetop("check", "config", "@settings.yaml")
            #expect(result.code == 1, "\(result)")
            #expect(result.errors.contains(words), "\(result)")
        }

        @Test(arguments: [
            ["--no-such-option"], ["demo", "--seed", "many"], ["alerts", "-o", "xml"], ["query"],
            ["status", "--time", "1"], ["snapshot", "--size", "big"], ["snapshot", "--theme", "nonsense"],
            ["snapshot", "--range", "0s"], ["query", "up", "--start", "2", "--end", "1"],
            ["query", "up", "--start", "1", "--end", "2", "--step", "0s"], ["check", "rules"],
            ["check", "dashboard"], ["check", "theme"], ["check", "nothing", "x"],
        ])
        func wrongUsageEndsWith64(_ arguments: [String]) throws {
            let result = try Command.run(arguments)
            #expect(result.code == 64, "\(result)")
            #expect(result.output.isEmpty)
            #expect(!result.errors.isEmpty)
        }

        @Test(arguments: [
            ["demo"], ["live", "--broker", "amqp://localhost:1", "--password-file", "/dev/null"],
        ])
        func withoutATerminalThereIsNoScreen(_ arguments: [String]) throws {
            let result = try Command.run(arguments)
            #expect(result.code == 1, "\(result)")
            #expect(result.output.isEmpty)
            #expect(!result.errors.isEmpty)
        }

        @Test func withoutATerminalTheDemoSaysWhy() throws {
            let result = try Command.run(["demo"])
            #expect(result.errors.contains("must be a terminal"), "\(result)")
            #expect(result.errors.contains("fix:"))
        }

        @Test func doctorTellsWhatItFound() throws {
            let good = try Command.run(["doctor"], environment: ["TERM": "xterm-256color"])
            #expect(good.code == 0, "\(good)")
            #expect(good.output.contains("256 (terminfo of xterm-256color says 256)"), "\(good.output)")
            let plain = try Command.run(
                ["doctor"], environment: ["TERM": "xterm-256color", "NO_COLOR": "1", "LC_ALL": "C"])
            #expect(plain.code == 0, "\(plain)")
            #expect(plain.output.contains("NO_COLOR is set"))
            #expect(plain.output.contains("only ASCII"))
            let bad = try Command.run(["doctor"], environment: ["TERM": "no-such-terminal"])
            #expect(bad.code == 1, "\(bad)")
            #expect(bad.output.contains("FAIL"))
        }

        @Test func doctorSaysWhatCannotBeReached() throws {
            let result = try Command.run(
                ["doctor", "--broker", "amqp://guest@127.0.0.1:1"],
                environment: ["TERM": "xterm", "PLANETOP_AMQP_PASSWORD": "guest"])
            #expect(result.code == 1, "\(result)")
            #expect(result.output.contains("FAIL  login"), "\(result.output)")
        }

        @Test func doctorPrintsPermissions() throws {
            let result = try Command.run([
                "doctor", "--print-permissions", "--tenant", "acme", "--exchange", "numbers",
            ])
            #expect(result.code == 0, "\(result)")
            #expect(result.output.contains("rabbitmqctl set_topic_permissions"))
            #expect(result.output.contains("numbers"))
            #expect(result.output.contains(#"^metrics\.acme\..*"#), "\(result.output)")
        }
    }
}

extension String {
    /// What stands between the occurrences of `text`, without what stands before the first.
    fileprivate func components(between text: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let found = rest.firstRange(of: text) {
            rest = rest[found.upperBound...]
            parts.append(rest)
        }
        return parts
    }
}
