import Glibc
import MetricModel
import PromQL
import Synchronization

/// Stops queries that take too long. The evaluator reads no clock: it asks this.
enum QueryDeadline {
    /// What the queries of one frame may take together: longer, and keys would seem dead.
    static let screenLimit = TimeSpan(milliseconds: 500)

    /// When the query under way must be done, in nanoseconds of the monotonic clock; 0 for none.
    private static let deadline = Atomic<UInt64>(0)

    static func options(limit: TimeSpan, experimental: Bool = false) -> EvaluationOptions {
        var options = EvaluationOptions()
        options.allowsExperimental = experimental
        options.timeLimit = limit
        options.isOutOfTime = {
            let deadline = deadline.load(ordering: .relaxed)
            return deadline != 0 && now() > deadline
        }
        return options
    }

    /// From now on, queries have `span` left.
    static func begin(_ span: TimeSpan) {
        deadline.store(now() + UInt64(max(0, span.milliseconds)) * 1_000_000, ordering: .relaxed)
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
