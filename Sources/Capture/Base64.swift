/// RFC 4648 base64 with padding, for bodies that are not text.
func appendBase64(_ bytes: [UInt8], to text: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
        let rest = bytes.count - index
        let group =
            UInt32(bytes[index]) << 16 | (rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
            | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
        text.append(alphabet[Int(group >> 18)])
        text.append(alphabet[Int(group >> 12 & 63)])
        text.append(rest > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
        text.append(rest > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
        index += 3
    }
}

/// The bytes that `text` stands for; `nil` when it is not base64.
func decodedBase64(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    for start in stride(from: 0, to: text.count, by: 4) {
        var group: UInt32 = 0
        var padding = 0
        for offset in start..<start + 4 {
            if text[offset] == UInt8(ascii: "="), start + 4 == text.count, offset >= start + 2 {
                padding += 1
                group <<= 6
            } else {
                guard padding == 0, let value = sextet(text[offset]) else { return nil }
                group = group << 6 | value
            }
        }
        bytes.append(UInt8(group >> 16))
        if padding < 2 { bytes.append(UInt8(group >> 8 & 0xff)) }
        if padding < 1 { bytes.append(UInt8(group & 0xff)) }
    }
    return bytes
}

private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

private func sextet(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a") + 26)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0") + 52)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}
