import DisplayText
import Rules

/// What stands behind a list without alerts: only rules that were evaluated make it an all-clear.
package enum RuleCoverage: Sendable, Hashable {
    case noRules
    /// Rules that record series, and none that alerts.
    case noAlertRules
    case notEvaluated
    /// History is being read still.
    case reading
    /// Nothing has come that rules could look at.
    case noData
    /// So many alert rules were evaluated at least once.
    case watched(Int)

    package init(_ rules: [RuleStatus]) {
        let alerting = rules.filter(\.rule.isAlerting)
        let evaluated = alerting.count { $0.lastEvaluation != nil }
        self =
            if rules.isEmpty {
                .noRules
            } else if alerting.isEmpty {
                .noAlertRules
            } else {
                evaluated == 0 ? .notEvaluated : .watched(evaluated)
            }
    }

    /// That nothing is watched, and nothing will be; `nil` when there are alert rules.
    package var absence: SafeText? {
        switch self {
        case .noRules: "no rules loaded"
        case .noAlertRules: "no alert rules loaded"
        case .notEvaluated, .reading, .noData, .watched: nil
        }
    }

    /// Why a list without alerts says nothing; `nil` when it is an all-clear.
    package var doubt: SafeText? {
        switch self {
        case .noRules, .noAlertRules: absence.map { "\($0): nothing is watched" }
        case .notEvaluated: "no rule was evaluated yet"
        case .reading: "history is being read"
        case .noData: "no data yet: nothing is known"
        case .watched: nil
        }
    }
}
