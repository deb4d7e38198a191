import Diagnostics
import Messaging
import MetricModel
import Synchronization

/// Publishes messages to an exchange on a thread of its own, each confirmed by the broker or reported.
///
/// While the broker is away messages wait in a bounded spool. After a loss everything unconfirmed is sent again with
/// the same properties, so a message may arrive twice: receivers tell by `messageID`.
package final class Publisher: Sendable {
    package struct Configuration: Sendable {
        package var endpoint: Endpoint
        package var exchange = "metrics"
        /// Declares the exchange instead of only looking for it.
        package var declaresExchange = false
        /// Published and not yet confirmed.
        package var inFlightMax = 256
        /// No confirmation for this long: the connection is given up and the messages sent again.
        package var confirmTimeout = TimeSpan.seconds(10)
        package var spoolBytesMax = 64 << 20
        package var spoolAgeMax = TimeSpan.hours(1)
        package var bodyBytesMax = 1 << 20
        package var backoff = Backoff()

        package init(endpoint: Endpoint) { self.endpoint = endpoint }
    }

    /// What became of a call to `publish`.
    package enum Admission: Sendable, Equatable {
        case accepted
        case bodyTooLarge(bytes: Int, bytesMax: Int)
        /// AMQP's short strings hold 255 bytes.
        case fieldTooLong(String)
        case stopped
    }

    package struct Counters: Sendable, Equatable {
        package var accepted: UInt64 = 0
        /// Sent, repetitions included.
        package var published: UInt64 = 0
        package var republished: UInt64 = 0
        package var confirmed: UInt64 = 0
        /// The broker said that it could not take it.
        package var nacked: UInt64 = 0
        /// No queue wanted it.
        package var returned: UInt64 = 0
        package var discardedTooOld: UInt64 = 0
        package var discardedSpoolFull: UInt64 = 0
        package var discardedRefused: UInt64 = 0
        package var connections: UInt64 = 0
        package var connectionsLost: UInt64 = 0
        package var attemptsFailed: UInt64 = 0
    }

    package struct Status: Sendable, Equatable {
        package var state = LinkState.idle
        package var counters = Counters()
        package var spooled = 0
        package var spooledBytes = 0
        package var inFlight = 0
        package var lastByte: Timestamp?
        package var lastError: BrokerError?
        package var brokerProduct = ""
    }

    static let shortStringBytesMax = 255

    private let configuration: Configuration
    private let board: PublisherBoard

    package init(_ configuration: Configuration, wake: @escaping @Sendable () -> Void = {}) {
        precondition(configuration.inFlightMax > 0, "something must be in flight")
        self.configuration = configuration
        board = PublisherBoard(
            spool: Spool(bytesMax: configuration.spoolBytesMax, ageMax: configuration.spoolAgeMax), wake: wake
        )
    }

    /// Without an owner the thread has nothing to do any more.
    deinit { board.thread.requestStop() }

    /// Starts the thread; call once.
    package func start() throws(Problem) {
        let (configuration, board) = (configuration, board)
        try board.thread.start(name: "amqp-publisher") { PublisherWorker(configuration, board).run() }
    }

    /// Hands a message over for publishing; from any thread, without waiting.
    package func publish(
        routingKey: String, properties: Delivery.Properties, body: [UInt8]
    ) -> Admission {
        guard !board.thread.mustStop else { return .stopped }
        guard body.count <= configuration.bodyBytesMax else {
            return .bodyTooLarge(bytes: body.count, bytesMax: configuration.bodyBytesMax)
        }
        let texts: [(String, String?)] = [
            ("routing key", routingKey), ("content_type", properties.contentType),
            ("content_encoding", properties.contentEncoding), ("type", properties.type),
            ("message_id", properties.messageID), ("app_id", properties.appID),
            ("user_id", properties.userID),
            ("expiration", properties.expiration),
        ]
        for (name, text) in texts where (text?.utf8.count ?? 0) > Self.shortStringBytesMax {
            return .fieldTooLong(name)
        }
        board.enqueue(
            OutboundMessage(routingKey: routingKey, properties: properties, body: body, enqueued: .now))
        return .accepted
    }

    /// Waits until everything accepted so far is confirmed or discarded.
    ///
    /// - Returns: `false` when something is still on its way after `timeout`.
    package func flush(_ timeout: TimeSpan) -> Bool { board.empty.wait(timeout) }

    /// Ends connection and thread; what is not confirmed by then is lost. Call `flush` before.
    ///
    /// - Returns: `false` when the thread is still in a call after `timeout`; it then ends by itself.
    @discardableResult
    package func stop(_ timeout: TimeSpan = .seconds(2)) -> Bool { board.thread.stop(timeout) }

    package var status: Status { board.snapshot() }

    /// Events since the last call, oldest first, and how many were lost before them.
    package func takeEvents() -> (events: [LinkEvent], dropped: Int) { board.thread.takeEvents() }

    /// Ends the wait for the next attempt.
    package func retryNow() { board.thread.retry() }
}

/// What the publisher's thread and its callers share; everything is under a lock or atomic.
final class PublisherBoard: Sendable {
    struct Contents: Sendable {
        var spool: Spool
        var inFlight = 0
        var status = Publisher.Status()
    }

    let thread: LinkThread
    let contents: Mutex<Contents>
    /// Open while nothing waits and nothing is in flight.
    let empty = ThreadGate()

    init(spool: Spool, wake: @escaping @Sendable () -> Void) {
        contents = Mutex(Contents(spool: spool))
        thread = LinkThread(wake: wake)
        empty.open()
    }

    func enqueue(_ message: OutboundMessage) {
        change { contents in
            contents.status.counters.accepted += 1
            let gone = contents.spool.append(message)
            contents.status.counters.discardedSpoolFull += UInt64(gone.count)
            report(gone, .spoolFull)
        }
        thread.signal.raise()
    }

    /// Changes the contents and keeps the gate for `flush` true to them.
    func change<Result>(_ body: (inout Contents) -> Result) -> Result {
        contents.withLock { contents in
            defer {
                if contents.spool.isEmpty, contents.inFlight == 0 { empty.open() } else { empty.close() }
            }
            return body(&contents)
        }
    }

    func report(_ messages: [OutboundMessage], _ reason: DiscardReason) {
        thread.post(
            messages.lazy.map {
                .discarded(routingKey: $0.routingKey, messageID: $0.properties.messageID, reason: reason)
            })
    }

    func snapshot() -> Publisher.Status {
        contents.withLock { contents in
            var status = contents.status
            status.spooled = contents.spool.count
            status.spooledBytes = contents.spool.bytes
            status.inFlight = contents.inFlight
            return status
        }
    }
}
