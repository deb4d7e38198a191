import MetricModel

/// The cursor and the zone that dates are written in.
struct ZoneClock: Sendable, Hashable {
    /// Seconds east of UTC.
    var offsetSeconds: Int
    /// What "today" and "ago" refer to.
    var now: Timestamp

    static let utc = ZoneClock(offsetSeconds: 0, now: Timestamp(milliseconds: 0))
}

/// Values that are milliseconds since the epoch, as text.
enum DateUnit: Sendable {
    /// A pattern of moment.js: `YYYY-MM-DD HH:mm:ss`.
    case pattern(String)
    /// Another pattern for times of the cursor's own day.
    case patternToday(String, today: String)
    /// `3 hours ago`, `in 2 minutes`.
    case fromNow

    func text(_ milliseconds: Double, zone: ZoneClock) -> String {
        guard milliseconds.isFinite, milliseconds.magnitude < 8.64e15 else { return "Invalid date" }
        let time = CivilTime(
            Timestamp(milliseconds: Int64(milliseconds.rounded(.down))), zoneOffsetSeconds: zone.offsetSeconds
        )
        switch self {
        case .pattern(let pattern): return DatePattern.text(of: time, pattern)
        case .patternToday(let pattern, let today):
            let now = CivilTime(zone.now, zoneOffsetSeconds: zone.offsetSeconds)
            let isToday = now.daysSinceEpoch == time.daysSinceEpoch
            return DatePattern.text(of: time, isToday ? today : pattern)
        case .fromNow: return Self.ago(Double(zone.now.milliseconds) - milliseconds)
        }
    }

    /// A distance in the words of moment.js; negative distances lie in the future.
    private static func ago(_ milliseconds: Double) -> String {
        let seconds = (milliseconds.magnitude / 1000).rounded()
        let minutes = (milliseconds.magnitude / 60_000).rounded()
        let hours = (milliseconds.magnitude / 3_600_000).rounded()
        let days = (milliseconds.magnitude / 86_400_000).rounded()
        let months = (days / 30.436875).rounded()
        let years = (days / 365.2425).rounded()
        func many(_ count: Double, _ unit: String) -> String { NumberText.fixed(count, decimals: 0) + unit }
        let text =
            seconds < 45
            ? "a few seconds"
            : minutes <= 1
                ? "a minute"
                : minutes < 45
                    ? many(minutes, " minutes")
                    : hours <= 1
                        ? "an hour"
                        : hours < 22
                            ? many(hours, " hours")
                            : days <= 1
                                ? "a day"
                                : days < 26
                                    ? many(days, " days")
                                    : months <= 1
                                        ? "a month"
                                        : months < 11
                                            ? many(months, " months")
                                            : years <= 1 ? "a year" : many(years, " years")
        return milliseconds < 0 ? "in " + text : text + " ago"
    }
}

/// The patterns of moment.js.
enum DatePattern {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]
    private static let weekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    /// Longest first, so that `MMMM` is not read as `MM` twice.
    private static let tokens = [
        "LLLL", "MMMM", "YYYY", "dddd", "DDDD", "SSS", "MMM", "ddd", "DDD", "LTS", "LLL", "Mo", "Do", "MM",
        "DD", "YY", "HH", "hh", "mm", "ss", "SS", "dd", "ZZ", "LT", "LL", "kk", "M", "D", "H", "h", "m", "s",
        "S", "d", "E", "a", "A", "Z", "X", "x", "L", "Q", "k", "z", "Y",
    ]

    static func text(of time: CivilTime, _ pattern: String) -> String {
        var result = ""
        var rest = Substring(pattern)
        while let first = rest.first {
            if first == "[", let end = rest.firstIndex(of: "]") {
                result += rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
            } else if first == "\\", rest.count > 1 {
                rest.removeFirst()
                result.append(rest.removeFirst())
            } else if let token = tokens.first(where: { rest.hasPrefix($0) }) {
                result += value(of: token, time)
                rest = rest.dropFirst(token.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    private static func value(of token: String, _ time: CivilTime) -> String {
        let twelve = time.hour % 12 == 0 ? 12 : time.hour % 12
        switch token {
        case "YYYY", "Y": return "\(time.year)"
        case "YY": return zeroPadded(time.year % 100, 2)
        case "Q": return "\((time.month + 2) / 3)"
        case "M": return "\(time.month)"
        case "Mo": return ordinal(time.month)
        case "MM": return zeroPadded(time.month, 2)
        case "MMM": return String(months[time.month - 1].prefix(3))
        case "MMMM": return months[time.month - 1]
        case "D": return "\(time.day)"
        case "Do": return ordinal(time.day)
        case "DD": return zeroPadded(time.day, 2)
        case "DDD": return "\(time.dayOfYear)"
        case "DDDD": return zeroPadded(time.dayOfYear, 3)
        case "d": return "\(time.weekday)"
        case "E": return "\(time.weekday == 0 ? 7 : time.weekday)"
        case "dd": return String(weekdays[time.weekday].prefix(2))
        case "ddd": return String(weekdays[time.weekday].prefix(3))
        case "dddd": return weekdays[time.weekday]
        case "H": return "\(time.hour)"
        case "HH": return zeroPadded(time.hour, 2)
        case "h": return "\(twelve)"
        case "hh": return zeroPadded(twelve, 2)
        case "k": return "\(time.hour == 0 ? 24 : time.hour)"
        case "kk": return zeroPadded(time.hour == 0 ? 24 : time.hour, 2)
        case "m": return "\(time.minute)"
        case "mm": return zeroPadded(time.minute, 2)
        case "s": return "\(time.second)"
        case "ss": return zeroPadded(time.second, 2)
        case "S": return "\(time.millisecond / 100)"
        case "SS": return zeroPadded(time.millisecond / 10, 2)
        case "SSS": return zeroPadded(time.millisecond, 3)
        case "a": return time.hour < 12 ? "am" : "pm"
        case "A": return time.hour < 12 ? "AM" : "PM"
        case "Z": return offset(time.zoneOffsetSeconds, ":")
        case "ZZ": return offset(time.zoneOffsetSeconds, "")
        case "z": return time.zoneOffsetSeconds == 0 ? "UTC" : offset(time.zoneOffsetSeconds, ":")
        case "X": return "\(time.timestamp.milliseconds / 1000)"
        case "x": return "\(time.timestamp.milliseconds)"
        case "LT": return text(of: time, "h:mm A")
        case "LTS": return text(of: time, "h:mm:ss A")
        case "L": return text(of: time, "MM/DD/YYYY")
        case "LL": return text(of: time, "MMMM D, YYYY")
        case "LLL": return text(of: time, "MMMM D, YYYY h:mm A")
        case "LLLL": return text(of: time, "dddd, MMMM D, YYYY h:mm A")
        default: return token
        }
    }

    private static func ordinal(_ number: Int) -> String {
        let suffix =
            switch (number % 100, number % 10) {
            case (11...13, _): "th"
            case (_, 1): "st"
            case (_, 2): "nd"
            case (_, 3): "rd"
            default: "th"
            }
        return "\(number)\(suffix)"
    }

    private static func offset(_ seconds: Int, _ separator: String) -> String {
        let minutes = Int(seconds.magnitude) / 60
        return (seconds < 0 ? "-" : "+") + zeroPadded(minutes / 60, 2) + separator
            + zeroPadded(minutes % 60, 2)
    }
}
