import Messaging
import MetricModel
import Monitor

/// Where deliveries come from: a broker, a capture, the simulator.
protocol Source: AnyObject {
    /// Hands what is there to `monitor`; comes back soon, also when there is much.
    ///
    /// - Returns: whether more is waiting.
    func feed(_ monitor: Monitor, clock: Timestamp) -> Bool

    /// When there will be something by itself; `nil` when a wake-up says so.
    func nextDue(_ monitor: Monitor, clock: Timestamp) -> Timestamp?

    /// A replay was sent to another time.
    func seek(to time: Timestamp, _ monitor: Monitor, clock: Timestamp)

    /// Ends it.
    func stop()
}

extension Source {
    func seek(to time: Timestamp, _ monitor: Monitor, clock: Timestamp) {}
    func stop() {}
}
