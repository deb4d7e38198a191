import Diagnostics
import Glibc

/// A file or standard input, read in pieces, from its beginning each time.
final class InputFile {
    private let descriptor: CInt
    /// Whether the text ends with `# EOF`, as OpenMetrics does.
    let endsWithEOF: Bool

    init(_ path: String) throws(Problem) {
        if path == "-" { try StandardInput.hold() }
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Files.problem("cannot open", path) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw Files.isFolder(path)
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

/// Standard input as something that can be read more than once: what it is shows only after a look into it.
enum StandardInput {
    /// Puts what comes through a pipe into a file without a name, and that in the pipe's place.
    static func hold() throws(Problem) {
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0 else { throw Files.problem("cannot open", "-") }
        if status.st_mode & S_IFMT == S_IFREG { return }
        let bytes = try Files.read("-")
        var name = Array("\(environment("TMPDIR") ?? "/tmp")/planetop.XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw Files.problem("cannot keep standard input", "-") }
        unlink(name)
        defer { close(descriptor) }
        guard Files.put(bytes, descriptor), dup2(descriptor, STDIN_FILENO) >= 0 else {
            throw Files.problem("cannot keep standard input", "-")
        }
    }
}
