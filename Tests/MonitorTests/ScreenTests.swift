import Builtin
import Canvas
import Capture
import Dashboard
import Glibc
import Messaging
import MetricModel
import Panels
import Rules
import Testing

@testable import Monitor

/// Whole screens of the program, drawn from seven minutes of a real Airflow and Spark: every line of them, at the sizes that
/// people have, in the characters and colours that their terminals have.
///
/// `PLANETOP_UPDATE_GOLDEN=1` writes the files anew instead of comparing: look at them before they are committed.
@Suite("Whole screens of a real plane")
struct ScreenTests {
    struct Look: Sendable, CustomTestStringConvertible {
        var name: String
        var size: (width: Int, height: Int)
        var glyphs = GlyphSet.braille
        var isMono = false
        var testDescription: String { name }
    }

    static let looks = [
        Look(name: "80x24", size: (80, 24)),
        Look(name: "120x40", size: (120, 40)),
        Look(name: "200x50", size: (200, 50)),
        Look(name: "80x24-ascii", size: (80, 24), glyphs: .ascii, isMono: true),
        Look(name: "80x24-mono", size: (80, 24), isMono: true),
    ]

    @Test("stay as they were looked at", arguments: looks)
    func golden(_ look: Look) throws {
        let monitor = try Self.monitor(look)
        var text = ""
        for page in 1...3 {
            _ = monitor.press(.character(Character("\(page)")), clock: Self.end)
            text += "== \(page)\n" + Self.frame(monitor, look)
        }
        _ = monitor.press(.character("1"), clock: Self.end)
        _ = monitor.press(.character("a"), clock: Self.end)
        text += "== alerts\n" + Self.frame(monitor, look)
        _ = monitor.press(.enter, clock: Self.end)
        text += "== the worst alert\n" + Self.frame(monitor, look)
        if look.isMono { #expect(!text.contains("\u{1b}")) }
        if look.glyphs == .ascii {
            // Names of a plane may hold any letter; what the program draws itself is ASCII.
            #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
        }
        Self.compare(text, "screens-\(look.name).txt")
    }

    // MARK: The plane

    private static let folder: String = {
        let file = #filePath
        return String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
    }()

    private static let end = Timestamp(milliseconds: 0)

    private static func monitor(_ look: Look) throws -> Monitor {
        let reader = try CaptureReader(paths: [folder + "/../CommandTests/Samples/airflow-spark.ptcap"])
        let observatory = Observatory()
        observatory.load(
            try RuleFile.parse(
                text: String(decoding: Builtin.rules.yaml, as: UTF8.self), file: Builtin.rules.name
            ).groups)
        let span = try #require(reader.span)
        while let record = try reader.next() {
            if case .message(let delivery) = record.content { observatory.receive(delivery) }
        }
        observatory.advance(to: span.upperBound)
        var cursor = Cursor.live()
        cursor.hold(at: span.upperBound, clock: span.upperBound)
        var settings = Monitor.Settings()
        settings.glyphs = look.glyphs
        settings.isMono = look.isMono
        return Monitor(
            observatory,
            dashboards: try Builtin.dashboards.map { try Dashboard.read($0.json, file: $0.name) },
            cursor: cursor, link: .replay(start: span.lowerBound, end: span.upperBound), settings: settings)
    }

    private static func frame(_ monitor: Monitor, _ look: Look) -> String {
        monitor.frame(width: look.size.width, height: look.size.height, clock: end).plainText + "\n"
    }

    // MARK: Golden files

    private static func compare(_ text: String, _ name: String) {
        let path = "\(folder)/Golden/\(name)"
        if getenv("PLANETOP_UPDATE_GOLDEN").map({ String(cString: $0) }) == "1" {
            guard let file = fopen(path, "w") else {
                Issue.record("cannot write \(path)")
                return
            }
            fputs(text, file)
            fclose(file)
            return
        }
        guard let wanted = read(path) else {
            Issue.record("no golden file \(name): look at the frames, then run with PLANETOP_UPDATE_GOLDEN=1")
            return
        }
        if wanted == text { return }
        let old = wanted.split(separator: "\n", omittingEmptySubsequences: false)
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        guard let line else {
            Issue.record("\(name): \(new.count) lines in place of \(old.count)")
            return
        }
        Issue.record("\(name) differs in line \(line + 1)\n- \(old[line])\n+ \(new[line])")
    }

    private static func read(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
