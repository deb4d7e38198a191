import MetricModel

@testable import PromQL

/// Series in arrays, with a lookback each may declare and a count of the reads.
final class EvaluatorSource: SeriesSource {
    struct Series {
        var labels: LabelSet
        var samples = SampleBuffer()
        var lookback: TimeSpan?
    }

    var series: [Series] = []
    var changes: UInt64 = 1
    private(set) var reads = 0

    init(_ series: [Series] = []) { self.series = series }

    /// Adds the series of a line in the notation of test scripts, the first value at time 0.
    func load(_ line: String, step: TimeSpan = .seconds(10), lookback: TimeSpan? = nil) throws {
        let description = try parseSeriesDescription(line)
        var samples = SampleBuffer()
        for (index, value) in description.values.enumerated() {
            if case .number(let number) = value {
                samples.append(Int64(index) * step.milliseconds, number)
            }
        }
        series.append(Series(labels: description.labels, samples: samples, lookback: lookback))
        changes += 1
    }

    func select(_ matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [SelectedSeries] {
        series.indices.filter { index in matchers.allSatisfy { $0.matches(series[index].labels) } }.map {
            SelectedSeries(handle: $0, labels: series[$0].labels, lookback: series[$0].lookback)
        }
    }

    func read(
        _ selected: SelectedSeries, after: Timestamp, through: Timestamp, into buffer: inout SampleBuffer
    ) {
        reads += 1
        let samples = series[selected.handle].samples
        for index in 0..<samples.count
        where samples.timestamps[index] > after.milliseconds
            && samples.timestamps[index] <= through.milliseconds
        {
            buffer.append(samples.timestamps[index], samples.values[index])
            if index < samples.startTimestamps.count {
                buffer.startTimestamps.append(samples.startTimestamps[index])
            }
        }
    }

    func changeCount(_ matchers: [LabelMatcher]) -> UInt64 { changes }
}

/// Evaluates the text of an expression, experimental PromQL included.
struct EvaluatorProbe {
    var source: EvaluatorSource
    var options = EvaluationOptions()

    func instant(_ text: String, at seconds: Double) throws -> QueryResult {
        try Evaluator(options: options).instant(
            try parse(text, allowsExperimental: true), at: Timestamp(seconds: seconds), in: source)
    }

    func range(_ text: String, _ start: Double, _ end: Double, _ step: Double) throws -> QueryResult {
        try Evaluator(options: options).range(
            try parse(text, allowsExperimental: true), from: Timestamp(seconds: start),
            through: Timestamp(seconds: end), step: TimeSpan(seconds: step), in: source)
    }
}

extension QueryResult {
    var vector: [VectorElement] { if case .vector(let elements) = value { elements } else { [] } }
    var matrix: [RangeSeries] { if case .matrix(let series) = value { series } else { [] } }
    var scalar: Double? { if case .scalar(let sample) = value { sample.value } else { nil } }
}
