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

        @Test(arguments: [
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
        ])
        func status(_ example: StatusCase) throws {
            let time = example.after.map { ["--time", "\(Self.start + $0)"] } ?? []
            let arguments = ["status", "--load", example.load, "--rules", example.rules] + time
            let result = try Command.run(
                arguments.map { $0.hasPrefix("@") ? "\(folder)/\($0.dropFirst())" : $0 })
            #expect(result.code == example.code, "\(result)")
            #expect(result.output.contains(example.word), "\(result)")
            #expect(result.output.split(separator: "\n").count == 1)
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
            ["--no-such-option"], ["demo", "--seed", "many"], ["alerts", "-o", "xml"], ["query"],
            ["status", "--time", "1"], ["snapshot", "--size", "big"],
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
