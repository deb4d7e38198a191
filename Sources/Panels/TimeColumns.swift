import MetricModel

/// Which column of a chart each step of time falls into.
///
/// Columns hold whole steps on a grid aligned to the epoch, never to the window: as time goes on a column keeps its samples,
/// so that between two shifts only the last column changes. The last column holds the last step.
struct TimeColumns {
    let start: Timestamp
    let stepMilliseconds: Int64
    /// Steps in the window.
    let count: Int
    /// Columns to draw on; braille has two a cell.
    let width: Int
    /// Steps that share a column.
    let stepsPerBucket: Int
    /// Groups of steps; never more than columns.
    let bucketCount: Int
    private let firstStep: Int64
    private let firstBucket: Int64

    init(start: Timestamp, step: TimeSpan, count: Int, width: Int) {
        self.start = start
        stepMilliseconds = max(1, step.milliseconds)
        self.count = max(0, count)
        self.width = max(1, width)
        stepsPerBucket = max(1, (self.count + self.width - 1) / self.width)
        bucketCount = max(1, (self.count + stepsPerBucket - 1) / stepsPerBucket)
        firstStep = start.milliseconds.floorDivided(by: stepMilliseconds).quotient
        let last = (firstStep &+ Int64(max(0, self.count - 1))).floorDivided(by: Int64(stepsPerBucket))
            .quotient
        firstBucket = last &- Int64(bucketCount) &+ 1
    }

    /// The bucket of step `index`; `nil` for those of a bucket that is no more whole at the left edge.
    func bucket(ofStep index: Int) -> Int? {
        let bucket =
            (firstStep &+ Int64(index)).floorDivided(by: Int64(stepsPerBucket)).quotient &- firstBucket
        return bucket >= 0 && bucket < Int64(bucketCount) ? Int(bucket) : nil
    }

    /// The column in which `bucket` ends.
    func column(ofBucket bucket: Int) -> Int { (bucket + 1) * width / bucketCount - 1 }

    /// The columns from the one after the bucket before through the bucket's own.
    func columns(ofBucket bucket: Int) -> Range<Int> {
        let first = bucket * width / bucketCount
        return first..<max(first, column(ofBucket: bucket)) + 1
    }

    func column(ofStep index: Int) -> Int? { bucket(ofStep: index).map(column(ofBucket:)) }

    /// The column of `time`; `nil` outside of the window.
    func column(of time: Timestamp) -> Int? {
        let step = (time - start).milliseconds.floorDivided(by: stepMilliseconds).quotient
        guard step >= 0, step < Int64(count) else { return nil }
        return column(ofStep: Int(step))
    }

    /// The step of the window nearest to `time`, within the window.
    func step(nearest time: Timestamp) -> Int {
        let step = (Double((time - start).milliseconds) / Double(stepMilliseconds)).rounded()
        return Int(min(Double(max(0, count - 1)), max(0, step)))
    }

    var end: Timestamp {
        let (length, overflow) = stepMilliseconds.multipliedReportingOverflow(by: Int64(max(0, count - 1)))
        return overflow ? start : start + TimeSpan(milliseconds: length)
    }
}
