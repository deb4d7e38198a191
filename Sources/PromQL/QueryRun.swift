import MetricModel

/// One evaluation of one query: where it reads, what it may spend, what it has to say.
final class QueryRun {
    let source: any SeriesSource
    let options: EvaluationOptions
    private(set) var annotations: [Annotation] = []
    private var known: Set<Annotation> = []
    private(set) var samplesRead = 0
    // Values in rows between nodes have the same limit by themselves: they are what fills the memory.
    private var valuesHeld = 0
    private var workUntilPoll = QueryRun.workBetweenPolls
    private var hasTimedOut = false

    /// Reading the clock costs as much as some hundred samples, so it is asked once in so many.
    private static let workBetweenPolls = 1 << 16

    init(source: any SeriesSource, options: EvaluationOptions) {
        self.source = source
        self.options = options
    }

    /// Counts samples read from the source.
    func countRead(_ count: Int) throws(QueryError) {
        samplesRead += count
        if samplesRead > options.samplesMax { throw .tooManySamples(limit: options.samplesMax) }
        try countWork(count + 16)
    }

    /// Counts values about to be held: `rows` times `steps`.
    func hold(rows: Int, steps: Int) throws(QueryError) {
        let (product, overflow) = rows.multipliedReportingOverflow(by: steps)
        let (sum, overflowToo) = valuesHeld.addingReportingOverflow(product)
        if overflow || overflowToo || sum > options.samplesMax {
            throw .tooManySamples(limit: options.samplesMax)
        }
        valuesHeld = sum
        try countWork(product)
    }

    /// Takes back what was counted for rows that are no longer needed.
    func release(_ matrix: Matrix) { valuesHeld -= matrix.values.count }

    /// Counts work done, in values looked at, and now and then asks for the time.
    func countWork(_ count: Int) throws(QueryError) {
        if isTimeUp(afterWork: count) { throw .timedOut(limit: options.timeLimit) }
    }

    /// The same for loops that cannot throw: once it says so they stop, and the next `countWork` throws.
    func isTimeUp(afterWork count: Int) -> Bool {
        workUntilPoll -= count
        if workUntilPoll < 0 {
            workUntilPoll = Self.workBetweenPolls
            hasTimedOut = hasTimedOut || options.isOutOfTime()
        }
        return hasTimedOut
    }

    /// Adds what is to be said, once however often it happens.
    func annotate(_ annotation: Annotation) {
        if known.insert(annotation).inserted { annotations.append(annotation) }
    }

    /// Adds a warning, worded as Prometheus words it without its prefix.
    func warn(_ text: String, at position: Range<Int>) {
        annotate(Annotation(severity: .warning, message: "PromQL warning: \(text)", position: position))
    }

    /// Adds an info, worded as Prometheus words it without its prefix.
    func inform(_ text: String, at position: Range<Int>) {
        annotate(Annotation(severity: .info, message: "PromQL info: \(text)", position: position))
    }
}
