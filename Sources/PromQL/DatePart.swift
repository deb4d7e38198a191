/// A part of the date and time in UTC that Unix seconds stand for.
enum DatePart: String {
    case minute, hour, month, year
    case dayOfMonth = "day_of_month"
    case dayOfWeek = "day_of_week"
    case dayOfYear = "day_of_year"
    case daysInMonth = "days_in_month"

    /// - Parameter seconds: since the Unix epoch; fractions are cut off.
    func value(ofSeconds seconds: Double) -> Double {
        // Dates 30 million years away would overflow the calendar; nothing meaningful lies there.
        let whole = seconds.isNaN ? 0 : Int64(Swift.min(Swift.max(seconds, -1e15), 1e15))
        return value(ofSeconds: whole)
    }

    /// - Parameter seconds: since the Unix epoch, within 10¹⁵ of it.
    func value(ofSeconds seconds: Int64) -> Double {
        let days = Self.floorDivide(seconds, 86_400)
        let secondOfDay = seconds - days * 86_400
        switch self {
        case .minute: return Double(secondOfDay / 60 % 60)
        case .hour: return Double(secondOfDay / 3600)
        // The epoch was a Thursday.
        case .dayOfWeek: return Double((days % 7 + 11) % 7)
        case .month, .year, .dayOfMonth, .dayOfYear, .daysInMonth: break
        }
        let date = CivilDate(daysSinceEpoch: days)
        switch self {
        case .year: return Double(date.year)
        case .month: return Double(date.month)
        case .dayOfMonth: return Double(date.day)
        case .dayOfYear: return Double(days - CivilDate.daysSinceEpoch(date.year, 1, 1) + 1)
        default:
            let (nextYear, nextMonth) = date.month == 12 ? (date.year + 1, 1) : (date.year, date.month + 1)
            return Double(
                CivilDate.daysSinceEpoch(nextYear, nextMonth, 1)
                    - CivilDate.daysSinceEpoch(date.year, date.month, 1))
        }
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        let quotient = a / b
        return a % b < 0 ? quotient - 1 : quotient
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days` and `days_from_civil`.
struct CivilDate {
    var year: Int64
    /// 1 to 12.
    var month: Int64
    /// 1 to 31.
    var day: Int64

    init(daysSinceEpoch: Int64) {
        let days = daysSinceEpoch + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The number of a day, 0 for 1 January 1970.
    static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
