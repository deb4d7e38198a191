import AMQP
import Diagnostics
import Glibc
import Messaging
import MetricModel
import Simulator
import TestSupport
import Testing

/// What tests of the program do at a private broker.
enum LiveBroker {
    static let password = ["PLANETOP_AMQP_PASSWORD": "guest"]

    static func url(_ broker: PrivateBroker) -> String { "amqp://guest@127.0.0.1:\(broker.port)" }

    static func publisher(_ broker: PrivateBroker) throws -> Publisher {
        let uri = try BrokerURI(parsing: url(broker), passwords: .refused)
        let publisher = Publisher(
            Publisher.Configuration(
                endpoint: Endpoint(
                    uri: uri, credentials: Credentials(user: "guest", password: Secret("guest")),
                    connectionName: "test")))
        try publisher.start()
        return publisher
    }

    /// Sends the last `seconds` of the simulated planes.
    static func publish(_ publisher: Publisher, seconds: Double, seed: UInt64) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let present = Timestamp(seconds: Double(now.tv_sec))
        var simulation = Simulation(
            seed: seed, start: present - TimeSpan(seconds: seconds), present: present)
        for delivery in simulation.deliveries(through: present) {
            let admission = publisher.publish(
                routingKey: delivery.routingKey, properties: delivery.properties, body: delivery.body)
            #expect(admission == .accepted)
        }
    }

    /// Sends one value of the gauge `lag` of acme/prod.
    static func publish(_ publisher: Publisher, lag: Double) {
        let text = "# TYPE lag gauge\nlag{app=\"orders\"} \(lag)\n"
        let admission = publisher.publish(
            routingKey: "metrics.acme.prod.spark.test", properties: Delivery.Properties(),
            body: Array(text.utf8))
        #expect(admission == .accepted)
        #expect(publisher.flush(.seconds(30)))
    }

    /// The program before `broker`, once it is connected.
    static func watch(
        _ broker: PrivateBroker, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> PseudoTerminal {
        let terminal = try PseudoTerminal(
            PseudoTerminal.program("planetop"), ["live", "--broker", url(broker)] + arguments, columns: 140,
            rows: 40, environment: password.merging(environment) { $1 })
        try #require(terminal.shows("LIVE", within: 60), "\(terminal.screen.text)")
        return terminal
    }
}
