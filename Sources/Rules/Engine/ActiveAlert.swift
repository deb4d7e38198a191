import MetricModel

/// One alert of a rule: Prometheus' state machine, with two states that it lacks.
struct ActiveAlert: Sendable, Equatable {
    enum Phase: String, Sendable {
        case pending, firing
        /// Ended; remembered for a while.
        case inactive
    }

    /// `alertname`, the element's labels without the metric's name, and the rule's: the alert's identity in its rule.
    let labels: LabelSet
    /// The element of the expression's value that the alert stands for, for its templates.
    var element: LabelSet
    var value: Double
    var phase = Phase.pending
    /// When the condition was first met.
    var activeAt: Timestamp
    var firedAt: Timestamp?
    var resolvedAt: Timestamp?
    /// When the condition ended, while `keep_firing_for` keeps the alert.
    var keepFiringSince: Timestamp?
    /// When the alert's source was last heard from, while that keeps the alert.
    var silentSince: Timestamp?
    /// Expanded annotations in the order of the rule's; `nil` until somebody asks.
    var annotations: [String]?
    /// The series in the present phase, made when first written.
    var series: (alerts: LabelSet, forState: LabelSet)?
    /// The number of the rule's evaluation that last found the element.
    var seen: UInt64 = 0
    /// Taken over from before a restart, and the condition was not met since.
    var isUnconfirmed = false
    /// The state that was last reported.
    var reported = AlertState.normal

    init(labels: LabelSet, element: LabelSet, value: Double, activeAt: Timestamp) {
        self.labels = labels
        self.element = element
        self.value = value
        self.activeAt = activeAt
    }

    /// As the screen shows it.
    var state: AlertState {
        switch phase {
        case .inactive: .normal
        case .pending: silentSince == nil ? .pending : .noData
        case .firing: silentSince != nil ? .noData : keepFiringSince != nil ? .recovering : .firing
        }
    }

    mutating func enter(_ next: Phase) {
        phase = next
        series = nil
    }

    /// Equality of state; what is derived from it does not count.
    static func == (a: ActiveAlert, b: ActiveAlert) -> Bool {
        a.labels == b.labels && a.element == b.element && a.value.bitPattern == b.value.bitPattern
            && a.phase == b.phase && a.activeAt == b.activeAt && a.firedAt == b.firedAt
            && a.resolvedAt == b.resolvedAt && a.keepFiringSince == b.keepFiringSince
            && a.silentSince == b.silentSince
    }
}
