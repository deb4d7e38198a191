import Messaging
import MetricModel

/// A seeded simulated data plane with faults that come and go: the world of `planetop demo`.
///
/// Works on virtual time alone, so hours of it pass in a moment, and the same seed and times give the same messages.
package struct Simulation {
    private var planes: [PlaneSimulation]
    private var faults: FaultSchedule
    /// One for each plane.
    private var encoders: [ReportEncoder]
    private var clock: Timestamp

    /// - Parameters:
    ///   - start: when its history begins.
    ///   - present: when somebody begins to look: the first faults are placed around this time.
    package init(seed: UInt64, start: Timestamp, present: Timestamp) {
        let specifications = PlaneSpecification.demonstration
        planes = specifications.enumerated().map { index, specification in
            PlaneSimulation(specification, number: index, seed: seed, start: start)
        }
        faults = FaultSchedule(seed: seed, planes: specifications, present: present)
        encoders = specifications.enumerated().map { index, specification in
            ReportEncoder(specification, number: index, seed: seed, start: start)
        }
        clock = Timestamp(milliseconds: start.milliseconds / 1000 * 1000)
    }

    /// When the next message is due.
    package var nextDue: Timestamp { clock }

    /// The messages due up to `time`, in order of time.
    package mutating func deliveries(through time: Timestamp) -> [Delivery] {
        var deliveries: [Delivery] = []
        while clock <= time {
            faults.advance(to: clock)
            let second = clock.milliseconds / 1000
            for index in planes.indices {
                // Collectors are started at odd times; they do not report in step.
                let offset = Int64(index * 3)
                var reports: [Report] = []
                if (second + offset) % PlaneSimulation.airflowInterval == 0 {
                    reports += planes[index].airflowReports(at: clock, faults: faults)
                    reports.append(planes[index].collectorReport(at: clock))
                }
                if (second + offset) % PlaneSimulation.sparkInterval == 0 {
                    reports += planes[index].sparkReports(at: clock, faults: faults)
                }
                if faults.isActive(.silentPlane, plane: index, at: clock) { continue }
                for report in reports { deliveries += encoders[index].deliveries(report) }
            }
            clock = clock + .seconds(1)
        }
        return deliveries
    }
}
