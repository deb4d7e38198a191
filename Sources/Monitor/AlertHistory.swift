import MetricModel
import Rules

/// Every alert's transitions, so that the alerts of any time in the window can be shown as they were then.
package struct AlertHistory: Sendable {
    package struct Entry: Sendable {
        package var transition: AlertTransition
        /// The alert as it was right after the transition.
        package var instance: AlertInstance
    }

    package static let countMax = 20_000
    package private(set) var entries: [Entry] = []

    package init() {}

    package mutating func append(_ entry: Entry) {
        entries.append(entry)
        if entries.count > Self.countMax + 1024 { entries.removeFirst(entries.count - Self.countMax) }
    }

    package mutating func removeAll(before time: Timestamp) {
        guard let first = entries.first, first.transition.time < time - .hours(1) else { return }
        // An alert that fires since before the window still shows: keep the last transition of each.
        var latest: [Identity: Int] = [:]
        for (index, entry) in entries.enumerated() { latest[Identity(entry.instance)] = index }
        var index = -1
        entries.removeAll { entry in
            index += 1
            return entry.transition.time < time && latest[Identity(entry.instance)] != index
        }
    }

    /// The alerts that were not normal at `time`.
    package func instances(at time: Timestamp) -> [AlertInstance] {
        var states: [Identity: AlertInstance] = [:]
        for entry in entries {
            if entry.transition.time > time { break }
            states[Identity(entry.instance)] = entry.transition.to == .normal ? nil : entry.instance
        }
        return Array(states.values)
    }

    /// The first transition after `time` (`1`), or the last before it (`-1`), whose change people look for.
    package func neighbour(of time: Timestamp, direction: Int) -> AlertTransition? {
        if direction > 0 { return entries.first { $0.transition.time > time }?.transition }
        return entries.last { $0.transition.time < time }?.transition
    }

    /// Transitions in `(after, through]`, oldest first.
    package func transitions(after: Timestamp, through: Timestamp) -> [AlertTransition] {
        entries.lazy.map(\.transition).filter { $0.time > after && $0.time <= through }
    }

    private struct Identity: Hashable {
        var name: String
        var labels: LabelSet
        init(_ instance: AlertInstance) {
            name = instance.name
            labels = instance.labels
        }
    }
}
