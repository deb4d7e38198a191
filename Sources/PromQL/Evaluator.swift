import MetricModel

/// Evaluates expressions against a source of series, with the semantics of Prometheus 3.
///
/// Windows are open on the left. A metric's name is removed at the very end, so grouping and label functions within the query
/// still see it.
package struct Evaluator: Sendable {
    package var options: EvaluationOptions

    package init(options: EvaluationOptions = EvaluationOptions()) { self.options = options }

    /// The value of `expression` at one time.
    ///
    /// - Returns: a scalar, a string, a vector, or for a range vector a matrix of its samples.
    package func instant(
        _ expression: Expression, at time: Timestamp, in source: any SeriesSource
    ) throws(QueryError) -> QueryResult {
        let start = clampedTime(time.milliseconds)
        let (plan, type) = try Planner(options: options, start: start, end: start, step: 0).plan(expression)
        let run = QueryRun(source: source, options: options)
        let grid = EvaluationGrid(start: start, step: 1, count: 1)
        let at = Timestamp(milliseconds: start)
        switch type {
        case .scalar:
            return run.finished(.scalar(Sample(at, try run.scalar(plan, over: grid)[step: 0])))
        case .string:
            guard case .string(let text) = plan else { break }
            return run.finished(.string(at, text))
        case .instantVector:
            return try run.vector(try run.matrix(plan, over: grid), at: at)
        case .rangeVector:
            return run.finished(.matrix(try run.rangeVector(plan, over: grid)))
        }
        throw .execution("cannot evaluate a \(type.rawValue)", position: expression.position)
    }

    /// The values of `expression` at `start`, `start + step`, … up to `end`.
    ///
    /// - Parameter step: positive.
    /// - Returns: a matrix, ordered by labels.
    package func range(
        _ expression: Expression, from start: Timestamp, through end: Timestamp, step: TimeSpan,
        in source: any SeriesSource
    ) throws(QueryError) -> QueryResult {
        let first = clampedTime(start.milliseconds)
        let last = clampedTime(end.milliseconds)
        let step = clampedTime(step.milliseconds)
        guard step > 0 else {
            throw .execution("zero or negative query resolution step widths are not accepted", position: nil)
        }
        let (plan, type) = try Planner(options: options, start: first, end: last, step: step)
            .plan(expression)
        guard type == .scalar || type == .instantVector else {
            throw .execution(
                "invalid expression type \"\(type.rawValue)\" for range query, must be Scalar or instant Vector",
                position: expression.position)
        }
        let run = QueryRun(source: source, options: options)
        if last < first { return run.finished(.matrix([])) }
        let count = (last - first) / step + 1
        guard count <= options.samplesMax else { throw .tooManySamples(limit: options.samplesMax) }
        let grid = EvaluationGrid(start: first, step: step, count: Int(count))
        if type == .scalar {
            let values = try run.scalar(plan, over: grid).expanded(grid.count)
            return try run.matrixResult(try run.single(labels: .empty, values), grid)
        }
        return try run.matrixResult(try run.matrix(plan, over: grid), grid)
    }
}

extension QueryRun {
    /// `value` with what the run has to say and what it read.
    func finished(_ value: QueryValue, isOrdered: Bool = false) -> QueryResult {
        QueryResult(
            value: value, annotations: annotations, samplesRead: samplesRead, isOrdered: isOrdered)
    }

    /// `matrix` with the names gone that were to go.
    private func named(_ matrix: Matrix) throws(QueryError) -> Matrix {
        guard matrix.rows.contains(where: \.dropsName) else { return matrix }
        var result = matrix
        for (index, row) in matrix.rows.enumerated() where row.dropsName {
            let labels = LabelSelection.withoutMetadata.labels(from: row.labels)
            result.setRow(index, Row(labels: labels, dropsName: false))
        }
        return try merged(result)
    }

    /// The rows of `matrix`, which has one step, as an instant vector: in the order of the query, else of their labels.
    fileprivate func vector(_ matrix: Matrix, at time: Timestamp) throws(QueryError) -> QueryResult {
        let result = try named(matrix)
        var elements: [VectorElement] = []
        elements.reserveCapacity(result.rows.count)
        for (index, row) in result.rows.enumerated() {
            elements.append(
                VectorElement(labels: row.labels, timestamp: time, value: result.values[index]))
        }
        if !result.isOrdered { elements.sortUnlessSorted { $0.labels < $1.labels } }
        return finished(.vector(elements), isOrdered: result.isOrdered)
    }

    fileprivate func matrixResult(_ matrix: Matrix, _ grid: EvaluationGrid) throws(QueryError) -> QueryResult
    {
        let result = try named(matrix)
        var series: [RangeSeries] = []
        series.reserveCapacity(result.rows.count)
        for (index, row) in result.rows.enumerated() {
            var points = SampleBuffer()
            points.timestamps.reserveCapacity(grid.count)
            points.values.reserveCapacity(grid.count)
            for step in 0..<grid.count {
                let value = result.value(index, step)
                if !value.isAbsent { points.append(grid.time(step), value) }
            }
            if !points.isEmpty { series.append(RangeSeries(labels: row.labels, points: points)) }
        }
        series.sortUnlessSorted { $0.labels < $1.labels }
        return finished(.matrix(series))
    }

    /// A range vector at the top of an instant query: the samples themselves.
    fileprivate func rangeVector(_ plan: Plan, over grid: EvaluationGrid) throws(QueryError) -> [RangeSeries]
    {
        var series: [RangeSeries] = []
        switch plan {
        case .rangeSelector(let selector, let range):
            let function = RangeFunctionPlan(
                function: .last, source: .selector(selector), range: range, parameters: [],
                position: selector.position, firstPosition: selector.position, absentLabels: .empty)
            try forEachWindowedSeries(function, over: grid) {
                row, windows, _, buffer throws(QueryError) in
                let points = Self.points(of: buffer, windows, selector.boundary)
                if !points.isEmpty { series.append(RangeSeries(labels: row.labels, points: points)) }
            }
        case .subquery(let subquery):
            guard let inner = try subqueryGrid(subquery, range: subquery.range, over: grid) else { return [] }
            let result = try named(try matrix(subquery.inner, over: inner))
            for (index, row) in result.rows.enumerated() {
                var points = SampleBuffer()
                for step in 0..<inner.count where !result.value(index, step).isAbsent {
                    points.append(inner.time(step), result.value(index, step))
                }
                series.append(RangeSeries(labels: row.labels, points: points))
            }
        default:
            throw .execution("expected a range vector", position: nil)
        }
        series.sortUnlessSorted { $0.labels < $1.labels }
        return series
    }

    /// The samples of a window; with `anchored` and `smoothed` also the values taken or interpolated at its edges.
    ///
    /// Source: Prometheus, `promql/engine.go`, `extendFloats`.
    private static func points(
        of buffer: SampleBuffer, _ windows: Windows, _ boundary: VectorSelector.Boundary
    ) -> SampleBuffer {
        var points = SampleBuffer()
        let end = windows.end(0)
        let start = end - windows.range
        if boundary == .ordinary {
            for index in 0..<buffer.count
            where buffer.timestamps[index] > start && buffer.timestamps[index] <= end {
                points.append(buffer.timestamps[index], buffer.values[index])
            }
            return points
        }
        let isSmoothed = boundary == .smoothed
        var last = buffer.count - 1
        var first = max(0, buffer.timestamps.firstIndex(where: { $0 > start }, sorted: ()) - 1)
        first = min(first, max(0, last - 1))
        if isSmoothed { last = min(last, buffer.timestamps.firstIndex(where: { $0 >= end }, sorted: ())) }
        if buffer.timestamps[last] <= start { return points }
        let left =
            isSmoothed && buffer.timestamps[first] < start && first < last
            ? interpolated(buffer, first, first + 1, at: start, isCounter: false) : buffer.values[first]
        let right =
            isSmoothed && last > 0 && buffer.timestamps[last] > end
            ? interpolated(buffer, last - 1, last, at: end, isCounter: false) : buffer.values[last]
        points.append(start, left)
        for index in 0..<buffer.count
        where buffer.timestamps[index] > start && buffer.timestamps[index] < end {
            points.append(buffer.timestamps[index], buffer.values[index])
        }
        points.append(end, right)
        return points
    }
}

extension Array {
    /// Sorts what is not in order already, as answers mostly are.
    fileprivate mutating func sortUnlessSorted(by isLess: (Element, Element) -> Bool) {
        for index in indices.dropFirst() where isLess(self[index], self[index - 1]) {
            sort(by: isLess)
            return
        }
    }
}
