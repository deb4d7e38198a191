import Messaging
import MetricModel
import Monitor
import Simulator

/// The simulated data plane, in step with the clock.
final class DemoSource: Source {
    private var simulation: Simulation
    private let recording: (Delivery) -> Void
    private let start: Timestamp

    /// How much history is there when the screen opens.
    static let history = TimeSpan.hours(1)

    init(seed: UInt64, present: Timestamp, recording: @escaping (Delivery) -> Void) {
        simulation = Simulation(seed: seed, start: present - Self.history, present: present)
        self.recording = recording
        start = present - Self.history
    }

    func feed(_ monitor: Monitor, clock: Timestamp) -> Bool {
        // In pieces, so that keys are answered while the history is made.
        let limit = min(clock, simulation.nextDue + .minutes(3))
        for delivery in simulation.deliveries(through: limit) {
            recording(delivery)
            monitor.observatory.receive(delivery)
        }
        if limit < clock {
            let done = Double((limit - start).milliseconds) / Double(max(1, (clock - start).milliseconds))
            monitor.link = .loading(done)
            return true
        }
        monitor.link = .demonstration
        monitor.observatory.advance(to: clock)
        return false
    }

    func nextDue(_ monitor: Monitor, clock: Timestamp) -> Timestamp? { simulation.nextDue }
}
