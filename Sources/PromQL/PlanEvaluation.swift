import MetricModel

/// Takes one series over all steps. The column may be changed; it is valid during the call alone.
typealias ColumnSink = (Row, UnsafeMutableBufferPointer<Double>) throws(QueryError) -> Void

extension QueryRun {
    /// Hands every series of the vector `plan` to `sink`, one at a time where that can be done: then the memory used does not
    /// grow with the number of series. Some may have no value at any step.
    func stream(_ plan: Plan, over grid: EvaluationGrid, into sink: ColumnSink) throws(QueryError) {
        switch plan {
        case .selector(let selector):
            try streamSelector(selector, over: grid, into: sink)
        case .timestamps(let selector, let isStart):
            try streamTimestamps(selector, isStart: isStart, over: grid, into: sink)
        case .rangeFunction(let function):
            try streamRangeFunction(function, over: grid, into: sink)
        case .elementwise(let inner, let operation):
            try streamElementwise(inner, operation, over: grid, into: sink)
        case .invariant(let inner) where grid.count > 1:
            try streamInvariant(inner, over: grid, into: sink)
        case .invariant(let inner):
            try stream(inner, over: grid, into: sink)
        default:
            try streamRows(of: try matrix(plan, over: grid), into: sink)
        }
    }

    /// Hands the rows of `matrix` to `sink`.
    func streamRows(of matrix: Matrix, into sink: ColumnSink) throws(QueryError) {
        var matrix = matrix
        let steps = matrix.steps
        let rows = matrix.rows
        try matrix.values.withUnsafeMutableBufferPointer { values throws(QueryError) in
            for (index, row) in rows.enumerated() {
                try sink(
                    row, UnsafeMutableBufferPointer(rebasing: values[index * steps..<(index + 1) * steps]))
            }
        }
    }

    private func streamInvariant(
        _ inner: Plan, over grid: EvaluationGrid, into sink: ColumnSink
    ) throws(QueryError) {
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: grid.count)
        defer { column.deallocate() }
        try stream(inner, over: grid.first) { row, single throws(QueryError) in
            if single[0].isAbsent { return }
            column.initialize(repeating: single[0])
            try self.countWork(column.count)
            try sink(row, column)
        }
    }

    private func streamElementwise(
        _ inner: Plan, _ operation: ElementOperation, over grid: EvaluationGrid, into sink: ColumnSink
    ) throws(QueryError) {
        let operation = try ResolvedElementOperation(operation, over: grid, in: self)
        try stream(inner, over: grid) { row, column throws(QueryError) in
            if case .trim(let operation, let position) = operation.kind {
                if column.contains(where: { !$0.isAbsent }) {
                    self.informOfFloats(in: operation, at: position)
                }
                return
            }
            operation.apply(to: column, grid)
            try sink(Row(labels: row.labels, dropsName: row.dropsName || operation.dropsName), column)
        }
    }

    /// Says that `operation` does not go with floats.
    func informOfFloats(in operation: BinaryOperator, at position: Range<Int>) {
        let text = operation.rawValue
        inform(
            "incompatible sample types encountered for binary operator \"\(text)\": float \(text) float",
            at: position)
    }

    /// All series of the vector `plan` that have a value at some step.
    func matrix(_ plan: Plan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        switch plan {
        case .vector(let scalar):
            return try single(labels: .empty, try self.scalar(scalar, over: grid).expanded(grid.count))
        case .dateOfStep(let part):
            let values = (0..<grid.count).map { step in
                part.value(ofSeconds: grid.time(step) / 1000)
            }
            return try single(labels: .empty, values)
        case .aggregation(let aggregation): return try aggregate(aggregation, over: grid)
        case .binaryChain(let first, let steps): return try binaryChain(first, steps, over: grid)
        case .absent(let labels, let inner): return try absent(labels, inner, over: grid)
        case .rangeFunction(let function) where function.function == .absent:
            return try absentOverTime(function, over: grid)
        case .histogramQuantile(let histogram): return try histogramQuantiles(histogram, over: grid)
        case .histogramFraction(let lower, let upper, let inner, let position):
            return try histogramFraction(lower, upper, inner, at: position, over: grid)
        case .sorted(let sort): return try sorted(sort, over: grid)
        case .labelReplace(let replace): return try labelReplace(replace, over: grid)
        case .labelJoin(let join): return try labelJoin(join, over: grid)
        case .info(let info): return try self.info(info, over: grid)
        case .nothing(let inner):
            _ = try matrix(inner, over: grid)
            return Matrix(steps: grid.count)
        default:
            var result = Matrix(steps: grid.count)
            result.isOrdered = keepsOrder(plan)
            try stream(plan, over: grid) { row, column throws(QueryError) in
                try self.hold(rows: 1, steps: column.count)
                result.append(row, column)
            }
            return result
        }
    }

    /// Whether the rows of `plan` come in the order that a `sort` or `topk` within it gave them.
    private func keepsOrder(_ plan: Plan) -> Bool {
        switch plan {
        case .elementwise(let inner, _), .invariant(let inner): keepsOrder(inner)
        case .sorted: true
        case .aggregation(let aggregation):
            aggregation.aggregator == .topk || aggregation.aggregator == .bottomk
        default: false
        }
    }

    /// A vector of one series.
    func single(labels: LabelSet, _ values: [Double]) throws(QueryError) -> Matrix {
        try hold(rows: 1, steps: values.count)
        var result = Matrix(steps: values.count)
        var values = values
        values.withUnsafeMutableBufferPointer {
            result.append(Row(labels: labels, dropsName: false), $0)
        }
        return result
    }

    /// The values of the scalar `plan`.
    func scalar(_ plan: Plan, over grid: EvaluationGrid) throws(QueryError) -> ScalarColumn {
        switch plan {
        case .number(let value): return .constant(value)
        case .time:
            try hold(rows: 1, steps: grid.count)
            return .steps((0..<grid.count).map { Double(grid.time($0)) / 1000 })
        case .scalarOf(let vector): return try scalarOf(vector, over: grid)
        case .scalarNegation(let inner): return try scalar(inner, over: grid).map { -$0 }
        case .scalarBinary(let operation, let a, let b):
            return .combine(try scalar(a, over: grid), try scalar(b, over: grid)) {
                BinaryArithmetic.scalar(operation, $0, $1)
            }
        case .scalarExtremum(let isMaximum, let a, let b):
            return .combine(try scalar(a, over: grid), try scalar(b, over: grid)) {
                isMaximum ? goMaximum($0, $1) : goMinimum($0, $1)
            }
        default:
            throw .execution("expected a scalar", position: nil)
        }
    }

    /// `scalar()`: the value of the only series there is at a step, else NaN.
    private func scalarOf(_ vector: Plan, over grid: EvaluationGrid) throws(QueryError) -> ScalarColumn {
        if case .invariant(let inner) = vector, grid.count > 1 {
            return .constant(try scalarOf(inner, over: grid.first)[step: 0])
        }
        try hold(rows: 1, steps: grid.count)
        var values = [Double](repeating: .nan, count: grid.count)
        var seen = [Bool](repeating: false, count: grid.count)
        try stream(vector, over: grid) { _, column throws(QueryError) in
            for step in column.indices where !column[step].isAbsent {
                values[step] = seen[step] ? .nan : column[step]
                seen[step] = true
            }
        }
        return .steps(values)
    }
}

/// An element operation with its scalars evaluated.
struct ResolvedElementOperation {
    fileprivate enum Kind {
        case negate
        case function(ElementFunction)
        case round(ScalarColumn)
        case clamp(ScalarColumn, ScalarColumn)
        case date(DatePart)
        case scalar(BinaryOperator, ScalarColumn, isScalarLeft: Bool, returnsBool: Bool)
        case trim(BinaryOperator, Range<Int>)
        case stepTime
    }

    fileprivate let kind: Kind
    let dropsName: Bool

    init(_ operation: ElementOperation, over grid: EvaluationGrid, in run: QueryRun) throws(QueryError) {
        dropsName = operation.dropsName
        switch operation {
        case .negate: kind = .negate
        case .function(let function): kind = .function(function)
        case .round(let nearest): kind = .round(try run.scalar(nearest, over: grid))
        case .clamp(let lower, let upper):
            kind = .clamp(
                try lower.map { plan throws(QueryError) in try run.scalar(plan, over: grid) }
                    ?? .constant(-.infinity),
                try upper.map { plan throws(QueryError) in try run.scalar(plan, over: grid) }
                    ?? .constant(.infinity))
        case .date(let part): kind = .date(part)
        case .scalar(let operation, let scalar, let isScalarLeft, let returnsBool):
            kind = .scalar(
                operation, try run.scalar(scalar, over: grid), isScalarLeft: isScalarLeft,
                returnsBool: returnsBool)
        case .trim(let operation, let position): kind = .trim(operation, position)
        case .stepTime: kind = .stepTime
        }
    }

    /// Changes every value of `column` that is there; a comparison that does not hold takes it away.
    func apply(to column: UnsafeMutableBufferPointer<Double>, _ grid: EvaluationGrid) {
        switch kind {
        case .negate: update(column) { -$0 }
        case .function(let function): function.apply(to: column)
        case .round(let nearest):
            for step in column.indices where !column[step].isAbsent {
                // Dividing by the inverse is what Prometheus found to be more accurate.
                let inverse = 1 / nearest[step: step]
                column[step] = (column[step] * inverse + 0.5).rounded(.down) / inverse
            }
        case .clamp(let lower, let upper):
            for step in column.indices where !column[step].isAbsent {
                let (least, most) = (lower[step: step], upper[step: step])
                column[step] =
                    most < least ? Absent.value : goMaximum(least, goMinimum(most, column[step]))
            }
        case .date(let part): update(column) { part.value(ofSeconds: $0) }
        case .scalar(let operation, let scalar, let isScalarLeft, let returnsBool):
            switch scalar {
            case .constant(let value):
                combine(column, operation, isScalarLeft, returnsBool) { _ in value }
            case .steps(let values):
                values.withUnsafeBufferPointer { values in
                    combine(column, operation, isScalarLeft, returnsBool) { values[$0] }
                }
            }
        case .trim: update(column) { _ in Absent.value }
        case .stepTime:
            for step in column.indices where !column[step].isAbsent {
                column[step] = Double(grid.time(step)) / 1000
            }
        }
    }

    @inline(__always)
    private func combine(
        _ column: UnsafeMutableBufferPointer<Double>, _ operation: BinaryOperator,
        _ isScalarLeft: Bool, _ returnsBool: Bool, scalar: (Int) -> Double
    ) {
        func set(_ step: Int, _ value: Double) {
            if !column[step].isAbsent { column[step] = value }
        }
        // A comparison keeps the vector's value, on whichever side it stands.
        func filter(_ step: Int, _ holds: Bool) {
            if column[step].isAbsent { return }
            if returnsBool {
                column[step] = holds ? 1 : 0
            } else if !holds {
                column[step] = Absent.value
            }
        }
        if isScalarLeft {
            BinaryArithmetic.combine(
                operation, column.count, left: scalar, right: { column[$0] }, arithmetic: set,
                comparison: filter)
        } else {
            BinaryArithmetic.combine(
                operation, column.count, left: { column[$0] }, right: scalar, arithmetic: set,
                comparison: filter)
        }
    }
}
