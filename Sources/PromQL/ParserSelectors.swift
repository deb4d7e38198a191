import MetricModel
import RegularExpressions

/// Selectors and what may follow them: ranges, subqueries, `offset`, `@`, `anchored`, `smoothed`.
extension ExpressionParser {
    /// Reads a primary expression and every modifier behind it; these bind stronger than all operators.
    mutating func parsePostfix() throws(ParseError) -> Parsed {
        var parsed = try parsePrimary()
        while true {
            switch current.kind {
            case .leftBracket: try parseBrackets(after: &parsed)
            case .offset: try parseOffset(of: &parsed.expression)
            case .at: try parseAt(of: &parsed.expression)
            case .anchored, .smoothed: try parseBoundary(of: &parsed.expression)
            default: return parsed
            }
        }
    }

    // MARK: Vector selectors

    /// Reads the braces, when there are any, of a selector whose name is read.
    mutating func parseVectorSelector(named name: Token?) throws(ParseError) -> Parsed {
        var selector = VectorSelector(name: nil, matchers: [], offset: nil, at: nil)
        let start = name?.start ?? current.start
        if current.kind == .leftBrace { selector.matchers = try parseMatchers() }
        if let name {
            let text = text(of: name)
            selector.name = text
            // Last, as in Prometheus: complaints about a second name tell which one was written in the braces.
            selector.matchers.append(LabelMatcher(name: LabelSet.metricName, equals: text))
        }
        return Parsed(expression: Expression(.vectorSelector(selector), at: start..<lastEnd), depth: 1)
    }

    /// Reads `{a="b", "c.d"=~"e", "metric.name"}`; a trailing comma is allowed.
    mutating func parseMatchers() throws(ParseError) -> [LabelMatcher] {
        try require(.leftBrace, expected: "\"{\"")
        var matchers: [LabelMatcher] = []
        while !accept(.rightBrace) {
            matchers.append(try parseMatcher(isFirst: matchers.isEmpty))
            if current.kind == .rightBrace { continue }
            try require(.comma, in: "label matching", expected: "\",\" or \"}\"")
        }
        return matchers
    }

    private mutating func parseMatcher(isFirst: Bool) throws(ParseError) -> LabelMatcher {
        let label = current
        let name: String
        switch label.kind {
        case .identifier: name = text(of: label)
        case .string: name = try string(of: label)
        default:
            throw unexpected(in: "label matching", expected: isFirst ? "identifier or \"}\"" : "identifier")
        }
        advance()
        guard let operation = current.kind.matchOperation else {
            if label.kind == .string { return LabelMatcher(name: LabelSet.metricName, equals: name) }
            throw unexpected(in: "label matching", expected: "label matching operator")
        }
        advance()
        let value = try require(.string, in: "label matching", expected: "string")
        let pattern = try string(of: value)
        do throws(RegularExpression.PatternError) {
            return try LabelMatcher(name, operation, pattern)
        } catch {
            throw ParseError(
                "error parsing regexp: \(error.message), expected RE2 syntax", at: label.start..<value.end)
        }
    }

    // MARK: Ranges and subqueries

    private mutating func parseBrackets(after parsed: inout Parsed) throws(ParseError) {
        let bracket = advance()
        let start = parsed.expression.position.lowerBound
        let range = try parsePositiveDuration(in: "subquery or range selector", expected: durationStart)
        if accept(.colon) {
            var step: DurationExpression?
            if current.kind != .rightBracket {
                step = try parsePositiveDuration(
                    in: "subquery selector", expected: "\(durationStart), or \"]\"")
            }
            try require(.rightBracket, in: "subquery selector", expected: "\"]\"")
            let position = start..<lastEnd
            let subquery = Subquery(
                expression: parsed.expression, range: range, step: step, offset: nil, at: nil)
            parsed.expression = Expression(.subquery(subquery), at: position)
            parsed.depth = try deeper(parsed.depth, at: position)
            return
        }
        try require(.rightBracket, in: "subquery or range", expected: "\":\" or \"]\"")
        guard case .vectorSelector(let selector) = parsed.expression.kind else {
            throw ParseError(
                "ranges only allowed for vector selectors, expected a subquery such as [5m:1m] here",
                at: bracket.start..<lastEnd)
        }
        if selector.offset.map({ $0.literalSeconds ?? 0 != 0 }) ?? false {
            throw ParseError(
                "no offset modifiers allowed before range, expected offset after it",
                at: bracket.start..<lastEnd)
        }
        if case .timestamp = selector.at {
            throw ParseError(
                "no @ modifiers allowed before range, expected @ after it", at: bracket.start..<lastEnd)
        }
        parsed.expression = Expression(.matrixSelector(selector, range: range), at: start..<lastEnd)
        parsed.depth = 2
    }

    // MARK: offset, @

    private mutating func parseOffset(of expression: inout Expression) throws(ParseError) {
        advance()
        let offset = try parseOffsetDuration()
        try modify(
            &expression, with: offset, selector: \.offset, subquery: \.offset,
            twice: "offset may not be set multiple times, expected one offset",
            misplaced:
                "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"
        )
    }

    private mutating func parseAt(of expression: inout Expression) throws(ParseError) {
        advance()
        let at = try parseAtTime(of: expression)
        try modify(
            &expression, with: at, selector: \.at, subquery: \.at,
            twice: "@ <timestamp> may not be set multiple times, expected one @",
            misplaced:
                "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery"
        )
    }

    /// Gives a selector or a subquery a modifier that it may have once, and stretches it up to here.
    private func modify<Modifier>(
        _ expression: inout Expression, with modifier: Modifier,
        selector place: WritableKeyPath<VectorSelector, Modifier?>,
        subquery subqueryPlace: WritableKeyPath<Subquery, Modifier?>, twice: String, misplaced: String
    ) throws(ParseError) {
        let position = expression.position
        func set<Modified>(
            _ modified: inout Modified, _ place: WritableKeyPath<Modified, Modifier?>
        ) throws(ParseError) {
            guard modified[keyPath: place] == nil else { throw ParseError(twice, at: position) }
            modified[keyPath: place] = modifier
        }
        let kind: Expression.Kind
        switch expression.kind {
        case .vectorSelector(var selector):
            try set(&selector, place)
            kind = .vectorSelector(selector)
        case .matrixSelector(var selector, let range):
            try set(&selector, place)
            kind = .matrixSelector(selector, range: range)
        case .subquery(var subquery):
            try set(&subquery, subqueryPlace)
            kind = .subquery(subquery)
        default: throw ParseError(misplaced, at: position)
        }
        expression = Expression(kind, at: position.lowerBound..<lastEnd)
    }

    private mutating func parseAtTime(of expression: Expression) throws(ParseError) -> AtModifier {
        let first = current
        if first.kind == .start || first.kind == .end {
            advance()
            try require(.leftParenthesis, in: "@", expected: "\"(\"")
            try require(.rightParenthesis, in: "@", expected: "\")\"")
            return first.kind == .start ? .start : .end
        }
        if first.kind == .subtract || first.kind == .add { advance() }
        let token = current
        var seconds: Double
        switch token.kind {
        case .number:
            advance()
            seconds = try number(token)
        case .duration:
            advance()
            seconds = try duration(token).seconds
        default: throw unexpected(in: "@", expected: "timestamp, start() or end()")
        }
        if first.kind == .subtract { seconds = -seconds }
        guard seconds.magnitude < 9.223_372_036_854_775_808e18 else {
            throw ParseError(
                "timestamp out of bounds for @ modifier: \(text(of: token)), expected seconds since the Unix epoch",
                at: first.start..<token.end)
        }
        return .timestamp(Timestamp(seconds: seconds))
    }

    // MARK: anchored, smoothed

    private mutating func parseBoundary(of expression: inout Expression) throws(ParseError) {
        let token = advance()
        let boundary: VectorSelector.Boundary = token.kind == .anchored ? .anchored : .smoothed
        guard allowsExperimental else {
            throw experimental("\(boundary.rawValue) modifier", at: token.position)
        }
        func set(_ selector: inout VectorSelector) throws(ParseError) {
            guard selector.boundary == .ordinary || selector.boundary == boundary else {
                throw ParseError(
                    "anchored and smoothed modifiers cannot be used together, expected one of them",
                    at: expression.position)
            }
            selector.boundary = boundary
        }
        switch expression.kind {
        case .vectorSelector(var selector):
            try set(&selector)
            expression.kind = .vectorSelector(selector)
        case .matrixSelector(var selector, let range):
            try set(&selector)
            expression.kind = .matrixSelector(selector, range: range)
        case .subquery:
            throw ParseError(
                "\(boundary.rawValue) modifier is not supported for subqueries, expected a selector",
                at: expression.position)
        default:
            throw ParseError(
                "\(boundary.rawValue) modifier not implemented, expected a selector before it",
                at: expression.position)
        }
    }
}
