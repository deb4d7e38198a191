/// Numbers label sets in the order in which they first appear.
///
/// An open-addressed table over the encoded bytes: finding a set that is there allocates nothing.
package struct LabelSetIndex: Sendable {
    /// The label sets, at their numbers.
    package private(set) var labels: [LabelSet] = []
    private var hashes: [UInt64] = []
    /// Numbers, or -1; a power of two of them, at most half taken.
    private var slots = [Int32](repeating: -1, count: 16)

    // Label values come from other machines: a secret seed keeps them from all falling into one slot.
    private static let seed = UInt64.random(in: .min ... .max)

    package init() {}

    package var count: Int { labels.count }

    /// The number of the label set whose encoding is `key`; the next free number when it is new.
    package mutating func number(of key: [UInt8]) -> Int {
        let hash = key.withUnsafeBytes { XXHash64.hash($0, seed: Self.seed) }
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let number = Int(slots[slot])
            if hashes[number] == hash && labels[number].bytes == key { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return insert(LabelSet(encoded: key), hash: hash, at: slot)
    }

    /// The number of `labels`; the next free number when they are new.
    package mutating func number(of labels: LabelSet) -> Int { number(of: labels.bytes) }

    private mutating func insert(_ set: LabelSet, hash: UInt64, at slot: Int) -> Int {
        let number = labels.count
        labels.append(set)
        hashes.append(hash)
        slots[slot] = Int32(number)
        if 2 * labels.count > slots.count { grow() }
        return number
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: 2 * slots.count)
        for (number, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(number)
        }
    }
}
