import MetricModel

/// Where a decoder keeps the labels of one series.
///
/// Slots with equal epoch and index mean the same labels; a new epoch begins when the decoder had to forget.
package struct SeriesSlot: Sendable, Hashable {
    package let epoch: UInt32
    package let index: UInt32

    @inlinable package init(epoch: UInt32, index: UInt32) {
        self.epoch = epoch
        self.index = index
    }
}

/// Label sets by the bytes that they were read from, so that a series seen before costs a hash and a comparison.
///
/// A producer writes the same series the same way each time; whoever does not gets a second entry with equal labels.
/// When a limit is reached everything is forgotten at once, which costs one slow round of messages; only between
/// messages, so that the labels behind all slots of a message can be asked for until the next one is read.
package struct SeriesCache: Sendable {
    package static let countMaxDefault = 262_144
    package static let bytesMaxDefault = 64 << 20

    private struct Entry: Sendable {
        var hash: UInt64
        var start: UInt32
        var count: UInt32
        /// Index + 1 of the entry that came after this one last time; 0 when none did.
        var follower: UInt32 = 0
        var labels: LabelSet
    }

    private let countMax: Int
    private let bytesMax: Int
    // Collisions cannot be prepared by a sender who does not know it; nothing that comes out depends on it.
    private let seed: UInt64
    private var entries: [Entry] = []
    /// The keys of all entries, one after another.
    private var keys: [UInt8] = []
    /// Open addressing: entry index + 1, or 0. The count is a power of two and at least twice that of the entries.
    private var table: [UInt32]
    package private(set) var epoch: UInt32 = 0

    package init(countMax: Int = countMaxDefault, bytesMax: Int = bytesMaxDefault) {
        precondition(countMax > 0 && countMax < 1 << 30 && bytesMax < 1 << 31, "limits of a cache")
        self.countMax = countMax
        self.bytesMax = bytesMax
        seed = UInt64.random(in: 0...UInt64.max)
        table = Array(repeating: 0, count: 1024)
    }

    package var count: Int { entries.count }

    /// Memory that the keys take; the label sets are shared with whoever else holds them.
    package var byteCount: Int {
        keys.capacity + table.capacity * 4 + entries.capacity * MemoryLayout<Entry>.stride
    }

    /// The labels kept in `slot`; `nil` when they have been forgotten since.
    package func labels(in slot: SeriesSlot) -> LabelSet? {
        slot.epoch == epoch && Int(slot.index) < entries.count ? entries[Int(slot.index)].labels : nil
    }

    /// Where the labels that were inserted for `key` are.
    func find(_ key: UnsafeRawBufferPointer) -> SeriesSlot? {
        let hash = hashBytes(key, seed: seed)
        var probe = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while true {
            let found = table[probe]
            if found == 0 { return nil }
            let index = Int(found) - 1
            if entries[index].hash == hash, isKey(of: index, key) {
                return SeriesSlot(epoch: epoch, index: UInt32(index))
            }
            probe = (probe + 1) & (table.count - 1)
        }
    }

    /// Forgets everything if a limit is reached. Called before each message; the entries of one message may go beyond.
    mutating func makeRoom() { if entries.count >= countMax || keys.count >= bytesMax { removeAll() } }

    /// Keeps `labels` for `key`, which must not be there yet.
    mutating func insert(_ key: UnsafeRawBufferPointer, _ labels: LabelSet) -> SeriesSlot {
        let hash = hashBytes(key, seed: seed)
        entries.append(
            Entry(hash: hash, start: UInt32(keys.count), count: UInt32(key.count), labels: labels))
        keys.append(contentsOf: key)
        if entries.count * 2 > table.count {
            table = Array(repeating: 0, count: table.count * 2)
            for index in entries.indices { place(index) }
        } else {
            place(entries.count - 1)
        }
        return SeriesSlot(epoch: epoch, index: UInt32(entries.count - 1))
    }

    /// The entry that followed `previous` last time, if its key is `head` followed by the beginning of `text`.
    ///
    /// Producers write their series in the same order each time, so this answers nearly always, without hashing and
    /// without looking for the end of the key in the text.
    ///
    /// - Returns: also how many bytes of `text` belong to the key.
    @inline(__always) func follower(
        of previous: SeriesSlot, head: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer
    ) -> (slot: SeriesSlot, length: Int)? {
        guard previous.epoch == epoch, Int(previous.index) < entries.count else { return nil }
        let next = entries[Int(previous.index)].follower
        guard next > 0 else { return nil }
        let index = Int(next) - 1
        let length = Int(entries[index].count) - head.count
        guard length > 0, length <= text.count else { return nil }
        let isSame = keys.withUnsafeBytes { keys in
            let key = keys.baseAddress! + Int(entries[index].start)
            return equalBytes(key, head)
                && equalBytes(key + head.count, UnsafeRawBufferPointer(rebasing: text[..<length]))
        }
        guard isSame else { return nil }
        return (SeriesSlot(epoch: epoch, index: UInt32(index)), length)
    }

    /// Notes that `next` came after `previous`.
    @inline(__always) mutating func link(_ previous: SeriesSlot?, to next: SeriesSlot) {
        guard let previous, previous.epoch == epoch, Int(previous.index) < entries.count else { return }
        if entries[Int(previous.index)].follower != next.index + 1 {
            entries[Int(previous.index)].follower = next.index + 1
        }
    }

    private mutating func place(_ index: Int) {
        var probe = Int(truncatingIfNeeded: entries[index].hash) & (table.count - 1)
        while table[probe] != 0 { probe = (probe + 1) & (table.count - 1) }
        table[probe] = UInt32(index + 1)
    }

    private func isKey(of index: Int, _ key: UnsafeRawBufferPointer) -> Bool {
        let entry = entries[index]
        guard Int(entry.count) == key.count else { return false }
        return keys.withUnsafeBytes { equalBytes($0.baseAddress! + Int(entry.start), key) }
    }

    private mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        table = Array(repeating: 0, count: table.count)
        epoch &+= 1
    }
}

/// Whether the bytes at `a` are those of `b`.
@inline(__always) func equalBytes(_ a: UnsafeRawPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard let base = b.baseAddress else { return true }
    var offset = 0
    while offset &+ 8 <= b.count {
        if a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            != base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        {
            return false
        }
        offset &+= 8
    }
    while offset < b.count {
        if a.load(fromByteOffset: offset, as: UInt8.self) != base.load(fromByteOffset: offset, as: UInt8.self)
        {
            return false
        }
        offset &+= 1
    }
    return true
}

/// Mixes eight bytes at a time by multiplication to 128 bits.
func hashBytes(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    var hash = seed ^ UInt64(bytes.count)
    guard let base = bytes.baseAddress else { return mix(hash, 0x9e37_79b9_7f4a_7c15) }
    var offset = 0
    while offset &+ 8 <= bytes.count {
        hash = mix(
            hash ^ base.loadUnaligned(fromByteOffset: offset, as: UInt64.self), 0x9e37_79b9_7f4a_7c15)
        offset &+= 8
    }
    var rest: UInt64 = 0
    while offset < bytes.count {
        rest = rest << 8 | UInt64(base.load(fromByteOffset: offset, as: UInt8.self))
        offset &+= 1
    }
    return mix(mix(hash ^ rest, 0xd6e8_feb8_6659_fd93), 0xa076_1d64_78bd_642f)
}

/// Two words as one, no bit of which can be aimed at without knowing either.
@inline(__always) func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
}
