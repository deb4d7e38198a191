import MetricModel

extension QueryRun {
    /// A chain of operators between vectors, from left to right.
    func binaryChain(
        _ first: Plan, _ steps: [BinaryStep], over grid: EvaluationGrid
    ) throws(QueryError) -> Matrix {
        var left = try matrix(first, over: grid)
        for step in steps {
            let right = try matrix(step.right, over: grid)
            let held = left
            switch step.operation {
            case .and, .unless: left = try filtered(left, by: right, step)
            case .or: left = try united(left, right, step)
            default: left = try VectorMatch(left, right, step, in: self).result()
            }
            release(held)
            release(right)
            try hold(rows: left.rows.count, steps: left.steps)
        }
        return left
    }

    /// `and` and `unless`: the left side's values where the right side has, or has not, a series with the same signature.
    private func filtered(_ left: Matrix, by right: Matrix, _ step: BinaryStep) throws(QueryError) -> Matrix {
        var partners = SignaturePresence(of: right, step.signature)
        var result = left
        let isAnd = step.operation == .and
        for (index, row) in left.rows.enumerated() {
            let first = index * left.steps
            partners.forEachStep(row) { place, hasPartner in
                if hasPartner != isAnd { result.values[first + place] = Absent.value }
            }
            try countWork(left.steps)
        }
        result.dropEmptyRows()
        return result
    }

    /// `or`: all of the left side, and of the right side what has no signature in common with it at that step.
    private func united(_ left: Matrix, _ right: Matrix, _ step: BinaryStep) throws(QueryError) -> Matrix {
        var partners = SignaturePresence(of: left, step.signature)
        var result = left
        result.isOrdered = false
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: left.steps)
        defer { column.deallocate() }
        for (index, row) in right.rows.enumerated() {
            partners.forEachStep(row) { place, hasPartner in
                column[place] = hasPartner ? Absent.value : right.value(index, place)
            }
            try countWork(left.steps)
            result.append(row, column)
        }
        // A series may come from the left at one step and from the right at another.
        return left.steps > 1 ? try merged(result) : result
    }

    /// Joins rows with the same labels, of which no two may have a value at the same step.
    func merged(_ matrix: Matrix) throws(QueryError) -> Matrix {
        var index = LabelSetIndex()
        var isUnique = true
        let numbers = matrix.rows.enumerated().map { place, row in
            let number = index.number(of: row.labels)
            if number != place { isUnique = false }
            return number
        }
        if isUnique { return matrix }
        var result = Matrix(steps: matrix.steps)
        result.isOrdered = matrix.isOrdered
        for (place, number) in numbers.enumerated() {
            if number == result.rows.count { result.appendAbsent(matrix.rows[place]) }
            for step in 0..<matrix.steps {
                let value = matrix.value(place, step)
                if value.isAbsent { continue }
                let cell = number * matrix.steps + step
                if !result.values[cell].isAbsent {
                    throw .execution(
                        "vector cannot contain metrics with the same labelset", position: nil)
                }
                result.values[cell] = value
            }
        }
        return result
    }
}

/// Numbers the signatures of series: the labels by which an operator finds partners.
struct SignatureIndex {
    private let selection: LabelSelection
    private var index = LabelSetIndex()
    private var key: [UInt8] = []

    init(_ selection: LabelSelection) { self.selection = selection }

    /// The number of the signature of `row`: new ones are numbered on.
    mutating func number(of row: Row) -> Int {
        key.removeAll(keepingCapacity: true)
        selection.append(from: row.labels, to: &key)
        return index.number(of: key)
    }

    /// For each signature number the rows of `matrix` that have it.
    mutating func rowsBySignature(of matrix: Matrix) -> [[Int]] {
        var rows: [[Int]] = []
        for (place, row) in matrix.rows.enumerated() {
            let number = number(of: row)
            while rows.count <= number { rows.append([]) }
            rows[number].append(place)
        }
        return rows
    }
}

/// At which steps a vector has any series of a signature.
struct SignaturePresence {
    private let matrix: Matrix
    private var signatures: SignatureIndex
    private let rows: [[Int]]
    /// For signatures that several series share, joined when first asked for.
    private var joined: [Int: [Bool]] = [:]

    init(of matrix: Matrix, _ selection: LabelSelection) {
        self.matrix = matrix
        signatures = SignatureIndex(selection)
        rows = signatures.rowsBySignature(of: matrix)
    }

    /// Calls `body` with every step and whether a series with the signature of `row` has a value there.
    mutating func forEachStep(_ row: Row, _ body: (Int, Bool) -> Void) {
        let number = signatures.number(of: row)
        let partners = number < rows.count ? rows[number] : []
        switch partners.count {
        case 0: for step in 0..<matrix.steps { body(step, false) }
        case 1: for step in 0..<matrix.steps { body(step, !matrix.value(partners[0], step).isAbsent) }
        default:
            let present = joined[number] ?? join(partners)
            joined[number] = present
            for step in 0..<matrix.steps { body(step, present[step]) }
        }
    }

    private func join(_ partners: [Int]) -> [Bool] {
        var present = [Bool](repeating: false, count: matrix.steps)
        for row in partners {
            for step in present.indices where !matrix.value(row, step).isAbsent { present[step] = true }
        }
        return present
    }
}
