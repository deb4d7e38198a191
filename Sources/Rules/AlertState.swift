import MetricModel

/// State of one alert, worst last is not implied: `severityRank` orders them.
package enum AlertState: String, Sendable, Hashable, CaseIterable {
    case normal, pending, firing, recovering
    /// The rule's query, or the source that it reads, gives nothing where it gave something before.
    case noData = "no data"
    /// The rule could not be evaluated.
    case error

    /// Larger is worse: firing, error, no data, pending, recovering, normal.
    package var severityRank: Int {
        switch self {
        case .firing: 5
        case .error: 4
        case .noData: 3
        case .pending: 2
        case .recovering: 1
        case .normal: 0
        }
    }
}

/// One alert as the screen shows it.
package struct AlertInstance: Sendable, Equatable {
    package var name: String
    /// All labels, `alertname` and the rule's own among them.
    package var labels: LabelSet
    /// Expanded templates, by name.
    package var annotations: [String: String]
    package var state: AlertState
    /// When the condition was first met.
    package var activeSince: Timestamp
    /// When it began to fire.
    package var firedAt: Timestamp?
    package var value: Double
    /// Why the state is what it is, when that does not follow from the value: "no data since …", the error.
    package var reason: String?
    package var group: String
    /// The element of the expression's value that it stands for: what its templates are expanded with.
    package var element: LabelSet
    /// The rule that raised it.
    package var rule: RuleIdentity?
    /// Whether it is getting worse, where that is known.
    package var course: AlertCourse?

    package init(
        name: String, labels: LabelSet, annotations: [String: String] = [:], state: AlertState,
        activeSince: Timestamp, firedAt: Timestamp? = nil, value: Double, reason: String? = nil,
        group: String = "", element: LabelSet = .empty, rule: RuleIdentity? = nil
    ) {
        self.name = name
        self.labels = labels
        self.annotations = annotations
        self.state = state
        self.activeSince = activeSince
        self.firedAt = firedAt
        self.value = value
        self.reason = reason
        self.group = group
        self.element = element
        self.rule = rule
    }

    /// The dashboard panel that the alert's rule names.
    package var panel: PanelLink? { PanelLink(annotations: annotations) }
}

/// A change of one alert's state, at the time of the evaluation that found it.
package struct AlertTransition: Sendable, Equatable {
    package var time: Timestamp
    package var name: String
    package var labels: LabelSet
    package var from: AlertState
    package var to: AlertState
    package var value: Double
    /// Why, when that does not follow from the value.
    package var reason: String?
    package var group: String
    /// The dashboard panel that the alert's rule names.
    package var panel: PanelLink?

    package init(
        time: Timestamp, name: String, labels: LabelSet, from: AlertState, to: AlertState, value: Double,
        reason: String? = nil, group: String = "", panel: PanelLink? = nil
    ) {
        self.time = time
        self.name = name
        self.labels = labels
        self.from = from
        self.to = to
        self.value = value
        self.reason = reason
        self.group = group
        self.panel = panel
    }
}
