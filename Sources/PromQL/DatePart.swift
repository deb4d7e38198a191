import MetricModel

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
        let time = CivilTime(Timestamp(milliseconds: seconds * 1000))
        switch self {
        case .minute: return Double(time.minute)
        case .hour: return Double(time.hour)
        case .dayOfWeek: return Double(time.weekday)
        case .month: return Double(time.month)
        case .year: return Double(time.year)
        case .dayOfMonth: return Double(time.day)
        case .dayOfYear: return Double(time.dayOfYear)
        case .daysInMonth: return Double(CivilDate.daysInMonth(time.year, time.month))
        }
    }
}
