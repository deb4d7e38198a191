import Diagnostics
import Glibc

/// A right that one process at a time has, kept by the kernel: it ends with the process, also with `kill -9`.
///
/// The lock is on a file of its own, which stays: what it guards is replaced by renaming, and a lock would go with the old
/// file. The number of the process that has it is written into the file, for others to tell.
final class FileLock {
    enum State: Equatable {
        case held
        /// - Parameter process: its number, when it can be read.
        case elsewhere(process: Int?)
        /// Nobody can say: the file cannot be made, or its file system knows no locks.
        case unknown
    }

    private let path: String
    private var descriptor: CInt = -1
    private(set) var state = State.unknown

    /// - Parameter path: of the lock's file.
    init(path: String) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Asks for the lock, unless it is held; never waits.
    func attempt() {
        if state == .held { return }
        state = .unknown
        do throws(Problem) { try Files.makeFolder(of: path) } catch { return }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
            self.descriptor = descriptor
            state = .held
            ftruncate(descriptor, 0)
            _ = Files.put(Array("\(getpid())\n".utf8), descriptor)
            return
        }
        if errno == EWOULDBLOCK { state = .elsewhere(process: Self.process(in: descriptor)) }
        close(descriptor)
    }

    private static func process(in descriptor: CInt) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count], as: UTF8.self).prefix { $0.isNumber })
    }
}
