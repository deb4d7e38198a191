import MetricModel

/// What the screen and the commands show of an engine.
extension RuleEngine {
    /// Every alert that is not normal, and one for each alerting rule that cannot be evaluated; in the order of groups,
    /// rules and labels.
    package mutating func alerts() -> [AlertInstance] { alerts { $0.rule.isAlerting } }

    /// The alerts of the rules of that name.
    package mutating func alerts(named name: String) -> [AlertInstance] {
        alerts { $0.rule.isAlerting && $0.rule.name == name }
    }

    /// The alerts of the rules that belong to a panel.
    package mutating func alerts(of panel: PanelLink) -> [AlertInstance] { alerts { $0.panel == panel } }

    private mutating func alerts(where isWanted: (RuleState) -> Bool) -> [AlertInstance] {
        var instances: [AlertInstance] = []
        for group in groups.indices {
            for rule in groups[group].rules.indices where isWanted(groups[group].rules[rule]) {
                expandAnnotations(group, rule)
                instances += alerts(of: groups[group].rules[rule], group: groups[group].group.name)
            }
        }
        return instances
    }

    /// The worst state of the rules that belong to a panel; `nil` when none does.
    package func state(of panel: PanelLink) -> AlertState? {
        var worst: AlertState?
        for group in groups {
            for rule in group.rules where rule.panel == panel {
                let state = Self.state(of: rule)
                if state.severityRank >= (worst?.severityRank ?? 0) { worst = state }
            }
        }
        return worst
    }

    /// All rules, in the order of groups and files.
    package var ruleStatuses: [RuleStatus] {
        groups.flatMap { group in
            group.rules.map { state in
                RuleStatus(
                    rule: state.rule, group: group.group.name, file: group.group.file, health: state.health,
                    state: Self.state(of: state), alertCount: state.alerts.count { $0.state != .normal },
                    lastEvaluation: state.lastEvaluation, lastNanoseconds: state.lastNanoseconds,
                    slowCount: state.slowCount, failureCount: state.failureCount)
            }
        }
    }

    package var groupStatuses: [RuleGroupStatus] {
        groups.map { group in
            RuleGroupStatus(
                name: group.group.name, file: group.group.file, interval: group.interval,
                lastEvaluation: group.lastEvaluation, evaluationCount: group.evaluationCount,
                missedCount: group.missedCount, lateCount: group.lateCount)
        }
    }

    private static func state(of rule: RuleState) -> AlertState {
        var worst = AlertState.normal
        if rule.rule.isAlerting, case .error = rule.health { worst = .error }
        for alert in rule.alerts where alert.state.severityRank > worst.severityRank { worst = alert.state }
        return worst
    }

    private mutating func expandAnnotations(_ group: Int, _ rule: Int) {
        let options = options
        let context = TemplateContext(
            now: groups[group].rules[rule].lastEvaluation ?? .distantPast, externalURL: options.externalURL)
        for index in groups[group].rules[rule].alerts.indices
        where groups[group].rules[rule].alerts[index].annotations == nil {
            let alert = groups[group].rules[rule].alerts[index]
            guard alert.state != .normal else { continue }
            groups[group].rules[rule].alerts[index].annotations = groups[group].rules[rule].annotations(
                of: alert
            ) {
                template, labels, value in
                template.expanded(
                    Self.templateData(labels, value, options), in: context, limits: options.templateLimits)
            }
        }
    }

    private func alerts(of state: RuleState, group: String) -> [AlertInstance] {
        var failure: String?
        var instances: [AlertInstance] = []
        if case .error(let message) = state.health {
            let since = state.failingSince ?? state.lastEvaluation ?? .distantPast
            failure = Self.failure(message, since: since)
            instances.append(
                AlertInstance(
                    name: state.rule.name, labels: ["alertname": state.rule.name],
                    annotations: plainAnnotations(state.rule), state: .error, activeSince: since, value: 0,
                    reason: message, group: group, rule: state.identity))
        }
        let names = state.rule.annotations.map(\.name)
        for alert in state.alerts.sorted(by: { $0.labels < $1.labels }) where alert.state != .normal {
            let annotations = Dictionary(
                zip(names, alert.annotations ?? []), uniquingKeysWith: { first, _ in first })
            instances.append(
                AlertInstance(
                    name: state.rule.name, labels: alert.labels, annotations: annotations, state: alert.state,
                    activeSince: alert.activeAt, firedAt: alert.firedAt, value: alert.value,
                    reason: failure ?? alert.silentSince.map { "no data since \(rfc3339($0))" }, group: group,
                    element: alert.element, rule: state.identity))
        }
        return instances
    }

    /// Why the alerts of a rule that cannot be evaluated are as they are.
    static func failure(_ message: String, since: Timestamp) -> String {
        "not evaluated since \(rfc3339(since)): \(message)"
    }

    /// The annotations that need no alert: among them those that join a rule to its panel.
    private func plainAnnotations(_ rule: Rule) -> [String: String] {
        var result: [String: String] = [:]
        for annotation in rule.annotations where annotation.template?.isPlain ?? true {
            result[annotation.name] = annotation.text
        }
        return result
    }
}
