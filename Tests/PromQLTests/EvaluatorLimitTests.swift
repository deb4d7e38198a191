import MetricModel
import Synchronization
import Testing

@testable import PromQL

@Suite("limits of an evaluation")
struct EvaluatorLimitTests {
    private func source() throws -> EvaluatorSource {
        let source = EvaluatorSource()
        for index in 0..<20 { try source.load("x{i=\"\(index)\"} 0+1x100") }
        return source
    }

    @Test("samples read")
    func samplesRead() throws {
        var probe = EvaluatorProbe(source: try source())
        probe.options.samplesMax = 500
        #expect(throws: QueryError.tooManySamples(limit: 500)) { try probe.instant("rate(x[10m])", at: 1000) }
        probe.options.samplesMax = 2000
        #expect(try probe.instant("rate(x[10m])", at: 1000).samplesRead == 20 * 60)
    }

    @Test(
        "values held",
        arguments: ["1", "time()", "vector(1)", "sum_over_time(vector(1)[100000000s:1ms])", "x"])
    func valuesHeld(_ text: String) throws {
        var probe = EvaluatorProbe(source: try source())
        probe.options.samplesMax = 1000
        #expect(throws: QueryError.tooManySamples(limit: 1000)) { try probe.range(text, 0, 1000, 0.5) }
    }

    @Test("time is asked for now and then, not once a sample")
    func time() throws {
        let asked = Atomic(0)
        var probe = EvaluatorProbe(source: try source())
        probe.options.isOutOfTime = {
            asked.add(1, ordering: .relaxed)
            return false
        }
        _ = try probe.range("sum(quantile_over_time(0.5, x[5m]))", 0, 1000, 0.1)
        let count = asked.load(ordering: .relaxed)
        #expect(count > 0 && count < 100)
        probe.options.isOutOfTime = { true }
        probe.options.timeLimit = .seconds(3)
        #expect(throws: QueryError.timedOut(limit: .seconds(3))) {
            try probe.range("rate(x[5m])", 0, 1000, 0.1)
        }
    }

    @Test("one long series cannot hold the time up")
    func timeWithinSeries() throws {
        let source = EvaluatorSource()
        var samples = SampleBuffer()
        for index in 0..<20_000 { samples.append(Int64(index), Double(index % 7) / 3) }
        source.series.append(EvaluatorSource.Series(labels: ["__name__": "x"], samples: samples))
        let asked = Atomic(0)
        var probe = EvaluatorProbe(source: source)
        probe.options.isOutOfTime = { asked.add(1, ordering: .relaxed).newValue > 3 }
        #expect(throws: QueryError.timedOut(limit: .minutes(2))) {
            try probe.range("stddev_over_time(x[20s])", 0, 20, 0.001)
        }
    }

    @Test("nesting")
    func nesting() throws {
        let probe = EvaluatorProbe(source: try source())
        let leaf = try parse("x")
        var deep = leaf
        for _ in 0..<1000 { deep = Expression(.call(function: "abs", arguments: [deep]), at: 0..<1) }
        #expect(throws: QueryError.tooDeep(limit: 200)) {
            try Evaluator().instant(deep, at: Timestamp(seconds: 10), in: probe.source)
        }
        var parentheses = leaf
        for _ in 0..<1000 { parentheses = Expression(.parenthesised(parentheses), at: 0..<1) }
        #expect(
            try Evaluator().instant(parentheses, at: Timestamp(seconds: 10), in: probe.source).vector.count
                == 20)
    }

    @Test("a long chain is not a deep one", arguments: [BinaryOperator.or, .add, .and])
    func chain(_ operation: BinaryOperator) throws {
        var chain = try parse("x")
        var matching = VectorMatching()
        if operation.isSet { matching.cardinality = .manyToMany }
        for _ in 0..<500 {
            let binary = BinaryOperation(
                operation: operation, left: chain, right: try parse("x"), returnsBool: false,
                matching: matching)
            chain = Expression(.binary(binary), at: 0..<1)
        }
        let result = try Evaluator().instant(chain, at: Timestamp(seconds: 10), in: try source())
        #expect(result.vector.count == 20)
        #expect(result.vector[0].value == (operation == .add ? 501 : 1))
    }

    @Test("label values that double")
    func labelValues() throws {
        var text = "x"
        for _ in 0..<60 { text = "label_join(\(text), \"a\", \"b\", \"a\", \"a\")" }
        let probe = EvaluatorProbe(source: try source())
        #expect(throws: QueryError.self) { try probe.instant(text, at: 10) }
    }

    @Test("times at the ends of what can be counted")
    func extremeTimes() throws {
        let probe = EvaluatorProbe(source: try source())
        for time in [Timestamp.distantPast, .distantFuture, Timestamp(milliseconds: 0)] {
            for text in [
                "x", "rate(x[5m])", "x offset 1000y", "x offset -1000y", "x @ 9e18", "rate(x[290y])",
                "sum_over_time(x[5m:1m])", "timestamp(x)", "hour()",
            ] {
                guard let expression = try? parse(text, allowsExperimental: true) else { continue }
                _ = try? Evaluator().instant(expression, at: time, in: probe.source)
                _ = try? Evaluator().range(
                    expression, from: time, through: time, step: TimeSpan(milliseconds: .max),
                    in: probe.source)
            }
        }
        let result = try Evaluator().range(
            try parse("x"), from: .distantPast, through: .distantFuture, step: TimeSpan(milliseconds: .max),
            in: probe.source)
        // One of the three steps is the epoch.
        #expect(result.matrix.allSatisfy { $0.points.timestamps == [0] })
    }
}
