import MetricModel
import Testing

@testable import PromQL

@Suite("prepared queries")
struct EvaluatorCacheTests {
    private func source() throws -> EvaluatorSource {
        let source = EvaluatorSource()
        try source.load("x_total 0+1x100")
        return source
    }

    @Test("the same question is answered without reading")
    func repeated() throws {
        let source = try source()
        var query = PreparedQuery(try parse("rate(x_total[1m])"))
        let end = Timestamp(seconds: 500)
        let first = try query.range(
            from: Timestamp(seconds: 100), through: end, step: .seconds(10), in: source)
        #expect(source.reads == 1 && query.isCurrent(in: source))
        let second = try query.range(
            from: Timestamp(seconds: 100), through: end, step: .seconds(10), in: source)
        #expect(source.reads == 1)
        #expect(second.matrix.map(\.points.values) == first.matrix.map(\.points.values))

        source.changes += 1
        #expect(!query.isCurrent(in: source))
        _ = try query.range(from: Timestamp(seconds: 100), through: end, step: .seconds(10), in: source)
        #expect(source.reads == 2)
        _ = try query.range(
            from: Timestamp(seconds: 110), through: Timestamp(seconds: 510), step: .seconds(10), in: source)
        #expect(source.reads == 3)
        _ = try query.instant(at: end, in: source)
        _ = try query.instant(at: end, in: source)
        #expect(source.reads == 4)
        query.forget()
        _ = try query.instant(at: end, in: source)
        #expect(source.reads == 5)
    }

    @Test("every selector counts")
    func selections() throws {
        func names(_ text: String) throws -> Set<String> {
            Set(try parse(text, allowsExperimental: true).selections.map { $0.map(\.value).joined() })
        }
        #expect(try names("a + sum(rate(b[5m])) / scalar(c)") == ["a", "b", "c"])
        #expect(try names("topk(scalar(a), max_over_time(b[5m:1m]))") == ["a", "b"])
        #expect(try names("1 + time()") == [])
        #expect(try names("info(a)") == ["a", ""])
    }

    @Test("a failure is not kept")
    func failures() throws {
        let source = try source()
        try source.load("y{a=\"1\"} 1")
        try source.load("z{a=\"1\"} 1")
        var query = PreparedQuery(try parse("-{a=\"1\"}"))
        #expect(throws: QueryError.self) { try query.instant(at: Timestamp(seconds: 0), in: source) }
        source.series.removeLast()
        #expect(try query.instant(at: Timestamp(seconds: 0), in: source).vector.count == 1)
    }

    @Test("a cache shares by text and forgets what was not asked for")
    func cache() throws {
        let source = try source()
        var cache = QueryCache(evaluator: Evaluator(), countMax: 2)
        let time = Timestamp(seconds: 100)
        _ = try cache.instant("x_total", at: time, in: source)
        _ = try cache.instant("x_total", at: time, in: source)
        #expect(source.reads == 1)
        _ = try cache.instant("x_total + 1", at: time, in: source)
        _ = try cache.instant("x_total", at: time, in: source)
        _ = try cache.instant("x_total + 2", at: time, in: source)
        #expect(cache.count == 2 && source.reads == 3)
        _ = try cache.instant("x_total", at: time, in: source)
        #expect(source.reads == 3)
        _ = try cache.range("x_total", from: time, through: time, step: .seconds(1), in: source)
        #expect(source.reads == 4)
        #expect(throws: QueryCache.CacheError.self) { try cache.instant("x +", at: time, in: source) }
    }
}
