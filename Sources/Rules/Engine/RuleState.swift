import MetricModel
import PromQL

/// A rule and what its evaluations left behind.
struct RuleState {
    var rule: Rule
    let identity: RuleIdentity
    var health = RuleHealth.unknown
    var lastEvaluation: Timestamp?
    var lastNanoseconds: UInt64?
    var slowCount = 0
    var failureCount = 0
    /// Evaluations carried out; marks what the present one found.
    var number: UInt64 = 0

    /// Pending, firing and just ended alerts, in the order in which they began.
    var alerts: [ActiveAlert] = []
    private var alertIndex: [LabelSet: Int] = [:]
    /// Labels after templating by the element's labels, where the value plays no part in them.
    private var labelCache: [LabelSet: LabelSet] = [:]
    /// Series written by the last successful evaluation, with its number.
    private var written: [LabelSet: UInt64] = [:]
    /// Set when alerts came out of a snapshot: the last evaluation before.
    var restoredFrom: Timestamp?
    /// After a restart: the last evaluation before it and the first one after.
    private var restart: (before: Timestamp, after: Timestamp)?
    /// Since when evaluations fail.
    var failingSince: Timestamp?
    private let labelsFollowValue: Bool
    /// How far back the expression looks.
    private let reach: TimeSpan

    /// A change of an alert's state that was not reported yet.
    struct Change {
        var alert: ActiveAlert
        var from: AlertState
        var to: AlertState
    }

    private(set) var changes: [Change] = []

    /// Whether the last evaluation wrote this series.
    func writes(_ labels: LabelSet) -> Bool { written[labels] != nil }

    /// The panel that the rule belongs to.
    let panel: PanelLink?
    /// Whether the state was taken over from a rule before a reload.
    private(set) var isAdopted = false

    init(rule: Rule) {
        self.rule = rule
        identity = RuleIdentity(rule)
        panel = rule.panel
        reach = rule.isAlerting ? rule.expression.reach : .zero
        labelsFollowValue = rule.labels.contains { $0.template.map { $0.usesValue || !$0.isPure } ?? false }
    }

    /// The series that the last evaluation wrote, to be ended when the rule goes.
    var writtenSeries: [LabelSet] { written.keys.sorted() }

    // MARK: Taking over

    /// Goes on with the state of the same rule before a reload.
    mutating func adopt(_ other: RuleState) {
        health = other.health
        lastEvaluation = other.lastEvaluation
        lastNanoseconds = other.lastNanoseconds
        slowCount = other.slowCount
        failureCount = other.failureCount
        failingSince = other.failingSince
        number = other.number
        alerts = other.alerts
        // Annotations may have changed.
        for index in alerts.indices { alerts[index].annotations = nil }
        alertIndex = other.alertIndex
        labelCache = other.labelCache
        written = other.written
        restoredFrom = other.restoredFrom
        restart = other.restart
        isAdopted = true
    }

    /// Goes on with alerts from before a restart.
    mutating func restore(_ restored: [ActiveAlert], from time: Timestamp) {
        alerts = []
        alertIndex = [:]
        for alert in restored where alertIndex[alert.labels] == nil {
            alertIndex[alert.labels] = alerts.count
            alerts.append(alert)
            alerts[alerts.count - 1].isUnconfirmed = true
            // Evaluations are counted anew.
            alerts[alerts.count - 1].seen = 0
        }
        restoredFrom = time
    }

    /// Whether alerts from before a restart wait for their condition to be met again or to end.
    var hasUnconfirmed: Bool { alerts.contains { $0.isUnconfirmed && $0.phase != .inactive } }

    // MARK: Recording

    /// The series of a recording rule.
    ///
    /// - Throws: what Prometheus says when labels collide or the group's limit is exceeded.
    mutating func record(
        _ vector: [VectorElement], limit: Int, at time: Timestamp
    ) throws(RuleError) -> [RuleOutput] {
        var outputs: [RuleOutput] = []
        outputs.reserveCapacity(vector.count)
        var seen: Set<LabelSet> = []
        for element in vector {
            let labels = recorded(element.labels)
            guard seen.insert(labels).inserted else {
                throw RuleError("vector contains metrics with the same labelset after applying rule labels")
            }
            outputs.append(RuleOutput(labels: labels, sample: Sample(time, element.value)))
        }
        if limit > 0, vector.count > limit {
            throw RuleError("exceeded limit of \(limit) with \(vector.count) series")
        }
        return outputs
    }

    private mutating func recorded(_ element: LabelSet) -> LabelSet {
        if let cached = labelCache[element] { return cached }
        var builder = LabelSetBuilder(element)
        builder.set(LabelSet.metricName, rule.name)
        for label in rule.labels { builder.set(label.name, label.text) }
        return remember(builder.labels(), for: element)
    }

    private mutating func remember(_ labels: LabelSet, for element: LabelSet) -> LabelSet {
        // Elements that come and go would make the cache grow for ever.
        if labelCache.count > 2 * written.count + 1000 { labelCache.removeAll(keepingCapacity: true) }
        labelCache[element] = labels
        return labels
    }

    // MARK: Alerting

    /// What a step of the state machine needs beside the value.
    struct Step {
        var time: Timestamp
        /// Of the samples: `time` without the group's query offset.
        var sampleTime: Timestamp
        var interval: TimeSpan
        var limit: Int
        var freshness: SourceFreshness?
        var retention: TimeSpan
        /// Elements of which the condition is known, met or not; asked only after a restart.
        var decided: Set<LabelSet> = []
        /// Expands a template for one element.
        var expand: (Template, LabelSet, Double) -> String
    }

    /// Carries the rule's alerts on to the next evaluation, as Prometheus does, and gives their series.
    ///
    /// - Throws: what Prometheus says when labels collide, then nothing has changed, or when the group's limit is
    ///   exceeded, then all alerts are gone.
    mutating func alert(_ vector: [VectorElement], _ step: Step) throws(RuleError) -> [RuleOutput] {
        applyDowntime(until: step.time, interval: step.interval)
        var found: [(labels: LabelSet, element: VectorElement)] = []
        found.reserveCapacity(vector.count)
        var seen: Set<LabelSet> = []
        for element in vector {
            let labels = alertLabels(of: element, step)
            guard seen.insert(labels).inserted else {
                throw RuleError("vector contains metrics with the same labelset after applying alert labels")
            }
            found.append((labels, element))
        }
        for (labels, element) in found { meet(labels, element, at: step.time) }

        var outputs: [RuleOutput] = []
        outputs.reserveCapacity(2 * alerts.count)
        var count = 0
        var removed = false
        for index in alerts.indices {
            if advance(index, step) {
                count += 1
                appendSeries(of: index, at: step.sampleTime, to: &outputs)
            } else {
                removed = true
            }
        }
        if step.limit > 0, count > step.limit {
            removeAll(becoming: .error)
            throw RuleError("exceeded limit of \(step.limit) with \(count) alerts")
        }
        for index in alerts.indices where alerts[index].state != alerts[index].reported {
            let state = alerts[index].state
            changes.append(Change(alert: alerts[index], from: alerts[index].reported, to: state))
            alerts[index].reported = state
        }
        if removed { removeForgotten(at: step.time, retention: step.retention) }
        return outputs
    }

    /// Hands out the changes found since the last call, in the order of the alerts' labels.
    mutating func takeChanges() -> [Change] {
        defer { changes = [] }
        return changes.sorted { $0.alert.labels < $1.alert.labels }
    }

    /// Forgets all alerts.
    mutating func removeAll(becoming state: AlertState) {
        for alert in alerts where alert.reported != .normal {
            changes.append(Change(alert: alert, from: alert.reported, to: state))
        }
        alerts = []
        alertIndex = [:]
    }

    private mutating func alertLabels(of element: VectorElement, _ step: Step) -> LabelSet {
        if !labelsFollowValue, let cached = labelCache[element.labels] { return cached }
        var builder = LabelSetBuilder(element.labels)
        builder.remove(LabelSet.metricName)
        for label in rule.labels {
            builder.set(
                label.name,
                label.template.map { step.expand($0, element.labels, element.value) } ?? label.text)
        }
        builder.set("alertname", rule.name)
        let labels = builder.labels()
        return labelsFollowValue ? labels : remember(labels, for: element.labels)
    }

    /// The condition is met for `element`: a new alert begins, or the one that is there goes on.
    private mutating func meet(_ labels: LabelSet, _ element: VectorElement, at time: Timestamp) {
        if let index = alertIndex[labels] {
            if alerts[index].phase != .inactive {
                if alerts[index].value.bitPattern != element.value.bitPattern
                    || alerts[index].element != element.labels || !annotationsArePure
                {
                    alerts[index].annotations = nil
                }
                alerts[index].value = element.value
                alerts[index].element = element.labels
            } else {
                alerts[index] = ActiveAlert(
                    labels: labels, element: element.labels, value: element.value, activeAt: time)
            }
            alerts[index].seen = number
            alerts[index].isUnconfirmed = false
            return
        }
        var alert = ActiveAlert(labels: labels, element: element.labels, value: element.value, activeAt: time)
        alert.seen = number
        alertIndex[labels] = alerts.count
        alerts.append(alert)
    }

    var annotationsArePure: Bool { rule.annotations.allSatisfy { $0.template?.isPure ?? true } }

    /// Expands annotations that ask queries, which must see the source as it is now; the others can wait.
    mutating func expandImpureAnnotations(_ expand: (Template, LabelSet, Double) -> String) {
        guard !annotationsArePure else { return }
        for index in alerts.indices where alerts[index].seen == number {
            alerts[index].annotations = annotations(of: alerts[index], expand)
        }
    }

    /// The expanded annotations of one alert, in the order of the rule's.
    func annotations(
        of alert: ActiveAlert, _ expand: (Template, LabelSet, Double) -> String
    ) -> [String] {
        annotations(labels: alert.element, value: alert.value, expand)
    }

    /// The annotations of an alert for an element with these labels and this value.
    func annotations(
        labels: LabelSet, value: Double, _ expand: (Template, LabelSet, Double) -> String
    ) -> [String] {
        rule.annotations.map { field in field.template.map { expand($0, labels, value) } ?? field.text }
    }

    /// One step of one alert; whether it is pending or firing afterwards.
    private mutating func advance(_ index: Int, _ step: Step) -> Bool {
        let time = step.time
        if alerts[index].seen != number {
            guard alerts[index].phase != .inactive else { return false }
            if staysSilent(index, step) || awaitsData(index, step) {
                // While nothing is known of the condition, it does not count as having held.
                if alerts[index].phase == .pending, let last = lastEvaluation {
                    alerts[index].activeAt = alerts[index].activeAt + (time - last)
                }
                return true
            }
            var keepsFiring = false
            if alerts[index].phase == .firing, rule.keepFiring > .zero {
                let since = alerts[index].keepFiringSince ?? time
                alerts[index].keepFiringSince = since
                keepsFiring = time - since < rule.keepFiring
            }
            if !keepsFiring {
                // A pending alert is forgotten at once: it never was one.
                alerts[index].resolvedAt = alerts[index].phase == .pending ? nil : time
                alerts[index].enter(.inactive)
                return false
            }
        } else {
            alerts[index].keepFiringSince = nil
            alerts[index].silentSince = nil
        }
        if alerts[index].phase == .pending, time - alerts[index].activeAt >= rule.hold {
            alerts[index].enter(.firing)
            alerts[index].firedAt = time
        }
        return true
    }

    /// Whether the element is missing because its source is silent; then the alert neither ends nor goes on.
    private mutating func staysSilent(_ index: Int, _ step: Step) -> Bool {
        // An alert whose condition was seen to end is not kept by a silence that came later.
        guard alerts[index].keepFiringSince == nil else { return false }
        alerts[index].silentSince = step.freshness?.silentSince(alerts[index].labels, at: step.time)
        return alerts[index].silentSince != nil
    }

    /// Whether the element is missing because its source had no time yet since a restart to say anything about it.
    private mutating func awaitsData(_ index: Int, _ step: Step) -> Bool {
        guard alerts[index].isUnconfirmed, alerts[index].keepFiringSince == nil, let restart,
            let freshness = step.freshness,
            !step.decided.contains(alerts[index].element.dropping([LabelSet.metricName]))
        else { return false }
        let isSettled = freshness.isSettled(alerts[index].labels, reach: reach, at: step.time)
        if isSettled == true { return false }
        if isSettled == nil, step.time - restart.after > freshness.overdueAfter {
            alerts[index].silentSince = restart.before
        }
        return true
    }

    private mutating func appendSeries(of index: Int, at time: Timestamp, to outputs: inout [RuleOutput]) {
        let series =
            alerts[index].series ?? series(of: alerts[index].labels, state: alerts[index].phase.rawValue)
        alerts[index].series = series
        outputs.append(RuleOutput(labels: series.alerts, sample: Sample(time, 1)))
        // Prometheus writes whole seconds.
        let since = alerts[index].activeAt.milliseconds
        let seconds = since >= 0 ? since / 1000 : (since - 999) / 1000
        outputs.append(RuleOutput(labels: series.forState, sample: Sample(time, Double(seconds))))
    }

    private func series(of labels: LabelSet, state: String) -> (alerts: LabelSet, forState: LabelSet) {
        // A label whose template came out empty keeps its unexpanded text here: Prometheus' ALERTS does too.
        var builder = LabelSetBuilder()
        for label in rule.labels { builder.set(label.name, label.text) }
        for label in labels.labels { builder.set(label.name, label.value) }
        builder.set("alertname", rule.name)
        builder.set(LabelSet.metricName, "ALERTS_FOR_STATE")
        let forState = builder.labels()
        builder.set(LabelSet.metricName, "ALERTS")
        builder.set("alertstate", state)
        return (builder.labels(), forState)
    }

    private mutating func removeForgotten(at time: Timestamp, retention: TimeSpan) {
        alerts.removeAll { alert in
            guard alert.phase == .inactive else { return false }
            return alert.resolvedAt.map { time - $0 > retention } ?? true
        }
        alertIndex.removeAll(keepingCapacity: true)
        for (index, alert) in alerts.enumerated() { alertIndex[alert.labels] = index }
    }

    /// Time in which nothing ran counts for nothing: after a restart, what had lasted so long has lasted that long still.
    private mutating func applyDowntime(until time: Timestamp, interval: TimeSpan) {
        guard let last = restoredFrom else { return }
        restoredFrom = nil
        restart = (last, time)
        let downtime = time - last - interval
        guard downtime > .zero else { return }
        for index in alerts.indices {
            if alerts[index].phase == .pending { alerts[index].activeAt = alerts[index].activeAt + downtime }
            alerts[index].keepFiringSince = alerts[index].keepFiringSince.map { $0 + downtime }
            alerts[index].resolvedAt = alerts[index].resolvedAt.map { $0 + downtime }
        }
    }

    // MARK: Stale markers

    /// Adds stale markers for the series that the last evaluation wrote and this one does not.
    mutating func markStale(_ outputs: inout [RuleOutput], at time: Timestamp) {
        for output in outputs { written[output.labels] = number }
        guard written.count != outputs.count else { return }
        let gone = written.filter { $0.value != number }.keys.sorted()
        for labels in gone {
            written[labels] = nil
            outputs.append(RuleOutput(labels: labels, sample: Sample(time, StaleMarker.value)))
        }
    }
}

/// Why a rule's evaluation failed, in Prometheus' words.
struct RuleError: Error, Equatable {
    var message: String

    init(_ message: String) { self.message = message }
}
