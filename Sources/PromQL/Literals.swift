import MetricModel

/// What number, duration and string literals mean, by the rules of Go's literals as far as PromQL lexes them.
enum Literal {
    /// The value of a number token: decimal, `0x` hexadecimal, octal with a leading zero, `Inf`, `NaN`; underscores
    /// may stand between digits.
    ///
    /// - Returns: `nil` for what is no number or lies outside of the range of a `Double`.
    static func number(_ text: some Collection<UInt8>) -> Double? {
        let text = text.map(lowercased)
        if text.elementsEqual("inf".utf8) { return .infinity }
        if text.elementsEqual("nan".utf8) { return .nan }
        guard let first = text.first, isDigit(first) || first == UInt8(ascii: ".") else { return nil }
        guard !text.contains(UInt8(ascii: "_")) || hasProperUnderscores(text) else { return nil }
        let digits = text.filter { $0 != UInt8(ascii: "_") }
        if digits.starts(with: "0x".utf8) { return integer(digits.dropFirst(2), radix: 16) }
        if digits.count > 1, digits[0] == UInt8(ascii: "0"), let value = integer(digits.dropFirst(), radix: 8)
        {
            return value
        }
        guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    private static func integer(_ digits: ArraySlice<UInt8>, radix: Int) -> Double? {
        Int64(String(decoding: digits, as: UTF8.self), radix: radix).map(Double.init)
    }

    /// An underscore stands between two digits, or between the prefix of a base and a digit.
    private static func hasProperUnderscores(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        var isHexadecimal = false
        var followsDigit = false
        if text.starts(with: "0x".utf8) {
            rest = text.dropFirst(2)
            isHexadecimal = true
            followsDigit = true
        }
        var followsUnderscore = false
        for byte in rest {
            if isDigit(byte) || (isHexadecimal && isHexadecimalDigit(byte)) {
                followsDigit = true
                followsUnderscore = false
            } else if byte == UInt8(ascii: "_") {
                guard followsDigit else { return false }
                followsDigit = false
                followsUnderscore = true
            } else {
                guard !followsUnderscore else { return false }
                followsDigit = false
            }
        }
        return !followsUnderscore
    }

    enum DurationError: Error { case malformed, outOfRange }

    /// The longest duration that Prometheus accepts, some 292 years: its nanoseconds fill 63 bits.
    static let durationMillisecondsMax: Int64 = 9_223_372_036_854

    /// The length of a duration such as `1h30m`: years, weeks, days, hours, minutes, seconds and milliseconds, each at
    /// most once and in this order.
    static func duration(_ text: some Collection<UInt8>) throws(DurationError) -> TimeSpan {
        let units: [(name: String, milliseconds: Int64)] = [
            ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000),
            ("s", 1000), ("ms", 1),
        ]
        let bytes = Array(text)
        guard !bytes.isEmpty else { throw .malformed }
        var total: Int64 = 0
        var nextUnit = 0
        var index = 0
        while index < bytes.count {
            var count: Int64 = 0
            let firstDigit = index
            while index < bytes.count, isDigit(bytes[index]) {
                let (shifted, overflow) = count.multipliedReportingOverflow(by: 10)
                let (sum, overflow2) = shifted.addingReportingOverflow(
                    Int64(bytes[index] - UInt8(ascii: "0")))
                if overflow || overflow2 { throw .outOfRange }
                count = sum
                index += 1
            }
            let firstLetter = index
            while index < bytes.count, isAlpha(bytes[index]) { index += 1 }
            let name = String(decoding: bytes[firstLetter..<index], as: UTF8.self)
            guard firstDigit < firstLetter,
                let unit = units.indices.first(where: { $0 >= nextUnit && units[$0].name == name })
            else { throw .malformed }
            nextUnit = unit + 1
            let (length, overflow) = count.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (sum, overflow2) = total.addingReportingOverflow(length)
            if overflow || overflow2 || sum > durationMillisecondsMax { throw .outOfRange }
            total = sum
        }
        return TimeSpan(milliseconds: total)
    }

    struct StringError: Error {
        var message: String
        /// Byte offset of the escape in the literal.
        var offset: Int
    }

    /// The text of a string literal; `literal` includes its quotes.
    ///
    /// Bytes written by escapes that are not UTF-8 together become U+FFFD.
    static func string(_ literal: some Collection<UInt8>) throws(StringError) -> String {
        let bytes = Array(literal)
        let quote = bytes[0]
        let end = bytes.count - 1
        guard quote != UInt8(ascii: "`"), bytes.contains(UInt8(ascii: "\\")) else {
            return String(decoding: bytes[1..<end], as: UTF8.self)
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 1
        while index < end {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\\") {
                try appendEscape(in: bytes[..<end], at: &index, quote: quote, to: &result)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Reads one escape whose backslash is just before `index`.
    private static func appendEscape(
        in bytes: ArraySlice<UInt8>, at index: inout Int, quote: UInt8, to result: inout [UInt8]
    ) throws(StringError) {
        let start = index - 1
        guard index < bytes.endIndex else {
            throw StringError(
                message: "escape sequence not terminated, expected a character after '\\'", offset: start)
        }
        let byte = bytes[index]
        index += 1
        let digits: Int
        let radix: UInt32
        switch byte {
        case UInt8(ascii: "a"): return result.append(7)
        case UInt8(ascii: "b"): return result.append(8)
        case UInt8(ascii: "f"): return result.append(12)
        case UInt8(ascii: "n"): return result.append(10)
        case UInt8(ascii: "r"): return result.append(13)
        case UInt8(ascii: "t"): return result.append(9)
        case UInt8(ascii: "v"): return result.append(11)
        case UInt8(ascii: "\\"), quote: return result.append(byte)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            index -= 1
            (digits, radix) = (3, 8)
        case UInt8(ascii: "x"): (digits, radix) = (2, 16)
        case UInt8(ascii: "u"): (digits, radix) = (4, 16)
        case UInt8(ascii: "U"): (digits, radix) = (8, 16)
        default:
            let scalar = String(decoding: bytes[(index - 1)...].prefix(4), as: UTF8.self).unicodeScalars.first
            throw StringError(
                message: "unknown escape sequence '\\\(scalar.map { String($0) } ?? "")', "
                    + "expected one of \\a \\b \\f \\n \\r \\t \\v \\\\ \\x \\u \\U, octal digits or the quote",
                offset: start)
        }
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard index < bytes.endIndex, let digit = hexadecimalValue(bytes[index]), digit < radix else {
                throw StringError(
                    message: "illegal character in escape sequence, expected \(digits) "
                        + (radix == 8 ? "octal digits" : "hexadecimal digits"),
                    offset: start)
            }
            value = value &* radix &+ digit
            index += 1
        }
        if byte == UInt8(ascii: "u") || byte == UInt8(ascii: "U") {
            guard let scalar = Unicode.Scalar(value) else { throw invalidCodePoint(start) }
            result.append(contentsOf: String(scalar).utf8)
        } else {
            guard value <= 255 else { throw invalidCodePoint(start) }
            result.append(UInt8(value))
        }
    }

    private static func invalidCodePoint(_ offset: Int) -> StringError {
        StringError(
            message:
                "escape sequence is an invalid Unicode code point, expected at most \\377 or \\U0010FFFF",
            offset: offset)
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt32? {
        switch lowercased(byte) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(lowercased(byte) - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
