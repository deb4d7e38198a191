import Foundation
import Glibc
import TestSupport
import Testing

extension CommandSuites {
    /// Alerts and rules over the life of the program: killed, started again, reloaded.
    @Suite(.enabled(if: PrivateBroker.isAvailable, "\(PrivateBroker.skipReason)"))
    struct AlertStateTests {
        private let folder: String
        private var rules: String { "\(folder)/rules.yml" }
        private var state: String { "\(folder)/state/planetop" }
        private var environment: [String: String] { ["XDG_STATE_HOME": "\(folder)/state"] }

        init() throws {
            folder = try temporaryFolder()
            try write(
                """
                groups:
                  - name: test
                    interval: 15s
                    rules:
                      - {alert: LagHigh, expr: lag > 50, labels: {severity: critical}}
                      - {alert: LagLong, expr: lag > 50, for: 1h, labels: {severity: warning}}
                """)
        }

        private func write(_ text: String) throws {
            try text.write(toFile: rules, atomically: true, encoding: .utf8)
        }

        private func journal() throws -> String {
            let names = try FileManager.default.contentsOfDirectory(atPath: state)
            let journals = names.filter { $0.hasPrefix("alerts-") && $0.hasSuffix(".journal") }
            #expect(journals.count == 1, "\(names)")
            return "\(state)/\(try #require(journals.first))"
        }

        /// Temporary files beside the journal.
        private func unfinished() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: state).filter { $0.hasSuffix(".new") }
        }

        /// `2026-11-28 19:43:15`, as the detail of the alert at the top of the list says it.
        private func time(after words: String, _ terminal: PseudoTerminal) -> String? {
            let text = terminal.screen.text
            guard let found = text.range(of: words) else { return nil }
            return String(text[found.upperBound...].prefix(20))
        }

        /// Shows the list of alerts, and waits for both.
        private func openAlerts(_ terminal: PseudoTerminal) -> Bool {
            terminal.type("a")
            return terminal.read(seconds: 60) {
                $0.text.contains("LagHigh") && $0.text.contains("LagLong")
            }
        }

        @Test func firingAndPendingSurviveAKill() throws {
            try SharedBroker.use { broker in
                let publisher = try LiveBroker.publisher(broker)
                defer { publisher.stop() }
                var terminal = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                LiveBroker.publish(publisher, lag: 100)
                try #require(openAlerts(terminal), "\(terminal.screen.text)")
                terminal.type("\r")
                try #require(terminal.shows("firing since"), "\(terminal.screen.text)")
                let since = try #require(time(after: "firing since ", terminal))
                terminal.read(seconds: 1)
                terminal.send(SIGKILL)
                #expect(terminal.waitForEnd(seconds: 20) == -9)
                let left = try journal()

                // Longer than the interval of the rules: time in which nothing is counted.
                usleep(20_000_000)
                terminal = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                try #require(openAlerts(terminal), "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains("1 FIRING"), "\(terminal.screen.text)")
                // Evaluated without a single message of the plane, it is no all-clear.
                terminal.read(seconds: 18)
                #expect(terminal.screen.text.contains("1 FIRING"), "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains("1 pending"), "\(terminal.screen.text)")
                terminal.type("\r")
                try #require(terminal.shows("firing since"), "\(terminal.screen.text)")
                #expect(time(after: "firing since ", terminal) == since)

                LiveBroker.publish(publisher, lag: 0)
                #expect(terminal.hides("FIRING for", within: 40), "\(terminal.screen.text)")
                terminal.type("q")
                #expect(terminal.waitForEnd(seconds: 20) == 0)
                #expect(terminal.isClean)
                #expect(try journal() == left, "one broker, one journal")
                #expect(try unfinished().isEmpty)
            }
        }

        @Test func ofTwoScreensOneWrites() throws {
            try SharedBroker.use { broker in
                let publisher = try LiveBroker.publisher(broker)
                defer { publisher.stop() }
                let first = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                LiveBroker.publish(publisher, lag: 100)
                try #require(openAlerts(first), "\(first.screen.text)")
                #expect(!first.screen.text.contains("SECOND SCREEN"))
                first.read(seconds: 1)

                // It knows what the first one wrote, and says that it does not write itself.
                let second = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                #expect(second.screen.lines[0].contains("SECOND SCREEN"), "\(second.screen.text)")
                #expect(
                    second.screen.text.contains("(process \(first.process)) keeps the state of alerts"),
                    "\(second.screen.text)")
                try #require(openAlerts(second), "\(second.screen.text)")
                // The first one cannot write either while it stands still.
                first.send(SIGSTOP)
                try #require(first.waitForStop(seconds: 20))
                let path = try journal()
                let before = try String(contentsOfFile: path, encoding: .utf8)
                #expect(before.contains("LagHigh"))
                LiveBroker.publish(publisher, lag: 0)
                #expect(
                    second.read(seconds: 40) {
                        !$0.text.contains("1 FIRING") && !$0.text.contains("1 pending")
                    }, "\(second.screen.text)")
                second.read(seconds: 6)
                #expect(try String(contentsOfFile: path, encoding: .utf8) == before)
                #expect(second.screen.lines[0].contains("SECOND SCREEN"), "\(second.screen.text)")

                // However the first one ends, the second takes over.
                first.send(SIGKILL)
                #expect(first.waitForEnd(seconds: 20) == -9)
                #expect(
                    second.read(seconds: 20) { !$0.lines[0].contains("SECOND SCREEN") },
                    "\(second.screen.text)")
                second.read(seconds: 1)
                let after = try String(contentsOfFile: path, encoding: .utf8)
                // Nothing fires any more, in the words of the file.
                #expect(before.contains("\nalert firing") && !after.contains("\nalert firing"), "\(after)")
                #expect(try journal() == path)
                // The next one is the second again.
                let third = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                #expect(third.screen.lines[0].contains("SECOND SCREEN"), "\(third.screen.text)")
                second.type("q")
                #expect(second.waitForEnd(seconds: 20) == 0)
                #expect(
                    third.read(seconds: 20) { !$0.lines[0].contains("SECOND SCREEN") },
                    "\(third.screen.text)")
                third.type("q")
                #expect(third.waitForEnd(seconds: 20) == 0)
            }
        }

        @Test func aTornJournalIsSaidAndCostsOnlyItself() throws {
            try SharedBroker.use { broker in
                let publisher = try LiveBroker.publisher(broker)
                defer { publisher.stop() }
                var terminal = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                LiveBroker.publish(publisher, lag: 100)
                try #require(openAlerts(terminal), "\(terminal.screen.text)")
                terminal.type("q")
                #expect(terminal.waitForEnd(seconds: 20) == 0)
                let path = try journal()
                let whole = try #require(FileManager.default.contents(atPath: path))
                try whole.prefix(whole.count - 20).write(to: URL(fileURLWithPath: path))

                terminal = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                #expect(terminal.shows("begins anew"), "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains("it was cut off"), "\(terminal.screen.text)")
                // It is written anew with the next alert.
                LiveBroker.publish(publisher, lag: 100)
                try #require(openAlerts(terminal), "\(terminal.screen.text)")
                terminal.read(seconds: 1)
                terminal.send(SIGKILL)
                #expect(terminal.waitForEnd(seconds: 20) == -9)
                let text = try String(contentsOfFile: path, encoding: .utf8)
                #expect(
                    text.contains("LagHigh") && text.split(separator: "\n").last?.hasPrefix("end ") == true)
            }
        }

        @Test func aStateThatCannotBeKeptIsSaidOnce() throws {
            // A file in the place of the folder: no permission stops root.
            try "".write(toFile: "\(folder)/state", atomically: true, encoding: .utf8)
            try SharedBroker.use { broker in
                let publisher = try LiveBroker.publisher(broker)
                defer { publisher.stop() }
                let terminal = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                LiveBroker.publish(publisher, lag: 100)
                #expect(
                    terminal.shows("the state of alerts is not kept", within: 40), "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains("Not a directory"), "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains("1 FIRING"), "\(terminal.screen.text)")
                try FileManager.default.removeItem(atPath: "\(folder)/state")
                #expect(
                    terminal.shows("the state of alerts is kept again", within: 50), "\(terminal.screen.text)"
                )
                #expect(try journal().isEmpty == false)
                terminal.type("q")
                #expect(terminal.waitForEnd(seconds: 20) == 0)
            }
        }

        @Test func rulesAreReloaded() throws {
            try SharedBroker.use { broker in
                let publisher = try LiveBroker.publisher(broker)
                defer { publisher.stop() }
                let terminal = try LiveBroker.watch(broker, ["--rules", rules], environment: environment)
                LiveBroker.publish(publisher, lag: 100)
                try #require(openAlerts(terminal), "\(terminal.screen.text)")
                terminal.type("\r")
                try #require(terminal.shows("firing since"), "\(terminal.screen.text)")
                let since = try #require(time(after: "firing since ", terminal))
                terminal.type("\u{1b}")

                // One rule stays, one goes, one comes.
                let header = "groups:\n  - name: test\n    interval: 15s\n    rules:\n"
                let kept = "      - {alert: LagHigh, expr: lag > 50, labels: {severity: critical}}\n"
                try write(header + kept + "      - {alert: LagFresh, expr: lag > 90, for: 2h}\n")
                #expect(terminal.shows("rules reloaded, 2 of them"), "\(terminal.screen.text)")
                #expect(terminal.shows("LagFresh", within: 40), "\(terminal.screen.text)")
                #expect(!terminal.screen.text.contains("LagLong"), "\(terminal.screen.text)")

                try write(header + kept + "      - {alert: LagFresh, expr: 'lag > ', for: 2h}\n")
                #expect(terminal.shows("rules not reloaded, the old ones go on"), "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains("rules.yml:6, column "), "\(terminal.screen.text)")
                terminal.read(seconds: 16)
                #expect(terminal.screen.text.contains("LagFresh"), "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains("1 FIRING"), "\(terminal.screen.text)")

                try write(header + kept)
                #expect(terminal.shows("rules reloaded, 1 of them"), "\(terminal.screen.text)")
                #expect(terminal.hides("LagFresh", within: 40), "\(terminal.screen.text)")
                terminal.type("\r")
                try #require(terminal.shows("firing since"), "\(terminal.screen.text)")
                #expect(time(after: "firing since ", terminal) == since)
                terminal.type("q")
                #expect(terminal.waitForEnd(seconds: 20) == 0)
            }
        }
    }
}
