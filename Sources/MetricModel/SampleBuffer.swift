/// Samples of one series in two parallel columns, oldest first: the form in which leaf loops read them.
///
/// Invariant: both columns have the same count, timestamps strictly ascend.
/// One buffer is reused for many series, so that reading a series allocates nothing once it is warm.
package struct SampleBuffer: Sendable {
    /// Milliseconds since the Unix epoch.
    package var timestamps: [Int64] = []
    package var values: [Double] = []
    /// When each sample's counter began to count, in milliseconds; empty for the usual series, which do not say.
    package var startTimestamps: [Int64] = []

    package init() {}

    @inlinable package var count: Int { timestamps.count }
    @inlinable package var isEmpty: Bool { timestamps.isEmpty }

    package mutating func removeAll() {
        timestamps.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        startTimestamps.removeAll(keepingCapacity: true)
    }

    /// Drops the oldest `count` samples.
    package mutating func removeFirst(_ count: Int) {
        timestamps.removeFirst(count)
        values.removeFirst(count)
        startTimestamps.removeFirst(min(count, startTimestamps.count))
    }

    @inlinable package mutating func append(_ timestamp: Int64, _ value: Double) {
        timestamps.append(timestamp)
        values.append(value)
    }
}
