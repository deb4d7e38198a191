import MetricModel

/// Lengths of time in selectors: literals, and the experimental arithmetic on them.
extension ExpressionParser {
    var durationStart: String { "number, duration, step(), or range()" }

    /// The longest length in seconds: its nanoseconds fill 63 bits.
    private static let durationSecondsMax = 9_223_372_036.854_775_807

    /// A length and how many levels it has.
    private struct ParsedDuration {
        var duration: DurationExpression
        var depth: Int
    }

    /// Reads a length that must not be zero or negative as far as the text alone can tell.
    mutating func parsePositiveDuration(
        in context: String, expected: String
    ) throws(ParseError) -> DurationExpression {
        guard current.kind.canBeginDuration else { throw unexpected(in: context, expected: expected) }
        let start = current.start
        let duration = try parseDuration().duration
        if let seconds = duration.literalSeconds, seconds <= 0 {
            throw ParseError("duration must be greater than 0", at: start..<lastEnd)
        }
        return duration
    }

    /// Reads the length after `offset`. A literal ends it, so that `x offset 2 ^ 2` is `(x offset 2) ^ 2`.
    mutating func parseOffsetDuration() throws(ParseError) -> DurationExpression {
        guard current.kind.canBeginDuration else { throw unexpected(in: "offset", expected: durationStart) }
        let isSigned = current.kind == .add || current.kind == .subtract
        switch isSigned ? following.kind : current.kind {
        case .number, .duration, .step, .range, .minOf, .maxOf, .min, .max:
            return try parseSimpleOffset(isSigned: isSigned)
        case .leftParenthesis where isSigned: return try parseSimpleOffset(isSigned: true)
        default:
            let duration = try parseDuration().duration
            // Without parentheses of its own, arithmetic would end elsewhere when it is read back from its print.
            return duration.endsItself ? duration : .parenthesised(duration)
        }
    }

    private mutating func parseSimpleOffset(isSigned: Bool) throws(ParseError) -> DurationExpression {
        let isNegative = isSigned && advance().kind == .subtract
        let duration = try parseDurationPrimary().duration
        return isNegative ? duration.negative : duration
    }

    /// Reads arithmetic whose operators all bind at least as strongly as `minimum`.
    private mutating func parseDuration(_ minimum: Precedence = .sum) throws(ParseError) -> ParsedDuration {
        try nested { (parser: inout ExpressionParser) throws(ParseError) -> ParsedDuration in
            let start = parser.current.start
            var left = try parser.parseSignedDuration()
            while let operation = parser.current.kind.binaryOperator, operation.isDurationOperator,
                operation.precedence >= minimum
            {
                let token = parser.advance()
                let right = try parser.parseDuration(operation.precedenceOfRightSide)
                guard parser.allowsExperimental else {
                    throw parser.experimental("duration expression", at: start..<parser.lastEnd)
                }
                if right.duration.literalSeconds == 0, operation == .divide || operation == .modulo {
                    throw ParseError(
                        operation == .divide
                            ? "division by zero, expected another divisor"
                            : "modulo by zero, expected another divisor",
                        at: token.position)
                }
                left = ParsedDuration(
                    duration: .binary(operation, left.duration, right.duration),
                    depth: try parser.deeper(max(left.depth, right.depth), at: token.position))
            }
            return left
        }
    }

    private mutating func parseSignedDuration() throws(ParseError) -> ParsedDuration {
        let token = current
        guard token.kind == .add || token.kind == .subtract else { return try parseDurationPrimary() }
        advance()
        var operand = try parseDuration(.power)
        if token.kind == .subtract {
            operand.duration = operand.duration.negative
            operand.depth = try deeper(operand.depth, at: token.position)
        }
        return operand
    }

    private mutating func parseDurationPrimary() throws(ParseError) -> ParsedDuration {
        let token = current
        switch token.kind {
        case .number:
            advance()
            let seconds = try number(token)
            guard seconds.magnitude <= Self.durationSecondsMax else {
                throw ParseError("duration out of range, expected at most 292 years", at: token.position)
            }
            return ParsedDuration(duration: .seconds(seconds), depth: 1)
        case .duration:
            advance()
            return ParsedDuration(duration: .literal(try duration(token)), depth: 1)
        case .step, .range:
            advance()
            try require(.leftParenthesis, in: "duration expression", expected: "\"(\"")
            try require(.rightParenthesis, in: "duration expression", expected: "\")\"")
            try requireExperimental(from: token)
            return ParsedDuration(duration: token.kind == .step ? .step : .range, depth: 1)
        // `min` and `max` are the names these had at first.
        case .minOf, .maxOf, .min, .max:
            advance()
            try require(.leftParenthesis, in: "duration expression", expected: "\"(\"")
            let left = try parseDuration()
            try require(.comma, in: "duration expression", expected: "an operator or \",\"")
            let right = try parseDuration()
            try require(.rightParenthesis, in: "duration expression", expected: "an operator or \")\"")
            try requireExperimental(from: token)
            let isMinimum = token.kind == .minOf || token.kind == .min
            return ParsedDuration(
                duration: isMinimum
                    ? .minimum(left.duration, right.duration) : .maximum(left.duration, right.duration),
                depth: try deeper(max(left.depth, right.depth), at: token.position))
        case .leftParenthesis:
            advance()
            let inner = try parseDuration()
            try require(.rightParenthesis, in: "duration expression", expected: "an operator or \")\"")
            try requireExperimental(from: token)
            return ParsedDuration(
                duration: .parenthesised(inner.duration), depth: try deeper(inner.depth, at: token.position))
        default: throw unexpected(in: "duration expression", expected: durationStart)
        }
    }

    private func requireExperimental(from token: Token) throws(ParseError) {
        guard allowsExperimental else { throw experimental("duration expression", at: token.start..<lastEnd) }
    }
}

extension TokenKind {
    fileprivate var canBeginDuration: Bool {
        switch self {
        case .number, .duration, .step, .range, .minOf, .maxOf, .min, .max, .leftParenthesis, .add, .subtract:
            true
        default: false
        }
    }
}

extension BinaryOperator {
    fileprivate var isDurationOperator: Bool {
        switch self {
        case .add, .subtract, .multiply, .divide, .modulo, .power: true
        default: false
        }
    }
}

extension DurationExpression {
    /// The length in seconds when it is a literal, perhaps signed or in parentheses.
    package var literalSeconds: Double? {
        switch self {
        case .literal(let span): span.seconds
        case .seconds(let seconds): seconds
        case .negated(let inner): inner.literalSeconds.map { -$0 }
        case .parenthesised(let inner): inner.literalSeconds
        default: nil
        }
    }

    /// Whether the length, printed after `offset`, is read back whole whatever follows.
    fileprivate var endsItself: Bool {
        switch self {
        case .binary: false
        case .negated(let inner):
            switch inner {
            case .binary, .negated: false
            default: true
            }
        default: true
        }
    }

    /// With the other sign; on a literal the sign becomes part of it.
    fileprivate var negative: DurationExpression {
        switch self {
        case .literal(let span): .literal(-span)
        case .seconds(let seconds): .seconds(-seconds)
        default: .negated(self)
        }
    }
}
