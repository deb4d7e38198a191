import Diagnostics
import Glibc

/// A file or standard input, read in pieces.
final class InputFile {
    private let descriptor: CInt
    /// Standard input cannot be looked at twice: it is held here.
    private var held: [UInt8]?
    private var offset = 0
    /// Whether the text ends with `# EOF`, as OpenMetrics does.
    let endsWithEOF: Bool

    init(_ path: String) throws(Problem) {
        if path == "-" {
            let bytes = try Files.read(path)
            held = bytes
            descriptor = -1
            endsWithEOF = Self.endsWithMark(bytes.suffix(16))
            return
        }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Problem("cannot open: \(String(cString: strerror(errno)))", at: SourcePlace(file: path))
        }
        var tail = [UInt8](repeating: 0, count: 16)
        let size = lseek(descriptor, 0, SEEK_END)
        if size > 0 {
            let count = pread(descriptor, &tail, tail.count, max(0, size - off_t(tail.count)))
            endsWithEOF = Self.endsWithMark(tail.prefix(max(0, count)))
        } else {
            endsWithEOF = false
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Up to `count` bytes; `nil` at the end.
    func read(_ count: Int) -> [UInt8]? {
        if let held {
            guard offset < held.count else { return nil }
            let end = min(offset + count, held.count)
            defer { offset = end }
            return Array(held[offset..<end])
        }
        var chunk = [UInt8](repeating: 0, count: count)
        let got = Glibc.read(descriptor, &chunk, count)
        guard got > 0 else { return nil }
        chunk.removeLast(count - got)
        return chunk
    }

    private static func endsWithMark(_ tail: some Collection<UInt8>) -> Bool {
        String(decoding: tail, as: UTF8.self).split(separator: "\n").last == "# EOF"
    }
}
