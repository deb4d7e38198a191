import MetricModel
import RegularExpressions
import Testing

struct MatcherCase: CustomTestStringConvertible {
    var operation: LabelMatcher.Operation
    var value: String
    var matching: [String]
    var other: [String]
    var testDescription: String { "x\(operation.rawValue)\"\(value)\"" }
}

@Test(
    "matchers take and refuse",
    arguments: [
        MatcherCase(operation: .equal, value: "a", matching: ["a"], other: ["", "b", "ab", "A"]),
        MatcherCase(operation: .equal, value: "", matching: [""], other: ["a"]),
        MatcherCase(operation: .notEqual, value: "a", matching: ["", "b", "ab"], other: ["a"]),
        MatcherCase(operation: .notEqual, value: "", matching: ["a"], other: [""]),
        MatcherCase(
            operation: .matchesRegex, value: "a|b", matching: ["a", "b"], other: ["", "ab", "ca", "a|b"]),
        MatcherCase(
            operation: .matchesRegex, value: "5..", matching: ["500", "5é0"], other: ["5000", "400", "50"]),
        MatcherCase(operation: .matchesRegex, value: ".*", matching: ["", "a", "two\nlines"], other: []),
        MatcherCase(operation: .matchesRegex, value: ".+", matching: ["a", "\n"], other: [""]),
        MatcherCase(operation: .matchesRegex, value: "(?i)abc", matching: ["ABC", "abc"], other: ["abcd"]),
        MatcherCase(operation: .matchesRegex, value: "a.b", matching: ["a.b", "a\nb"], other: ["ab"]),
        MatcherCase(operation: .matchesRegex, value: "^a$", matching: ["a"], other: ["ba"]),
        MatcherCase(operation: .matchesRegex, value: "", matching: [""], other: ["a"]),
        MatcherCase(
            operation: .matchesNotRegex, value: "a|b", matching: ["", "c", "ab"], other: ["a", "b"]),
        MatcherCase(operation: .matchesNotRegex, value: ".+", matching: [""], other: ["a"]),
    ])
func matcher(_ example: MatcherCase) throws {
    let matcher = try LabelMatcher("x", example.operation, example.value)
    for text in example.matching {
        #expect(matcher.matches(text), "\(text)")
        #expect(matcher.matches(LabelSet(["w": "a", "x": text])), "\(text)")
    }
    for text in example.other {
        #expect(!matcher.matches(text), "\(text)")
        #expect(!matcher.matches(LabelSet(["w": "a", "x": text])), "\(text)")
    }
    // A label that is not there is one that is empty.
    #expect(matcher.matches(LabelSet(["w": "a"])) == matcher.matches(""))
    #expect(matcher.matches(.empty) == matcher.matches(""))
}

@Test("a pattern that does not compile is an error in words", arguments: ["(", "[", "a**", "\\y", "(?<n"])
func brokenPattern(_ pattern: String) {
    for operation in [LabelMatcher.Operation.matchesRegex, .matchesNotRegex] {
        let error = #expect(throws: RegularExpression.PatternError.self) {
            try LabelMatcher("x", operation, pattern)
        }
        #expect(error?.message.isEmpty == false)
    }
    #expect((try? LabelMatcher("x", .equal, pattern)) != nil)
}

@Test("a pattern that would make a backtracking matcher hang")
func patternInLinearTime() throws {
    let matcher = try LabelMatcher("x", .matchesRegex, "(a+)+")
    #expect(!matcher.matches(String(repeating: "a", count: 20_000) + "b"))
}

@Test("equality and notation")
func matcherNotation() throws {
    let matcher = try LabelMatcher("job", .matchesNotRegex, "a\"b")
    #expect(matcher.description == #"job!~"a\"b""#)
    #expect(matcher == (try LabelMatcher("job", .matchesNotRegex, "a\"b")))
    #expect(matcher != (try LabelMatcher("job", .matchesRegex, "a\"b")))
    #expect(LabelMatcher(name: "a", equals: "b").description == #"a="b""#)
    #expect(LabelMatcher(name: "a", equals: "b") == (try LabelMatcher("a", .equal, "b")))
}
