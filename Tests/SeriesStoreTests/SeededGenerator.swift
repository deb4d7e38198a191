import MetricModel

#if canImport(Glibc)
    import Glibc
#endif

/// SplitMix64: random numbers that a printed seed brings back.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// The seed of this run: `PLANETOP_TEST_SEED`, or another one each time. Printed, so that a failure can be repeated.
func testSeed(_ test: String = #function) -> UInt64 {
    let given = getenv("PLANETOP_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    let seed = given ?? .random(in: 0...UInt64(UInt32.max))
    print("\(test): PLANETOP_TEST_SEED=\(seed)")
    return seed
}

/// Doubles that are easily lost: by bits, since some of them equal nothing.
let specialDoubles: [Double] = [
    0, -0.0, 1, -1, 0.1, -0.1, 0.3, 1.0 / 3, 12.345, 99.99, 1e-300, .leastNonzeroMagnitude,
    -.leastNonzeroMagnitude, 2.2250738585072014e-308,
    .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
    .signalingNaN, StaleMarker.value, Double(bitPattern: 0x7ff8_0000_0000_0001),
    Double(bitPattern: 0xfff8_0000_0000_0000), Double(bitPattern: 0xffff_ffff_ffff_ffff),
    Double(bitPattern: 0x7ff0_0000_0000_0001), 2_251_799_813_685_247, 2_251_799_813_685_248,
    2_251_799_813_685_249, -2_251_799_813_685_248, -2_251_799_813_685_249, 4_503_599_627_370_496,
    9_007_199_254_740_991, 9_007_199_254_740_992, 9_007_199_254_740_994, 1_700_000_000_000_000_000,
    9_223_372_036_854_775_808, -9_223_372_036_854_775_808, 18_446_744_073_709_551_616, 1e15, 1e16, 1e22, 1e23,
    123_456_789.123, 0.000001, 1e-15, 1e-16, 4_294_967_296, 0.5, 0.25, 1024.75,
]

func bits(_ values: some Sequence<Double>) -> [UInt64] { values.map(\.bitPattern) }
