import Messaging
import MetricModel
import Testing

@testable import AMQP

private func at(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
}

@Suite struct AckLedgerTests {
    @Test func tellsInBatches() {
        var ledger = AckLedger(batchCount: 64, delayMax: TimeSpan(milliseconds: 500))
        for tag in 1...100 { ledger.arrive(UInt64(tag)) }
        ledger.take(upTo: 63, now: at(0))
        #expect(ledger.due(at(499)) == nil && ledger.nextDue == at(500))
        ledger.take(upTo: 64, now: at(10))
        #expect(ledger.due(at(10)) == 64)
        ledger.tell(64)
        #expect(ledger.due(at(10_000)) == nil && ledger.nextDue == nil && ledger.outstanding == 36)
        ledger.take(upTo: 65, now: at(20_000))
        #expect(ledger.due(at(20_499)) == nil)
        #expect(ledger.due(at(20_500)) == 65)
    }

    @Test func neverTellsWhatDidNotArriveOrTwice() {
        var ledger = AckLedger(batchCount: 1, delayMax: .zero)
        ledger.take(upTo: 9, now: at(0))
        #expect(ledger.due(at(0)) == nil)
        ledger.arrive(3)
        ledger.take(upTo: 9, now: at(0))
        #expect(ledger.due(at(0)) == 3)
        ledger.tell(3)
        ledger.take(upTo: 2, now: at(1))
        ledger.settle(1, now: at(1))
        #expect(ledger.due(at(1000)) == nil)
    }

    @Test func closesGapsOfOwnerlessTags() {
        var ledger = AckLedger(batchCount: 1, delayMax: .zero)
        for tag in 1...10 { ledger.arrive(UInt64(tag)) }
        ledger.settle(3, now: at(0))
        ledger.settle(4, now: at(0))
        ledger.settle(9, now: at(0))
        #expect(ledger.due(at(0)) == nil)
        ledger.take(upTo: 2, now: at(0))
        #expect(ledger.due(at(0)) == 4)
        ledger.take(upTo: 10, now: at(0))
        #expect(ledger.due(at(0)) == 10)
        ledger.tell(10)
        ledger.arrive(11)
        ledger.settle(11, now: at(0))
        #expect(ledger.due(at(0)) == 11)
    }

    @Test("agrees with a slow ledger", arguments: [11, 12, 13] as [UInt64])
    func agreesWithAModel(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var ledger = AckLedger(batchCount: 4, delayMax: .zero)
        var free: Set<UInt64> = []
        var (arrived, taken) = (UInt64(0), UInt64(0))
        for _ in 0..<3000 {
            switch Int.random(in: 0...3, using: &generator) {
            case 0, 1:
                arrived += 1
                ledger.arrive(arrived)
                if Int.random(in: 0...3, using: &generator) == 0 {
                    free.insert(arrived)
                    ledger.settle(arrived, now: at(0))
                }
            case 2 where arrived > 0:
                let tag = UInt64.random(in: 1...arrived, using: &generator)
                taken = max(taken, tag)
                ledger.take(upTo: tag, now: at(0))
            default:
                if let due = ledger.due(at(0)) { ledger.tell(due) }
            }
            var expected = taken
            while free.contains(expected + 1) { expected += 1 }
            // Settled before anything was taken counts from 0, too.
            #expect(ledger.settled == expected, "seed \(seed)")
        }
    }
}

@Suite struct TopicPatternTests {
    @Test(arguments: [
        ("metrics.acme.#", "metrics.acme.prod.airflow", true),
        ("metrics.acme.#", "metrics.acme", true),
        ("metrics.acme.#", "metrics.acmeX", false),
        ("#", "", true), ("#", "a.b", true), ("", "", true), ("", "a", false), ("*", "", true),
        ("*", "a", true),
        ("*", "a.b", false), ("a.*.c", "a.b.c", true), ("a.*.c", "a.b.b.c", false), ("a.#.c", "a.c", true),
        ("a.#.c", "a.b.c.d", false), ("a.#.c", "a.c.b.c", true), ("#.b.#", "a.b.c", true),
        ("#.#", "x", true), ("#.*", "", true), ("*.#.*", "a", false), ("*.#.*", "a.b", true),
        ("a.#", "b", false), ("#a", "xa", false), ("a..b", "a..b", true), ("a.*.b", "a..b", true),
    ])
    func matches(_ pattern: String, _ key: String, _ expected: Bool) {
        #expect(TopicPattern(pattern).matches(key) == expected, "\(pattern) \(key)")
    }

    /// All patterns and keys of up to four words over a small alphabet, against the definition.
    @Test func agreesWithTheDefinition() {
        func definition(_ pattern: ArraySlice<String>, _ key: ArraySlice<String>) -> Bool {
            guard let word = pattern.first else { return key.isEmpty }
            if word == "#" {
                return definition(pattern.dropFirst(), key)
                    || (!key.isEmpty && definition(pattern, key.dropFirst()))
            }
            guard let part = key.first, word == "*" || word == part else { return false }
            return definition(pattern.dropFirst(), key.dropFirst())
        }
        func words(_ alphabet: [String], _ count: Int) -> [[String]] {
            count == 0 ? [[]] : words(alphabet, count - 1).flatMap { start in alphabet.map { start + [$0] } }
        }
        let patterns = (1...4).flatMap { words(["a", "b", "*", "#"], $0) }
        let keys = (1...4).flatMap { words(["a", "b"], $0) }
        for pattern in patterns {
            let compiled = TopicPattern(pattern.joined(separator: "."))
            for key in keys {
                let expected = definition(pattern[...], key[...])
                #expect(compiled.matches(key.joined(separator: ".")) == expected, "\(pattern) \(key)")
            }
        }
    }
}

@Suite struct BackoffTests {
    @Test func doublesUpToTheLongest() {
        var backoff = Backoff()
        let delays = (0..<8).map { _ in
            backoff.delay(needsOperator: false, lived: .zero, random: 1).milliseconds
        }
        #expect(delays == [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
    }

    @Test func spreadsOverHalf() {
        for failures in 0..<40 {
            for random in [-1, 0, 0.25, 0.999, 1, 2] {
                var backoff = Backoff()
                for _ in 0..<failures { _ = backoff.delay(needsOperator: false, lived: .zero, random: 0) }
                let full = min(30_000, 1000 * Double(1 << min(failures, 20)))
                let delay = Double(
                    backoff.delay(needsOperator: false, lived: .zero, random: random).milliseconds)
                #expect(delay >= full / 2 - 1 && delay <= full)
            }
        }
    }

    @Test func jumpsForOperatorsAndResetsAfterALongLife() {
        var backoff = Backoff()
        #expect(backoff.delay(needsOperator: true, lived: .zero, random: 1) == .seconds(60))
        for _ in 0..<5 { _ = backoff.delay(needsOperator: false, lived: .seconds(59), random: 1) }
        #expect(backoff.delay(needsOperator: false, lived: .seconds(60), random: 1) == .seconds(1))
    }
}

@Suite struct StreamCursorTests {
    @Test func entersWhereAsked() {
        #expect(StreamCursor(.first).argument == .string("first"))
        #expect(StreamCursor(.last).argument == .string("last"))
        #expect(StreamCursor(.next).argument == .string("next"))
        #expect(StreamCursor(.offset(5)).argument == .integer(5))
        #expect(StreamCursor(.time(Timestamp(milliseconds: 12_999))).argument == .timestamp(12))
        #expect(StreamCursor(.time(Timestamp(milliseconds: -5))).argument == .timestamp(0))
    }

    @Test func resumesAfterTheNewest() {
        var cursor = StreamCursor(.time(Timestamp(milliseconds: 5000)))
        cursor.handedOver(41)
        #expect(cursor.argument == .integer(42))
        // The stream was made anew.
        cursor.handedOver(0)
        #expect(cursor.argument == .integer(1))
    }

    @Test func leavesOutTheStartOfTheChunkOnly() {
        var cursor = StreamCursor(.time(Timestamp(milliseconds: 100_500)))
        // Once one is late enough, a late message is a late message.
        let wanted = [99, 100, 99].map { cursor.wants(timestamp: $0) }
        #expect(wanted == [false, true, true])
        var untimed = StreamCursor(.time(Timestamp(milliseconds: 100_500)))
        let withoutTime = untimed.wants(timestamp: nil)
        #expect(withoutTime)
        var all = StreamCursor(.first)
        let oldest = all.wants(timestamp: 0)
        #expect(oldest)
    }
}

@Suite struct SpoolTests {
    private func message(_ name: String, _ bytes: Int = 1000, at time: UInt64 = 0) -> OutboundMessage {
        OutboundMessage(
            routingKey: name, properties: Delivery.Properties(), body: [UInt8](repeating: 0, count: bytes),
            enqueued: at(time))
    }

    private func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func theOldestGiveWay() {
        var spool = Spool(bytesMax: 3000, ageMax: .hours(1))
        #expect(spool.append(message("a")).isEmpty)
        #expect(spool.append(message("b")).isEmpty)
        #expect(spool.append(message("c")).map(\.routingKey) == ["a"])
        #expect(spool.bytes == 2 * 1257 && spool.count == 2)
        // One that is larger than all stays alone.
        #expect(spool.append(message("d", 9000)).map(\.routingKey) == ["b", "c"])
        #expect(spool.takeFirst()?.routingKey == "d")
        #expect(spool.takeFirst() == nil && spool.bytes == 0)
    }

    @Test func whatComesBackGoesFirst() {
        var spool = Spool(bytesMax: 1 << 20, ageMax: .hours(1))
        _ = spool.append(message("c"))
        _ = spool.putBack([message("a"), message("b")])
        #expect((0..<3).map { _ in spool.takeFirst()?.routingKey } == ["a", "b", "c"])
        #expect(spool.bytes == 0)
    }

    @Test func oldOnesExpire() {
        var spool = Spool(bytesMax: 1 << 20, ageMax: .seconds(10))
        _ = spool.append(message("a", at: 0))
        _ = spool.append(message("b", at: 5000))
        #expect(spool.expire(at(10_000)).isEmpty)
        #expect(spool.expire(at(10_001)).map(\.routingKey) == ["a"])
        #expect(spool.count == 1)
    }

    @Test func confirmsSettleInAnyOrder() {
        var window = ConfirmWindow()
        for name in ["1", "2", "3", "4", "5", "6"] { window.append(message(name), sent: at(0)) }
        #expect(window.settle(3, multiple: false, confirmed: true).confirmed == 1)
        #expect(window.count == 6)
        #expect(window.settle(4, multiple: true, confirmed: true).confirmed == 3)
        #expect(window.count == 2)
        // Twice, unknown, or of the future: nothing happens.
        for number in [1, 4, 7, 1000] as [UInt64] {
            #expect(window.settle(number, multiple: true, confirmed: true).confirmed == 0)
        }
        let nacked = window.settle(5, multiple: false, confirmed: false)
        #expect(nacked.confirmed == 0 && nacked.refused.map(\.routingKey) == ["5"])
        #expect(window.takeUnsettled().map(\.routingKey) == ["6"])
        #expect(window.count == 0)
    }

    @Test func zeroWithMultipleMeansAll() {
        var window = ConfirmWindow()
        for name in ["1", "2"] { window.append(message(name), sent: at(0)) }
        #expect(window.settle(0, multiple: true, confirmed: true).confirmed == 2)
        #expect(window.settle(0, multiple: true, confirmed: true).confirmed == 0)
    }
}

@Suite struct TextCacheTests {
    @Test func givesTheTextItWasAskedFor() {
        var cache = TextCache()
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5000 {
            let length = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<length).map { _ in UInt8.random(in: 97...99, using: &generator) }
            let text = bytes.withUnsafeBytes { cache.text($0) }
            #expect(Array(text.utf8) == bytes)
        }
    }
}

@Suite struct BrokerPermissionsTests {
    @Test func namesTheLeastThatIsNeeded() {
        let text = BrokerPermissions.commands(tenant: "acme", stream: "metrics.history")
        for line in [
            #"rabbitmqctl set_permissions -p '/' VIEWER '^amq\.gen.*$' '^amq\.gen.*$' '^(amq\.gen.*|metrics|metrics\.history)$'"#,
            #"rabbitmqctl set_topic_permissions -p '/' VIEWER 'metrics' '^$' '^metrics\.acme\..*'"#,
            #"rabbitmqctl set_permissions -p '/' COLLECTOR '^$' '^metrics$' '^$'"#,
            #"rabbitmqctl set_topic_permissions -p '/' COLLECTOR 'metrics' '^metrics\.acme\..*' '^$'"#,
        ] {
            #expect(text.contains(line + "\n"), "\(text)")
        }
    }

    @Test func quotesForTheShell() {
        let text = BrokerPermissions.commands(virtualHost: "it's", exchange: "a.b")
        #expect(text.contains(#"-p 'it'\''s'"#) && text.contains(#"a\.b"#))
    }
}
