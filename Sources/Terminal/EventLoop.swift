import CTerminalSignals
import Glibc

/// Wakes the loop from another thread; cheap to call often.
package final class WakeUp: Sendable {
    package let descriptor: CInt

    package init() {
        descriptor = planetop_wake_descriptor()
        precondition(descriptor >= 0, "eventfd is always there on Linux")
    }

    deinit { close(descriptor) }

    package func signal() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

/// Sleeps until something happens: a key, a signal, a wake-up, room to write, or the deadline. Never polls on a timer.
package struct EventLoop {
    package struct Readiness: Sendable {
        package var input = false
        /// The terminal went away: there is nobody to draw for.
        package var hungUp = false
        package var signals = false
        package var woken = false
        package var writable = false
    }

    private let input: CInt
    private let signals: CInt
    private let wakeUp: WakeUp

    package init(input: CInt, signals: Signals, wakeUp: WakeUp) {
        self.input = input
        self.signals = signals.descriptor
        self.wakeUp = wakeUp
    }

    /// - Parameters:
    ///   - deadline: in nanoseconds of the monotonic clock; `nil` sleeps until something happens.
    ///   - output: a descriptor to wait for room in, when a frame is only partly sent.
    package func wait(until deadline: UInt64?, output: CInt? = nil) -> Readiness {
        var descriptors = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        if let output { descriptors.append(pollfd(fd: output, events: Int16(POLLOUT), revents: 0)) }
        var milliseconds: CInt = -1
        if let deadline {
            let now = monotonicNanoseconds()
            // Rounded up: waking a moment early would only spin.
            let left = deadline > now ? (deadline - now + 999_999) / 1_000_000 : 0
            milliseconds = CInt(clamping: left)
        }
        let count = poll(&descriptors, nfds_t(descriptors.count), milliseconds)
        var readiness = Readiness()
        guard count > 0 else { return readiness }
        readiness.input = descriptors[0].revents & Int16(POLLIN) != 0
        readiness.hungUp = descriptors[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
        readiness.signals = descriptors[1].revents & Int16(POLLIN) != 0
        readiness.woken = descriptors[2].revents & Int16(POLLIN) != 0
        if readiness.woken { wakeUp.clear() }
        if output != nil { readiness.writable = descriptors[3].revents != 0 }
        return readiness
    }
}

/// Nanoseconds of a clock that never steps.
package func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// Milliseconds since the Unix epoch.
package func wallClockMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
