import MetricModel
import PromQL

/// The series of one test group: the input, as far as its time has come, and what rules write.
final class RuleTestStore: SeriesSource {
    /// An input series with the samples that are still to come.
    private struct Input {
        var labels: LabelSet
        var values: [SeriesNotationValue]
        var next = 0
    }

    private var series = LoadedSeries()
    private var inputs: [Input] = []
    private let start: Timestamp
    private let step: TimeSpan

    init(start: Timestamp, step: TimeSpan) {
        self.start = start
        self.step = step
    }

    /// Adds an input series; of the same series given twice the later one counts.
    func add(_ labels: LabelSet, _ values: [SeriesNotationValue]) {
        let input = Input(labels: labels, values: values)
        if let index = inputs.firstIndex(where: { $0.labels == labels }) {
            inputs[index] = input
        } else {
            inputs.append(input)
        }
    }

    /// Loads the input's samples up to `time`.
    func load(through time: Timestamp) {
        for index in inputs.indices {
            while inputs[index].next < inputs[index].values.count {
                let place = inputs[index].next
                let at = start + TimeSpan(milliseconds: step.milliseconds * Int64(place))
                guard at <= time else { break }
                if case .number(let value) = inputs[index].values[place] {
                    series.append(inputs[index].labels, at, value)
                }
                inputs[index].next += 1
            }
        }
    }

    func append(_ outputs: [RuleOutput]) {
        for output in outputs { series.append(output.labels, output.sample.timestamp, output.sample.value) }
    }

    func select(_ matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [SelectedSeries] {
        series.select(matchers, after: after, through: through)
    }

    func read(
        _ selected: SelectedSeries, after: Timestamp, through: Timestamp, into buffer: inout SampleBuffer
    ) {
        series.read(selected, after: after, through: through, into: &buffer)
    }

    func changeCount(_ matchers: [LabelMatcher]) -> UInt64 { series.changeCount(matchers) }
}
