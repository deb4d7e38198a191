import DisplayText
import MetricModel
import Rules

/// Alert states on panels, joined by the annotations `__dashboardUid__` and `__panelId__` of rules, as Grafana does it.
enum PanelAlerts {
    /// Marks on one graph; more would hide it.
    static let marksMax = 200

    /// The worst state of the rules that name a panel; `nil` when none does.
    static func worst(of panel: Int, _ dashboard: String, _ context: DashboardContext) -> PanelAlert? {
        guard !dashboard.isEmpty else { return nil }
        let rules = linked(panel, dashboard, context)
        let alerts = context.alerts.filter { isLinked($0, panel, dashboard, rules) }
        guard !alerts.isEmpty else {
            // A rule without any alert is a rule at rest.
            return rules.isEmpty ? nil : PanelAlert(state: .normal, count: 0, since: context.cursor)
        }
        guard let worst = alerts.max(by: { $0.state.severityRank < $1.state.severityRank })?.state else {
            return nil
        }
        let inIt = alerts.filter { $0.state == worst }
        let since = inIt.map { worst == .firing ? $0.firedAt ?? $0.activeSince : $0.activeSince }.min()
        return PanelAlert(state: worst, count: inIt.count, since: since ?? context.cursor)
    }

    /// Changes of those rules' alerts within the range.
    static func marks(
        of panel: Int, _ dashboard: String, _ range: TimeRange, _ context: DashboardContext
    ) -> [TimeSeriesView.Mark] {
        guard !dashboard.isEmpty else { return [] }
        let rules = linked(panel, dashboard, context).union(
            context.alerts.filter { isLinked($0, panel, dashboard, []) }.map(\.name))
        guard !rules.isEmpty else { return [] }
        return context.transitions.filter {
            rules.contains($0.name) && $0.time >= range.from && $0.time <= range.to
        }.suffix(marksMax).map { change in
            let labels = change.labels.dropping(["alertname", "severity"])
            let subject = labels.isEmpty ? "" : " \(labels)"
            return TimeSeriesView.Mark(
                time: change.time, state: change.to,
                text: SafeText("\(change.name)\(subject) \(change.from.rawValue) → \(change.to.rawValue)"))
        }
    }

    private static func linked(_ panel: Int, _ dashboard: String, _ context: DashboardContext) -> Set<String>
    {
        Set(
            context.linkedRules.filter { $0.panelID == panel && $0.dashboardUID == dashboard }.map(\.name))
    }

    private static func isLinked(
        _ alert: AlertInstance, _ panel: Int, _ dashboard: String, _ rules: Set<String>
    ) -> Bool {
        if rules.contains(alert.name) { return true }
        return alert.annotations["__dashboardUid__"] == dashboard
            && alert.annotations["__panelId__"] == String(panel)
    }
}

/// Answers of annotation queries as marks.
enum AnnotationMarks {
    static func marks(
        _ annotation: AnnotationDefinition, _ frames: [Frame], _ scope: VariableScope
    ) -> [TimeSeriesView.Mark] {
        var marks: [TimeSeriesView.Mark] = []
        for frame in frames {
            guard case .times(let times)? = frame.timeField?.values, frame.fields.count > 1 else { continue }
            let labels = frame.fields[1].labels ?? .empty
            let texts = [annotation.title, annotation.text].filter { !$0.isEmpty }.map {
                scope.replacing(LegendTemplate.replacing($0, labels), standard: .text)
            }
            let text = texts.isEmpty ? annotation.name : texts.joined(separator: ": ")
            var wasOn = false
            for (time, value) in zip(times, frame.fields[1].values.numbers) {
                guard let time, let value, marks.count < PanelAlerts.marksMax else { continue }
                if annotation.usesValueForTime {
                    marks.append(
                        TimeSeriesView.Mark(
                            time: Timestamp(seconds: value / 1000), state: nil, text: SafeText(text)))
                    continue
                }
                // A stretch of values is one event, which begins where the first is.
                let isOn = value != 0 && !value.isNaN
                if isOn && !wasOn {
                    marks.append(
                        TimeSeriesView.Mark(
                            time: Timestamp(milliseconds: time), state: nil, text: SafeText(text)))
                }
                wasOn = isOn
            }
        }
        return marks
    }
}
