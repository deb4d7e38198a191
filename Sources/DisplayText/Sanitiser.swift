/// Replaces everything that must not reach a terminal by something visible.
func sanitised(_ text: String) -> String {
    // Plain printable ASCII is nearly all of what comes.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0..<0x20: result.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value)!)
        case 0x7f: result.unicodeScalars.append("\u{2421}")
        case 0x80..<0xa0: result += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
