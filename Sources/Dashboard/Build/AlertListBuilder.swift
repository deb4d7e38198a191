import DisplayText
import MetricModel
import Rules

/// Builds lists of alerts.
enum AlertListBuilder {
    /// Alerts of one list.
    static let itemsMax = 500

    static func build(
        _ options: AlertListOptions, dashboard: Dashboard, scope: VariableScope, _ context: DashboardContext
    ) -> BuiltPanel {
        var notes: [String] = []
        var matchers: [LabelMatcher] = []
        if let filter = options.labelFilter {
            do throws(VariableProblem) {
                matchers = try Self.matchers(scope.replacing(filter, standard: .query))
            } catch {
                notes.append("label filter: \(error.text)")
            }
        }
        let name = options.name.map { scope.replacing($0, standard: .text).lowercased() }
        let ownRules = Set(context.linkedRules.filter { $0.dashboardUID == dashboard.uid }.map(\.name))
        let found = context.alerts.filter { alert in
            let isWanted =
                options.states.map { !$0.isDisjoint(with: states(alert.state)) } ?? (alert.state != .normal)
            guard isWanted else { return false }
            if let name, !name.isEmpty, alert.name.lowercased().range(of: name) == nil { return false }
            if options.onlyThisDashboard, !ownRules.contains(alert.name),
                alert.annotations["__dashboardUid__"] != dashboard.uid
            {
                return false
            }
            return matchers.allSatisfy { $0.matches(alert.labels) }
        }
        var counts: [AlertState: Int] = [:]
        for alert in found { counts[alert.state, default: 0] += 1 }
        let sorted = found.sorted { isBefore($0, $1, options.order) }
        let limit = min(options.countMax ?? itemsMax, itemsMax)
        let view = AlertListView(
            items: sorted.prefix(limit).map { item($0, groupBy: options.groupBy) }, counts: counts,
            coverage: context.coverage, showsCountOnly: options.showsCountOnly, cursor: context.cursor
        )
        return BuiltPanel(content: .alertList(view), notes: notes, valueCount: found.count)
    }

    /// The names that a state has in filters, those of old alert lists among them.
    private static func states(_ state: AlertState) -> [String] {
        switch state {
        case .firing: ["firing", "alerting"]
        case .pending: ["pending"]
        case .recovering: ["recovering", "firing", "alerting"]
        case .noData: ["noData", "no_data"]
        case .error: ["error", "execution_error"]
        case .normal: ["normal", "ok", "inactive", "paused"]
        }
    }

    /// `job="a", env=~"b"`, with or without braces.
    static func matchers(_ text: String) throws(VariableProblem) -> [LabelMatcher] {
        var inner = text.trimmed
        if inner.hasPrefix("{") { inner.removeFirst() }
        if inner.hasSuffix("}") { inner.removeLast() }
        guard !inner.trimmed.isEmpty else { return [] }
        // PromQL refuses a selector that could mean every series; a filter of alerts may well do so.
        switch VariableQuery.selectorMatchers("{__filter__=\"x\",\(inner)}") {
        case .success(let matchers): return Array(matchers.dropFirst())
        case .failure(let problem): throw problem
        }
    }

    private static func isBefore(
        _ a: AlertInstance, _ b: AlertInstance, _ order: AlertListOptions.Order
    ) -> Bool {
        switch order {
        case .alphabetical, .reversed:
            if a.name != b.name { return (a.name < b.name) == (order == .alphabetical) }
        case .importance: return AlertOrder.isWorse(a, b)
        case .timeAscending, .timeDescending:
            if a.activeSince != b.activeSince {
                return (a.activeSince < b.activeSince) == (order == .timeAscending)
            }
        }
        if a.activeSince != b.activeSince { return a.activeSince > b.activeSince }
        return a.labels < b.labels
    }

    private static func item(_ alert: AlertInstance, groupBy: [String]) -> AlertListView.Item {
        // What tells an alert apart: its labels without those that every alert of the rule has.
        let usual: Set<String> = [
            "alertname", "severity", "__alert_rule_uid__", "grafana_folder", "rulename", "datasource_uid",
        ]
        let wanted = groupBy.isEmpty ? nil : Set(groupBy)
        var parts = alert.labels.labels.filter { label in
            wanted?.contains(label.name) ?? !usual.contains(label.name)
        }
        // The plane comes first, as everywhere on the screen.
        var words: [String] = []
        if wanted == nil, let tenant = alert.labels["tenant"], let plane = alert.labels["plane"] {
            words.append("\(tenant)/\(plane)")
            parts.removeAll { $0.name == "tenant" || $0.name == "plane" }
        }
        words += parts.map(\.value)
        let subject = words.joined(separator: " ")
        return AlertListView.Item(
            state: alert.state, severity: SafeText(AlertWords.severity(of: alert)),
            name: SafeText(alert.name), subject: SafeText(subject),
            value: SafeText(AlertWords.value(of: alert)), summary: SafeText(AlertWords.summary(of: alert)),
            since: alert.firedAt ?? alert.activeSince, course: alert.course)
    }
}
