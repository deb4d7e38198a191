import Glibc

/// Strings made before, so that texts that repeat from message to message are not allocated again.
///
/// One slot per hash: a new text simply replaces the old one.
struct TextCache {
    private static let slotCount = 512
    /// Swift keeps texts up to this length inside the value: nothing to save.
    private static let inlineBytesMax = 15
    private var slots = [String](repeating: "", count: slotCount)

    /// `bytes` as text; what is not UTF-8 becomes replacement characters.
    mutating func text(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.count > Self.inlineBytesMax else { return String(decoding: bytes, as: UTF8.self) }
        let index = Int(truncatingIfNeeded: hash(bytes) % UInt64(Self.slotCount))
        let isSame = slots[index].utf8.withContiguousStorageIfAvailable { cached in
            cached.count == bytes.count && memcmp(cached.baseAddress!, bytes.baseAddress!, bytes.count) == 0
        }
        if isSame == true { return slots[index] }
        let text = String(decoding: bytes, as: UTF8.self)
        slots[index] = text
        return text
    }

    /// Looks at the two ends and the middle only; a collision costs one allocation.
    private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let first = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        let middle = bytes.loadUnaligned(fromByteOffset: bytes.count / 2 - 4, as: UInt64.self)
        let last = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        var mixed = first &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 29) ^ middle) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 32) ^ last) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)) &+ UInt64(bytes.count)
    }
}
