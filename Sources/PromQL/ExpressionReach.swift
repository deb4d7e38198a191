import MetricModel

extension Expression {
    /// How far back from its time an evaluation looks at most, lookback aside: ranges and offsets, nested ones added up.
    ///
    /// Times fixed by `@` count as if they were the evaluation's own.
    package var reach: TimeSpan {
        var longest = TimeSpan.zero
        var waiting = [(expression: self, outer: TimeSpan.zero)]
        func length(_ duration: DurationExpression?) -> TimeSpan {
            guard let duration else { return .zero }
            let arithmetic = DurationArithmetic(step: 0, range: 0, depthMax: 100, position: position)
            return TimeSpan(seconds: max(0, (try? arithmetic.seconds(duration, depth: 1)) ?? 0))
        }
        while let (next, outer) = waiting.popLast() {
            switch next.kind {
            case .number, .string: break
            case .parenthesised(let inner), .unary(_, let inner): waiting.append((inner, outer))
            case .binary(let operation):
                waiting += [(operation.left, outer), (operation.right, outer)]
            case .aggregation(let aggregation):
                waiting.append((aggregation.expression, outer))
                if let parameter = aggregation.parameter { waiting.append((parameter, outer)) }
            case .call(_, let arguments): waiting += arguments.map { ($0, outer) }
            case .vectorSelector(let selector): longest = max(longest, outer + length(selector.offset))
            case .matrixSelector(let selector, let range):
                longest = max(longest, outer + length(selector.offset) + length(range))
            case .subquery(let subquery):
                waiting.append(
                    (subquery.expression, outer + length(subquery.offset) + length(subquery.range)))
            }
        }
        return longest
    }
}
