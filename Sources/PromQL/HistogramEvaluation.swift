import MetricModel

/// The series of a vector as classic histograms: which rows are the buckets of one.
private struct HistogramRows {
    struct Bucket {
        var upperBound: Double
        var row: Int
    }

    /// One for each histogram, in the order of their first buckets.
    var rows: [Row] = []
    /// Its buckets, ascending by bound.
    var buckets: [[Bucket]] = []

    init(_ input: Matrix, at position: Range<Int>, in run: QueryRun) {
        let selection = LabelSelection(dropping: ["le"])
        var index = LabelSetIndex()
        var key: [UInt8] = []
        for (place, row) in input.rows.enumerated() {
            let text = row.labels["le"] ?? ""
            guard let bound = Double(text) else {
                var message = "bucket label \"le\" is missing or has a malformed value of \(quoted(text))"
                if let name = row.labels.name { message += " for metric name \(quoted(name))" }
                run.warn(message, at: position)
                continue
            }
            key.removeAll(keepingCapacity: true)
            selection.append(from: row.labels, to: &key)
            let number = index.number(of: key)
            if number == rows.count {
                rows.append(Row(labels: index.labels[number], dropsName: true))
                buckets.append([])
            }
            buckets[number].append(Bucket(upperBound: bound, row: place))
        }
        for number in buckets.indices { buckets[number].sort { $0.upperBound < $1.upperBound } }
    }

    /// Calls `body` at every step at which histogram `number` has a bucket.
    func forEachStep(
        _ number: Int, of input: Matrix, _ body: (Int, inout ClassicHistogram) -> Void
    ) {
        var histogram = ClassicHistogram()
        var present: [ClassicHistogram.Bucket] = []
        for step in 0..<input.steps {
            present.removeAll(keepingCapacity: true)
            for bucket in buckets[number] {
                let count = input.value(bucket.row, step)
                if !count.isAbsent { present.append(.init(upperBound: bucket.upperBound, count: count)) }
            }
            if present.isEmpty { continue }
            histogram.set(present)
            body(step, &histogram)
        }
    }
}

extension QueryRun {
    /// `histogram_quantile` and `histogram_quantiles` of classic histograms.
    func histogramQuantiles(_ plan: HistogramQuantilePlan, over grid: EvaluationGrid) throws(QueryError)
        -> Matrix
    {
        var quantiles: [ScalarColumn] = []
        for (index, quantile) in plan.quantiles.enumerated() {
            let column = try scalar(quantile, over: grid)
            quantiles.append(column)
            if case .constant(let value) = column {
                warnUnlessQuantile(value, at: plan.quantilePositions[index])
            } else {
                for value in column.expanded(grid.count) {
                    warnUnlessQuantile(value, at: plan.quantilePositions[index])
                }
            }
        }
        let input = try matrix(plan.inner, over: grid)
        let histograms = HistogramRows(input, at: plan.position, in: self)
        var corrections = CorrectionReport()
        var result = Matrix(steps: grid.count)
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: grid.count)
        defer { column.deallocate() }
        for quantile in quantiles {
            for (number, row) in histograms.rows.enumerated() {
                try hold(rows: 1, steps: grid.count)
                column.initialize(repeating: Absent.value)
                histograms.forEachStep(number, of: input) { step, histogram in
                    let (value, correction) = histogram.quantile(quantile[step: step])
                    column[step] = value
                    if let correction { corrections.add(correction, row.labels.name, at: grid.time(step)) }
                }
                try append(row, column, quantile, plan.quantileLabel, to: &result)
                try countWork(grid.count * histograms.buckets[number].count)
            }
        }
        corrections.report(at: plan.position, in: self)
        release(input)
        return result
    }

    /// Adds a histogram's quantile; with a label for it one row for each value that the quantile takes.
    private func append(
        _ row: Row, _ column: UnsafeMutableBufferPointer<Double>, _ quantile: ScalarColumn,
        _ label: String?, to result: inout Matrix
    ) throws(QueryError) {
        guard let label else {
            result.append(row, column)
            return
        }
        guard isValidLabelName(label) else {
            throw .execution("invalid label name \(quoted(label))", position: nil)
        }
        if case .constant(let value) = quantile {
            let labels = row.labels.setting(label, NumberText.openMetrics(value))
            result.append(Row(labels: labels, dropsName: true), column)
            return
        }
        let values = quantile.expanded(column.count)
        let part = UnsafeMutableBufferPointer<Double>.allocate(capacity: column.count)
        defer { part.deallocate() }
        for value in Set(values.map(\.bitPattern)).sorted().map(Double.init(bitPattern:)) {
            for step in column.indices {
                part[step] = values[step].bitPattern == value.bitPattern ? column[step] : Absent.value
            }
            let labels = row.labels.setting(label, NumberText.openMetrics(value))
            result.append(Row(labels: labels, dropsName: true), part)
        }
    }

    /// `histogram_fraction` of classic histograms.
    func histogramFraction(
        _ lower: Plan, _ upper: Plan, _ inner: Plan, at position: Range<Int>, over grid: EvaluationGrid
    ) throws(QueryError) -> Matrix {
        let lower = try scalar(lower, over: grid)
        let upper = try scalar(upper, over: grid)
        let input = try matrix(inner, over: grid)
        let histograms = HistogramRows(input, at: position, in: self)
        var result = Matrix(steps: grid.count)
        let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: grid.count)
        defer { column.deallocate() }
        for (number, row) in histograms.rows.enumerated() {
            try hold(rows: 1, steps: grid.count)
            column.initialize(repeating: Absent.value)
            histograms.forEachStep(number, of: input) { step, histogram in
                column[step] = histogram.fraction(from: lower[step: step], to: upper[step: step])
            }
            result.append(row, column)
            try countWork(grid.count * histograms.buckets[number].count)
        }
        release(input)
        return result
    }
}

/// What is said of histograms whose counts fell from one bucket to the next, once for each metric.
private struct CorrectionReport {
    private struct Entry {
        var correction: ClassicHistogram.Correction
        var samples: Int
        var first: Int64
        var last: Int64
    }

    private var entries: [String?: Entry] = [:]
    private var names: [String?] = []

    /// Takes in what was raised at one step of one histogram.
    mutating func add(_ correction: ClassicHistogram.Correction, _ name: String?, at time: Int64) {
        guard var entry = entries[name] else {
            entries[name] = Entry(correction: correction, samples: 1, first: time, last: time)
            names.append(name)
            return
        }
        entry.correction.lowestBound = min(entry.correction.lowestBound, correction.lowestBound)
        entry.correction.highestBound = max(entry.correction.highestBound, correction.highestBound)
        entry.correction.largestDifference = max(
            entry.correction.largestDifference, correction.largestDifference)
        entry.samples += 1
        entry.first = min(entry.first, time)
        entry.last = max(entry.last, time)
        entries[name] = entry
    }

    /// Says what was raised, in Prometheus' words.
    func report(at position: Range<Int>, in run: QueryRun) {
        for name in names {
            guard let entry = entries[name] else { continue }
            var text =
                "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
            if let name { text += " for metric name \(quoted(name))" }
            text += ", from buckets \(NumberText.general(entry.correction.lowestBound))"
            text += " to \(NumberText.general(entry.correction.highestBound))"
            text += ", with a max diff of \(NumberText.twoDigits(entry.correction.largestDifference))"
            text += ", over \(entry.samples) samples"
            text += " from \(utcText(entry.first / 1000 * 1000)) to \(utcText(entry.last / 1000 * 1000))"
            run.inform(text, at: position)
        }
    }
}
