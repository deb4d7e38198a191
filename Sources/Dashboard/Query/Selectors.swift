import MetricModel
import PromQL

/// Walks over the selectors of an expression. Depth is bounded by the parser.
extension Expression {
    /// The matchers of every selector.
    var selectors: [[LabelMatcher]] {
        var found: [[LabelMatcher]] = []
        forEachSelector { found.append($0.matchers) }
        return found
    }

    func forEachSelector(_ body: (VectorSelector) -> Void) {
        switch kind {
        case .number, .string: break
        case .parenthesised(let inner), .unary(_, let inner): inner.forEachSelector(body)
        case .binary(let operation):
            operation.left.forEachSelector(body)
            operation.right.forEachSelector(body)
        case .aggregation(let aggregation):
            aggregation.parameter?.forEachSelector(body)
            aggregation.expression.forEachSelector(body)
        case .call(_, let arguments): for argument in arguments { argument.forEachSelector(body) }
        case .vectorSelector(let selector), .matrixSelector(let selector, _): body(selector)
        case .subquery(let subquery): subquery.expression.forEachSelector(body)
        }
    }

    /// The same expression with `matchers` added to every selector.
    func adding(_ matchers: [LabelMatcher]) -> Expression {
        guard !matchers.isEmpty else { return self }
        var copy = self
        switch kind {
        case .number, .string: break
        case .parenthesised(let inner): copy.kind = .parenthesised(inner.adding(matchers))
        case .unary(let operation, let inner): copy.kind = .unary(operation, inner.adding(matchers))
        case .binary(var operation):
            operation.left = operation.left.adding(matchers)
            operation.right = operation.right.adding(matchers)
            copy.kind = .binary(operation)
        case .aggregation(var aggregation):
            aggregation.parameter = aggregation.parameter?.adding(matchers)
            aggregation.expression = aggregation.expression.adding(matchers)
            copy.kind = .aggregation(aggregation)
        case .call(let function, let arguments):
            copy.kind = .call(function: function, arguments: arguments.map { $0.adding(matchers) })
        case .vectorSelector(var selector):
            selector.matchers += matchers
            copy.kind = .vectorSelector(selector)
        case .matrixSelector(var selector, let range):
            selector.matchers += matchers
            copy.kind = .matrixSelector(selector, range: range)
        case .subquery(var subquery):
            subquery.expression = subquery.expression.adding(matchers)
            copy.kind = .subquery(subquery)
        }
        return copy
    }
}
