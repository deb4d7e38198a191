import MetricModel

/// What a connection to the broker is doing, for the screen.
///
/// It never gives up: after `waiting` comes `connecting` again, for the first connection as for any later one.
package enum LinkState: Sendable, Equatable {
    case idle
    /// The n-th attempt since it was last live.
    case connecting(attempt: Int)
    case authenticating
    /// Declaring queue and bindings, or asking for confirms.
    case preparing
    case live(since: Timestamp)
    /// Live, but the broker takes nothing from publishers: its memory or disk is short.
    case blocked(since: Timestamp, reason: String)
    /// The last attempt failed, or the connection was lost.
    case waiting(until: Timestamp, reason: BrokerError)
    case stopped

    package var isLive: Bool {
        switch self {
        case .live, .blocked: true
        default: false
        }
    }
}

/// Where deliveries come from at the moment.
package enum LinkSource: Sendable, Equatable {
    case none
    /// The broker's name for the temporary queue.
    case queue(String)
    case stream(String)
}

/// Something that happened to a link and that a user may want to read.
package enum LinkEvent: Sendable, Equatable {
    case state(LinkState)
    /// The wanted stream does not exist or may not be read: only live data comes.
    case streamUnavailable(name: String, reason: BrokerError)
    /// The broker took our queue away; it is being declared anew.
    case consumerCancelled
    /// Nothing could be received in between.
    case blind(from: Timestamp, to: Timestamp)
    case refused(RefusedDelivery)
    /// The receiver had no room for so long that a delivery was thrown away.
    case overflow(routingKey: String)
    /// A published message that no queue wanted.
    case returned(ReturnedMessage)
    /// A message was given up; the broker or the limits refused it.
    case discarded(routingKey: String, messageID: String?, reason: DiscardReason)
}

/// Why a message that was to be published is given up.
package enum DiscardReason: Sendable, Equatable {
    case tooOld
    case spoolFull
    /// The broker closed the channel because of it, or refused it again and again.
    case refused(String)
}

/// A bounded list of events, oldest first.
struct LinkEventLog {
    static let countMax = 256
    private var events: [LinkEvent] = []
    private var dropped = 0

    mutating func append(_ event: LinkEvent) {
        if events.count == Self.countMax {
            events.removeFirst()
            dropped += 1
        }
        events.append(event)
    }

    mutating func take() -> (events: [LinkEvent], dropped: Int) {
        defer { self = LinkEventLog() }
        return (events, dropped)
    }
}
