import Messaging
import MetricModel
import Testing

@Test func duplicatesAreKnownUntilForgotten() {
    var detector = DuplicateDetector(countMax: 3)
    func isKnown(_ id: String) -> Bool { detector.isKnown(id) }
    #expect(!isKnown("a") && !isKnown("b") && !isKnown("c"))
    #expect(isKnown("a"))
    // `b` is now the one least recently seen.
    #expect(!isKnown("d"))
    #expect(isKnown("a") && isKnown("c") && isKnown("d"))
    #expect(!isKnown("b"))
    #expect(detector.count == 3)
    let id = "01a0f9e9-2000-7da8-8b43-5c8e74616796"
    #expect(!isKnown(id) && isKnown(id))
}

@Test("a detector agrees with a slow one, its table grown or not", arguments: [50, 900])
func duplicateDetector(countMax: Int) {
    var detector = DuplicateDetector(countMax: countMax)
    var slow: [Int] = []
    var random = SplitMix(state: 11)
    for _ in 0..<20_000 {
        let id = Int(random.next() % UInt64(countMax * 8 / 5))
        let isKnown = slow.contains(id)
        slow.removeAll { $0 == id }
        slow.append(id)
        if slow.count > countMax { slow.removeFirst() }
        let answer = detector.isKnown("\(id)")
        #expect(answer == isKnown)
    }
}

/// A tracker that hears of one producer only.
private final class Sequences {
    var tracker = SequenceTracker()

    @discardableResult
    func note(_ sequence: UInt64, start: Int64 = 1) -> SequenceTracker.Finding {
        tracker.note(
            producer: "p", routingKey: "k", start: Timestamp(milliseconds: start), sequence: sequence)
    }

    var missing: UInt64 { tracker.missing(producer: "p", routingKey: "k") }
}

@Test func gapsAreCountedOnce() {
    let sequences = Sequences()
    #expect(sequences.note(10) == .first)
    #expect(sequences.note(11) == .expected)
    #expect(sequences.note(15) == .gap(missing: 3))
    #expect(sequences.note(16) == .expected)
    #expect(sequences.missing == 3)
    #expect(sequences.note(13) == .recovered)
    #expect(sequences.note(13) == .duplicate)
    #expect(sequences.note(16) == .duplicate)
    #expect(sequences.note(12) == .recovered && sequences.note(14) == .recovered)
    #expect(sequences.missing == 0)
    #expect(sequences.tracker.totals == SequenceTracker.Totals(missing: 0, recovered: 3, duplicates: 2))
    let other = sequences.tracker.note(producer: "q", routingKey: "k", start: .distantPast, sequence: 5)
    #expect(other == .first)
}

@Test func restartsBeginAgainAtZero() {
    let sequences = Sequences()
    sequences.note(100)
    #expect(sequences.note(0, start: 2) == .restarted(missing: 0))
    #expect(sequences.note(101, start: 1) == .fromEarlierStart)
    #expect(sequences.note(1, start: 2) == .expected)
    #expect(sequences.note(3, start: 3) == .restarted(missing: 3))
    #expect(sequences.note(0, start: 3) == .recovered)
    #expect(sequences.tracker.totals.missing == 2 && sequences.tracker.totals.restarts == 2)
}

@Test func everyInjectedGapIsFound() {
    var random = SplitMix(state: 21)
    for _ in 0..<200 {
        let sequences = Sequences()
        var lost: Set<UInt64> = []
        var order: [UInt64] = []
        for sequence in 0..<UInt64(300) {
            if sequence > 0, sequence < 299, random.next() % 10 == 0 {
                lost.insert(sequence)
            } else {
                order.append(sequence)
            }
        }
        // A little out of order, and some twice.
        for index in order.indices.dropFirst().dropLast() where random.next() % 20 == 0 {
            if index + 2 < order.count - 1 { order.swapAt(index, index + 1) }
        }
        var repeated: UInt64 = 0
        for sequence in order {
            sequences.note(sequence)
            if random.next() % 30 == 0 {
                sequences.note(sequence)
                repeated += 1
            }
        }
        #expect(sequences.tracker.totals.missing == UInt64(lost.count))
        #expect(sequences.tracker.totals.duplicates == repeated)
    }
}

@Test func gapsOfOneProducerAreBounded() {
    let sequences = Sequences()
    for sequence in stride(from: UInt64(0), to: 10_000, by: 2) { sequences.note(sequence) }
    #expect(sequences.tracker.totals.missing == 4_999)
    #expect(sequences.missing == UInt64(SequenceTracker.gapsMax))
}
