import Diagnostics
import Glibc

/// A file that holds one secret and that nobody else may read.
package enum SecretFile {
    package static let bytesMax = 64 * 1024

    /// The first line of a regular file that belongs to the user and that group and others cannot touch.
    ///
    /// - Throws: why the file is refused; the text never holds the content.
    package static func read(_ path: String) throws(Problem) -> Secret {
        // Not blocking: a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            throw Problem("cannot open the secret file: \(errorText(errno))", at: SourcePlace(file: path))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem("the secret file is not a regular file", at: SourcePlace(file: path))
        }
        guard status.st_uid == geteuid() else {
            throw Problem(
                "the secret file belongs to another user", at: SourcePlace(file: path),
                fix: "chown it to yourself")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Problem(
                "the secret file can be read or changed by others", at: SourcePlace(file: path),
                fix: "chmod 600 it, and change the password if others may have seen it")
        }
        guard status.st_size <= bytesMax else {
            throw Problem("the secret file is larger than \(bytesMax) bytes", at: SourcePlace(file: path))
        }
        let bytes = readAll(descriptor, bytesMax: bytesMax)
        return try secret(firstLineOf: bytes, from: "the secret file", at: SourcePlace(file: path))
    }

    /// What stands before the first line break.
    static func secret(
        firstLineOf bytes: [UInt8], from source: String, at place: SourcePlace? = nil
    ) throws(Problem) -> Secret {
        var line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        guard !line.isEmpty else { throw Problem("\(source) has an empty first line", at: place) }
        guard !line.contains(0), let text = String(validating: line, as: UTF8.self) else {
            throw Problem("\(source) does not hold text in UTF-8", at: place)
        }
        return Secret(text)
    }
}

/// Reads up to `bytesMax` bytes; what could be read before an error.
func readAll(_ descriptor: Int32, bytesMax: Int) -> [UInt8] {
    var out: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while out.count < bytesMax {
        let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        out += chunk[..<count]
    }
    return Array(out.prefix(bytesMax))
}

/// The system's words for an `errno`.
func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
