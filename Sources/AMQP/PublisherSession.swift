import CRabbitMQ
import Glibc
import Messaging
import MetricModel

/// One live connection of the publisher: what is in flight on it, and the broker's verdicts.
final class PublisherSession {
    private static let channel: UInt16 = 1
    /// A message that the broker refused this often is given up.
    private static let refusalsMax = 5
    private static let framesPerTurnMax = 4096
    /// How often old messages are looked for.
    private static let expiryInterval = TimeSpan.seconds(1)

    /// How many of the next messages are sent one at a time, since one of them made the broker close the channel.
    private(set) var suspects: Int

    private let configuration: Publisher.Configuration
    private let connection: Connection
    private let board: PublisherBoard
    private var assembler = FrameAssembler(bodyBytesMax: 0)
    private var window = ConfirmWindow()
    private var isBlocked = false
    private var nextExpiry = MonotonicInstant.now
    /// Refused messages are sent again only when this is past.
    private var resumesAt = MonotonicInstant.now

    init(
        _ configuration: Publisher.Configuration, _ connection: Connection, board: PublisherBoard,
        suspects: Int
    ) {
        self.configuration = configuration
        self.connection = connection
        self.board = board
        self.suspects = suspects
    }

    func prepare() throws(BrokerError) {
        try connection.openChannel(Self.channel)
        if configuration.declaresExchange {
            try connection.declareTopicExchange(configuration.exchange, channel: Self.channel)
        } else {
            try connection.lookForExchange(configuration.exchange, channel: Self.channel)
        }
        try connection.selectConfirms(channel: Self.channel)
    }

    /// Publishes what is spooled until it is to stop.
    func run(_ set: (LinkState) -> Void) throws(BrokerError) {
        while !board.thread.mustStop {
            try drain(set)
            let now = MonotonicInstant.now
            if connection.isSilent(now) { throw connection.silence }
            try connection.sendHeartbeatIfDue(now)
            try checkConfirms(now)
            expire(now)
            if try publishNext(now) { continue }
            connection.sleep(sleepTime(now), signal: board.thread.signal, reads: true)
            board.change { $0.status.lastByte = .wallClock - (MonotonicInstant.now - connection.lastByte) }
        }
    }

    /// Called once when the connection is over: what has no verdict goes back to the head of the spool.
    func end(_ error: BrokerError?) {
        var unsettled = window.takeUnsettled()
        if let error, blames(error) {
            if unsettled.count == 1 {
                discard(unsettled[0], .refused(error.problem.what))
                unsettled = []
            }
            suspects = unsettled.count
        } else {
            suspects = 0
        }
        putBack(unsettled)
    }

    // MARK: inbound

    /// Handles all frames that are there. Done before every message: librabbitmq 0.11 waits without limit in a
    /// publish when nothing was read for two heartbeats.
    private func drain(_ set: (LinkState) -> Void) throws(BrokerError) {
        var got = false
        for _ in 0..<Self.framesPerTurnMax {
            guard try connection.receive() else { break }
            got = true
            let channel = connection.frame.pointee.channel
            if channel == 0 {
                if let notice = try connection.handleConnectionFrame() { show(notice, set) }
            } else {
                try handle(assembler.take(connection.frame, now: .wallClock))
            }
            connection.releaseMemory(of: channel)
        }
        if got { connection.noteReceived() }
    }

    private func show(_ notice: Connection.BlockNotice, _ set: (LinkState) -> Void) {
        switch notice {
        case .blocked(let reason):
            isBlocked = true
            set(.blocked(since: .wallClock, reason: reason))
        case .unblocked:
            isBlocked = false
            window.restartClock(.now)
            set(.live(since: .wallClock))
        }
    }

    private func handle(_ step: FrameAssembler.Step) throws(BrokerError) {
        switch step {
        case .incomplete, .delivery, .refused: return
        case .returned(let message):
            board.change { $0.status.counters.returned += 1 }
            board.thread.post(.returned(message))
            board.thread.notify()
        case .method(let method):
            guard let decoded = method.decoded else { return }
            switch method.id {
            case Method.channelClose:
                throw connection.closing(method, during: "publishing", channel: Self.channel)
            case Method.basicAck:
                let ack = decoded.load(as: amqp_basic_ack_t.self)
                settle(ack.delivery_tag, multiple: ack.multiple != 0, confirmed: true)
            case Method.basicNack:
                let nack = decoded.load(as: amqp_basic_nack_t.self)
                settle(nack.delivery_tag, multiple: nack.multiple != 0, confirmed: false)
            default: return
            }
        case .broken(let what):
            throw BrokerError(.protocolViolation, "the broker at \(connection.place) sent \(what)")
        }
    }

    private func settle(_ number: UInt64, multiple: Bool, confirmed: Bool) {
        let result = window.settle(number, multiple: multiple, confirmed: confirmed)
        suspects = max(0, suspects - result.confirmed - result.refused.count)
        var again: [OutboundMessage] = []
        for var message in result.refused {
            message.refusals += 1
            if message.refusals >= Self.refusalsMax {
                discard(
                    message,
                    .refused("the broker at \(connection.place) refused it \(message.refusals) times"))
            } else {
                again.append(message)
            }
        }
        if !again.isEmpty { resumesAt = .now + .seconds(1) }
        // Counters first: whoever waits for `flush` reads them as soon as nothing is under way any more.
        board.change { contents in
            contents.status.counters.confirmed += UInt64(result.confirmed)
            contents.status.counters.nacked += UInt64(result.refused.count)
        }
        putBack(again)
    }

    // MARK: outbound

    /// Sends the next message, if there is one and it may go.
    private func publishNext(_ now: MonotonicInstant) throws(BrokerError) -> Bool {
        let room = suspects > 0 ? 1 : configuration.inFlightMax
        guard !isBlocked, window.count < room, now >= resumesAt, connection.canSend() else { return false }
        let next = board.change { contents -> OutboundMessage? in
            guard let next = contents.spool.takeFirst() else { return nil }
            contents.inFlight = window.count + 1
            contents.status.counters.published += 1
            if next.wasSent { contents.status.counters.republished += 1 }
            return next
        }
        guard var message = next else { return false }
        message.wasSent = true
        window.append(message, sent: now)
        try connection.publish(
            message, exchange: configuration.exchange, isMandatory: true, channel: Self.channel)
        return true
    }

    private func checkConfirms(_ now: MonotonicInstant) throws(BrokerError) {
        guard !isBlocked, let oldest = window.oldestSent, now - oldest >= configuration.confirmTimeout else {
            return
        }
        throw BrokerError(
            .unconfirmed,
            "the broker at \(connection.place) confirmed nothing for \(configuration.confirmTimeout)")
    }

    private func expire(_ now: MonotonicInstant) {
        guard now >= nextExpiry else { return }
        nextExpiry = now + Self.expiryInterval
        board.change { contents in
            let gone = contents.spool.expire(now)
            contents.status.counters.discardedTooOld += UInt64(gone.count)
            board.report(gone, .tooOld)
        }
    }

    private func sleepTime(_ now: MonotonicInstant) -> TimeSpan {
        var time = min(
            connection.sendInterval - (now - connection.lastSend),
            connection.silenceMax - (now - connection.lastByte) + TimeSpan(milliseconds: 5))
        if !isBlocked, let oldest = window.oldestSent {
            time = min(time, configuration.confirmTimeout - (now - oldest) + TimeSpan(milliseconds: 5))
        }
        if now < resumesAt { time = min(time, resumesAt - now + TimeSpan(milliseconds: 1)) }
        // A socket that takes nothing is looked at again soon; the spool's signal was heard already.
        if !connection.canSend() { time = min(time, TimeSpan(milliseconds: 20)) }
        return time > .zero ? time : TimeSpan(milliseconds: 20)
    }

    // MARK: giving back

    private func putBack(_ messages: [OutboundMessage]) {
        board.change { contents in
            contents.inFlight = window.count
            guard !messages.isEmpty else { return }
            let gone = contents.spool.putBack(messages)
            contents.status.counters.discardedSpoolFull += UInt64(gone.count)
            board.report(gone, .spoolFull)
        }
    }

    private func discard(_ message: OutboundMessage, _ reason: DiscardReason) {
        board.change { $0.status.counters.discardedRefused += 1 }
        board.report([message], reason)
        board.thread.notify()
    }

    /// Whether a single message can be the reason why the broker closed the channel.
    private func blames(_ error: BrokerError) -> Bool {
        switch error.kind {
        case .precondition: true
        case .accessRefused: error.problem.what.contains("topic")
        default: error.code == 501 || error.code == 502 || error.code == 505
        }
    }
}
