import Foundation
import Testing

extension CommandSuites {
    /// What is said of captures that are not whole.
    @Suite struct CaptureReportTests {
        private let folder: String
        private let lines: [Data]

        init() throws {
            folder = try temporaryFolder()
            let made = try Command.run([
                "demo", "--headless", "--for", "2m", "--record", "\(folder)/whole.jsonl",
            ])
            try #require(made.code == 0, "\(made)")
            let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/whole.jsonl"))
            lines = bytes.split(separator: 0x0a).map { Data($0) }
            try #require(lines.count > 100)
        }

        private func write(_ lines: [Data], _ name: String, tail: Data = Data()) throws {
            let bytes = lines.reduce(Data()) { $0 + $1 + [0x0a] } + tail
            try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }

        private func verify(_ name: String) throws -> Command.Result {
            try Command.run(["capture", "verify", "\(folder)/\(name)"])
        }

        @Test func damageIsSaidInWords() throws {
            var damaged = lines
            damaged[40][30] ^= 1
            damaged.removeSubrange(60..<70)
            try write(damaged, "damaged.jsonl")
            let result = try verify("damaged.jsonl")
            #expect(result.code == 1, "\(result)")
            let output = result.output.split(separator: "\n")
            #expect(output.count == 5, "\(result)")
            let counts = "1 damaged record, 11 missing records, 1 footer that counts otherwise"
            #expect(output.first == "\(lines.count - 11) records, \(counts)", "\(result)")
            #expect(output[1].hasPrefix("  at 2026-11-") || output[1].hasPrefix("  between 2026-11-"))
            #expect(output[1].hasSuffix(": 1 damaged record, 1 missing record"), "\(result)")
            #expect(output[2].hasSuffix(": 10 missing records"), "\(result)")
            #expect(output[4].hasPrefix("  lost: 11 records by their numbers"), "\(result)")
            #expect(
                result.errors.contains(
                    "the capture is damaged: \(counts)\n  at \(folder)/damaged.jsonl\n  fix: play"))
            let info = try Command.run(["capture", "info", "\(folder)/damaged.jsonl"])
            #expect(info.code == 0)
            #expect(info.output.contains("damage    \(counts)\n"), "\(info)")
            #expect(info.output.contains("lost: 11 records"), "\(info)")
            #expect(!(info.output + result.output + result.errors).contains("CaptureDamage"))
        }

        @Test func anEndThatIsTornOffIsSaid() throws {
            try write(Array(lines[..<50]), "torn.jsonl", tail: lines[50].prefix(30))
            let result = try verify("torn.jsonl")
            #expect(result.code == 1, "\(result)")
            #expect(result.output.contains(", at the end: 30 bytes without an end"), "\(result)")
            #expect(result.output.contains("has no end: its recorder was killed, goes on, or"), "\(result)")
        }

        @Test func aRecordingWithoutAnEndIsNoDamage() throws {
            try write(Array(lines[..<50]), "open.jsonl")
            let result = try verify("open.jsonl")
            #expect(result.code == 0, "\(result)")
            #expect(
                result.output.contains("50 records, no damage\n  the recording that began at "), "\(result)")
            try write([], "empty.jsonl")
            #expect(try verify("empty.jsonl").output == "0 records, no damage\n  there is no record in it\n")
            #expect(try verify("whole.jsonl").output == "\(lines.count) records, no damage\n")
        }
    }
}
