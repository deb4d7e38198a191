import DisplayText
import MetricModel

/// Lengths of time in Grafana's words.
enum DurationUnit: Sendable {
    case nanoseconds, microseconds, milliseconds, seconds, minutes, hours, days
    /// Hundredths of a second.
    case ticks
    /// `2 hours, 3 minutes`: as many parts as the field has decimals, and one.
    case wordsFromMilliseconds, wordsFromSeconds
    /// `02:03:04`, hours without an end.
    case hoursMinutesSeconds
    /// `3 d 02:03:04`.
    case daysHoursMinutesSeconds
    /// `02h:03m:04s:005ms`.
    case clockFromMilliseconds, clockFromSeconds

    private typealias Step = (below: Double, divisor: Double, suffix: String)

    private static let nanosecondSteps: [Step] = [
        (1e3, 1, " ns"), (1e6, 1e3, " µs"), (1e9, 1e6, " ms"), (6e10, 1e9, " s"), (3.6e12, 6e10, " min"),
        (8.64e13, 3.6e12, " hour"), (.infinity, 8.64e13, " day"),
    ]
    private static let microsecondSteps: [Step] = [
        (1e3, 1, " µs"), (1e6, 1e3, " ms"), (.infinity, 1e6, " s"),
    ]
    private static let millisecondSteps: [Step] = [
        (1e3, 1, " ms"), (6e4, 1e3, " s"), (3.6e6, 6e4, " min"), (8.64e7, 3.6e6, " hour"),
        (3.1536e10, 8.64e7, " day"), (.infinity, 3.1536e10, " year"),
    ]
    private static let secondSteps: [Step] = [
        (1e-6, 1e-9, " ns"), (1e-3, 1e-6, " µs"), (1, 1e-3, " ms"), (60, 1, " s"), (3600, 60, " min"),
        (86_400, 3600, " hour"), (604_800, 86_400, " day"), (31_536_000, 604_800, " week"),
        (.infinity, 3.15569e7, " year"),
    ]
    private static let minuteSteps: [Step] = [
        (60, 1, " min"), (1440, 60, " hour"), (10_080, 1440, " day"), (604_800, 10_080, " week"),
        (.infinity, 525_948, " year"),
    ]
    private static let hourSteps: [Step] = [
        (24, 1, " hour"), (168, 24, " day"), (8760, 168, " week"), (.infinity, 8760, " year"),
    ]
    private static let daySteps: [Step] = [
        (7, 1, " day"), (365, 7, " week"), (.infinity, 365, " year"),
    ]

    func format(_ value: Double, decimals: Int?) -> FormattedValue {
        guard value.isFinite else { return FormattedValue(text: SafeText(NumberText.fixed(value))) }
        switch self {
        case .nanoseconds: return stepped(value, decimals, Self.nanosecondSteps)
        case .microseconds: return stepped(value, decimals, Self.microsecondSteps)
        case .milliseconds: return stepped(value, decimals, Self.millisecondSteps)
        case .seconds: return stepped(value, decimals, Self.secondSteps)
        case .ticks: return stepped(value / 100, decimals, Self.secondSteps)
        case .minutes: return stepped(value, decimals, Self.minuteSteps)
        case .hours: return stepped(value, decimals, Self.hourSteps)
        case .days: return stepped(value, decimals, Self.daySteps)
        case .wordsFromMilliseconds:
            if value == 0 { return FormattedValue(text: "0", suffix: " milliseconds") }
            return words(value, decimals)
        case .wordsFromSeconds:
            if value == 0 { return FormattedValue(text: "0", suffix: " seconds") }
            return words(value * 1000, decimals)
        case .hoursMinutesSeconds: return FormattedValue(text: SafeText(clock(value)))
        case .daysHoursMinutesSeconds:
            let days = (value.magnitude / 86_400).rounded(.down)
            let rest = value.magnitude - days * 86_400
            let text = (days > 0 ? NumberText.fixed(days, decimals: 0) + " d " : "") + clock(rest)
            return FormattedValue(text: SafeText(text), suffix: value < 0 ? " ago" : "")
        case .clockFromMilliseconds: return FormattedValue(text: SafeText(parts(value, decimals)))
        case .clockFromSeconds: return FormattedValue(text: SafeText(parts(value * 1000, decimals)))
        }
    }

    private func stepped(_ value: Double, _ decimals: Int?, _ steps: [Step]) -> FormattedValue {
        // Zero has no size to choose a unit by: the unit itself says it.
        if value == 0 {
            let own = steps.first { $0.divisor == 1 } ?? steps[0]
            return FormattedValue(text: "0", suffix: SafeText(own.suffix))
        }
        let step = steps.first { value.magnitude < $0.below } ?? steps[steps.count - 1]
        return FormattedValue(
            text: SafeText(NumberText.fixed(value / step.divisor, decimals: decimals)),
            suffix: SafeText(step.suffix))
    }

    private static let wordUnits: [(milliseconds: Double, name: String)] = [
        (31_536_000_000, "year"), (2_592_000_000, "month"), (604_800_000, "week"), (86_400_000, "day"),
        (3_600_000, "hour"), (60_000, "minute"), (1000, "second"), (1, "millisecond"),
    ]

    private func words(_ milliseconds: Double, _ decimals: Int?) -> FormattedValue {
        var rest = milliseconds.magnitude
        var left = Swift.max(0, decimals ?? 0)
        var texts: [String] = []
        for unit in Self.wordUnits {
            let count = (rest / unit.milliseconds).rounded(.down)
            guard count >= 1 || !texts.isEmpty else { continue }
            texts.append(NumberText.fixed(count, decimals: 0) + " " + unit.name + (count == 1 ? "" : "s"))
            rest -= count * unit.milliseconds
            if left == 0 { break }
            left -= 1
        }
        // Less than a millisecond has no words of its own.
        if texts.isEmpty { texts = ["0 milliseconds"] }
        return FormattedValue(
            text: SafeText(texts.joined(separator: ", ")), suffix: milliseconds < 0 ? " ago" : "")
    }

    private func clock(_ seconds: Double) -> String {
        let whole = seconds.magnitude.rounded(.down)
        guard whole < 1e15 else { return NumberText.fixed(seconds, decimals: 0) }
        let count = Int(whole)
        let pieces = [count / 3600, count % 3600 / 60, count % 60]
        return pieces.map { zeroPadded($0, 2) }.joined(separator: ":") + (seconds < 0 ? " ago" : "")
    }

    private func parts(_ milliseconds: Double, _ decimals: Int?) -> String {
        guard milliseconds.magnitude < 1e15 else { return NumberText.fixed(milliseconds, decimals: 0) }
        let all = Int(milliseconds.magnitude.rounded(.down))
        let sign = milliseconds < 0 ? "-" : ""
        let thousandths = "\(zeroPadded(all % 1000, 3))ms"
        let seconds = "\(zeroPadded(all / 1000 % 60, 2))s"
        let minutes = "\(zeroPadded(all / 60_000 % 60, 2))m"
        let pieces: [String]
        let wanted: Int
        if all < 1000 {
            return sign + thousandths
        } else if all < 60_000 {
            pieces = [seconds, thousandths]
            wanted = decimals == 0 ? 1 : 2
        } else if all < 3_600_000 {
            pieces = [minutes, seconds, thousandths]
            wanted = decimals == 0 ? 1 : decimals == 1 ? 2 : 3
        } else {
            pieces = ["\(all / 3_600_000)h", minutes, seconds, thousandths]
            wanted = decimals.map { Swift.min($0, 3) + 1 } ?? 4
        }
        return sign + pieces.prefix(Swift.max(1, wanted)).joined(separator: ":")
    }
}
