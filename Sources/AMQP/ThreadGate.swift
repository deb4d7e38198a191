import Glibc
import MetricModel

/// A flag that threads can wait for.
///
/// `@unchecked Sendable`: `isOpen` is only touched under the mutex.
final class ThreadGate: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isOpen = false

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func open() { set(true) }
    func close() { set(false) }

    private func set(_ value: Bool) {
        pthread_mutex_lock(mutex)
        isOpen = value
        if value { pthread_cond_broadcast(condition) }
        pthread_mutex_unlock(mutex)
    }

    /// Waits until the gate is open; `false` when it still is not after `timeout`.
    func wait(_ timeout: TimeSpan) -> Bool {
        let deadline = MonotonicInstant.now + timeout
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000),
            tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isOpen {
            if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return isOpen }
        }
        return true
    }
}
