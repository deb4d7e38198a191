import CRabbitMQ
import DequeModule
import Glibc
import Messaging
import MetricModel

/// One live connection of the consumer: its queue, its deliveries, its acknowledgements.
final class ConsumerSession {
    private static let channel: UInt16 = 1
    private static let consumerTag = "planetop"
    /// Frames handled between two looks at acknowledgements and the stop flag.
    private static let framesPerTurnMax = 512
    /// Deliveries that may wait here for the receiver, in bytes; the count is bounded by the prefetch.
    static let heldBytesMax = 32 << 20
    /// Cancellations within `cancelWindow` after which the connection is given up.
    private static let cancelsMax = 3
    private static let cancelWindow = TimeSpan.seconds(10)
    private static let framesPerClock = 48
    private static let wakeInterval = TimeSpan(milliseconds: 2)
    private static let wakeBatch = 64
    private static let acknowledgeDelayMax = TimeSpan(milliseconds: 500)
    /// How often a full receiver is offered the next delivery, unless it says `resume`.
    private static let offerInterval = TimeSpan(milliseconds: 50)

    private let configuration: Consumer.Configuration
    private let connection: Connection
    private let board: ConsumerBoard
    private let memory: ConsumerMemory
    private let sink: any DeliverySink
    private let patterns: [TopicPattern]
    private var assembler: FrameAssembler
    private var ledger = AckLedger(batchCount: 64, delayMax: acknowledgeDelayMax)
    private var readsStream = false
    /// The next scratch channel; a failed question closes the channel it was asked on.
    private var nextChannel: UInt16 = 2
    private var held: Deque<Held> = []
    private var heldBytes = 0
    private var fullSince: MonotonicInstant?
    private var cancels: [MonotonicInstant] = []
    private var mustWake = false
    private var handedOverSinceWake = 0
    private var lastWake = MonotonicInstant(nanoseconds: 0)
    /// The clocks as of a few frames ago.
    private var now = MonotonicInstant.now
    private var wallNow = Timestamp.wallClock

    private struct Held {
        var delivery: Delivery
        var number: UInt64
    }

    init(
        _ configuration: Consumer.Configuration, _ connection: Connection, board: ConsumerBoard,
        sink: any DeliverySink, memory: ConsumerMemory
    ) {
        self.configuration = configuration
        self.connection = connection
        self.board = board
        self.sink = sink
        self.memory = memory
        patterns = configuration.bindingKeys.map { TopicPattern($0) }
        assembler = FrameAssembler(bodyBytesMax: configuration.bodyBytesMax)
    }

    // MARK: subscribing

    /// Opens the channel and starts deliveries from the stream, else from a queue of our own.
    func subscribe() throws(BrokerError) {
        try connection.openChannel(Self.channel)
        try startConsuming()
    }

    private func startConsuming() throws(BrokerError) {
        if let stream = configuration.stream, !memory.streamIsUnusable, try streamExists(stream.name) {
            try consumeStream(stream.name)
        } else if let queue = configuration.existingQueue {
            try consume(queue)
        } else {
            try consume(try declareQueue())
        }
    }

    private func streamExists(_ name: String) throws(BrokerError) -> Bool {
        let channel = nextChannel
        nextChannel += 1
        try connection.openChannel(channel)
        do throws(BrokerError) {
            try connection.lookForQueue(name, channel: channel)
        } catch {
            // These closed the scratch channel only; everything else ends the connection.
            guard [.notFound, .accessRefused, .locked].contains(error.kind) else { throw error }
            board.thread.post(.streamUnavailable(name: name, reason: error))
            return false
        }
        try connection.closeChannel(channel)
        return true
    }

    private func consumeStream(_ name: String) throws(BrokerError) {
        let prefetch = configuration.streamPrefetch
        try connection.limitPrefetch(prefetch, channel: Self.channel)
        let argument = memory.cursor?.argument ?? .string("next")
        do throws(BrokerError) {
            try connection.consume(
                queue: name, tag: Self.consumerTag,
                arguments: [FieldValue.Field(streamOffsetKey, argument)], channel: Self.channel)
        } catch {
            // A broker that knows better than to give a work queue to somebody who asks for a stream.
            throw error.kind == .precondition ? giveUpStream(name) : error
        }
        readsStream = true
        begin(.stream(name), prefetch: prefetch)
    }

    /// What was named as a stream is none: the next connection reads live data.
    private func giveUpStream(_ name: String) -> BrokerError {
        let error = BrokerError(
            .notAStream, "`\(name)` is a queue but not a stream",
            fix: "name a queue declared with x-queue-type=stream")
        memory.streamIsUnusable = true
        board.thread.post(.streamUnavailable(name: name, reason: error))
        return error
    }

    /// Declares and binds the temporary queue.
    private func declareQueue() throws(BrokerError) -> String {
        let exchange = configuration.exchange
        if configuration.declaresExchange {
            try connection.declareTopicExchange(exchange, channel: Self.channel)
        } else {
            try connection.lookForExchange(exchange, channel: Self.channel)
        }
        let limits = configuration.queueLimits
        let queue = try connection.declareTemporaryQueue(
            [
                FieldValue.Field("x-max-length", .integer(Int64(limits.countMax))),
                FieldValue.Field("x-max-length-bytes", .integer(Int64(limits.bytesMax))),
                FieldValue.Field("x-overflow", .string("drop-head")),
                FieldValue.Field("x-message-ttl", .integer(limits.age.milliseconds)),
            ], channel: Self.channel)
        for key in configuration.bindingKeys {
            try connection.bind(queue: queue, to: exchange, key: key, channel: Self.channel)
        }
        return queue
    }

    private func consume(_ queue: String) throws(BrokerError) {
        try connection.limitPrefetch(configuration.prefetch, channel: Self.channel)
        try connection.consume(queue: queue, tag: Self.consumerTag, arguments: [], channel: Self.channel)
        readsStream = false
        begin(.queue(queue), prefetch: configuration.prefetch)
    }

    private func begin(_ source: LinkSource, prefetch: UInt16) {
        ledger.batchCount = UInt64(max(1, prefetch / 4))
        board.status.withLock { $0.source = source }
    }

    // MARK: the loop

    /// Receives until it is to stop.
    ///
    /// - Throws: why the connection is over.
    func run(_ set: (LinkState) -> Void) throws(BrokerError) {
        var wasReading = true
        while !board.thread.mustStop {
            now = .now
            offerHeld()
            let reads = mayRead(now)
            // What came during a pause was not noticed yet.
            if reads, !wasReading { connection.sleep(.zero, signal: board.thread.signal, reads: true) }
            wasReading = reads
            let drained = reads ? try readTurn(set) : true
            now = .now
            try acknowledge(now)
            try connection.sendHeartbeatIfDue(now)
            // While we do not read by choice, silence proves nothing.
            if reads, drained, connection.isSilent(now) { throw connection.silence }
            publishStatus(now)
            if drained {
                connection.sleep(sleepTime(now, reads: reads), signal: board.thread.signal, reads: reads)
            }
        }
        offerHeld()
        try acknowledge(.now, all: true)
    }

    private func mayRead(_ now: MonotonicInstant) -> Bool {
        guard let fullSince else { return true }
        return now - fullSince >= configuration.readPauseMax
    }

    private func sleepTime(_ now: MonotonicInstant, reads: Bool) -> TimeSpan {
        // The next of our own heartbeats, and the end of the peer's patience with a margin so that it is over then.
        var time = min(
            connection.sendInterval - (now - connection.lastSend),
            connection.silenceMax - (now - connection.lastByte) + TimeSpan(milliseconds: 5))
        if let due = ledger.nextDue { time = min(time, due - now) }
        if configuration.acknowledgement == .byOwner, ledger.outstanding > 0 {
            time = min(time, Self.acknowledgeDelayMax)
        }
        if !held.isEmpty { time = min(time, Self.offerInterval) }
        if mustWake { return Self.wakeInterval }
        // Overdue means that the socket takes nothing at the moment.
        return time > .zero ? time : TimeSpan(milliseconds: 20)
    }

    /// Handles the frames that are there.
    ///
    /// - Returns: `true` when none is left.
    private func readTurn(_ set: (LinkState) -> Void) throws(BrokerError) -> Bool {
        for count in 0..<Self.framesPerTurnMax {
            guard count == 0 || connection.mayHaveFrames, try connection.receive() else {
                if count > 0 { connection.noteReceived() }
                return true
            }
            // Reading the clocks for every message would cost more than its frames.
            if count % Self.framesPerClock == 0 { (now, wallNow) = (.now, .wallClock) }
            let channel = connection.frame.pointee.channel
            if channel == 0 {
                if let notice = try connection.handleConnectionFrame() { show(notice, set) }
            } else if channel == Self.channel {
                try handle(assembler.take(connection.frame, now: wallNow))
            }
            connection.releaseMemory(of: channel)
            // A receiver that just became full must not be flooded by the rest of the turn.
            if let fullSince, now - fullSince < configuration.readPauseMax { return true }
        }
        connection.noteReceived()
        return false
    }

    private func show(_ notice: Connection.BlockNotice, _ set: (LinkState) -> Void) {
        switch notice {
        case .blocked(let reason): set(.blocked(since: .wallClock, reason: reason))
        case .unblocked: set(.live(since: .wallClock))
        }
    }

    private func handle(_ step: FrameAssembler.Step) throws(BrokerError) {
        switch step {
        case .incomplete: return
        case .delivery(let number): try take(assembler.removeDelivery(), number)
        case .refused(let refusal, let number):
            ledger.arrive(number)
            ledger.settle(number, now: now)
            memory.counters.refused += 1
            board.thread.post(.refused(refusal))
            mustWake = true
        case .returned: return  // Nothing is published here.
        case .method(let method): try take(method)
        case .broken(let what):
            throw BrokerError(.protocolViolation, "the broker at \(connection.place) sent \(what)")
        }
    }

    private func take(_ method: amqp_method_t) throws(BrokerError) {
        switch method.id {
        case Method.channelClose:
            throw connection.closing(method, during: "consuming", channel: Self.channel)
        case Method.basicCancel:
            memory.counters.consumersCancelled += 1
            board.thread.post(.consumerCancelled)
            mustWake = true
            cancels = cancels.filter { now - $0 < Self.cancelWindow } + [now]
            guard cancels.count <= Self.cancelsMax else {
                throw BrokerError(
                    .cancelled, "the broker at \(connection.place) keeps deleting the queue",
                    fix: "look for a policy that expires or deletes queues named amq.gen-…")
            }
            try startConsuming()
        default: return
        }
    }

    // MARK: deliveries

    private func take(_ delivery: Delivery, _ number: UInt64) throws(BrokerError) {
        ledger.arrive(number)
        if readsStream {
            guard let offset = delivery.properties.streamOffset else {
                // Not acknowledged: closing the connection puts it back where it was.
                throw giveUpStream(configuration.stream?.name ?? "")
            }
            let isWanted =
                memory.cursor?.wants(timestamp: delivery.properties.timestamp) != false
                && patterns.contains { $0.matches(delivery.routingKey) }
            guard isWanted else {
                memory.counters.filtered += 1
                memory.cursor?.handedOver(offset)
                ledger.settle(number, now: now)
                return
            }
        }
        memory.counters.received += 1
        memory.counters.receivedBytes += UInt64(delivery.body.count)
        if delivery.redelivered { memory.counters.redelivered += 1 }
        if held.isEmpty, hand(over: delivery, number) { return }
        hold(delivery, number)
    }

    private func hand(over delivery: Delivery, _ number: UInt64) -> Bool {
        guard sink.offer(delivery, tag: DeliveryTag(connection: memory.generation, number: number)) else {
            return false
        }
        memory.counters.handedOver += 1
        if let offset = delivery.properties.streamOffset { memory.cursor?.handedOver(offset) }
        if configuration.acknowledgement == .onHandover { ledger.take(upTo: number, now: now) }
        handedOverSinceWake += 1
        mustWake = true
        return true
    }

    private func hold(_ delivery: Delivery, _ number: UInt64) {
        if fullSince == nil { fullSince = now }
        guard heldBytes + delivery.body.count <= Self.heldBytesMax else {
            memory.counters.overflowed += 1
            ledger.settle(number, now: now)
            board.thread.post(.overflow(routingKey: delivery.routingKey))
            return
        }
        heldBytes += delivery.body.count
        held.append(Held(delivery: delivery, number: number))
    }

    private func offerHeld() {
        guard !held.isEmpty else { return }
        while let next = held.first, hand(over: next.delivery, next.number) {
            heldBytes -= next.delivery.body.count
            held.removeFirst()
        }
        if held.isEmpty { fullSince = nil }
    }

    /// Called once when the connection is over: what the receiver still has no room for is lost, unless the
    /// stream brings it again.
    func end() {
        offerHeld()
        if !readsStream {
            memory.counters.overflowed += UInt64(held.count)
            if let first = held.first { board.thread.post(.overflow(routingKey: first.delivery.routingKey)) }
        }
        held = []
        publishStatus(.now, wakesAtOnce: true)
    }

    // MARK: acknowledging

    private func acknowledge(_ now: MonotonicInstant, all: Bool = false) throws(BrokerError) {
        if configuration.acknowledgement == .byOwner,
            let tag = board.acknowledgement(
                of: memory.generation, wakeFrom: ledger.told + ledger.batchCount)
        {
            ledger.take(upTo: tag, now: now)
        }
        let due = all && ledger.settled > ledger.told ? ledger.settled : ledger.due(now)
        guard let tag = due, connection.canSend() else { return }
        let count = tag - ledger.told
        try connection.acknowledge(upTo: tag, channel: Self.channel)
        ledger.tell(tag)
        memory.counters.acknowledged += count
    }

    /// Shows counters to the owner, and wakes it when there is something new.
    ///
    /// The first delivery after a pause wakes it at once; of a stream of them only some do, since every wake-up
    /// costs two switches of threads.
    private func publishStatus(_ now: MonotonicInstant, wakesAtOnce: Bool = false) {
        let lastByte = Timestamp.wallClock - (now - connection.lastByte)
        board.status.withLock { status in
            status.counters = memory.counters
            status.held = held.count
            status.lastByte = lastByte
        }
        guard mustWake else { return }
        if wakesAtOnce || now - lastWake >= Self.wakeInterval || handedOverSinceWake >= Self.wakeBatch {
            mustWake = false
            handedOverSinceWake = 0
            lastWake = now
            board.thread.notify()
        }
    }
}
