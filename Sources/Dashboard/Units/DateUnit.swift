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
            milliseconds: Int64(milliseconds.rounded(.down)), offsetSeconds: zone.offsetSeconds)
        switch self {
        case .pattern(let pattern): return DatePattern.text(of: time, pattern)
        case .patternToday(let pattern, let today):
            let now = CivilTime(milliseconds: zone.now.milliseconds, offsetSeconds: zone.offsetSeconds)
            let isToday = now.year == time.year && now.month == time.month && now.day == time.day
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

/// A point in time as the calendar and the clock of a zone show it.
struct CivilTime: Sendable, Equatable {
    var year: Int64
    var month: Int64
    var day: Int64
    var hour: Int64
    var minute: Int64
    var second: Int64
    var millisecond: Int64
    /// 0 is Sunday.
    var weekday: Int64
    var offsetSeconds: Int
    /// Milliseconds since the epoch, UTC.
    var epochMilliseconds: Int64

    /// - Parameter milliseconds: since the epoch, within ±8.64e15.
    init(milliseconds: Int64, offsetSeconds: Int) {
        epochMilliseconds = milliseconds
        self.offsetSeconds = offsetSeconds
        let local = milliseconds &+ Int64(offsetSeconds) * 1000
        let days = Self.floorDivide(local, 86_400_000)
        let rest = local - days * 86_400_000
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1000 % 60
        millisecond = rest % 1000
        weekday = ((days % 7) + 11) % 7
        // Days since the era of 400 years that began on 1 March of year 0: leap days then fall at the end.
        let shifted = days + 719_468
        let era = Self.floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since the epoch of a date of the proleptic Gregorian calendar.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Counted from 1.
    var dayOfYear: Int64 {
        Self.days(year: year, month: month, day: day) - Self.days(year: year, month: 1, day: 1) + 1
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        let quotient = a / b
        return a % b < 0 ? quotient - 1 : quotient
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
        case "YY": return twoDigits(time.year % 100)
        case "Q": return "\((time.month + 2) / 3)"
        case "M": return "\(time.month)"
        case "Mo": return ordinal(time.month)
        case "MM": return twoDigits(time.month)
        case "MMM": return String(months[Int(time.month) - 1].prefix(3))
        case "MMMM": return months[Int(time.month) - 1]
        case "D": return "\(time.day)"
        case "Do": return ordinal(time.day)
        case "DD": return twoDigits(time.day)
        case "DDD": return "\(time.dayOfYear)"
        case "DDDD": return threeDigits(time.dayOfYear)
        case "d": return "\(time.weekday)"
        case "E": return "\(time.weekday == 0 ? 7 : time.weekday)"
        case "dd": return String(weekdays[Int(time.weekday)].prefix(2))
        case "ddd": return String(weekdays[Int(time.weekday)].prefix(3))
        case "dddd": return weekdays[Int(time.weekday)]
        case "H": return "\(time.hour)"
        case "HH": return twoDigits(time.hour)
        case "h": return "\(twelve)"
        case "hh": return twoDigits(twelve)
        case "k": return "\(time.hour == 0 ? 24 : time.hour)"
        case "kk": return twoDigits(time.hour == 0 ? 24 : time.hour)
        case "m": return "\(time.minute)"
        case "mm": return twoDigits(time.minute)
        case "s": return "\(time.second)"
        case "ss": return twoDigits(time.second)
        case "S": return "\(time.millisecond / 100)"
        case "SS": return twoDigits(time.millisecond / 10)
        case "SSS": return threeDigits(time.millisecond)
        case "a": return time.hour < 12 ? "am" : "pm"
        case "A": return time.hour < 12 ? "AM" : "PM"
        case "Z": return offset(time.offsetSeconds, ":")
        case "ZZ": return offset(time.offsetSeconds, "")
        case "z": return time.offsetSeconds == 0 ? "UTC" : offset(time.offsetSeconds, ":")
        case "X": return "\(time.epochMilliseconds / 1000)"
        case "x": return "\(time.epochMilliseconds)"
        case "LT": return text(of: time, "h:mm A")
        case "LTS": return text(of: time, "h:mm:ss A")
        case "L": return text(of: time, "MM/DD/YYYY")
        case "LL": return text(of: time, "MMMM D, YYYY")
        case "LLL": return text(of: time, "MMMM D, YYYY h:mm A")
        case "LLLL": return text(of: time, "dddd, MMMM D, YYYY h:mm A")
        default: return token
        }
    }

    private static func ordinal(_ number: Int64) -> String {
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
        let minutes = Int64(seconds.magnitude) / 60
        return (seconds < 0 ? "-" : "+") + twoDigits(minutes / 60) + separator + twoDigits(minutes % 60)
    }
}
