import MetricModel
import Rules

/// Every alert's transitions, so that the alerts of any time in the window can be shown as they were then.
///
/// Invariant: what the dropped transitions led to is in `earlier`, so an alert that began before the window still shows.
package struct AlertHistory: Sendable {
    package struct Entry: Sendable {
        package var transition: AlertTransition
        /// The alert as it was right after the transition.
        package var instance: AlertInstance
    }

    package static let countMax = 20_000
    /// Oldest first.
    package private(set) var entries: [Entry] = []
    /// The alerts that were not normal before the first entry.
    private var earlier: [Identity: AlertInstance] = [:]

    package init() {}

    /// Takes over alerts from before the first transition: those that an earlier run left behind.
    package mutating func begin(with alerts: [AlertInstance]) {
        for alert in alerts where alert.state != .normal { earlier[Identity(alert)] = alert }
    }

    package mutating func append(_ entry: Entry) {
        entries.append(entry)
        if entries.count > Self.countMax + 1024 { removeFirst(entries.count - Self.countMax) }
    }

    package mutating func removeAll(before time: Timestamp) {
        guard let first = entries.first, first.transition.time < time - .hours(1) else { return }
        removeFirst(entries.firstIndex { $0.transition.time >= time } ?? entries.count)
    }

    /// The alerts that were not normal at `time`, as they were after their last transition; by name and labels.
    package func instances(at time: Timestamp) -> [AlertInstance] {
        var states = earlier.filter { $0.value.activeSince <= time }
        for entry in entries {
            if entry.transition.time > time { break }
            Self.apply(entry, to: &states)
        }
        return states.sorted { $0.key < $1.key }.map(\.value)
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

    private mutating func removeFirst(_ count: Int) {
        for entry in entries.prefix(count) { Self.apply(entry, to: &earlier) }
        entries.removeFirst(count)
    }

    private static func apply(_ entry: Entry, to states: inout [Identity: AlertInstance]) {
        states[Identity(entry.instance)] = entry.transition.to == .normal ? nil : entry.instance
    }

    private struct Identity: Hashable, Comparable {
        var name: String
        var labels: LabelSet
        init(_ instance: AlertInstance) {
            name = instance.name
            labels = instance.labels
        }

        static func < (a: Self, b: Self) -> Bool {
            a.name != b.name ? a.name < b.name : a.labels < b.labels
        }
    }
}
