/// Numbers in the notations of Go's `strconv`, which Prometheus' answers, label values and messages are written in.
enum NumberText {
    /// The shortest digits that read back as `value`, and where the point stands: 0.d₁d₂d₃… × 10^`exponent`.
    private struct Digits {
        var isNegative: Bool
        /// ASCII, the first not `0` unless the value is zero, without trailing zeros.
        var digits: [UInt8]
        var exponent: Int

        init(_ value: Double) {
            isNegative = value.sign == .minus
            var digits: [UInt8] = []
            var point: Int?
            var exponent = 0
            var text = value.magnitude.description
            text.withUTF8 { bytes in
                var index = 0
                while index < bytes.count {
                    switch bytes[index] {
                    case UInt8(ascii: "."): point = digits.count
                    case UInt8(ascii: "e"):
                        exponent = Int(String(decoding: bytes[(index + 1)...], as: UTF8.self)) ?? 0
                        index = bytes.count
                    default: digits.append(bytes[index])
                    }
                    index += 1
                }
            }
            var position = (point ?? digits.count) + exponent
            while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
            while digits.count > 1, digits.first == UInt8(ascii: "0") {
                digits.removeFirst()
                position -= 1
            }
            self.digits = digits
            self.exponent = digits == [UInt8(ascii: "0")] ? 1 : position
        }

        /// Makes the last digit one more: 1.9 becomes 2, 9.9 becomes 10.
        mutating func increment() {
            while digits.last == UInt8(ascii: "9") { digits.removeLast() }
            if digits.isEmpty {
                digits = [UInt8(ascii: "1")]
                exponent += 1
            } else {
                digits[digits.count - 1] += 1
            }
        }
    }

    /// Format `'f'`, shortest: `NaN`, `+Inf`, `0.000001`, no exponent ever.
    static func appendDecimal(_ value: Double, to bytes: inout [UInt8]) {
        if appendSpecial(value, to: &bytes) { return }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53, whole != 0 || value.sign == .plus {
            bytes.append(contentsOf: whole.description.utf8)
            return
        }
        appendDecimal(Digits(value), to: &bytes)
    }

    private static func appendDecimal(_ digits: Digits, to bytes: inout [UInt8]) {
        if digits.isNegative { bytes.append(UInt8(ascii: "-")) }
        if digits.exponent <= 0 {
            bytes.append(contentsOf: "0.".utf8)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -digits.exponent))
            bytes.append(contentsOf: digits.digits)
        } else if digits.digits.count <= digits.exponent {
            bytes.append(contentsOf: digits.digits)
            bytes.append(
                contentsOf: repeatElement(UInt8(ascii: "0"), count: digits.exponent - digits.digits.count))
        } else {
            bytes.append(contentsOf: digits.digits[..<digits.exponent])
            bytes.append(UInt8(ascii: "."))
            bytes.append(contentsOf: digits.digits[digits.exponent...])
        }
    }

    /// Format `'e'`, shortest: `1.5e+21`, `1e-07`.
    static func appendScientific(_ value: Double, to bytes: inout [UInt8]) {
        if appendSpecial(value, to: &bytes) { return }
        appendScientific(Digits(value), to: &bytes)
    }

    private static func appendScientific(_ digits: Digits, to bytes: inout [UInt8]) {
        if digits.isNegative { bytes.append(UInt8(ascii: "-")) }
        bytes.append(digits.digits[0])
        if digits.digits.count > 1 {
            bytes.append(UInt8(ascii: "."))
            bytes.append(contentsOf: digits.digits[1...])
        }
        let exponent = digits.exponent - 1
        bytes.append(contentsOf: exponent < 0 ? "e-".utf8 : "e+".utf8)
        if exponent.magnitude < 10 { bytes.append(UInt8(ascii: "0")) }
        bytes.append(contentsOf: exponent.magnitude.description.utf8)
    }

    /// As Prometheus' HTTP API writes a value: decimal, with an exponent only below 1e-6 and from 1e21 up.
    static func appendValue(_ value: Double, to bytes: inout [UInt8]) {
        let magnitude = value.magnitude
        if magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21) {
            appendScientific(value, to: &bytes)
        } else {
            appendDecimal(value, to: &bytes)
        }
    }

    private static func appendSpecial(_ value: Double, to bytes: inout [UInt8]) -> Bool {
        if value.isFinite { return false }
        bytes.append(contentsOf: value.isNaN ? "NaN".utf8 : value > 0 ? "+Inf".utf8 : "-Inf".utf8)
        return true
    }

    /// `appendDecimal` as a text.
    static func decimal(_ value: Double) -> String { text { appendDecimal(value, to: &$0) } }

    /// `appendValue` as a text.
    static func value(_ value: Double) -> String { text { appendValue(value, to: &$0) } }

    /// `%g`, shortest: an exponent below 1e-4 and from 1e6 up.
    static func general(_ value: Double) -> String {
        let magnitude = value.magnitude
        return magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e6)
            ? text { appendScientific(value, to: &$0) } : decimal(value)
    }

    /// A float as OpenMetrics writes it in a label: always with a point or an exponent.
    static func openMetrics(_ value: Double) -> String {
        var text = general(value)
        if value.isFinite
            && !text.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") })
        {
            text += ".0"
        }
        return text
    }

    private static func text(_ append: (inout [UInt8]) -> Void) -> String {
        var bytes: [UInt8] = []
        append(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension NumberText {
    /// `%f`: six decimals.
    static func sixDecimals(_ value: Double) -> String {
        let magnitude = value.magnitude
        guard magnitude < 9e12 else { return decimal(value) }
        let millionths = UInt64((magnitude * 1_000_000).rounded())
        let fraction = String(millionths % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
        return "\(value < 0 ? "-" : "")\(millionths / 1_000_000).\(zeros)\(fraction)"
    }
}

extension NumberText {
    /// `%.2g`: two significant digits.
    static func twoDigits(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return decimal(value) }
        var digits = Digits(value)
        if digits.digits.count > 2 {
            let rest = digits.digits[2...]
            digits.digits.removeSubrange(2...)
            if rest[2] >= UInt8(ascii: "5") { digits.increment() }
        }
        let exponent = digits.exponent - 1
        return text {
            if exponent < -4 || exponent >= 2 {
                appendScientific(digits, to: &$0)
            } else {
                appendDecimal(digits, to: &$0)
            }
        }
    }
}

extension NumberText {
    /// Milliseconds as seconds: `1.500`, `-2`, no fraction where there is none.
    static func seconds(_ milliseconds: Int64) -> String {
        let magnitude = milliseconds.magnitude
        let sign = milliseconds < 0 ? "-" : ""
        let fraction = magnitude % 1000
        if fraction == 0 { return "\(sign)\(magnitude / 1000)" }
        let zeros = fraction < 10 ? "00" : fraction < 100 ? "0" : ""
        return "\(sign)\(magnitude / 1000).\(zeros)\(fraction)"
    }
}
