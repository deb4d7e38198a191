import Glibc
import Messaging
import MetricModel
import Synchronization
import TestSupport

@testable import AMQP

/// The same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Waits until `condition` holds; `false` when it does not within `seconds`.
func eventually(_ seconds: Double = 10, _ condition: () -> Bool) -> Bool {
    let end = MonotonicInstant.now + TimeSpan(seconds: seconds)
    while !condition() {
        if MonotonicInstant.now > end { return condition() }
        usleep(2000)
    }
    return true
}

func secondsTaken(_ body: () throws -> Void) rethrows -> Double {
    let start = MonotonicInstant.now
    try body()
    return (MonotonicInstant.now - start).seconds
}

/// Keeps deliveries, up to a number that can be changed.
final class RecordingSink: DeliverySink {
    struct Entry: Sendable {
        var delivery: Delivery
        var tag: DeliveryTag
    }

    private struct Contents {
        var entries: [Entry] = []
        var room = Int.max
    }

    private let contents = Mutex(Contents())

    init(room: Int = .max) { contents.withLock { $0.room = room } }

    func offer(_ delivery: Delivery, tag: DeliveryTag) -> Bool {
        contents.withLock { contents in
            guard contents.entries.count < contents.room else { return false }
            contents.entries.append(Entry(delivery: delivery, tag: tag))
            return true
        }
    }

    var entries: [Entry] { contents.withLock { $0.entries } }
    var count: Int { contents.withLock { $0.entries.count } }
    var bodies: [String] { entries.map { String(decoding: $0.delivery.body, as: UTF8.self) } }
    var newestTag: DeliveryTag? { contents.withLock { $0.entries.last?.tag } }

    func setRoom(_ room: Int) { contents.withLock { $0.room = room } }
}

/// A consumer under test with everything that it reported so far.
final class WatchedConsumer {
    let consumer: Consumer
    let sink: RecordingSink
    private(set) var events: [LinkEvent] = []

    init(_ configuration: Consumer.Configuration, sink: RecordingSink = RecordingSink()) throws {
        self.sink = sink
        consumer = Consumer(configuration, sink: sink)
        try consumer.start()
    }

    deinit { consumer.stop() }

    func collect() { events += consumer.takeEvents().events }

    /// The kinds of state seen so far, in order.
    var states: [String] {
        collect()
        return events.compactMap { event in
            guard case .state(let state) = event else { return nil }
            return name(of: state)
        }
    }

    var reasons: [BrokerError.Kind] {
        collect()
        return events.compactMap { event in
            guard case .state(.waiting(_, let reason)) = event else { return nil }
            return reason.kind
        }
    }

    func waitLive(_ seconds: Double = 10) -> Bool { eventually(seconds) { consumer.status.state.isLive } }
}

func name(of state: LinkState) -> String {
    switch state {
    case .idle: "idle"
    case .connecting: "connecting"
    case .authenticating: "authenticating"
    case .preparing: "preparing"
    case .live: "live"
    case .blocked: "blocked"
    case .waiting: "waiting"
    case .stopped: "stopped"
    }
}

/// What every connection goes through.
let arrival = ["connecting", "authenticating", "preparing", "live"]

extension Endpoint {
    /// The test broker, or a proxy before it.
    static func test(
        _ port: UInt16, user: String = "guest", password: String = "guest", heartbeat: Int = 10
    ) -> Endpoint {
        var uri = BrokerURI(host: "127.0.0.1", port: port)
        uri.heartbeatSeconds = heartbeat
        uri.connectTimeout = .seconds(3)
        var endpoint = Endpoint(
            uri: uri, credentials: Credentials(user: user, password: Secret(password)),
            connectionName: "planetop test")
        endpoint.timing.handshake = .seconds(4)
        endpoint.timing.call = .seconds(4)
        return endpoint
    }
}

extension Backoff {
    /// Short enough for tests.
    static var quick: Backoff {
        var backoff = Backoff()
        backoff.first = TimeSpan(milliseconds: 20)
        backoff.longest = TimeSpan(milliseconds: 200)
        backoff.operatorNeeded = TimeSpan(milliseconds: 300)
        return backoff
    }
}

extension Consumer.Configuration {
    /// Listens to an exchange of its own, which it declares.
    static func test(_ endpoint: Endpoint, exchange: String, keys: [String] = ["#"]) -> Self {
        var configuration = Consumer.Configuration(endpoint: endpoint, bindingKeys: keys)
        configuration.exchange = exchange
        configuration.declaresExchange = true
        configuration.backoff = .quick
        return configuration
    }
}

extension Publisher.Configuration {
    static func test(_ endpoint: Endpoint, exchange: String) -> Self {
        var configuration = Publisher.Configuration(endpoint: endpoint)
        configuration.exchange = exchange
        configuration.declaresExchange = true
        configuration.backoff = .quick
        return configuration
    }
}
