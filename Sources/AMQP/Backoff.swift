import MetricModel

/// How long to wait before the next attempt to connect: doubling, with jitter, so that a fleet of viewers does not
/// storm a broker that comes back.
package struct Backoff: Sendable {
    package var first = TimeSpan.seconds(1)
    package var longest = TimeSpan.seconds(30)
    /// After a failure that only an operator can mend.
    package var operatorNeeded = TimeSpan.seconds(60)
    /// A connection that lived this long starts the count afresh.
    package var resetAfter = TimeSpan.seconds(60)

    private var failures = 0

    package init() {}

    /// - Parameters:
    ///   - lived: how long the connection was live; zero when it never was.
    ///   - random: uniform in 0…1.
    /// - Returns: `min(longest, first · 2ⁿ)` times a factor from 0.5 to 1, n counting failures in a row.
    package mutating func delay(needsOperator: Bool, lived: TimeSpan, random: Double) -> TimeSpan {
        if lived >= resetAfter { failures = 0 }
        defer { failures += 1 }
        let doubled = Double(first.milliseconds) * Double(UInt64(1) << UInt64(min(failures, 30)))
        let full =
            needsOperator ? Double(operatorNeeded.milliseconds) : min(Double(longest.milliseconds), doubled)
        return TimeSpan(milliseconds: Int64(full * (0.5 + 0.5 * min(1, max(0, random)))))
    }
}
