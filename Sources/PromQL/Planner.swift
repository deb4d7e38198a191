import MetricModel

/// Makes a plan of an expression, for one range of times.
struct Planner {
    let options: EvaluationOptions
    /// The query's first and last step, in milliseconds.
    let start: Int64
    let end: Int64
    /// 0 in an instant query.
    let step: Int64

    /// A part of the plan, and what its surroundings need to know of it.
    struct Part {
        var plan: Plan
        var type: ValueType
        /// The same at every step.
        var isInvariant: Bool
        /// How deep evaluating it nests.
        var height: Int

        init(_ plan: Plan, _ type: ValueType, isInvariant: Bool, height: Int = 1) {
            self.plan = plan
            self.type = type
            self.isInvariant = isInvariant
            self.height = height
        }
    }

    /// The plan of a whole query, and its type.
    func plan(_ expression: Expression) throws(QueryError) -> (plan: Plan, type: ValueType) {
        let part = try part(expression, depth: 1)
        return (settled(part), part.type)
    }

    /// `part` as a node that varies with the step may use it: what does not vary is evaluated once.
    func settled(_ part: Part) -> Plan {
        part.isInvariant && part.type == .instantVector ? .invariant(part.plan) : part.plan
    }

    /// `children` as the parts of a node that is invariant when they all are.
    func settled(_ children: [Part], isInvariant: Bool) -> [Plan] {
        children.map { isInvariant ? $0.plan : settled($0) }
    }

    /// - Throws: `tooDeep` when `depth` is more than may be.
    func checkDepth(_ depth: Int) throws(QueryError) {
        if depth > options.depthMax { throw .tooDeep(limit: options.depthMax) }
    }

    /// The plan of a part of the query that stands `depth` levels deep.
    func part(_ expression: Expression, depth: Int) throws(QueryError) -> Part {
        try checkDepth(depth)
        let expression = Self.unwrapped(expression)
        switch expression.kind {
        case .number(let value, _):
            return Part(.number(value), .scalar, isInvariant: true)
        case .string(let text):
            return Part(.string(text), .string, isInvariant: true)
        case .parenthesised:
            throw .execution("unexpected parentheses", position: expression.position)
        case .unary(let sign, let operand):
            return try unary(sign, operand, depth: depth)
        case .binary:
            return try binary(expression, depth: depth)
        case .aggregation(let aggregation):
            return try self.aggregation(aggregation, at: expression.position, depth: depth)
        case .call(let name, let arguments):
            return try call(name, arguments, at: expression.position, depth: depth)
        case .vectorSelector(let selector):
            let plan = try self.selector(selector, at: expression.position)
            return Part(.selector(plan), .instantVector, isInvariant: plan.pinned != nil)
        case .matrixSelector(let selector, let range):
            let plan = try self.selector(selector, at: expression.position)
            let range = try length(range, at: expression.position)
            return Part(
                .rangeSelector(plan, range: range), .rangeVector, isInvariant: plan.pinned != nil)
        case .subquery(let subquery):
            return try self.subquery(subquery, at: expression.position, depth: depth)
        }
    }

    /// Without the parentheses around it, however many.
    static func unwrapped(_ expression: Expression) -> Expression {
        var expression = expression
        while case .parenthesised(let inner) = expression.kind { expression = inner }
        return expression
    }

    // MARK: Selectors

    /// The plan of a selector, its offset worked out.
    func selector(_ selector: VectorSelector, at position: Range<Int>) throws(QueryError) -> SelectorPlan {
        SelectorPlan(
            matchers: selector.matchers,
            offset: try offset(selector.offset, at: position),
            pinned: pinned(selector.at),
            boundary: selector.boundary,
            position: position)
    }

    /// The time that `@` gives, in milliseconds.
    func pinned(_ modifier: AtModifier?) -> Int64? {
        switch modifier {
        case nil: nil
        case .timestamp(let time): clampedTime(time.milliseconds)
        case .start: start
        case .end: end
        }
    }

    private func subquery(
        _ subquery: Subquery, at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        let inner = try part(subquery.expression, depth: depth + 1)
        let plan = SubqueryPlan(
            inner: settled(inner),
            range: try length(subquery.range, at: position),
            step: try subquery.step.map { step throws(QueryError) in try length(step, at: position) }
                ?? max(1, options.defaultSubqueryStep.milliseconds),
            offset: try offset(subquery.offset, at: position),
            pinned: pinned(subquery.at))
        return Part(
            .subquery(plan), .rangeVector, isInvariant: plan.pinned != nil, height: inner.height + 1)
    }

    // MARK: Operators

    private func unary(
        _ sign: UnaryOperator, _ operand: Expression, depth: Int
    ) throws(QueryError) -> Part {
        let inner = try part(operand, depth: depth + 1)
        guard sign == .minus else { return inner }
        if inner.type == .scalar {
            if case .number(let value) = inner.plan {
                return Part(.number(-value), .scalar, isInvariant: true)
            }
            return Part(
                .scalarNegation(inner.plan), .scalar, isInvariant: inner.isInvariant,
                height: inner.height + 1)
        }
        return elementwise(.negate, of: inner)
    }

    /// `operation` on every value of `inner`, with the scalars it takes.
    func elementwise(_ operation: ElementOperation, of inner: Part, scalars: [Part] = []) -> Part {
        var isInvariant = inner.isInvariant && scalars.allSatisfy(\.isInvariant)
        if case .stepTime = operation { isInvariant = false }
        return Part(
            .elementwise(isInvariant ? inner.plan : settled(inner), operation), .instantVector,
            isInvariant: isInvariant,
            height: 1 + max(inner.height, scalars.map(\.height).max() ?? 0))
    }

    private func binary(_ expression: Expression, depth: Int) throws(QueryError) -> Part {
        // Left-associative chains are long, not deep: their left spine is walked, not recursed into.
        var spine: [(operation: BinaryOperation, position: Range<Int>)] = []
        var leftmost = expression
        while case .binary(let operation) = leftmost.kind {
            spine.append((operation, leftmost.position))
            leftmost = Self.unwrapped(operation.left)
        }
        var left = try part(leftmost, depth: depth + 1)
        for (operation, position) in spine.reversed() {
            let right = try part(operation.right, depth: depth + 1)
            left = try combined(left, right, operation, at: position)
            try checkDepth(left.height)
        }
        return left
    }

    private func combined(
        _ left: Part, _ right: Part, _ operation: BinaryOperation, at position: Range<Int>
    ) throws(QueryError) -> Part {
        switch (left.type, right.type) {
        case (.scalar, .scalar):
            let isInvariant = left.isInvariant && right.isInvariant
            if case .number(let a) = left.plan, case .number(let b) = right.plan {
                return Part(
                    .number(BinaryArithmetic.scalar(operation.operation, a, b)), .scalar, isInvariant: true)
            }
            return Part(
                .scalarBinary(operation.operation, left.plan, right.plan), .scalar,
                isInvariant: isInvariant, height: 1 + max(left.height, right.height))
        case (.instantVector, .scalar) where operation.operation.isTrim:
            return elementwise(.trim(operation.operation, position), of: left, scalars: [right])
        case (.scalar, .instantVector) where operation.operation.isTrim:
            return elementwise(.trim(operation.operation, position), of: right, scalars: [left])
        case (.instantVector, .scalar):
            return elementwise(
                .scalar(
                    operation.operation, right.plan, isScalarLeft: false, returnsBool: operation.returnsBool),
                of: left, scalars: [right])
        case (.scalar, .instantVector):
            return elementwise(
                .scalar(
                    operation.operation, left.plan, isScalarLeft: true, returnsBool: operation.returnsBool),
                of: right, scalars: [left])
        case (.instantVector, .instantVector):
            return vectorBinary(left, right, operation, at: position)
        default:
            throw .execution(
                "binary expression must contain only scalar and instant vector types", position: position)
        }
    }

    private func vectorBinary(
        _ left: Part, _ right: Part, _ operation: BinaryOperation, at position: Range<Int>
    ) -> Part {
        let matching = operation.matching
        let isInvariant = left.isInvariant && right.isInvariant
        let step = BinaryStep(
            operation: operation.operation,
            right: isInvariant ? right.plan : settled(right),
            returnsBool: operation.returnsBool,
            matching: matching,
            signature: matching.isOn
                ? LabelSelection(keeping: matching.labels)
                : LabelSelection(dropping: matching.labels + [LabelSet.metricName]),
            position: position)
        if left.isInvariant == isInvariant, case .binaryChain(let first, let steps) = left.plan {
            return Part(
                .binaryChain(first: first, steps + [step]), .instantVector, isInvariant: isInvariant,
                height: max(left.height, right.height + 1))
        }
        return Part(
            .binaryChain(first: isInvariant ? left.plan : settled(left), [step]), .instantVector,
            isInvariant: isInvariant, height: 1 + max(left.height, right.height))
    }

    // MARK: Aggregation

    private func aggregation(
        _ aggregation: Aggregation, at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        let inner = try part(aggregation.expression, depth: depth + 1)
        var plan = AggregationPlan(
            aggregator: aggregation.aggregator, parameter: nil,
            parameterPosition: position, valueLabel: nil, inner: inner.plan,
            grouping: aggregation.grouping, isWithout: aggregation.isWithout)
        var isInvariant = inner.isInvariant
        var height = inner.height + 1
        if let expression = aggregation.parameter {
            let parameter = try part(expression, depth: depth + 1)
            plan.parameterPosition = Self.unwrapped(expression).position
            if case .string(let label) = parameter.plan {
                guard isValidLabelName(label) else {
                    throw .execution(
                        "invalid label name \(quoted(label))", position: plan.parameterPosition)
                }
                plan.valueLabel = label
            } else {
                plan.parameter = parameter.plan
                isInvariant = isInvariant && parameter.isInvariant
                height = max(height, parameter.height + 1)
            }
        }
        if !isInvariant { plan.inner = settled(inner) }
        return Part(.aggregation(plan), .instantVector, isInvariant: isInvariant, height: height)
    }

    // MARK: Lengths of time

    /// A length of time that must be positive, in milliseconds.
    func length(_ duration: DurationExpression, at position: Range<Int>) throws(QueryError) -> Int64 {
        let milliseconds = try evaluated(duration, at: position)
        if milliseconds <= 0 {
            throw .execution("duration must be greater than 0", position: position)
        }
        return milliseconds
    }

    /// An offset, which may be negative, in milliseconds.
    func offset(_ duration: DurationExpression?, at position: Range<Int>) throws(QueryError) -> Int64 {
        guard let duration else { return 0 }
        return try evaluated(duration, at: position)
    }

    private func evaluated(
        _ duration: DurationExpression, at position: Range<Int>
    ) throws(QueryError) -> Int64 {
        if case .literal(let span) = duration { return clampedTime(span.milliseconds) }
        let seconds = try DurationArithmetic(
            step: Double(step) / 1000, range: Double(end - start) / 1000,
            depthMax: options.depthMax, position: position
        ).seconds(duration, depth: 1)
        // Prometheus cuts fractions of a millisecond off.
        let milliseconds = (seconds * 1000).rounded(.towardZero)
        guard milliseconds.magnitude < 9.2e18 else {
            throw .execution("duration is out of range", position: position)
        }
        return clampedTime(Int64(milliseconds))
    }
}

/// Calculates durations that are written as small expressions, in seconds.
struct DurationArithmetic {
    /// What `step()` and `range()` stand for.
    let step: Double
    let range: Double
    let depthMax: Int
    let position: Range<Int>

    /// - Throws: `execution` for a division by zero, `tooDeep` when it nests too deeply.
    func seconds(_ duration: DurationExpression, depth: Int) throws(QueryError) -> Double {
        if depth > depthMax { throw .tooDeep(limit: depthMax) }
        switch duration {
        case .literal(let span): return span.seconds
        case .seconds(let seconds): return seconds
        case .step: return step
        case .range: return range
        case .negated(let inner): return -(try seconds(inner, depth: depth + 1))
        case .parenthesised(let inner): return try seconds(inner, depth: depth + 1)
        case .minimum(let a, let b):
            return goMinimum(try seconds(a, depth: depth + 1), try seconds(b, depth: depth + 1))
        case .maximum(let a, let b):
            return goMaximum(try seconds(a, depth: depth + 1), try seconds(b, depth: depth + 1))
        case .binary(let operation, let a, let b):
            let left = try seconds(a, depth: depth + 1)
            let right = try seconds(b, depth: depth + 1)
            if right == 0 && (operation == .divide || operation == .modulo) {
                throw .execution(
                    operation == .divide ? "division by zero" : "modulo by zero", position: position)
            }
            return BinaryArithmetic.scalar(operation, left, right)
        }
    }
}

/// Whether `name` may name a label. The parser reads bytes that are not UTF-8 as the replacement character.
func isValidLabelName(_ name: String) -> Bool {
    !name.isEmpty && !name.unicodeScalars.contains("\u{FFFD}")
}

extension BinaryOperator {
    /// `</` and `>/`, which cut native histograms.
    var isTrim: Bool { self == .trimUpper || self == .trimLower }
}
