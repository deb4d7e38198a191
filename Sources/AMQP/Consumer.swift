import Diagnostics
import MetricModel
import Synchronization

/// Receives messages from a broker on a thread of its own and never gives up.
///
/// The connection, its queue and its bindings are made anew after every loss. What it is doing can be read at any
/// time (`status`) and as a list of events; `wake` is called when either changed or deliveries were handed over.
package final class Consumer: Sendable {
    package struct Configuration: Sendable {
        package var endpoint: Endpoint
        package var exchange = "metrics"
        /// Declares the exchange instead of only looking for it: viewers mostly may not.
        package var declaresExchange = false
        /// At least one.
        package var bindingKeys: [String]
        package var stream: StreamRequest?
        /// Reads this queue, which somebody else declared and bound, instead of a temporary one of its own.
        package var existingQueue: String?
        package var queueLimits = QueueLimits()
        package var acknowledgement = Acknowledgement.byOwner
        package var prefetch: UInt16 = 256
        package var streamPrefetch: UInt16 = 1000
        /// Larger bodies are refused; at most `bodyBytesCeiling`.
        package var bodyBytesMax = 1 << 20
        package var backoff = Backoff()
        /// How long it stops reading when the receiver is full, before it only stops acknowledging.
        package var readPauseMax = TimeSpan.seconds(5)

        package static let bodyBytesCeiling = 4 << 20

        package init(endpoint: Endpoint, bindingKeys: [String]) {
            self.endpoint = endpoint
            self.bindingKeys = bindingKeys
        }
    }

    /// When the broker may forget a delivery.
    package enum Acknowledgement: Sendable {
        /// As soon as the receiver has taken it.
        case onHandover
        /// When the owner says so with `acknowledge`.
        case byOwner
    }

    /// Bounds of the temporary queue; the oldest messages give way.
    package struct QueueLimits: Sendable {
        package var countMax = 20_000
        package var bytesMax = 64 << 20
        package var age = TimeSpan.minutes(10)

        package init() {}
    }

    package struct Counters: Sendable, Equatable {
        /// Messages that arrived whole.
        package var received: UInt64 = 0
        /// Their bodies.
        package var receivedBytes: UInt64 = 0
        package var handedOver: UInt64 = 0
        package var acknowledged: UInt64 = 0
        package var redelivered: UInt64 = 0
        /// Too large to be kept.
        package var refused: UInt64 = 0
        /// From the stream, but outside of the wanted time or keys.
        package var filtered: UInt64 = 0
        /// Thrown away since the receiver had no room.
        package var overflowed: UInt64 = 0
        /// Connections that became live.
        package var connections: UInt64 = 0
        package var connectionsLost: UInt64 = 0
        package var attemptsFailed: UInt64 = 0
        /// Connections that were left since the peer broke the protocol.
        package var protocolViolations: UInt64 = 0
        package var consumersCancelled: UInt64 = 0
    }

    package struct Status: Sendable, Equatable {
        package var state = LinkState.idle
        package var source = LinkSource.none
        package var counters = Counters()
        /// When bytes last came from the broker, heartbeats included.
        package var lastByte: Timestamp?
        package var lastError: BrokerError?
        /// What the broker calls itself, `RabbitMQ 3.10.8`.
        package var brokerProduct = ""
        /// Deliveries that wait here for room at the receiver.
        package var held = 0
    }

    private let configuration: Configuration
    private let board: ConsumerBoard
    private let sink: any DeliverySink

    package init(
        _ configuration: Configuration, sink: any DeliverySink, wake: @escaping @Sendable () -> Void = {}
    ) {
        precondition(!configuration.bindingKeys.isEmpty, "a consumer needs a binding key")
        precondition(
            (1...Configuration.bodyBytesCeiling).contains(configuration.bodyBytesMax),
            "bodyBytesMax lies within the ceiling")
        precondition(
            configuration.prefetch > 0 && configuration.streamPrefetch > 0, "a prefetch of 0 has no limit")
        self.configuration = configuration
        self.sink = sink
        board = ConsumerBoard(wake: wake)
    }

    /// Without an owner the thread has nothing to do any more.
    deinit { board.thread.requestStop() }

    /// Starts the thread; call once.
    package func start() throws(Problem) {
        let (configuration, board, sink) = (configuration, board, sink)
        try board.thread.start(name: "amqp-consumer") { ConsumerWorker(configuration, board, sink).run() }
    }

    /// Ends the connection and the thread.
    ///
    /// - Returns: `false` when the thread is still in a call after `timeout`; it then ends by itself.
    @discardableResult
    package func stop(_ timeout: TimeSpan = .seconds(2)) -> Bool { board.thread.stop(timeout) }

    package var status: Status { board.status.withLock { $0 } }

    /// Events since the last call, oldest first, and how many were lost before them.
    package func takeEvents() -> (events: [LinkEvent], dropped: Int) { board.thread.takeEvents() }

    /// Lets the broker forget everything up to `tag`, in the order of handing over. Tags of a former connection
    /// mean nothing any more.
    package func acknowledge(upTo tag: DeliveryTag) { board.acknowledge(tag) }

    /// The receiver has room again: held deliveries are offered at once.
    package func resume() { board.thread.signal.raise() }

    /// Ends the wait for the next attempt.
    package func retryNow() { board.thread.retry() }
}

/// What the consumer's thread and its owner share; everything is under a lock or atomic.
final class ConsumerBoard: Sendable {
    let thread: LinkThread
    let status = Mutex(Consumer.Status())

    private let acknowledged = Mutex(DeliveryTag(connection: 0, number: 0))
    /// From this tag on an acknowledgement is worth waking the thread.
    private let wakeFrom = Mutex(DeliveryTag(connection: 0, number: 0))

    init(wake: @escaping @Sendable () -> Void) { thread = LinkThread(wake: wake) }

    func acknowledge(_ tag: DeliveryTag) {
        let isNew = acknowledged.withLock { newest in
            guard tag > newest else { return false }
            newest = tag
            return true
        }
        if isNew, wakeFrom.withLock({ tag >= $0 }) { thread.signal.raise() }
    }

    /// The newest acknowledgement, when it belongs to `connection`; the thread wants to be woken from `next` on.
    func acknowledgement(of connection: UInt64, wakeFrom next: UInt64) -> UInt64? {
        wakeFrom.withLock { $0 = DeliveryTag(connection: connection, number: next) }
        return acknowledged.withLock { $0.connection == connection ? $0.number : nil }
    }
}
