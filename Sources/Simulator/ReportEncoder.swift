import Messaging
import MetricModel

/// Turns the reports of one plane into the messages that its collector would publish.
struct ReportEncoder {
    private var writer: EnvelopeWriter
    private var random: RandomSource

    init(_ plane: PlaneSpecification, number: Int, seed: UInt64, start: Timestamp) {
        writer = EnvelopeWriter(
            producer: EnvelopeProducer(
                name: "planetop-demo", version: "1.0.0", instance: "\(plane.tenant)-\(plane.plane)",
                start: start))
        random = RandomSource(seed: seed ^ 0xe4c0 &+ UInt64(number) &* 0x51ab)
    }

    mutating func deliveries(_ report: Report) -> [Delivery] {
        do {
            return try writer.messages(report.content, key: report.key, now: report.time, random: &random)
                .map { $0.delivery(received: report.time + TimeSpan(milliseconds: 40)) }
        } catch {
            preconditionFailure("the simulation reports what nobody could: \(error.what)")
        }
    }
}
