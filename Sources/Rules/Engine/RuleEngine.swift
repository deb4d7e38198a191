import Diagnostics
import MetricModel
import PromQL

/// Evaluates rule groups on their grids and keeps the state of their alerts.
///
/// A plain value that its owner drives: it reads no clock, no file and no store but the source it is handed. Given the
/// same rules, samples and times it gives the same transitions.
package struct RuleEngine {
    /// One group with its schedule.
    struct GroupState {
        var group: RuleGroup
        var rules: [RuleState]
        var prepared: [RuleQueries.Prepared]
        /// Evaluations lie at its multiples since the epoch.
        var interval: TimeSpan
        var nextDue: Timestamp?
        var lastEvaluation: Timestamp?
        var evaluationCount = 0
        var missedCount = 0
        var lateCount = 0
    }

    /// An evaluation that was begun.
    private struct Cursor {
        var time: Timestamp
        var group: Int
        var rule: Int
    }

    package let options: RuleEngineOptions
    var groups: [GroupState] = []
    var queries: RuleQueries
    private let templateQueries: TemplateQueries
    private var cursor: Cursor?
    /// Series of rules that are gone, which end at the next evaluation.
    var abandoned: [LabelSet] = []
    /// Transitions that a change of rules brought about, reported by the next run.
    var unreported: [RuleState.Change] = []

    package init(options: RuleEngineOptions = RuleEngineOptions(), evaluator: Evaluator = Evaluator()) {
        self.init(options: options) { expression, time, source throws(QueryError) in
            try evaluator.instant(expression, at: time, in: source)
        }
    }

    /// - Parameter instant: evaluates an expression.
    init(options: RuleEngineOptions, instant: @escaping RuleQueries.Instant) {
        self.options = options
        queries = RuleQueries(instant: instant)
        templateQueries = TemplateQueries(instant: instant, countMax: options.templateQueriesMax)
    }

    /// The time of the newest evaluation of any group.
    package var lastEvaluation: Timestamp? { groups.compactMap(\.lastEvaluation).max() }

    /// The time of the next evaluation; `nil` without rules or before the first run.
    package var nextEvaluation: Timestamp? { cursor?.time ?? groups.compactMap(\.nextDue).min() }

    // MARK: Evaluation

    /// Makes the first evaluations those at or after `time`; without it a run begins with the newest that are due.
    package mutating func begin(at time: Timestamp) {
        cursor = nil
        for index in groups.indices {
            let interval = groups[index].interval
            let before = Self.gridPoint(atOrBefore: time, interval: interval)
            groups[index].nextDue = before == time ? before : before + interval
        }
    }

    /// Carries out the evaluations that are due at `now`, in the order of their times, groups of one time in order.
    ///
    /// - Parameters:
    ///   - source: sees at once what `sink` was given: a rule reads what the rules before it wrote.
    ///   - freshness: when sources were last heard from; without it an alert whose element is gone has ended.
    ///   - pause: asked after each rule; `true` ends the call, the next one goes on from there.
    ///   - sink: takes the samples of each rule.
    package mutating func evaluate(
        upTo now: Timestamp, in source: any SeriesSource, freshness: SourceFreshness? = nil,
        pace: RulePace = .everyEvaluation, pause: () -> Bool = { false }, sink: ([RuleOutput]) -> Void
    ) -> RuleRun {
        var run = RuleRun()
        queries.forget()
        var newest: Timestamp?
        while let current = cursor ?? nextCursor(now, pace, &run) {
            // What is gone ends when all groups of one time had their turn: a new rule may write an old one's series.
            if let newest, current.time > newest { endRemoved(at: newest, &run, sink) }
            cursor = current
            while let index = cursor?.rule, index < groups[current.group].rules.count {
                evaluateRule(index, of: current.group, at: current.time, source, freshness, &run, sink)
                cursor?.rule = index + 1
                if pause() {
                    run.isFinished = false
                    return run
                }
            }
            finish(current)
            newest = current.time
        }
        if let newest = groups.isEmpty ? now : newest { endRemoved(at: newest, &run, sink) }
        return run
    }

    /// Forgets an evaluation that was begun; its group is evaluated anew.
    mutating func abandonRun() { cursor = nil }

    /// Evaluates every group once at `time`, whatever its grid: as the unit tests of rules do.
    mutating func evaluateAll(
        at time: Timestamp, in source: any SeriesSource, sink: ([RuleOutput]) -> Void
    ) -> RuleRun {
        var run = RuleRun()
        queries.forget()
        for group in groups.indices {
            for rule in groups[group].rules.indices {
                evaluateRule(rule, of: group, at: time, source, nil, &run, sink)
            }
            finish(Cursor(time: time, group: group, rule: 0))
        }
        return run
    }

    /// The rules whose last evaluation failed, with the reason.
    var failures: [(rule: Rule, message: String)] {
        var failures: [(rule: Rule, message: String)] = []
        for group in groups.indices {
            for rule in groups[group].rules.indices {
                guard case .error(let message) = groups[group].rules[rule].health else { continue }
                failures.append((groups[group].rules[rule].rule, message))
            }
        }
        return failures
    }

    /// The evaluation that is due first.
    private mutating func nextCursor(_ now: Timestamp, _ pace: RulePace, _ run: inout RuleRun) -> Cursor? {
        var first: (time: Timestamp, group: Int)?
        for index in groups.indices {
            let interval = groups[index].interval
            var due = groups[index].nextDue ?? Self.gridPoint(atOrBefore: now, interval: interval)
            if case .live(let behindMax) = pace, now > due {
                let waiting = (now - due).milliseconds / interval.milliseconds + 1
                let skipped = waiting - Int64(max(behindMax, 1))
                if skipped > 0 {
                    due = due + TimeSpan(milliseconds: skipped * interval.milliseconds)
                    groups[index].missedCount += Int(skipped)
                    run.missed += Int(skipped)
                }
            }
            groups[index].nextDue = due
            guard due <= now, first.map({ due < $0.time }) ?? true else { continue }
            first = (due, index)
        }
        guard let first else { return nil }
        if case .live = pace, now - first.time >= groups[first.group].interval {
            groups[first.group].lateCount += 1
            run.late += 1
        }
        return Cursor(time: first.time, group: first.group, rule: 0)
    }

    private mutating func finish(_ done: Cursor) {
        cursor = nil
        groups[done.group].lastEvaluation = done.time
        groups[done.group].evaluationCount += 1
        groups[done.group].nextDue = done.time + groups[done.group].interval
    }

    private mutating func evaluateRule(
        _ index: Int, of groupIndex: Int, at time: Timestamp, _ source: any SeriesSource,
        _ freshness: SourceFreshness?, _ run: inout RuleRun, _ sink: ([RuleOutput]) -> Void
    ) {
        // History that a restored rule has seen already would be taken for the present.
        if let seen = groups[groupIndex].rules[index].restoredFrom, time <= seen { return }
        let began = options.nanoseconds?()
        let group = groups[groupIndex].group
        let sampleTime = time - (group.queryOffset ?? .zero)
        groups[groupIndex].rules[index].number += 1
        run.evaluations += 1
        do throws(RuleError) {
            var outputs = try outputs(index, groupIndex, time, sampleTime, source, freshness)
            groups[groupIndex].rules[index].markStale(&outputs, at: sampleTime)
            if !outputs.isEmpty {
                sink(outputs)
                if groups[groupIndex].rules[index].rule.isAlerting {
                    queries.forget(readersOf: "ALERTS")
                    queries.forget(readersOf: "ALERTS_FOR_STATE")
                } else {
                    queries.forget(readersOf: groups[groupIndex].rules[index].rule.name)
                }
            }
            setHealth(.ok, index, groupIndex, time, &run)
        } catch {
            setHealth(.error(error.message), index, groupIndex, time, &run)
        }
        groups[groupIndex].rules[index].lastEvaluation = time
        report(groups[groupIndex].rules[index].takeChanges(), of: index, groupIndex, time, &run)
        if let began, let ended = options.nanoseconds?() {
            let took = ended >= began ? ended - began : 0
            groups[groupIndex].rules[index].lastNanoseconds = took
            if took > options.slowNanoseconds { groups[groupIndex].rules[index].slowCount += 1 }
        }
    }

    private mutating func outputs(
        _ index: Int, _ groupIndex: Int, _ time: Timestamp, _ sampleTime: Timestamp,
        _ source: any SeriesSource, _ freshness: SourceFreshness?
    ) throws(RuleError) -> [RuleOutput] {
        let prepared = groups[groupIndex].prepared[index]
        let limit = groups[groupIndex].group.limit
        let vector = try queries.value(prepared, at: sampleTime, in: source)
        guard groups[groupIndex].rules[index].rule.isAlerting else {
            return try groups[groupIndex].rules[index].record(vector, limit: limit, at: sampleTime)
        }
        let step = RuleState.Step(
            time: time, sampleTime: sampleTime, interval: groups[groupIndex].interval, limit: limit,
            freshness: freshness, retention: options.resolvedRetention,
            decided: groups[groupIndex].rules[index].hasUnconfirmed
                ? queries.decided(groups[groupIndex].rules[index].rule, at: sampleTime, in: source) : [],
            expand: expansion(at: time, in: source))
        let outputs = try groups[groupIndex].rules[index].alert(vector, step)
        groups[groupIndex].rules[index].expandImpureAnnotations(step.expand)
        return outputs
    }

    /// Expands templates at the time of an evaluation.
    func expansion(
        at time: Timestamp, in source: any SeriesSource
    ) -> (Template, LabelSet, Double) -> String {
        let templateQueries = templateQueries
        let context = TemplateContext(now: time, externalURL: options.externalURL) {
            text throws(TemplateError) in try templateQueries.answer(text, at: time, in: source)
        }
        let options = options
        return { template, labels, value in
            template.expanded(
                Self.templateData(labels, value, options), in: context, limits: options.templateLimits)
        }
    }

    static func templateData(
        _ labels: LabelSet, _ value: Double, _ options: RuleEngineOptions
    ) -> AlertTemplateData {
        AlertTemplateData(
            labels: labels, externalLabels: options.externalLabels, externalURL: options.externalURL,
            value: value)
    }

    static func gridPoint(atOrBefore time: Timestamp, interval: TimeSpan) -> Timestamp {
        let rest = time.milliseconds % interval.milliseconds
        return Timestamp(milliseconds: time.milliseconds - (rest < 0 ? rest + interval.milliseconds : rest))
    }

    // MARK: Reports

    private mutating func setHealth(
        _ health: RuleHealth, _ index: Int, _ groupIndex: Int, _ time: Timestamp, _ run: inout RuleRun
    ) {
        let rule = groups[groupIndex].rules[index].rule
        let wasFailing = groups[groupIndex].rules[index].failingSince != nil
        groups[groupIndex].rules[index].health = health
        var message: String?
        if case .error(let text) = health {
            message = text
            groups[groupIndex].rules[index].failureCount += 1
            if !wasFailing { groups[groupIndex].rules[index].failingSince = time }
        } else {
            groups[groupIndex].rules[index].failingSince = nil
        }
        guard rule.isAlerting, wasFailing != (message != nil) else { return }
        run.transitions.append(
            AlertTransition(
                time: time, name: rule.name, labels: ["alertname": rule.name],
                from: wasFailing ? .error : .normal, to: wasFailing ? .normal : .error, value: 0,
                reason: message,
                group: groups[groupIndex].group.name, panel: rule.panel))
    }

    private func report(
        _ changes: [RuleState.Change], of index: Int, _ groupIndex: Int, _ time: Timestamp,
        _ run: inout RuleRun
    ) {
        guard !changes.isEmpty else { return }
        let state = groups[groupIndex].rules[index]
        for change in changes {
            run.transitions.append(
                AlertTransition(
                    time: time, name: state.rule.name, labels: change.alert.labels, from: change.from,
                    to: change.to, value: change.alert.value, reason: Self.reason(change, state.health),
                    group: groups[groupIndex].group.name, panel: state.panel))
        }
    }

    private static func reason(_ change: RuleState.Change, _ health: RuleHealth) -> String? {
        switch change.to {
        case .noData: return change.alert.silentSince.map { "no data since \(rfc3339($0))" }
        case .error: if case .error(let message) = health { return message } else { return nil }
        default: return nil
        }
    }

    /// Ends the series of rules that are gone, and reports their alerts.
    private mutating func endRemoved(
        at time: Timestamp, _ run: inout RuleRun, _ sink: ([RuleOutput]) -> Void
    ) {
        if !abandoned.isEmpty {
            let gone = abandoned.filter { labels in
                !groups.contains { $0.rules.contains { $0.writes(labels) } }
            }
            if !gone.isEmpty {
                sink(gone.map { RuleOutput(labels: $0, sample: Sample(time, StaleMarker.value)) })
            }
        }
        for change in unreported {
            run.transitions.append(
                AlertTransition(
                    time: time, name: change.alert.labels["alertname"] ?? "", labels: change.alert.labels,
                    from: change.from, to: change.to, value: change.alert.value,
                    reason: "the rule was removed"))
        }
        abandoned = []
        unreported = []
    }
}

/// A time as operators read it: `2026-11-21T02:15:00Z`.
func rfc3339(_ time: Timestamp) -> String {
    let (nanoseconds, overflow) = time.milliseconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow
        ? time.description : GoTime(nanoseconds: nanoseconds).format("2006-01-02T15:04:05.999Z07:00")
}
