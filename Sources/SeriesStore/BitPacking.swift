/// Numbers of equal width without gaps, the first in the lowest bits: fixed widths, so that any of them can be read
/// without those before it.
enum BitPacking {
    /// Bits that the largest of numbers up to `value` needs: 0...57 or 64. Widths between would straddle nine bytes.
    static func width(for value: UInt64) -> Int {
        let bits = UInt64.bitWidth - value.leadingZeroBitCount
        return bits > 57 ? 64 : bits
    }

    static func byteCount(_ count: Int, width: Int) -> Int { (count * width + 7) >> 3 }

    /// Writes exactly `byteCount(count, width:)` bytes.
    static func pack(
        _ numbers: UnsafePointer<UInt64>, count: Int, width: Int, to target: UnsafeMutableRawPointer
    ) {
        guard width > 0 else { return }
        if width == 64 {
            target.copyMemory(from: numbers, byteCount: count * 8)
            return
        }
        var word: UInt64 = 0
        var filled = 0
        var offset = 0
        for index in 0..<count {
            let number = numbers[index]
            word |= number &<< UInt64(filled)
            filled += width
            if filled >= 64 {
                target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
                offset += 8
                filled -= 64
                word = filled == 0 ? 0 : number &>> UInt64(width - filled)
            }
        }
        // The last word byte by byte: what follows belongs to somebody else.
        while filled > 0 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: offset, as: UInt8.self)
            word >>= 8
            offset += 1
            filled -= 8
        }
    }

    /// Number `index`. May read up to seven bytes past the packed ones.
    @inline(__always)
    static func unpack(_ packed: UnsafeRawPointer, _ index: Int, width: Int, mask: UInt64) -> UInt64 {
        let bit = index &* width
        let word = packed.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
        return (word &>> UInt64(truncatingIfNeeded: bit & 7)) & mask
    }

    @inline(__always)
    static func mask(_ width: Int) -> UInt64 { width == 64 ? .max : (1 &<< UInt64(width)) &- 1 }
}
