import Glibc

/// Floating point numbers as Go's strconv prints them.
enum GoFloat {
    /// - Parameters:
    ///   - format: `e`, `f`, `g` or their capital forms.
    ///   - precision: `nil` for the fewest digits that give the same number back.
    static func text(_ value: Double, format: Character, precision: Int?) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        var result: String
        if let precision {
            switch format {
            case "g", "G": result = printed("%.*g", value, precision)
            case "f", "F": result = printed("%.*f", value, precision)
            default: result = printed("%.*e", value, precision)
            }
        } else {
            let digits = shortest(value)
            switch format {
            case "e", "E": result = exponential(digits)
            case "f", "F": result = plain(digits)
            default:
                let exponent = digits.point - 1
                // The shortest form counts as six digits of precision.
                result = exponent < -4 || exponent >= 6 ? exponential(digits) : plain(digits)
            }
        }
        if format.isUppercase { result = result.uppercased() }
        return result
    }

    /// `%x`: `0x1.8p+01`.
    static func hexadecimal(_ value: Double, precision: Int?, uppercase: Bool) -> String {
        guard value.isFinite else { return text(value, format: "g", precision: nil) }
        var text = precision.map { printed("%.*a", value, $0) } ?? printed("%.*a", value, -1)
        // Go writes at least two digits of exponent.
        if let mark = text.lastIndex(of: "p") {
            let digits = text.index(mark, offsetBy: 2)
            if text.distance(from: digits, to: text.endIndex) == 1 { text.insert("0", at: digits) }
        }
        return uppercase ? text.uppercased() : text
    }

    /// `%b`: mantissa and binary exponent, `4503599627370496p-52`.
    static func binary(_ value: Double) -> String {
        guard value.isFinite else { return text(value, format: "g", precision: nil) }
        var exponent = Int(value.exponentBitPattern)
        var mantissa = value.significandBitPattern
        if exponent == 0 { exponent = 1 } else { mantissa |= 1 << 52 }
        exponent -= 1075
        return (value.sign == .minus ? "-" : "") + "\(mantissa)p\(exponent < 0 ? "" : "+")\(exponent)"
    }

    /// Significant digits of a finite number, and where the point stands among them: 0.0123 is 123 with the point at -1.
    private struct Digits {
        var negative: Bool
        var digits: [UInt8]
        var point: Int
    }

    private static func shortest(_ value: Double) -> Digits {
        // Swift prints the fewest digits that read back as the same number, the closest of them: as Go does.
        var digits: [UInt8] = []
        var point = 0
        var seenPoint = false
        var exponent = 0
        var bytes = "\(value.magnitude)".utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "."): seenPoint = true
            case UInt8(ascii: "e"):
                var rest = ""
                while let more = bytes.next() { rest.unicodeScalars.append(Unicode.Scalar(more)) }
                exponent = Int(rest) ?? 0
            default:
                digits.append(byte)
                if !seenPoint { point += 1 }
            }
        }
        point += exponent
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        point -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if digits.isEmpty { point = 0 }
        return Digits(negative: value.sign == .minus, digits: digits, point: point)
    }

    private static func exponential(_ number: Digits) -> String {
        var text = number.negative ? "-" : ""
        let first = number.digits.first ?? UInt8(ascii: "0")
        text.unicodeScalars.append(Unicode.Scalar(first))
        if number.digits.count > 1 {
            text += "." + String(decoding: number.digits.dropFirst(), as: UTF8.self)
        }
        let exponent = number.digits.isEmpty ? 0 : number.point - 1
        let magnitude = "\(exponent.magnitude)"
        return text + "e" + (exponent < 0 ? "-" : "+") + (magnitude.count < 2 ? "0" : "") + magnitude
    }

    private static func plain(_ number: Digits) -> String {
        var text = number.negative ? "-" : ""
        if number.point <= 0 {
            text += "0"
        } else {
            text += String(decoding: number.digits.prefix(number.point), as: UTF8.self)
            text += String(repeating: "0", count: max(0, number.point - number.digits.count))
        }
        if number.digits.count > number.point {
            text += "." + String(repeating: "0", count: max(0, -number.point))
            text += String(decoding: number.digits.dropFirst(max(0, number.point)), as: UTF8.self)
        }
        return text
    }

    /// C's `%.*e`, `%.*f` and `%.*g` round exactly and choose between forms as Go does.
    private static func printed(_ format: String, _ value: Double, _ precision: Int) -> String {
        // The largest number has 309 digits before the point.
        let capacity = 330 + max(0, precision)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            let count = withVaList([CInt(clamping: precision), value]) {
                vsnprintf(buffer.baseAddress, capacity, format, $0)
            }
            let written = UnsafeRawBufferPointer(
                start: buffer.baseAddress, count: max(0, min(Int(count), capacity - 1)))
            return String(decoding: written, as: UTF8.self)
        }
    }
}
