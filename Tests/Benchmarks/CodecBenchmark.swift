import MetricModel
import SeriesStore

/// What values and times of different kinds take: bytes per sample of the sealed blocks, append and read times.
func codecBenchmark(_ options: PlanetopBench.Options) {
    let seriesCount = 1000
    let sampleCount = 1281
    var random = BenchmarkRandom()
    let jitter = (0..<sampleCount).map { _ in Int64.random(in: 0..<1000, using: &random) }
    let kinds: [(String, (Int, Int) -> Double)] = [
        ("constant", { series, _ in Double(series) }),
        ("counter, even", { series, step in Double(series * step) }),
        ("counter, uneven", { series, step in Double(100 * step + (series * 7919 + step * step * 31) % 40) }),
        ("whole numbers below 5000", { series, step in Double((series * 131 + step * step * 17) % 5000) }),
        ("three decimals", { series, step in Double((series * 131 + step * step * 17) % 90_000) / 1000 }),
        ("fractions of full length", { _, _ in Double.random(in: 0...1, using: &random) }),
        (
            "whole numbers, NaN in a hundred",
            { _, step in step % 100 == 7 ? .nan : Double(step * step % 100) }
        ),
    ]
    print("\(seriesCount) series of \(sampleCount) samples; bytes: \(columns)")
    for (name, value) in kinds {
        measureCodec(name, seriesCount, sampleCount, options.rounds, value) { _, step in Int64(step) * 15_000
        }
    }
    print("times: values constant")
    measureCodec("even", seriesCount, sampleCount, options.rounds, { _, _ in 1 }) { _, step in
        Int64(step) * 15_000
    }
    measureCodec(
        "up to 1 s late, 100 series together", seriesCount, sampleCount, options.rounds, { _, _ in 1 }
    ) {
        series, step in
        Int64(step) * 15_000 + jitter[(step + series / 100 * 7) % sampleCount]
    }
    measureCodec("up to 1 s late, each by itself", seriesCount, sampleCount, options.rounds, { _, _ in 1 }) {
        series, step in
        Int64(step) * 15_000 + jitter[(step * 5 + series * 11) % sampleCount]
    }
}

private let columns = "B, append ns, read ns a sample"

private func measureCodec(
    _ name: String, _ seriesCount: Int, _ sampleCount: Int, _ rounds: Int, _ value: (Int, Int) -> Double,
    _ time: (Int, Int) -> Int64
) {
    let store = SeriesStore(limits: StoreLimits(memoryBytesMax: 16 << 30))
    let ids = (0..<seriesCount).compactMap {
        try? store.seriesID(for: ["__name__": "m", "series": "\($0)"])
    }
    // The first sample brings the uncompressed head of each series, which is not what is asked for.
    for (series, id) in ids.enumerated() {
        store.append(id, Sample(Timestamp(milliseconds: -15_000), value(series, 0)))
    }
    let before = store.memoryInUse
    var samples: [Sample] = []
    samples.reserveCapacity(seriesCount * sampleCount)
    for step in 0..<sampleCount {
        for series in ids.indices {
            samples.append(Sample(Timestamp(milliseconds: time(series, step)), value(series, step)))
        }
    }
    let appending = cpuSeconds {
        var next = 0
        for _ in 0..<sampleCount {
            for id in ids {
                store.append(id, samples[next])
                next += 1
            }
        }
    }
    let growth = store.memoryInUse - before
    var buffer = SampleBuffer()
    var read = 0
    let all = store.select([], after: .distantPast, through: .distantFuture)
    let reading = cpuSeconds {
        for _ in 0..<rounds {
            for one in all {
                buffer.removeAll()
                store.read(one, after: .distantPast, through: .distantFuture, into: &buffer)
                read += buffer.count
            }
        }
    }
    let total = Double(seriesCount * sampleCount)
    report(
        name, fixed(Double(growth) / total, 2),
        "  \(fixed(appending / total * 1e9, 1))  \(fixed(reading / Double(max(read, 1)) * 1e9, 2))")
}
