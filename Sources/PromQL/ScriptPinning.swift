import MetricModel

/// What Prometheus' test runner does to an expression before it evaluates it again at other times.
extension Expression {
    /// With `@ time` on every selector and subquery that has no time of its own; inside of a subquery nothing needs
    /// one. `start()` and `end()` are replaced.
    func pinned(at time: Timestamp) -> Expression {
        func pin(_ modifier: AtModifier?) -> AtModifier {
            if let modifier, case .timestamp = modifier { return modifier }
            return .timestamp(time)
        }
        var result = self
        switch kind {
        case .number, .string: break
        case .parenthesised(let inner): result.kind = .parenthesised(inner.pinned(at: time))
        case .unary(let sign, let inner): result.kind = .unary(sign, inner.pinned(at: time))
        case .binary(var parts):
            parts.left = parts.left.pinned(at: time)
            parts.right = parts.right.pinned(at: time)
            result.kind = .binary(parts)
        case .aggregation(var aggregation):
            aggregation.parameter = aggregation.parameter?.pinned(at: time)
            aggregation.expression = aggregation.expression.pinned(at: time)
            result.kind = .aggregation(aggregation)
        case .call(let function, let arguments):
            result.kind = .call(function: function, arguments: arguments.map { $0.pinned(at: time) })
        case .vectorSelector(var selector):
            selector.at = pin(selector.at)
            result.kind = .vectorSelector(selector)
        case .matrixSelector(var selector, let range):
            selector.at = pin(selector.at)
            result.kind = .matrixSelector(selector, range: range)
        case .subquery(var subquery):
            subquery.at = pin(subquery.at)
            result.kind = .subquery(subquery)
        }
        return result
    }

    /// Whether the answer depends on the time of evaluation even when every selector is pinned.
    var dependsOnTime: Bool {
        switch kind {
        case .call(let function, let arguments):
            timeDependentFunctions.contains(function) || arguments.contains(where: \.dependsOnTime)
        // Pinned, it evaluates its inside at times of its own.
        case .subquery: false
        default: children.contains(where: \.dependsOnTime)
        }
    }

    /// Whether the answer of a range query may differ from that of an instant query at the same time.
    var dependsOnRange: Bool {
        switch kind {
        case .call("start", _), .call("end", _), .call("step", _), .call("range", _): return true
        case .vectorSelector(let selector):
            return (selector.offset?.dependsOnRange ?? false) || selector.at.dependsOnRange
        case .matrixSelector(let selector, let range):
            return range.dependsOnRange || (selector.offset?.dependsOnRange ?? false)
                || selector.at.dependsOnRange
        case .subquery(let subquery):
            let durations = [subquery.range, subquery.step, subquery.offset]
            return durations.contains { $0?.dependsOnRange ?? false } || subquery.at.dependsOnRange
                || subquery.expression.dependsOnRange
        default: return children.contains(where: \.dependsOnRange)
        }
    }

    /// The selectors in the expression, those inside of subqueries included.
    var selectors: [VectorSelector] {
        switch kind {
        case .vectorSelector(let selector), .matrixSelector(let selector, _): [selector]
        default: children.flatMap(\.selectors)
        }
    }

    private var children: [Expression] {
        switch kind {
        case .number, .string, .vectorSelector, .matrixSelector: []
        case .parenthesised(let inner), .unary(_, let inner): [inner]
        case .binary(let parts): [parts.left, parts.right]
        case .aggregation(let aggregation):
            (aggregation.parameter.map { [$0] } ?? []) + [aggregation.expression]
        case .call(_, let arguments): arguments
        case .subquery(let subquery): [subquery.expression]
        }
    }
}

/// Their results may vary although their arguments do not.
private let timeDependentFunctions: Set<String> = [
    "days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year",
    "predict_linear", "time", "timestamp", "start_timestamp", "start", "end", "step", "range",
]

extension Optional where Wrapped == AtModifier {
    fileprivate var dependsOnRange: Bool {
        switch self {
        case .start?, .end?: true
        default: false
        }
    }
}

extension DurationExpression {
    fileprivate var dependsOnRange: Bool {
        switch self {
        case .literal, .seconds: false
        case .step, .range: true
        case .negated(let inner), .parenthesised(let inner): inner.dependsOnRange
        case .binary(_, let left, let right), .minimum(let left, let right), .maximum(let left, let right):
            left.dependsOnRange || right.dependsOnRange
        }
    }
}
