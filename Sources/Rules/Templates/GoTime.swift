import MetricModel

/// A point in time as Go's `time.Time` in UTC: fields, layouts, arithmetic.
struct GoTime: Sendable, CustomStringConvertible {
    /// Since the Unix epoch.
    var nanoseconds: Int64

    /// Whole seconds since the epoch, rounded down, and what is left.
    var unixSeconds: Int64 { nanoseconds.floorDivided(by: 1_000_000_000).quotient }
    /// Nanoseconds past the second.
    var fraction: Int64 { nanoseconds.floorDivided(by: 1_000_000_000).remainder }

    /// Years past 292 after or before 1970 cannot be.
    private var civil: CivilTime {
        CivilTime(Timestamp(milliseconds: nanoseconds.floorDivided(by: 1_000_000).quotient))
    }

    var year: Int { civil.year }
    var month: Int { civil.month }
    var day: Int { civil.day }
    /// 1 is the first of January.
    var dayOfYear: Int { civil.dayOfYear }
    /// 0 is Sunday.
    var weekday: Int { civil.weekday }
    var hour: Int { civil.hour }
    var minute: Int { civil.minute }
    var second: Int { civil.second }

    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]
    static let dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    var description: String { format("2006-01-02 15:04:05.999999999 -0700 MST") }

    // MARK: Layouts

    /// `Format` of Go: the layout shows how `Mon Jan 2 15:04:05 MST 2006` is to look.
    func format(_ layout: String) -> String {
        var result = ""
        var rest = Substring(layout)
        while let first = rest.first {
            if let element = Self.elements.first(where: { rest.hasPrefix($0) && isWhole($0, in: rest) }) {
                result += text(of: element)
                rest = rest.dropFirst(element.count)
            } else if first == "." || first == ",", let fractional = fractionElement(rest) {
                result += fractionText(fractional)
                rest = rest.dropFirst(fractional.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// Longer ones before their own beginnings.
    private static let elements = [
        "January", "Jan", "Monday", "Mon", "MST", "2006", "Z07:00:00", "Z070000", "Z07:00", "Z0700", "Z07",
        "-07:00:00", "-070000", "-07:00", "-0700", "-07", "__2", "_2", "002", "01", "02", "03", "04", "05",
        "06",
        "15", "PM", "pm", "1", "2", "3", "4", "5",
    ]

    /// Go takes `Jan` for the month only where no small letter follows it, and `_2` not in `_2006`.
    private func isWhole(_ element: String, in rest: Substring) -> Bool {
        let following = rest.dropFirst(element.count)
        switch element {
        case "Jan": return !(following.first.map { $0.isASCII && $0.isLowercase } ?? false)
        case "Mon": return !(following.first.map { $0.isASCII && $0.isLowercase } ?? false)
        case "_2": return !following.hasPrefix("006")
        default: return true
        }
    }

    private func text(of element: String) -> String {
        let twelve = hour % 12 == 0 ? 12 : hour % 12
        switch element {
        case "January": return Self.monthNames[month - 1]
        case "Jan": return String(Self.monthNames[month - 1].prefix(3))
        case "Monday": return Self.dayNames[weekday]
        case "Mon": return String(Self.dayNames[weekday].prefix(3))
        case "MST": return "UTC"
        case "2006": return padded(year, 4)
        case "06": return padded(year % 100, 2)
        case "01": return padded(month, 2)
        case "1": return "\(month)"
        case "02": return padded(day, 2)
        case "_2": return padded(day, 2, with: " ")
        case "2": return "\(day)"
        case "002": return padded(dayOfYear, 3)
        case "__2": return padded(dayOfYear, 3, with: " ")
        case "15": return padded(hour, 2)
        case "03": return padded(twelve, 2)
        case "3": return "\(twelve)"
        case "04": return padded(minute, 2)
        case "4": return "\(minute)"
        case "05": return padded(second, 2)
        case "5": return "\(second)"
        case "PM": return hour >= 12 ? "PM" : "AM"
        case "pm": return hour >= 12 ? "pm" : "am"
        case "-0700": return "+0000"
        case "-07:00": return "+00:00"
        case "-07": return "+00"
        case "-070000": return "+000000"
        case "-07:00:00": return "+00:00:00"
        // `Z07:00` and its kin.
        default: return "Z"
        }
    }

    /// `.000` or `,999`: as many digits as written, unless more digits follow.
    private func fractionElement(_ rest: Substring) -> Substring? {
        let digits = rest.dropFirst()
        guard let first = digits.first, first == "0" || first == "9" else { return nil }
        let run = digits.prefix { $0 == first }
        let after = digits.dropFirst(run.count).first
        if let after, after.isASCII, after.isNumber { return nil }
        return rest.prefix(1 + run.count)
    }

    private func fractionText(_ element: Substring) -> String {
        let count = min(element.count - 1, 9)
        var digits = Substring(padded(Int(fraction), 9).prefix(count))
        if element.last == "9" {
            while digits.last == "0" { digits.removeLast() }
            if digits.isEmpty { return "" }
        }
        return "\(element.first ?? ".")\(digits)"
            + String(repeating: "0", count: element.last == "0" ? element.count - 1 - count : 0)
    }

    private func padded(_ number: Int, _ width: Int, with fill: Character = "0") -> String {
        let text = "\(number.magnitude)"
        return (number < 0 ? "-" : "") + String(repeating: fill, count: max(0, width - text.count)) + text
    }

    // MARK: Durations

    /// `String` of Go's `time.Duration`: `1h0m0.5s`, `150ms`, `0s`.
    static func durationText(_ nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let all = nanoseconds.magnitude
        func decimal(_ value: UInt64, places: Int) -> String {
            var unit: UInt64 = 1
            for _ in 0..<places { unit *= 10 }
            var fraction = String(value % unit)
            fraction = String(repeating: "0", count: places - fraction.count) + fraction
            while fraction.last == "0" { fraction.removeLast() }
            return "\(value / unit)" + (fraction.isEmpty ? "" : "." + fraction)
        }
        if all < 1000 { return "\(sign)\(all)ns" }
        if all < 1_000_000 { return sign + decimal(all, places: 3) + "µs" }
        if all < 1_000_000_000 { return sign + decimal(all, places: 6) + "ms" }
        let seconds = decimal(all % 60_000_000_000, places: 9) + "s"
        let minutes = all / 60_000_000_000
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }
}

extension GoTime {
    /// Reads `2024-01-02T03:04:05.678Z`, or with `+01:00` for `Z`.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (48...57).contains($0) }) else {
                return nil
            }
            return bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        func has(_ character: Character, at index: Int) -> Bool {
            index < bytes.count && bytes[index] == character.asciiValue
        }
        guard has("-", at: 4), has("-", at: 7), has("T", at: 10) || has("t", at: 10) || has(" ", at: 10),
            has(":", at: 13), has(":", at: 16), let year = number(0..<4), let month = number(5..<7),
            let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16),
            let second = number(17..<19), (1...12).contains(month), (1...31).contains(day), hour < 24,
            minute < 60, second < 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if has(".", at: index) {
            index += 1
            var unit: Int64 = 100_000_000
            while index < bytes.count, (48...57).contains(bytes[index]) {
                fraction += Int64(bytes[index] - 48) * unit
                unit /= 10
                index += 1
            }
        }
        var offset: Int64 = 0
        if has("Z", at: index) || has("z", at: index) {
            index += 1
        } else {
            guard has("+", at: index) || has("-", at: index), has(":", at: index + 3),
                let hours = number(index + 1..<index + 3), let minutes = number(index + 4..<index + 6)
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (has("-", at: index) ? -1 : 1)
            index += 6
        }
        guard index == bytes.count else { return nil }
        let days = Int64(CivilDate.daysSinceEpoch(Int(year), Int(month), Int(day)))
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return nil }
        self.init(nanoseconds: whole.addingReportingOverflow(fraction).partialValue)
    }
}
