import Diagnostics
import Testing

@testable import YAML

@Test func objectsGiveTypedFields() throws {
    let root = try YAMLField(
        parsing: """
            name: 5
            count: 3
            half: 0.5
            open: yes
            every: 1h30m
            empty:
            list: [a, 1, ~]
            labels: {b: x, a: 2, c: }
            """)
    let object = try root.object(
        "thing", fields: ["name", "count", "half", "open", "every", "empty", "list", "labels"])
    #expect(try object.string("name") == "5")
    #expect(try object.int("count") == 3)
    #expect(try object.double("half") == 0.5)
    #expect(try object.double("count") == 3)
    #expect(try object.bool("open") == true)
    #expect(try object.durationMilliseconds("every") == 5_400_000)
    #expect(object["empty"] == nil)
    #expect(try object.string("absent") == nil)
    #expect(try object.strings("list") == ["a", "1", ""])
    #expect(try object.stringMap("labels").map { "\($0.name)=\($0.text)" } == ["b=x", "a=2", "c="])
    #expect(throws: Problem.self) { try root.object("thing", fields: ["name"]) }
}

private struct FieldRefusal: Sendable, CustomTestStringConvertible {
    var yaml: String
    var read: @Sendable (YAMLObject) throws -> Void
    var problem: String
    var testDescription: String { yaml }
}

@Test(
    "typed fields say what they want",
    arguments: [
        FieldRefusal(
            yaml: "a: x", read: { _ = try $0.int("a") },
            problem: "a: a whole number is wanted here, this is `x`\n  at f.yml:1, column 4"),
        FieldRefusal(
            yaml: "a: \"5\"", read: { _ = try $0.int("a") },
            problem: "a: a whole number is wanted here, this is `5`\n  at f.yml:1, column 4"),
        FieldRefusal(
            yaml: "a: {b: [x]}", read: { _ = try $0["a"]?.object().items("b")[0].double() },
            problem: "a.b[0]: a number is wanted here, this is `x`\n  at f.yml:1, column 9"),
        FieldRefusal(
            yaml: "a:\n  - [x]", read: { _ = try $0.strings("a") },
            problem: "a[0]: a text is wanted here, this is a list\n  at f.yml:2, column 5"),
        FieldRefusal(
            yaml: "a: maybe", read: { _ = try $0.bool("a") },
            problem: "a: `true` or `false` is wanted here, this is `maybe`\n  at f.yml:1, column 4"),
        FieldRefusal(
            yaml: "a: 5", read: { _ = try $0.durationMilliseconds("a") },
            problem: "a: not a valid duration string: \"5\"\n  at f.yml:1, column 4\n"
                + "  fix: write a number with a unit, such as 30s, 5m or 1h30m"),
        FieldRefusal(
            yaml: "a:\n  groop: 1",
            read: { _ = try $0["a"]?.object("rule file", fields: ["group", "name"]) },
            problem: "a: field groop not found in type rule file\n  at f.yml:2, column 3\n"
                + "  fix: remove it; the fields are group, name"),
        FieldRefusal(
            yaml: "a: 1", read: { _ = try $0.required("b") },
            problem: "the field b is missing\n  at f.yml:1, column 1"),
    ]
)
private func fieldRefusal(_ example: FieldRefusal) throws {
    let object = try YAMLField(parsing: example.yaml, file: "f.yml").object()
    #expect {
        try example.read(object)
    } throws: {
        #expect("\($0)" == example.problem)
        return true
    }
}

@Test(
    "durations as Prometheus reads them",
    arguments: [
        ("0", 0), ("0s", 0), ("1ms", 1), ("5m", 300_000), ("1h30m", 5_400_000),
        ("1y2w3d4h5m6s7ms", 33_019_506_007),
        ("1w", 604_800_000), ("100y", 3_153_600_000_000), ("", nil), ("5", nil), ("1m1h", nil), ("1.5h", nil),
        ("-1m", nil), ("1 m", nil), ("1mm", nil), ("m", nil), ("1s1s", nil), ("300y", nil),
        ("99999999999999999999s", nil),
    ] as [(String, Int64?)]
)
func duration(_ text: String, _ milliseconds: Int64?) {
    #expect((try? DurationText.milliseconds(text)) == milliseconds)
}

private struct PlaceCase: Sendable, CustomTestStringConvertible {
    var yaml: String
    var offset: Int
    var line: Int
    var column: Int
    var testDescription: String { "\(yaml) at \(offset)" }
}

@Test(
    "places inside scalars are found again in the file",
    arguments: [
        PlaceCase(yaml: "a: sum(x)", offset: 0, line: 1, column: 4),
        PlaceCase(yaml: "a: sum(x)", offset: 4, line: 1, column: 8),
        PlaceCase(yaml: "a: sum(x)", offset: 6, line: 1, column: 10),
        PlaceCase(yaml: "a: 'it''s x'", offset: 5, line: 1, column: 11),
        PlaceCase(yaml: "a: \"up{a=\\\"b\\\"} x\"", offset: 10, line: 1, column: 17),
        PlaceCase(yaml: "a: \"\\u00e9 x\"", offset: 3, line: 1, column: 12),
        PlaceCase(yaml: "a: |\n  sum(\n    x\n  )\n", offset: 7, line: 3, column: 5),
        PlaceCase(yaml: "a: |\n  sum(\n    x\n  )\n", offset: 9, line: 4, column: 3),
        PlaceCase(yaml: "a: |\n  sum(\n", offset: 5, line: 2, column: 7),
        PlaceCase(yaml: "a: >-\n  sum(\n  x\n  )\n", offset: 5, line: 3, column: 3),
        PlaceCase(yaml: "a: x\n  + y", offset: 4, line: 2, column: 5),
        PlaceCase(yaml: "a: éé x", offset: 5, line: 1, column: 7),
        PlaceCase(yaml: "a: ''", offset: 0, line: 1, column: 5),
    ]
)
private func placeInScalar(_ example: PlaceCase) throws {
    let field = try #require(
        try YAMLField(parsing: example.yaml, file: "f").object()["a"] ?? emptyField(example.yaml))
    let place = field.node.place(ofByte: example.offset)
    #expect(place == SourcePlace(file: "f", line: example.line, column: example.column))
}

private func emptyField(_ yaml: String) throws -> YAMLField? {
    try YAMLField(parsing: yaml, file: "f").entries().first?.value
}
