/// A point in time: milliseconds since the Unix epoch, UTC, as Prometheus counts.
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var milliseconds: Int64

    @inlinable package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Rounds to the nearest millisecond; saturates far outside of any real date.
    package init(seconds: Double) {
        let scaled = (seconds * 1000).rounded()
        milliseconds =
            scaled.isNaN ? 0 : scaled >= 9.2e18 ? .max : scaled <= -9.2e18 ? .min : Int64(scaled)
    }

    package static let distantPast = Timestamp(milliseconds: .min)
    package static let distantFuture = Timestamp(milliseconds: .max)

    /// Seconds since the Unix epoch.
    package var seconds: Double { Double(milliseconds) / 1000 }

    @inlinable package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    package static func + (a: Timestamp, b: TimeSpan) -> Timestamp {
        Timestamp(milliseconds: saturatingSum(a.milliseconds, b.milliseconds))
    }
    package static func - (a: Timestamp, b: TimeSpan) -> Timestamp {
        Timestamp(milliseconds: saturatingDifference(a.milliseconds, b.milliseconds))
    }
    package static func - (a: Timestamp, b: Timestamp) -> TimeSpan {
        TimeSpan(milliseconds: saturatingDifference(a.milliseconds, b.milliseconds))
    }

    package var description: String { "\(milliseconds)ms" }
}

/// A length of time in milliseconds; may be negative.
package struct TimeSpan: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var milliseconds: Int64

    @inlinable package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Rounds to the nearest millisecond; saturates.
    package init(seconds: Double) { milliseconds = Timestamp(seconds: seconds).milliseconds }

    package static let zero = TimeSpan(milliseconds: 0)
    package static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(milliseconds: count * 1000) }
    package static func minutes(_ count: Int64) -> TimeSpan { TimeSpan(milliseconds: count * 60_000) }
    package static func hours(_ count: Int64) -> TimeSpan { TimeSpan(milliseconds: count * 3_600_000) }

    package var seconds: Double { Double(milliseconds) / 1000 }

    @inlinable package static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.milliseconds < b.milliseconds }
    package static func + (a: TimeSpan, b: TimeSpan) -> TimeSpan {
        TimeSpan(milliseconds: saturatingSum(a.milliseconds, b.milliseconds))
    }
    package static func - (a: TimeSpan, b: TimeSpan) -> TimeSpan {
        TimeSpan(milliseconds: saturatingDifference(a.milliseconds, b.milliseconds))
    }
    package static prefix func - (a: TimeSpan) -> TimeSpan { .zero - a }

    /// Prometheus' notation, largest unit first: `1h30m`, `15s`, `250ms`, `0s`.
    package var description: String {
        if milliseconds == 0 { return "0s" }
        var rest = milliseconds.magnitude
        var text = milliseconds < 0 ? "-" : ""
        let units: [(String, UInt64, exact: Bool)] = [
            ("y", 31_536_000_000, true), ("w", 604_800_000, true), ("d", 86_400_000, false),
            ("h", 3_600_000, false), ("m", 60_000, false), ("s", 1000, false), ("ms", 1, false),
        ]
        for (name, size, exact) in units where rest >= size && (!exact || rest % size == 0) {
            text += "\(rest / size)\(name)"
            rest %= size
        }
        return text
    }
}

private func saturatingSum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? (a < 0 ? .min : .max) : sum
}

private func saturatingDifference(_ a: Int64, _ b: Int64) -> Int64 {
    let (difference, overflow) = a.subtractingReportingOverflow(b)
    return overflow ? (a < 0 ? .min : .max) : difference
}
