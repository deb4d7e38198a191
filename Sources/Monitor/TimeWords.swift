import MetricModel

/// Times as people type them: `now`, `-15m`, `+1h`, `10:28`, `10:28:14`, RFC 3339, seconds since the epoch.
enum TimeWords {
    /// - Parameters:
    ///   - now: where the cursor stands; differences count from there.
    ///   - zone: seconds east of UTC, for times of day, which are put on the day of the cursor.
    static func time(_ text: String, now: Timestamp, clock: Timestamp, zone: Int) -> Timestamp? {
        let text = text.filter { $0 != " " }
        if text == "now" { return clock }
        if let first = text.first, first == "-" || first == "+" {
            guard let span = span(text.dropFirst()) else { return nil }
            return first == "-" ? now - span : now + span
        }
        if text.hasSuffix("ago") { return span(text.dropLast(3)).map { clock - $0 } }
        if let time = Timestamp(rfc3339: text) { return time }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        if (2...3).contains(parts.count), let hour = parts[0], let minute = parts[1], (0..<24).contains(hour),
            (0..<60).contains(minute)
        {
            let second = parts.count == 3 ? parts[2] : 0
            guard let second, (0..<60).contains(second) else { return nil }
            let local = now.milliseconds + Int64(zone) * 1000
            let day = (local >= 0 ? local : local - 86_399_999) / 86_400_000 * 86_400_000
            let ofDay = Int64(hour * 3600 + minute * 60 + second) * 1000
            return Timestamp(milliseconds: day + ofDay - Int64(zone) * 1000)
        }
        if let seconds = Double(text), seconds > 1e8, seconds < 1e11 { return Timestamp(seconds: seconds) }
        return nil
    }

    /// `15m`, `1h30m`, `90s`, `2d`.
    private static func span(_ text: some StringProtocol) -> TimeSpan? {
        var total: Int64 = 0
        var number: Int64?
        for character in text {
            if let digit = character.wholeNumberValue, character.isASCII {
                let (value, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
                guard !overflow, value < 1_000_000_000 else { return nil }
                number = value + Int64(digit)
                continue
            }
            let units: [Character: Int64] = [
                "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
            ]
            guard let count = number, let unit = units[character] else { return nil }
            total += count * unit
            number = nil
        }
        return number == nil && total > 0 ? TimeSpan(milliseconds: total) : nil
    }
}
