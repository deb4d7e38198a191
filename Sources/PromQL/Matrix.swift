import MetricModel

/// What is known of a series beside its values.
struct Row {
    var labels: LabelSet
    /// The metric's name (and type and unit) go at the very end: until then grouping and label functions still see them.
    var dropsName: Bool
}

/// Series over the steps of a grid: one row of values a series, a step without a value holding `Absent.value`.
struct Matrix {
    let steps: Int
    private(set) var rows: [Row] = []
    /// Row after row, `steps` values each.
    var values: [Double] = []
    /// The order of the rows is part of the answer: `sort`, `topk`.
    var isOrdered = false

    init(steps: Int) { self.steps = steps }

    var isEmpty: Bool { rows.isEmpty }

    /// Makes room for `count` rows at once.
    mutating func reserve(rows count: Int) {
        rows.reserveCapacity(count)
        values.reserveCapacity(count * steps)
    }

    /// Adds a series unless it has no value at any step.
    mutating func append(_ row: Row, _ column: UnsafeMutableBufferPointer<Double>) {
        guard column.contains(where: { !$0.isAbsent }) else { return }
        rows.append(row)
        values.append(contentsOf: column)
    }

    /// Adds a series whose values are filled in later.
    mutating func appendAbsent(_ row: Row) {
        rows.append(row)
        values.append(contentsOf: repeatElement(Absent.value, count: steps))
    }

    /// Replaces what is known of a series, its values kept.
    mutating func setRow(_ index: Int, _ row: Row) { rows[index] = row }

    /// The value of a row at a step, which may be absent.
    @inline(__always) func value(_ row: Int, _ step: Int) -> Double { values[row * steps + step] }

    /// Whether a row has a value at any step.
    func hasValue(_ row: Int) -> Bool {
        values[row * steps..<(row + 1) * steps].contains { !$0.isAbsent }
    }

    /// Only the rows that have a value at some step.
    mutating func dropEmptyRows() {
        var kept = 0
        for row in rows.indices where hasValue(row) {
            if kept != row {
                rows[kept] = rows[row]
                for step in 0..<steps { values[kept * steps + step] = values[row * steps + step] }
            }
            kept += 1
        }
        rows.removeSubrange(kept...)
        values.removeSubrange((kept * steps)...)
    }

    /// The same rows in another order.
    func reordered(_ order: [Int]) -> Matrix {
        var result = Matrix(steps: steps)
        result.reserve(rows: order.count)
        for row in order {
            result.rows.append(rows[row])
            result.values.append(contentsOf: values[row * steps..<(row + 1) * steps])
        }
        return result
    }
}

/// A number for every step.
enum ScalarColumn {
    case constant(Double)
    case steps([Double])

    @inline(__always) subscript(step step: Int) -> Double {
        switch self {
        case .constant(let value): value
        case .steps(let values): values[step]
        }
    }

    /// As one value a step.
    func expanded(_ count: Int) -> [Double] {
        switch self {
        case .constant(let value): [Double](repeating: value, count: count)
        case .steps(let values): values
        }
    }

    /// Whether `condition` holds for the value at any step.
    func contains(_ condition: (Double) -> Bool) -> Bool {
        switch self {
        case .constant(let value): condition(value)
        case .steps(let values): values.contains(where: condition)
        }
    }

    /// Each value changed by `transform`.
    func map(_ transform: (Double) -> Double) -> ScalarColumn {
        switch self {
        case .constant(let value): .constant(transform(value))
        case .steps(let values): .steps(values.map(transform))
        }
    }

    /// The values of two columns taken together step by step.
    static func combine(
        _ a: ScalarColumn, _ b: ScalarColumn, _ transform: (Double, Double) -> Double
    ) -> ScalarColumn {
        switch (a, b) {
        case (.constant(let a), .constant(let b)): .constant(transform(a, b))
        case (.constant(let a), .steps(let b)): .steps(b.map { transform(a, $0) })
        case (.steps(let a), .constant(let b)): .steps(a.map { transform($0, b) })
        case (.steps(let a), .steps(let b)): .steps(zip(a, b).map(transform))
        }
    }
}
