import Messaging
import MetricModel
import Synchronization
import TestSupport
import Testing

@testable import AMQP

extension BrokerSuites {
    @Suite struct ConsumerTests {
        @Test func deliversInOrderAndAcknowledgesWhatTheOwnerTook() throws {
            try SharedBroker.use { broker in
                let exchange = unique("deliver")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let wakes = Atomic<Int>(0)
                let sink = RecordingSink()
                let consumer = Consumer(
                    .test(
                        .test(broker.port), exchange: exchange, keys: ["metrics.acme.#", "metrics.*.prod.#"]),
                    sink: sink
                ) { wakes.add(1, ordering: .relaxed) }
                try consumer.start()
                defer { consumer.stop() }
                #expect(eventually { consumer.status.state.isLive })
                let before = wakes.load(ordering: .relaxed)
                for number in 0..<200 {
                    try publisher.publish(
                        exchange: exchange, key: "metrics.acme.x", body: Array("\(number)".utf8))
                    try publisher.publish(exchange: exchange, key: "metrics.other.x", body: [])
                }
                #expect(eventually { sink.count == 200 })
                #expect(sink.bodies == (0..<200).map { "\($0)" })
                #expect(wakes.load(ordering: .relaxed) > before)
                let first = try #require(sink.entries.first)
                #expect(first.delivery.exchange == exchange && first.delivery.routingKey == "metrics.acme.x")
                #expect(!first.delivery.redelivered)
                #expect(abs((first.delivery.received - .wallClock).seconds) < 30)
                #expect(consumer.status.counters.acknowledged == 0)
                consumer.acknowledge(upTo: try #require(sink.newestTag))
                #expect(eventually { consumer.status.counters.acknowledged == 200 })
                let status = consumer.status
                #expect(status.counters.received == 200 && status.counters.handedOver == 200)
                #expect(status.counters.receivedBytes == UInt64(sink.bodies.joined().utf8.count))
                #expect(status.brokerProduct.hasPrefix("RabbitMQ 3"))
                guard case .queue(let queue) = status.source else {
                    Issue.record("expected a queue, not \(status.source)")
                    return
                }
                #expect(queue.hasPrefix("amq.gen"))
            }
        }

        @Test func stopsAtThePrefetchWhileNothingIsAcknowledged() throws {
            try SharedBroker.use { broker in
                let exchange = unique("prefetch")
                let publisher = try rawPublisher(broker, exchange: exchange)
                var configuration = Consumer.Configuration.test(.test(broker.port), exchange: exchange)
                configuration.prefetch = 16
                let watched = try WatchedConsumer(configuration)
                #expect(watched.waitLive())
                for number in 0..<50 {
                    try publisher.publish(exchange: exchange, key: "k", body: Array("\(number)".utf8))
                }
                #expect(eventually { watched.sink.count == 16 })
                #expect(!eventually(0.2) { watched.sink.count > 16 })
                // Taking one by one keeps it going; the tag says up to where.
                #expect(
                    eventually {
                        if let tag = watched.sink.newestTag { watched.consumer.acknowledge(upTo: tag) }
                        return watched.sink.count == 50
                    })
                #expect(watched.sink.bodies == (0..<50).map { "\($0)" })
            }
        }

        @Test func goesThroughItsStatesAndEnds() throws {
            try SharedBroker.use { broker in
                var configuration = Consumer.Configuration.test(
                    .test(broker.port), exchange: unique("states"))
                configuration.acknowledgement = .onHandover
                let watched = try WatchedConsumer(configuration)
                #expect(watched.waitLive())
                #expect(watched.consumer.stop())
                #expect(watched.states == arrival + ["stopped"])
                #expect(watched.consumer.status.counters.connections == 1)
            }
        }

        @Test func acknowledgesOnHandover() throws {
            try SharedBroker.use { broker in
                let exchange = unique("handover")
                let publisher = try rawPublisher(broker, exchange: exchange)
                var configuration = Consumer.Configuration.test(.test(broker.port), exchange: exchange)
                configuration.acknowledgement = .onHandover
                let watched = try WatchedConsumer(configuration)
                #expect(watched.waitLive())
                for _ in 0..<700 { try publisher.publish(exchange: exchange, key: "k", body: [1]) }
                #expect(eventually { watched.sink.count == 700 })
                #expect(eventually { watched.consumer.status.counters.acknowledged == 700 })
            }
        }

        @Test func dropsAcknowledgementsOfAFormerConnection() throws {
            try SharedBroker.use { broker in
                let exchange = unique("stale")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                let watched = try WatchedConsumer(.test(.test(proxy.port), exchange: exchange))
                #expect(watched.waitLive())
                for _ in 0..<5 { try publisher.publish(exchange: exchange, key: "k", body: [1]) }
                #expect(eventually { watched.sink.count == 5 })
                let old = try #require(watched.sink.newestTag)
                proxy.cutAll()
                #expect(eventually { watched.consumer.status.counters.connections == 2 })
                watched.consumer.acknowledge(upTo: old)
                try publisher.publish(exchange: exchange, key: "k", body: [2])
                #expect(eventually { watched.sink.count == 6 })
                let new = try #require(watched.sink.newestTag)
                #expect(new > old && new.number == 1)
                watched.consumer.acknowledge(upTo: new)
                #expect(eventually { watched.consumer.status.counters.acknowledged == 1 })
                // A wrong tag would have made the broker close the channel.
                #expect(watched.consumer.status.counters.connections == 2)
                watched.collect()
                #expect(
                    watched.events.contains {
                        if case .blind(let from, let to) = $0 { from <= to } else { false }
                    })
            }
        }

        @Test func waitsForAFullReceiverAndLosesNothing() throws {
            try SharedBroker.use { broker in
                let exchange = unique("full")
                let publisher = try rawPublisher(broker, exchange: exchange)
                var configuration = Consumer.Configuration.test(
                    .test(broker.port, heartbeat: 1), exchange: exchange)
                configuration.readPauseMax = TimeSpan(milliseconds: 300)
                configuration.acknowledgement = .onHandover
                let sink = RecordingSink(room: 10)
                let watched = try WatchedConsumer(configuration, sink: sink)
                #expect(watched.waitLive())
                for number in 0..<600 {
                    try publisher.publish(exchange: exchange, key: "k", body: Array("\(number)".utf8))
                }
                #expect(eventually { watched.consumer.status.held > 0 })
                // Longer than two heartbeats: it must stay alive without reading and, later, without acknowledging.
                #expect(!eventually(2.6) { !watched.consumer.status.state.isLive })
                #expect(sink.count == 10)
                // The prefetch is what may wait here at most.
                #expect(watched.consumer.status.held <= 256)
                sink.setRoom(.max)
                watched.consumer.resume()
                #expect(eventually { sink.count == 600 })
                #expect(sink.bodies == (0..<600).map { "\($0)" })
                #expect(watched.consumer.status.counters.connections == 1)
                #expect(watched.consumer.status.counters.overflowed == 0)
            }
        }

        @Test func throwsAwayWhatAFullReceiverCannotHold() throws {
            try SharedBroker.use { broker in
                let exchange = unique("overflow")
                let publisher = try rawPublisher(broker, exchange: exchange)
                var configuration = Consumer.Configuration.test(.test(broker.port), exchange: exchange)
                configuration.readPauseMax = .zero
                let sink = RecordingSink(room: 0)
                let watched = try WatchedConsumer(configuration, sink: sink)
                #expect(watched.waitLive())
                let megabyte = [UInt8](repeating: 7, count: 1 << 20)
                for _ in 0..<36 { try publisher.publish(exchange: exchange, key: "big", body: megabyte) }
                #expect(eventually { watched.consumer.status.counters.overflowed == 4 })
                watched.collect()
                #expect(watched.events.contains(.overflow(routingKey: "big")))
                sink.setRoom(.max)
                #expect(eventually { sink.count == 32 })
            }
        }

        @Test func saysWhenTheExchangeIsMissing() throws {
            try SharedBroker.use { broker in
                let exchange = unique("missing")
                var configuration = Consumer.Configuration.test(.test(broker.port), exchange: exchange)
                configuration.declaresExchange = false
                let watched = try WatchedConsumer(configuration)
                #expect(eventually { watched.reasons.count >= 2 })
                #expect(watched.reasons.allSatisfy { $0 == .notFound })
                #expect(watched.consumer.status.lastError?.problem.what.contains(exchange) == true)
                // Somebody declares it: no restart is needed.
                let publisher = try rawPublisher(broker, exchange: exchange)
                #expect(watched.waitLive())
                try publisher.publish(exchange: exchange, key: "k", body: [1])
                #expect(eventually { watched.sink.count == 1 })
            }
        }
    }
}
