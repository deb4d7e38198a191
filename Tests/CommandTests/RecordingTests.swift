import Foundation
import Glibc
import TestSupport
import Testing

extension CommandSuites {
    /// `R`, `--record` and what happens when a file cannot be written.
    @Suite struct RecordingTests {
        private let folder: String

        init() throws { folder = try temporaryFolder() }

        /// The program in a terminal, with `folder` as its working directory, after the shell commands `before`.
        private func start(
            _ arguments: [String], before: String = "true", environment: [String: String] = [:]
        ) throws -> PseudoTerminal {
            let terminal = try PseudoTerminal(
                "/bin/sh",
                ["-c", "cd \"$0\" && \(before) && exec \"$@\"", folder, PseudoTerminal.program("planetop")]
                    + arguments,
                columns: 140, rows: 40,
                environment: ["XDG_STATE_HOME": "\(folder)/state"].merging(environment) { $1 })
            try #require(terminal.shows("LIVE", within: 180), "\(terminal.screen.text)")
            return terminal
        }

        private func captures(in place: String = "") throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder + place)
                .filter { $0.hasSuffix(".ptcap") }.map { "\(folder)\(place)/\($0)" }
        }

        /// The number of messages, when the capture is whole.
        private func verified(_ path: String) throws -> Int? {
            let check = try Command.run(["capture", "verify", path])
            #expect(check.code == 0, "\(check)")
            let info = try Command.run(["capture", "info", path])
            let line = info.output.split(separator: "\n").first { $0.hasPrefix("messages ") }
            return line?.split(separator: " ").dropFirst().first.flatMap { Int($0.dropLast()) }
        }

        private func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }

        @Test func aKeyBeginsAndEndsARecording() throws {
            let terminal = try start(["demo"])
            terminal.type("R")
            #expect(terminal.shows("recording into planetop-"), "\(terminal.screen.text)")
            #expect(terminal.read(seconds: 10) { $0.lines[0].contains("REC ") }, "\(terminal.screen.text)")
            let path = try #require(try captures().first)
            #expect(try mode(path) == 0o600)
            terminal.read(seconds: 8)
            terminal.type("R")
            #expect(terminal.shows("recorded: planetop-"), "\(terminal.screen.text)")
            #expect(terminal.screen.text.contains(" messages, "), "\(terminal.screen.text)")
            #expect(terminal.screen.text.contains(" bytes"))
            #expect(!terminal.screen.lines[0].contains("REC"))
            let messages = try #require(try verified(path))
            #expect(terminal.screen.text.contains(", \(messages) messages, "), "\(terminal.screen.text)")
            // A second one has a file of its own.
            terminal.type("R")
            #expect(terminal.shows("recording into planetop-"))
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(try captures().count == 2)
            for path in try captures() { _ = try verified(path) }
        }

        @Test func aFolderThatCannotBeWrittenGivesWayToTheStateFolder() throws {
            // Root may write everywhere but there.
            let terminal = try start(["demo"], before: "cd /proc/self")
            terminal.type("R")
            #expect(
                terminal.shows("recording into \(folder)/state/planetop/planetop-"), "\(terminal.screen.text)"
            )
            terminal.type("R")
            #expect(terminal.shows("recorded: "), "\(terminal.screen.text)")
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(try captures(in: "/state/planetop").count == 1)
        }

        @Test func theKeyEndsWhatAnOptionBegan() throws {
            let terminal = try start(["demo", "--record", "given.ptcap"])
            // The history of an hour is recorded too.
            #expect(terminal.shows("FIRING", within: 180), "\(terminal.screen.text)")
            #expect(terminal.read(seconds: 20) { $0.lines[0].contains("REC ") }, "\(terminal.screen.text)")
            terminal.type("R")
            #expect(terminal.shows("recorded: given.ptcap, "), "\(terminal.screen.text)")
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            #expect(try verified("\(folder)/given.ptcap") ?? 0 > 300)
        }

        @Test func aFullDiskIsSeenAndPassesBy() throws {
            // 512-byte blocks: far less than the history of the demonstration.
            let terminal = try start(
                ["demo", "--record", "small.ptcap"], before: "ulimit -S -f 64")
            #expect(
                terminal.read(seconds: 60) { $0.lines[0].contains("REC FAILED") }, "\(terminal.screen.text)")
            #expect(terminal.shows("recording fails"), "\(terminal.screen.text)")
            #expect(terminal.screen.text.contains("File too large"), "\(terminal.screen.text)")
            _ = try verified("\(folder)/small.ptcap")
            // The screen goes on.
            terminal.type("3")
            #expect(terminal.shows("Behind"), "\(terminal.screen.text)")
            let raise = try Process.run(
                URL(fileURLWithPath: "/usr/bin/prlimit"),
                arguments: ["--pid", "\(terminal.process)", "--fsize=unlimited"])
            raise.waitUntilExit()
            #expect(raise.terminationStatus == 0)
            #expect(terminal.shows("recording goes on", within: 30), "\(terminal.screen.text)")
            #expect(!terminal.screen.lines[0].contains("FAILED"))
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
            _ = try verified("\(folder)/small.ptcap")
        }

        @Test func aRecordingWithoutItsEndEndsWithOne() throws {
            let terminal = try start(["demo", "--record", "small.ptcap"], before: "ulimit -S -f 64")
            #expect(
                terminal.read(seconds: 60) { $0.lines[0].contains("REC FAILED") }, "\(terminal.screen.text)")
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 1)
            #expect(terminal.isClean)
            #expect(String(decoding: terminal.output, as: UTF8.self).contains("fix: make room on the disk"))
        }

        @Test func aReplaySaysWhyNot() throws {
            let made = try Command.run([
                "demo", "--headless", "--for", "10m", "--record", "\(folder)/ten.ptcap",
            ])
            #expect(made.code == 0, "\(made)")
            let terminal = try PseudoTerminal(
                PseudoTerminal.program("planetop"), ["replay", "\(folder)/ten.ptcap"], columns: 140, rows: 40)
            try #require(terminal.shows("REPLAY"), "\(terminal.screen.text)")
            terminal.type("R")
            #expect(terminal.shows("not recording: "), "\(terminal.screen.text)")
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
        }

        @Test func aReplayBeginsWhereItIsToldTo() throws {
            let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Samples/airflow-spark-38min.ptcap").path
            let terminal = try PseudoTerminal(
                PseudoTerminal.program("planetop"),
                [
                    "replay", sample, "--at", "2026-11-28T21:00:00Z", "--retention", "15m", "--speed", "0.01",
                ], columns: 140, rows: 40, environment: ["TZ": "UTC"])
            try #require(terminal.shows("REPLAY"), "\(terminal.screen.text)")
            #expect(terminal.screen.text.contains("DagFailing"), "\(terminal.screen.text)")
            #expect(terminal.screen.lines[0].contains("2026-11-28 21:00:00 UTC"), "\(terminal.screen.text)")
            // The scrubber begins with what was read.
            #expect(terminal.screen.lines[38].contains("20:45"), "\(terminal.screen.text)")
            #expect(!terminal.screen.lines[38].contains("20:38"), "\(terminal.screen.text)")
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
        }

        @Test(arguments: [
            ("a folder", "Is a directory"), ("no-such-folder/x.ptcap", "No such file"),
            ("other.txt", "is not a capture"), ("-", "record -"),
        ])
        func aPlaceThatCannotBeRecordedToIsToldAtOnce(_ name: String, _ reason: String) throws {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/a folder", withIntermediateDirectories: true)
            try "hello".write(toFile: "\(folder)/other.txt", atomically: true, encoding: .utf8)
            let path = name == "-" ? name : "\(folder)/\(name)"
            let result = try Command.run(["demo", "--record", path])
            #expect(result.code == 1, "\(result)")
            #expect(result.errors.contains(reason), "\(result)")
            #expect(try String(contentsOfFile: "\(folder)/other.txt", encoding: .utf8) == "hello")
        }

        @Test(.enabled(if: PrivateBroker.isAvailable, "\(PrivateBroker.skipReason)"))
        func recordsWhatABrokerSends() throws {
            try SharedBroker.use { broker in
                let publisher = try LiveBroker.publisher(broker)
                defer { publisher.stop() }
                let terminal = try start(
                    ["live", "--broker", LiveBroker.url(broker)], environment: LiveBroker.password)
                terminal.type("R")
                #expect(terminal.shows("recording into planetop-"), "\(terminal.screen.text)")
                LiveBroker.publish(publisher, lag: 1)
                LiveBroker.publish(publisher, lag: 2)
                terminal.read(seconds: 7)
                // Flushed by now: a kill would not take them.
                let path = try #require(try captures().first)
                #expect(try verified(path) == 2)
                LiveBroker.publish(publisher, lag: 3)
                terminal.read(seconds: 1)
                terminal.type("R")
                #expect(terminal.shows(", 3 messages, "), "\(terminal.screen.text)")
                terminal.type("q")
                #expect(terminal.waitForEnd(seconds: 20) == 0)
                #expect(try verified(path) == 3)
            }
        }
    }
}
