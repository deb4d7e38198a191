import MetricModel
import Testing

@testable import PromQL

@Suite("what the evaluator adds to Prometheus or does where its scripts are silent")
struct EvaluatorSemanticsTests {
    @Test("a series' own lookback holds when it is longer")
    func lookback() throws {
        let source = EvaluatorSource()
        try source.load("slow 1", lookback: .minutes(13))
        try source.load("hasty 1", lookback: .seconds(20))
        try source.load("plain 1")
        let probe = EvaluatorProbe(source: source)
        for (name, seconds, isThere) in [
            ("slow", 779.0, true), ("slow", 780, false), ("hasty", 299, true), ("plain", 299, true),
            ("plain", 300, false),
        ] {
            #expect(
                (try probe.instant(name, at: seconds).vector.count == 1) == isThere, "\(name) at \(seconds)")
            #expect((try probe.range(name, seconds, seconds + 1, 10).matrix.count == 1) == isThere)
        }
    }

    @Test("vectors come ordered by labels, unless the query orders them")
    func order() throws {
        let source = EvaluatorSource()
        for (label, value) in [("c", 2), ("a", 3), ("b", 1)] { try source.load("x{l=\"\(label)\"} \(value)") }
        let probe = EvaluatorProbe(source: source)
        func labels(_ text: String) throws -> String {
            try probe.instant(text, at: 0).vector.map { $0.labels["l"] ?? "-" }.joined()
        }
        #expect(try labels("x") == "abc")
        #expect(try labels("sort(x)") == "bca")
        #expect(try labels("sort_desc(x) * 2") == "acb")
        #expect(try labels("topk(2, x)") == "ac")
        #expect(try labels("topk(2, x) or x") == "abc")
        #expect(try probe.instant("sort(x)", at: 0).isOrdered)
        #expect(try !probe.instant("sum by (l) (sort(x))", at: 0).isOrdered)
    }

    @Test(
        "what cannot be matched says why",
        arguments: [
            (
                "many + one",
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
            ),
            (
                "one + on (a) many",
                "found duplicate series for the match group {a=\"1\"} on the right hand-side of the operation: "
                    + "[{__name__=\"many\", a=\"1\", b=\"1\"}, {__name__=\"many\", a=\"1\", b=\"2\"}]"
                    + ";many-to-many matching not allowed: matching labels must be unique on one side"
            ),
            (
                "{__name__=~\"many|same\"} + on (a) group_left one",
                "multiple matches for labels: grouping labels must ensure unique matches"
            ),
            ("-{__name__=~\"many|same\"}", "vector cannot contain metrics with the same labelset"),
            (
                "label_replace(many, \"b\", \"x\", \"b\", \".*\")",
                "vector cannot contain metrics with the same labelset"
            ),
            ("topk(scalar(nothing), many)", "Parameter value is NaN"),
            (
                "double_exponential_smoothing(many[1m], 2, 0.5)",
                "invalid smoothing factor. Expected: 0 < sf < 1, got: 2.000000"
            ),
        ])
    func complaints(_ text: String, _ message: String) throws {
        let source = EvaluatorSource()
        try source.load("many{a=\"1\", b=\"1\"} 1 1")
        try source.load("many{a=\"1\", b=\"2\"} 1 1")
        try source.load("same{a=\"1\", b=\"2\"} 1 1")
        try source.load("one{a=\"1\"} 1 1")
        let probe = EvaluatorProbe(source: source)
        let text = text == "many + one" ? "many + on (a) one" : text
        for isRange in [false, true] {
            do {
                _ = isRange ? try probe.range(text, 0, 10, 10) : try probe.instant(text, at: 10)
                Issue.record("\(text) has an answer")
            } catch let error as QueryError {
                guard case .execution(let got, _) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(got == message)
            }
        }
    }

    @Test("annotations carry the words and the place of Prometheus'")
    func annotations() throws {
        let source = EvaluatorSource()
        try source.load("x 0+1x10")
        let probe = EvaluatorProbe(source: source)
        for (text, expected) in [
            (
                "sum(rate(x[1m]))",
                "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"x\" (1:10)"
            ),
            (
                "1 +\n quantile_over_time(1.5, x[1m])",
                "PromQL warning: quantile value should be between 0 and 1, got 1.5 (2:21)"
            ),
            (
                "histogram_quantile(0.5, x)",
                "PromQL warning: bucket label \"le\" is missing or has a malformed value of \"\" for metric name \"x\" (1:25)"
            ),
            (
                "x </ x",
                "PromQL info: incompatible sample types encountered for binary operator \"</\": float </ float (1:1)"
            ),
        ] {
            let result = try probe.instant(text, at: 100)
            #expect(result.annotations.map { $0.text(in: text) } == [expected])
        }
    }

    @Test("cumulative buckets that fall are raised and told of")
    func monotonicity() throws {
        let source = EvaluatorSource()
        for (bound, count) in [("1", 10), ("2", 8), ("4", 12), ("+Inf", 11)] {
            try source.load("h_bucket{le=\"\(bound)\"} \(count)x5")
        }
        let result = try EvaluatorProbe(source: source).range("histogram_quantile(0.9, h_bucket)", 0, 20, 10)
        #expect(result.annotations.count == 1)
        #expect(
            result.annotations.first?.message.hasSuffix(
                "for metric name \"h_bucket\", from buckets 2 to +Inf, with a max diff of 2, over 3 samples "
                    + "from 1970-01-01T00:00:00Z to 1970-01-01T00:00:20Z") == true)
    }

    @Test("one sample is enough where it says when its counter began")
    func startTimestamps() throws {
        let source = EvaluatorSource()
        var samples = SampleBuffer()
        samples.append(60_000, 12)
        samples.startTimestamps = [30_000]
        source.series.append(EvaluatorSource.Series(labels: ["__name__": "x_total"], samples: samples))
        let probe = EvaluatorProbe(source: source)
        #expect(try probe.instant("increase(x_total[1m])", at: 60).vector.first?.value == 12)
        #expect(try probe.instant("rate(x_total[1m])", at: 60).vector.first?.value == 0.2)
        #expect(try probe.instant("increase(x_total[20s])", at: 60).vector.isEmpty)
        #expect(try probe.instant("start_timestamp(x_total)", at: 70).vector.first?.value == 30)
        #expect(try probe.instant("start_timestamp(x_total + 0)", at: 70).vector.isEmpty)
    }

    @Test("limit_ratio and its complement share the series between them")
    func limitRatio() throws {
        let source = EvaluatorSource()
        for index in 0..<200 { try source.load("x{i=\"\(index)\"} 1") }
        let probe = EvaluatorProbe(source: source)
        let some = try probe.instant("limit_ratio(0.3, x)", at: 0).vector.map(\.labels)
        let rest = try probe.instant("limit_ratio(-0.7, x)", at: 0).vector.map(\.labels)
        #expect(some.count > 30 && some.count < 90)
        #expect(Set(some).isDisjoint(with: rest) && some.count + rest.count == 200)
    }

    @Test("sums of values that cancel are as exact in a sliding window as in one by itself")
    func cancelling() throws {
        let source = EvaluatorSource()
        try source.load("x 1 1e100 1 -1e100 2 3 4 5 6 7 8 9")
        let probe = EvaluatorProbe(source: source)
        let sums = try probe.range("sum_over_time(x[40s])", 30, 110, 10).matrix[0].points.values
        #expect(sums == [2, 3, -1e100, -1e100, 14, 18, 22, 26, 30])
    }

    @Test("range vectors at the top")
    func rangeVectors() throws {
        let source = EvaluatorSource()
        try source.load("x 0 1 stale 3 4 5")
        let probe = EvaluatorProbe(source: source)
        let plain = try probe.instant("x[30s]", at: 45).matrix
        #expect(plain.first?.points.timestamps == [30_000, 40_000] && plain.first?.points.values == [3, 4])
        let smoothed = try probe.instant("x[20s] smoothed", at: 45).matrix
        #expect(smoothed.first?.points.timestamps == [25_000, 30_000, 40_000, 45_000])
        #expect(smoothed.first?.points.values == [2.5, 3, 4, 4.5])
        let anchored = try probe.instant("x[20s] anchored", at: 45).matrix
        #expect(anchored.first?.points.values == [1, 3, 4, 4])
        let subquery = try probe.instant("(x * 2)[20s:10s]", at: 45).matrix
        #expect(subquery.first?.labels == .empty && subquery.first?.points.values == [6, 8])
    }

    @Test("a series with a partner at some steps and a filled value at others stays one series")
    func fillTakesTurns() throws {
        let source = EvaluatorSource()
        try source.load("a 1 1 1 1 1 1")
        try source.load("b _ _ 5 stale 7 stale")
        let probe = EvaluatorProbe(source: source)
        for text in ["a + fill_right(10) b", "b + fill_left(10) a", "a + on () group_left fill(10) b"] {
            let series = try probe.range(text, 0, 50, 10).matrix
            #expect(series.map(\.points.values) == [[11, 11, 6, 11, 8, 11]], "\(text)")
        }
    }
}

@Test(
    "how far back an expression looks",
    arguments: [
        ("m > 5", 0), ("m offset 5m", 300), ("rate(m[5m])", 300), ("rate(m[5m] offset 1h)", 3900),
        ("max_over_time(rate(m[5m])[1h:])", 3900), ("m > 1 and on () rate(n[10m]) > 0", 600), ("1", 0),
        ("topk(3, sum by (a) (increase(m[2m])))", 120), ("m offset -5m", 0),
    ])
func reach(_ text: String, _ seconds: Int64) throws {
    #expect(try PromQL.parse(text).reach == .seconds(seconds))
}
