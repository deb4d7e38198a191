import MetricModel

/// One sample that a rule writes back: a recorded value, `ALERTS`, `ALERTS_FOR_STATE` or the stale marker of one of them.
package struct RuleOutput: Sendable {
    package var labels: LabelSet
    package var sample: Sample

    package init(labels: LabelSet, sample: Sample) {
        self.labels = labels
        self.sample = sample
    }
}

/// What one call of `RuleEngine.evaluate` did.
package struct RuleRun: Sendable {
    /// In the order of the evaluations that found them.
    package var transitions: [AlertTransition] = []
    /// Rules evaluated.
    package var evaluations = 0
    /// Evaluations of groups that were passed over because a later one was due already.
    package var missed = 0
    /// Evaluations of groups that came a whole interval or more after their time.
    package var late = 0
    /// False when the caller's pause ended the call early; the next call goes on where this one stopped.
    package var isFinished = true

    package init() {}
}

/// How a run treats evaluations whose time has passed.
package enum RulePace: Sendable, Equatable {
    /// All are carried out, in order: a replay gives the same transitions at any speed.
    case everyEvaluation
    /// Of a group's evaluations only the newest `behindMax` are carried out, the others are counted as missed: what a
    /// screen shows now matters more than what it would have shown.
    case live(behindMax: Int)
}

/// Whether a rule's last evaluation succeeded.
package enum RuleHealth: Sendable, Equatable {
    case unknown
    case ok
    /// In the words of Prometheus.
    case error(String)

    /// As Prometheus' API names it.
    package var name: String {
        switch self {
        case .unknown: "unknown"
        case .ok: "ok"
        case .error: "err"
        }
    }
}

/// One rule as a list of rules shows it.
package struct RuleStatus: Sendable {
    package var rule: Rule
    package var group: String
    package var file: String
    package var health: RuleHealth
    /// The worst state of its alerts; `normal` for recording rules.
    package var state: AlertState
    package var alertCount: Int
    package var lastEvaluation: Timestamp?
    /// CPU time of the last evaluation; `nil` when nobody measures.
    package var lastNanoseconds: UInt64?
    /// Evaluations that took longer than the budget.
    package var slowCount: Int
    package var failureCount: Int
}

/// One group as a list of groups shows it.
package struct RuleGroupStatus: Sendable {
    package var name: String
    package var file: String
    package var interval: TimeSpan
    package var lastEvaluation: Timestamp?
    package var evaluationCount: Int
    package var missedCount: Int
    package var lateCount: Int
}

/// What an engine is set to.
package struct RuleEngineOptions: Sendable {
    /// Of groups that name none.
    package var interval = TimeSpan.minutes(1)
    /// For templates; not added to what rules write.
    package var externalLabels = LabelSet.empty
    package var externalURL = ""
    /// How long an alert that ended is remembered.
    package var resolvedRetention = TimeSpan.minutes(15)
    package var templateLimits = TemplateLimits()
    /// A monotonic clock in nanoseconds, from the rim; `nil` to measure nothing.
    package var nanoseconds: (@Sendable () -> UInt64)?
    /// A rule that takes longer counts as slow.
    package var slowNanoseconds: UInt64 = 100_000_000
    /// Rules whose expression is a comparison with a number share the other side's value; off only to measure it.
    package var sharesResults = true
    /// Parsed queries of templates that are kept.
    package var templateQueriesMax = 1000

    package init() {}
}
