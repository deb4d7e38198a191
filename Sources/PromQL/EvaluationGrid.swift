import MetricModel

/// The times at which a part of a query is evaluated: `start`, `start + step`, … `count` of them, in milliseconds.
struct EvaluationGrid: Sendable, Equatable {
    var start: Int64
    /// Positive, also when there is but one step.
    var step: Int64
    var count: Int

    /// The last time.
    var end: Int64 { time(count - 1) }

    /// The time of step `index`.
    @inline(__always) func time(_ index: Int) -> Int64 { start &+ step &* Int64(index) }

    /// The first time alone.
    var first: EvaluationGrid { EvaluationGrid(start: start, step: step, count: 1) }
}

/// Times within a query stay this far from zero at most (36 million years), so that the sums and differences of a few of
/// them cannot overflow in a leaf loop.
let timeMagnitudeMax: Int64 = 1 << 60

/// `time` moved into the bounds that leaf loops rely on.
func clampedTime(_ time: Int64) -> Int64 { min(max(time, -timeMagnitudeMax), timeMagnitudeMax) }

/// `a + b` within those bounds, for `a` and `b` that are within them.
func addedTime(_ a: Int64, _ b: Int64) -> Int64 { clampedTime(a &+ b) }

/// `a - b` within those bounds, for `a` and `b` that are within them.
func subtractedTime(_ a: Int64, _ b: Int64) -> Int64 { clampedTime(a &- b) }

/// The least multiple of `step` greater than `time`.
func firstMultiple(of step: Int64, after time: Int64) -> Int64 {
    var quotient = time / step
    if time % step < 0 { quotient -= 1 }
    return (quotient &+ 1) &* step
}
