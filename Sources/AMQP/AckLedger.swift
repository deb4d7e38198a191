import MetricModel

/// Knows up to which delivery of a channel the broker may forget, and when to tell it.
///
/// Tags count from 1 without gaps. The owner takes deliveries in order; some the consumer settles by itself
/// (too large, filtered out), at any place in between. A tag is told to the broker once: twice would close the
/// channel.
struct AckLedger {
    /// Tell the broker when this many can be forgotten.
    var batchCount: UInt64
    /// Tell it at the latest this long after the first that can be.
    let delayMax: TimeSpan

    /// The newest tag that arrived.
    private(set) var arrived: UInt64 = 0
    /// Everything up to here can be forgotten.
    private(set) var settled: UInt64 = 0
    /// Everything up to here the broker was told to forget.
    private(set) var told: UInt64 = 0
    /// Tags past `settled` that need no owner.
    private var ownerless: Set<UInt64> = []
    private var oldestUntold: MonotonicInstant?

    init(batchCount: UInt64, delayMax: TimeSpan) {
        self.batchCount = max(1, batchCount)
        self.delayMax = delayMax
    }

    mutating func arrive(_ tag: UInt64) { arrived = max(arrived, tag) }

    /// The owner took everything up to `tag`.
    mutating func take(upTo tag: UInt64, now: MonotonicInstant) {
        guard tag > settled else { return }
        advance(to: min(tag, arrived), now)
    }

    /// `tag` concerns nobody.
    mutating func settle(_ tag: UInt64, now: MonotonicInstant) {
        guard tag > settled else { return }
        ownerless.insert(tag)
        advance(to: settled, now)
    }

    private mutating func advance(to tag: UInt64, _ now: MonotonicInstant) {
        let before = settled
        settled = tag
        while ownerless.remove(settled + 1) != nil { settled += 1 }
        if settled > before {
            if !ownerless.isEmpty { ownerless = ownerless.filter { $0 > settled } }
            if oldestUntold == nil { oldestUntold = now }
        }
    }

    /// The tag to acknowledge now, if it is time.
    func due(_ now: MonotonicInstant) -> UInt64? {
        guard settled > told else { return nil }
        if settled - told >= batchCount { return settled }
        guard let oldestUntold, now - oldestUntold >= delayMax else { return nil }
        return settled
    }

    /// When `due` may have something without anything else happening.
    var nextDue: MonotonicInstant? { settled > told ? oldestUntold.map { $0 + delayMax } : nil }

    /// The broker was told about everything up to `tag`.
    mutating func tell(_ tag: UInt64) {
        told = max(told, tag)
        oldestUntold = nil
    }

    /// Deliveries that the broker still keeps for us.
    var outstanding: UInt64 { arrived - told }
}
