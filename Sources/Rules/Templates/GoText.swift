/// Quoting and number syntax of Go source text.

/// Go's `%q`: double quotes, escapes for what cannot be printed.
func goQuoted(_ text: String, quote: Unicode.Scalar = "\"", asciiOnly: Bool = false) -> String {
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in text.unicodeScalars {
        appendQuoted(scalar, quote: quote, asciiOnly: asciiOnly, to: &result)
    }
    result.append(quote)
    return String(result)
}

private func appendQuoted(
    _ scalar: Unicode.Scalar, quote: Unicode.Scalar, asciiOnly: Bool,
    to result: inout String.UnicodeScalarView
) {
    switch scalar {
    case quote, "\\": result.append(contentsOf: ["\\", scalar])
    case "\u{7}": result.append(contentsOf: "\\a".unicodeScalars)
    case "\u{8}": result.append(contentsOf: "\\b".unicodeScalars)
    case "\u{C}": result.append(contentsOf: "\\f".unicodeScalars)
    case "\n": result.append(contentsOf: "\\n".unicodeScalars)
    case "\r": result.append(contentsOf: "\\r".unicodeScalars)
    case "\t": result.append(contentsOf: "\\t".unicodeScalars)
    case "\u{B}": result.append(contentsOf: "\\v".unicodeScalars)
    default:
        if scalar.isASCII ? (0x20..<0x7f).contains(scalar.value) : !asciiOnly && isPrintable(scalar) {
            result.append(scalar)
        } else if scalar.value < 0x80 {
            result.append(contentsOf: ("\\x" + hexadecimal(scalar.value, digits: 2)).unicodeScalars)
        } else if scalar.value < 0x10000 {
            result.append(contentsOf: ("\\u" + hexadecimal(scalar.value, digits: 4)).unicodeScalars)
        } else {
            result.append(contentsOf: ("\\U" + hexadecimal(scalar.value, digits: 8)).unicodeScalars)
        }
    }
}

func hexadecimal(_ value: UInt32, digits: Int, uppercase: Bool = false) -> String {
    let text = String(value, radix: 16, uppercase: uppercase)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20..<0x7f).contains(scalar.value) }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
        .spaceSeparator:
        return false
    default: return true
    }
}

/// The meaning of a Go string literal in double quotes or backquotes; `nil` when it is none.
func goUnquoted(_ literal: String) -> String? {
    let bytes = Array(literal.utf8)
    guard bytes.count >= 2, let quote = bytes.first, bytes.last == quote else { return nil }
    let body = bytes[1..<(bytes.count - 1)]
    if quote == UInt8(ascii: "`") {
        return String(decoding: body.filter { $0 != 13 }, as: UTF8.self)
    }
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
    var result: [UInt8] = []
    var rest = body
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "\\") else {
            if byte == quote || byte == 10 { return nil }
            result.append(byte)
            continue
        }
        guard let escaped = goEscape(&rest, quote: quote) else { return nil }
        result += escaped
    }
    return String(decoding: result, as: UTF8.self)
}

/// Reads what follows a backslash.
private func goEscape(_ rest: inout ArraySlice<UInt8>, quote: UInt8) -> [UInt8]? {
    guard let kind = rest.popFirst() else { return nil }
    func number(_ count: Int, radix: Int) -> UInt32? {
        guard rest.count >= count else { return nil }
        let digits = String(decoding: rest.prefix(count), as: UTF8.self)
        rest = rest.dropFirst(count)
        guard digits.first != "+", digits.first != "-" else { return nil }
        return UInt32(digits, radix: radix)
    }
    switch kind {
    case UInt8(ascii: "a"): return [7]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "v"): return [11]
    case UInt8(ascii: "\\"): return [kind]
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return kind == quote ? [kind] : nil
    case UInt8(ascii: "x"): return number(2, radix: 16).map { [UInt8($0)] }
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
        guard let code = number(kind == UInt8(ascii: "u") ? 4 : 8, radix: 16),
            let scalar = Unicode.Scalar(code)
        else { return nil }
        return Array(String(Character(scalar)).utf8)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
        rest = [kind] + rest
        guard let value = number(3, radix: 8), value < 256 else { return nil }
        return [UInt8(value)]
    default: return nil
    }
}

/// A Go number or character constant: whole numbers are `int`, others `float64`.
func goNumber(_ text: String) -> TemplateValue? {
    if text.hasPrefix("'") {
        guard let body = goUnquoted(text), body.unicodeScalars.count == 1,
            let scalar = body.unicodeScalars.first
        else { return nil }
        return .int(Int64(scalar.value))
    }
    var digits = text.filter { $0 != "_" }
    var negative = false
    if let sign = digits.first, sign == "+" || sign == "-" {
        negative = sign == "-"
        digits.removeFirst()
    }
    let lower = digits.lowercased()
    var magnitude: UInt64?
    if lower.hasPrefix("0x") {
        magnitude = UInt64(lower.dropFirst(2), radix: 16)
    } else if lower.hasPrefix("0o") {
        magnitude = UInt64(lower.dropFirst(2), radix: 8)
    } else if lower.hasPrefix("0b") {
        magnitude = UInt64(lower.dropFirst(2), radix: 2)
    } else if lower.count > 1, lower.hasPrefix("0"), lower.allSatisfy({ $0.isASCII && $0.isNumber }) {
        magnitude = UInt64(lower, radix: 8)
    } else {
        magnitude = UInt64(lower)
    }
    if let magnitude {
        if negative {
            return magnitude <= UInt64(Int64.max) + 1 ? .int(Int64(truncatingIfNeeded: 0 &- magnitude)) : nil
        }
        return Int64(exactly: magnitude).map { .int($0) }
    }
    if lower.allSatisfy({ $0.isASCII && $0.isNumber }) { return nil }
    // Swift wants a digit on either side of the point, Go does not.
    var spelled = lower
    if spelled.hasPrefix(".") { spelled = "0" + spelled }
    if let point = spelled.firstIndex(of: ".") {
        let after = spelled.index(after: point)
        if after == spelled.endIndex || !spelled[after].isNumber { spelled.insert("0", at: after) }
    }
    guard let value = Double(spelled), value.isFinite else { return nil }
    return .float(negative ? -value : value)
}
