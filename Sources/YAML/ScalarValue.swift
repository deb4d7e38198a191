/// What an untyped plain scalar means, as go-yaml v3 resolves it (YAML 1.2 with the old octal and float spellings).
package enum YAMLValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Whole numbers past `Int64.max`.
    case unsigned(UInt64)
    case float(Double)
    /// A date or a date with time; kept as text.
    case timestamp(String)
    case string(String)
}

extension YAMLNode.Scalar {
    /// Quoted and block scalars are strings, plain ones what they look like; a tag decides where there is one.
    package var value: YAMLValue {
        switch tag {
        case "str": return .string(text)
        case nil: return style == .plain ? resolvePlain(text) : .string(text)
        case "float":
            switch resolvePlain(text) {
            case .int(let number): return .float(Double(number))
            case .unsigned(let number): return .float(Double(number))
            case let other: return other
            }
        default: return resolvePlain(text)
        }
    }
}

/// The meaning of an untagged plain scalar.
func resolvePlain(_ text: String) -> YAMLValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    default: break
    }
    guard let first = text.utf8.first else { return .null }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        if isTimestamp(text) { return .timestamp(text) }
        let digits = String(text.filter { $0 != "_" })
        if first != UInt8(ascii: ".") {
            if let number = wholeNumber(digits) { return number }
        }
        if looksLikeFloat(digits), let number = Double(digits.last == "." ? digits + "0" : digits) {
            return .float(number)
        }
        return .string(text)
    default: return .string(text)
    }
}

/// Go's `strconv.ParseInt(text, 0, 64)`: decimal, `0x`, `0o`, `0b`, and a leading `0` for octal.
private func wholeNumber(_ text: String) -> YAMLValue? {
    var rest = Substring(text)
    var negative = false
    if let sign = rest.first, sign == "-" || sign == "+" {
        negative = sign == "-"
        rest = rest.dropFirst()
    }
    var radix = 10
    if rest.count > 1, rest.first == "0" {
        switch rest.dropFirst().first {
        case "x", "X": (radix, rest) = (16, rest.dropFirst(2))
        case "o", "O": (radix, rest) = (8, rest.dropFirst(2))
        case "b", "B": (radix, rest) = (2, rest.dropFirst(2))
        default: (radix, rest) = (8, rest.dropFirst(1))
        }
    }
    // The initialiser would take a further sign.
    guard let first = rest.first, first != "-", first != "+", let magnitude = UInt64(rest, radix: radix)
    else {
        return nil
    }
    if negative {
        guard magnitude <= UInt64(Int64.max) + 1 else { return nil }
        return .int(Int64(truncatingIfNeeded: 0 &- magnitude))
    }
    return Int64(exactly: magnitude).map { .int($0) } ?? .unsigned(magnitude)
}

/// go-yaml's `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
private func looksLikeFloat(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var index = 0
    func isDigit(_ at: Int) -> Bool { at < bytes.count && (48...57).contains(bytes[at]) }
    func skipDigits() -> Int {
        let start = index
        while isDigit(index) { index += 1 }
        return index - start
    }
    if index < bytes.count, bytes[index] == 43 || bytes[index] == 45 { index += 1 }
    let whole = skipDigits()
    if index < bytes.count, bytes[index] == 46 {
        index += 1
        if skipDigits() == 0 && whole == 0 { return false }
    } else if whole == 0 {
        return false
    }
    if index < bytes.count, bytes[index] == 101 || bytes[index] == 69 {
        index += 1
        if index < bytes.count, bytes[index] == 43 || bytes[index] == 45 { index += 1 }
        if skipDigits() == 0 { return false }
    }
    return index == bytes.count
}

/// Whether the text is a date that go-yaml reads as a time: `2024-1-2`, `2024-01-02T03:04:05Z`, `2024-01-02 03:04:05`.
private func isTimestamp(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count >= 8, bytes[4] == UInt8(ascii: "-") else { return false }
    guard bytes[..<4].allSatisfy({ (48...57).contains($0) }) else { return false }
    var index = 5
    func number(upTo most: Int, digits: ClosedRange<Int>) -> Bool {
        let start = index
        var value = 0
        while index < bytes.count, (48...57).contains(bytes[index]), index - start < digits.upperBound {
            value = value * 10 + Int(bytes[index] - 48)
            index += 1
        }
        return index - start >= digits.lowerBound && value <= most
    }
    func skip(_ byte: Character) -> Bool {
        guard index < bytes.count, bytes[index] == byte.asciiValue else { return false }
        index += 1
        return true
    }
    guard number(upTo: 12, digits: 1...2), skip("-"), number(upTo: 31, digits: 1...2) else { return false }
    if index == bytes.count { return true }
    let separator = bytes[index]
    index += 1
    let isZoned = separator == UInt8(ascii: "T") || separator == UInt8(ascii: "t")
    guard isZoned || separator == UInt8(ascii: " ") else { return false }
    guard number(upTo: 23, digits: 1...2), skip(":"), number(upTo: 59, digits: 1...2), skip(":"),
        number(upTo: 59, digits: 1...2)
    else { return false }
    if skip(".") {
        guard number(upTo: .max, digits: 1...9) else { return false }
    }
    if !isZoned { return index == bytes.count }
    if skip("Z") { return index == bytes.count }
    guard skip("+") || skip("-") else { return false }
    return number(upTo: 23, digits: 2...2) && skip(":") && number(upTo: 59, digits: 2...2)
        && index == bytes.count
}

/// Durations as Prometheus' configuration writes them: `1h30m`, `15s`, `250ms`, `0`; units in descending order, whole numbers.
package enum DurationText {
    package enum Mistake: Error, Equatable {
        case empty
        case notADuration
        /// Past 292 years, the longest that Prometheus holds.
        case tooLong

        /// Prometheus' own words.
        package func message(_ text: String) -> String {
            switch self {
            case .empty: "empty duration string"
            case .notADuration: "not a valid duration string: \"\(text)\""
            case .tooLong: "duration out of range"
            }
        }
    }

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000),
        ("s", 1000), ("ms", 1),
    ]

    /// - Returns: milliseconds, never negative.
    package static func milliseconds(_ text: String) throws(Mistake) -> Int64 {
        if text == "0" { return 0 }
        if text.isEmpty { throw .empty }
        let bytes = Array(text.utf8)
        var index = 0
        var total: Int64 = 0
        // Each unit may follow only larger ones.
        var firstUnit = 0
        while index < bytes.count {
            var number: Int64 = 0
            let start = index
            while index < bytes.count, (48...57).contains(bytes[index]) {
                let (product, overflow) = number.multipliedReportingOverflow(by: 10)
                let (sum, more) = product.addingReportingOverflow(Int64(bytes[index] - 48))
                if overflow || more { throw .tooLong }
                number = sum
                index += 1
            }
            guard index > start else { throw .notADuration }
            let nameStart = index
            while index < bytes.count, !(48...57).contains(bytes[index]) { index += 1 }
            let name = String(decoding: bytes[nameStart..<index], as: UTF8.self)
            guard let unit = Self.units[firstUnit...].firstIndex(where: { $0.name == name }) else {
                throw .notADuration
            }
            firstUnit = unit + 1
            let (product, overflow) = number.multipliedReportingOverflow(by: Self.units[unit].milliseconds)
            let (sum, more) = total.addingReportingOverflow(product)
            if overflow || more || sum > 9_223_372_036_854 { throw .tooLong }
            total = sum
        }
        return total
    }
}
