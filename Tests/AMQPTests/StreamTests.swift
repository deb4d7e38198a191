import Messaging
import MetricModel
import TestSupport
import Testing

@testable import AMQP

extension BrokerSuites {
    @Suite struct StreamTests {
        private func configuration(
            _ broker: PrivateBroker, port: UInt16? = nil, _ exchange: String, _ stream: String,
            _ start: StreamRequest.Start, keys: [String] = ["#"]
        ) -> Consumer.Configuration {
            var configuration = Consumer.Configuration.test(
                .test(port ?? broker.port), exchange: exchange, keys: keys)
            configuration.stream = StreamRequest(name: stream, start: start)
            configuration.acknowledgement = .onHandover
            return configuration
        }

        /// A publisher, an exchange and a stream bound to it.
        private func prepare(
            _ broker: PrivateBroker, _ name: String
        ) throws -> (publisher: RawPublisher, exchange: String, stream: String) {
            let exchange = unique(name)
            let publisher = try rawPublisher(broker, exchange: exchange)
            try publisher.declareStream(exchange + ".history", exchange: exchange, key: "#")
            return (publisher, exchange, exchange + ".history")
        }

        @Test func historyThenLive() throws {
            try SharedBroker.use { broker in
                let (publisher, exchange, stream) = try prepare(broker, "stream")
                for number in 0..<3000 {
                    try publisher.publish(exchange: exchange, key: "k", body: Array("\(number)".utf8))
                }
                let watched = try WatchedConsumer(configuration(broker, exchange, stream, .first))
                #expect(eventually { watched.sink.count == 3000 })
                #expect(watched.consumer.status.source == .stream(stream))
                for number in 3000..<3010 {
                    try publisher.publish(exchange: exchange, key: "k", body: Array("\(number)".utf8))
                }
                #expect(eventually { watched.sink.count == 3010 })
                #expect(watched.sink.bodies == (0..<3010).map { "\($0)" })
                #expect(
                    watched.sink.entries.map(\.delivery.properties.streamOffset)
                        == (0..<3010).map { UInt64($0) })
                #expect(eventually { watched.consumer.status.counters.acknowledged == 3010 })
            }
        }

        @Test func goesOnWhereItWasAfterALoss() throws {
            try SharedBroker.use { broker in
                let (publisher, exchange, stream) = try prepare(broker, "resume")
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                let watched = try WatchedConsumer(
                    configuration(broker, port: proxy.port, exchange, stream, .first))
                #expect(watched.waitLive())
                for round in 0..<4 {
                    for number in 0..<250 {
                        try publisher.publish(
                            exchange: exchange, key: "k", body: Array("\(round * 250 + number)".utf8))
                    }
                    // In the middle of things.
                    #expect(eventually { watched.sink.count > round * 250 + 20 })
                    proxy.cutAll()
                }
                #expect(eventually { watched.sink.count == 1000 })
                #expect(watched.sink.bodies == (0..<1000).map { "\($0)" }, "nothing lost, nothing twice")
                #expect(watched.consumer.status.counters.connections >= 2)
            }
        }

        @Test func startsAtATime() throws {
            try SharedBroker.use { broker in
                let exchange = unique("since")
                let helper = try rawPublisher(broker, exchange: exchange)
                let stream = exchange + ".history"
                try helper.declareStream(stream, exchange: exchange, key: "#")
                let publisher = Publisher(.test(.test(broker.port), exchange: exchange))
                try publisher.start()
                defer { publisher.stop() }
                // All in one chunk, seconds apart by their own account: the broker gives the chunk as a whole.
                let now = Timestamp.wallClock
                for number in 0..<100 {
                    var properties = Delivery.Properties()
                    properties.timestamp = UInt64((now - .seconds(Int64(100 - number))).milliseconds / 1000)
                    _ = publisher.publish(
                        routingKey: "k", properties: properties, body: Array("\(number)".utf8))
                }
                #expect(publisher.flush(.seconds(10)))
                let watched = try WatchedConsumer(
                    configuration(broker, exchange, stream, .time(now - .seconds(30))))
                #expect(eventually { watched.sink.count == 30 })
                #expect(watched.sink.bodies == (70..<100).map { "\($0)" })
                #expect(watched.consumer.status.counters.filtered == 70)
                // Left out or not, the broker may forget it.
                #expect(eventually { watched.consumer.status.counters.acknowledged == 100 })
            }
        }

        @Test func keepsToItsBindingKeys() throws {
            try SharedBroker.use { broker in
                let (publisher, exchange, stream) = try prepare(broker, "keys")
                for tenant in ["acme", "globex", "acme", "globex"] {
                    try publisher.publish(
                        exchange: exchange, key: "metrics.\(tenant).prod.x", body: Array(tenant.utf8))
                }
                let watched = try WatchedConsumer(
                    configuration(broker, exchange, stream, .first, keys: ["metrics.acme.#"]))
                #expect(eventually { watched.consumer.status.counters.filtered == 2 })
                #expect(eventually { watched.sink.bodies == ["acme", "acme"] })
            }
        }

        @Test func withoutTheStreamItGoesOnLive() throws {
            try SharedBroker.use { broker in
                let exchange = unique("absent")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let watched = try WatchedConsumer(
                    configuration(broker, exchange, "no.such.stream", .first))
                #expect(watched.waitLive())
                try publisher.publish(exchange: exchange, key: "k", body: Array("live".utf8))
                #expect(eventually { watched.sink.bodies == ["live"] })
                watched.collect()
                let reasons = watched.events.compactMap { event in
                    if case .streamUnavailable("no.such.stream", let reason) = event {
                        reason.kind
                    } else {
                        nil
                    }
                }
                #expect(reasons == [.notFound])
            }
        }

        @Test func aQueueThatIsNoStreamIsLeftAlone() throws {
            try SharedBroker.use { broker in
                let exchange = unique("nostream")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let queue = exchange + ".work"
                try publisher.declareQueue(queue)
                try publisher.publish(exchange: "", key: queue, body: Array("somebody else's".utf8))
                let watched = try WatchedConsumer(configuration(broker, exchange, queue, .first))
                #expect(
                    eventually {
                        if case .queue = watched.consumer.status.source { true } else { false }
                    })
                watched.collect()
                let reasons = watched.events.compactMap { event in
                    if case .streamUnavailable(queue, let reason) = event { reason.kind } else { nil }
                }
                #expect(reasons == [.notAStream], "\(watched.consumer.status) \(watched.events)")
                try publisher.publish(exchange: exchange, key: "k", body: Array("live".utf8))
                #expect(eventually { watched.sink.bodies == ["live"] })
                // What is not ours is still there for its owner.
                #expect(try broker.control("list_queues", "name", "messages").contains("\(queue)\t1"))
                try publisher.deleteQueue(queue)
            }
        }

        @Test func aDeletedStreamBecomesLive() throws {
            try SharedBroker.use { broker in
                let (publisher, exchange, stream) = try prepare(broker, "gone")
                let watched = try WatchedConsumer(configuration(broker, exchange, stream, .next))
                #expect(watched.waitLive())
                try publisher.deleteQueue(stream)
                #expect(
                    eventually {
                        if case .queue = watched.consumer.status.source { true } else { false }
                    })
                try publisher.publish(exchange: exchange, key: "k", body: Array("live".utf8))
                #expect(eventually { watched.sink.bodies == ["live"] })
            }
        }
    }
}
