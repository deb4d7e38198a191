import Messaging
import MetricModel
import Testing

@testable import Simulator

private let present = Timestamp(milliseconds: 1_795_000_000_000)

@Suite("The simulated data plane")
struct SimulationTests {
    @Test("the same seed gives the same messages, byte for byte, however the time is cut")
    func deterministic() {
        var whole = Simulation(seed: 7, start: present - .minutes(30), present: present)
        var pieces = Simulation(seed: 7, start: present - .minutes(30), present: present)
        let first = whole.deliveries(through: present)
        var second: [Delivery] = []
        for minute in stride(from: -30, through: 0, by: 1) {
            second += pieces.deliveries(through: present + .minutes(Int64(minute)))
        }
        #expect(first == second)
        var other = Simulation(seed: 8, start: present - .minutes(30), present: present)
        #expect(other.deliveries(through: present) != first)
    }

    @Test("every message is one that the decoder takes, and times ascend")
    func decodable() throws {
        var simulation = Simulation(seed: 1, start: present - .hours(1), present: present)
        var decoder = MessageDecoder()
        var last = Timestamp.distantPast
        for delivery in simulation.deliveries(through: present + .minutes(20)) {
            #expect(delivery.received >= last)
            last = delivery.received
            let message = try decoder.decode(delivery)
            #expect(message.refusedPartCount == 0)
        }
        #expect(decoder.counts.decoded > 1000)
    }

    @Test("a newcomer sees a failing DAG, a lagging stream and a silent plane at once")
    func faults() {
        var simulation = Simulation(seed: 1, start: present - .hours(1), present: present)
        let deliveries = simulation.deliveries(through: present)
        let recent = deliveries.filter { $0.received > present - .minutes(4) }
        let planes = Set(recent.map { $0.routingKey.split(separator: ".")[1...2].joined(separator: "/") })
        #expect(planes.contains("acme/prod-eu"))
        #expect(!planes.contains("initech/prod"))
        let text = recent.map { String(decoding: $0.body, as: UTF8.self) }.joined()
        #expect(text.contains("enrich_slow"))
    }
}
