import DisplayText
import MetricModel

/// A timestamp as a clock on the wall shows it, in a zone of fixed offset.
///
/// - SeeAlso: Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
package struct CivilTime: Sendable, Equatable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    package init(_ time: Timestamp, zoneOffsetSeconds: Int) {
        let (local, _) = floorDivision(time.milliseconds, 1000)
        let (seconds, overflow) = local.addingReportingOverflow(Int64(zoneOffsetSeconds))
        let (days, rest) = floorDivision(overflow ? local : seconds, 86_400)
        hour = Int(rest / 3600)
        minute = Int(rest / 60 % 60)
        second = Int(rest % 60)
        let shifted = days + 719_468
        let (era, dayOfEra) = floorDivision(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// `10:28`
    package var hourMinute: SafeText { SafeText("\(twoDigits(hour)):\(twoDigits(minute))") }
    /// `10:28:14`
    package var clock: SafeText { SafeText("\(hourMinute.string):\(twoDigits(second))") }
    /// `11-20`
    package var monthDay: SafeText { SafeText("\(twoDigits(month))-\(twoDigits(day))") }
    /// `2026-11-20`
    package var date: SafeText { SafeText("\(year)-\(monthDay.string)") }
}

func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// Quotient rounded down and a remainder that is never negative, for a positive divisor.
func floorDivision(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
