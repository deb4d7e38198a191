/// A 64-bit hash of `bytes`, after the construction of wyhash (public domain): two 64-bit words a multiplication.
///
/// Not cryptographic. A table that strangers fill gives it a random `seed`.
func hashBytes(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64) -> UInt64 {
    let first: UInt64 = 0xa076_1d64_78bd_642f
    let second: UInt64 = 0xe703_7ed1_a0b4_28db
    let count = bytes.count
    guard count > 0, let base = UnsafeRawPointer(bytes.baseAddress) else {
        return mixed(seed ^ first, second)
    }
    var state = seed ^ first
    let low: UInt64
    let high: UInt64
    if count > 16 {
        var offset = 0
        while count - offset > 16 {
            state = mixed(word(base, offset) ^ second, word(base, offset + 8) ^ state)
            offset += 16
        }
        low = word(base, count - 16)
        high = word(base, count - 8)
    } else if count >= 8 {
        low = word(base, 0)
        high = word(base, count - 8)
    } else if count >= 4 {
        low = UInt64(base.loadUnaligned(as: UInt32.self))
        high = UInt64(base.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
    } else {
        low = UInt64(bytes[0]) << 16 | UInt64(bytes[count >> 1]) << 8 | UInt64(bytes[count - 1])
        high = 0
    }
    return mixed(second ^ UInt64(count), mixed(low ^ second, high ^ state))
}

/// Whether `count` bytes are equal. Written out instead of calling `memcmp`: across a call of C the compiler would hold a
/// reference to whatever owns the bytes, and counting that costs more than comparing.
@inline(__always)
func areEqual(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, count: Int) -> Bool {
    guard count >= 8 else {
        for index in 0..<count
        where a.load(fromByteOffset: index, as: UInt8.self) != b.load(fromByteOffset: index, as: UInt8.self) {
            return false
        }
        return true
    }
    // The last word overlaps the one before it.
    var difference = word(a, count - 8) ^ word(b, count - 8)
    var offset = 0
    while offset < count - 8 {
        difference |= word(a, offset) ^ word(b, offset)
        offset += 8
    }
    return difference == 0
}

@inline(__always)
private func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
}

@inline(__always)
private func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
}
