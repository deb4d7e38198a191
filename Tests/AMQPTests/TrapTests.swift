import Messaging
import MetricModel
import TestSupport
import Testing

@testable import AMQP

extension BrokerSuites {
    /// Messages and moments that break programs built on librabbitmq 0.11.
    @Suite struct TrapTests {
        /// Publishes something evil, then something good, and expects the good one soon.
        private func survives(
            _ broker: PrivateBroker, _ name: String, delivered: Bool,
            evil: (RawPublisher, String) throws -> Void
        ) throws -> WatchedConsumer {
            let exchange = unique(name)
            let publisher = try rawPublisher(broker, exchange: exchange)
            var configuration = Consumer.Configuration.test(.test(broker.port), exchange: exchange)
            configuration.acknowledgement = .onHandover
            let watched = try WatchedConsumer(configuration)
            #expect(watched.waitLive())
            try evil(publisher, exchange)
            try publisher.publish(exchange: exchange, key: "good", body: Array("good".utf8))
            #expect(eventually(3) { watched.sink.bodies.last == "good" })
            #expect(watched.sink.count == (delivered ? 2 : 1))
            #expect(watched.states == arrival, "one connection, never lost")
            #expect(eventually { watched.consumer.status.counters.acknowledged == 2 })
            return watched
        }

        /// librabbitmq's own assembly of messages never recovers from this one.
        @Test func anEmptyHeaderKey() throws {
            try SharedBroker.use { broker in
                _ = try survives(broker, "emptykey", delivered: true) { publisher, exchange in
                    try publisher.publish(exchange: exchange, key: "evil", headers: .emptyKey, body: [1])
                }
            }
        }

        /// The decoder of tables recurses without a bound; this is as deep as a frame can hold.
        @Test func theDeepestHeaderTable() throws {
            try SharedBroker.use { broker in
                _ = try survives(broker, "deep", delivered: true) { publisher, exchange in
                    try publisher.publish(
                        exchange: exchange, key: "evil", headers: .nested(levels: 21_800), body: [1])
                }
            }
        }

        @Test(arguments: [(1 << 20) + 1, 9 << 20])
        func abodyTooLarge(bytes: Int) throws {
            try SharedBroker.use { broker in
                let watched = try survives(broker, "oversize", delivered: false) { publisher, exchange in
                    try publisher.publish(
                        exchange: exchange, key: "evil", body: [UInt8](repeating: 1, count: bytes))
                }
                let refusals = watched.events.compactMap { event in
                    if case .refused(let refusal) = event { refusal } else { nil }
                }
                #expect(refusals.map(\.bytes) == [UInt64(bytes)])
                #expect(refusals.first?.routingKey == "evil" && refusals.first?.bytesMax == 1 << 20)
                #expect(watched.consumer.status.counters.refused == 1)
            }
        }

        @Test func theLargestBodyThatIsTaken() throws {
            try SharedBroker.use { broker in
                let watched = try survives(broker, "largest", delivered: true) { publisher, exchange in
                    try publisher.publish(
                        exchange: exchange, key: "k", body: [UInt8](repeating: 1, count: 1 << 20))
                }
                #expect(watched.sink.entries.first?.delivery.body.count == 1 << 20)
            }
        }

        /// Without the right capability the broker would say nothing about it.
        @Test func aDeletedQueue() throws {
            try SharedBroker.use { broker in
                let exchange = unique("deleted")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let watched = try WatchedConsumer(.test(.test(broker.port), exchange: exchange))
                #expect(watched.waitLive())
                guard case .queue(let queue) = watched.consumer.status.source else {
                    Issue.record("no queue")
                    return
                }
                // Nobody else may delete an exclusive queue: an operator's tool can.
                try broker.control("delete_queue", queue)
                let noticed = secondsTaken {
                    #expect(eventually(3) { watched.consumer.status.counters.consumersCancelled == 1 })
                }
                #expect(noticed < 2)
                #expect(eventually(3) { watched.consumer.status.source != .queue(queue) })
                try publisher.publish(exchange: exchange, key: "k", body: Array("good".utf8))
                #expect(eventually(3) { watched.sink.bodies == ["good"] })
                watched.collect()
                #expect(watched.events.contains(.consumerCancelled))
                #expect(watched.states == arrival, "the same connection")
            }
        }

        /// What the library never ends by itself is ended by the watchdog.
        @Test func aCallThatDoesNotComeBack() throws {
            try SharedBroker.use { broker in
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                proxy.faults.clientBufferBytes = 4096
                let watchdog = Watchdog(limit: TimeSpan(milliseconds: 600))
                defer { watchdog.retire() }
                let connection = try Connection.open(
                    .test(proxy.port, heartbeat: 60), watchdog: watchdog, authenticating: {})
                try connection.openChannel(1)
                proxy.faults.stallsClient = true
                let message = OutboundMessage(
                    routingKey: "k", properties: Delivery.Properties(),
                    body: [UInt8](repeating: 0, count: 32 << 20), enqueued: .now)
                let taken = secondsTaken {
                    let error = #expect(throws: BrokerError.self) {
                        try connection.publish(message, exchange: "", isMandatory: false, channel: 1)
                    }
                    #expect(error?.kind == .stalled, "\(String(describing: error))")
                }
                #expect(taken > 0.5 && taken < 2)
                #expect(watchdog.biteCount == 1)
            }
        }

        /// A publish to a broker that stands still must come back; in the library alone it never does.
        @Test func aFrozenBroker() throws {
            try SharedBroker.useAlone { broker in
                let exchange = unique("frozen")
                let endpoint = Endpoint.test(broker.port, heartbeat: 1)
                let publisher = Publisher(.test(endpoint, exchange: exchange))
                try publisher.start()
                defer { publisher.stop() }
                #expect(eventually { publisher.status.state.isLive })
                let watched = try WatchedConsumer(.test(endpoint, exchange: exchange))
                #expect(watched.waitLive())
                try broker.freeze()
                var thawed = false
                defer { if !thawed { try? broker.thaw() } }
                // More than any socket buffer holds.
                let body = [UInt8](repeating: 5, count: 1 << 20)
                for _ in 0..<12 {
                    #expect(
                        publisher.publish(routingKey: "k", properties: .init(), body: body) == .accepted)
                }
                let noticed = secondsTaken {
                    #expect(eventually(8) { !publisher.status.state.isLive })
                    #expect(eventually(8) { !watched.consumer.status.state.isLive })
                }
                #expect(noticed < 6, "two heartbeats, or the end of the watchdog's patience")
                #expect(watched.reasons.first == .silent)
                thawed = true
                try broker.thaw()
                #expect(publisher.flush(.seconds(15)))
                #expect(publisher.status.counters.confirmed == 12)
                #expect(watched.waitLive())
                #expect(publisher.publish(routingKey: "k", properties: .init(), body: [1]) == .accepted)
                #expect(eventually { watched.sink.entries.last?.delivery.body == [1] })
            }
        }
    }
}
