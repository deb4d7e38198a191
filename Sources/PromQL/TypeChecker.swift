import MetricModel

/// Checks that every part of an expression has the type that its place asks for; the rules and most words are
/// Prometheus'.
struct TypeChecker {
    /// The text that the positions of the expression count in.
    let bytes: [UInt8]

    /// - Returns: what `expression` evaluates to.
    @discardableResult func check(_ expression: Expression) throws(ParseError) -> ValueType {
        let position = expression.position
        switch expression.kind {
        case .number: return .scalar
        case .string: return .string
        case .parenthesised(let inner): return try check(inner)
        case .unary(_, let inner):
            let type = try check(inner)
            guard type == .scalar || type == .instantVector else {
                throw ParseError(
                    "unary expression only allowed on expressions of type scalar or instant vector, got \(quoted(type.rawValue))",
                    at: position)
            }
            return type
        case .binary(let parts): return try check(parts, at: position)
        case .aggregation(let aggregation):
            try expect(.instantVector, of: aggregation.expression, in: "aggregation expression")
            if let parameter = aggregation.parameter {
                let wanted: ValueType = aggregation.aggregator == .countValues ? .string : .scalar
                try expect(wanted, of: parameter, in: "aggregation parameter")
            }
            return .instantVector
        case .call(let function, let arguments): return try check(function, arguments, at: position)
        case .vectorSelector(let selector):
            try check(selector, at: position)
            return .instantVector
        case .matrixSelector(let selector, _):
            try check(selector, at: position)
            return .rangeVector
        case .subquery(let subquery):
            let type = try check(subquery.expression)
            guard type == .instantVector else {
                throw ParseError(
                    "subquery is only allowed on instant vector, got \(type.rawValue) instead", at: position)
            }
            return .rangeVector
        }
    }

    private func expect(
        _ wanted: ValueType, of expression: Expression, in context: String
    ) throws(ParseError) {
        let type = try check(expression)
        guard type == wanted else {
            throw ParseError(
                "expected type \(wanted.rawValue) in \(context), got \(type.rawValue)",
                at: expression.position)
        }
    }

    // MARK: Binary operators

    private func check(_ parts: BinaryOperation, at position: Range<Int>) throws(ParseError) -> ValueType {
        let left = try check(parts.left)
        let right = try check(parts.right)
        let operation = parts.operation
        let matching = parts.matching
        if parts.returnsBool && !operation.isComparison {
            throw ParseError(
                "bool modifier can only be used on comparison operators", at: operatorPosition(parts))
        }
        if operation.isComparison && !parts.returnsBool && left == .scalar && right == .scalar {
            throw ParseError(
                "comparisons between scalars must use BOOL modifier", at: operatorPosition(parts))
        }
        if matching.isOn, let label = matching.labels.first(where: { matching.include.contains($0) }) {
            throw ParseError(
                "label \(quoted(label)) must not occur in ON and GROUP clause at once",
                at: operatorPosition(parts))
        }
        for (type, side) in [(left, parts.left), (right, parts.right)]
        where type != .scalar && type != .instantVector {
            throw ParseError(
                "binary expression must contain only scalar and instant vector types, got \(type.rawValue)",
                at: side.position)
        }
        let isBetweenVectors = left == .instantVector && right == .instantVector
        let hasFill = matching.fillLeft != nil || matching.fillRight != nil
        if !isBetweenVectors {
            if !matching.labels.isEmpty {
                throw ParseError("vector matching only allowed between instant vectors", at: position)
            }
            if hasFill {
                throw ParseError(
                    "filling in missing series only allowed between instant vectors", at: position)
            }
            if operation.isSet {
                throw ParseError(
                    "set operator \(quoted(operation.rawValue)) not allowed in binary scalar expression",
                    at: position)
            }
        } else if operation.isSet {
            if matching.cardinality != .manyToMany {
                throw ParseError(
                    "no grouping allowed for \(quoted(operation.rawValue)) operation", at: position)
            }
            if hasFill {
                throw ParseError("filling in missing series not allowed for set operators", at: position)
            }
        }
        return left == .scalar && right == .scalar ? .scalar : .instantVector
    }

    /// Where the operator and its modifiers stand, without the blanks around them.
    private func operatorPosition(_ parts: BinaryOperation) -> Range<Int> {
        var start = parts.left.position.upperBound
        var end = parts.right.position.lowerBound
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return start..<max(start, end)
    }

    // MARK: Calls

    private func check(
        _ function: String, _ arguments: [Expression], at position: Range<Int>
    ) throws(ParseError) -> ValueType {
        guard let signature = FunctionSignature.named(function) else {
            throw ParseError("unknown function with name \(quoted(function))", at: position)
        }
        let fewest = signature.argumentCountMin
        if signature.variadic == 0 {
            guard arguments.count == fewest else {
                throw ParseError(
                    "expected \(fewest) argument(s) in call to \(quoted(function)), got \(arguments.count)",
                    at: position)
            }
        } else if arguments.count < fewest {
            throw ParseError(
                "expected at least \(fewest) argument(s) in call to \(quoted(function)), got \(arguments.count)",
                at: position)
        } else if let most = signature.argumentCountMax, arguments.count > most {
            throw ParseError(
                "expected at most \(most) argument(s) in call to \(quoted(function)), got \(arguments.count)",
                at: position)
        }
        for (index, argument) in arguments.enumerated() {
            let wanted = signature.argumentTypes[min(index, signature.argumentTypes.count - 1)]
            if function == "info" && index == 1 {
                try checkInfoSelector(argument)
                continue
            }
            let type = try check(argument)
            guard type == wanted else {
                throw ParseError(
                    "expected type \(wanted.rawValue) in call to function \(quoted(function)), got \(type.rawValue)",
                    at: argument.position)
            }
        }
        return signature.returnType
    }

    /// The second argument of `info` is a selector of labels: no name before the braces, and it may be empty.
    private func checkInfoSelector(_ argument: Expression) throws(ParseError) {
        let type = argument.valueType
        guard type == .instantVector else {
            throw ParseError(
                "expected type instant vector in call to function \"info\", got \(type.rawValue)",
                at: argument.position)
        }
        guard case .vectorSelector(let selector) = argument.kind else {
            throw ParseError("expected label selectors only", at: argument.position)
        }
        guard selector.name == nil else {
            throw ParseError(
                "expected label selectors only, got vector selector instead", at: argument.position)
        }
    }

    // MARK: Selectors

    private func check(_ selector: VectorSelector, at position: Range<Int>) throws(ParseError) {
        if let name = selector.name {
            for matcher in selector.matchers.dropLast() where matcher.name == LabelSet.metricName {
                throw ParseError(
                    "metric name must not be set twice: \(quoted(name)) or \(quoted(matcher.value))",
                    at: position)
            }
            return
        }
        // Otherwise a slip of the pen would select every series there is.
        guard selector.matchers.contains(where: { !$0.matches("") }) else {
            throw ParseError("vector selector must contain at least one non-empty matcher", at: position)
        }
    }
}

extension Expression {
    /// What the expression evaluates to; it is taken to be well typed.
    package var valueType: ValueType {
        switch kind {
        case .number: .scalar
        case .string: .string
        case .parenthesised(let inner), .unary(_, let inner): inner.valueType
        case .binary(let parts):
            parts.left.valueType == .scalar && parts.right.valueType == .scalar ? .scalar : .instantVector
        case .aggregation, .vectorSelector: .instantVector
        case .call(let function, _): FunctionSignature.named(function)?.returnType ?? .instantVector
        case .matrixSelector, .subquery: .rangeVector
        }
    }
}
