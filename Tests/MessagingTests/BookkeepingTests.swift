import Messaging
import MetricModel
import Testing

@Test func mailboxKeepsOrderAndCountsWhatItDrops() {
    let mailbox = Mailbox<Int>(countMax: 3)
    #expect(mailbox.offer(1))
    for number in 2...5 { #expect(!mailbox.offer(number)) }
    #expect(mailbox.count == 3 && mailbox.offerIfRoom(6) == .refused)
    #expect(mailbox.drain() == (elements: [3, 4, 5], dropped: 2))
    #expect(mailbox.drain() == (elements: [], dropped: 0))
    for number in 6...8 { mailbox.offer(number) }
    #expect(mailbox.drain(max: 2) == (elements: [6, 7], dropped: 0))
    #expect(mailbox.drain() == (elements: [8], dropped: 0))
    #expect(mailbox.offer(9))
}

@Test func mailboxIsBoundedInBytes() {
    let mailbox = Mailbox<String>(countMax: 100, bytesMax: 10)
    mailbox.offer("a", bytes: 4)
    mailbox.offer("b", bytes: 4)
    #expect(mailbox.offerIfRoom("c", bytes: 3) == .refused)
    mailbox.offer("c", bytes: 4)
    #expect(mailbox.offerIfRoom("d", bytes: 2) == .taken(wasEmpty: false))
    #expect(mailbox.drain() == (elements: ["b", "c", "d"], dropped: 1))
    // One that is larger than the limit is taken alone.
    mailbox.offer("d", bytes: 4)
    mailbox.offer("e", bytes: 50)
    #expect(mailbox.drain() == (elements: ["e"], dropped: 1))
    #expect(mailbox.offerIfRoom("f", bytes: 50) == .taken(wasEmpty: true))
}

@Test func mailboxHandsOverBetweenThreads() async {
    let mailbox = Mailbox<Int>(countMax: 1_000_000)
    await withTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
            group.addTask { for number in 0..<5_000 { mailbox.offer(writer * 5_000 + number) } }
        }
    }
    #expect(Set(mailbox.drain().elements).count == 20_000)
}

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
