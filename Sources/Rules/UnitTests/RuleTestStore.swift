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

    /// By metric name: nearly every selector names one, and rules ask thousands of times.
    private var metrics: [LoadedSeries] = []
    private var metricNumbers: [String: Int] = [:]
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
                    append(inputs[index].labels, at, value)
                }
                inputs[index].next += 1
            }
        }
    }

    func append(_ outputs: [RuleOutput]) {
        for output in outputs { append(output.labels, output.sample.timestamp, output.sample.value) }
    }

    private func append(_ labels: LabelSet, _ time: Timestamp, _ value: Double) {
        let name = labels.name ?? ""
        let number = metricNumbers[name] ?? metrics.count
        if number == metrics.count {
            metricNumbers[name] = number
            metrics.append(LoadedSeries())
        }
        metrics[number].append(labels, time, value)
    }

    /// A handle is that of the metric's series and, above it, the metric's number.
    private static let handleBits = 32

    func select(_ matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [SelectedSeries] {
        let exact = matchers.first { $0.name == LabelSet.metricName && $0.operation == .equal }
        let numbers = exact.map { metricNumbers[$0.value].map { [$0] } ?? [] } ?? Array(metrics.indices)
        return numbers.flatMap { number in
            metrics[number].select(matchers, after: after, through: through).map { selected in
                var selected = selected
                selected.handle |= number << Self.handleBits
                return selected
            }
        }
    }

    func read(
        _ selected: SelectedSeries, after: Timestamp, through: Timestamp, into buffer: inout SampleBuffer
    ) {
        var inner = selected
        inner.handle = selected.handle & (1 << Self.handleBits - 1)
        metrics[selected.handle >> Self.handleBits].read(
            inner, after: after, through: through, into: &buffer)
    }

    func changeCount(_ matchers: [LabelMatcher]) -> UInt64 {
        metrics.reduce(0) { $0 + $1.changeCount(matchers) }
    }
}
