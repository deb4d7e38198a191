import MetricModel

extension QueryRun {
    /// A function over range vectors, one series at a time, all windows of it in one pass.
    func streamRangeFunction(
        _ plan: RangeFunctionPlan, over grid: EvaluationGrid, into sink: ColumnSink
    ) throws(QueryError) {
        if plan.function == .absent {
            return try streamRows(of: try absentOverTime(plan, over: grid), into: sink)
        }
        var parameters: [ScalarColumn] = []
        for parameter in plan.parameters { parameters.append(try scalar(parameter, over: grid)) }
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: grid.count)
        defer { column.deallocate() }
        let kernels = WindowKernels(plan, parameters, in: self)
        let keepsName = plan.function.keepsName
        var suffixes = CounterNameCheck(plan, in: self)
        try forEachWindowedSeries(plan, over: grid) {
            row, windows, lookback, buffer throws(QueryError) in
            let outcome = kernels.apply(to: buffer, windows, lookback: lookback, into: column)
            try self.countWork(column.count)
            if outcome.overlapsStart {
                self.warn(
                    "sample has start time that overlaps with previous sample timestamp for metric \(quoted(row.labels.name ?? ""))",
                    at: plan.position)
            }
            if let invalid = outcome.invalidParameter {
                throw .execution(invalid, position: plan.position)
            }
            if outcome.invalidQuantile, let quantile = parameters.first {
                self.warnOfInvalid(quantile, column, at: plan.firstPosition)
            }
            suffixes.check(row.labels, column)
            try sink(Row(labels: row.labels, dropsName: row.dropsName || !keepsName), column)
        }
    }

    /// Says so where a quantile that is none was used.
    private func warnOfInvalid(
        _ quantile: ScalarColumn, _ column: UnsafeMutableBufferPointer<Double>, at position: Range<Int>
    ) {
        for step in column.indices where !column[step].isAbsent {
            warnUnlessQuantile(quantile[step: step], at: position)
            if case .constant = quantile { return }
        }
    }

    /// Warns when `quantile` is not between 0 and 1.
    func warnUnlessQuantile(_ quantile: Double, at position: Range<Int>) {
        if !(quantile >= 0 && quantile <= 1) {
            warn(
                "quantile value should be between 0 and 1, got \(NumberText.general(quantile))",
                at: position)
        }
    }

    /// Calls `body` with every series of the range vector, stale markers removed, and where its windows lie.
    func forEachWindowedSeries(
        _ plan: RangeFunctionPlan, over grid: EvaluationGrid,
        _ body: (Row, Windows, _ lookback: Int64, SampleBuffer) throws(QueryError) -> Void
    ) throws(QueryError) {
        switch plan.source {
        case .selector(let selector):
            let windows = Windows(
                firstEnd: selector.reference(grid.start),
                endStep: selector.pinned == nil ? grid.step : 0, range: plan.range, grid: grid)
            // `anchored` and `smoothed` look for samples outside of the window, a lookback away at most.
            let isOrdinary = selector.boundary == .ordinary
            let ahead =
                selector.boundary == .smoothed ? max(0, clampedTime(options.lookback.milliseconds)) : 0
            var reading = selector
            if !isOrdinary { reading.offset = addedTime(selector.offset, plan.range) }
            if isOrdinary {
                try readSeries(of: selector, over: grid, before: plan.range, after: 0) {
                    row, lookback, buffer throws(QueryError) in
                    try withoutStaleMarkers(row, buffer, windows, lookback, body)
                }
            } else {
                // Moved back by the range, so that the lookback counts from the windows' left edges.
                try readSeries(of: reading, over: grid, before: nil, after: addedTime(plan.range, ahead)) {
                    row, lookback, buffer throws(QueryError) in
                    try withoutStaleMarkers(row, buffer, windows, lookback, body)
                }
            }
        case .subquery(let subquery):
            try forEachSubquerySeries(subquery, range: plan.range, over: grid, body)
        }
    }

    @inline(__always)
    private func withoutStaleMarkers(
        _ row: Row, _ buffer: SampleBuffer, _ windows: Windows, _ lookback: Int64,
        _ body: (Row, Windows, _ lookback: Int64, SampleBuffer) throws(QueryError) -> Void
    ) throws(QueryError) {
        if buffer.hasStaleMarkers {
            var clean = buffer
            clean.removeStaleMarkers()
            if !clean.isEmpty { try body(row, windows, lookback, clean) }
        } else {
            try body(row, windows, lookback, buffer)
        }
    }

    /// The values of a subquery as samples: its steps are the multiples of its own step, whatever the query's grid.
    private func forEachSubquerySeries(
        _ subquery: SubqueryPlan, range: Int64, over grid: EvaluationGrid,
        _ body: (Row, Windows, _ lookback: Int64, SampleBuffer) throws(QueryError) -> Void
    ) throws(QueryError) {
        let windows = Windows(
            firstEnd: subquery.reference(grid.start),
            endStep: subquery.pinned == nil ? grid.step : 0, range: range, grid: grid)
        guard let inner = try subqueryGrid(subquery, range: range, over: grid) else { return }
        var buffer = SampleBuffer()
        try stream(subquery.inner, over: inner) { row, column throws(QueryError) in
            buffer.removeAll()
            for step in column.indices where !column[step].isAbsent {
                buffer.append(inner.time(step), column[step])
            }
            if !buffer.isEmpty { try body(row, windows, 0, buffer) }
        }
    }

    /// The steps of a subquery that lie in any window, `nil` when there are none.
    func subqueryGrid(
        _ subquery: SubqueryPlan, range: Int64, over grid: EvaluationGrid
    ) throws(QueryError) -> EvaluationGrid? {
        let first = firstMultiple(
            of: subquery.step, after: subtractedTime(subquery.reference(grid.start), range))
        let last = subquery.reference(grid.end)
        guard first <= last else { return nil }
        let count = (last - first) / subquery.step + 1
        guard count <= options.samplesMax else { throw .tooManySamples(limit: options.samplesMax) }
        return EvaluationGrid(start: first, step: subquery.step, count: Int(count))
    }

    /// `absent_over_time`: 1 at the steps whose window is empty in every series.
    func absentOverTime(_ plan: RangeFunctionPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        var values = [Double](repeating: 1, count: grid.count)
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: grid.count)
        defer { column.deallocate() }
        var presence = plan
        presence.function = .present
        let kernels = WindowKernels(presence, [], in: self)
        try forEachWindowedSeries(plan, over: grid) {
            row, windows, lookback, buffer throws(QueryError) in
            _ = kernels.apply(to: buffer, windows, lookback: lookback, into: column)
            try self.countWork(column.count)
            for step in column.indices where !column[step].isAbsent { values[step] = Absent.value }
        }
        return try single(labels: plan.absentLabels, values)
    }
}

/// Says once per metric that `rate` and `increase` are meant for counters, when its name does not look like one's.
struct CounterNameCheck {
    private let run: QueryRun
    private let position: Range<Int>
    private let isNeeded: Bool
    // Series of one metric mostly follow one another.
    private var checkedName: [UInt8]?

    private static let suffixes = ["_total", "_sum", "_count", "_bucket"].map { Array($0.utf8) }
    private static let nameLabel = Array(LabelSet.metricName.utf8)

    init(_ plan: RangeFunctionPlan, in run: QueryRun) {
        self.run = run
        position = plan.position
        isNeeded = plan.function == .rate || plan.function == .increase
    }

    /// Looks at one series, of which `column` is the result.
    mutating func check(_ labels: LabelSet, _ column: UnsafeMutableBufferPointer<Double>) {
        guard isNeeded else { return }
        let name = Self.nameLabel.withUnsafeBufferPointer { wanted in
            labels.withValue(named: wanted) { value -> [UInt8]? in
                guard let value else { return nil }
                if let checkedName, checkedName.elementsEqual(value) { return nil }
                return Array(value)
            }
        }
        guard let name, column.contains(where: { !$0.isAbsent }) else { return }
        checkedName = name
        if !Self.suffixes.contains(where: { name.count >= $0.count && name.suffix($0.count) == $0[...] }) {
            let text = String(decoding: name, as: UTF8.self)
            run.inform(
                "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \(quoted(text))",
                at: position)
        }
    }
}
