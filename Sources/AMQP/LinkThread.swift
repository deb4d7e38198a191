import Diagnostics
import Glibc
import MetricModel
import Synchronization

/// The thread that owns a link to the broker, and what others may ask of it: to look again, to retry, to end.
///
/// Any thread may call; what is marked so is for the thread itself.
final class LinkThread: Sendable {
    /// Wakes it from its sleep.
    let signal = WakeSignal()

    private let events = Mutex(LinkEventLog())
    private let ended = ThreadGate()
    private let stopRequested = Atomic<Bool>(false)
    private let running = Atomic<Bool>(false)
    private let retryRequested = Atomic<Bool>(false)
    private let wake: @Sendable () -> Void

    /// librabbitmq 0.11 decodes nested header tables by recursion without a bound, and any publisher may send
    /// 21 000 levels.
    private static let stackBytes = 16 << 20

    /// - Parameter wake: called when there is something new to read for whoever watches the link.
    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// Starts the thread with `body`; later calls do nothing.
    func start(name: String, _ body: @escaping @Sendable () -> Void) throws(Problem) {
        guard !running.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let ended = ended
        do {
            try PosixThread.start(name: name, stackBytes: Self.stackBytes) {
                body()
                ended.open()
            }
        } catch {
            ended.open()
            throw error
        }
    }

    func requestStop() {
        stopRequested.store(true, ordering: .releasing)
        signal.raise()
    }

    /// - Returns: `false` when the thread is still in a call after `timeout`; it then ends by itself.
    func stop(_ timeout: TimeSpan) -> Bool {
        requestStop()
        return running.load(ordering: .acquiring) ? ended.wait(timeout) : true
    }

    var mustStop: Bool { stopRequested.load(ordering: .acquiring) }

    /// Ends the wait for the next attempt.
    func retry() {
        retryRequested.store(true, ordering: .releasing)
        signal.raise()
    }

    /// Events since the last call, oldest first, and how many were lost before them.
    func takeEvents() -> (events: [LinkEvent], dropped: Int) { events.withLock { $0.take() } }

    func post(_ event: LinkEvent) { events.withLock { $0.append(event) } }

    func post(_ posted: some Sequence<LinkEvent>) {
        events.withLock { log in
            for event in posted { log.append(event) }
        }
    }

    /// Tells whoever watches the link that there is news.
    func notify() { wake() }

    /// For the thread itself: sleeps until `end`, or until it is to retry or to stop.
    func wait(until end: MonotonicInstant) {
        _ = takeRetry()
        while !mustStop, !takeRetry() {
            let left = end - .now
            guard left > .zero else { return }
            var poller = pollfd(fd: signal.descriptor, events: Int16(POLLIN), revents: 0)
            // Without a descriptor nothing can wake us: look at the flags every quarter of a second.
            let slice = signal.descriptor < 0 ? min(left.milliseconds, 250) : left.milliseconds
            if poll(&poller, 1, Int32(clamping: slice + 1)) > 0 { signal.clear() }
        }
    }

    private func takeRetry() -> Bool { retryRequested.exchange(false, ordering: .acquiringAndReleasing) }
}
