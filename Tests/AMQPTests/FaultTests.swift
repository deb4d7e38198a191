import Messaging
import MetricModel
import TestSupport
import Testing

@testable import AMQP

extension BrokerSuites {
    /// The network and the broker fail; the next good message arrives all the same.
    @Suite struct FaultTests {
        /// A link that damages a byte: what cannot be AMQP any more is left, at the latest with the next bytes.
        @Test(arguments: stride(from: 0, to: 1400, by: 93).map { $0 })
        func aDamagedByte(place: Int) throws {
            try SharedBroker.use { broker in
                let exchange = unique("damage")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                proxy.faults.invertByteFromServer = place
                var configuration = Consumer.Configuration.test(.test(proxy.port), exchange: exchange)
                configuration.endpoint.timing.handshake = TimeSpan(milliseconds: 500)
                configuration.endpoint.timing.call = TimeSpan(milliseconds: 500)
                configuration.acknowledgement = .onHandover
                let watched = try WatchedConsumer(configuration)
                let filler = [UInt8](repeating: 1, count: 30_000)
                // A damaged length swallows what follows, up to the largest frame.
                let arrived = eventually {
                    try? publisher.publish(exchange: exchange, key: "k", body: filler)
                    return watched.sink.entries.last?.delivery.body == filler
                }
                #expect(arrived, "\(watched.consumer.status)")
                #expect(states(watched.states), "\(watched.states)")
            }
        }

        /// Whether a message published now arrives. Published again and again: before the queue is back it is lost.
        private func receives(
            _ text: String, _ watched: WatchedConsumer, _ publisher: RawPublisher, _ exchange: String
        ) throws -> Bool {
            let end = MonotonicInstant.now + .seconds(10)
            while MonotonicInstant.now < end {
                if watched.consumer.status.state.isLive {
                    try publisher.publish(exchange: exchange, key: "k", body: Array(text.utf8))
                }
                if eventually(0.1, { watched.sink.bodies.contains(text) }) { return true }
            }
            return false
        }

        @Test("the link is cut at any point of the session", arguments: [false, true])
        func cuts(reset: Bool) throws {
            try SharedBroker.use { broker in
                let exchange = unique("cut")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                // How many bytes a session takes until its first message is acknowledged.
                let measured = try WatchedConsumer(.test(.test(proxy.port), exchange: exchange))
                #expect(measured.waitLive())
                try publisher.publish(exchange: exchange, key: "k", body: Array("measured".utf8))
                #expect(eventually { measured.sink.count == 1 })
                let fromServer = proxy.traffic.bytesFromServer
                let fromClient = proxy.traffic.bytesFromClient
                measured.consumer.stop()
                #expect(fromServer > 500 && fromClient > 500)

                var configuration = Consumer.Configuration.test(.test(proxy.port), exchange: exchange)
                configuration.acknowledgement = .onHandover
                let cuts = 20
                for index in 0..<cuts {
                    // 20 points of what the server says and 20 of what we say, by reset and by an orderly end.
                    for isServer in [true, false] {
                        var faults = FaultProxy.Faults()
                        faults.cutsByReset = reset
                        let length = isServer ? fromServer : fromClient
                        let point = index * length / cuts + index % 7
                        if isServer {
                            faults.cutAfterFromServer = point
                        } else {
                            faults.cutAfterFromClient = point
                        }
                        proxy.faults = faults
                        let watched = try WatchedConsumer(configuration)
                        let arrived = try receives("cut \(index)", watched, publisher, exchange)
                        #expect(arrived, "cut after \(point) of \(length) bytes, server \(isServer)")
                        #expect(states(watched.states), "\(watched.states)")
                        watched.consumer.stop()
                    }
                }
            }
        }

        /// Whether every state may follow the one before it.
        private func states(_ names: [String]) -> Bool {
            let next: [String: Set<String>] = [
                "connecting": ["authenticating", "waiting"], "authenticating": ["preparing", "waiting"],
                "preparing": ["live", "waiting"], "live": ["waiting", "blocked", "stopped"],
                "blocked": ["live", "waiting", "stopped"], "waiting": ["connecting", "stopped"],
            ]
            return names.first == "connecting"
                && zip(names, names.dropFirst()).allSatisfy { next[$0]?.contains($1) == true }
        }

        @Test func aLinkThatSwallowsEverything() throws {
            try SharedBroker.use { broker in
                let exchange = unique("swallow")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                let watched = try WatchedConsumer(.test(.test(proxy.port, heartbeat: 2), exchange: exchange))
                #expect(watched.waitLive())
                #expect(try receives("before", watched, publisher, exchange))
                proxy.faults.swallows = true
                let noticed = secondsTaken {
                    #expect(eventually(10) { !watched.consumer.status.state.isLive })
                }
                #expect(noticed > 1.5 && noticed < 5, "two heartbeats of 2 s")
                #expect(watched.reasons == [.silent])
                proxy.faults.swallows = false
                #expect(try receives("after", watched, publisher, exchange))
                #expect(watched.states.prefix(5) == arrival.prefix(5) + ["waiting"])
            }
        }

        @Test func aQuietLinkStaysAlive() throws {
            try SharedBroker.use { broker in
                let watched = try WatchedConsumer(
                    .test(.test(broker.port, heartbeat: 1), exchange: unique("quiet")))
                #expect(watched.waitLive())
                #expect(!eventually(3.5) { !watched.consumer.status.state.isLive })
                #expect(watched.states == arrival)
                let age = try #require(watched.consumer.status.lastByte)
                #expect((Timestamp.wallClock - age).seconds < 2)
            }
        }

        @Test func bytesThatTravelAlone() throws {
            try SharedBroker.use { broker in
                let exchange = unique("slices")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                proxy.faults.slices = true
                let watched = try WatchedConsumer(.test(.test(proxy.port), exchange: exchange))
                #expect(watched.waitLive())
                for number in 0..<30 {
                    try publisher.publish(
                        exchange: exchange, key: "k",
                        body: Array("\(number) \(String(repeating: "x", count: 300))".utf8))
                }
                #expect(eventually { watched.sink.count == 30 })
                #expect(watched.states == arrival)
            }
        }

        @Test func noBrokerAtFirst() throws {
            try SharedBroker.use { broker in
                let exchange = unique("first")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                proxy.faults.refuses = true
                let watched = try WatchedConsumer(.test(.test(proxy.port), exchange: exchange))
                #expect(eventually { watched.reasons.count >= 3 })
                #expect(watched.reasons.allSatisfy { $0 == .lost || $0 == .unreachable })
                proxy.faults.refuses = false
                #expect(try receives("hello", watched, publisher, exchange))
                // A port where nothing listens.
                let nobody = try #require(FaultProxy(to: broker.port))
                nobody.close()
                let other = try WatchedConsumer(.test(.test(nobody.port), exchange: exchange))
                #expect(eventually { other.reasons.first == .unreachable })
                let words = other.consumer.status.lastError?.description ?? ""
                #expect(words.contains("Connection refused"), "\(words)")
            }
        }

        @Test func aWaitCanBeCutShort() throws {
            try SharedBroker.use { broker in
                var configuration = Consumer.Configuration.test(.test(broker.port), exchange: unique("retry"))
                configuration.backoff = Backoff()
                configuration.backoff.first = .seconds(30)
                let proxy = try #require(FaultProxy(to: broker.port))
                defer { proxy.close() }
                proxy.faults.refuses = true
                configuration.endpoint.uri.port = proxy.port
                let watched = try WatchedConsumer(configuration)
                #expect(
                    eventually { if case .waiting = watched.consumer.status.state { true } else { false } })
                proxy.faults.refuses = false
                watched.consumer.retryNow()
                #expect(watched.waitLive(5))
                // And a stop does not wait for the next attempt either.
                proxy.faults.refuses = true
                proxy.cutAll()
                #expect(
                    eventually { if case .waiting = watched.consumer.status.state { true } else { false } })
                let ended = secondsTaken { #expect(watched.consumer.stop()) }
                #expect(ended < 1)
            }
        }

        @Test func aBrokerThatIsKilledAndComesBack() throws {
            try SharedBroker.useAlone { broker in
                let exchange = unique("killed")
                let watched = try WatchedConsumer(.test(.test(broker.port), exchange: exchange))
                let publisher = Publisher(.test(.test(broker.port), exchange: exchange))
                try publisher.start()
                defer { publisher.stop() }
                #expect(watched.waitLive())
                #expect(eventually { publisher.status.state.isLive })
                try broker.kill()
                let noticed = secondsTaken {
                    #expect(eventually(5) { !watched.consumer.status.state.isLive })
                }
                #expect(noticed < 2)
                #expect(publisher.publish(routingKey: "k", properties: .init(), body: [1]) == .accepted)
                #expect(!publisher.flush(TimeSpan(milliseconds: 50)))
                try broker.start()
                #expect(watched.waitLive())
                #expect(publisher.flush(.seconds(10)))
                #expect(publisher.publish(routingKey: "k", properties: .init(), body: [2]) == .accepted)
                #expect(eventually { watched.sink.entries.last?.delivery.body == [2] })
                #expect(watched.states.first == "connecting" && states(watched.states))
                #expect(publisher.flush(.seconds(10)))
                #expect(publisher.status.counters.confirmed == 2)
            }
        }

        @Test func anOperatorClosesTheConnection() throws {
            try SharedBroker.useAlone { broker in
                let exchange = unique("forced")
                let publisher = try rawPublisher(broker, exchange: exchange)
                var configuration = Consumer.Configuration.test(
                    .test(broker.port, user: "viewer", password: "viewer-secret"), exchange: "metrics",
                    keys: ["metrics.acme.#"])
                configuration.declaresExchange = false
                let watched = try WatchedConsumer(configuration)
                #expect(watched.waitLive())
                try broker.control("close_all_user_connections", "viewer", "enough")
                #expect(eventually { watched.reasons == [.forced] })
                #expect(watched.consumer.status.lastError?.code == 320)
                #expect(watched.waitLive())
                try publisher.publish(exchange: "metrics", key: "metrics.acme.x", body: Array("good".utf8))
                #expect(eventually { watched.sink.bodies.contains("good") })
            }
        }

        @Test func aBrokerShortOfMemory() throws {
            try SharedBroker.useAlone { broker in
                let exchange = unique("blocked")
                let publisher = Publisher(.test(.test(broker.port), exchange: exchange))
                try publisher.start()
                defer { publisher.stop() }
                let watched = try WatchedConsumer(.test(.test(broker.port), exchange: exchange))
                #expect(watched.waitLive())
                #expect(eventually { publisher.status.state.isLive })
                try broker.control("set_vm_memory_high_watermark", "absolute", "1")
                var relieved = false
                defer {
                    if !relieved {
                        _ = try? broker.control("set_vm_memory_high_watermark", "absolute", "1GB")
                    }
                }
                #expect(publisher.publish(routingKey: "k", properties: .init(), body: [1]) == .accepted)
                #expect(
                    eventually(2) { if case .blocked = publisher.status.state { true } else { false } })
                guard case .blocked(_, let reason) = publisher.status.state else { return }
                #expect(reason.contains("memory"))
                #expect(publisher.publish(routingKey: "k", properties: .init(), body: [2]) == .accepted)
                #expect(!publisher.flush(TimeSpan(milliseconds: 300)))
                #expect(watched.sink.count == 0)
                try broker.control("set_vm_memory_high_watermark", "absolute", "1GB")
                relieved = true
                #expect(publisher.flush(.seconds(10)))
                #expect(eventually { watched.sink.entries.map(\.delivery.body) == [[1], [2]] })
                #expect(publisher.status.counters.published == 2, "nothing had to be sent twice")
            }
        }
    }
}
