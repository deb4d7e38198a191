import Collect
import Diagnostics
import Glibc

/// Reads the collector's configuration and the secrets that it names.
enum ConfigurationFile {
    private static let bytesMax = 1 << 20

    static func read(_ path: String) throws(Problem) -> CollectorConfiguration {
        let bytes = try contents(path, place: SourcePlace(file: path), isSecret: false)
        return try CollectorConfiguration(yaml: bytes, file: path) { secret, place throws(Problem) in
            let text = String(decoding: try contents(secret, place: place, isSecret: true), as: UTF8.self)
            return String(text.prefix { $0 != "\n" && $0 != "\r\n" })
        }
    }

    /// - Parameter isSecret: the file must belong to us and be closed to everyone else.
    private static func contents(_ path: String, place: SourcePlace, isSecret: Bool) throws(Problem)
        -> [UInt8]
    {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Problem("cannot open `\(path)`: \(String(cString: strerror(errno)))", at: place)
        }
        defer { close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        if isSecret, status.st_mode & 0o077 != 0 || (status.st_uid != geteuid() && status.st_uid != 0) {
            throw Problem(
                "`\(path)` holds a secret and others may read it", at: place,
                fix: "chmod 600 it and make it your own")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= bytesMax {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                throw Problem("cannot read `\(path)`: \(String(cString: strerror(errno)))", at: place)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        throw Problem("`\(path)` is larger than \(bytesMax) bytes", at: place)
    }
}

/// Writes a line to standard error.
func standardError(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
}
