import Diagnostics
import MetricModel
import PromQL
import Testing

struct TreeCase: CustomTestStringConvertible {
    var text: String
    /// Fully parenthesised, operator first.
    var tree: String

    init(_ text: String, _ tree: String) {
        self.text = text
        self.tree = tree
    }

    var testDescription: String { text }
}

/// The structure of an expression, every node in parentheses, the operator first.
func tree(_ expression: Expression) -> String {
    switch expression.kind {
    case .number(let value, let isDuration): isDuration ? "\(value)s" : "\(value)"
    case .string(let text): text.debugDescription
    case .parenthesised(let inner): "(paren \(tree(inner)))"
    case .unary(let sign, let operand): "(\(sign.rawValue) \(tree(operand)))"
    case .binary(let parts):
        "(\(parts.operation.rawValue)\(describe(parts)) \(tree(parts.left)) \(tree(parts.right)))"
    case .aggregation(let aggregation):
        "(\(aggregation.aggregator.rawValue) \(aggregation.isWithout ? "without" : "by") \(aggregation.grouping)"
            + (aggregation.parameter.map { " " + tree($0) } ?? "") + " \(tree(aggregation.expression)))"
    case .call(let function, let arguments):
        "(\(([function] + arguments.map(tree)).joined(separator: " ")))"
    case .vectorSelector(let selector): describe(selector)
    case .matrixSelector(let selector, let range): "(range \(describe(selector)) \(describe(range)))"
    case .subquery(let subquery):
        "(subquery \(tree(subquery.expression)) \(describe(subquery.range)) "
            + (subquery.step.map(describe) ?? "-") + describe(subquery.offset, subquery.at) + ")"
    }
}

private func describe(_ parts: BinaryOperation) -> String {
    let matching = parts.matching
    var text = parts.returnsBool ? " bool" : ""
    if matching.isOn || !matching.labels.isEmpty {
        text += " \(matching.isOn ? "on" : "ignoring")\(matching.labels)"
    }
    switch matching.cardinality {
    case .oneToOne: break
    case .manyToMany: text += " many"
    case .manyToOne: text += " left\(matching.include)"
    case .oneToMany: text += " right\(matching.include)"
    }
    if let fill = matching.fillLeft { text += " fillLeft \(fill)" }
    if let fill = matching.fillRight { text += " fillRight \(fill)" }
    return text
}

private func describe(_ selector: VectorSelector) -> String {
    (selector.name ?? "") + "{\(selector.matchers.map(\.description).joined(separator: ","))}"
        + (selector.boundary == .ordinary ? "" : " \(selector.boundary)")
        + describe(selector.offset, selector.at)
}

private func describe(_ offset: DurationExpression?, _ at: AtModifier?) -> String {
    let at: String =
        switch at {
        case .timestamp(let time): " @\(time.milliseconds)"
        case .start: " @start"
        case .end: " @end"
        case nil: ""
        }
    return (offset.map { " offset \(describe($0))" } ?? "") + at
}

private func describe(_ duration: DurationExpression) -> String {
    switch duration {
    case .literal(let span): "\(span.milliseconds)ms"
    case .seconds(let seconds): "\(seconds)"
    case .step: "step"
    case .range: "range"
    case .negated(let inner): "(- \(describe(inner)))"
    case .parenthesised(let inner): "(paren \(describe(inner)))"
    case .binary(let operation, let left, let right):
        "(\(operation.rawValue) \(describe(left)) \(describe(right)))"
    case .minimum(let left, let right): "(min \(describe(left)) \(describe(right)))"
    case .maximum(let left, let right): "(max \(describe(left)) \(describe(right)))"
    }
}

@Suite("PromQL parser")
struct ParserTests {
    @Test(
        "operators bind as in Prometheus",
        arguments: [
            TreeCase("1 + 2 * 3", "(+ 1.0 (* 2.0 3.0))"),
            TreeCase("1 - 2 - 3", "(- (- 1.0 2.0) 3.0)"),
            TreeCase("2 ^ 3 ^ 2", "(^ 2.0 (^ 3.0 2.0))"),
            TreeCase("-2 ^ 2", "(- (^ 2.0 2.0))"),
            TreeCase("2 ^ -1 * 3", "(* (^ 2.0 -1.0) 3.0)"),
            TreeCase("2 ^ -3 ^ 2", "(^ 2.0 (- (^ 3.0 2.0)))"),
            TreeCase("-a * b", "(* (- a{__name__=\"a\"}) b{__name__=\"b\"})"),
            TreeCase("--1", "1.0"),
            TreeCase("-(1)", "(- (paren 1.0))"),
            TreeCase("+x", "(+ x{__name__=\"x\"})"),
            TreeCase("-5m", "-300.0s"),
            TreeCase("1 atan2 2 + 3", "(+ (atan2 1.0 2.0) 3.0)"),
            TreeCase("1 % 2 / 3", "(/ (% 1.0 2.0) 3.0)"),
            TreeCase(
                "a or b and c unless d",
                "(or many a{__name__=\"a\"} (unless many (and many b{__name__=\"b\"} c{__name__=\"c\"}) d{__name__=\"d\"}))"
            ),
            TreeCase("a == bool 1 + 1", "(== bool a{__name__=\"a\"} (+ 1.0 1.0))"),
            TreeCase("a > b < c", "(< (> a{__name__=\"a\"} b{__name__=\"b\"}) c{__name__=\"c\"})"),
            TreeCase("a </ 1 >/ 2", "(>/ (</ a{__name__=\"a\"} 1.0) 2.0)"),
            TreeCase("- a offset 5m", "(- a{__name__=\"a\"} offset 300000ms)"),
            TreeCase("1 + a[5m:]", "!"),
            TreeCase("2 ^ a @ 5", "(^ 2.0 a{__name__=\"a\"} @5000)"),
        ])
    func precedence(_ example: TreeCase) throws {
        if example.tree == "!" {
            #expect(throws: ParseError.self) { try parse(example.text, allowsExperimental: true) }
        } else {
            #expect(tree(try parse(example.text, allowsExperimental: true)) == example.tree)
        }
    }

    @Test(
        "modifiers of binary operators",
        arguments: [
            TreeCase("a * on(x) b", "(* on[\"x\"] a{__name__=\"a\"} b{__name__=\"b\"})"),
            TreeCase(
                "a * ignoring(x, y,) b", "(* ignoring[\"x\", \"y\"] a{__name__=\"a\"} b{__name__=\"b\"})"),
            TreeCase("a * on() b", "(* on[] a{__name__=\"a\"} b{__name__=\"b\"})"),
            TreeCase("a * ON(by) GROUP_LEFT b", "(* on[\"by\"] left[] a{__name__=\"a\"} b{__name__=\"b\"})"),
            TreeCase(
                "a == bool on(x) group_right(y, \"z z\") b",
                "(== bool on[\"x\"] right[\"y\", \"z z\"] a{__name__=\"a\"} b{__name__=\"b\"})"),
            TreeCase("a and on(x) b", "(and on[\"x\"] many a{__name__=\"a\"} b{__name__=\"b\"})"),
            TreeCase(
                "a + fill(-1) b", "(+ fillLeft -1.0 fillRight -1.0 a{__name__=\"a\"} b{__name__=\"b\"})"),
            TreeCase(
                "a + on(x) fill_right(2) fill_left(0x10) b",
                "(+ on[\"x\"] fillLeft 16.0 fillRight 2.0 a{__name__=\"a\"} b{__name__=\"b\"})"),
            TreeCase("fill + fill_left", "(+ fill{__name__=\"fill\"} fill_left{__name__=\"fill_left\"})"),
        ])
    func binaryModifiers(_ example: TreeCase) throws {
        #expect(tree(try parse(example.text, allowsExperimental: true)) == example.tree)
    }

    @Test(
        "selectors, ranges and their modifiers",
        arguments: [
            TreeCase("a:b:c", "a:b:c{__name__=\"a:b:c\"}"),
            TreeCase("a{b=\"c\",}", "a{b=\"c\",__name__=\"a\"}"),
            TreeCase("{\"a.b\", \"c d\"!~'e|f'}", "{__name__=\"a.b\",c d!~\"e|f\"}"),
            TreeCase("{by=\"x\",on!=`y`}", "{by=\"x\",on!=\"y\"}"),
            TreeCase("a offset -1h @ 1.5", "a{__name__=\"a\"} offset -3600000ms @1500"),
            TreeCase("a @ start() offset 10", "a{__name__=\"a\"} offset 10.0 @start"),
            TreeCase("a[5m] @ -2 offset 1m", "(range a{__name__=\"a\"} offset 60000ms @-2000 300000ms)"),
            TreeCase("a[90]", "(range a{__name__=\"a\"} 90.0)"),
            TreeCase("a[1h30m5s10ms]", "(range a{__name__=\"a\"} 5405010ms)"),
            TreeCase("a[5m] anchored", "(range a{__name__=\"a\"} anchored 300000ms)"),
            TreeCase("a smoothed offset 5m", "a{__name__=\"a\"} smoothed offset 300000ms"),
            TreeCase("a[5m:]", "(subquery a{__name__=\"a\"} 300000ms -)"),
            TreeCase(
                "rate(a[1m])[5m:30s] @ end() offset 1s",
                "(subquery (rate (range a{__name__=\"a\"} 60000ms)) 300000ms 30000ms offset 1000ms @end)"),
            TreeCase("a[5m:][1h:]", "!"),
            TreeCase("sum(a)[5m:1m]", "(subquery (sum by [] a{__name__=\"a\"}) 300000ms 60000ms)"),
            TreeCase("a # one\n[ # two\n5m # three\n]", "(range a{__name__=\"a\"} 300000ms)"),
            TreeCase("a offset 1y2w3d", "a{__name__=\"a\"} offset 33004800000ms"),
            TreeCase("a @ 1e3", "a{__name__=\"a\"} @1000000"),
            TreeCase("a @ 1h", "a{__name__=\"a\"} @3600000"),
        ])
    func selectors(_ example: TreeCase) throws {
        if example.tree == "!" {
            #expect(throws: ParseError.self) { try parse(example.text, allowsExperimental: true) }
        } else {
            #expect(tree(try parse(example.text, allowsExperimental: true)) == example.tree)
        }
    }

    @Test(
        "arithmetic in durations",
        arguments: [
            TreeCase("a[1m + 2m * 3]", "(range a{__name__=\"a\"} (+ 60000ms (* 120000ms 3.0)))"),
            TreeCase("a[-5m + 35m]", "(range a{__name__=\"a\"} (+ -300000ms 2100000ms))"),
            TreeCase("a[2 ^ 3 ^ 1]", "(range a{__name__=\"a\"} (^ 2.0 (^ 3.0 1.0)))"),
            TreeCase("a[-(1m)+2m]", "(range a{__name__=\"a\"} (+ (- (paren 60000ms)) 120000ms))"),
            TreeCase("a[max_of(step(), 5m)]", "(range a{__name__=\"a\"} (max step 300000ms))"),
            TreeCase("a[min(range(), 5m):step()]", "(subquery a{__name__=\"a\"} (min range 300000ms) step)"),
            TreeCase(
                "a[1h:((8-2)/3)*7s]",
                "(subquery a{__name__=\"a\"} 3600000ms (* (paren (/ (paren (- 8.0 2.0)) 3.0)) 7000ms))"),
            TreeCase("a offset 2 ^ 2", "(^ a{__name__=\"a\"} offset 2.0 2.0)"),
            TreeCase("a offset -2 ^ 2", "(^ a{__name__=\"a\"} offset -2.0 2.0)"),
            TreeCase("a offset (2 ^ 2)", "a{__name__=\"a\"} offset (paren (^ 2.0 2.0))"),
            TreeCase("a offset step() * 0", "(* a{__name__=\"a\"} offset step 0.0)"),
            TreeCase("a offset -step() * 2", "(* a{__name__=\"a\"} offset (- step) 2.0)"),
            TreeCase(
                "a offset -min_of(step(), 1s) ^ 0", "(^ a{__name__=\"a\"} offset (- (min step 1000ms)) 0.0)"),
            TreeCase("a offset +STEP()", "a{__name__=\"a\"} offset step"),
            TreeCase(
                "a offset -(1m + 1m) * 2", "(* a{__name__=\"a\"} offset (- (paren (+ 60000ms 60000ms))) 2.0)"),
            TreeCase("a offset (1m) * 2", "a{__name__=\"a\"} offset (paren (* (paren 60000ms) 2.0))"),
        ])
    func durationArithmetic(_ example: TreeCase) throws {
        #expect(tree(try parse(example.text, allowsExperimental: true)) == example.tree)
    }

    @Test(
        "words of the language as names",
        arguments: [
            "sum", "count{a=\"b\"}", "by", "without", "offset", "and", "or", "unless", "start", "end", "step",
            "range",
            "min_of", "max_of", "anchored", "smoothed", "fill", "fill_left", "limitk", "topk offset 5m",
            "SUM",
            "sum by (sum, by, on, bool, offset, group_left, atan2, unless) (x)", "and and and", "x unless or",
            "a:b{sum=\"1\"}", "rate(sum[5m])", "sum(sum) by (sum)", "Infinity", "infx", ":", "a::b",
        ])
    func wordsAsNames(_ text: String) throws {
        _ = try parse(text, allowsExperimental: true)
    }

    @Test(
        "aggregations with the grouping before or after",
        arguments: [
            TreeCase("sum(x)", "(sum by [] x{__name__=\"x\"})"),
            TreeCase("SUM BY (a, b) (x)", "(sum by [\"a\", \"b\"] x{__name__=\"x\"})"),
            TreeCase("sum(x) without (a,)", "(sum without [\"a\"] x{__name__=\"x\"})"),
            TreeCase("topk(3, x) by (\"a b\")", "(topk by [\"a b\"] 3.0 x{__name__=\"x\"})"),
            TreeCase(
                "count_values without () (\"v\", x)", "(count_values without [] \"v\" x{__name__=\"x\"})"),
            TreeCase("limit_ratio(-0.5, x)", "(limit_ratio by [] -0.5 x{__name__=\"x\"})"),
            TreeCase("sum by (a:b) (x)", "(sum by [\"a:b\"] x{__name__=\"x\"})"),
        ])
    func aggregations(_ example: TreeCase) throws {
        #expect(tree(try parse(example.text, allowsExperimental: true)) == example.tree)
    }

    @Test(
        "numbers",
        arguments: zip(
            [
                "1", "1.", ".5", "1e3", "1E-3", "1_000", "1_0.2_5", "0x1F", "0X_ff", "0xe", "0x1e", "017",
                "0_7", "08",
                "00", "9223372036854775808", "Inf", "iNf", "1h30m", "1ms", "0s", "1e308", "4.9e-324",
                "1e-400",
            ] as [String],
            [
                1, 1, 0.5, 1000, 0.001, 1000, 10.25, 31, 255, 14, 30, 15, 7, 8, 0, 9_223_372_036_854_775_808,
                .infinity, .infinity, 5400, 0.001, 0, 1e308, .leastNonzeroMagnitude, 0,
            ] as [Double]))
    func numbers(_ text: String, _ value: Double) throws {
        guard case .number(let parsed, _) = try parse(text).kind else {
            Issue.record("\(text) is no number")
            return
        }
        #expect(parsed == value)
    }

    @Test(
        "strings",
        arguments: zip(
            [
                #""a""#, #"'a"b'"#, "`a\\n'\"\nb`", #""\a\b\f\n\r\t\v\\\"""#, #"'\''"#,
                #""\x41\101\u00e9\U0001F600""#,
                #""\xc3\xa9""#, #""\xff""#, "\"é\"", "\"\"",
            ],
            [
                "a", "a\"b", "a\\n'\"\nb", "\u{7}\u{8}\u{c}\n\r\t\u{b}\\\"", "'", "AAé😀", "é", "\u{fffd}",
                "é", "",
            ]))
    func strings(_ text: String, _ value: String) throws {
        #expect(try parse(text).kind == .string(value))
    }

    @Test("positions are where Prometheus puts them")
    func positions() throws {
        let text = "sum by (a) (rate(x{b=\"c\"}[5m] offset 1m)) / -y"
        guard case .binary(let parts) = try parse(text).kind,
            case .aggregation(let sum) = parts.left.kind, case .call(_, let arguments) = sum.expression.kind
        else {
            Issue.record("not a quotient")
            return
        }
        func slice(_ expression: Expression) -> String {
            String(decoding: Array(text.utf8)[expression.position], as: UTF8.self)
        }
        #expect(slice(parts.left) == "sum by (a) (rate(x{b=\"c\"}[5m] offset 1m))")
        #expect(slice(parts.right) == "-y")
        #expect(slice(sum.expression) == "rate(x{b=\"c\"}[5m] offset 1m)")
        #expect(slice(arguments[0]) == "x{b=\"c\"}[5m] offset 1m")
    }

    @Test("what an expression evaluates to")
    func valueTypes() throws {
        let types: KeyValuePairs<String, ValueType> = [
            "1": .scalar, "\"a\"": .string, "x": .instantVector, "x[5m]": .rangeVector,
            "x[5m:]": .rangeVector,
            "1 + 2": .scalar, "1 + x": .instantVector, "-(x)": .instantVector, "time()": .scalar,
            "sum(x)": .instantVector, "scalar(x) * 2": .scalar, "vector(1)": .instantVector,
            "-time()": .scalar,
        ]
        for (text, type) in types { #expect(try parse(text).valueType == type, "\(text)") }
    }

    @Test("a problem tells line and column in characters")
    func problems() throws {
        let text = "sum(\n  {é=\"1\"} )"
        let error = #expect(throws: ParseError.self) { try parse(text) }
        let found = problem(try #require(error), in: text, file: "rules.yml")
        #expect(found.place == SourcePlace(file: "rules.yml", line: 2, column: 4))
        #expect(found.what.hasPrefix("parse error: unexpected character inside braces: 'é', expected"))
    }
}
