import DisplayText
import MetricModel

/// A length of time in at most five columns: `8s`, `1m40s`, `14m`, `5h02m`, `2d4h`, `40d`.
///
/// The smaller unit is left out once the larger one has two digits. Anything negative is `0s`.
package func formatAge(_ span: TimeSpan) -> SafeText {
    let seconds = max(0, span.milliseconds) / 1000
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<600: return SafeText("\(minutes)m\(zeroPadded(Int(seconds % 60), 2))s")
    case ..<3600: return "\(minutes)m"
    case ..<36_000: return SafeText("\(hours)h\(zeroPadded(Int(minutes % 60), 2))m")
    case ..<86_400: return "\(hours)h"
    case ..<864_000:
        return hours % 24 == 0 ? "\(days)d" : "\(days)d\(hours % 24)h"
    case ..<315_360_000: return "\(days)d"
    default: return "\(days / 365)y"
    }
}

/// The age of `since` at `cursor`.
package func formatAge(since: Timestamp, at cursor: Timestamp) -> SafeText { formatAge(cursor - since) }
