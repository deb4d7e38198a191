import CRabbitMQ
import Diagnostics
import Glibc

/// Threads whose stack size is chosen, which Swift's own tasks cannot do.
package enum PosixThread {
    /// Runs `body` on a detached thread of its own.
    ///
    /// All signals that a process can be sent stay blocked there: they are the main thread's business.
    /// - Parameter name: at most 15 bytes are shown by system tools.
    /// - Throws: when the system has no room for another thread.
    package static func start(
        name: String, stackBytes: Int, _ body: @escaping @Sendable () -> Void
    ) throws(Problem) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        var blocked = sigset_t()
        sigfillset(&blocked)
        // These report a fault of the thread itself and cannot be delayed.
        for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&blocked, signal) }
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let status = pthread_create(&thread, &attributes, runStart, start.toOpaque())
        if status != 0 {
            start.release()
            throw Problem("cannot start the thread \(name): \(errorText(status))")
        }
    }
}

private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runStart(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    planetop_name_thread(start.name)
    start.body()
    return nil
}
