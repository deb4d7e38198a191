import MetricModel
import PromQL

/// Whether an alert is getting worse, from the values that it had and the way its rule compares them.
package struct AlertCourse: Sendable, Equatable {
    package enum Direction: Sendable, Equatable, CaseIterable { case worse, better, steady }

    package var direction: Direction
    /// Whether the value itself rises; a ratio gets worse as it falls.
    package var isRising: Bool
    /// The value at the beginning of the time looked at, and when that was.
    package var before: Double
    package var since: Timestamp

    /// How far back values are compared.
    package static let window = TimeSpan.minutes(15)
    /// Values over less time than this say nothing of a course.
    static let windowMin = TimeSpan.minutes(2)

    package init(direction: Direction, isRising: Bool, before: Double, since: Timestamp) {
        self.direction = direction
        self.isRising = isRising
        self.before = before
        self.since = since
    }

    /// - Parameters:
    ///   - samples: the values of the alert within the window, oldest first.
    ///   - expression: the rule's; what it compares its value with says which way is worse.
    /// - Returns: `nil` where too little is known, or the rule does not compare by size.
    package init?(_ samples: SampleBuffer, of expression: Expression) {
        guard let condition = Condition(expression), let first = samples.timestamps.first,
            let last = samples.timestamps.last, last - first >= Self.windowMin.milliseconds,
            !samples.values.contains(where: { !$0.isFinite })
        else { return nil }
        // Quarters, not ends: one odd value is no course.
        let quarter = max(1, samples.count / 4)
        let old = samples.values.prefix(quarter).reduce(0, +) / Double(quarter)
        let new = samples.values.suffix(quarter).reduce(0, +) / Double(quarter)
        before = samples.values[0]
        since = Timestamp(milliseconds: first)
        isRising = new > old
        direction =
            condition.isChange(from: old, to: new)
            ? (isRising == condition.isWorseRising ? .worse : .better) : .steady
    }

    /// The comparison that a rule's value comes from.
    struct Condition: Equatable {
        var isWorseRising: Bool
        /// What the value is compared with, where that is a number.
        var threshold: Double?

        /// - Returns: `nil` for a rule that does not compare by size.
        init?(_ expression: Expression) {
            var condition = expression.bare
            // The value is the left side's, whatever the right side asks beside it.
            while case .binary(let binary) = condition.kind,
                binary.operation == .and || binary.operation == .unless
            {
                condition = binary.left.bare
            }
            guard case .binary(let binary) = condition.kind, binary.operation.isComparison,
                !binary.returnsBool
            else { return nil }
            // So it is of a comparison, unless the left side is a number.
            let isTurned = binary.left.valueType == .scalar
            switch binary.operation {
            case .greater, .greaterOrEqual: isWorseRising = !isTurned
            case .less, .lessOrEqual: isWorseRising = isTurned
            default: return nil
            }
            threshold = (isTurned ? binary.left : binary.right).literal
        }

        /// Whether the difference is more than the noise that every measurement has.
        func isChange(from old: Double, to new: Double) -> Bool {
            let change = abs(new - old)
            let size = max(abs(old), abs(new))
            guard let threshold else { return change > 0.05 * size }
            return change > 0.02 * size && change > 0.1 * max(abs(old - threshold), abs(new - threshold))
        }
    }
}
