import Glibc
import Testing

/// Files of expected frames beside this file. `PLANETOP_UPDATE_GOLDEN=1` writes them anew instead of comparing.
enum Golden {
    static let folder: String = {
        let file = #filePath
        return file[..<(file.lastIndex(of: "/") ?? file.endIndex)] + "/Golden"
    }()

    static let isUpdating = environment("PLANETOP_UPDATE_GOLDEN") == "1"

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Compares `text` with the file `name`, which must exist.
    static func expect(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let path = folder + "/" + name
        if isUpdating {
            write(text, to: path)
            return
        }
        guard let wanted = read(path) else {
            Issue.record(
                "no golden file \(name): look at the frame, then run with PLANETOP_UPDATE_GOLDEN=1\n\(text)",
                sourceLocation: sourceLocation)
            return
        }
        if wanted == text { return }
        Issue.record("\(name) differs: \(firstDifference(wanted, text))", sourceLocation: sourceLocation)
    }

    /// The first line that differs, with those around it.
    private static func firstDifference(_ wanted: String, _ got: String) -> String {
        let old = wanted.split(separator: "\n", omittingEmptySubsequences: false)
        let new = got.split(separator: "\n", omittingEmptySubsequences: false)
        let line =
            zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            ?? min(old.count, new.count)
        func around(_ lines: [Substring]) -> String {
            lines[max(0, min(line - 3, lines.count))..<min(line + 4, lines.count)].joined(separator: "\n")
        }
        return "line \(line + 1)\nexpected:\n\(around(old))\ngot:\n\(around(new))"
    }

    static func read(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else {
            Issue.record("cannot write \(path)")
            return
        }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, file)
    }
}

/// Deterministic numbers: splitmix64.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
