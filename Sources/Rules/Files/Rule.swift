import Diagnostics
import MetricModel
import PromQL

/// One recording or alerting rule, checked and ready to be evaluated.
package struct Rule: Sendable {
    package enum Kind: Sendable, Equatable {
        /// Writes the expression's value as a series of the rule's name.
        case recording
        /// Raises an alert for each element of the expression's value.
        case alerting(hold: TimeSpan, keepFiring: TimeSpan)
    }

    /// A label or an annotation: a name and a template, which recording rules do not expand.
    package struct TemplateField: Sendable {
        package var name: String
        package var text: String
        /// `nil` in recording rules.
        package var template: Template?

        package init(name: String, text: String, template: Template? = nil) {
            self.name = name
            self.text = text
            self.template = template
        }
    }

    package var kind: Kind
    /// The name of the alert or of the recorded metric.
    package var name: String
    /// As the file has it.
    package var expressionText: String
    package var expression: Expression
    /// Those of the group among them; sorted by name.
    package var labels: [TemplateField]
    /// Sorted by name.
    package var annotations: [TemplateField]
    package var place: SourcePlace

    package init(
        kind: Kind, name: String, expressionText: String, expression: Expression,
        labels: [TemplateField] = [],
        annotations: [TemplateField] = [], place: SourcePlace = SourcePlace()
    ) {
        self.kind = kind
        self.name = name
        self.expressionText = expressionText
        self.expression = expression
        self.labels = labels
        self.annotations = annotations
        self.place = place
    }

    package var isAlerting: Bool { kind != .recording }

    /// How long the condition must hold before the alert fires; zero for recording rules.
    package var hold: TimeSpan {
        if case .alerting(let hold, _) = kind { hold } else { .zero }
    }

    /// How long the alert goes on firing after the condition ended.
    package var keepFiring: TimeSpan {
        if case .alerting(_, let keepFiring) = kind { keepFiring } else { .zero }
    }

    /// The dashboard panel that the rule's annotations name, as Grafana joins rules and panels.
    package var panel: PanelLink? {
        var fields: [String: String] = [:]
        for annotation in annotations { fields[annotation.name] = annotation.text }
        return PanelLink(annotations: fields)
    }
}

/// Rules that are evaluated one after another, at the same times.
package struct RuleGroup: Sendable {
    package var name: String
    /// `nil` for the engine's own interval.
    package var interval: TimeSpan?
    /// How far back the rules look, for data that arrives late.
    package var queryOffset: TimeSpan?
    /// Most series or alerts that one rule may give; 0 for any number.
    package var limit: Int
    package var rules: [Rule]
    /// The file that the group came from; together with the name it is the group's identity.
    package var file: String
    package var place: SourcePlace

    package init(
        name: String, interval: TimeSpan? = nil, queryOffset: TimeSpan? = nil, limit: Int = 0, rules: [Rule],
        file: String = "", place: SourcePlace = SourcePlace()
    ) {
        self.name = name
        self.interval = interval
        self.queryOffset = queryOffset
        self.limit = limit
        self.rules = rules
        self.file = file
        self.place = place
    }
}

/// The panel that a rule belongs to: annotations `__dashboardUid__` and `__panelId__`, both needed.
package struct PanelLink: Sendable, Hashable {
    package var dashboardUID: String
    package var panelID: String

    package init(dashboardUID: String, panelID: String) {
        self.dashboardUID = dashboardUID
        self.panelID = panelID
    }

    package init?(annotations: [String: String]) {
        guard let dashboard = annotations["__dashboardUid__"], let panel = annotations["__panelId__"],
            !dashboard.isEmpty, !panel.isEmpty
        else { return nil }
        self.init(dashboardUID: dashboard, panelID: panel)
    }
}
