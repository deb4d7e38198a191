import MetricModel
import Testing

@testable import PromQL

struct NotationCase: CustomTestStringConvertible {
    var text: String
    var values: [SeriesNotationValue]

    init(_ text: String, _ values: [SeriesNotationValue]) {
        self.text = text
        self.values = values
    }

    var testDescription: String { text }
}

@Suite("series notation")
struct ScriptNotationTests {
    private static func numbers(_ values: Double...) -> [SeriesNotationValue] { values.map { .number($0) } }

    @Test(
        "values",
        arguments: [
            NotationCase("", []),
            NotationCase("1 -2.5 +3 1e3 .5", numbers(1, -2.5, 3, 1000, 0.5)),
            NotationCase("Inf -Inf +inf NaN", numbers(.infinity, -.infinity, .infinity, .nan)),
            NotationCase("_ _x2 1", [.omitted, .omitted, .omitted, .number(1)]),
            NotationCase("1 stale 2", [.number(1), .number(StaleMarker.value), .number(2)]),
            NotationCase("5x2", numbers(5, 5, 5)),
            NotationCase("0x5", numbers(0, 0, 0, 0, 0, 0)),
            NotationCase("5x0", numbers(5)),
            NotationCase("1+2x3", numbers(1, 3, 5, 7)),
            NotationCase("1-2x2", numbers(1, -1, -3)),
            NotationCase("-1--2x2", []),
            NotationCase("-1+-2x2", []),
            NotationCase("1e2+5e-1x2", numbers(100, 100.5, 101)),
            NotationCase("-30s-1mx2 1h", numbers(-30, -90, -150, 3600)),
            NotationCase("NaNx1", numbers(.nan, .nan)),
            NotationCase(
                "{{}} {{schema:0 sum:5}}x1", [.nativeHistogram, .nativeHistogram, .nativeHistogram]),
            NotationCase("{{sum:1}}+{{sum:2}}x1 3", [.nativeHistogram, .nativeHistogram, .number(3)]),
        ])
    func values(_ example: NotationCase) throws {
        // A sign after the operator is no number.
        if example.values.isEmpty && !example.text.isEmpty {
            #expect(throws: ParseError.self) { try expandSeriesNotation(example.text) }
        } else {
            #expect(try expandSeriesNotation(example.text) == example.values)
        }
    }

    @Test("steps add up as Prometheus adds them")
    func repeatedAddition() throws {
        let values = try expandSeriesNotation("0+0.1x10")
        var sum = 0.0
        for value in values {
            #expect(value == .number(sum))
            sum += 0.1
        }
        #expect(values.count == 11)
    }

    @Test(
        "refused",
        arguments: [
            "x", "1x", "1xx", "1x-1", "1+2", "abc", "1,2", "_5", "{{", "{1}", "1x99999999999", "1x1000000",
            "stalex",
            "stale1", "1é", "0x1F", "--1",
        ])
    func refused(_ text: String) {
        let error = #expect(throws: ParseError.self) { try expandSeriesNotation(text) }
        #expect(error.map { $0.position.upperBound <= text.utf8.count } == true)
        #expect(error?.message.contains("expected") == true)
    }

    @Test("metrics and whole lines")
    func metrics() throws {
        #expect(try parseMetric("a:b{c=\"d\", e='f',}") == ["__name__": "a:b", "c": "d", "e": "f"])
        #expect(try parseMetric(" {} ") == .empty)
        #expect(try parseMetric("{\"a.b\", \"c d\"=\"}\"}") == ["__name__": "a.b", "c d": "}"])
        #expect(try parseMetric("sum") == ["__name__": "sum"])
        let line = try parseSeriesDescription("x{a=\"1 2\"}\t1 _")
        #expect(
            line == SeriesDescription(labels: ["__name__": "x", "a": "1 2"], values: [.number(1), .omitted]))
        for text in ["", "1", "x{", "x{a}", "x{a!=\"b\"}", "x{a=\"b\"", "x y", "x{a=\"b\"}{}", "{a=\"\\q\"}"]
        {
            #expect(throws: ParseError.self, "\(text)") { try parseMetric(text) }
        }
        #expect(throws: ParseError.self) { try parseSeriesDescription("x{}1") }
    }

    @Test("loaded series answer as a source")
    func loadedSeries() throws {
        var source = LoadedSeries()
        source.load(try parseSeriesDescription("x{a=\"1\"} 1 _ 3 stale 5"), step: .minutes(1))
        source.load(try parseSeriesDescription("y{a=\"1\"} 1x10"), step: .minutes(1))
        let before = source.changeCount([])
        source.append(["__name__": "x", "a": "1"], Timestamp(milliseconds: 30_000), 2)
        source.append(["__name__": "x", "a": "1"], Timestamp(milliseconds: 30_000), 2.5)
        #expect(source.changeCount([]) > before)
        #expect(source.seriesCount == 2)
        #expect(source.newest == Timestamp(milliseconds: 600_000))
        let matchers = [LabelMatcher(name: "a", equals: "1"), LabelMatcher(name: "__name__", equals: "x")]
        let found = source.select(matchers, after: .distantPast, through: .distantFuture)
        #expect(found.map(\.labels.name) == ["x"])
        var buffer = SampleBuffer()
        source.read(
            found[0], after: Timestamp(milliseconds: 0), through: Timestamp(milliseconds: 180_000),
            into: &buffer)
        #expect(buffer.timestamps == [30_000, 120_000, 180_000])
        #expect(buffer.values.map(\.bitPattern) == [2.5, 3, StaleMarker.value].map(\.bitPattern))
        #expect(
            source.select(matchers, after: Timestamp(milliseconds: 240_000), through: .distantFuture).isEmpty)
        #expect(source.select(matchers, after: .distantPast, through: Timestamp(milliseconds: -1)).isEmpty)
    }
}
