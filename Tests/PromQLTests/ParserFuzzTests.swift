import Testing
import planetop_fuzz

@Suite("PromQL parser, fuzzed")
struct ParserFuzzTests {
    /// A short run of what `planetop-fuzz promql` does for long; the seed is fixed, so a failure repeats.
    @Test("keeps its laws on generated input", arguments: [1, 2] as [UInt64])
    func laws(_ seed: UInt64) {
        let report = fuzzParser(iterations: 10_000, seed: seed)
        #expect(report.failure == nil, "seed \(seed): \(report)")
        #expect(report.accepted > 500)
    }
}
