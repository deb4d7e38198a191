import MetricModel
import Testing

@Suite("label selections")
struct LabelSelectionTests {
    private let labels: LabelSet = ["__name__": "up", "a": "1", "bb": "2", "instance": "x:9", "job": "api"]

    @Test(
        "keeping and dropping agree with the sets of names",
        arguments: [
            [], ["a"], ["job"], ["__name__"], ["a", "job"], ["zz", "a", "nothing"],
            ["job", "instance", "bb", "a", "__name__"],
            ["b", "i", "jobs"], ["a", "a"],
        ])
    func selections(_ names: [String]) {
        #expect(LabelSelection(keeping: names).labels(from: labels) == labels.keeping(Set(names)))
        #expect(LabelSelection(dropping: names).labels(from: labels) == labels.dropping(Set(names)))
        #expect(LabelSelection(keeping: names).labels(from: .empty).isEmpty)
    }

    @Test("long values")
    func longValues() {
        let long = String(repeating: "v", count: 20_000)
        let labels: LabelSet = ["a": long, "b": "1", "c": long]
        #expect(LabelSelection(dropping: ["b"]).labels(from: labels) == ["a": long, "c": long])
        #expect(LabelSelection(keeping: ["b", "c"]).labels(from: labels) == ["b": "1", "c": long])
    }

    @Test("merging")
    func merging() {
        let a: LabelSet = ["a": "1", "c": "3", "e": "5"]
        let b: LabelSet = ["b": "2", "d": "4", "f": "6"]
        let all: LabelSet = ["a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6"]
        #expect(LabelSet(merging: a.bytes, b.bytes) == all && LabelSet(merging: b.bytes, a.bytes) == all)
        #expect(LabelSet(merging: a.bytes, []) == a && LabelSet(merging: [], a.bytes) == a)
    }

    @Test("numbering")
    func numbering() {
        var index = LabelSetIndex()
        let sets = (0..<1000).map { LabelSet([Label("a", "\($0)"), Label("b", "\($0 % 7)")]) }
        for (number, set) in sets.enumerated() { #expect(index.number(of: set) == number) }
        for (number, set) in sets.enumerated() { #expect(index.number(of: set.bytes) == number) }
        #expect(index.count == 1000 && index.labels == sets)
        #expect(index.number(of: .empty) == 1000)
    }

    @Test("words of messages")
    func words() {
        #expect(labels.keeping(["__name__", "a"]).bracedDescription == "{__name__=\"up\", a=\"1\"}")
        #expect(LabelSet.empty.bracedDescription == "{}")
    }

    /// Vectors from the xxHash project's own documentation and tests.
    @Test(
        "XXH64",
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func hash(_ text: String, _ expected: UInt64) {
        #expect(Array(text.utf8).withUnsafeBytes { XXHash64.hash($0) } == expected)
    }

    @Test("Prometheus' hash takes long texts in its own encoding")
    func prometheusHash() {
        let long = String(repeating: "x", count: 300)
        let labels: LabelSet = ["a": long, "b": String(repeating: "y", count: 200)]
        var bytes: [UInt8] = [1, 0x61, 255, 44, 1, 0]
        bytes += Array(long.utf8)
        bytes += [1, 0x62, 200]
        bytes += [UInt8](repeating: 0x79, count: 200)
        #expect(labels.prometheusHash == bytes.withUnsafeBytes { XXHash64.hash($0) })
        let short: LabelSet = ["a": "1"]
        #expect(short.prometheusHash == [1, 0x61, 1, 0x31 as UInt8].withUnsafeBytes { XXHash64.hash($0) })
    }
}
