import MetricModel

extension QueryRun {
    /// `label_replace`: where the whole of a label matches, another one becomes what the template says.
    func labelReplace(_ plan: LabelReplacePlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        var result = try matrix(plan.inner, over: grid)
        for (index, row) in result.rows.enumerated() {
            let text = row.labels[plan.source] ?? ""
            try countWork(16 + text.utf8.count)
            guard let groups = plan.expression.firstMatch(in: text, anchored: true) else { continue }
            let value = plan.template.expanded(
                text, groups, countMax: Self.labelValueBytesMax)
            result.setRow(index, try Self.relabelled(row, plan.destination, value))
        }
        return try merged(result)
    }

    /// `label_join`: a label becomes the values of others with a separator between them.
    func labelJoin(_ plan: LabelJoinPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        var result = try matrix(plan.inner, over: grid)
        for (index, row) in result.rows.enumerated() {
            var text = ""
            for (place, source) in plan.sources.enumerated() where text.utf8.count <= Self.labelValueBytesMax
            {
                if place > 0 { text += plan.separator }
                text += row.labels[source] ?? ""
            }
            try countWork(16 + text.utf8.count)
            result.setRow(index, try Self.relabelled(row, plan.destination, text))
        }
        return try merged(result)
    }

    /// Bytes of a label value that a query makes: nested calls could double one again and again.
    private static var labelValueBytesMax: Int { 1 << 20 }

    private static func relabelled(_ row: Row, _ name: String, _ value: String) throws(QueryError) -> Row {
        guard value.utf8.count <= labelValueBytesMax else {
            throw .execution(
                "value of label \(name) is longer than \(labelValueBytesMax) bytes", position: nil)
        }
        // A name that was just set stays.
        return Row(
            labels: row.labels.setting(name, value),
            dropsName: row.dropsName && name != LabelSet.metricName)
    }

    /// `absent`: 1 at the steps at which no series has a value.
    func absent(_ labels: LabelSet, _ inner: Plan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        var values = [Double](repeating: 1, count: grid.count)
        try stream(inner, over: grid) { _, column throws(QueryError) in
            for step in column.indices where !column[step].isAbsent { values[step] = Absent.value }
        }
        return try single(labels: labels, values)
    }

    /// `sort`, `sort_by_label` and their descending kin. Over several steps the answer is ordered by labels anyway.
    func sorted(_ plan: SortPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        let input = try matrix(plan.inner, over: grid)
        if grid.count > 1 {
            warn(
                "sort is ineffective for range queries since results are always ordered by labels",
                at: plan.position)
            return input
        }
        try countWork(16 * input.rows.count)
        var order = Array(input.rows.indices)
        switch plan.key {
        case .value:
            order.sort { a, b in
                let (x, y) = (input.values[a], input.values[b])
                // NaN comes last either way; what is equal is ordered by labels.
                if x.isNaN != y.isNaN { return y.isNaN }
                if x == y || x.isNaN { return input.rows[a].labels < input.rows[b].labels }
                return plan.isDescending ? x > y : x < y
            }
        case .labels(let names):
            let keys = input.rows.map { row in names.map { row.labels[$0] ?? "" } }
            order.sort { a, b in
                for (x, y) in zip(keys[a], keys[b]) where x != y {
                    return NaturalOrder.isLess(x, y) != plan.isDescending
                }
                let (x, y) = (input.rows[a].labels, input.rows[b].labels)
                return plan.isDescending ? y < x : x < y
            }
        }
        var result = input.reordered(order)
        result.isOrdered = true
        release(input)
        return result
    }
}
