/// A number as it stands in a JSON text.
///
/// Valid only as long as the text that it points into.
package struct JSONNumber {
    package let raw: UnsafeBufferPointer<UInt8>
    @usableFromInline let isNegative: Bool
    /// The digits as an integer, without the decimal point; meaningless unless `isWhole`.
    @usableFromInline let digits: UInt64
    /// The power of ten that `digits` is to be multiplied with.
    @usableFromInline let exponent: Int
    /// All digits fitted into `digits`.
    @usableFromInline let isWhole: Bool

    /// The nearest double; infinite when the number is too large for one.
    @inlinable package var double: Double {
        if isWhole {
            if digits < 1 << 53 {
                let value = Double(digits)
                if exponent == 0 { return isNegative ? -value : value }
                if exponent < 0, exponent >= -22 {
                    // Both are exact doubles, so the one division rounds correctly.
                    let quotient = value / powersOfTen[-exponent]
                    return isNegative ? -quotient : quotient
                }
            }
        }
        return slowDouble
    }

    /// The number when it is an integer that fits, also when it is written as `1.0` or `1e3`.
    @inlinable package var integer: Int64? {
        if isWhole, exponent == 0, digits <= UInt64(Int64.max) {
            let value = Int64(digits)
            return isNegative ? -value : value
        }
        return slowInteger
    }

    @usableFromInline var slowInteger: Int64? {
        if isWhole, exponent == 0 { return isNegative && digits == 1 << 63 ? .min : nil }
        let value = double
        return value.magnitude < 0x1p53 ? Int64(exactly: value) : nil
    }

    @usableFromInline var slowDouble: Double {
        if isWhole, let magnitude = nearestDouble(digits, exponent) {
            return isNegative ? -magnitude : magnitude
        }
        // The grammar was checked, so this cannot fail; it rounds correctly and knows no locale.
        return Double(String(decoding: raw, as: UTF8.self)) ?? .nan
    }
}

/// 10⁰ … 10²²: all powers of ten that are exact doubles.
@usableFromInline let powersOfTen: InlineArray<23, Double> = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
    1e18, 1e19, 1e20, 1e21, 1e22,
]

/// The double nearest to `digits` × 10^`exponent`, by integer arithmetic alone; `nil` outside of what 64 bits can do.
///
/// Values with 16 to 19 digits, which rates and averages usually have, end up here. Other decimal notations use it too.
package func nearestDouble(_ digits: UInt64, _ exponent: Int) -> Double? {
    if digits == 0 { return 0 }
    if digits < 1 << 53, exponent >= 0, exponent <= 22 { return Double(digits) * powersOfTen[exponent] }
    // 5²⁷ is the largest power of five below 2⁶³.
    guard exponent <= 0, exponent >= -27 else { return nil }
    if exponent == 0 { return Double(digits) }
    var five: UInt64 = 1
    for _ in 0..<(-exponent) { five &*= 5 }
    // digits / 10ᵏ = (digits / 5ᵏ) / 2ᵏ. With both brought to 64 bits the quotient has at least 63.
    let digitShift = digits.leadingZeroBitCount
    let fiveShift = five.leadingZeroBitCount
    let dividend = digits << digitShift
    let (quotient, remainder) = (five << fiveShift).dividingFullWidth((dividend >> 1, dividend << 63))
    // 63 or 64 bits are kept of the quotient, a double keeps 53: what lies below the last one decides the rounding,
    // and a lost remainder counts as a little more than nothing.
    let sticky = quotient | (remainder == 0 ? 0 : 1)
    let value = Double(sticky)
    return value * Double(sign: .plus, exponent: fiveShift - digitShift - 63 + exponent, significand: 1)
}

extension JSONScanner {
    /// Scans the number at `position`.
    @usableFromInline mutating func scanNumber() throws(JSONError) -> JSONNumber {
        let start = position
        var offset = start
        let end = count
        var isNegative = false
        if offset < end, base[offset] == UInt8(ascii: "-") {
            isNegative = true
            offset &+= 1
        }
        var digits: UInt64 = 0
        let first = offset
        while offset < end {
            let digit = base[offset] &- 0x30
            if digit > 9 { break }
            digits = digits &* 10 &+ UInt64(digit)
            offset &+= 1
        }
        let integerCount = offset &- first
        guard integerCount > 0 else {
            if offset == end, offset > start { throw JSONError(.endOfText, at: offset) }
            throw JSONError(isNegative ? .invalidNumber : .expected(.init("a number")), at: start)
        }
        if integerCount > 1, base[first] == UInt8(ascii: "0") { throw JSONError(.invalidNumber, at: start) }
        var significant = integerCount
        var exponent = 0
        if offset < end, base[offset] == UInt8(ascii: ".") {
            offset &+= 1
            let fraction = offset
            while offset < end {
                let digit = base[offset] &- 0x30
                if digit > 9 { break }
                digits = digits &* 10 &+ UInt64(digit)
                offset &+= 1
            }
            guard offset > fraction else {
                throw JSONError(offset == end ? .endOfText : .invalidNumber, at: offset == end ? end : start)
            }
            exponent = fraction &- offset
            significant &+= offset &- fraction
        }
        if offset < end, base[offset] | 0x20 == UInt8(ascii: "e") {
            exponent &+= try scanExponent(&offset, numberStart: start)
        }
        var isWhole = true
        if significant > 19 {
            // Leading zeros do not count: 0.000…; otherwise 19 digits always fit into 64 bits.
            isWhole = significantDigits(first, offset) <= 19
        }
        position = offset
        needsComma = true
        return JSONNumber(
            raw: UnsafeBufferPointer(start: base + start, count: offset &- start), isNegative: isNegative,
            digits: digits, exponent: exponent, isWhole: isWhole)
    }

    private func scanExponent(_ offset: inout Int, numberStart: Int) throws(JSONError) -> Int {
        offset += 1
        var isNegative = false
        if offset < count, base[offset] == UInt8(ascii: "+") || base[offset] == UInt8(ascii: "-") {
            isNegative = base[offset] == UInt8(ascii: "-")
            offset += 1
        }
        let first = offset
        var value = 0
        while offset < count, base[offset] &- 0x30 <= 9 {
            // Past this every double has long become zero or infinity.
            if value < 100_000 { value = value * 10 + Int(base[offset] &- 0x30) }
            offset += 1
        }
        guard offset > first else {
            if offset == count { throw JSONError(.endOfText, at: count) }
            throw JSONError(.invalidNumber, at: numberStart)
        }
        return isNegative ? -value : value
    }

    /// Digits of the mantissa in `first..<end` after its leading zeros.
    private func significantDigits(_ first: Int, _ end: Int) -> Int {
        var digits = 0
        var offset = first
        while offset < end {
            let digit = base[offset] &- 0x30
            if digit <= 9 {
                if digits > 0 || digit > 0 { digits += 1 }
            } else if base[offset] != UInt8(ascii: ".") {
                break
            }
            offset += 1
        }
        return digits
    }
}
