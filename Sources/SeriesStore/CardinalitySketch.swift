import Glibc
import MetricModel

/// Roughly how many distinct values each label had among the series shown to it, in little memory.
///
/// Linear counting: a bit for the hash of each value; the share of bits still unset tells how many values there were.
/// Good to a few per cent up to some ten thousand values, and enough to see which label is the culprit beyond that.
struct CardinalitySketch {
    private static let bitCount = 4096
    private static let seed: UInt64 = 0x5eed
    /// Labels looked at; a series may not have many more.
    static let labelsMax = 64

    private var bits: [[UInt8]: [UInt64]] = [:]

    var byteCount: Int { bits.count * (Self.bitCount / 8 + 128) }

    mutating func insert(_ labels: UnsafeBufferPointer<UInt8>) {
        var cursor = LabelCursor(labels)
        while cursor.next() {
            let name = Array(cursor.name)
            if bits[name] == nil {
                guard bits.count < Self.labelsMax else { continue }
                bits[name] = Array(repeating: 0, count: Self.bitCount / 64)
            }
            let bit = Int(hashBytes(cursor.value, seed: Self.seed) % UInt64(Self.bitCount))
            bits[name]![bit / 64] |= 1 << UInt64(bit % 64)
        }
    }

    /// The label with the most distinct values and about how many; of equals the first by name.
    var widest: (label: String, distinct: Int)? {
        var best: (label: [UInt8], distinct: Int)?
        for (label, words) in bits {
            let distinct = Self.estimate(words)
            if let found = best, distinct < found.distinct { continue }
            if let found = best, distinct == found.distinct, found.label.lexicographicallyPrecedes(label) {
                continue
            }
            best = (label, distinct)
        }
        return best.map { (String(decoding: $0.label, as: UTF8.self), $0.distinct) }
    }

    private static func estimate(_ words: [UInt64]) -> Int {
        let set = words.reduce(0) { $0 + $1.nonzeroBitCount }
        let unset = Double(max(bitCount - set, 1))
        return Int((-Double(bitCount) * log(unset / Double(bitCount))).rounded())
    }
}
