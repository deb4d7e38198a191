import Glibc

/// A file read at any place, or a pipe read forwards.
final class CaptureFile {
    let path: String
    private let descriptor: CInt
    private let ownsDescriptor: Bool
    /// `nil` for a pipe.
    private(set) var size: Int?
    // The piece read last: walking over blocks asks for a few bytes at a time.
    private var window: [UInt8] = []
    private var windowStart = 0

    /// - Parameter path: `-` for standard input.
    init(path: String) throws(CaptureError) {
        self.path = path
        if path == "-" {
            descriptor = 0
            ownsDescriptor = false
        } else {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            ownsDescriptor = true
            if descriptor < 0 { throw .file(path: path, doing: "open", reason: systemReason()) }
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = systemReason()
            if ownsDescriptor { Glibc.close(descriptor) }
            throw .file(path: path, doing: "read", reason: reason)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            if ownsDescriptor { Glibc.close(descriptor) }
            throw .file(path: path, doing: "read", reason: "it is a folder")
        }
        size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    deinit { if ownsDescriptor { Glibc.close(descriptor) } }

    /// Asks for the size again, of a file that is still written to.
    func refresh() {
        var status = stat()
        if size != nil, fstat(descriptor, &status) == 0 { size = Int(status.st_size) }
        window = []
    }

    /// `count` bytes from `offset` on, fewer at the end of the file. For a few bytes at a time.
    func bytes(at offset: Int, count: Int) throws(CaptureError) -> [UInt8] {
        if offset >= windowStart, offset + count <= windowStart + window.count {
            return Array(window[(offset - windowStart)..<(offset - windowStart + count)])
        }
        windowStart = offset
        window = try piece(at: offset, count: max(count, 4_096))
        return Array(window.prefix(count))
    }

    /// `count` bytes from `offset` on, fewer at the end of the file.
    func piece(at offset: Int, count: Int) throws(CaptureError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + filled, count - filled, offset + filled)
            }
            if result < 0 {
                if errno == EINTR { continue }
                throw .file(path: path, doing: "read", reason: systemReason())
            }
            if result == 0 { break }
            filled += result
        }
        buffer.removeLast(count - filled)
        return buffer
    }

    /// The next bytes of a pipe; none at its end.
    func next(count: Int) throws(CaptureError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            let result = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, count) }
            if result < 0 {
                if errno == EINTR { continue }
                throw .file(path: path, doing: "read", reason: systemReason())
            }
            buffer.removeLast(count - result)
            return buffer
        }
    }
}
