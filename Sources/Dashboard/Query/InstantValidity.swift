import MetricModel
import PromQL

/// Until when an answer at one time is the answer at later times too, as long as no sample comes in.
///
/// The screen's time goes on with every second, what it shows mostly does not: a selector gives the same sample until the next
/// one comes or the last one is too old. Only what reads the clock, or windows that slide with it, must be asked again.
enum InstantValidity {
    /// How far ahead samples are looked for that are there already, as in a replay that was sent back.
    private static let horizon = TimeSpan.minutes(1)

    /// - Returns: the first time at which the answer may differ; `time` itself where every moment may.
    static func end(
        of expression: Expression, _ selectors: [[LabelMatcher]], at time: Timestamp, lookback: TimeSpan,
        in source: any SeriesSource
    ) -> Timestamp {
        guard expression.dependsOnNewestSamplesAlone else { return time }
        var end = time + horizon
        var buffer = SampleBuffer()
        for selector in selectors {
            // How far back a series may be current is its own to say, so none is left out by time.
            for series in source.select(selector, after: .distantPast, through: time + horizon) {
                let patience = max(lookback, series.lookback ?? .zero)
                buffer.removeAll()
                source.read(series, after: time - patience, through: time + horizon, into: &buffer)
                for timestamp in buffer.timestamps.reversed() {
                    let sample = Timestamp(milliseconds: timestamp)
                    if sample > time {
                        end = min(end, sample)
                    } else {
                        end = min(end, sample + patience)
                        break
                    }
                }
            }
        }
        return end
    }
}

extension Expression {
    /// Whether the value changes with nothing but the newest samples of the selectors.
    fileprivate var dependsOnNewestSamplesAlone: Bool {
        switch kind {
        case .number, .string: true
        case .parenthesised(let inner), .unary(_, let inner): inner.dependsOnNewestSamplesAlone
        case .binary(let operation):
            operation.left.dependsOnNewestSamplesAlone && operation.right.dependsOnNewestSamplesAlone
        case .aggregation(let aggregation):
            aggregation.expression.dependsOnNewestSamplesAlone
                && aggregation.parameter?.dependsOnNewestSamplesAlone ?? true
        case .call(let function, let arguments):
            // Without arguments they read the clock: `time()`, `hour()`. `info` reads series of no selector.
            (!arguments.isEmpty || function == "pi") && function != "info"
                && arguments.allSatisfy(\.dependsOnNewestSamplesAlone)
        case .vectorSelector(let selector): selector.offset == nil && selector.at == nil
        case .matrixSelector, .subquery: false
        }
    }
}
