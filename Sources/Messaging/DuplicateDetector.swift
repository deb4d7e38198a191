/// Remembers the message ids seen last, to tell a message that comes again: a redelivery, or a producer that published
/// twice because the first confirm was lost.
///
/// Least recently used ids are forgotten first.
package struct DuplicateDetector: Sendable {
    package static let countMaxDefault = 65_536

    private struct Node: Sendable {
        var id: UInt128
        var older: Int32
        var newer: Int32
    }

    private struct Slot: Sendable {
        /// Of the id, so that nodes of other ids, which lie far apart, need not be read.
        var hash: UInt32 = 0
        /// Index + 1 of a node; 0 for none.
        var number: Int32 = 0
    }

    private let countMax: Int
    private var nodes: [Node] = []
    /// Open addressing. The count is a power of two and at least twice that of the nodes.
    private var table = [Slot](repeating: Slot(), count: 1024)
    // -1 for none.
    private var newest: Int32 = -1
    private var oldest: Int32 = -1
    private let seed = UInt64.random(in: 0...UInt64.max)

    package init(countMax: Int = countMaxDefault) {
        precondition(countMax > 0 && countMax < 1 << 30, "a detector must remember something")
        self.countMax = countMax
    }

    package var count: Int { nodes.count }

    /// Notes `messageID`, and tells whether it was known.
    package mutating func isKnown(_ messageID: String) -> Bool {
        let id = identity(messageID)
        let hash = hash(of: id)
        var slot = slot(of: id, hash)
        if table[slot].number > 0 {
            let index = table[slot].number - 1
            if index == newest { return true }
            unlink(index)
            linkAsNewest(index)
            return true
        }
        let index: Int32
        if nodes.count < countMax {
            index = Int32(nodes.count)
            nodes.append(Node(id: id, older: -1, newer: -1))
            if 2 * nodes.count > table.count {
                growTable()
                slot = self.slot(of: id, hash)
            }
        } else {
            index = oldest
            unlink(index)
            let forgotten = nodes[Int(index)].id
            clear(self.slot(of: forgotten, self.hash(of: forgotten)))
            nodes[Int(index)].id = id
            slot = self.slot(of: id, hash)
        }
        table[slot] = Slot(hash: hash, number: index + 1)
        linkAsNewest(index)
        return false
    }

    // MARK: The table

    private func hash(of id: UInt128) -> UInt32 {
        let (high, low) = (UInt64(truncatingIfNeeded: id >> 64), UInt64(truncatingIfNeeded: id))
        return UInt32(truncatingIfNeeded: mix(low ^ seed, high ^ ~seed))
    }

    /// Where `id` stands, or the free slot where it would.
    private func slot(of id: UInt128, _ hash: UInt32) -> Int {
        let mask = table.count - 1
        var place = Int(hash) & mask
        while table[place].number > 0 {
            if table[place].hash == hash, nodes[Int(table[place].number - 1)].id == id { break }
            place = (place + 1) & mask
        }
        return place
    }

    /// Frees a slot and moves those behind it that belong before it.
    private mutating func clear(_ place: Int) {
        let mask = table.count - 1
        var free = place
        var next = (place + 1) & mask
        while table[next].number > 0 {
            let home = Int(table[next].hash) & mask
            if (next - home) & mask >= (next - free) & mask {
                table[free] = table[next]
                free = next
            }
            next = (next + 1) & mask
        }
        table[free] = Slot()
    }

    private mutating func growTable() {
        let old = table
        table = Array(repeating: Slot(), count: 2 * old.count)
        for slot in old where slot.number > 0 {
            table[self.slot(of: nodes[Int(slot.number - 1)].id, slot.hash)] = slot
        }
    }

    // MARK: The list by age

    private mutating func unlink(_ index: Int32) {
        let node = nodes[Int(index)]
        if node.older >= 0 { nodes[Int(node.older)].newer = node.newer } else { oldest = node.newer }
        if node.newer >= 0 { nodes[Int(node.newer)].older = node.older } else { newest = node.older }
    }

    private mutating func linkAsNewest(_ index: Int32) {
        nodes[Int(index)].older = newest
        nodes[Int(index)].newer = -1
        if newest >= 0 { nodes[Int(newest)].newer = index } else { oldest = index }
        newest = index
    }

    /// The bits of a UUID; for any other id 128 bits that nobody can aim at.
    private func identity(_ text: String) -> UInt128 {
        if let bits = UUIDv7.bits(text) { return bits }
        var text = text
        return text.withUTF8 { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            return UInt128(hashBytes(raw, seed: seed)) << 64 | UInt128(hashBytes(raw, seed: ~seed))
        }
    }
}
