import MetricModel

extension QueryRun {
    /// `info`: adds to each series the labels of the info series with the same `instance` and `job`.
    ///
    /// Source: Prometheus, `promql/info.go`.
    func info(_ plan: InfoPlan, over grid: EvaluationGrid) throws(QueryError) -> Matrix {
        let base = try matrix(plan.inner, over: grid)
        let join = InfoJoin(base, plan)
        let infos = try infoSeries(plan, join, over: grid)
        let result = try enriched(base, with: infos, join, over: grid)
        release(base)
        release(infos)
        return result
    }

    /// The info series that may belong to any series, their values the times of the samples that count at each step.
    private func infoSeries(
        _ plan: InfoPlan, _ join: InfoJoin, over grid: EvaluationGrid
    ) throws(QueryError) -> Matrix {
        var result = Matrix(steps: grid.count)
        guard join.hasIdentity else { return result }
        let selector = SelectorPlan(
            matchers: plan.matchers, offset: plan.offset, pinned: plan.pinned, boundary: .ordinary,
            position: 0..<0)
        try streamTimestamps(selector, isStart: false, over: grid) { row, column throws(QueryError) in
            guard join.mayBelong(row.labels) else { return }
            try self.hold(rows: 1, steps: column.count)
            result.append(row, column)
        }
        return result
    }

    private func enriched(
        _ base: Matrix, with infos: Matrix, _ join: InfoJoin, over grid: EvaluationGrid
    ) throws(QueryError) -> Matrix {
        var index = LabelSetIndex()
        var result = Matrix(steps: grid.count)
        var best = InfoChoice(infos)
        // The labels that a series gets mostly stay the same from step to step.
        struct Combination: Hashable {
            var row: Int
            var infos: [Int]
        }
        var rowOfCombination: [Combination: Int?] = [:]
        for step in 0..<grid.count {
            try best.choose(infos, at: step)
            for (place, row) in base.rows.enumerated() {
                let value = base.value(place, step)
                if value.isAbsent { continue }
                let chosen = join.isInfo[place] ? [] : best.infos(for: row.labels)
                let combination = Combination(row: place, infos: chosen)
                let number: Int?
                if let known = rowOfCombination[combination] {
                    number = known
                } else {
                    let labels = try join.isInfo[place] ? row.labels : join.labels(row.labels, chosen, infos)
                    number = labels.map { index.number(of: $0) }
                    rowOfCombination[combination] = .some(number)
                    if let labels, number == result.rows.count {
                        try hold(rows: 1, steps: grid.count)
                        result.appendAbsent(Row(labels: labels, dropsName: row.dropsName))
                    }
                }
                guard let number else { continue }
                let cell = number * grid.count + step
                if !result.values[cell].isAbsent {
                    throw .execution(
                        "vector cannot contain metrics with the same labelset", position: nil)
                }
                result.values[cell] = value
            }
            try countWork(8 * (base.rows.count + infos.rows.count))
        }
        return result
    }
}

/// What is the same at every step of an `info`: which series take part, and which labels they get.
private struct InfoJoin {
    /// The labels that tell which target a series is of.
    static let identity = ["instance", "job"]

    /// By the label that they are about.
    private let dataMatchers: [String: [LabelMatcher]]
    /// Series that are info series themselves stay as they are.
    let isInfo: [Bool]
    /// The values of each identifying label that any series has.
    private var identities: [String: Set<String>] = [:]

    init(_ base: Matrix, _ plan: InfoPlan) {
        let nameMatchers = plan.matchers.filter { $0.name == LabelSet.metricName }
        dataMatchers = Dictionary(
            grouping: plan.matchers.filter { $0.name != LabelSet.metricName }, by: \.name)
        isInfo = base.rows.map { row in
            plan.namesMetric && nameMatchers.allSatisfy { $0.matches(row.labels.name ?? "") }
        }
        for (place, row) in base.rows.enumerated() where !isInfo[place] {
            for label in Self.identity {
                if let value = row.labels[label] { identities[label, default: []].insert(value) }
            }
        }
    }

    /// Whether any series says of which target it is.
    var hasIdentity: Bool { !identities.isEmpty }

    /// Whether an info series has an identity that any series has.
    func mayBelong(_ info: LabelSet) -> Bool {
        identities.allSatisfy { label, values in values.contains(info[label] ?? "") }
    }

    /// The labels of a series with those of `chosen` rows of `infos`; `nil` when it needs one of which there is none.
    func labels(_ own: LabelSet, _ chosen: [Int], _ infos: Matrix) throws(QueryError) -> LabelSet? {
        if chosen.isEmpty {
            return dataMatchers.values.allSatisfy { $0.allSatisfy { $0.matches("") } } ? own : nil
        }
        var added: [String: String] = [:]
        for info in chosen {
            for label in infos.rows[info].labels.labels where label.name != LabelSet.metricName {
                if !dataMatchers.isEmpty && dataMatchers[label.name] == nil { continue }
                if let other = added[label.name], other != label.value {
                    throw .execution("conflicting label: \(label.name)", position: nil)
                }
                if own[label.name] == nil { added[label.name] = label.value }
            }
        }
        var builder = LabelSetBuilder(own)
        for (name, value) in added { builder.set(name, value) }
        return builder.labels()
    }
}

/// Of the info series of one metric with the same identity, the one whose sample is the newest at a step.
private struct InfoChoice {
    private static let identity = LabelSelection(keeping: InfoJoin.identity)

    /// For each info row the number of its metric and identity.
    private var numbers: [Int] = []
    /// For each identity the numbers of the metrics that have it, in the order of the metrics' names.
    private var numbersOfIdentity: [LabelSet: [Int]] = [:]
    /// The row chosen for each number.
    private var rows: [Int?]

    init(_ infos: Matrix) {
        let key = LabelSelection(keeping: InfoJoin.identity + [LabelSet.metricName])
        var index = LabelSetIndex()
        for row in infos.rows {
            let known = index.count
            let number = index.number(of: key.labels(from: row.labels))
            if number == known {
                numbersOfIdentity[Self.identity.labels(from: row.labels), default: []].append(number)
            }
            numbers.append(number)
        }
        for identity in numbersOfIdentity.keys {
            numbersOfIdentity[identity]?.sort {
                (index.labels[$0].name ?? "") < (index.labels[$1].name ?? "")
            }
        }
        rows = [Int?](repeating: nil, count: index.count)
    }

    /// Looks for the newest info series of each identity at `step`.
    ///
    /// - Throws: `execution` when there are two of the same age.
    mutating func choose(_ infos: Matrix, at step: Int) throws(QueryError) {
        for number in rows.indices { rows[number] = nil }
        for (row, number) in numbers.enumerated() {
            let time = infos.value(row, step)
            if time.isAbsent { continue }
            if let other = rows[number] {
                let otherTime = infos.value(other, step)
                if otherTime == time {
                    throw .execution(
                        "found duplicate series for info metric: "
                            + "existing \(infos.rows[other].labels.bracedDescription) @ \(Int64(otherTime * 1000)), "
                            + "new \(infos.rows[row].labels.bracedDescription) @ \(Int64(time * 1000))",
                        position: nil)
                }
                if otherTime > time { continue }
            }
            rows[number] = row
        }
    }

    /// The info rows for a series with `labels`, one a metric at most.
    func infos(for labels: LabelSet) -> [Int] {
        (numbersOfIdentity[Self.identity.labels(from: labels)] ?? []).compactMap { rows[$0] }
    }
}
