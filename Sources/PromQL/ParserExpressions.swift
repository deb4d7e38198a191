import MetricModel

/// Operators, calls, aggregations and literals.
extension ExpressionParser {
    /// Reads an expression whose operators all bind at least as strongly as `minimum`.
    mutating func parseExpression(_ minimum: Precedence = .or) throws(ParseError) -> Parsed {
        try nested { (parser: inout ExpressionParser) throws(ParseError) -> Parsed in
            var left = try parser.parseSigned()
            while let operation = parser.current.kind.binaryOperator, operation.precedence >= minimum {
                parser.advance()
                var parts = try parser.parseBinaryModifiers(operation)
                let right = try parser.parseExpression(operation.precedenceOfRightSide)
                parts.left = left.expression
                parts.right = right.expression
                let position = left.expression.position.lowerBound..<right.expression.position.upperBound
                left = Parsed(
                    expression: Expression(.binary(parts), at: position),
                    depth: try parser.deeper(max(left.depth, right.depth), at: position))
            }
            return left
        }
    }

    /// Signs bind weaker than `^` and stronger than `*`; on a number they become part of it.
    private mutating func parseSigned() throws(ParseError) -> Parsed {
        let sign: UnaryOperator
        switch current.kind {
        case .add: sign = .plus
        case .subtract: sign = .minus
        default: return try parsePostfix()
        }
        let start = advance().start
        let operand = try parseExpression(.power)
        let position = start..<operand.expression.position.upperBound
        if case .number(let value, let writtenAsDuration) = operand.expression.kind {
            let signed = sign == .minus ? -value : value
            return Parsed(
                expression: Expression(.number(signed, writtenAsDuration: writtenAsDuration), at: position),
                depth: operand.depth)
        }
        return Parsed(
            expression: Expression(.unary(sign, operand.expression), at: position),
            depth: try deeper(operand.depth, at: position))
    }

    /// Reads what may stand between a binary operator and its right side. The sides are filled in by the caller.
    private mutating func parseBinaryModifiers(
        _ operation: BinaryOperator
    ) throws(ParseError) -> BinaryOperation {
        let unset = Expression(.string(""), at: 0..<0)
        var parts = BinaryOperation(
            operation: operation, left: unset, right: unset, returnsBool: accept(.bool),
            matching: VectorMatching())
        if operation.isSet { parts.matching.cardinality = .manyToMany }
        if current.kind == .on || current.kind == .ignoring {
            parts.matching.isOn = advance().kind == .on
            parts.matching.labels = try parseLabelList()
            if current.kind == .groupLeft || current.kind == .groupRight {
                parts.matching.cardinality = advance().kind == .groupLeft ? .manyToOne : .oneToMany
                // A parenthesis here always begins the labels, never the right side.
                if current.kind == .leftParenthesis { parts.matching.include = try parseLabelList() }
            }
        }
        try parseFill(into: &parts.matching)
        return parts
    }

    private mutating func parseFill(into matching: inout VectorMatching) throws(ParseError) {
        let first = current
        switch first.kind {
        case .fill:
            advance()
            matching.fillLeft = try parseFillValue()
            matching.fillRight = matching.fillLeft
        case .fillLeft:
            advance()
            matching.fillLeft = try parseFillValue()
            if accept(.fillRight) { matching.fillRight = try parseFillValue() }
        case .fillRight:
            advance()
            matching.fillRight = try parseFillValue()
            if accept(.fillLeft) { matching.fillLeft = try parseFillValue() }
        default: return
        }
        guard allowsExperimental else { throw experimental("binop fill modifier", at: first.start..<lastEnd) }
    }

    private mutating func parseFillValue() throws(ParseError) -> Double {
        try require(.leftParenthesis, in: "fill modifier", expected: "\"(\"")
        let isNegative = current.kind == .subtract
        if isNegative || current.kind == .add { advance() }
        let token = try require(.number, in: "fill modifier", expected: "number")
        let value = try number(token)
        try require(.rightParenthesis, in: "fill modifier", expected: "\")\"")
        return isNegative ? -value : value
    }

    /// Reads `(a, b, "c.d")`; a trailing comma is allowed.
    mutating func parseLabelList() throws(ParseError) -> [String] {
        try require(.leftParenthesis, in: "grouping opts", expected: "\"(\"")
        var labels: [String] = []
        while !accept(.rightParenthesis) {
            if current.kind == .string {
                let token = advance()
                let label = try string(of: token)
                guard !label.isEmpty else {
                    throw ParseError(
                        "invalid label name for grouping: \"\", expected at least one character",
                        at: token.position)
                }
                labels.append(label)
            } else if current.kind.canNameLabel {
                labels.append(text(of: advance()))
            } else {
                throw unexpected(in: "grouping opts", expected: labels.isEmpty ? "label or \")\"" : "label")
            }
            if current.kind == .rightParenthesis { continue }
            try require(.comma, in: "grouping opts", expected: "\",\" or \")\"")
        }
        return labels
    }

    /// Reads what stands on its own: a literal, a selector, a call, an aggregation, something in parentheses.
    mutating func parsePrimary() throws(ParseError) -> Parsed {
        let token = current
        switch token.kind {
        case .number:
            advance()
            let value = try number(token)
            return leaf(.number(value, writtenAsDuration: false), at: token.position)
        case .duration:
            advance()
            let value = try duration(token).seconds
            return leaf(.number(value, writtenAsDuration: true), at: token.position)
        case .string:
            advance()
            return leaf(.string(try string(of: token)), at: token.position)
        case .leftParenthesis:
            advance()
            let inner = try parseExpression()
            try require(.rightParenthesis, expected: "an operator or \")\"")
            let position = token.start..<lastEnd
            return Parsed(
                expression: Expression(.parenthesised(inner.expression), at: position),
                depth: try deeper(inner.depth, at: position))
        case .leftBrace: return try parseVectorSelector(named: nil)
        case _ where following.kind == .leftParenthesis && token.kind.canNameFunction: return try parseCall()
        case _ where token.kind.aggregator != nil && beginsAggregation(following.kind):
            return try parseAggregation()
        case _ where token.kind.canNameMetric: return try parseVectorSelector(named: advance())
        default: throw unexpected(expected: "an expression")
        }
    }

    private func leaf(_ kind: Expression.Kind, at position: Range<Int>) -> Parsed {
        Parsed(expression: Expression(kind, at: position), depth: 1)
    }

    /// The value of a number token.
    func number(_ token: Token) throws(ParseError) -> Double {
        guard let value = Literal.number(bytes[token.position]) else {
            throw ParseError(
                "error parsing number: \(quoted(text(of: token))), expected a decimal, hexadecimal or octal number",
                at: token.position)
        }
        return value
    }

    /// The length of a duration token.
    func duration(_ token: Token) throws(ParseError) -> TimeSpan {
        do throws(Literal.DurationError) {
            return try Literal.duration(bytes[token.position])
        } catch {
            switch error {
            case .malformed:
                throw ParseError(
                    "not a valid duration string: \(quoted(text(of: token))), "
                        + "expected whole numbers with units y, w, d, h, m, s, ms in this order",
                    at: token.position)
            case .outOfRange:
                throw ParseError("duration out of range, expected at most 292 years", at: token.position)
            }
        }
    }

    private mutating func parseCall() throws(ParseError) -> Parsed {
        let token = advance()
        let name = text(of: token)
        guard let signature = FunctionSignature.named(name) else {
            throw ParseError(
                "unknown function with name \(quoted(name)), expected a function of PromQL",
                at: token.position)
        }
        if signature.isExperimental && !allowsExperimental {
            throw experimental("function \(quoted(name))", at: token.position)
        }
        let arguments = try parseArguments()
        let position = token.start..<lastEnd
        return Parsed(
            expression: Expression(.call(function: name, arguments: arguments.expressions), at: position),
            depth: try deeper(arguments.depth, at: position))
    }

    private mutating func parseArguments() throws(ParseError) -> (expressions: [Expression], depth: Int) {
        try require(.leftParenthesis, expected: "\"(\"")
        var arguments: [Expression] = []
        var depth = 0
        if accept(.rightParenthesis) { return (arguments, depth) }
        while true {
            let argument = try parseExpression()
            arguments.append(argument.expression)
            depth = max(depth, argument.depth)
            if accept(.rightParenthesis) { return (arguments, depth) }
            let comma = try require(.comma, expected: "an operator, \",\" or \")\"")
            if current.kind == .rightParenthesis {
                throw ParseError(
                    "trailing commas not allowed in function call args, expected an argument",
                    at: comma.position)
            }
        }
    }

    private func beginsAggregation(_ kind: TokenKind) -> Bool {
        kind == .leftParenthesis || kind == .by || kind == .without
    }

    private mutating func parseAggregation() throws(ParseError) -> Parsed {
        let token = advance()
        guard let aggregator = token.kind.aggregator else { throw unexpected(expected: "an aggregation") }
        var grouping = try parseGrouping()
        guard current.kind == .leftParenthesis else { throw unexpected(in: "aggregation", expected: "\"(\"") }
        var arguments = try parseArguments()
        if grouping == nil { grouping = try parseGrouping() }
        let position = token.start..<lastEnd
        if aggregator.isExperimental && !allowsExperimental {
            throw experimental("\(aggregator.rawValue)()", at: position)
        }
        let wanted = aggregator.takesParameter ? 2 : 1
        if arguments.expressions.isEmpty {
            throw ParseError(
                "no arguments for aggregate expression provided, expected \(wanted)", at: position)
        }
        guard arguments.expressions.count == wanted else {
            throw ParseError(
                "wrong number of arguments for aggregate expression provided, "
                    + "expected \(wanted), got \(arguments.expressions.count)", at: position)
        }
        let expression = arguments.expressions.removeLast()
        let aggregation = Aggregation(
            aggregator: aggregator, parameter: arguments.expressions.first, expression: expression,
            grouping: grouping?.labels ?? [], isWithout: grouping?.isWithout ?? false)
        return Parsed(
            expression: Expression(.aggregation(aggregation), at: position),
            depth: try deeper(arguments.depth, at: position))
    }

    private mutating func parseGrouping() throws(ParseError) -> (labels: [String], isWithout: Bool)? {
        guard current.kind == .by || current.kind == .without else { return nil }
        let isWithout = advance().kind == .without
        return (try parseLabelList(), isWithout)
    }
}

extension Aggregator {
    /// Whether Prometheus keeps it behind `--enable-feature`.
    package var isExperimental: Bool { self == .limitk || self == .limitRatio }
}

/// How strongly an operator binds, weakest first.
enum Precedence: Int, Comparable {
    case or, and, comparison, sum, product, power
    static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }
}

extension BinaryOperator {
    var precedence: Precedence {
        switch self {
        case .or: .or
        case .and, .unless: .and
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .trimUpper, .trimLower:
            .comparison
        case .add, .subtract: .sum
        case .multiply, .divide, .modulo, .atan2: .product
        case .power: .power
        }
    }

    /// The weakest operator that the right side may hold without parentheses; only `^` groups to the right.
    var precedenceOfRightSide: Precedence {
        self == .power ? .power : Precedence(rawValue: precedence.rawValue + 1) ?? .power
    }
}
