import Messaging
import MetricModel
import Monitor

/// Where deliveries come from: a broker, a capture, the simulator.
protocol Source: AnyObject {
    /// Hands what is there to `monitor`; comes back soon, also when there is much.
    ///
    /// - Returns: whether more is waiting.
    func feed(_ monitor: Monitor, clock: Timestamp) -> Bool

    /// Whether the screen would show a time of which not everything was read yet, and soon will be: it then waits.
    var isAboutToCatchUp: Bool { get }

    /// When there will be something by itself; `nil` when a wake-up says so.
    func nextDue(_ monitor: Monitor, clock: Timestamp) -> Timestamp?

    /// A replay was sent to another time.
    func seek(to time: Timestamp, _ monitor: Monitor, clock: Timestamp)

    /// Ends it.
    func stop()
}

extension Source {
    var isAboutToCatchUp: Bool { false }
    func seek(to time: Timestamp, _ monitor: Monitor, clock: Timestamp) {}
    func stop() {}
}
