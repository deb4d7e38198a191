import Glibc

/// Where a recorder writes to.
package protocol CaptureOutput: AnyObject {
    /// Named in errors.
    var path: String { get }
    /// Bytes that are there already.
    var length: Int { get }
    /// Appends as many of `bytes` as it can; `nil` and `errno` when none.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int?
    /// Takes back what was appended after the first `length` bytes; whether that was possible.
    func truncate(to length: Int) -> Bool
    /// Makes sure that a power failure cannot take back what was written; whether that was possible.
    func synchronise() -> Bool
}

/// A file that is only ever appended to, readable by its owner alone, locked against other recorders.
package final class CaptureFileOutput: CaptureOutput {
    package let path: String
    package private(set) var length: Int
    private let descriptor: CInt
    private let ownsDescriptor: Bool

    /// - Parameter path: created when it is not there; `-` for standard output.
    package init(path: String) throws(CaptureError) {
        self.path = path
        if path == "-" {
            descriptor = 1
            ownsDescriptor = false
            length = 0
            return
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, doing: "open", reason: systemReason()) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isInUse = errno == EWOULDBLOCK
            let reason = systemReason()
            close(descriptor)
            throw isInUse ? .inUse(path: path) : .file(path: path, doing: "open", reason: reason)
        }
        self.descriptor = descriptor
        ownsDescriptor = true
        length = Int(status.st_size)
    }

    deinit { if ownsDescriptor { close(descriptor) } }

    package func write(_ bytes: UnsafeRawBufferPointer) -> Int? {
        while true {
            let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            if count >= 0 {
                length += count
                return count
            }
            if errno != EINTR { return nil }
        }
    }

    package func truncate(to length: Int) -> Bool {
        guard ftruncate(descriptor, off_t(length)) == 0 else { return false }
        self.length = length
        return true
    }

    package func synchronise() -> Bool { fdatasync(descriptor) == 0 }
}
