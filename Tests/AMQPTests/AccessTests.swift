import Diagnostics
import MetricModel
import TestSupport
import Testing

@testable import AMQP

extension BrokerSuites {
    /// Who may connect, and what the reason says when not.
    @Suite struct AccessTests {
        /// The first failure of connecting to `endpoint`, `nil` when it becomes live.
        private func firstFailure(_ endpoint: Endpoint, keys: [String] = ["metrics.acme.#"]) throws
            -> BrokerError?
        {
            var configuration = Consumer.Configuration(endpoint: endpoint, bindingKeys: keys)
            configuration.backoff = .quick
            let watched = try WatchedConsumer(configuration)
            var failure: BrokerError?
            let isDecided = eventually {
                failure = watched.consumer.status.lastError
                return failure != nil || watched.consumer.status.state.isLive
            }
            #expect(isDecided)
            return failure
        }

        @Test func aWrongPassword() throws {
            try SharedBroker.use { broker in
                let failure = try #require(
                    try firstFailure(.test(broker.port, user: "viewer", password: "hunter2")))
                #expect(failure.kind == .authentication && failure.code == 403 && failure.needsOperator)
                #expect(failure.problem.fix?.contains("password") == true)
                #expect(!failure.description.contains("hunter2"))
            }
        }

        @Test(arguments: ["nowhere", "closed", ""])
        func aWrongVirtualHost(name: String) throws {
            try SharedBroker.use { broker in
                var endpoint = Endpoint.test(broker.port)
                endpoint.uri.virtualHost = name
                let failure = try #require(try firstFailure(endpoint))
                #expect(failure.kind == .virtualHost && failure.code == 530)
                #expect(failure.problem.what.contains("vhost"))
            }
        }

        @Test func theLeastPermissionsSuffice() throws {
            try SharedBroker.use { broker in
                let endpoint = Endpoint.test(broker.port, user: "viewer", password: "viewer-secret")
                for keys in [["metrics.acme.#"], ["metrics.acme.prod.#", "metrics.acme.*.airflow.#"]] {
                    let failure = try firstFailure(endpoint, keys: keys)
                    #expect(failure == nil)
                }
            }
        }

        @Test(arguments: ["#", "metrics.#", "metrics.globex.#", "metrics.*.airflow"])
        func anotherTenantIsRefused(key: String) throws {
            try SharedBroker.use { broker in
                let endpoint = Endpoint.test(broker.port, user: "viewer", password: "viewer-secret")
                let failure = try #require(try firstFailure(endpoint, keys: [key]))
                #expect(failure.kind == .accessRefused && failure.code == 403)
                #expect(failure.problem.what.contains("`\(key)`"))
                #expect(failure.problem.fix?.contains("doctor") == true)
            }
        }

        struct TLSCase: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var host = "localhost"
            var query = ""
            var usesPlainPort = false
            var usesTLSPortWithoutTLS = false
            var expected: BrokerError.Kind?
            var says = ""
        }

        static let tlsCases = [
            TLSCase(testDescription: "good by name", query: "?cacertfile=AUTHORITY"),
            TLSCase(testDescription: "good by address", host: "127.0.0.1", query: "?cacertfile=AUTHORITY"),
            TLSCase(
                testDescription: "good with a client certificate",
                query: "?cacertfile=AUTHORITY&certfile=CERTIFICATE&keyfile=KEY"),
            TLSCase(
                testDescription: "good by another name", host: "127.0.0.1",
                query: "?cacertfile=AUTHORITY&server_name_indication=localhost"),
            TLSCase(testDescription: "not verified", query: "?verify=verify_none"),
            TLSCase(
                testDescription: "wrong authority", query: "?cacertfile=STRANGER", expected: .tlsTrust,
                says: "not trusted"),
            TLSCase(testDescription: "the system's authorities", expected: .tlsTrust, says: "not trusted"),
            TLSCase(
                testDescription: "wrong name",
                query: "?cacertfile=AUTHORITY&server_name_indication=broker.example", expected: .tlsHost,
                says: "does not belong to broker.example"),
            TLSCase(
                testDescription: "no such authority file", query: "?cacertfile=/nonexistent.pem",
                expected: .tlsSetup, says: "/nonexistent.pem"),
            TLSCase(
                testDescription: "no such client certificate",
                query: "?cacertfile=AUTHORITY&certfile=/nonexistent.pem&keyfile=KEY", expected: .tlsSetup,
                says: "client certificate"),
            TLSCase(
                testDescription: "key of another certificate",
                query: "?cacertfile=AUTHORITY&certfile=AUTHORITY&keyfile=KEY", expected: .tlsSetup,
                says: "belong together"),
            TLSCase(
                testDescription: "plain port", query: "?cacertfile=AUTHORITY", usesPlainPort: true,
                expected: .tlsHandshake, says: "port without TLS"),
            TLSCase(
                testDescription: "TLS port without TLS", usesTLSPortWithoutTLS: true, expected: .lost,
                says: "amqps://"),
        ]

        @Test("TLS is verified, and says why not", arguments: tlsCases)
        func tls(_ example: TLSCase) throws {
            try SharedBroker.use { broker in
                let query = example.query
                    .replacingFirst("AUTHORITY", broker.authorityFile)
                    .replacingFirst("AUTHORITY", broker.authorityFile)
                    .replacingFirst("STRANGER", broker.strangerAuthorityFile)
                    .replacingFirst("CERTIFICATE", broker.clientCertificateFile)
                    .replacingFirst("KEY", broker.clientKeyFile)
                let port = example.usesPlainPort ? broker.port : broker.tlsPort
                let scheme = example.usesTLSPortWithoutTLS ? "amqp" : "amqps"
                let uri = try BrokerURI(
                    parsing: "\(scheme)://\(example.host):\(port)\(query)", passwords: .refused)
                var endpoint = Endpoint.test(port)
                endpoint.uri = uri
                let failure = try firstFailure(endpoint)
                #expect(failure?.kind == example.expected, "\(String(describing: failure))")
                if example.expected != nil {
                    #expect(
                        failure?.description.contains(example.says) == true, "\(failure?.description ?? "")")
                }
            }
        }

        struct BadServer: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var certificate: @Sendable (PrivateBroker) -> String
            var options: [String] = []
            var expected: BrokerError.Kind
            var says: String
        }

        @Test(arguments: [
            BadServer(
                testDescription: "expired", certificate: \.expiredCertificateFile, expected: .tlsTrust,
                says: "expired"),
            BadServer(
                testDescription: "self-signed", certificate: \.selfSignedCertificateFile, expected: .tlsTrust,
                says: "self-signed"),
            BadServer(
                testDescription: "TLS 1.1", certificate: \.serverCertificateFile,
                options: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], expected: .tlsHandshake, says: "version"),
        ])
        func aServerToBeRefused(_ example: BadServer) throws {
            try SharedBroker.use { broker in
                let server = try #require(
                    TLSServer(
                        certificate: example.certificate(broker), key: broker.serverKeyFile,
                        options: example.options))
                var endpoint = Endpoint.test(server.port)
                endpoint.uri = try BrokerURI(
                    parsing: "amqps://localhost:\(server.port)?cacertfile=\(broker.authorityFile)",
                    passwords: .refused)
                let failure = try #require(try firstFailure(endpoint))
                #expect(failure.kind == example.expected, "\(failure)")
                #expect(failure.description.contains(example.says), "\(failure)")
            }
        }

        /// An address that the certificate does not name.
        @Test func theWrongAddress() throws {
            try SharedBroker.use { broker in
                let proxy = try #require(FaultProxy(to: broker.tlsPort, address: "127.0.0.2"))
                defer { proxy.close() }
                var endpoint = Endpoint.test(proxy.port)
                endpoint.uri = try BrokerURI(
                    parsing: "amqps://127.0.0.2:\(proxy.port)?cacertfile=\(broker.authorityFile)",
                    passwords: .refused)
                let failure = try #require(try firstFailure(endpoint))
                #expect(failure.kind == .tlsHost)
                #expect(failure.problem.fix?.contains("server_name_indication") == true)
            }
        }

        @Test func messagesThroughTLS() throws {
            try SharedBroker.use { broker in
                let exchange = unique("tls")
                let publisher = try rawPublisher(broker, exchange: exchange)
                let proxy = try #require(FaultProxy(to: broker.tlsPort))
                defer { proxy.close() }
                var endpoint = Endpoint.test(proxy.port)
                endpoint.uri = try BrokerURI(
                    parsing: "amqps://localhost:\(proxy.port)?cacertfile=\(broker.authorityFile)",
                    passwords: .refused)
                var configuration = Consumer.Configuration.test(endpoint, exchange: exchange)
                configuration.acknowledgement = .onHandover
                let watched = try WatchedConsumer(configuration)
                #expect(watched.waitLive())
                // Records of TLS hold up to 16 KiB; bodies around that size end inside of them.
                let sizes = [1, 985, 16_000, 16_384, 40_000, 300_000]
                for size in sizes {
                    for _ in 0..<20 {
                        try publisher.publish(
                            exchange: exchange, key: "k", body: [UInt8](repeating: 3, count: size))
                    }
                }
                #expect(eventually { watched.sink.count == 120 })
                #expect(
                    watched.sink.entries.map(\.delivery.body.count)
                        == sizes.flatMap { [Int](repeating: $0, count: 20) })
                proxy.cutAll()
                #expect(eventually { watched.consumer.status.counters.connections == 2 })
                try publisher.publish(exchange: exchange, key: "k", body: Array("good".utf8))
                #expect(eventually { watched.sink.bodies.last == "good" })
            }
        }

        @Test func aHostWithoutAddress() throws {
            var endpoint = Endpoint.test(1)
            endpoint.uri.host = "no-such-host.invalid"
            let failure = try #require(try firstFailure(endpoint))
            #expect(failure.kind == .nameResolution)
            #expect(failure.problem.what.contains("no-such-host.invalid"))
        }
    }
}

extension String {
    fileprivate func replacingFirst(_ word: String, _ text: String) -> String {
        guard let range = firstRange(of: word) else { return self }
        return String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
