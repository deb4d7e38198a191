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

    private let countMax: Int
    private var nodes: [Node] = []
    private var indices: [UInt128: Int32] = [:]
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
        if let index = indices[id] {
            unlink(index)
            linkAsNewest(index)
            return true
        }
        let index: Int32
        if nodes.count < countMax {
            index = Int32(nodes.count)
            nodes.append(Node(id: id, older: -1, newer: -1))
        } else {
            index = oldest
            unlink(index)
            indices[nodes[Int(index)].id] = nil
            nodes[Int(index)].id = id
        }
        indices[id] = index
        linkAsNewest(index)
        return false
    }

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
