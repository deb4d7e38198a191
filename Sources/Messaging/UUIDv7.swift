import MetricModel

/// Message ids: UUIDs that begin with their time, so that they sort by it (RFC 9562, version 7).
package enum UUIDv7 {
    /// A new id for time `now`, with 74 bits of `random`.
    package static func make(at now: Timestamp, random: inout some RandomNumberGenerator) -> String {
        let time = UInt64(clamping: now.milliseconds) & 0xffff_ffff_ffff
        let high = time << 16 | 0x7000 | (random.next() & 0x0fff)
        let low = (random.next() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (position, shift) in stride(from: 124, through: 0, by: -4).enumerated() {
            if position == 8 || position == 12 || position == 16 || position == 20 {
                text.append(UInt8(ascii: "-"))
            }
            let digit = UInt8(truncatingIfNeeded: (shift >= 64 ? high >> (shift - 64) : low >> shift) & 15)
            text.append(digit < 10 ? digit + 0x30 : digit - 10 + UInt8(ascii: "a"))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The 128 bits of a UUID in its usual spelling, of any version; `nil` for any other text.
    static func bits(_ text: String) -> UInt128? {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count == 36, bytes[8] == dash, bytes[13] == dash, bytes[18] == dash,
                bytes[23] == dash,
                let a = digits(bytes[0..<8]), let b = digits(bytes[9..<13]), let c = digits(bytes[14..<18]),
                let d = digits(bytes[19..<23]), let e = digits(bytes[24..<36])
            else { return nil }
            return UInt128(a << 32 | b << 16 | c) << 64 | UInt128(d << 48 | e)
        }
    }

    private static let dash = UInt8(ascii: "-")

    /// The number that hexadecimal digits in lower case say.
    private static func digits(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var number: UInt64 = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(byte - 0x30)
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}
