import MetricModel

/// Finds what is missing: each producer numbers its messages per routing key, from 0 on, anew with every start.
///
/// Every message that did not come is counted once; one that comes after all is taken off again.
package struct SequenceTracker: Sendable {
    /// What one message's number says.
    package enum Finding: Sendable, Equatable {
        /// The first of this producer and key: nothing is known about what came before.
        case first
        case expected
        /// `missing` numbers before this one have not come.
        case gap(missing: UInt64)
        /// One that counted as missing.
        case recovered
        case duplicate
        /// The producer started again; `missing` messages of the new start have not come.
        case restarted(missing: UInt64)
        /// From before the producer's restart.
        case fromEarlierStart
    }

    /// Sums over all producers.
    package struct Totals: Sendable, Equatable {
        package var missing: UInt64 = 0
        package var recovered: UInt64 = 0
        package var duplicates: UInt64 = 0
        package var restarts: UInt64 = 0

        package init(missing: UInt64 = 0, recovered: UInt64 = 0, duplicates: UInt64 = 0, restarts: UInt64 = 0)
        {
            self.missing = missing
            self.recovered = recovered
            self.duplicates = duplicates
            self.restarts = restarts
        }
    }

    package static let producersMax = 65_536
    /// Gaps of one producer that can still be filled; an older one stays missing.
    package static let gapsMax = 256

    private struct Source: Hashable, Sendable {
        var producer: String
        var routingKey: String
    }

    private struct State: Sendable {
        var start: Timestamp
        var next: UInt64
        /// Numbers that have not come, ascending.
        var gaps: [ClosedRange<UInt64>] = []
    }

    private var states: [Source: State] = [:]
    package private(set) var totals = Totals()

    package init() {}

    /// Takes note of a message and tells what its number means.
    package mutating func note(
        producer: String, routingKey: String, start: Timestamp, sequence: UInt64
    ) -> Finding {
        let source = Source(producer: producer, routingKey: routingKey)
        guard let place = states.index(forKey: source) else {
            // Unlikely so many: only names that never come again get there, so forgetting all is as good as any choice.
            if states.count >= Self.producersMax { states.removeAll() }
            states[source] = State(start: start, next: sequence &+ 1)
            return .first
        }
        return Self.note(sequence, start: start, in: &states.values[place], &totals)
    }

    private static func note(
        _ sequence: UInt64, start: Timestamp, in state: inout State, _ totals: inout Totals
    ) -> Finding {
        if start > state.start {
            state = State(start: start, next: sequence &+ 1)
            totals.restarts += 1
            totals.missing += sequence
            if sequence > 0 { state.gaps = [0...sequence - 1] }
            return .restarted(missing: sequence)
        }
        if start < state.start { return .fromEarlierStart }
        if sequence == state.next {
            state.next &+= 1
            return .expected
        }
        if sequence > state.next {
            let missing = sequence - state.next
            state.gaps.append(state.next...sequence - 1)
            if state.gaps.count > gapsMax { state.gaps.removeFirst() }
            state.next = sequence &+ 1
            totals.missing += missing
            return .gap(missing: missing)
        }
        guard let index = state.gaps.lastIndex(where: { $0.contains(sequence) }) else {
            totals.duplicates += 1
            return .duplicate
        }
        let gap = state.gaps.remove(at: index)
        if sequence < gap.upperBound { state.gaps.insert(sequence + 1...gap.upperBound, at: index) }
        if sequence > gap.lowerBound { state.gaps.insert(gap.lowerBound...sequence - 1, at: index) }
        totals.missing -= 1
        totals.recovered += 1
        return .recovered
    }

    /// How many messages of one producer and key have not come and still could.
    package func missing(producer: String, routingKey: String) -> UInt64 {
        states[Source(producer: producer, routingKey: routingKey)]?.gaps
            .reduce(0) { $0 + $1.upperBound - $1.lowerBound + 1 } ?? 0
    }
}
