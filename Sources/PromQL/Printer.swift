import MetricModel

/// The canonical text of an expression: `parse(print(e)) == e` for every `e` that `parse` gave.
package func print(_ expression: Expression) -> String {
    var printer = Printer()
    printer.print(expression)
    return printer.text
}

extension Expression: CustomStringConvertible {
    /// The canonical text, as `print(_:)` gives it.
    package var description: String { print(self) }
}

private struct Printer {
    var text = ""
    /// What is printed next stands to the left of an operator.
    private var isBeforeOperator = false

    mutating func print(_ expression: Expression) {
        switch expression.kind {
        case .number(let value, let writtenAsDuration):
            text += writtenAsDuration ? durationText(seconds: value) : numberText(value)
        case .string(let value): text += quoted(value)
        case .parenthesised(let inner): printParenthesised(inner)
        case .unary(let sign, let operand):
            text += sign.rawValue
            print(operand, parenthesisedIf: operand.binds(weakerThan: .power))
        case .binary(let parts): print(parts)
        case .aggregation(let aggregation): print(aggregation)
        case .call(let function, let arguments):
            text += function
            printList(arguments)
        case .vectorSelector(let selector):
            printSelection(selector)
            printModifiers(offset: selector.offset, at: selector.at, boundary: selector.boundary)
        case .matrixSelector(let selector, let range):
            printSelection(selector)
            text += "["
            print(range)
            text += "]"
            printModifiers(offset: selector.offset, at: selector.at, boundary: selector.boundary)
        case .subquery(let subquery): print(subquery)
        }
    }

    private mutating func printParenthesised(_ expression: Expression) {
        text += "("
        printAlone(expression)
        text += ")"
    }

    /// Prints an expression behind which no operator of this level stands.
    private mutating func printAlone(_ expression: Expression) {
        let outer = isBeforeOperator
        isBeforeOperator = false
        print(expression)
        isBeforeOperator = outer
    }

    /// Parentheses that the parser did not see are needed only for expressions put together by hand.
    private mutating func print(_ expression: Expression, parenthesisedIf condition: Bool) {
        if condition { printParenthesised(expression) } else { print(expression) }
    }

    private mutating func printList(_ expressions: [Expression]) {
        text += "("
        for (index, expression) in expressions.enumerated() {
            if index > 0 { text += ", " }
            printAlone(expression)
        }
        text += ")"
    }

    // MARK: Operators

    private mutating func print(_ parts: BinaryOperation) {
        let precedence = parts.operation.precedence
        let isPower = parts.operation == .power
        let outer = isBeforeOperator
        isBeforeOperator = true
        print(
            parts.left,
            parenthesisedIf: isPower ? parts.left.isCompound : parts.left.binds(weakerThan: precedence))
        isBeforeOperator = outer
        text += " \(parts.operation.rawValue) "
        if parts.returnsBool { text += "bool " }
        print(parts.matching)
        print(
            parts.right, parenthesisedIf: parts.right.binds(weakerThan: parts.operation.precedenceOfRightSide)
        )
    }

    private mutating func print(_ matching: VectorMatching) {
        let isGrouped = matching.cardinality == .manyToOne || matching.cardinality == .oneToMany
        if matching.isOn || !matching.labels.isEmpty || isGrouped {
            text += matching.isOn ? "on " : "ignoring "
            printLabels(matching.labels)
            text += " "
        }
        if isGrouped {
            text += matching.cardinality == .manyToOne ? "group_left " : "group_right "
            printLabels(matching.include)
            text += " "
        }
        if let left = matching.fillLeft, matching.fillRight?.bitPattern == left.bitPattern {
            text += "fill (\(numberText(left))) "
            return
        }
        if let left = matching.fillLeft { text += "fill_left (\(numberText(left))) " }
        if let right = matching.fillRight { text += "fill_right (\(numberText(right))) " }
    }

    private mutating func print(_ aggregation: Aggregation) {
        text += aggregation.aggregator.rawValue
        if aggregation.isWithout || !aggregation.grouping.isEmpty {
            text += aggregation.isWithout ? " without " : " by "
            printLabels(aggregation.grouping)
            text += " "
        }
        printList((aggregation.parameter.map { [$0] } ?? []) + [aggregation.expression])
    }

    private mutating func printLabels(_ labels: [String]) {
        text += "("
        text += labels.lazy.map { isPlainGroupingLabel($0) ? $0 : quoted($0) }.joined(separator: ", ")
        text += ")"
    }

    // MARK: Selectors

    private mutating func printSelection(_ selector: VectorSelector) {
        var matchers = selector.matchers[...]
        if let name = selector.name {
            text += name
            if let last = matchers.last, last.name == LabelSet.metricName { matchers.removeLast() }
            if matchers.isEmpty { return }
        }
        text += "{"
        for (index, matcher) in matchers.enumerated() {
            if index > 0 { text += ", " }
            text += isPlainLabel(matcher.name) ? matcher.name : quoted(matcher.name)
            text += matcher.operation.rawValue
            text += quoted(matcher.value)
        }
        text += "}"
    }

    /// The offset comes first: arithmetic in it would swallow an operator that follows.
    private mutating func printModifiers(
        offset: DurationExpression?, at: AtModifier?, boundary: VectorSelector.Boundary = .ordinary
    ) {
        if let offset {
            text += " offset "
            if isBeforeOperator, at == nil, boundary == .ordinary, case .parenthesised = offset {
                // With a sign the parentheses end the offset; without one the operator would go on with it.
                text += "+"
            }
            print(offset)
        }
        switch at {
        case .timestamp(let timestamp): text += " @ \(secondsText(timestamp))"
        case .start: text += " @ start()"
        case .end: text += " @ end()"
        case nil: break
        }
        if boundary != .ordinary { text += " \(boundary.rawValue)" }
    }

    private mutating func print(_ subquery: Subquery) {
        print(subquery.expression, parenthesisedIf: subquery.expression.isCompound)
        text += "["
        print(subquery.range)
        text += ":"
        if let step = subquery.step { print(step) }
        text += "]"
        printModifiers(offset: subquery.offset, at: subquery.at)
    }

    // MARK: Durations

    private mutating func print(_ duration: DurationExpression) {
        switch duration {
        case .literal(let span): text += span.description
        case .seconds(let seconds): text += numberText(seconds)
        case .step: text += "step()"
        case .range: text += "range()"
        case .negated(let inner):
            text += "-"
            print(inner, parenthesisedIf: inner.binds(weakerThan: .power))
        case .parenthesised(let inner): print(inner, parenthesisedIf: true)
        case .binary(let operation, let left, let right):
            let isPower = operation == .power
            print(
                left,
                parenthesisedIf: isPower ? left.isCompound : left.binds(weakerThan: operation.precedence))
            text += " \(operation.rawValue) "
            print(right, parenthesisedIf: right.binds(weakerThan: operation.precedenceOfRightSide))
        case .minimum(let left, let right): printPair("min_of", left, right)
        case .maximum(let left, let right): printPair("max_of", left, right)
        }
    }

    private mutating func print(_ duration: DurationExpression, parenthesisedIf condition: Bool) {
        if condition { text += "(" }
        print(duration)
        if condition { text += ")" }
    }

    private mutating func printPair(_ name: String, _ left: DurationExpression, _ right: DurationExpression) {
        text += "\(name)("
        print(left)
        text += ", "
        print(right)
        text += ")"
    }
}

extension Expression {
    /// Whether the expression is an operation that binds weaker than `precedence`.
    fileprivate func binds(weakerThan precedence: Precedence) -> Bool {
        if case .binary(let parts) = kind { parts.operation.precedence < precedence } else { false }
    }

    /// Whether something that binds as strongly as a bracket would take hold of only a part of it.
    fileprivate var isCompound: Bool {
        switch kind {
        case .binary, .unary: true
        case .number(let value, _): value.sign == .minus
        default: false
        }
    }
}

extension DurationExpression {
    fileprivate func binds(weakerThan precedence: Precedence) -> Bool {
        if case .binary(let operation, _, _) = self { operation.precedence < precedence } else { false }
    }

    fileprivate var isCompound: Bool {
        switch self {
        case .binary, .negated: true
        case .literal(let span): span < .zero
        case .seconds(let seconds): seconds.sign == .minus
        default: false
        }
    }
}

/// Whether `name` is a label that may stand without quotes inside braces.
func isPlainLabel(_ name: String) -> Bool {
    guard let first = name.utf8.first, isAlpha(first) else { return false }
    return name.utf8.allSatisfy(isAlphaNumeric)
}

/// Whether `name` is a label that may stand without quotes in a list such as `by (…)`.
private func isPlainGroupingLabel(_ name: String) -> Bool {
    guard isPlainLabel(name) else { return false }
    guard name.utf8.count <= TokenKind.keywordLengthMax else { return true }
    let word = String(decoding: name.utf8.lazy.map(lowercased), as: UTF8.self)
    return TokenKind.keywords[word]?.canNameLabel ?? true
}

/// A number as PromQL reads it back.
private func numberText(_ value: Double) -> String {
    let sign = value.sign == .minus ? "-" : ""
    if value.isNaN { return sign + "NaN" }
    if value.isInfinite { return sign + "Inf" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A number of seconds that was written as a duration.
private func durationText(seconds: Double) -> String {
    let span = TimeSpan(seconds: seconds.magnitude)
    return (seconds.sign == .minus ? "-" : "") + span.description
}

/// Seconds that are read back as exactly `timestamp`.
private func secondsText(_ timestamp: Timestamp) -> String {
    let seconds = timestamp.seconds
    // Far from any real date neighbouring numbers are further apart than a millisecond.
    let candidates = [seconds, seconds.nextUp, seconds.nextDown]
    return numberText(candidates.first { Timestamp(seconds: $0) == timestamp } ?? seconds)
}
