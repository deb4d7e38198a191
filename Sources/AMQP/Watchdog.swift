import Diagnostics
import Glibc
import MetricModel
import Synchronization

/// Ends the socket of a call that does not come back.
///
/// librabbitmq 0.11 waits without limit in a few places, in `amqp_basic_publish` for instance once the broker has
/// been silent for two heartbeats. The owner arms the dog around such calls; a thread looks every third of the
/// limit and shuts the socket down, which makes the call return an error.
final class Watchdog: Sendable {
    private struct Leash {
        /// A duplicate of the connection's descriptor: shutting it down reaches the same socket, and its number
        /// cannot be reused by somebody else while we hold it.
        var descriptor: Int32 = -1
        var isRunning = false
        var ends = false
    }

    private let leash = Mutex(Leash())
    /// When the armed call must be back, in monotonic nanoseconds; 0: none is under way.
    private let deadline = Atomic<UInt64>(0)
    private let bites = Atomic<Int>(0)
    private let limit: TimeSpan
    private let bark = ThreadGate()

    init(limit: TimeSpan) { self.limit = limit }

    /// How often a call had to be ended.
    var biteCount: Int { bites.load(ordering: .relaxed) }

    /// Watches the socket behind `descriptor` from now on; -1 watches none.
    func watch(_ descriptor: Int32) throws(Problem) {
        let copy = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1
        let (former, mustStart) = leash.withLock { leash in
            defer { leash.descriptor = copy }
            let mustStart = copy >= 0 && !leash.isRunning && !leash.ends
            if mustStart { leash.isRunning = true }
            return (leash.descriptor, mustStart)
        }
        if former >= 0 {
            // The library may have closed its own descriptor; the peer learns of the end only now.
            shutdown(former, Int32(SHUT_RDWR))
            close(former)
        }
        guard mustStart else { return }
        try PosixThread.start(name: "amqp-watchdog", stackBytes: 256 * 1024) { [self] in patrol() }
    }

    /// The call made between `arm` and `disarm` may take `limit` at most.
    func arm() {
        deadline.store((MonotonicInstant.now + limit).nanoseconds, ordering: .relaxed)
    }

    func disarm() { deadline.store(0, ordering: .relaxed) }

    /// Ends the thread; the dog cannot be used again.
    func retire() {
        leash.withLock { $0.ends = true }
        try? watch(-1)
        bark.open()
    }

    private func patrol() {
        let period = TimeSpan(milliseconds: max(20, limit.milliseconds / 3))
        while !bark.wait(period) {
            let due = deadline.load(ordering: .relaxed)
            guard due != 0, MonotonicInstant.now.nanoseconds >= due else { continue }
            leash.withLock { leash in
                guard leash.descriptor >= 0 else { return }
                shutdown(leash.descriptor, Int32(SHUT_RDWR))
            }
            bites.add(1, ordering: .relaxed)
            deadline.store(0, ordering: .relaxed)
        }
    }
}
