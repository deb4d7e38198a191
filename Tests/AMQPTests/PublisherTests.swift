import Messaging
import MetricModel
import TestSupport
import Testing

@testable import AMQP

extension BrokerSuites {
    @Suite struct PublisherTests {
        /// A publisher that is live, and a consumer of everything it publishes.
        private func pair(
            _ broker: PrivateBroker, _ name: String, port: UInt16? = nil
        ) throws -> (publisher: Publisher, watched: WatchedConsumer) {
            let exchange = unique(name)
            var configuration = Consumer.Configuration.test(.test(broker.port), exchange: exchange)
            configuration.acknowledgement = .onHandover
            let watched = try WatchedConsumer(configuration)
            #expect(watched.waitLive())
            let publisher = Publisher(.test(.test(port ?? broker.port), exchange: exchange))
            try publisher.start()
            #expect(eventually { publisher.status.state.isLive })
            return (publisher, watched)
        }

        private func identified(_ number: Int) -> Delivery.Properties {
            var properties = Delivery.Properties()
            properties.messageID = "message-\(number)"
            return properties
        }

        @Test func everyMessageIsConfirmed() throws {
            try SharedBroker.use { broker in
                let (publisher, watched) = try pair(broker, "confirm")
                defer { publisher.stop() }
                var properties = Delivery.Properties()
                properties.contentType = "application/json"
                properties.contentEncoding = "gzip"
                properties.type = "planetop.metrics.v1"
                properties.messageID = "id"
                properties.appID = "planetop-collector/1.0.0"
                properties.userID = "guest"
                properties.timestamp = 1_700_000_000
                properties.expiration = "600000"
                properties.deliveryMode = 2
                for number in 0..<2000 {
                    #expect(
                        publisher.publish(
                            routingKey: "a.\(number % 7)", properties: properties, body: [UInt8(number % 256)]
                        )
                            == .accepted)
                }
                #expect(publisher.flush(.seconds(10)))
                let status = publisher.status
                #expect(status.counters.confirmed == 2000 && status.counters.published == 2000)
                #expect(status.inFlight == 0 && status.spooled == 0 && status.spooledBytes == 0)
                #expect(eventually { watched.sink.count == 2000 })
                #expect(watched.sink.entries.map(\.delivery.body) == (0..<2000).map { [UInt8($0 % 256)] })
                #expect(watched.sink.entries.allSatisfy { $0.delivery.properties == properties })
                #expect(watched.sink.entries.first?.delivery.routingKey == "a.0")
            }
        }

        @Test func whatNoQueueWantsIsReported() throws {
            try SharedBroker.use { broker in
                let exchange = unique("return")
                let publisher = Publisher(.test(.test(broker.port), exchange: exchange))
                try publisher.start()
                defer { publisher.stop() }
                #expect(
                    publisher.publish(routingKey: "nobody", properties: identified(1), body: [1, 2])
                        == .accepted)
                #expect(publisher.flush(.seconds(10)))
                #expect(publisher.status.counters.returned == 1 && publisher.status.counters.confirmed == 1)
                let returned = publisher.takeEvents().events.compactMap { event in
                    if case .returned(let message) = event { message } else { nil }
                }
                #expect(
                    returned == [
                        ReturnedMessage(
                            code: 312, text: "NO_ROUTE", exchange: exchange, routingKey: "nobody",
                            messageID: "message-1")
                    ])
            }
        }

        @Test func refusesWhatCannotBeSent() {
            let publisher = Publisher(.test(.test(1), exchange: "x"))
            let large = [UInt8](repeating: 0, count: (1 << 20) + 1)
            #expect(
                publisher.publish(routingKey: "k", properties: .init(), body: large)
                    == .bodyTooLarge(bytes: large.count, bytesMax: 1 << 20))
            let long = String(repeating: "é", count: 128)
            #expect(
                publisher.publish(routingKey: long, properties: .init(), body: [])
                    == .fieldTooLong("routing key"))
            var properties = Delivery.Properties()
            properties.messageID = long
            #expect(
                publisher.publish(routingKey: "k", properties: properties, body: [])
                    == .fieldTooLong("message_id"))
            publisher.stop()
            #expect(publisher.publish(routingKey: "k", properties: .init(), body: []) == .stopped)
        }

        @Test func sendsAgainWhatWasNotConfirmed() throws {
            try SharedBroker.use { broker in
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                let (publisher, watched) = try pair(broker, "again", port: proxy.port)
                defer { publisher.stop() }
                for round in 0..<5 {
                    for number in 0..<200 {
                        _ = publisher.publish(
                            routingKey: "k", properties: identified(round * 200 + number), body: [1])
                    }
                    #expect(eventually { publisher.status.counters.confirmed > UInt64(round * 200) })
                    proxy.cutAll()
                }
                #expect(publisher.flush(.seconds(10)))
                #expect(publisher.status.counters.confirmed == 1000)
                #expect(
                    eventually {
                        Set(watched.sink.entries.compactMap(\.delivery.properties.messageID)).count == 1000
                    })
                #expect(publisher.status.counters.connections > 1)
            }
        }

        /// Confirmations get lost, heartbeats do not: nothing but the missing confirmation tells.
        @Test func aMissingConfirmationEndsTheConnection() throws {
            try SharedBroker.use { broker in
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                var configuration = Publisher.Configuration.test(
                    .test(proxy.port), exchange: unique("unconfirmed"))
                configuration.confirmTimeout = TimeSpan(milliseconds: 300)
                let publisher = Publisher(configuration)
                try publisher.start()
                defer { publisher.stop() }
                #expect(eventually { publisher.status.state.isLive })
                proxy.faults.swallows = true
                _ = publisher.publish(routingKey: "k", properties: identified(1), body: [1])
                #expect(eventually(3) { publisher.status.lastError?.kind == .unconfirmed })
                proxy.faults.swallows = false
                #expect(publisher.flush(.seconds(10)))
                #expect(publisher.status.counters.republished >= 1)
            }
        }

        /// A message that makes the broker close the channel must not stop the others.
        @Test func onePoisonousMessage() throws {
            try SharedBroker.use { broker in
                let (publisher, watched) = try pair(broker, "poison")
                defer { publisher.stop() }
                var poison = identified(50)
                poison.userID = "somebody-else"
                for number in 0..<100 {
                    _ = publisher.publish(
                        routingKey: "k", properties: number == 50 ? poison : identified(number), body: [1])
                }
                #expect(publisher.flush(.seconds(10)))
                #expect(publisher.status.counters.confirmed == 99)
                #expect(publisher.status.counters.discardedRefused == 1)
                #expect(
                    eventually {
                        Set(watched.sink.entries.compactMap(\.delivery.properties.messageID)).count == 99
                    })
                let discarded = publisher.takeEvents().events.compactMap { event in
                    if case .discarded(_, let name, .refused(let reason)) = event {
                        "\(name ?? ""): \(reason)"
                    } else {
                        nil
                    }
                }
                #expect(discarded.count == 1)
                #expect(discarded.first?.hasPrefix("message-50: ") == true)
                #expect(discarded.first?.contains("user_id") == true, "\(discarded)")
            }
        }

        /// A collector of one tenant may not publish for another; its own messages get through.
        @Test func theTenantIsEnforced() throws {
            try SharedBroker.use { broker in
                var configuration = Publisher.Configuration.test(
                    .test(broker.port, user: "collector", password: "collector-secret"), exchange: "metrics")
                configuration.declaresExchange = false
                let publisher = Publisher(configuration)
                try publisher.start()
                defer { publisher.stop() }
                for tenant in ["acme", "globex", "acme"] {
                    _ = publisher.publish(
                        routingKey: "metrics.\(tenant).prod.spark.x", properties: .init(), body: [1])
                }
                #expect(publisher.flush(.seconds(10)))
                #expect(publisher.status.counters.confirmed == 2)
                #expect(publisher.status.counters.discardedRefused == 1)
            }
        }

        @Test func theSpoolIsBoundedWhileTheBrokerIsAway() throws {
            try SharedBroker.use { broker in
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                proxy.faults.refuses = true
                let exchange = unique("spool")
                let watched = try WatchedConsumer(.test(.test(broker.port), exchange: exchange))
                #expect(watched.waitLive())
                var configuration = Publisher.Configuration.test(.test(proxy.port), exchange: exchange)
                configuration.spoolBytesMax = 20 * 1300
                let publisher = Publisher(configuration)
                try publisher.start()
                defer { publisher.stop() }
                for number in 0..<50 {
                    _ = publisher.publish(
                        routingKey: "k", properties: identified(number),
                        body: [UInt8](repeating: 1, count: 1000))
                }
                let status = publisher.status
                #expect(status.spooled == 20 && status.spooledBytes <= 20 * 1300)
                #expect(status.counters.discardedSpoolFull == 30)
                proxy.faults.refuses = false
                #expect(publisher.flush(.seconds(10)))
                #expect(eventually { watched.sink.count == 20 })
                #expect(
                    watched.sink.entries.map(\.delivery.properties.messageID)
                        == (30..<50).map { "message-\($0)" })
            }
        }
    }

    @Suite struct ProbeTests {
        private func verdicts(_ probe: BrokerProbe) -> [String: BrokerProbe.Finding.Verdict] {
            Dictionary(uniqueKeysWithValues: probe.run().map { ($0.subject, $0.verdict) })
        }

        @Test func aViewerWithTheLeastPermissions() throws {
            try SharedBroker.use { broker in
                var probe = BrokerProbe(
                    endpoint: .test(broker.port, user: "viewer", password: "viewer-secret"),
                    bindingKeys: ["metrics.acme.#"])
                probe.tenant = "acme"
                #expect(
                    verdicts(probe) == [
                        "library": .good, "transport": .good, "login": .good, "exchange": .good,
                        "queue": .good,
                        "binding": .good, "other tenants": .good, "stream": .skipped,
                    ])
            }
        }

        @Test func aUserWhoMayDoTooMuch() throws {
            try SharedBroker.use { broker in
                let stream = unique("probe")
                let publisher = try rawPublisher(broker, exchange: "metrics")
                try publisher.declareStream(stream, exchange: "metrics", key: "metrics.acme.#")
                var probe = BrokerProbe(endpoint: .test(broker.port), bindingKeys: ["metrics.acme.#"])
                probe.tenant = "acme"
                probe.stream = stream
                let found = verdicts(probe)
                #expect(found["other tenants"] == .warning && found["stream"] == .good)
                try publisher.deleteQueue(stream)
                #expect(verdicts(probe)["stream"] == .bad)
            }
        }

        @Test func aUserWhoMayDoTooLittle() throws {
            try SharedBroker.use { broker in
                var probe = BrokerProbe(
                    endpoint: .test(broker.port, user: "collector", password: "collector-secret"),
                    bindingKeys: ["metrics.acme.#"])
                probe.exchange = "missing"
                let found = verdicts(probe)
                #expect(found["login"] == .good && found["exchange"] == .bad && found["queue"] == .bad)
                #expect(found["binding"] == .skipped && found["other tenants"] == .skipped)
            }
        }

        @Test func nobodyThere() throws {
            let probe = BrokerProbe(endpoint: .test(1), bindingKeys: ["#"])
            let found = verdicts(probe)
            #expect(found["login"] == .bad && found["queue"] == .skipped)
        }
    }
}
