import MetricModel

/// A stream queue to read history from, and where to begin.
package struct StreamRequest: Sendable, Equatable {
    package enum Start: Sendable, Equatable {
        /// Everything that it holds.
        case first
        /// Its newest chunk.
        case last
        /// Only what comes from now on.
        case next
        /// What it got at this time or later.
        case time(Timestamp)
        /// Exactly this message and later ones.
        case offset(UInt64)
    }

    package var name: String
    package var start: Start

    package init(name: String, start: Start) {
        self.name = name
        self.start = start
    }
}

/// Keeps the place in a stream over reconnects, and leaves out what lies before the wanted time.
///
/// A stream is entered at the start of a chunk, which may lie up to a second or so before the time asked for.
struct StreamCursor {
    private let start: StreamRequest.Start
    /// The place of the newest message that was handed over.
    private(set) var last: UInt64?
    private var reachedStart = false

    init(_ start: StreamRequest.Start) {
        self.start = start
    }

    /// The argument that enters the stream where we were, or where we want to begin.
    var argument: FieldValue {
        if let last { return .integer(Int64(clamping: last) &+ 1) }
        switch start {
        case .first: return .string("first")
        case .last: return .string("last")
        case .next: return .string("next")
        case .time(let time): return .timestamp(UInt64(max(0, time.milliseconds / 1000)))
        case .offset(let offset): return .integer(Int64(clamping: offset))
        }
    }

    /// Whether a message belongs to what was asked for.
    ///
    /// - Parameter seconds: the message's own timestamp; without one it counts as late enough.
    mutating func wants(timestamp seconds: UInt64?) -> Bool {
        guard !reachedStart, case .time(let time) = start else { return true }
        // Whole seconds on both sides: a message of the very second asked for is wanted.
        if let seconds, Int64(clamping: seconds) < time.milliseconds / 1000 { return false }
        reachedStart = true
        return true
    }

    // Not the largest ever: a stream that was deleted and made anew counts from 0 again.
    mutating func handedOver(_ offset: UInt64) { last = offset }
}
