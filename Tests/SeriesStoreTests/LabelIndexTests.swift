import MetricModel
import Testing

@testable import SeriesStore

@Test(
    "a regular expression that is a choice of texts",
    arguments: [
        ("a|b|c", ["a", "b", "c"]),
        ("500", ["500"]),
        ("5(00|03)", ["500", "503"]),
        ("(?:a|b)c", ["ac", "bc"]),
        ("web\\.example\\-1|b", ["web.example-1", "b"]),
        ("a|", ["a", ""]),
        ("", [""]),
        ("x[12]y", ["x1y", "x2y"]),
        ("[a-c]", ["a", "b", "c"]),
        ("é|ü", ["é", "ü"]),
        ("a.b", nil), ("a*", nil), ("a+", nil), ("a?", nil), ("a{2}", nil), ("^a", nil), ("a$", nil),
        ("\\d", nil),
        ("(?i)a", nil), ("[^a]", nil), ("[[:alpha:]]", nil), ("[a-]", nil), ("(?P<n>a)", nil),
        ("[a-z][a-z]", nil),
    ] as [(String, [String]?)])
func literalAlternatives(_ pattern: String, _ texts: [String]?) throws {
    let found = LiteralAlternatives.of(pattern)
    #expect(found?.map { String(decoding: $0, as: UTF8.self) } == texts)
    let matcher = try LabelMatcher("x", .matchesRegex, pattern)
    for text in texts ?? [] { #expect(matcher.matches(text)) }
}

@Test("what is not a choice of texts, or broken, is not taken for one")
func literalAlternativesRefuse() {
    for pattern in ["a)", "(a", "[a", "a\\", "(((((((((a)))))))))"] {
        #expect(LiteralAlternatives.of(pattern) == nil, "\(pattern)")
    }
}

private let names = ["__name__", "job", "instance", "code", "zone", "odd name"]
private let values = [
    "", "a", "b", "ab", "api-1", "api-2", "500", "503", "404", "a.b", "ü", "with \"quote\"\n",
]
private let patterns = [
    ".*", ".+", "", "a|b", "a|b|", "5..", "500|503", "api-[12]", "api-.*", "(a|ab)?", "a\\.b", "[^a]*",
    "nothing",
    "(?i)A", "a.*|500", ".*-1",
]

private func randomMatcher(_ generator: inout SeededGenerator) throws -> LabelMatcher {
    let name = (names + ["missing"]).randomElement(using: &generator)!
    let operation: LabelMatcher.Operation =
        [.equal, .notEqual, .matchesRegex, .matchesNotRegex].randomElement(using: &generator)!
    switch operation {
    case .equal, .notEqual: return try LabelMatcher(name, operation, values.randomElement(using: &generator)!)
    case .matchesRegex, .matchesNotRegex:
        return try LabelMatcher(name, operation, patterns.randomElement(using: &generator)!)
    }
}

@Test("matchers select what looking at every label set selects, while series come and go")
func matchersAgainstNaive() throws {
    let seed = testSeed()
    var generator = SeededGenerator(seed: seed)
    for round in 0..<6 {
        let store = SeriesStore(limits: StoreLimits(aheadMax: .hours(24)))
        var model: Set<LabelSet> = []
        var now: Int64 = 1_700_000_000_000
        let wide = round % 2 == 0
        for step in 0..<40 {
            for _ in 0..<[3, 30][round % 2] {
                var builder = LabelSetBuilder()
                for name in names where generator.chance(70) {
                    builder.set(name, values.randomElement(using: &generator)!)
                }
                if wide { builder.set("id", "\(Int.random(in: 0..<200, using: &generator))") }
                let labels = builder.labels()
                store.append(labels, Sample(Timestamp(milliseconds: now), 1))
                if store.newestSample(of: labels) != nil { model.insert(labels) }
            }
            if step % 10 == 9 {
                // All that got no sample in the last six hours go; a part is kept alive.
                now += 7 * 3_600_000
                let kept = model.filter { _ in generator.chance(50) }
                for labels in kept { store.append(labels, Sample(Timestamp(milliseconds: now), 2)) }
                store.advance(to: Timestamp(milliseconds: now))
                model = kept
                #expect(store.seriesCount == model.count, "seed \(seed)")
            }
            for _ in 0..<10 {
                let matchers = try (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                    try randomMatcher(&generator)
                }
                let found = store.select(matchers, after: .distantPast, through: .distantFuture)
                let expected = model.filter { labels in matchers.allSatisfy { $0.matches(labels) } }
                #expect(Set(found.map(\.labels)) == expected, "seed \(seed): \(matchers)")
                #expect(found.count == expected.count)
                #expect(store.series(matching: matchers) == expected.sorted())
                for name in names + ["id", "missing"] {
                    #expect(
                        store.labelValues(of: name, matching: matchers)
                            == Set(expected.compactMap { $0[name] }).sorted {
                                $0.utf8.lexicographicallyPrecedes($1.utf8)
                            })
                }
                #expect(
                    store.labelNames(matching: matchers)
                        == Set(expected.flatMap { $0.labels.map(\.name) }).sorted {
                            $0.utf8.lexicographicallyPrecedes($1.utf8)
                        })
            }
        }
    }
}

@Test("a posting list keeps order whatever comes and goes")
func postingListAgainstModel() {
    var generator = SeededGenerator(seed: 3)
    var list = PostingList()
    var model: Set<UInt32> = []
    for _ in 0..<400 {
        for _ in 0..<Int.random(in: 0...20, using: &generator) {
            let number = UInt32.random(in: 0..<500, using: &generator)
            if model.insert(number).inserted { list.insert(number) }
        }
        if generator.chance(40) {
            var gone = SeriesSet(numberEnd: 500)
            for number in model where generator.chance([10, 50, 95, 100].randomElement(using: &generator)!) {
                gone.insert(number)
            }
            list.remove(gone)
            model = model.filter { !gone.contains($0) }
        }
        let numbers = list.withNumbers { Array($0) }
        #expect(numbers == model.sorted())
        #expect(Int(list.count) == model.count)
    }
    list.deallocate()
}
