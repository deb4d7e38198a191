import MetricModel
import Testing

@testable import SeriesStore

/// A block in memory of its own, with room to read past its end.
private struct Encoded {
    let plan: BlockEncoder.Plan
    let cell: [UInt64]

    init(_ values: [Double]) {
        var encoder = BlockEncoder()
        plan = encoder.plan(values, count: values.count)
        var cell = [UInt64](repeating: 0xaaaa_aaaa_aaaa_aaaa, count: plan.byteCount / 8 + 4)
        let plan = plan
        cell.withUnsafeMutableBytes {
            encoder.write(
                plan, values, count: values.count, times: .regular(step: 15_000), to: $0.baseAddress!)
        }
        self.cell = cell
    }

    func decoded(_ range: Range<Int>) -> [Double] {
        cell.withUnsafeBytes { bytes in
            let block = BlockDecoder(bytes.baseAddress!)
            return [Double](unsafeUninitializedCapacity: range.count) { target, count in
                block.decodeValues(range, to: UnsafeMutableRawPointer(target.baseAddress!))
                count = range.count
            }
        }
    }

    /// Bytes after the block that were written to.
    var overrun: Int {
        cell.withUnsafeBytes { bytes in bytes[plan.byteCount...].filter { $0 != 0xaa }.count }
    }
}

private func checkRoundTrip(_ values: [Double], _ comment: Comment = "") {
    let encoded = Encoded(values)
    #expect(bits(encoded.decoded(0..<values.count)) == bits(values), comment)
    #expect(encoded.overrun == 0, comment)
    for low in stride(from: 0, to: values.count, by: max(1, values.count / 7)) {
        for high in stride(from: low + 1, through: values.count, by: max(1, values.count / 5)) {
            #expect(
                bits(encoded.decoded(low..<high)) == bits(values[low..<high]), "\(low)..<\(high) \(comment)")
        }
    }
}

@Test("every special double survives alone, constant, in company of each other and of whole numbers")
func specialDoublesRoundTrip() {
    for special in specialDoubles {
        checkRoundTrip([special], "\(special)")
        checkRoundTrip(Array(repeating: special, count: 128), "\(special)")
        for place in [0, 1, 63, 126, 127] {
            var values = (0..<128).map { Double($0 * 3) }
            values[place] = special
            checkRoundTrip(values, "\(special) at \(place)")
            values = (0..<128).map { Double($0) / 8 + 0.1 }
            values[place] = special
            checkRoundTrip(values, "\(special) at \(place)")
        }
    }
    for first in specialDoubles {
        for second in specialDoubles { checkRoundTrip([first, second, first], "\(first) \(second)") }
    }
    checkRoundTrip(specialDoubles)
    checkRoundTrip(Array(specialDoubles.reversed()))
}

@Test("every width of packed numbers, every count")
func widthsRoundTrip() {
    var generator = SeededGenerator(seed: 1)
    for width in 0...64 {
        let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
        for count in [1, 2, 3, 7, 8, 9, 63, 64, 65, 127, 128] {
            // As bit patterns, and as whole numbers as far as those go.
            checkRoundTrip(
                (0..<count).map { _ in Double(bitPattern: generator.next() & mask) },
                "\(width) bits, \(count)")
            guard width <= 51 else { continue }
            checkRoundTrip(
                (0..<count).map { _ in Double(generator.next() & mask) }, "\(width) bits, \(count) whole")
            var sum: UInt64 = 0
            let climbing = (0..<count).map { _ in
                sum += generator.next() & mask & 0xffff_ffff
                return Double(sum)
            }
            checkRoundTrip(climbing, "\(width) bits, \(count) climbing")
        }
    }
}

struct SizeCase: CustomTestStringConvertible {
    var testDescription: String
    var values: [Double]
    var byteCount: Int
}

@Test(
    "what is regular takes little",
    arguments: [
        SizeCase(
            testDescription: "constant", values: Array(repeating: 4_294_967_296, count: 128), byteCount: 16),
        SizeCase(
            testDescription: "constant fraction", values: Array(repeating: 0.1, count: 128), byteCount: 16),
        SizeCase(
            testDescription: "stale for long", values: Array(repeating: StaleMarker.value, count: 128),
            byteCount: 16),
        SizeCase(
            testDescription: "climbing evenly", values: (0..<128).map { Double($0 * 1234) }, byteCount: 24),
        SizeCase(
            testDescription: "climbing evenly by fractions", values: (0..<128).map { Double($0 * 25) / 1000 },
            byteCount: 24),
        SizeCase(testDescription: "on and off", values: (0..<128).map { Double($0 % 2) }, byteCount: 32),
        SizeCase(
            testDescription: "whole megabytes", values: (0..<128).map { Double(($0 * 37 % 256) << 20) },
            byteCount: 16 + 128),
        SizeCase(
            testDescription: "climbing evenly, then stale",
            values: (0..<127).map { Double($0 * 5) } + [StaleMarker.value], byteCount: 24 + 10),
        SizeCase(
            testDescription: "climbing evenly with a gap of NaN",
            values: (0..<128).map { $0 == 60 ? .nan : Double($0 * 5) }, byteCount: 24 + 10),
        SizeCase(
            testDescription: "quarters", values: (0..<128).map { Double($0 * 7 % 16) / 4 },
            byteCount: 16 + 144),
        SizeCase(testDescription: "one sample", values: [0.1], byteCount: 16),
    ])
func blockSize(_ example: SizeCase) {
    #expect(Encoded(example.values).plan.byteCount <= example.byteCount)
    checkRoundTrip(example.values)
}

@Test("short decimals are kept as such")
func decimalsRoundTrip() {
    for digits in 1...15 {
        var power = 1.0
        for _ in 0..<digits { power *= 10 }
        let values = (0..<128).map { Double($0 * 977 % 1000 + 1) / power }
        checkRoundTrip(values, "\(digits) digits")
        #expect(Encoded(values).plan.mapping == .decimal, "\(digits) digits")
    }
}

@Test("random mixtures of everything survive")
func mixturesRoundTrip() {
    let seed = testSeed()
    var generator = SeededGenerator(seed: seed)
    for round in 0..<1500 {
        let count = Int.random(in: 1...128, using: &generator)
        let kind = Int.random(in: 0..<7, using: &generator)
        let oddPercent = [0, 0, 1, 5, 30].randomElement(using: &generator)!
        var walk = Double.random(in: -1e6...1e6, using: &generator)
        let values = (0..<count).map { _ -> Double in
            if generator.chance(oddPercent) { return specialDoubles.randomElement(using: &generator)! }
            switch kind {
            case 0: return Double(Int.random(in: -1000...1000, using: &generator))
            case 1:
                walk = (walk + Double.random(in: 0...100, using: &generator)).rounded()
                return walk
            case 2:
                walk += Double.random(in: -1...1, using: &generator)
                return walk
            case 3: return Double(Int.random(in: 0...1_000_000, using: &generator)) / 1000
            case 4: return Double(Float.random(in: 0...1, using: &generator))
            case 5: return Double(bitPattern: generator.next())
            default: return Double(Int64.random(in: .min ... .max, using: &generator))
            }
        }
        checkRoundTrip(values, "seed \(seed) round \(round)")
    }
}
