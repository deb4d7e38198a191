import Messaging
import MetricModel
import Panels
import Rules

/// What is known of each plane from its messages alone: when it last spoke, how often it means to.
package struct PlaneTable: Sendable {
    package struct Key: Sendable, Hashable, Comparable, CustomStringConvertible {
        package var tenant: String
        package var plane: String

        package init(tenant: String, plane: String) {
            self.tenant = tenant
            self.plane = plane
        }

        package static func < (a: Key, b: Key) -> Bool { (a.tenant, a.plane) < (b.tenant, b.plane) }
        package var description: String { "\(tenant)/\(plane)" }
    }

    package struct Plane: Sendable {
        package var lastMessage: Timestamp
        package var firstMessage: Timestamp
        /// The shortest cadence that any of its messages declares.
        package var interval: TimeSpan?
        package var clockAhead: TimeSpan = .zero
        package var state: AlertState = .normal
        package var stateSince: Timestamp
        package var wasSilent = false

        /// How long it may be quiet before that means something.
        package var patience: TimeSpan {
            let declared = interval.map { TimeSpan(milliseconds: $0.milliseconds * 5 / 2) } ?? .minutes(5)
            return max(declared, .minutes(1))
        }

        package func isSilent(at time: Timestamp) -> Bool { time - lastMessage > patience }
    }

    package private(set) var planes: [Key: Plane] = [:]

    package init() {}

    /// Takes note of a message that arrived at `received`.
    ///
    /// - Returns: what to say about it, when the plane had been silent.
    package mutating func heard(_ message: DecodedMessage, received: Timestamp) -> Change? {
        guard !message.tenant.isEmpty || !message.plane.isEmpty else { return nil }
        let key = Key(tenant: message.tenant, plane: message.plane)
        guard let place = planes.index(forKey: key) else {
            planes[key] = Plane(lastMessage: received, firstMessage: received, stateSince: received)
            return heard(message, received: received)
        }
        return Self.heard(message, key, received, by: &planes.values[place])
    }

    private static func heard(
        _ message: DecodedMessage, _ key: Key, _ received: Timestamp, by plane: inout Plane
    ) -> Change? {
        var change: Change?
        if plane.wasSilent {
            change = Change(
                time: received, subject: "\(key)",
                text: "reports again, after \((received - plane.lastMessage).description) of silence")
            plane.wasSilent = false
        }
        plane.lastMessage = max(plane.lastMessage, received)
        if let interval = message.interval, interval > .zero {
            plane.interval = min(plane.interval ?? interval, interval)
        }
        plane.clockAhead = message.clockAhead ?? .zero
        return change
    }

    /// Finds planes that fell silent by `time`.
    package mutating func noticeSilence(at time: Timestamp) -> [Change] {
        var changes: [Change] = []
        for (key, plane) in planes where !plane.wasSilent && plane.isSilent(at: time) {
            planes[key]!.wasSilent = true
            let cadence = plane.interval.map { ", every \($0) before" } ?? ""
            changes.append(
                Change(
                    time: time, subject: "\(key)",
                    text: "last message \(formatAge(time - plane.lastMessage)) ago\(cadence)", state: .noData)
            )
        }
        return changes.sorted { $0.subject < $1.subject }
    }

    /// Settles each plane's state: the worst of its alerts, and no data where nothing is known.
    package mutating func settle(at time: Timestamp, worst: [Key: AlertState]) {
        for (key, plane) in planes {
            var state = worst[key] ?? .normal
            if plane.isSilent(at: time) { state = .noData }
            if state != plane.state {
                planes[key]!.state = state
                planes[key]!.stateSince = plane.isSilent(at: time) ? plane.lastMessage : time
            }
        }
    }

    /// The table as series, for dashboards and rules to ask.
    package func samples(at time: Timestamp) -> [(labels: LabelSet, value: Double)] {
        var samples: [(labels: LabelSet, value: Double)] = []
        for (key, plane) in planes.sorted(by: { $0.key < $1.key }) {
            func add(_ name: String, _ value: Double) {
                samples.append(
                    (LabelSet(["__name__": name, "tenant": key.tenant, "plane": key.plane]), value))
            }
            add("planetop_plane_last_message_timestamp_seconds", plane.lastMessage.seconds)
            add("planetop_plane_interval_seconds", (plane.interval ?? .minutes(2)).seconds)
            add("planetop_plane_clock_ahead_seconds", plane.clockAhead.seconds)
        }
        return samples
    }

    /// The states that the planes had at a time that has passed, in no order.
    static func states(at time: Timestamp, in source: any SeriesSource) -> [AlertState] {
        // One point of the grid may be missing where the program was held up.
        let after = time - TimeSpan(milliseconds: 2 * Observatory.interval.milliseconds)
        let matchers = [LabelMatcher(name: LabelSet.metricName, equals: stateMetric)]
        var samples = SampleBuffer()
        return source.select(matchers, after: after, through: time).compactMap { series in
            samples.removeAll()
            source.read(series, after: after, through: time, into: &samples)
            return samples.values.last.flatMap { rank in
                AlertState.allCases.first { Double($0.severityRank) == rank }
            }
        }
    }

    private static let stateMetric = "planetop_plane_state"

    /// The states, after the rules were evaluated.
    package func stateSamples() -> [(labels: LabelSet, value: Double)] {
        planes.sorted { $0.key < $1.key }.flatMap { key, plane in
            let identity = { (name: String) in
                LabelSet(["__name__": name, "tenant": key.tenant, "plane": key.plane])
            }
            return [
                (identity(Self.stateMetric), Double(plane.state.severityRank)),
                (identity("planetop_plane_state_since_timestamp_seconds"), plane.stateSince.seconds),
            ]
        }
    }
}
