import MetricModel
import PromQL
import Testing

struct RefusedCase: CustomTestStringConvertible {
    var text: String
    /// How the message begins.
    var message: String
    /// The part of the text that the error points at.
    var place: String

    init(_ text: String, _ message: String, at place: String) {
        self.text = text
        self.message = message
        self.place = place
    }

    var testDescription: String { text }
}

@Suite("PromQL parse errors")
struct ParserErrorTests {
    static let syntaxCases: [RefusedCase] = [
        RefusedCase("", "no expression found in input", at: ""),
        RefusedCase("# nothing", "no expression found in input", at: ""),
        RefusedCase("1 +", "unexpected end of input, expected an expression", at: ""),
        RefusedCase("*", "unexpected <op:*>, expected an expression", at: "*"),
        RefusedCase("1 2", "unexpected number \"2\", expected an operator or end of input", at: "2"),
        RefusedCase("a b", "unexpected identifier \"b\", expected an operator or end of input", at: "b"),
        RefusedCase("(1", "unclosed left parenthesis, expected \")\"", at: ""),
        RefusedCase("1)", "unexpected right parenthesis ')'", at: ")"),
        RefusedCase("a]", "unexpected right bracket ']'", at: "]"),
        RefusedCase("a[5m", "unclosed left bracket, expected \"]\"", at: ""),
        RefusedCase(
            "a[]", "unexpected \"]\" in subquery or range selector, expected number, duration", at: "]"),
        RefusedCase(
            "a[5m 1m]", "unexpected duration \"1m\" in subquery or range, expected \":\" or \"]\"", at: "1m"),
        RefusedCase("a[5m:1m:2m]", "unexpected \":\" in subquery selector, expected \"]\"", at: ":"),
        RefusedCase("a[x]", "unexpected character in duration expression: 'x'", at: "x"),
        RefusedCase("a[\"5m\"]", "unexpected character in duration expression: '\"'", at: "\""),
        RefusedCase("a[0]", "duration must be greater than 0", at: "0"),
        RefusedCase("a[-5m]", "duration must be greater than 0", at: "-5m"),
        RefusedCase("a[5m:0s]", "duration must be greater than 0", at: "0s"),
        RefusedCase("a[300y]", "duration out of range, expected at most 292 years", at: "300y"),
        RefusedCase("a[1m1h]", "not a valid duration string: \"1m1h\", expected", at: "1m1h"),
        RefusedCase("a[1.5h]", "not a valid duration string: \"1.5h\"", at: "1.5h"),
        RefusedCase("1hs", "not a valid duration string: \"1hs\"", at: "1hs"),
        RefusedCase("5mm", "bad number or duration syntax: \"5mm\", expected", at: "5mm"),
        RefusedCase("0xg", "bad number or duration syntax: \"0xg\"", at: "0xg"),
        RefusedCase("1..2", "bad number or duration syntax", at: "1.."),
        RefusedCase("1__0", "bad number or duration syntax", at: "1__"),
        RefusedCase("1e", "bad number or duration syntax: \"1e\"", at: "1e"),
        RefusedCase("1e1e1", "bad number or duration syntax", at: "1e1e1"),
        RefusedCase("1e400", "error parsing number: \"1e400\"", at: "1e400"),
        RefusedCase("\"abc", "unterminated quoted string, expected closing '\"'", at: "\"abc"),
        RefusedCase("'abc\n'", "unterminated quoted string, expected closing \"'\"", at: "'abc\n"),
        RefusedCase("`abc", "unterminated raw string", at: "`abc"),
        RefusedCase(#""a\qb""#, "unknown escape sequence '\\q', expected one of", at: #"\qb""#),
        RefusedCase(#"'\"'"#, "unknown escape sequence '\\\"'", at: #"\"'"#),
        RefusedCase(
            #""\x4""#, "illegal character in escape sequence, expected 2 hexadecimal digits", at: #"\x4""#),
        RefusedCase(#""\400""#, "escape sequence is an invalid Unicode code point", at: #"\400""#),
        RefusedCase(#""\ud800""#, "escape sequence is an invalid Unicode code point", at: #"\ud800""#),
        RefusedCase("a{", "unexpected end of input inside braces", at: ""),
        RefusedCase("a{b}", "unexpected \"}\" in label matching, expected label matching operator", at: "}"),
        RefusedCase("a{b=c}", "unexpected identifier \"c\" in label matching, expected string", at: "c"),
        RefusedCase(
            "a{b=\"c\" d=\"e\"}", "unexpected identifier \"d\" in label matching, expected \",\" or \"}\"",
            at: "d"),
        RefusedCase("a{,}", "unexpected \",\" in label matching, expected identifier or \"}\"", at: ","),
        RefusedCase("a{b==\"c\"}", "unexpected \"=\" in label matching, expected string", at: "="),
        RefusedCase("a{1=\"b\"}", "unexpected character inside braces: '1'", at: "1"),
        RefusedCase("a{b!\"c\"}", "unexpected character after '!' inside braces: '\"'", at: "!\""),
        RefusedCase("a{{", "unexpected left brace '{'", at: "{"),
        RefusedCase("a{b=~\"[\"}", "error parsing regexp: missing ]: [", at: "b=~\"[\""),
        RefusedCase("a = b", "unexpected \"=\", expected an operator or end of input", at: "="),
        RefusedCase("a =~ \"b\"", "unexpected character after '=': '~'", at: "=~"),
        RefusedCase("a ! b", "unexpected character after '!': ' ', expected \"=\"", at: "! "),
        RefusedCase("a ? b", "unexpected character: '?', expected an expression", at: "?"),
        RefusedCase("a é", "unexpected character: 'é'", at: "é"),
        RefusedCase("sum x", "unexpected identifier \"x\"", at: "x"),
        RefusedCase("sum by a (x)", "unexpected identifier \"a\" in grouping opts, expected \"(\"", at: "a"),
        RefusedCase(
            "sum by (a b) (x)", "unexpected identifier \"b\" in grouping opts, expected \",\" or \")\"",
            at: "b"),
        RefusedCase("sum by (,) (x)", "unexpected \",\" in grouping opts, expected label or \")\"", at: ","),
        RefusedCase("sum by (1) (x)", "unexpected number \"1\" in grouping opts", at: "1"),
        RefusedCase("sum by (without) (x)", "unexpected <without> in grouping opts", at: "without"),
        RefusedCase("sum by (a) x", "unexpected identifier \"x\" in aggregation, expected \"(\"", at: "x"),
        RefusedCase(
            "sum by (a) (x) by (b)", "unexpected <by>, expected an operator or end of input", at: "by"),
        RefusedCase("sum()", "no arguments for aggregate expression provided, expected 1", at: "sum()"),
        RefusedCase(
            "topk(x)", "wrong number of arguments for aggregate expression provided, expected 2, got 1",
            at: "topk(x)"),
        RefusedCase(
            "sum(x, y)", "wrong number of arguments for aggregate expression provided, expected 1, got 2",
            at: "sum(x, y)"),
        RefusedCase("rate(x[5m],)", "trailing commas not allowed in function call args", at: ","),
        RefusedCase("nope(x)", "unknown function with name \"nope\"", at: "nope"),
        RefusedCase("RATE(x[5m])", "unknown function with name \"RATE\"", at: "RATE"),
        RefusedCase("a:b(x)", "unexpected \"(\", expected an operator or end of input", at: "("),
        RefusedCase("x offset", "unexpected end of input in offset, expected number, duration", at: ""),
        RefusedCase("x offset y", "unexpected identifier \"y\" in offset", at: "y"),
        RefusedCase("1 offset 5m", "offset modifier must be preceded by an instant vector selector", at: "1"),
        RefusedCase("sum(x) offset 5m", "offset modifier must be preceded by", at: "sum(x)"),
        RefusedCase("x offset 5m offset 1m", "offset may not be set multiple times", at: "x offset 5m"),
        RefusedCase("x @", "unexpected end of input in @, expected timestamp", at: ""),
        RefusedCase("x @ y", "unexpected identifier \"y\" in @", at: "y"),
        RefusedCase("x @ start", "unexpected end of input in @, expected \"(\"", at: ""),
        RefusedCase("x @ Inf", "timestamp out of bounds for @ modifier: Inf", at: "Inf"),
        RefusedCase("x @ 1 @ 2", "@ <timestamp> may not be set multiple times", at: "x @ 1"),
        RefusedCase("1 @ 2", "@ modifier must be preceded by", at: "1"),
        RefusedCase("(x)[5m]", "ranges only allowed for vector selectors", at: "[5m]"),
        RefusedCase("x offset 1m [5m]", "no offset modifiers allowed before range", at: "[5m]"),
        RefusedCase("x @ 1 [5m]", "no @ modifiers allowed before range", at: "[5m]"),
        RefusedCase("x + on(a) group_left (b)", "unexpected end of input, expected an expression", at: ""),
        RefusedCase(
            "x + group_left(b) y", "unexpected <group_left>, expected an expression", at: "group_left"),
        RefusedCase("x + on y", "unexpected identifier \"y\" in grouping opts, expected \"(\"", at: "y"),
        RefusedCase("x + on(\"\") y", "invalid label name for grouping: \"\"", at: "\"\""),
        RefusedCase(
            "x + fill(y) z", "unexpected identifier \"y\" in fill modifier, expected number", at: "y"),
        RefusedCase("x[5m / 0]", "division by zero", at: "/"),
        RefusedCase("x[5m % (0s)]", "modulo by zero", at: "%"),
        RefusedCase("x[5m:] anchored", "anchored modifier is not supported for subqueries", at: "x[5m:]"),
        RefusedCase("sum(x) smoothed", "smoothed modifier not implemented", at: "sum(x)"),
        RefusedCase(
            "x anchored smoothed", "anchored and smoothed modifiers cannot be used together", at: "x"),
    ]

    static let typeCases: [RefusedCase] = [
        RefusedCase("{}", "vector selector must contain at least one non-empty matcher", at: "{}"),
        RefusedCase(
            "{a=~\".*\",b!=\"c\"}", "vector selector must contain at least one non-empty matcher",
            at: "{a=~\".*\",b!=\"c\"}"),
        RefusedCase(
            "x{__name__=\"y\"}", "metric name must not be set twice: \"x\" or \"y\"", at: "x{__name__=\"y\"}"),
        RefusedCase("x{\"y\"}", "metric name must not be set twice: \"x\" or \"y\"", at: "x{\"y\"}"),
        RefusedCase("1 and 2", "set operator \"and\" not allowed in binary scalar expression", at: "1 and 2"),
        RefusedCase("x or 1", "set operator \"or\" not allowed in binary scalar expression", at: "x or 1"),
        RefusedCase("1 > 2", "comparisons between scalars must use BOOL modifier", at: ">"),
        RefusedCase("x + bool y", "bool modifier can only be used on comparison operators", at: "+ bool"),
        RefusedCase("x + on(a) 1", "vector matching only allowed between instant vectors", at: "x + on(a) 1"),
        RefusedCase(
            "x + fill(1) 1", "filling in missing series only allowed between instant vectors",
            at: "x + fill(1) 1"),
        RefusedCase(
            "x or fill(1) y", "filling in missing series not allowed for set operators", at: "x or fill(1) y"),
        RefusedCase(
            "x and on(a) group_left y", "no grouping allowed for \"and\" operation",
            at: "x and on(a) group_left y"),
        RefusedCase(
            "x + on(a) group_left(a) y", "label \"a\" must not occur in ON and GROUP clause at once",
            at: "+ on(a) group_left(a)"),
        RefusedCase(
            "x[5m] + 1", "binary expression must contain only scalar and instant vector types", at: "x[5m]"),
        RefusedCase(
            "1 + \"a\"", "binary expression must contain only scalar and instant vector types", at: "\"a\""),
        RefusedCase(
            "-\"a\"",
            "unary expression only allowed on expressions of type scalar or instant vector, got \"string\"",
            at: "-\"a\""),
        RefusedCase(
            "-x[5m]",
            "unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\"",
            at: "-x[5m]"),
        RefusedCase("sum(1)", "expected type instant vector in aggregation expression, got scalar", at: "1"),
        RefusedCase(
            "topk(x, y)", "expected type scalar in aggregation parameter, got instant vector", at: "x"),
        RefusedCase(
            "count_values(1, y)", "expected type string in aggregation parameter, got scalar", at: "1"),
        RefusedCase(
            "rate(x)", "expected type range vector in call to function \"rate\", got instant vector", at: "x"),
        RefusedCase(
            "abs(1)", "expected type instant vector in call to function \"abs\", got scalar", at: "1"),
        RefusedCase(
            "label_join(x, \"a\", \"b\", 1)",
            "expected type string in call to function \"label_join\", got scalar", at: "1"),
        RefusedCase(
            "label_join(x, \"a\", \"b\", \"c\", 1)",
            "expected type string in call to function \"label_join\", got scalar", at: "1"),
        RefusedCase("rate()", "expected 1 argument(s) in call to \"rate\", got 0", at: "rate()"),
        RefusedCase(
            "rate(x[5m], 1)", "expected 1 argument(s) in call to \"rate\", got 2", at: "rate(x[5m], 1)"),
        RefusedCase("time(1)", "expected 0 argument(s) in call to \"time\", got 1", at: "time(1)"),
        RefusedCase(
            "hour(x, y)", "expected at most 1 argument(s) in call to \"hour\", got 2", at: "hour(x, y)"),
        RefusedCase(
            "round(x, 1, 2)", "expected at most 2 argument(s) in call to \"round\", got 3",
            at: "round(x, 1, 2)"),
        RefusedCase(
            "label_join(x)", "expected at least 3 argument(s) in call to \"label_join\", got 1",
            at: "label_join(x)"),
        RefusedCase(
            "x[5m][5m:]", "subquery is only allowed on instant vector, got range vector instead",
            at: "x[5m][5m:]"),
        RefusedCase("1[5m:]", "subquery is only allowed on instant vector, got scalar instead", at: "1[5m:]"),
        RefusedCase("info(x, y)", "expected label selectors only, got vector selector instead", at: "y"),
        RefusedCase("info(x, sum(y))", "expected label selectors only", at: "sum(y)"),
        RefusedCase(
            "info(x, 1)", "expected type instant vector in call to function \"info\", got scalar", at: "1"),
    ]

    static let experimentalCases: [RefusedCase] = [
        RefusedCase(
            "mad_over_time(x[5m])", "function \"mad_over_time\" is experimental and not enabled",
            at: "mad_over_time"),
        RefusedCase("limitk(1, x)", "limitk() is experimental and not enabled", at: "limitk(1, x)"),
        RefusedCase("x[1m + 1m]", "duration expression is experimental and not enabled", at: "1m + 1m"),
        RefusedCase("x offset step()", "duration expression is experimental and not enabled", at: "step()"),
        RefusedCase("x anchored", "anchored modifier is experimental and not enabled", at: "anchored"),
        RefusedCase("x + fill(0) y", "binop fill modifier is experimental and not enabled", at: "fill(0)"),
        RefusedCase("info(x)", "function \"info\" is experimental and not enabled", at: "info"),
        RefusedCase("step()", "function \"step\" is experimental and not enabled", at: "step"),
    ]

    @Test("refused for their syntax", arguments: syntaxCases)
    func syntax(_ example: RefusedCase) {
        expectRefused(example, allowsExperimental: true)
    }

    @Test("refused for their types", arguments: typeCases)
    func types(_ example: RefusedCase) { expectRefused(example, allowsExperimental: true) }

    @Test("experimental, and refused unless allowed", arguments: experimentalCases)
    func experimental(_ example: RefusedCase) throws {
        expectRefused(example, allowsExperimental: false)
        _ = try parse(example.text, allowsExperimental: true)
    }

    private func expectRefused(_ example: RefusedCase, allowsExperimental: Bool) {
        do throws(ParseError) {
            let expression = try parse(example.text, allowsExperimental: allowsExperimental)
            Issue.record("accepted as \(expression)")
        } catch {
            #expect(error.message.hasPrefix(example.message), "\(error.message)")
            let bytes = Array(example.text.utf8)
            #expect(error.position.upperBound <= bytes.count)
            #expect(String(decoding: bytes[error.position], as: UTF8.self) == example.place)
        }
    }

    @Test("no depth and no length brings it down")
    func limits() throws {
        let levels = 100_000
        func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
        let deep = [
            repeated("(", levels) + "1" + repeated(")", levels), repeated("-", levels) + "x",
            repeated("1 + ", levels) + "1", repeated("2 ^ ", levels) + "2", repeated("abs(", levels) + "x",
            repeated("sum by (a) (", levels) + "x", "x" + repeated("[5m:]", levels), repeated("(", levels),
            "x[" + repeated("(", levels) + "5m", "x[" + repeated("-", levels) + "5m]",
            "x[1" + repeated(" + 1", levels) + "]", "x offset " + repeated("-", levels) + "5m",
            repeated("x or ", levels) + "x", repeated("{", levels), repeated("[", levels),
            repeated("x unless -", levels),
        ]
        for text in deep {
            #expect(throws: ParseError.self) { try parse(text, allowsExperimental: true) }
        }
        let within = repeated("(", 190) + "1" + repeated(")", 190)
        #expect(print(try parse(within)) == within)
        let long = "x{a=\"" + repeated("b", ParserLimits.lengthMax) + "\"}"
        let error = #expect(throws: ParseError.self) { try parse(long) }
        #expect(error?.message.contains("expected at most \(ParserLimits.lengthMax)") == true)
    }

    @Test("levels are counted alike for every way to nest")
    func depth() throws {
        let limit = ParserLimits.depthMax
        func sum(_ terms: Int) -> String { Array(repeating: "x", count: terms).joined(separator: " + ") }
        _ = try parse(sum(limit))
        let error = #expect(throws: ParseError.self) { try parse(sum(limit + 1)) }
        #expect(error?.message == "expression too deep, expected at most \(limit) nested levels")
        // A long chain inside of many parentheses adds up.
        let half = String(repeating: "(", count: limit / 2)
        let closed = String(repeating: ")", count: limit / 2)
        #expect(throws: ParseError.self) { try parse(half + sum(limit / 2 + 2) + closed) }
    }
}
