import Glibc
import MetricModel

/// A reading of the clock that never steps, for time-outs and heartbeats.
struct MonotonicInstant: Sendable, Comparable {
    var nanoseconds: UInt64

    static var now: MonotonicInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    static func + (a: Self, b: TimeSpan) -> Self {
        Self(nanoseconds: a.nanoseconds &+ UInt64(max(0, b.milliseconds)) &* 1_000_000)
    }

    /// Negative when `b` is later.
    static func - (a: Self, b: Self) -> TimeSpan {
        let (later, earlier, sign) = a >= b ? (a, b, Int64(1)) : (b, a, Int64(-1))
        return TimeSpan(milliseconds: sign * Int64((later.nanoseconds - earlier.nanoseconds) / 1_000_000))
    }
}

extension Timestamp {
    /// The wall clock. Only the rim of the program reads it.
    static var wallClock: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
