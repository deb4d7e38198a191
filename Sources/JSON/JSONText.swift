/// A string of a JSON text as it stands there, between its quotes: well-formed UTF-8, escapes checked but not replaced.
///
/// Valid only as long as the text that it points into.
package struct JSONText {
    package let raw: UnsafeBufferPointer<UInt8>
    package let hasEscapes: Bool

    @inlinable package init(raw: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        self.raw = raw
        self.hasEscapes = hasEscapes
    }

    /// The text with its escapes replaced.
    package var string: String {
        guard hasEscapes else { return String(decoding: raw, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: raw.count) { unescape(into: $0) }
    }

    /// Appends the text, escapes replaced, as UTF-8.
    package func append(to bytes: inout [UInt8]) {
        if hasEscapes { bytes.append(contentsOf: self.bytes) } else { bytes.append(contentsOf: raw) }
    }

    /// The text as UTF-8, escapes replaced.
    package var bytes: [UInt8] {
        guard hasEscapes else { return Array(raw) }
        // No escape is shorter than what it stands for.
        return [UInt8](unsafeUninitializedCapacity: raw.count) { buffer, count in
            count = unescape(into: buffer)
        }
    }

    /// - Parameter buffer: at least as long as `raw`.
    /// - Returns: bytes written.
    private func unescape(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var offset = 0
        var count = 0
        while offset < raw.count {
            let byte = raw[offset]
            guard byte == UInt8(ascii: "\\") else {
                buffer[count] = byte
                count &+= 1
                offset &+= 1
                continue
            }
            switch raw[offset + 1] {
            case UInt8(ascii: "b"): buffer[count] = 0x08
            case UInt8(ascii: "f"): buffer[count] = 0x0c
            case UInt8(ascii: "n"): buffer[count] = 0x0a
            case UInt8(ascii: "r"): buffer[count] = 0x0d
            case UInt8(ascii: "t"): buffer[count] = 0x09
            case UInt8(ascii: "u"):
                var value = unit(at: offset)
                if value & 0xfc00 == 0xd800 {
                    value = 0x10000 + (value & 0x3ff) << 10 + (unit(at: offset + 6) & 0x3ff)
                    offset += 6
                }
                // The scanner let no lone surrogate pass, so the value is a scalar.
                for unit in UTF8.encode(Unicode.Scalar(value) ?? "\u{fffd}")
                    ?? UTF8.encodedReplacementCharacter
                {
                    buffer[count] = unit
                    count += 1
                }
                offset += 6
                continue
            case let plain: buffer[count] = plain
            }
            count &+= 1
            offset &+= 2
        }
        return count
    }

    /// Whether the text is `name`, which holds nothing that JSON would have to escape.
    ///
    /// A text that writes such a name with escapes is equal to it too.
    @inlinable package func isEqual(to name: StaticString) -> Bool {
        if hasEscapes { return isEqualUnescaped(to: name) }
        guard raw.count == name.utf8CodeUnitCount else { return false }
        let other = name.utf8Start
        for index in 0..<raw.count where raw[index] != other[index] { return false }
        return true
    }

    /// The first eight bytes, as they stand, in one word that begins with the first byte and ends in zeros: a key of at
    /// most eight bytes is found by one comparison with `JSONText.word`. Zero for a text with escapes.
    @inlinable package var word: UInt64 {
        if hasEscapes { return 0 }
        guard let base = UnsafeRawPointer(raw.baseAddress), raw.count > 0 else { return 0 }
        if raw.count >= 8 { return base.loadUnaligned(as: UInt64.self).littleEndian }
        var word: UInt64 = 0
        if raw.count >= 4 {
            let low = UInt64(base.loadUnaligned(as: UInt32.self).littleEndian)
            let high = UInt64(
                base.loadUnaligned(fromByteOffset: raw.count &- 4, as: UInt32.self).littleEndian)
            return low | high << UInt64(8 &* (raw.count &- 4))
        }
        for index in 0..<raw.count { word |= UInt64(raw[index]) << UInt64(8 &* index) }
        return word
    }

    /// The word of a name of at most eight bytes.
    @inlinable @inline(__always) package static func word(_ name: StaticString) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<min(8, name.utf8CodeUnitCount) {
            word |= UInt64(name.utf8Start[index]) << UInt64(8 &* index)
        }
        return word
    }

    @usableFromInline func isEqualUnescaped(to name: StaticString) -> Bool {
        name.withUTF8Buffer { string.utf8.elementsEqual($0) }
    }

    private func unit(at offset: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in offset + 2..<offset + 6 { value = value << 4 | (hexDigit(raw[index]) ?? 0) }
        return value
    }
}
