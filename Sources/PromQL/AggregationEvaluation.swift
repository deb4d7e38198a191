import MetricModel

/// Puts series into the groups of an aggregation.
struct Grouping {
    private let selection: LabelSelection
    private var index = LabelSetIndex()
    private var key: [UInt8] = []
    /// Whether any series of the group would have lost its name.
    private(set) var dropsName: [Bool] = []

    init(_ names: [String], isWithout: Bool) {
        selection =
            isWithout
            ? LabelSelection(dropping: names + [LabelSet.metricName]) : LabelSelection(keeping: names)
    }

    var count: Int { index.count }
    /// The labels that the series of each group share.
    var labels: [LabelSet] { index.labels }

    /// The number of the group of `row`: numbers rise by one with each new group.
    mutating func group(of row: Row) -> Int {
        key.removeAll(keepingCapacity: true)
        selection.append(from: row.labels, to: &key)
        let group = index.number(of: key)
        if group == dropsName.count {
            dropsName.append(row.dropsName)
        } else if row.dropsName {
            dropsName[group] = true
        }
        return group
    }

    /// What is known of a group as a series of its own.
    func row(_ group: Int) -> Row { Row(labels: labels[group], dropsName: dropsName[group]) }
}

extension QueryRun {
    /// An aggregation: a row for each group, or for `topk` and its kin the series chosen of each.
    func aggregate(_ plan: AggregationPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        switch plan.aggregator {
        case .topk, .bottomk: return try extremes(plan, over: grid)
        case .limitk, .limitRatio: return try limited(plan, over: grid)
        case .quantile: return try quantiles(plan, over: grid)
        case .countValues: return try countValues(plan, over: grid)
        case .sum, .avg, .count, .min, .max, .group, .stddev, .stdvar: return try folded(plan, over: grid)
        }
    }

    /// Aggregations that take one series after another into a few numbers a group and step: no more is held.
    private func folded(_ plan: AggregationPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        var grouping = Grouping(plan.grouping, isWithout: plan.isWithout)
        var groups = GroupFold(plan.aggregator, steps: grid.count)
        try stream(plan.inner, over: grid) { row, column throws(QueryError) in
            // A series without any value must not make a group.
            guard column.contains(where: { !$0.isAbsent }) else { return }
            let group = grouping.group(of: row)
            if group == groups.count {
                try self.hold(rows: 1, steps: groups.width)
                groups.appendGroup()
            }
            groups.add(column, to: group)
            try self.countWork(column.count)
        }
        groups.finish()
        var result = Matrix(steps: grid.count)
        result.reserve(rows: groups.count)
        for group in 0..<groups.count {
            groups.withResult(group) { result.append(grouping.row(group), $0) }
        }
        return result
    }

    /// `quantile`: sorts the values of each group at each step.
    private func quantiles(_ plan: AggregationPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        let quantile = try parameter(plan, over: grid)
        if quantile.contains(\.isNaN) {
            warnUnlessQuantile(.nan, at: plan.parameterPosition)
        } else {
            let values = quantile.expanded(grid.count)
            warnUnlessQuantile(max(0, values.max() ?? 0), at: plan.parameterPosition)
            warnUnlessQuantile(min(1, values.min() ?? 0), at: plan.parameterPosition)
        }
        let (input, grouping, members) = try grouped(plan, over: grid)
        var result = Matrix(steps: grid.count)
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: grid.count)
        defer { column.deallocate() }
        let largest = members.map(\.count).max() ?? 0
        let values = UnsafeMutablePointer<Double>.allocate(capacity: max(1, largest))
        defer { values.deallocate() }
        for (group, rows) in members.enumerated() {
            try hold(rows: 1, steps: grid.count)
            for step in column.indices {
                var count = 0
                for row in rows {
                    let value = input.value(row, step)
                    if value.isAbsent { continue }
                    values[count] = value
                    count += 1
                }
                try countWork(4 * rows.count)
                if count == 0 {
                    column[step] = Absent.value
                    continue
                }
                Quantile.sort(values, count: count)
                column[step] = Quantile.value(quantile[step: step], of: values, count: count)
            }
            result.append(grouping.row(group), column)
        }
        release(input)
        return result
    }

    /// The aggregation's parameter at every step.
    func parameter(_ plan: AggregationPlan, over grid: EvaluationGrid) throws(QueryError) -> ScalarColumn {
        guard let parameter = plan.parameter else {
            throw .execution(
                "missing parameter of \(plan.aggregator.rawValue)", position: plan.parameterPosition)
        }
        return try scalar(parameter, over: grid)
    }

    /// The input of an aggregation as rows, and which of them each group has.
    func grouped(
        _ plan: AggregationPlan, over grid: EvaluationGrid
    ) throws(QueryError) -> (input: Matrix, grouping: Grouping, members: [[Int]]) {
        let input = try matrix(plan.inner, over: grid)
        var grouping = Grouping(plan.grouping, isWithout: plan.isWithout)
        var members: [[Int]] = []
        for (index, row) in input.rows.enumerated() {
            let group = grouping.group(of: row)
            if group == members.count { members.append([]) }
            members[group].append(index)
        }
        return (input, grouping, members)
    }

    /// `count_values`: a series for every value that a group has, its text as a label.
    private func countValues(_ plan: AggregationPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix
    {
        guard let label = plan.valueLabel else {
            throw .execution("missing label of count_values", position: plan.parameterPosition)
        }
        // The value's label replaces one of the same name, and `without` may drop it again.
        let isKept = !plan.isWithout || !plan.grouping.contains(label)
        let names =
            plan.isWithout ? plan.grouping + [label] : plan.grouping.filter { $0 != label }
        var grouping = Grouping(names, isWithout: plan.isWithout)
        struct Cell: Hashable {
            var group: Int
            var bits: UInt64
        }
        var rowOfCell: [Cell: Int] = [:]
        var rowOfLabels = LabelSetIndex()
        var result = Matrix(steps: grid.count)
        try stream(plan.inner, over: grid) { row, column throws(QueryError) in
            guard column.contains(where: { !$0.isAbsent }) else { return }
            let group = grouping.group(of: Row(labels: row.labels, dropsName: false))
            for step in column.indices where !column[step].isAbsent {
                let value = column[step]
                let cell = Cell(group: group, bits: (value.isNaN ? Double.nan : value).bitPattern)
                let index: Int
                if let known = rowOfCell[cell] {
                    index = known
                } else {
                    let base = grouping.labels[group]
                    let labels = isKept ? base.setting(label, NumberText.decimal(value)) : base
                    index = rowOfLabels.number(of: labels)
                    rowOfCell[cell] = index
                    if index == result.rows.count {
                        try self.hold(rows: 1, steps: grid.count)
                        result.appendAbsent(Row(labels: labels, dropsName: false))
                    }
                }
                let place = index * grid.count + step
                let before = result.values[place]
                result.values[place] = before.isAbsent ? 1 : before + 1
            }
            try self.countWork(column.count)
        }
        return result
    }
}
