/// Dates as files, Airflow and HTTP write them, in the proleptic Gregorian calendar and UTC.
package enum CalendarTime {
    /// RFC 3339 with an offset, to the millisecond: `2026-11-21T00:14:49.181332+00:00`.
    ///
    /// - Returns: `nil` for anything else; a time without an offset is refused rather than guessed.
    package static func timestamp(rfc3339 text: String) -> Timestamp? {
        var scanner = DigitScanner(text)
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2),
            scanner.skip("-"),
            let day = scanner.number(2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2),
            scanner.skip(":"),
            let second = scanner.number(2), (1...12).contains(month), (1...31).contains(day), hour < 24,
            minute < 60,
            second <= 60
        else { return nil }
        let milliseconds = scanner.skip(".") ? scanner.fraction() : 0
        guard let milliseconds else { return nil }
        var offset = 0
        if !(scanner.skip("Z") || scanner.skip("z")) {
            let sign = scanner.skip("+") ? 1 : scanner.skip("-") ? -1 : 0
            guard sign != 0, let hours = scanner.number(2), scanner.skip(":"), let minutes = scanner.number(2)
            else {
                return nil
            }
            offset = sign * (hours * 60 + minutes) * 60
        }
        guard scanner.isAtEnd else { return nil }
        let days = CivilDate.daysSinceEpoch(year, month, day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Timestamp(milliseconds: Int64(seconds) * 1000 + Int64(milliseconds))
    }

    /// The date of an HTTP answer: `Sat, 21 Nov 2026 00:14:52 GMT`.
    package static func timestamp(httpDate text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
            let year = Int(words[3])
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (1...31).contains(day), (1970...9999).contains(year) else { return nil }
        let days = CivilDate.daysSinceEpoch(year, month + 1, day)
        let seconds = days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
        return Timestamp(milliseconds: Int64(seconds) * 1000)
    }

    /// `time` in UTC to the second, as Airflow takes it: `2026-11-21T00:09:58+00:00`.
    package static func rfc3339(_ time: Timestamp) -> String {
        let civil = CivilTime(time)
        func two(_ number: Int) -> String { zeroPadded(number, 2) }
        return "\(civil.year)-\(two(civil.month))-\(two(civil.day))"
            + "T\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))+00:00"
    }
}

extension Timestamp {
    /// RFC 3339 with an offset; `nil` for anything else.
    package init?(rfc3339 text: String) {
        guard let time = CalendarTime.timestamp(rfc3339: text) else { return nil }
        self = time
    }
}

/// Reads fixed numbers of digits.
private struct DigitScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(character.value) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ digits: Int) -> Int? {
        guard rest.count >= digits else { return nil }
        var value = 0
        for byte in rest.prefix(digits) {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        rest.removeFirst(digits)
        return value
    }

    /// Milliseconds of a fraction of any length.
    mutating func fraction() -> Int? {
        var value = 0
        var digits = 0
        while let byte = rest.first, byte >= 0x30, byte <= 0x39 {
            if digits < 3 { value = value * 10 + Int(byte - 0x30) }
            digits += 1
            rest.removeFirst()
        }
        guard digits > 0 else { return nil }
        for _ in digits..<max(digits, 3) { value *= 10 }
        return value
    }
}
