import Glibc

/// Numbers as Grafana writes them: its decimals, its rounding, its words for what is not finite.
enum NumberText {
    /// More decimals than any field asks for; what a dashboard says past them is cut.
    static let decimalsMax = 20

    /// `value` with `decimals` places; `nil` lets the size of the value choose: three significant digits, none for a
    /// whole number.
    static func fixed(_ value: Double, decimals: Int? = nil) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-∞" : "∞" }
        let places = Swift.min(Swift.max(decimals ?? automaticDecimals(value), 0), decimalsMax)
        let factor = pow(10, Double(places))
        let scaled = (value.magnitude * factor + 0.5).rounded(.down)
        // Past 2⁵³ every double is whole: C's printing is exact there, and rounding has nothing to do.
        guard scaled < 9_007_199_254_740_992 else { return printed("%.*f", places, value) }
        let whole = UInt64(scaled)
        let digits = String(whole)
        let sign = value < 0 && whole != 0 ? "-" : ""
        if places == 0 { return sign + digits }
        let padded = String(repeating: "0", count: Swift.max(0, places + 1 - digits.count)) + digits
        let split = padded.index(padded.endIndex, offsetBy: -places)
        return sign + padded[..<split] + "." + padded[split...]
    }

    /// The number of places that show three significant digits of `value`.
    static func automaticDecimals(_ value: Double) -> Int {
        guard value.isFinite, value != value.rounded(.towardZero) else { return 0 }
        let magnitude = Int(log10(value.magnitude).rounded(.down))
        // Below the smallest unit no panel needs more than this.
        return Swift.min(Swift.max(0, 2 - magnitude), decimalsMax)
    }

    /// The shortest text that reads back as `value`, as JavaScript writes it: `0.5`, `1e+21`, `1e-7`.
    static func shortest(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        if value == 0 { return "0" }
        if value == value.rounded(), value.magnitude < 1e15 { return String(Int64(value)) }
        let (digits, exponent) = significantDigits(value.magnitude)
        let sign = value < 0 ? "-" : ""
        // The number is 0.digits × 10^exponent.
        if exponent > 21 || exponent < -5 {
            let rest = digits.dropFirst()
            let power = exponent - 1
            return sign + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e" + (power < 0 ? "-" : "+")
                + String(power.magnitude)
        }
        if exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + digits }
        if exponent >= digits.count {
            return sign + digits + String(repeating: "0", count: exponent - digits.count)
        }
        let split = digits.index(digits.startIndex, offsetBy: exponent)
        return sign + digits[..<split] + "." + digits[split...]
    }

    /// `1.234e+5`; without `decimals` as many digits as the value has.
    static func scientific(_ value: Double, decimals: Int?) -> String {
        guard value.isFinite else { return fixed(value) }
        if let decimals {
            let text = printed("%.*e", Swift.min(Swift.max(decimals, 0), decimalsMax), value)
            guard let mark = text.firstIndex(of: "e") else { return text }
            let power = Int(text[text.index(after: mark)...]) ?? 0
            return text[..<mark] + "e" + (power < 0 ? "-" : "+") + String(power.magnitude)
        }
        if value == 0 { return "0e+0" }
        let (digits, exponent) = significantDigits(value.magnitude)
        let power = exponent - 1
        let rest = digits.dropFirst()
        return (value < 0 ? "-" : "") + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e"
            + (power < 0 ? "-" : "+") + String(power.magnitude)
    }

    /// Hexadecimal with a fraction when there is one.
    static func hexadecimal(_ value: Double) -> String {
        guard value.isFinite else { return fixed(value) }
        let magnitude = value.magnitude
        guard magnitude < 9_007_199_254_740_992 else { return fixed(value, decimals: 0) }
        var text = (value < 0 ? "-" : "") + String(UInt64(magnitude), radix: 16, uppercase: true)
        var fraction = magnitude - magnitude.rounded(.down)
        if fraction > 0 {
            text += "."
            var places = 0
            while fraction > 0 && places < 13 {
                fraction *= 16
                let digit = fraction.rounded(.down)
                text += String(Int(digit), radix: 16, uppercase: true)
                fraction -= digit
                places += 1
            }
        }
        return text
    }

    /// Thousands apart by commas, at most `decimals` places (three when the field says nothing).
    static func grouped(_ value: Double, decimals: Int?) -> String {
        guard value.isFinite else { return fixed(value) }
        var text = fixed(value, decimals: decimals ?? 3)
        var fraction = ""
        if let point = text.firstIndex(of: ".") {
            fraction = String(text[point...])
            while fraction.last == "0" { fraction.removeLast() }
            if fraction == "." { fraction = "" }
            text = String(text[..<point])
        }
        let isNegative = text.first == "-"
        if isNegative { text.removeFirst() }
        var result = ""
        for (index, digit) in text.enumerated() {
            if index > 0 && (text.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (isNegative ? "-" : "") + result + fraction
    }

    /// The number that `text` is, when all of it is one; surrounding space and a leading plus are allowed.
    static func parse(_ text: some StringProtocol) -> Double? {
        var trimmed = text.drop { $0 == " " || $0 == "\t" || $0 == "\n" }
        while let last = trimmed.last, last == " " || last == "\t" || last == "\n" { trimmed.removeLast() }
        switch trimmed.lowercased() {
        case "": return nil
        case "+inf", "inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan": return .nan
        default: break
        }
        // Swift also reads hexadecimal and "infinity"; only what looks like a decimal number is one here.
        guard trimmed.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }) else { return nil }
        return Double(trimmed.first == "+" ? trimmed.dropFirst() : trimmed)
    }

    /// The shortest decimal digits of `value` and the exponent such that it is 0.digits × 10^exponent.
    private static func significantDigits(_ value: Double) -> (digits: String, exponent: Int) {
        let text = value.description
        var mantissa = Substring(text)
        var power = 0
        if let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            mantissa = text[..<mark]
            power = Int(text[text.index(after: mark)...]) ?? 0
        }
        var digits = ""
        var exponent = power
        var seenPoint = false
        for character in mantissa {
            if character == "." {
                seenPoint = true
            } else {
                digits.append(character)
                if !seenPoint { exponent += 1 }
            }
        }
        while digits.first == "0" {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        return (digits, exponent)
    }

    private static func printed(_ format: String, _ places: Int, _ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 400)
        let count = withVaList([CInt(places), value]) { vsnprintf(&buffer, buffer.count, format, $0) }
        return String(
            decoding: buffer.prefix(Swift.min(Int(count), buffer.count - 1)).map { UInt8(bitPattern: $0) },
            as: UTF8.self)
    }
}
