import MetricModel
import Panels
import Rules

/// The worst state of all alerts over time, as spans for the scrubber.
enum StateSpans {
    static func worst(_ history: AlertHistory, from: Timestamp, to: Timestamp) -> [ScrubberModel.Span] {
        var states: [LabelSet: AlertState] = [:]
        for alert in history.instances(at: from) { states[alert.labels] = alert.state }
        var spans: [ScrubberModel.Span] = []
        var start = from
        var current = worst(of: states)
        for transition in history.transitions(after: from, through: to) {
            states[transition.labels] = transition.to == .normal ? nil : transition.to
            let next = worst(of: states)
            if next == current { continue }
            if transition.time > start {
                spans.append(ScrubberModel.Span(from: start, to: transition.time, state: current))
            }
            (start, current) = (transition.time, next)
        }
        if to > start { spans.append(ScrubberModel.Span(from: start, to: to, state: current)) }
        return spans
    }

    private static func worst(of states: [LabelSet: AlertState]) -> AlertState {
        states.values.max { $0.severityRank < $1.severityRank } ?? .normal
    }
}
