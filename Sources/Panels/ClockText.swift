import DisplayText
import MetricModel

extension CivilTime {
    /// `10:28`
    package var hourMinute: SafeText { SafeText("\(zeroPadded(hour, 2)):\(zeroPadded(minute, 2))") }
    /// `10:28:14`
    package var clock: SafeText { SafeText("\(hourMinute.string):\(zeroPadded(second, 2))") }
    /// `11-20`
    package var monthDay: SafeText { SafeText("\(zeroPadded(month, 2))-\(zeroPadded(day, 2))") }
    /// `2026-11-20`
    package var date: SafeText { SafeText("\(year)-\(monthDay.string)") }
}
