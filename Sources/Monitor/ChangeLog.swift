import DisplayText
import MetricModel
import Rules

/// One thing that changed, in plain words: what people scroll a dashboard for.
package struct Change: Sendable, Equatable {
    package var time: Timestamp
    /// `tenant/plane`, or what else it is about; empty for planetop itself.
    package var subject: String
    package var text: String
    /// The state that it led to, where it is an alert's.
    package var state: AlertState?

    package init(time: Timestamp, subject: String, text: String, state: AlertState? = nil) {
        self.time = time
        self.subject = subject
        self.text = text
        self.state = state
    }
}

/// What changed, oldest first, bounded.
package struct ChangeLog: Sendable {
    package static let countMax = 4_000
    private var changes: [Change] = []

    package init() {}

    /// Keeps the order of time: a message may report what happened a while ago.
    package mutating func append(_ change: Change) {
        var index = changes.count
        while index > 0, changes[index - 1].time > change.time { index -= 1 }
        // The same event arrives again after a redelivery or from a stream: it happened once.
        var before = index
        while before > 0, changes[before - 1].time == change.time {
            if changes[before - 1] == change { return }
            before -= 1
        }
        changes.insert(change, at: index)
        if changes.count > Self.countMax + 256 { changes.removeFirst(changes.count - Self.countMax) }
    }

    /// The newest changes in `(after, through]`, newest first.
    package func latest(_ count: Int, after: Timestamp = .distantPast, through: Timestamp) -> [Change] {
        var found: [Change] = []
        for change in changes.reversed() where change.time <= through {
            if change.time <= after || found.count == count { break }
            found.append(change)
        }
        return found
    }
}
