import PromQL

/// Makes PromQL and things that look like it.
struct ExpressionGenerator {
    private var random: FuzzRandom
    private var corpus: [[UInt8]]
    private static let lengthMax = 4096

    init(seed: UInt64, corpus: [String]) {
        random = FuzzRandom(seed: seed)
        self.corpus = (builtInCorpus + corpus).map { Array($0.utf8.prefix(Self.lengthMax)) }
    }

    /// The next input.
    mutating func next() -> String {
        let bytes: [UInt8]
        switch random.below(100) {
        case 0..<45: bytes = mutated(random.pick(corpus))
        case 45..<65: bytes = spliced()
        case 65..<85:
            var text = Array(grown(depth: 1 + random.below(5)).utf8)
            if random.chance(1, in: 3) { text = mutated(text) }
            bytes = text
        case 85..<92: bytes = soup()
        case 92..<94: bytes = nest()
        default: bytes = (0..<random.below(64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }
        return String(decoding: bytes.prefix(Self.lengthMax), as: UTF8.self)
    }

    // MARK: Mutation

    private mutating func mutated(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...random.below(4) {
            let place = random.below(bytes.count + 1)
            switch random.below(8) {
            case 0 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1 where place < bytes.count: bytes[place] = random.pick(punctuation)
            case 2 where place < bytes.count:
                bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(8)))
            case 3:
                let end = min(bytes.count, place + random.below(16))
                bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count + 1))
            case 4, 5: bytes.insert(contentsOf: random.pick(fragments).utf8, at: place)
            case 6:
                let other = random.pick(corpus)
                let start = random.below(other.count + 1)
                bytes.insert(contentsOf: other[start..<min(other.count, start + random.below(24))], at: place)
            default: bytes.insert(random.pick(punctuation), at: place)
            }
        }
        return bytes
    }

    /// The head of one expression and the tail of another.
    private mutating func spliced() -> [UInt8] {
        let head = random.pick(corpus)
        let tail = random.pick(corpus)
        return Array(head.prefix(random.below(head.count + 1)) + tail.suffix(random.below(tail.count + 1)))
    }

    private mutating func soup() -> [UInt8] {
        (0..<random.below(40)).flatMap { _ in Array(random.pick(fragments).utf8) }
    }

    /// Levels upon levels of one construct, some within the limit and some beyond it.
    private mutating func nest() -> [UInt8] {
        let nests: [(open: String, core: String, close: String)] = [
            ("(", "1", ")"), ("-", "x", ""), ("+", "1", ""), ("abs(", "x", ")"), ("sum by (a) (", "x", ")"),
            ("1 + ", "1", ""), ("", "1", " + 1"), ("", "2", " ^ 2"), ("2 ^ ", "2", ""), ("", "x", "[5m:]"),
            ("x[", "5m", "]"), ("{", "a=\"b\"", "}"), ("((", "1", ")"), ("", "x", " or x"),
            ("x and ", "x", ""),
            ("rate(", "x[5m]", ")"), ("min_of(", "1", ", 2)"), ("(x offset (", "1", "))"),
        ]
        let durations: [(open: String, core: String, close: String)] = [
            ("(", "5m", ")"), ("-", "5m", ""), ("1 + ", "1", ""), ("", "2", " ^ 2"), ("2 ^ ", "2", ""),
            ("min_of(", "1", ", 2)"), ("", "1m", " * 2"), ("-(", "step()", ")"), ("(", "1", " + 1)"),
        ]
        let isDuration = random.chance(1, in: 3)
        let levels = random.chance(1, in: 2) ? 100 + random.below(200) : random.below(60)
        var text = ""
        let kinds = isDuration ? durations : nests
        let chosen = random.chance(1, in: 2) ? [random.pick(kinds)] : (0..<3).map { _ in random.pick(kinds) }
        var closes: [String] = []
        for level in 0..<levels {
            let kind = chosen[level % chosen.count]
            text += kind.open
            closes.append(kind.close)
        }
        text += chosen[0].core
        for close in closes.reversed() { text += close }
        return Array((isDuration ? "x[\(text)]" : text).utf8)
    }

    // MARK: Grammar

    private mutating func grown(depth: Int) -> String {
        if depth <= 0 { return leaf() }
        switch random.below(16) {
        case 0: return "(\(grown(depth: depth - 1)))"
        case 1: return "\(random.pick(["-", "+", "- ", "--"]))\(grown(depth: depth - 1))"
        case 2...5:
            return "\(grown(depth: depth - 1)) \(binaryOperator()) \(grown(depth: depth - 1))"
        case 6, 7: return aggregation(depth)
        case 8...11: return call(depth)
        case 12: return "(\(grown(depth: depth - 1)))[\(duration(2)):\(maybe(duration(1)))]\(modifiers())"
        case 13: return "\(selector())[\(duration(2))]\(modifiers())"
        default: return leaf()
        }
    }

    private mutating func leaf() -> String {
        switch random.below(6) {
        case 0: random.pick(numbers)
        case 1: random.pick(["5m", "1h30m", "0s", "1y2w3d4h5m6s7ms", "100ms"])
        case 2: random.pick(["\"text\"", "'it''s'", "`raw \\`", "\"\\u00e9\\n\\x41\\101\"", "\"é😀\"", "''"])
        default: selector() + modifiers()
        }
    }

    private mutating func selector() -> String {
        let name = random.pick([
            "x", "up", "a:b", ":", "sum", "offset", "by", "and", "start", "step", "min_of", "fill", "",
        ])
        if !name.isEmpty && random.chance(1, in: 2) { return name }
        let matchers = (0..<random.below(4)).map { _ in
            random.pick(["a", "le", "by", "\"b.c\"", "__name__", "'é'"])
                + random.pick(["=", "!=", "=~", "!~"])
                + random.pick(["\"1\"", "''", "`.*`", "\"a|b\"", "\"[\"", "\"\\\"\""])
        }
        let quoted = random.chance(1, in: 6) ? ["\"metric.name\""] : []
        return "\(name){\((quoted + matchers).joined(separator: ","))\(random.chance(1, in: 5) ? "," : "")}"
    }

    private mutating func modifiers() -> String {
        var text = ""
        while random.chance(1, in: 3) {
            switch random.below(5) {
            case 0: text += " offset \(duration(1))"
            case 1: text += " @ \(random.pick(["0", "1.5", "-1", "1e9", "start()", "end()", "5m", "1e30"]))"
            case 2: text += random.pick([" anchored", " smoothed"])
            default: text += " offset \(random.pick(["5m", "-5m", "10", "step()", "(1m)", "-(2*1m)"]))"
            }
        }
        return text
    }

    private mutating func duration(_ depth: Int) -> String {
        if depth <= 0 || random.chance(1, in: 2) {
            return random.pick(["5m", "1h", "30", "0.5", "step()", "range()", "1w", "-1m", "0"])
        }
        switch random.below(5) {
        case 0: return "(\(duration(depth - 1)))"
        case 1: return "-\(duration(depth - 1))"
        case 2:
            return
                "\(random.pick(["min_of", "max_of", "min", "max"]))(\(duration(depth - 1)), \(duration(depth - 1)))"
        default:
            let operation = random.pick(["+", "-", "*", "/", "%", "^"])
            return "\(duration(depth - 1)) \(operation) \(duration(depth - 1))"
        }
    }

    private mutating func maybe(_ text: String) -> String { random.chance(1, in: 2) ? text : "" }

    private mutating func binaryOperator() -> String {
        var text = random.pick([
            "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", "<=", ">", ">=", "and", "or", "unless",
            "</", ">/",
        ])
        if random.chance(1, in: 5) { text += " bool" }
        if random.chance(1, in: 4) {
            text += random.pick([" on (a)", " ignoring (a, \"b.c\")", " on ()", " ignoring (by,)"])
            if random.chance(1, in: 2) {
                text += random.pick([" group_left", " group_right (c)", " group_left ()"])
            }
        }
        if random.chance(1, in: 8) {
            text += random.pick([" fill (0)", " fill_left (-1) fill_right (NaN)", " fill_right (Inf)"])
        }
        return text
    }

    private mutating func aggregation(_ depth: Int) -> String {
        let name = random.pick([
            "sum", "avg", "topk", "quantile", "count_values", "limitk", "limit_ratio", "GROUP",
        ])
        let grouping = random.pick([
            "", " by (a, b)", " without (le)", " by ()", " without ()", " by (\"x.y\")",
        ])
        let parameter = random.pick(["", "3, ", "0.5, ", "\"label\", "])
        let body = "(\(parameter)\(grown(depth: depth - 1)))"
        return random.chance(1, in: 2) ? "\(name)\(grouping)\(body)" : "\(name)\(body)\(grouping)"
    }

    private mutating func call(_ depth: Int) -> String {
        let signature = random.pick(FunctionSignature.all)
        var arguments: [String] = []
        for type in signature.argumentTypes {
            switch type {
            case .scalar: arguments.append(random.pick(numbers))
            case .string: arguments.append(random.pick(["\"a\"", "'b'", "`c`"]))
            case .instantVector: arguments.append(grown(depth: depth - 1))
            case .rangeVector: arguments.append("\(selector())[\(duration(1))]\(modifiers())")
            }
        }
        if random.chance(1, in: 8) { arguments.append(grown(depth: depth - 1)) }
        return "\(signature.name)(\(arguments.joined(separator: ", ")))"
    }
}

private let numbers = [
    "1", "0", "-0", "1.5e3", "0x1F", "017", "1_000", ".5", "2.", "Inf", "NaN", "-NaN", "1e400",
    "9007199254740993",
]

private let punctuation = Array("(){}[],:=!~<>+-*/%^@#\"'`\\ \n_.0159aeghimnosx".utf8)

private let fragments = [
    "(", ")", "{", "}", "[", "]", ",", ":", "=", "==", "!=", "=~", "!~", "<", "<=", ">", ">=", "</", ">/",
    "+", "-", "*",
    "/", "%", "^", "@", " ", "\n", "#c\n", " and ", " or ", " unless ", " atan2 ", " bool ", " on ",
    " ignoring ",
    " group_left ", " group_right ", " offset ", " anchored ", " smoothed ", " by ", " without ", " fill(1) ",
    " fill_left(2) ", "sum", "topk", "count_values", "quantile", "limit_ratio", "start()", "end()", "step()",
    "range()",
    "min_of(1,2)", "max_of", "x", "up", "a:b", "5m", "1h30m", "1.5h", "1", "0x", "1e", "1_", "Inf", "NaN",
    "\"s\"", "'", "\"",
    "`", "\\x4", "\\u12345678", "\\777", "{a=\"b\"}", "{\"m\"}", "[5m]", "[5m:]", "[5m:1m]", "rate(",
    "label_replace(",
    "é", "\u{fffd}", "\u{0}", "😀",
]

private let builtInCorpus = [
    "up", "1 + 2 * 3 ^ -4", "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m]))",
    "histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))", "a / on (i) group_left (j) b > bool 0",
    "max_over_time(rate(x[1m])[10m:30s] @ end() offset -5m)", "{\"my.metric\", \"a.b\"!=\"c\"}",
    "label_replace(x, \"a\", \"$1\", \"b\", \"(.*)\")", "topk(5, x) without (y)", "count_values(\"v\", x)",
    "x offset (step() * 2) @ 1.5", "rate(x[step() + 1m] anchored)", "a + fill_left (1) fill_right (2) b",
    "info(x, {y=\"z\"})", "-x ^ 2", "x and on () y or z unless w", "# c\nx # d\n", "`raw` ",
    "vector(1) atan2 vector(0x1F)",
    "time() - timestamp(x) > 1h30m", "absent(up{a='b',})", "x[5m:] offset 1d", "limitk(2, x)", "x @ start()",
]
