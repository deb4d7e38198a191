import Messaging
import MetricModel
import PromQL
import Rules
import SeriesStore

/// Store, rules and what is known of the feed, moved forward together in data time: everything but the screen.
///
/// The same deliveries give the same samples and transitions, at any speed: rules and the feed's own figures are evaluated on
/// a grid of data time, and each grid point is worked off before any delivery that arrived after it.
package final class Observatory {
    package struct Settings: Sendable {
        package var limits = StoreLimits()
        /// Rules evaluated so late that only the newest of a group's evaluations counts.
        package var pace = RulePace.everyEvaluation
        package var evaluation = EvaluationOptions()
        /// A monotonic clock for the cost of rules; `nil` measures nothing, as in a replay.
        package var nanoseconds: (@Sendable () -> UInt64)?
        /// Further figures of the process for the dashboard Self, asked on the grid; none in a replay.
        package var processFigures: (@Sendable () -> [(name: String, value: Double)])?

        package init() {}
    }

    /// How often the feed's own figures and the states of planes are written.
    package static let interval = TimeSpan.seconds(15)

    package let store: SeriesStore
    package private(set) var rules: RuleEngine
    package private(set) var history = AlertHistory()
    /// The alerts of the last evaluation.
    package private(set) var alerts: [AlertInstance] = []
    private var values = AlertValues()
    private var feed: Feed
    private let settings: Settings
    private var nextGrid: Timestamp?
    private var hasAppended = false
    private var evaluations = 0
    private var missed = 0
    private var late = 0
    /// Grows with every change of an alert's state.
    package private(set) var transitionCount: UInt64 = 0
    /// Grows with everything that could change a frame.
    package private(set) var changeCount: UInt64 = 0

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
        store = SeriesStore(limits: settings.limits)
        feed = Feed(store: store)
        var options = RuleEngineOptions()
        options.nanoseconds = settings.nanoseconds
        rules = RuleEngine(options: options, evaluator: Evaluator(options: settings.evaluation))
    }

    package var planes: PlaneTable { feed.planes }
    package var changes: ChangeLog { feed.changes }
    package var statistics: FeedStatistics { feed.statistics }

    /// Whether anything has come at all, in messages or in files.
    package var hasData: Bool { statistics.newest != .distantPast || hasAppended }

    /// Goes on with these rules; unchanged ones keep their state.
    package func load(_ groups: [RuleGroup]) {
        rules.load(groups)
        changeCount += 1
    }

    /// Takes over the state that an earlier run left behind.
    ///
    /// - Returns: how many alerts go on.
    @discardableResult
    package func restore(_ snapshot: RuleStateSnapshot) -> Int {
        let count = rules.restore(snapshot)
        alerts = rules.alerts()
        history.begin(with: alerts)
        changeCount += 1
        return count
    }

    /// Takes one delivery in, after everything that was due before it arrived.
    package func receive(_ delivery: Delivery) {
        advance(to: delivery.received)
        feed.receive(delivery)
        changeCount += 1
    }

    /// Takes in samples that came without a message: from a file.
    package func append(_ series: [DecodedMessage.Series], interval: TimeSpan? = nil) {
        for entry in series {
            for sample in entry.samples { store.append(entry.labels, sample, interval: interval) }
            hasAppended = hasAppended || !entry.samples.isEmpty
        }
        changeCount += 1
    }

    package func note(_ change: Change) {
        feed.note(change)
        changeCount += 1
    }

    /// All messages so far that were thrown away before they could be received here.
    package func dropped(total: UInt64) {
        guard total != statistics.dropped else { return }
        feed.dropped(total: total)
        changeCount += 1
    }

    /// The next time at which something is due by itself.
    package var nextDue: Timestamp? { nextGrid }

    /// Works off what is due up to `now`, in order.
    package func advance(to now: Timestamp) {
        guard var next = nextGrid else {
            begin(at: now)
            return
        }
        if case .live = settings.pace, now - next > .minutes(10) {
            // The machine slept, or the program was stopped: what nobody looked at is not caught up.
            next = Self.gridPoint(after: now - Self.interval)
        }
        while next <= now {
            work(at: next)
            next = next + Self.interval
        }
        nextGrid = next
    }

    // MARK: - Another time

    /// The alerts as they were at `time`: states from their transitions, values as they were evaluated.
    package func alerts(at time: Timestamp) -> [AlertInstance] {
        guard time < rules.lastEvaluation ?? .distantPast else { return alerts }
        var alerts = history.instances(at: time)
        let values = AlertValues.read(alerts, at: time, from: store)
        var failures: [RuleIdentity: String] = [:]
        for alert in alerts where alert.state == .error {
            if let rule = alert.rule { failures[rule] = RuleEngine.reason(alert) }
        }
        for (index, alert) in alerts.enumerated() where alert.state != .error {
            let samples = values[alert.labels]
            alerts[index] = rules.alert(
                alert, at: time, value: samples?.values.last ?? alert.value, in: store)
            alerts[index].course = samples.flatMap { rules.course(of: alert, $0) }
            if let failure = alert.rule.flatMap({ failures[$0] }) { alerts[index].reason = failure }
        }
        return alerts
    }

    /// The planes of which nothing was known at `time`.
    package func silentPlaneCount(at time: Timestamp) -> Int {
        guard time < rules.lastEvaluation ?? .distantPast else {
            return planes.planes.values.count { $0.state == .noData }
        }
        return PlaneTable.states(at: time, in: store).count { $0 == .noData }
    }

    // MARK: - The grid

    private func begin(at time: Timestamp) {
        store.advance(to: time)
        let first = Self.gridPoint(after: time)
        nextGrid = first
        rules.begin(at: first)
    }

    private static func gridPoint(after time: Timestamp) -> Timestamp {
        let step = interval.milliseconds
        return Timestamp(milliseconds: (time.milliseconds / step + 1) * step)
    }

    private func work(at time: Timestamp) {
        store.advance(to: time)
        feed.noticeSilence(at: time)
        write(feed.planes.samples(at: time), at: time)
        writeFigures(at: time)
        evaluateRules(at: time)
        settlePlanes(at: time)
        changeCount += 1
    }

    private func evaluateRules(at time: Timestamp) {
        var freshness = SourceFreshness()
        for (key, plane) in feed.planes.planes {
            freshness[SourceFreshness.Source(tenant: key.tenant, plane: key.plane)] = SourceFreshness.Contact(
                newest: plane.lastMessage, interval: plane.interval, oldest: plane.firstMessage)
        }
        let run = rules.evaluate(upTo: time, in: store, freshness: freshness, pace: settings.pace) {
            outputs in
            for output in outputs {
                self.store.append(output.labels, output.sample, interval: Self.interval, origin: .derived)
            }
        }
        evaluations += run.evaluations
        missed += run.missed
        late += run.late
        alerts = rules.alerts()
        values.write(alerts, at: time, to: store)
        let lately = AlertValues.read(alerts, at: time, from: store)
        for (index, alert) in alerts.enumerated() {
            alerts[index].course = lately[alert.labels].flatMap { rules.course(of: alert, $0) }
        }
        record(run.transitions)
        history.removeAll(before: time - store.limits.retention)
    }

    private func record(_ transitions: [AlertTransition]) {
        if transitions.isEmpty { return }
        transitionCount += UInt64(transitions.count)
        var instances: [LabelSet: AlertInstance] = [:]
        for alert in alerts { instances[alert.labels] = alert }
        for transition in transitions {
            let instance =
                instances[transition.labels]
                ?? AlertInstance(
                    name: transition.name, labels: transition.labels, state: transition.to,
                    activeSince: transition.time, value: transition.value)
            history.append(AlertHistory.Entry(transition: transition, instance: instance))
            feed.note(
                Change(
                    time: transition.time, subject: subject(of: transition.labels), text: words(transition),
                    state: transition.to))
        }
    }

    private func settlePlanes(at time: Timestamp) {
        var worst: [PlaneTable.Key: AlertState] = [:]
        for alert in alerts {
            guard let tenant = alert.labels["tenant"], let plane = alert.labels["plane"] else { continue }
            let key = PlaneTable.Key(tenant: tenant, plane: plane)
            if alert.state.severityRank > (worst[key] ?? .normal).severityRank { worst[key] = alert.state }
        }
        feed.settlePlanes(at: time, worst: worst)
        write(feed.planes.stateSamples(), at: time)
    }

    private func write(_ samples: [(labels: LabelSet, value: Double)], at time: Timestamp) {
        for (labels, value) in samples {
            store.append(labels, Sample(time, value), interval: Self.interval, origin: .derived)
        }
    }

    private func writeFigures(at time: Timestamp) {
        var figures = feed.statistics.samples(store: store).map {
            (LabelSet($0.labels + [Label("__name__", $0.name)]), $0.value)
        }
        figures.append((["__name__": "planetop_rule_evaluations_total"], Double(evaluations)))
        figures.append((["__name__": "planetop_rule_evaluations_missed_total"], Double(missed)))
        figures.append((["__name__": "planetop_rule_evaluations_late_total"], Double(late)))
        for (name, value) in settings.processFigures?() ?? [] { figures.append((["__name__": name], value)) }
        for (labels, value) in figures {
            store.append(labels, Sample(time, value), interval: Self.interval, origin: .derived)
        }
    }
}

/// What an alert is about, in the place where a plane's name stands.
func subject(of labels: LabelSet) -> String {
    switch (labels["tenant"], labels["plane"]) {
    case (let tenant?, let plane?): "\(tenant)/\(plane)"
    case (let tenant?, nil): tenant
    case (nil, let plane?): plane
    case (nil, nil): ""
    }
}

/// What tells an alert apart within its plane: the DAG, the query, the source.
func detail(of labels: LabelSet) -> String {
    for name in ["dag_id", "query", "app", "pool", "component", "source", "instance", "job"] {
        if let value = labels[name] { return value }
    }
    return ""
}

private func words(_ transition: AlertTransition) -> String {
    let what = detail(of: transition.labels)
    let name = what.isEmpty ? transition.name : "\(transition.name) \(what)"
    switch (transition.from, transition.to) {
    case (_, .firing): return "\(name) fires"
    case (_, .pending): return "\(name) is pending"
    case (_, .recovering): return "\(name) is recovering"
    case (_, .noData): return "\(name) has no data any more"
    case (_, .error): return "\(name) cannot be evaluated"
    case (.pending, .normal): return "\(name) passed without firing"
    case (_, .normal): return "\(name) is over"
    }
}
