import MetricModel

/// An arithmetic operator or comparison between two vectors.
///
/// "Many" is the side of which several series may share a signature (the left one when neither may), "one" the other.
final class VectorMatch {
    private let step: BinaryStep
    private let many: Matrix
    private var one: Matrix
    private let isSwapped: Bool
    private let run: QueryRun

    private let isArithmetic: Bool
    /// What the result takes over of the labels of the "many" side.
    private let kept: LabelSelection
    /// What it takes over of the "one" side's.
    private let included: LabelSelection
    private let matched: LabelSelection

    private var output: Matrix
    private var rowOfLabels = LabelSetIndex()
    private var signatureOfRow: [Int] = []
    /// Where a result row had partners, also where a comparison then left nothing; only when rows may meet.
    private var hadPartners: [Bool] = []
    private var mayMeet = false
    private var problem: (step: Int, priority: Int, message: String)?

    init(_ left: Matrix, _ right: Matrix, _ step: BinaryStep, in run: QueryRun) {
        self.step = step
        self.run = run
        let matching = step.matching
        isSwapped = matching.cardinality == .oneToMany
        many = isSwapped ? right : left
        one = isSwapped ? left : right
        isArithmetic = !step.operation.isComparison
        let metadata = isArithmetic ? LabelSelection.metadataNames : []
        if matching.cardinality == .oneToOne {
            kept =
                matching.isOn
                ? LabelSelection(keeping: matching.labels.filter { !metadata.contains($0) })
                : LabelSelection(dropping: matching.labels + metadata)
        } else {
            kept = LabelSelection(dropping: metadata + matching.include)
        }
        included = LabelSelection(keeping: matching.include)
        matched =
            matching.isOn
            ? LabelSelection(keeping: matching.labels)
            : LabelSelection(dropping: matching.labels + [LabelSet.metricName])
        output = Matrix(steps: left.steps)
        output.isOrdered = many.isOrdered
    }

    /// - Throws: `execution` when series do not find each other one to one, or one to many where that was asked for.
    func result() throws(QueryError) -> Matrix {
        let matching = step.matching
        var signatures = SignatureIndex(step.signature)
        var oneRows = signatures.rowsBySignature(of: one)
        let manyRows = signatures.rowsBySignature(of: many)
        mayMeet = matching.cardinality != .oneToOne || manyRows.contains { $0.count > 1 }
        if oneRows.contains(where: { $0.count > 1 }) {
            mayMeet = true
            checkOneSide(oneRows)
            if let problem { throw .execution(problem.message, position: step.position) }
            joinOneSide(&oneRows)
        }
        output.reserve(rows: many.rows.count)
        for signature in 0..<max(oneRows.count, manyRows.count) {
            let manyRows = signature < manyRows.count ? manyRows[signature] : []
            let oneRows = signature < oneRows.count ? oneRows[signature] : []
            if matching.cardinality == .oneToOne { checkManySide(manyRows, oneRows) }
            for row in manyRows {
                for partner in oneRows { combine(row, partner, signature) }
                if let fill = matching.fillRight { fillOne(row, oneRows, with: fill, signature) }
                try run.countWork(output.steps * max(1, oneRows.count))
            }
            if let fill = matching.fillLeft {
                for row in oneRows { fillMany(row, manyRows, with: fill, signature) }
            }
        }
        if let problem { throw .execution(problem.message, position: step.position) }
        output.dropEmptyRows()
        return output
    }

    // MARK: Rules of matching

    private func note(_ step: Int, _ priority: Int, _ message: @autoclosure () -> String) {
        if let problem, (problem.step, problem.priority) <= (step, priority) { return }
        problem = (step, priority, message())
    }

    /// No two series of the "one" side may share a signature at a step, unless the other side is empty there.
    private func checkOneSide(_ rows: [[Int]]) {
        var hasMany: [Bool]?
        for rows in rows where rows.count > 1 {
            for place in 0..<output.steps {
                let present = rows.filter { !one.value($0, place).isAbsent }
                guard present.count > 1 else { continue }
                if hasMany == nil { hasMany = stepsWithValues(many) }
                let isFilled = step.matching.fillLeft != nil || step.matching.fillRight != nil
                if hasMany?[place] == true || isFilled {
                    note(place, 0, duplicateMessage(one.rows[present[0]].labels, one.rows[present[1]].labels))
                }
            }
        }
    }

    /// Joins series of the "one" side that take turns and give a result the same labels: what matters is that there is one.
    private func joinOneSide(_ rows: inout [[Int]]) {
        var joined = Matrix(steps: one.steps)
        for signature in rows.indices {
            var places = LabelSetIndex()
            var joinedRows: [Int] = []
            for row in rows[signature] {
                let place = places.number(of: included.labels(from: one.rows[row].labels))
                if place == joinedRows.count {
                    joinedRows.append(joined.rows.count)
                    joined.appendAbsent(one.rows[row])
                }
                let first = joinedRows[place] * one.steps
                for step in 0..<one.steps where !one.value(row, step).isAbsent {
                    joined.values[first + step] = one.value(row, step)
                }
            }
            rows[signature] = joinedRows
        }
        one = joined
    }

    private func stepsWithValues(_ matrix: Matrix) -> [Bool] {
        var has = [Bool](repeating: false, count: matrix.steps)
        for row in matrix.rows.indices {
            for place in 0..<matrix.steps where !matrix.value(row, place).isAbsent { has[place] = true }
        }
        return has
    }

    private func duplicateMessage(_ a: LabelSet, _ b: LabelSet) -> String {
        let group = matched.labels(from: a).bracedDescription
        let (first, second) = a < b ? (a, b) : (b, a)
        return "found duplicate series for the match group \(group) on the \(isSwapped ? "left" : "right") "
            + "hand-side of the operation: [\(first.bracedDescription), \(second.bracedDescription)]"
            + ";many-to-many matching not allowed: matching labels must be unique on one side"
    }

    /// One to one, no two series of the other side may have a partner at the same step either.
    private func checkManySide(_ rows: [Int], _ partners: [Int]) {
        guard rows.count > 1, !partners.isEmpty || step.matching.fillRight != nil else { return }
        for place in 0..<output.steps {
            var present = 0
            for row in rows where !many.value(row, place).isAbsent { present += 1 }
            if present < 2 { continue }
            if step.matching.fillRight != nil || partners.contains(where: { !one.value($0, place).isAbsent })
            {
                note(
                    place, 1,
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                )
            }
        }
    }

    // MARK: Values

    private func combine(_ row: Int, _ partner: Int, _ signature: Int) {
        let labels = labels(many.rows[row].labels, one.rows[partner].labels)
        let (many, one) = (many, one)
        put(
            labels, dropsName: many.rows[row].dropsName, signature,
            left: { isSwapped ? one.value(partner, $0) : many.value(row, $0) },
            right: { isSwapped ? many.value(row, $0) : one.value(partner, $0) },
            isPresent: { !many.value(row, $0).isAbsent && !one.value(partner, $0).isAbsent })
    }

    /// `row` of the "many" side with `fill` where none of `partners` has a value.
    private func fillOne(_ row: Int, _ partners: [Int], with fill: Double, _ signature: Int) {
        let own = many.rows[row].labels
        let (many, one) = (many, one)
        put(
            labels(own, matched.labels(from: own)), dropsName: many.rows[row].dropsName, signature,
            left: { isSwapped ? fill : many.value(row, $0) },
            right: { isSwapped ? many.value(row, $0) : fill },
            isPresent: { place in
                !many.value(row, place).isAbsent
                    && !partners.contains { !one.value($0, place).isAbsent }
            })
    }

    /// `row` of the "one" side with `fill` where none of `partners` has a value.
    private func fillMany(_ row: Int, _ partners: [Int], with fill: Double, _ signature: Int) {
        let own = one.rows[row].labels
        let (many, one) = (many, one)
        put(
            labels(matched.labels(from: own), own), dropsName: false, signature,
            left: { isSwapped ? one.value(row, $0) : fill },
            right: { isSwapped ? fill : one.value(row, $0) },
            isPresent: { place in
                !one.value(row, place).isAbsent
                    && !partners.contains { !many.value($0, place).isAbsent }
            })
    }

    /// The labels of a result, as Prometheus' `resultMetric` makes them.
    private func labels(_ manyLabels: LabelSet, _ oneLabels: LabelSet) -> LabelSet {
        var base: [UInt8] = []
        base.reserveCapacity(manyLabels.bytes.count)
        kept.append(from: manyLabels, to: &base)
        if included.isEmpty { return LabelSet(encoded: base) }
        var extra: [UInt8] = []
        included.append(from: oneLabels, to: &extra)
        return LabelSet(merging: base, extra)
    }

    @inline(__always)
    private func put(
        _ labels: LabelSet, dropsName: Bool, _ signature: Int,
        left: (Int) -> Double, right: (Int) -> Double, isPresent: (Int) -> Bool
    ) {
        let row = Row(labels: labels, dropsName: step.returnsBool || (dropsName && !isArithmetic))
        let number = mayMeet ? rowOfLabels.number(of: labels) : output.rows.count
        let first = number * output.steps
        if number == output.rows.count {
            output.appendAbsent(row)
            signatureOfRow.append(signature)
            if mayMeet { hadPartners.append(contentsOf: repeatElement(false, count: output.steps)) }
        }
        if mayMeet {
            for place in 0..<output.steps where isPresent(place) {
                if hadPartners[first + place] { noteMeeting(place, number, signature) }
                hadPartners[first + place] = true
            }
        }
        if step.operation.isTrim {
            if (0..<output.steps).contains(where: isPresent) {
                run.informOfFloats(in: step.operation, at: step.position)
            }
            return
        }
        let returnsBool = step.returnsBool
        let steps = output.steps
        output.values.withUnsafeMutableBufferPointer { values in
            BinaryArithmetic.combine(
                step.operation, steps, left: left, right: right,
                arithmetic: { place, value in
                    if isPresent(place) { values[first + place] = value }
                },
                comparison: { place, holds in
                    guard isPresent(place) else { return }
                    if returnsBool {
                        values[first + place] = holds ? 1 : 0
                    } else if holds {
                        values[first + place] = left(place)
                    }
                })
        }
    }

    private func noteMeeting(_ place: Int, _ number: Int, _ signature: Int) {
        note(
            place, 1,
            signatureOfRow[number] == signature && step.matching.cardinality != .oneToOne
                ? "multiple matches for labels: grouping labels must ensure unique matches"
                : "vector cannot contain metrics with the same labelset")
    }
}
