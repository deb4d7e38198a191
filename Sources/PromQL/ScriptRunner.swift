import MetricModel

/// Runs a script in the language of Prometheus' PromQL tests and tells what became of each case, in order.
///
/// - Parameters:
///   - file: the script's name, as failures tell it.
///   - options: how to evaluate; experimental PromQL is allowed in any case, as Prometheus' own runner does.
package func runConformanceScript(
    text: String, file: String, options: EvaluationOptions = EvaluationOptions()
) -> [CaseOutcome] {
    var runner = ScriptRunner(file: file, options: options)
    return ConformanceScript(parsing: text, file: file).commands.compactMap { runner.run($0) }
}

/// Carries out the commands of a script against a store in memory.
private struct ScriptRunner {
    private typealias Mismatch = CaseOutcome.Mismatch

    private let file: String
    private let evaluator: Evaluator
    private var store = LoadedSeries()

    init(file: String, options: EvaluationOptions) {
        self.file = file
        var options = options
        options.allowsExperimental = true
        evaluator = Evaluator(options: options)
    }

    mutating func run(_ command: ConformanceScript.Command) -> CaseOutcome? {
        switch command {
        case .clear:
            store.removeAll()
            return nil
        case .load(let load):
            carryOut(load)
            return nil
        case .evaluate(let example):
            return CaseOutcome(
                file: file, line: example.line, expression: example.expression, verdict: verdict(on: example))
        case .malformed(let block):
            let mismatch = Mismatch(expected: "a block of the script language", got: block.reason)
            return CaseOutcome(
                file: file, line: block.line, expression: block.text, verdict: .failed(mismatch))
        }
    }

    private mutating func carryOut(_ load: ConformanceScript.Load) {
        for series in load.series {
            store.load(
                series.labels, series.values, startTimes: series.startTimes, from: Timestamp(milliseconds: 0),
                step: load.step)
            if load.derivesHistograms, let name = series.labels.name, name.hasSuffix("_bucket"),
                series.labels["le"] != nil
            {
                store.markHistogram(
                    series.labels.setting(LabelSet.metricName, String(name.dropLast(7))).setting("le", ""))
            }
        }
    }

    // MARK: Cases

    private func verdict(on example: ConformanceScript.Case) -> CaseOutcome.Verdict {
        let expression: Expression
        do throws(ParseError) {
            expression = try parse(example.expression, allowsExperimental: true)
        } catch {
            if let failure = example.expectation.failure, failure.matches(error.message) { return .passed }
            let place = linePosition(ofByte: error.position.lowerBound, in: example.expression)
            let got = "parse error at \(place.line):\(place.column): \(error.message)"
            return .failed(Mismatch(expected: describe(example.expectation), got: got))
        }
        let needsHistograms =
            example.expectation.needsHistograms
            || expression.selectors.contains { store.selectsHistograms($0.matchers) }
        if needsHistograms { return .skipped(reason: SeriesNotationValue.nativeHistogramReason) }
        do throws(Mismatch) {
            switch example.time {
            case .instant(let time): try checkInstant(expression, at: time, example)
            case .range(let start, let end, let step):
                try checkRange(expression, from: start, through: end, step: step, example)
            }
            return .passed
        } catch {
            return .failed(error)
        }
    }

    private func checkRange(
        _ expression: Expression, from start: Timestamp, through end: Timestamp, step: TimeSpan,
        _ example: ConformanceScript.Case
    ) throws(Mismatch) {
        let result: QueryResult
        do throws(QueryError) {
            result = try evaluator.range(expression, from: start, through: end, step: step, in: store)
        } catch {
            return try checkFailure(error, example)
        }
        let comparison = ScriptComparison(example)
        try comparison.checkSuccess(of: result.value)
        try comparison.checkAnnotations(result.annotations)
        guard case .matrix(let series) = result.value else {
            throw comparison.mismatch(got: "no matrix, but \(describe(result.value))")
        }
        try comparison.checkMatrix(series, from: start, through: end, step: step)
    }

    /// Evaluates as written, then pinned to its time from other times, and each of these as the middle of a range query.
    private func checkInstant(
        _ expression: Expression, at time: Timestamp, _ example: ConformanceScript.Case
    ) throws(Mismatch) {
        try checkInstant(expression, at: time, example, circumstance: nil)
        if expression.dependsOnTime { return }
        let pinned = expression.pinned(at: time)
        let milliseconds = time.milliseconds
        let others =
            milliseconds == 0
            ? [-1000, 0, 1000] : [-10 * milliseconds, 0, milliseconds / 5, milliseconds, 10 * milliseconds]
        for other in others {
            let moment = Timestamp(milliseconds: other)
            try checkInstant(
                pinned, at: moment, example,
                circumstance:
                    "evaluated again at \(moment.seconds) s with @ \(time.seconds) on every selector: \(pinned)"
            )
        }
    }

    private func checkInstant(
        _ expression: Expression, at time: Timestamp, _ example: ConformanceScript.Case, circumstance: String?
    ) throws(Mismatch) {
        let result: QueryResult
        do throws(QueryError) {
            result = try evaluator.instant(expression, at: time, in: store)
        } catch {
            return try checkFailure(error, example, circumstance)
        }
        let comparison = ScriptComparison(example, circumstance: circumstance)
        try comparison.checkSuccess(of: result.value)
        try comparison.checkAnnotations(result.annotations)
        try comparison.checkInstant(result.value)
        if example.expectation.isOrdered || expression.dependsOnRange { return }
        switch result.value {
        case .string, .matrix: return
        case .scalar, .vector: try checkMiddle(of: expression, at: time, example, circumstance)
        }
    }

    /// The same query as a range query of three steps: its middle step must give the same.
    private func checkMiddle(
        of expression: Expression, at time: Timestamp, _ example: ConformanceScript.Case,
        _ circumstance: String?
    ) throws(Mismatch) {
        let minute = TimeSpan.minutes(1)
        let comparison = ScriptComparison(
            example,
            circumstance: "as the middle step of a range query" + (circumstance.map { ", " + $0 } ?? ""))
        let result: QueryResult
        do throws(QueryError) {
            result = try evaluator.range(
                expression, from: time - minute, through: time + minute, step: minute, in: store)
        } catch {
            throw comparison.mismatch(got: "failure: \(describe(error))")
        }
        guard case .matrix(let series) = result.value else {
            throw comparison.mismatch(got: "no matrix, but \(describe(result.value))")
        }
        try comparison.checkSorted(series)
        let vector = series.compactMap { series in
            series.points.timestamps.firstIndex(of: time.milliseconds).map {
                VectorElement(labels: series.labels, timestamp: time, value: series.points.values[$0])
            }
        }
        if example.expectation.scalar != nil, vector.count == 1, vector[0].labels.isEmpty {
            try comparison.checkInstant(.scalar(Sample(time, vector[0].value)))
        } else {
            try comparison.checkInstant(.vector(vector))
        }
    }

    private func checkFailure(
        _ error: QueryError, _ example: ConformanceScript.Case, _ circumstance: String? = nil
    ) throws(Mismatch) {
        let message = describe(error)
        if let failure = example.expectation.failure, failure.matches(message) { return }
        throw ScriptComparison(example, circumstance: circumstance).mismatch(got: "failure: \(message)")
    }
}
