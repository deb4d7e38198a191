import MetricModel

/// A query that is asked again and again: as long as nothing changed that it could see, the answer costs nothing.
package struct PreparedQuery: Sendable {
    package let expression: Expression
    package let evaluator: Evaluator
    /// The matchers of every selector: whatever they could select decides the answer.
    private let selections: [[LabelMatcher]]
    private var latest: Answer?

    /// The times that a query is asked for.
    private enum Times: Equatable, Sendable {
        case instant(Timestamp)
        case range(start: Timestamp, end: Timestamp, step: TimeSpan)
    }

    private struct Answer: Sendable {
        var times: Times
        /// What the source said of each selection when it was asked.
        var changeCounts: [UInt64]
        var result: QueryResult
    }

    package init(_ expression: Expression, evaluator: Evaluator = Evaluator()) {
        self.expression = expression
        self.evaluator = evaluator
        selections = expression.selections
    }

    /// The value at `time`; the former one when it was asked for the same time and the source has nothing new for it.
    ///
    /// - Parameter source: the same one every time.
    package mutating func instant(at time: Timestamp, in source: any SeriesSource) throws(QueryError)
        -> QueryResult
    {
        let (evaluator, expression) = (evaluator, expression)
        return try answer(.instant(time), in: source) { () throws(QueryError) in
            try evaluator.instant(expression, at: time, in: source)
        }
    }

    /// The values over a range of times; the former ones when it was asked for the same times and the source has nothing new
    /// for them.
    ///
    /// - Parameter source: the same one every time.
    package mutating func range(
        from start: Timestamp, through end: Timestamp, step: TimeSpan, in source: any SeriesSource
    ) throws(QueryError) -> QueryResult {
        let (evaluator, expression) = (evaluator, expression)
        return try answer(.range(start: start, end: end, step: step), in: source) { () throws(QueryError) in
            try evaluator.range(expression, from: start, through: end, step: step, in: source)
        }
    }

    /// Whether the next question for the same times would be answered without evaluating.
    package func isCurrent(in source: any SeriesSource) -> Bool {
        latest.map { $0.changeCounts == changeCounts(in: source) } ?? false
    }

    /// Forgets the former answer, as when another source is asked next.
    package mutating func forget() { latest = nil }

    private func changeCounts(in source: any SeriesSource) -> [UInt64] {
        selections.map { source.changeCount($0) }
    }

    private mutating func answer(
        _ times: Times, in source: any SeriesSource, _ evaluate: () throws(QueryError) -> QueryResult
    ) throws(QueryError) -> QueryResult {
        // Counted before the samples are read: a sample that comes in between makes the answer old, not wrong.
        let counts = changeCounts(in: source)
        if let latest, latest.times == times, latest.changeCounts == counts { return latest.result }
        latest = nil
        let result = try evaluate()
        latest = Answer(times: times, changeCounts: counts, result: result)
        return result
    }
}

extension Expression {
    /// The matchers of every selector that evaluating the expression asks a source for, each once.
    package var selections: [[LabelMatcher]] {
        var found: [[LabelMatcher]] = []
        var waiting = [self]
        func add(_ matchers: [LabelMatcher]) {
            if !found.contains(matchers) { found.append(matchers) }
        }
        while let next = waiting.popLast() {
            switch next.kind {
            case .number, .string: break
            case .parenthesised(let inner), .unary(_, let inner): waiting.append(inner)
            case .binary(let operation): waiting += [operation.left, operation.right]
            case .aggregation(let aggregation):
                waiting.append(aggregation.expression)
                if let parameter = aggregation.parameter { waiting.append(parameter) }
            case .call(let function, let arguments):
                waiting += arguments
                // Joins series that its second argument, which is no selector by itself, only narrows.
                if function == "info" { add([]) }
            case .vectorSelector(let selector), .matrixSelector(let selector, _): add(selector.matchers)
            case .subquery(let subquery): waiting.append(subquery.expression)
            }
        }
        return found
    }
}
