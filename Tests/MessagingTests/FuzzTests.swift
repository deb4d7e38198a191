import Testing
import planetop_fuzz

@Test func decodersKeepTheirLaws() {
    let corpus = ["envelope", "prometheus", "openmetrics"].flatMap(GoldenMessage.all).map(\.body)
        .filter { $0.count < 4_000 }
    let report = fuzzDecoders(iterations: 6_000, seed: 20, corpus: corpus)
    #expect(report.failure == nil && report.accepted > 500, "\(report)")
}
