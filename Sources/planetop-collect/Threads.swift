import Glibc
import MetricModel

/// A detached POSIX thread.
enum Thread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let status = pthread_create(&thread, nil, Self.enter, work.toOpaque())
        precondition(status == 0, "a collector needs two threads")
        pthread_detach(thread)
    }

    private static let enter: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        argument in
        Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
    }
}

/// Raised once, seen by every thread that waits.
final class StopSignal: Sendable {
    private let reading: CInt
    private let writing: CInt

    init() {
        var ends: [CInt] = [0, 0]
        precondition(pipe(&ends) == 0, "a collector needs a pipe")
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// The byte is never read, so every wait from now on ends at once.
    func raise() { _ = write(writing, "x", 1) }

    /// - Returns: whether the signal was raised within `span`.
    func wait(_ span: TimeSpan) -> Bool {
        var descriptor = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, CInt(clamping: max(0, span.milliseconds))) > 0
    }
}

/// The signals that ask the collector to end.
enum SignalWait {
    /// Call before any thread starts; threads inherit it.
    static func blockSignals() {
        var mask = handled()
        pthread_sigmask(SIG_BLOCK, &mask, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Sleeps until one comes.
    static func wait() -> CInt {
        var mask = handled()
        var number: CInt = 0
        while sigwait(&mask, &number) != 0 {}
        return number
    }

    private static func handled() -> sigset_t {
        var mask = sigset_t()
        sigemptyset(&mask)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { sigaddset(&mask, number) }
        return mask
    }
}
