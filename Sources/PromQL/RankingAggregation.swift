import MetricModel

extension QueryRun {
    /// `topk` and `bottomk`: of each group the series that lie furthest out, at each step anew.
    func extremes(_ plan: AggregationPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        let counts = try seriesCounts(plan, over: grid)
        let (input, _, members) = try grouped(plan, over: grid)
        guard let counts else { return Matrix(steps: grid.count) }
        let isTop = plan.aggregator == .topk
        return try chosen(of: input, members, over: grid) { step, rows, choose in
            let count = Self.seriesCount(counts[step: step], of: input)
            if count < 1 { return }
            var best = Ranking(of: input.rows, capacity: count, isTop: isTop)
            for row in rows {
                let value = input.value(row, step)
                if !value.isAbsent { best.offer(value, row) }
            }
            for row in best.rowsInOrder() { choose(row) }
        }
    }

    /// `limitk` and `limit_ratio`: any series of each group, always the same ones.
    func limited(_ plan: AggregationPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        if plan.aggregator == .limitRatio { return try limitedByRatio(plan, over: grid) }
        let counts = try seriesCounts(plan, over: grid)
        var (input, _, members) = try grouped(plan, over: grid)
        guard let counts else { return Matrix(steps: grid.count) }
        // A source gives its series in no particular order, but the answer shall always be the same.
        for group in members.indices {
            members[group].sort { input.rows[$0].labels < input.rows[$1].labels }
        }
        return try chosen(of: input, members, over: grid) { step, rows, choose in
            var left = Self.seriesCount(counts[step: step], of: input)
            for row in rows where left > 0 && !input.value(row, step).isAbsent {
                choose(row)
                left -= 1
            }
        }
    }

    private func limitedByRatio(
        _ plan: AggregationPlan, over grid: EvaluationGrid
    ) throws(QueryError) -> Matrix {
        let ratios = try parameter(plan, over: grid)
        let (input, _, members) = try grouped(plan, over: grid)
        if !ratios.contains({ $0 != 0 }) { return Matrix(steps: grid.count) }
        if ratios.contains(\.isNaN) {
            throw .execution("Ratio value is NaN", position: plan.parameterPosition)
        }
        let values = ratios.expanded(grid.count)
        for (limit, worst) in [(1.0, values.max() ?? 0), (-1.0, values.min() ?? 0)]
        where worst.magnitude > 1 && (worst > 0) == (limit > 0) {
            warn(
                "ratio value should be between -1 and 1, got \(NumberText.general(worst)), capping to \(NumberText.general(limit))",
                at: plan.parameterPosition)
        }
        // Where a series stands between 0 and 1 is decided by Prometheus' own hash of its labels.
        let offsets = input.rows.map { Double($0.labels.prometheusHash) / Double(UInt64.max) }
        return try chosen(of: input, members, over: grid) { step, rows, choose in
            let ratio = min(max(values[step], -1), 1)
            if ratio == 0 { return }
            for row in rows where !input.value(row, step).isAbsent {
                if ratio > 0 ? offsets[row] < ratio : offsets[row] >= 1 + ratio { choose(row) }
            }
        }
    }

    /// How many series a group may keep at each step; `nil` when it is none at every step.
    private func seriesCounts(
        _ plan: AggregationPlan, over grid: EvaluationGrid
    ) throws(QueryError) -> ScalarColumn? {
        let counts = try parameter(plan, over: grid)
        if counts.contains(\.isNaN) {
            throw .execution("Parameter value is NaN", position: plan.parameterPosition)
        }
        if !counts.contains({ $0 >= 1 }) { return nil }
        let values = counts.expanded(grid.count)
        if let least = values.min(), least <= -9_223_372_036_854_775_808 {
            throw .execution(
                "Scalar value \(NumberText.general(least)) underflows int64", position: plan.parameterPosition
            )
        }
        if let most = values.max(), most >= 9_223_372_036_854_774_784 {
            throw .execution(
                "Scalar value \(NumberText.general(most)) overflows int64", position: plan.parameterPosition)
        }
        return counts
    }

    private static func seriesCount(_ count: Double, of input: Matrix) -> Int {
        count >= Double(input.rows.count) ? input.rows.count : Int(count)
    }

    /// The rows of `input` with only the values at the steps at which `select` chose them.
    ///
    /// At a single step the rows come in the order in which they were chosen.
    private func chosen(
        of input: Matrix, _ members: [[Int]], over grid: EvaluationGrid,
        _ select: (_ step: Int, _ rows: [Int], _ choose: (Int) -> Void) -> Void
    ) throws(QueryError) -> Matrix {
        if grid.count == 1 {
            var order: [Int] = []
            for rows in members { select(0, rows) { order.append($0) } }
            var result = input.reordered(order)
            result.isOrdered = true
            release(input)
            return result
        }
        var result = Matrix(steps: grid.count)
        for row in input.rows { result.appendAbsent(row) }
        for step in 0..<grid.count {
            for rows in members {
                select(step, rows) { row in
                    result.values[row * grid.count + step] = input.values[row * grid.count + step]
                }
                try countWork(2 * rows.count)
            }
        }
        result.dropEmptyRows()
        return result
    }
}

/// The few best of many values: a heap with the worst of them on top. NaN is worse than anything; of equal values the one
/// whose labels come first is better.
private struct Ranking {
    private typealias Entry = (value: Double, row: Int)

    private let rows: [Row]
    private let capacity: Int
    private let isTop: Bool
    private var heap: [Entry] = []

    init(of rows: [Row], capacity: Int, isTop: Bool) {
        self.rows = rows
        self.capacity = capacity
        self.isTop = isTop
        heap.reserveCapacity(min(capacity, 1024))
    }

    private func isWorse(_ a: Entry, _ b: Entry) -> Bool {
        if a.value.isNaN || b.value.isNaN {
            return a.value.isNaN && (!b.value.isNaN || rows[b.row].labels < rows[a.row].labels)
        }
        if a.value == b.value { return rows[b.row].labels < rows[a.row].labels }
        return isTop ? a.value < b.value : a.value > b.value
    }

    /// Takes a value in if it is among the best so far.
    mutating func offer(_ value: Double, _ row: Int) {
        if heap.count < capacity {
            heap.append((value, row))
            var child = heap.count - 1
            while child > 0, isWorse(heap[child], heap[(child - 1) / 2]) {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        } else if isWorse(heap[0], (value, row)) {
            heap[0] = (value, row)
            sinkTop()
        }
    }

    private mutating func sinkTop() {
        var parent = 0
        while true {
            var worst = 2 * parent + 1
            if worst >= heap.count { return }
            if worst + 1 < heap.count && isWorse(heap[worst + 1], heap[worst]) { worst += 1 }
            if !isWorse(heap[worst], heap[parent]) { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }

    /// Best first.
    func rowsInOrder() -> [Int] { heap.sorted { isWorse($1, $0) }.map(\.row) }
}
