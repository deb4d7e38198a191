import MetricModel

/// A stretch of time, both ends included.
package struct TimeRange: Sendable, Hashable {
    package var from: Timestamp
    package var to: Timestamp

    package init(from: Timestamp, to: Timestamp) {
        self.from = from
        self.to = to
    }

    package var length: TimeSpan { to - from }

    /// The part of it that calendars know.
    var withinCalendars: TimeRange {
        let limit = Int64(TimeExpression.distanceMax)
        func clamped(_ time: Timestamp) -> Timestamp {
            Timestamp(milliseconds: min(max(time.milliseconds, -limit), limit))
        }
        return TimeRange(from: clamped(from), to: clamped(to))
    }
}

/// A point in time as a dashboard writes it: `now-1h`, `now-1d/d`, an ISO date, milliseconds since the epoch.
struct TimeExpression: Sendable, Equatable {
    enum Unit: Character, Sendable {
        case second = "s", minute = "m", hour = "h", day = "d", week = "w", month = "M", quarter = "Q"
        case year = "y"
    }

    enum Base: Sendable, Equatable {
        case now
        case time(Timestamp)
    }

    enum Change: Sendable, Equatable {
        /// Forwards or, negative, backwards.
        case shift(Int64, Unit)
        /// To the start of the unit, or to its last millisecond when the expression ends a range.
        case round(Unit)
    }

    var base: Base
    var changes: [Change]

    static let now = TimeExpression(base: .now, changes: [])

    /// - Returns: `nil` when `text` is none of these.
    init?(_ text: String) {
        let trimmed = text.filter { $0 != " " }
        if trimmed.hasPrefix("now") {
            base = .now
            guard let changes = Self.changes(trimmed.dropFirst(3)) else { return nil }
            self.changes = changes
        } else if let split = text.range(of: "||") {
            guard let time = Self.absolute(text[..<split.lowerBound]),
                let changes = Self.changes(text[split.upperBound...])
            else { return nil }
            base = .time(time)
            self.changes = changes
        } else {
            guard let time = Self.absolute(Substring(text)) else { return nil }
            base = .time(time)
            changes = []
        }
    }

    init(base: Base, changes: [Change]) {
        self.base = base
        self.changes = changes
    }

    /// - Parameters:
    ///   - isEnd: rounding then goes to the end of the unit.
    ///   - offsetSeconds: the zone whose days and weeks are meant.
    func time(at now: Timestamp, isEnd: Bool, offsetSeconds: Int) -> Timestamp {
        var time: Timestamp
        switch base {
        case .now: time = now
        case .time(let fixed): time = fixed
        }
        for change in changes {
            switch change {
            case .shift(let count, let unit): time = Self.shifted(time, count, unit, offsetSeconds)
            case .round(let unit): time = Self.rounded(time, unit, isEnd: isEnd, offsetSeconds)
            }
        }
        return min(
            max(time, Timestamp(milliseconds: -Int64(Self.distanceMax))),
            Timestamp(milliseconds: Int64(Self.distanceMax)))
    }

    /// Milliseconds on both sides of the epoch within which calendars are calculated with: a hundred million days.
    static let distanceMax: UInt64 = 8_640_000_000_000_000

    private static func changes(_ text: Substring) -> [Change]? {
        var rest = text
        var changes: [Change] = []
        while let sign = rest.popFirst() {
            switch sign {
            case "/":
                guard let letter = rest.popFirst() else { return nil }
                // `fy` and `fQ` are fiscal years and quarters, which begin as the calendar's do unless configured.
                let name = letter == "f" ? rest.popFirst() : letter
                guard let name, let unit = Unit(rawValue: name) else { return nil }
                changes.append(.round(unit))
            case "+", "-":
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                rest = rest.dropFirst(digits.count)
                let count = digits.isEmpty ? 1 : Int64(digits)
                guard let count, count <= 1_000_000_000, let letter = rest.popFirst(),
                    let unit = Unit(rawValue: letter)
                else { return nil }
                changes.append(.shift(sign == "-" ? -count : count, unit))
            default: return nil
            }
        }
        return changes
    }

    private static func absolute(_ text: Substring) -> Timestamp? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text
        if !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), digits.count > 4 {
            guard let time = Int64(text), time.magnitude <= Self.distanceMax else { return nil }
            return Timestamp(milliseconds: time)
        }
        return isoTime(text)
    }

    /// `2026-11-20`, `2026-11-20T10:28:14.5Z`, `2026-11-20 10:28`, with an offset or, without one, in UTC.
    private static func isoTime(_ text: Substring) -> Timestamp? {
        var rest = text
        func number(_ length: Int) -> Int? {
            let digits = rest.prefix(length)
            guard digits.count == length, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
            rest = rest.dropFirst(length)
            return Int(digits)
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.contains(first) else { return false }
            rest.removeFirst()
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), (1...12).contains(month), skip("-"),
            let day = number(2), (1...31).contains(day)
        else { return nil }
        var milliseconds = CivilDate.daysSinceEpoch(year, month, day) * 86_400_000
        if skip("T ") {
            guard let hour = number(2), hour < 25, skip(":"), let minute = number(2), minute < 60 else {
                return nil
            }
            milliseconds += hour * 3_600_000 + minute * 60_000
            if skip(":") {
                guard let second = number(2), second < 61 else { return nil }
                milliseconds += second * 1000
                if skip(".") {
                    let digits = rest.prefix { $0.isASCII && $0.isNumber }
                    rest = rest.dropFirst(digits.count)
                    milliseconds += Int(String((digits + "000").prefix(3))) ?? 0
                }
            }
            if skip("Zz") {
            } else if let sign = rest.first, sign == "+" || sign == "-" {
                rest.removeFirst()
                guard let hours = number(2) else { return nil }
                _ = skip(":")
                let offset = (hours * 60 + (number(2) ?? 0)) * 60_000
                milliseconds += sign == "+" ? -offset : offset
            }
        }
        return rest.isEmpty ? Timestamp(milliseconds: Int64(milliseconds)) : nil
    }

    private static func shifted(
        _ time: Timestamp, _ count: Int64, _ unit: Unit, _ offsetSeconds: Int
    ) -> Timestamp {
        switch unit {
        case .second: return time + .seconds(count)
        case .minute: return time + .minutes(count)
        case .hour: return time + .hours(count)
        case .day: return time + .hours(24 * count)
        case .week: return time + .hours(168 * count)
        case .month: return byMonths(time, count, offsetSeconds)
        case .quarter: return byMonths(time, 3 * count, offsetSeconds)
        case .year: return byMonths(time, 12 * count, offsetSeconds)
        }
    }

    private static func byMonths(_ time: Timestamp, _ count: Int64, _ offsetSeconds: Int) -> Timestamp {
        guard time.milliseconds.magnitude < 8_640_000_000_000_000, count.magnitude < 1_000_000 else {
            return time
        }
        let civil = CivilTime(time, zoneOffsetSeconds: offsetSeconds)
        let (year, month) = (civil.year * 12 + civil.month - 1 + Int(count)).floorDivided(by: 12)
        let day = Swift.min(civil.day, CivilDate.daysInMonth(year, month + 1))
        let days = CivilDate.daysSinceEpoch(year, month + 1, day) - civil.daysSinceEpoch
        return time + .hours(24 * Int64(days))
    }

    /// Milliseconds from the epoch to the beginning of a day, both of the zone.
    private static func midnight(_ daysSinceEpoch: Int) -> Int64 { Int64(daysSinceEpoch) * 86_400_000 }

    private static func rounded(
        _ time: Timestamp, _ unit: Unit, isEnd: Bool, _ offsetSeconds: Int
    ) -> Timestamp {
        guard time.milliseconds.magnitude < 8_640_000_000_000_000 else { return time }
        let civil = CivilTime(time, zoneOffsetSeconds: offsetSeconds)
        let today = midnight(civil.daysSinceEpoch)
        var start: Int64
        switch unit {
        case .second: start = today + Int64(civil.hour * 3600 + civil.minute * 60 + civil.second) * 1000
        case .minute: start = today + Int64(civil.hour * 60 + civil.minute) * 60_000
        case .hour: start = today + Int64(civil.hour) * 3_600_000
        case .day: start = today
        // Weeks begin on Monday, as ISO has it.
        case .week: start = midnight(civil.daysSinceEpoch - (civil.weekday + 6) % 7)
        case .month: start = midnight(CivilDate.daysSinceEpoch(civil.year, civil.month, 1))
        case .quarter:
            start = midnight(CivilDate.daysSinceEpoch(civil.year, (civil.month - 1) / 3 * 3 + 1, 1))
        case .year: start = midnight(CivilDate.daysSinceEpoch(civil.year, 1, 1))
        }
        start -= Int64(offsetSeconds) * 1000
        let begin = Timestamp(milliseconds: start)
        guard isEnd else { return begin }
        return shifted(begin, 1, unit, offsetSeconds) - TimeSpan(milliseconds: 1)
    }
}
