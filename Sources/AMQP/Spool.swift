import DequeModule
import Messaging
import MetricModel

/// A message on its way to the broker.
struct OutboundMessage: Sendable {
    var routingKey: String
    var properties: Delivery.Properties
    var body: [UInt8]
    var enqueued: MonotonicInstant
    /// How often the broker refused it.
    var refusals = 0
    /// Whether it went out before, on a connection that was lost.
    var wasSent = false

    /// What it counts against the spool's limit; the constant stands for the structures around it.
    var bytes: Int { body.count + routingKey.utf8.count + 256 }
}

/// Messages that wait for their turn, oldest first; bounded in bytes and in age, the oldest give way.
struct Spool: Sendable {
    let bytesMax: Int
    let ageMax: TimeSpan
    private var waiting: Deque<OutboundMessage> = []
    private(set) var bytes = 0

    init(bytesMax: Int, ageMax: TimeSpan) {
        self.bytesMax = bytesMax
        self.ageMax = ageMax
    }

    var count: Int { waiting.count }
    var isEmpty: Bool { waiting.isEmpty }

    /// Adds `message` as the newest.
    ///
    /// - Returns: those that had to go for it.
    mutating func append(_ message: OutboundMessage) -> [OutboundMessage] {
        waiting.append(message)
        bytes += message.bytes
        return shrink()
    }

    /// Puts messages back that were already taken, before all others and in their order.
    mutating func putBack(_ messages: some Collection<OutboundMessage>) -> [OutboundMessage] {
        waiting.prepend(contentsOf: messages)
        for message in messages { bytes += message.bytes }
        return shrink()
    }

    mutating func takeFirst() -> OutboundMessage? {
        guard let first = waiting.popFirst() else { return nil }
        bytes -= first.bytes
        return first
    }

    /// Drops what is older than `ageMax`.
    mutating func expire(_ now: MonotonicInstant) -> [OutboundMessage] {
        var gone: [OutboundMessage] = []
        while let first = waiting.first, now - first.enqueued > ageMax, let taken = takeFirst() {
            gone.append(taken)
        }
        return gone
    }

    private mutating func shrink() -> [OutboundMessage] {
        var gone: [OutboundMessage] = []
        while bytes > bytesMax, waiting.count > 1, let taken = takeFirst() { gone.append(taken) }
        return gone
    }
}

/// Published messages whose confirmation has not come yet, in the order of publishing.
struct ConfirmWindow {
    private struct InFlight {
        var message: OutboundMessage
        var sent: MonotonicInstant
        /// `nil` while unknown, else whether the broker has it.
        var verdict: Bool?
    }

    private var inFlight: Deque<InFlight> = []
    /// The number of the oldest message in flight; a channel counts its messages from 1.
    private var firstNumber: UInt64 = 1

    var count: Int { inFlight.count }
    var oldestSent: MonotonicInstant? { inFlight.first?.sent }

    mutating func append(_ message: OutboundMessage, sent: MonotonicInstant) {
        inFlight.append(InFlight(message: message, sent: sent))
    }

    /// Takes the broker's verdict on message `number`, or on all up to it.
    ///
    /// - Returns: how many were confirmed, and those that the broker could not take.
    mutating func settle(
        _ number: UInt64, multiple: Bool, confirmed: Bool
    ) -> (confirmed: Int, refused: [OutboundMessage]) {
        // 0 with `multiple` means all.
        let last = number == 0 ? firstNumber &+ UInt64(inFlight.count) &- 1 : number
        guard last >= firstNumber, last < firstNumber + UInt64(inFlight.count) else { return (0, []) }
        let end = Int(last - firstNumber)
        var settled = 0
        var refused: [OutboundMessage] = []
        for index in (multiple ? 0 : end)...end where inFlight[index].verdict == nil {
            inFlight[index].verdict = confirmed
            if confirmed { settled += 1 } else { refused.append(inFlight[index].message) }
        }
        while let first = inFlight.first, first.verdict != nil {
            inFlight.removeFirst()
            firstNumber += 1
        }
        return (settled, refused)
    }

    /// Counts the time to the confirmation from `now`: the broker took nothing until then.
    mutating func restartClock(_ now: MonotonicInstant) {
        for index in inFlight.indices { inFlight[index].sent = now }
    }

    /// Ends the window; what has no verdict must be sent again.
    mutating func takeUnsettled() -> [OutboundMessage] {
        defer { self = ConfirmWindow() }
        return inFlight.filter { $0.verdict == nil }.map(\.message)
    }
}
