import MetricModel
import PromQL

/// Alerts of another time than the last evaluation's.
extension RuleEngine {
    /// An alert as it was at `time`, when its value was `value`: with the annotations that it had then.
    ///
    /// - Parameters:
    ///   - alert: as it was after its last change of state. It keeps its annotations when its rule is gone.
    ///   - source: for annotations that ask queries.
    package func alert(
        _ alert: AlertInstance, at time: Timestamp, value: Double, in source: any SeriesSource
    ) -> AlertInstance {
        var alert = alert
        alert.value = value
        guard alert.state != .error, let (group, state) = place(of: alert) else { return alert }
        let evaluated = Self.gridPoint(atOrBefore: time, interval: groups[group].interval)
        let fields = state.annotations(
            labels: alert.element, value: value, expansion(at: evaluated, in: source))
        alert.annotations = Dictionary(
            zip(state.rule.annotations.map(\.name), fields), uniquingKeysWith: { first, _ in first })
        return alert
    }

    /// Whether an alert is getting worse, from the values that it had lately.
    ///
    /// - Parameter samples: its values over `AlertCourse.window`, oldest first.
    package func course(of alert: AlertInstance, _ samples: SampleBuffer) -> AlertCourse? {
        guard let (_, state) = place(of: alert) else { return nil }
        return AlertCourse(samples, of: state.rule.expression)
    }

    /// What the alerts of a rule that could not be evaluated say of it, beside the rule's own.
    ///
    /// - Parameter failure: the alert of the rule itself, in state `error`.
    package static func reason(_ failure: AlertInstance) -> String {
        Self.failure(failure.reason ?? "", since: failure.activeSince)
    }

    /// How many alerting rules that were evaluated have none of these alerts.
    package func quietRuleCount(beside alerts: [AlertInstance]) -> Int {
        let loud = Set(alerts.lazy.filter { $0.state != .normal }.compactMap(\.rule))
        return groups.reduce(0) { count, group in
            count
                + group.rules.count {
                    $0.rule.isAlerting && $0.lastEvaluation != nil && !loud.contains($0.identity)
                }
        }
    }

    private func place(of alert: AlertInstance) -> (group: Int, state: RuleState)? {
        guard let identity = alert.rule else { return nil }
        var found: (group: Int, state: RuleState)?
        for index in groups.indices {
            guard let state = groups[index].rules.first(where: { $0.identity == identity }) else { continue }
            if groups[index].group.name == alert.group { return (index, state) }
            found = found ?? (index, state)
        }
        return found
    }
}
