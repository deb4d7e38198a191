import Diagnostics
import Testing

@testable import YAML

/// The tree as one line, to compare: `{a: [1, "x"]}`.
private func text(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let scalar):
        switch scalar.value {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .unsigned(let value): "\(value)u"
        case .float(let value): "f\(value)"
        case .timestamp(let value): "t\(value)"
        case .string(let value): "\"\(value)\""
        }
    case .sequence(let items): "[\(items.map(text).joined(separator: ", "))]"
    case .mapping(let entries): "{\(entries.map { "\($0.name): \(text($0.value))" }.joined(separator: ", "))}"
    }
}

private struct TreeCase: Sendable, CustomTestStringConvertible {
    var yaml: String
    var tree: String
    var testDescription: String { yaml }
}

@Test(
    "documents give the trees that go-yaml gives",
    arguments: [
        TreeCase(yaml: "", tree: "null"),
        TreeCase(yaml: "# only a comment\n", tree: "null"),
        TreeCase(yaml: "---\na: 1\n", tree: "{a: 1}"),
        TreeCase(yaml: "a: [1, two, \"3\", '4']", tree: "{a: [1, \"two\", \"3\", \"4\"]}"),
        TreeCase(yaml: "a: ~\nb:\nc: null\nd: ''", tree: "{a: null, b: null, c: null, d: \"\"}"),
        TreeCase(yaml: "- true\n- yes\n- False\n- off", tree: "[true, \"yes\", false, \"off\"]"),
        TreeCase(
            yaml: "[0x1F, 0o17, 017, 0b11, 1_000, -5, +5, 08]",
            tree: "[31, 15, 15, 3, 1000, -5, 5, f8.0]"),
        TreeCase(
            yaml: "[1.5, 1e3, .5, 5., -.inf, .nan, 1.2.3]",
            tree: "[f1.5, f1000.0, f0.5, f5.0, f-inf, fnan, \"1.2.3\"]"),
        TreeCase(
            yaml: "[18446744073709551615, 1e, -, 5m]", tree: "[18446744073709551615u, \"1e\", \"-\", \"5m\"]"),
        TreeCase(
            yaml: "[2024-01-02, 2024-01-02T03:04:05Z, 2024-13-02, \"2024-01-02\"]",
            tree: "[t2024-01-02, t2024-01-02T03:04:05Z, \"2024-13-02\", \"2024-01-02\"]"),
        TreeCase(yaml: "a: |\n  x\n   y\n\n  z\n", tree: "{a: \"x\n y\n\nz\n\"}"),
        TreeCase(yaml: "a: >-\n  x\n  y\n\n  z\n", tree: "{a: \"x y\nz\"}"),
        TreeCase(yaml: "a: &x {b: 1}\nc: *x", tree: "{a: {b: 1}, c: {b: 1}}"),
        TreeCase(
            yaml: "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", tree: "{a: {b: 1, c: 2}, d: {c: 3, b: 1}}"),
        TreeCase(
            yaml: "a: &x {b: 1}\nd: &y {b: 2, e: 3}\nf: {<<: [*x, *y]}",
            tree: "{a: {b: 1}, d: {b: 2, e: 3}, f: {b: 1, e: 3}}"),
        TreeCase(yaml: "[!!str 5, !!float 5, !!int \"7\", ! 8]", tree: "[\"5\", f5.0, 7, \"8\"]"),
        TreeCase(yaml: "\"a\\tb\": \"\\u00e9\"", tree: "{a\tb: \"é\"}"),
    ]
)
private func tree(_ example: TreeCase) throws {
    #expect(text(try YAMLNode(parsing: example.yaml)) == example.tree)
}

private struct RefusalCase: Sendable, CustomTestStringConvertible {
    var yaml: String
    var what: String
    var line: Int
    var column: Int
    var testDescription: String { yaml }
}

@Test(
    "refusals say what and where",
    arguments: [
        RefusalCase(
            yaml: "a: 1\nb: 2\na: 3", what: "mapping key \"a\" already defined at line 1", line: 3, column: 1),
        RefusalCase(yaml: "a: 1\n---\nb: 2", what: "a second document begins", line: 2, column: 1),
        RefusalCase(yaml: "a: *b", what: "unknown anchor 'b' referenced", line: 1, column: 4),
        RefusalCase(yaml: "a: &b [*b]", what: "anchor 'b' value contains itself", line: 1, column: 8),
        RefusalCase(yaml: "? [a]\n: b", what: "a key must be a scalar, this is a list", line: 1, column: 3),
        RefusalCase(
            yaml: "a: !!binary aGk=", what: "the tag `!!binary` has no meaning here", line: 1, column: 4),
        RefusalCase(yaml: "a: !thing x", what: "the tag `!thing` has no meaning here", line: 1, column: 4),
        RefusalCase(
            yaml: "<<: 5", what: "map merge requires map or sequence of maps as the value", line: 1, column: 5
        ),
        RefusalCase(yaml: "a: 1\nb", what: "could not find expected ':'", line: 2, column: 2),
        RefusalCase(yaml: "a: [1, 2", what: "did not find expected ',' or ']'", line: 1, column: 9),
        RefusalCase(yaml: "\tb: 1", what: "found character that cannot start any token", line: 1, column: 1),
        RefusalCase(yaml: "a: \"x", what: "found unexpected end of stream", line: 1, column: 6),
    ]
)
private func refusal(_ example: RefusalCase) {
    #expect {
        try YAMLNode(parsing: example.yaml, file: "x.yml")
    } throws: { error in
        let problem = error as! Problem
        #expect(problem.what.hasPrefix("cannot read YAML: \(example.what)"), "\(problem)")
        #expect(problem.place == SourcePlace(file: "x.yml", line: example.line, column: example.column))
        return true
    }
}

@Test func theFirstOfSeveralDocumentsCanBeRead() throws {
    let (root, following) = try YAMLNode.parsingFirst(Array("a: 1\n---\nb: [".utf8), file: "x")
    #expect(text(root) == "{a: 1}")
    #expect(following == SourcePlace(file: "x", line: 2, column: 1))
    let (_, nothing) = try YAMLNode.parsingFirst(Array("---\na: 1\n...\n".utf8))
    #expect(nothing == nil)
}

@Test func invalidUTF8IsRefusedWithItsPlace() {
    #expect {
        try YAMLNode(parsing: [UInt8]("a: 1\nb: ".utf8) + [0xff, 0x0a])
    } throws: { error in
        let problem = error as! Problem
        return problem.place?.line == 2 && problem.place?.column == 4
    }
}

@Test func nestedAliasesAreStopped() {
    var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
        let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
        yaml += "a\(level): &a\(level) [\(aliases)]\n"
    }
    #expect(throws: Problem.self) { try YAMLNode(parsing: yaml) }
}

@Test func limitsHold() {
    let deep = String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
    #expect(throws: Problem.self) { try YAMLNode(parsing: deep) }
    var limits = YAMLLimits()
    limits.nodesMax = 3
    #expect(throws: Problem.self) { try YAMLNode(parsing: "[1, 2, 3]", limits: limits) }
    limits = YAMLLimits()
    limits.sizeMax = 3
    #expect(throws: Problem.self) { try YAMLNode(parsing: "[1, 2]", limits: limits) }
    limits = YAMLLimits()
    limits.aliasesMax = 1
    #expect(throws: Problem.self) { try YAMLNode(parsing: "[&a 1, *a, *a]", limits: limits) }
}

@Test func anyBytesEndInATreeOrAProblem() {
    var generator = SystemRandomNumberGenerator()
    let pieces = [
        "a", ":", " ", "\n", "- ", "[", "]", "{", "}", ",", "&a", "*a", "!", "|", ">", "\"", "'", "\\", "#",
        "?",
        "\t", "%", "\u{FEFF}", "é", "<<", "---", "...", "\u{0}",
    ]
    for _ in 0..<3000 {
        let count = Int.random(in: 0...40, using: &generator)
        let yaml = (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined()
        _ = try? YAMLNode(parsing: yaml)
    }
}
