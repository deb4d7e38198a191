import Diagnostics
import MetricModel
import Testing

@testable import AMQP

@Suite struct BrokerURITests {
    struct Case: Sendable {
        var text: String
        var user: String?
        var password: String?
        var host = "localhost"
        var port: UInt16 = 5672
        var virtualHost = "/"
        var printed: String
    }

    // The first eleven are the examples of the specification's appendix, with defaults filled in.
    static let cases = [
        Case(
            text: "amqp://user:pass@host:10000/vhost", user: "user", password: "pass", host: "host",
            port: 10000, virtualHost: "vhost", printed: "amqp://user:***@host:10000/vhost"),
        Case(
            text: "amqp://user%61:%61pass@ho%61st:10000/v%2fhost", user: "usera", password: "apass",
            host: "hoast", port: 10000, virtualHost: "v/host",
            printed: "amqp://usera:***@hoast:10000/v%2fhost"),
        Case(text: "amqp://", printed: "amqp://localhost/%2f"),
        Case(text: "amqp://:@/", user: "", password: "", virtualHost: "", printed: "amqp://:***@localhost/"),
        Case(text: "amqp://user@", user: "user", printed: "amqp://user@localhost/%2f"),
        Case(
            text: "amqp://user:pass@", user: "user", password: "pass",
            printed: "amqp://user:***@localhost/%2f"),
        Case(text: "amqp://host", host: "host", printed: "amqp://host/%2f"),
        Case(text: "amqp://:10000", port: 10000, printed: "amqp://localhost:10000/%2f"),
        Case(text: "amqp:///vhost", virtualHost: "vhost", printed: "amqp://localhost/vhost"),
        Case(text: "amqp://host/", host: "host", virtualHost: "", printed: "amqp://host/"),
        Case(text: "amqp://host/%2f", host: "host", printed: "amqp://host/%2f"),
        Case(text: "amqp://[::1]", host: "::1", printed: "amqp://[::1]/%2f"),
        Case(
            text: "amqps://[FE80::1%25eth0]:99/x", host: "fe80::1%eth0", port: 99, virtualHost: "x",
            printed: "amqps://[fe80::1%eth0]:99/x"),
        Case(
            text: "AMQPS://Broker.Example/", host: "broker.example", port: 5671, virtualHost: "",
            printed: "amqps://broker.example/"),
        Case(
            text: "amqp://u:%C3%A9%C2%80@h", user: "u", password: "é\u{80}", host: "h",
            printed: "amqp://u:***@h/%2f"),
        Case(
            text: "amqp://%E2%82%AC:p%40%2F%3A@h", user: "€", password: "p@/:", host: "h",
            printed: "amqp://%e2%82%ac:***@h/%2f"),
        Case(text: "amqp://h:5672", host: "h", printed: "amqp://h/%2f"),
        Case(text: "amqp://h:", host: "h", printed: "amqp://h/%2f"),
    ]

    @Test("reads what the specification says", arguments: cases)
    func parses(_ example: Case) throws {
        let uri = try BrokerURI(parsing: example.text, passwords: .allowed)
        #expect(uri.user == example.user)
        #expect(uri.password?.revealed == example.password)
        #expect(uri.host == example.host)
        #expect(uri.port == example.port)
        #expect(uri.virtualHost == example.virtualHost)
        #expect(uri.description == example.printed)
    }

    @Test func readsQueryParameters() throws {
        let uri = try BrokerURI(
            parsing: "amqps://h/v?heartbeat=5&connection_timeout=2500&cacertfile=/etc/a%20b.pem&certfile=/c"
                + "&keyfile=/k&verify=verify_none&server_name_indication=other.example&channel_max=7"
                + "&auth_mechanism=external",
            passwords: .refused)
        #expect(uri.heartbeatSeconds == 5)
        #expect(uri.connectTimeout == TimeSpan(milliseconds: 2500))
        #expect(uri.tls.authorityFile == "/etc/a b.pem")
        #expect(uri.tls.certificateFile == "/c")
        #expect(uri.tls.keyFile == "/k")
        #expect(!uri.tls.verifiesPeer)
        #expect(uri.isUnverified)
        #expect(uri.tls.serverName == "other.example")
        #expect(uri.mechanism == .external)
        #expect(uri.ignoredParameters == ["channel_max"])
    }

    @Test func verifiesByDefaultAndKnowsPlaintext() throws {
        let safe = try BrokerURI(parsing: "amqps://broker.example", passwords: .refused)
        #expect(safe.tls.verifiesPeer && !safe.isUnverified && !safe.isPlaintextBeyondLoopback)
        #expect(safe.heartbeatSeconds == 10)
        let plain = try BrokerURI(parsing: "amqp://broker.example", passwords: .refused)
        #expect(plain.isPlaintextBeyondLoopback)
        for local in ["amqp://localhost", "amqp://127.0.0.9", "amqp://[::1]", "amqp://"] {
            #expect(try !BrokerURI(parsing: local, passwords: .refused).isPlaintextBeyondLoopback)
        }
        // A name that only looks like the loopback network.
        #expect(
            try BrokerURI(parsing: "amqp://127.evil.example", passwords: .refused).isPlaintextBeyondLoopback)
    }

    struct Bad: Sendable {
        var text: String
        var expected: String
        var column: Int?
    }

    static let bad = [
        Bad(text: "http://h", expected: "does not start with amqp://", column: 1),
        Bad(text: "", expected: "does not start", column: 1),
        Bad(text: "amqp://h:0", expected: "port", column: 10),
        Bad(text: "amqp://h:65536", expected: "port", column: 10),
        Bad(text: "amqp://h:+1", expected: "port", column: 10),
        Bad(text: "amqp://u:SECRET/x@h/v", expected: "port", column: 10),
        Bad(text: "amqp://u:SECRET@x@h", expected: "more than one `@`", column: 18),
        Bad(text: "amqp://h/a/b", expected: "`/` in the virtual host", column: 11),
        Bad(text: "amqp://::1/", expected: "more than one `:`", column: 8),
        Bad(text: "amqp://[::1", expected: "without `]`", column: 8),
        Bad(text: "amqp://[::1]x", expected: "between `]` and the port", column: 13),
        Bad(text: "amqp://[nonsense]", expected: "no IPv6 address", column: 8),
        Bad(text: "amqp://h/%2", expected: "`%` in the virtual host", column: 10),
        Bad(text: "amqp://u:SECRET%zz@h", expected: "`%` in the password", column: 16),
        Bad(text: "amqp://u:SECRET%00@h", expected: "%00 in the password", column: 16),
        Bad(text: "amqp://u:SECRET%ff@h", expected: "password that is not UTF-8", column: 10),
        Bad(text: "amqp://u:SEC RET@h", expected: "space", column: 13),
        Bad(text: "amqp://u:SECRET#@h", expected: "fragment", column: 16),
        Bad(text: "amqp://h_!/", expected: "host that is not a name", column: 8),
        Bad(text: "amqp://h?heartbeat=0", expected: "heartbeat from 1", column: 10),
        Bad(text: "amqp://h?heartbeat=x", expected: "heartbeat from 1", column: 10),
        Bad(text: "amqp://h?connection_timeout=1", expected: "connection_timeout", column: 10),
        Bad(text: "amqp://h?heartbeat=5&heartbeat=6", expected: "twice", column: 22),
        Bad(text: "amqp://h?cacertfile=/x", expected: "without TLS", column: 10),
        Bad(text: "amqps://h?verify=maybe", expected: "verify_peer", column: 11),
        Bad(text: "amqps://h?certfile=/x", expected: "only one of certfile and keyfile", column: nil),
        Bad(text: "amqps://h?auth_mechanism=external", expected: "without a client certificate", column: nil),
        Bad(text: "amqps://h?auth_mechanism=kerberos", expected: "auth_mechanism=plain", column: 11),
    ]

    @Test("says what is wrong, and nothing secret", arguments: bad)
    func refuses(_ example: Bad) {
        let problem = #expect(throws: Problem.self) {
            try BrokerURI(parsing: example.text, passwords: .allowed)
        }
        guard let problem else { return }
        #expect(problem.what.contains(example.expected), "\(problem)")
        #expect(problem.place?.column == example.column, "\(problem)")
        #expect(!problem.description.contains("SEC"))
    }

    @Test func refusesPasswordsOnTheCommandLine() {
        let problem = #expect(throws: Problem.self) {
            try BrokerURI(parsing: "amqp://u:hunter2@h", passwords: .refused)
        }
        #expect(problem?.fix?.contains("--password-file") == true)
        #expect(problem?.description.contains("hunter2") == false)
    }

    @Test func neverPrintsThePassword() throws {
        let uri = try BrokerURI(parsing: "amqps://user:hunter2@h/v", passwords: .allowed)
        var dumped = ""
        dump(uri, to: &dumped)
        dump(Credentials(user: "u", password: Secret("hunter2")), to: &dumped)
        for text in ["\(uri)", "\(String(reflecting: uri))", "\(uri.password as Any)", dumped] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test func survivesAnyText() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("amqps:/@[]%?&=#.0159aF\u{e9} \u{0}")
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...30, using: &generator)
            let tail = String((0..<length).map { _ in alphabet.randomElement(using: &generator)! })
            for text in [tail, "amqp://" + tail, "amqps://u:p@" + tail] {
                _ = try? BrokerURI(parsing: text, passwords: .allowed)
            }
        }
    }
}
