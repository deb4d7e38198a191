import MetricModel

/// The consumer's thread: connects, lives through one session after the other, and waits in between.
final class ConsumerWorker {
    private let configuration: Consumer.Configuration
    private let board: ConsumerBoard
    private let sink: any DeliverySink
    private let watchdog: Watchdog
    private var backoff: Backoff
    private var attempt = 0
    private var liveSince: MonotonicInstant?
    private var lastLive: Timestamp?
    /// Outlives connections: counters, and the place in the stream.
    private let memory: ConsumerMemory

    init(_ configuration: Consumer.Configuration, _ board: ConsumerBoard, _ sink: any DeliverySink) {
        self.configuration = configuration
        self.board = board
        self.sink = sink
        watchdog = Watchdog(limit: configuration.endpoint.timing.stall)
        backoff = configuration.backoff
        memory = ConsumerMemory(cursor: configuration.stream.map { StreamCursor($0.start) })
    }

    func run() {
        while !board.thread.mustStop {
            attempt += 1
            set(.connecting(attempt: attempt))
            do throws(BrokerError) {
                try liveOnce()
            } catch {
                board.thread.wait(until: noteLoss(error))
            }
        }
        watchdog.retire()
        set(.stopped)
    }

    /// One connection from the first byte to the last; returns when it is to stop.
    private func liveOnce() throws(BrokerError) {
        let connection = try Connection.open(configuration.endpoint, watchdog: watchdog) {
            set(.authenticating)
        }
        if board.thread.mustStop { return connection.sayGoodbye() }
        set(.preparing)
        memory.generation += 1
        let session = ConsumerSession(
            configuration, connection, board: board, sink: sink, memory: memory)
        defer { session.end() }
        try session.subscribe()
        beLive(connection)
        try session.run { set($0) }
        connection.sayGoodbye()
    }

    private func beLive(_ connection: Connection) {
        let now = Timestamp.wallClock
        attempt = 0
        liveSince = .now
        memory.counters.connections += 1
        board.status.withLock { status in
            status.brokerProduct = connection.product
            status.lastByte = now
        }
        if let lastLive { board.thread.post(.blind(from: lastLive, to: now)) }
        lastLive = nil
        set(.live(since: now))
    }

    private func noteLoss(_ error: BrokerError) -> MonotonicInstant {
        let wasLive = liveSince != nil
        let lived = liveSince.map { MonotonicInstant.now - $0 } ?? .zero
        liveSince = nil
        if wasLive {
            memory.counters.connectionsLost += 1
            lastLive = board.status.withLock { $0.lastByte } ?? .wallClock
        } else {
            memory.counters.attemptsFailed += 1
        }
        if error.kind == .protocolViolation { memory.counters.protocolViolations += 1 }
        let delay = backoff.delay(
            needsOperator: error.needsOperator, lived: lived, random: Double.random(in: 0...1))
        board.status.withLock { status in
            status.lastError = error
            status.source = .none
            status.held = 0
            status.counters = memory.counters
        }
        set(.waiting(until: .wallClock + delay, reason: error))
        return .now + delay
    }

    private func set(_ state: LinkState) {
        board.status.withLock { status in
            status.state = state
            status.counters = memory.counters
        }
        board.thread.post(.state(state))
        board.thread.notify()
    }
}

/// What outlives a connection of the consumer.
final class ConsumerMemory {
    var counters = Consumer.Counters()
    var cursor: StreamCursor?
    /// What was named as a stream turned out to be none: it is left alone.
    var streamIsUnusable = false
    /// Counts connections, for delivery tags.
    var generation: UInt64 = 0

    init(cursor: StreamCursor?) { self.cursor = cursor }
}
