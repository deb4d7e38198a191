import MetricModel
import Testing

@Test("labels are sorted by bytes, empty values left out, the last of a name counts")
func labelSetForm() {
    let set = LabelSet([
        Label("zone", "eu"), Label("__name__", "up"), Label("job", "first"), Label("empty", ""),
        Label("job", "second"),
    ])
    #expect(set.labels == [Label("__name__", "up"), Label("job", "second"), Label("zone", "eu")])
    #expect(set.count == 3 && !set.isEmpty)
    #expect(set.name == "up")
    #expect(set["job"] == "second" && set["empty"] == nil && set["zz"] == nil && set[""] == nil)
    // Upper case before underscore before lower case, and bytes above ASCII last.
    #expect(
        LabelSet(["é": "1", "a": "2", "_": "3", "Z": "4", "ab": "5"]).labels.map(\.name)
            == ["Z", "_", "a", "ab", "é"])
    #expect(LabelSet(["a": ""]) == .empty)
    #expect(LabelSet.empty.isEmpty && LabelSet.empty.count == 0 && LabelSet.empty.labels == [])
}

@Test("equal labels have equal bytes, whatever the way they were made")
func labelSetEquality() {
    let one: LabelSet = ["b": "2", "a": "1"]
    let other = LabelSet(["a": "1"] as KeyValuePairs).setting("b", "2")
    #expect(one == other && one.hashValue == other.hashValue && one.bytes == other.bytes)
    // Where one label ends and the next begins counts.
    let ambiguous: [LabelSet] = [["a": "bc"], ["ab": "c"], ["a": "b", "c": "d"], ["a": "bcd"]]
    #expect(Set(ambiguous).count == ambiguous.count)
}

@Test(
    "long names and values survive the length prefix", arguments: [1, 127, 128, 300, 16_383, 16_384, 70_000])
func labelSetLengths(_ length: Int) {
    let text = String(repeating: "x", count: length)
    let set: LabelSet = ["a": "before", text: text + "y", "z": "after"]
    #expect(set[text] == text + "y" && set["a"] == "before" && set["z"] == "after")
    #expect(LabelSet(encoded: set.bytes) == set)
    #expect(set.labels.count == 3)
}

@Test("keeping, dropping, setting")
func labelSetEditing() {
    let set: LabelSet = ["__name__": "m", "a": "1", "b": "2", "c": "3"]
    #expect(set.keeping(["a", "c", "x"]) == ["a": "1", "c": "3"])
    #expect(set.keeping([]) == .empty)
    #expect(set.dropping(["a", "__name__"]) == ["b": "2", "c": "3"])
    #expect(set.dropping([]) == set)
    #expect(set.withoutName == ["a": "1", "b": "2", "c": "3"])
    #expect(LabelSet(["A": "1", "__name__": "m"]).withoutName == ["A": "1"])
    #expect(LabelSet(["a": "1"]).withoutName == ["a": "1"])
    #expect(set.setting("b", "9") == ["__name__": "m", "a": "1", "b": "9", "c": "3"])
    #expect(set.setting("b", "") == ["__name__": "m", "a": "1", "c": "3"])
    #expect(set.setting("0", "first")["0"] == "first")
    var builder = LabelSetBuilder(set)
    builder.remove("c")
    builder.set("d", "4")
    builder.set("a", "")
    #expect(builder.labels() == ["__name__": "m", "b": "2", "d": "4"])
}

@Test("order: label by label, name before value, a prefix first")
func labelSetOrder() {
    let ascending: [LabelSet] = [
        .empty, ["a": "1"], ["a": "1", "b": "1"], ["a": "1", "c": "1"], ["a": "10"], ["a": "2"], ["b": "0"],
        ["b": "é"],
    ]
    for (index, left) in ascending.enumerated() {
        for (other, right) in ascending.enumerated() {
            #expect((left < right) == (index < other), "\(left) \(right)")
        }
    }
    #expect(ascending.shuffled().sorted() == ascending)
}

@Test("label values are borrowed by name")
func labelSetBorrowing() {
    let set: LabelSet = ["a": "1", "bb": "22"]
    func value(_ name: String) -> [UInt8]? {
        Array(name.utf8).withUnsafeBufferPointer { set.withValue(named: $0) { $0.map(Array.init) } }
    }
    #expect(value("a") == Array("1".utf8) && value("bb") == Array("22".utf8))
    #expect(value("b") == nil && value("") == nil && value("zz") == nil)
    var seen: [String] = []
    set.forEachLabel { name, value in
        seen.append(String(decoding: name, as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self))
    }
    #expect(seen == ["a=1", "bb=22"])
}

struct NotationOfLabels: CustomTestStringConvertible {
    var labels: LabelSet
    var text: String
    var testDescription: String { text }
}

@Test(
    "label sets in the notation of Prometheus",
    arguments: [
        NotationOfLabels(labels: .empty, text: "{}"),
        NotationOfLabels(labels: ["__name__": "up"], text: "up"),
        NotationOfLabels(labels: ["__name__": "up", "job": "a"], text: #"up{job="a"}"#),
        NotationOfLabels(labels: ["b": "2", "a": "1"], text: #"{a="1", b="2"}"#),
        NotationOfLabels(labels: ["a": "x\"y\\z\nw"], text: #"{a="x\"y\\z\nw"}"#),
        NotationOfLabels(labels: ["a": "é"], text: #"{a="é"}"#),
    ])
func labelSetNotation(_ example: NotationOfLabels) {
    #expect(example.labels.description == example.text)
}
