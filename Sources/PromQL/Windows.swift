import MetricModel

/// The windows of a range function: at step i the samples in `(end(i) - range, end(i)]`.
struct Windows {
    /// The end of the first window.
    var firstEnd: Int64
    /// From one window's end to the next's; 0 where `@` pins them all.
    var endStep: Int64
    /// The length of every window.
    var range: Int64
    /// The steps themselves, which functions that look ahead count from.
    var grid: EvaluationGrid

    var count: Int { grid.count }
    /// The end of the window of `step`.
    @inline(__always) func end(_ step: Int) -> Int64 { firstEnd &+ endStep &* Int64(step) }

    /// Whether a sample is likely to be in several windows.
    var overlap: Bool { count > 1 && range > 2 &* endStep }
}

/// The samples of one series as leaf loops read them.
struct SampleView {
    /// Milliseconds since the epoch, ascending.
    let timestamps: UnsafeBufferPointer<Int64>
    let values: UnsafeBufferPointer<Double>
    /// Empty for a series that does not say when its counter began.
    let starts: UnsafeBufferPointer<Int64>

    var count: Int { timestamps.count }
}

/// What a range function makes of one window.
protocol WindowReducer {
    /// The value of the samples `low..<high`, which are never none; `Absent.value` when there is no result.
    ///
    /// Called once a step in ascending order; neither bound ever falls.
    mutating func value(_ low: Int, _ high: Int, _ step: Int) -> Double
}

/// Samples seen by windows of one series after which the time counts: most functions look at each of them once.
let windowWorkBetweenPolls = 1 << 14

/// Moves the windows over the samples once, two indices ascending.
///
/// Stops when time is up, the rest of the column not filled: `run` throws at its next chance.
@inline(__always)
func slide<Reducer: WindowReducer>(
    _ reducer: inout Reducer, over samples: SampleView, _ windows: Windows,
    into column: UnsafeMutableBufferPointer<Double>, _ run: QueryRun
) {
    let timestamps = samples.timestamps
    var low = 0
    var high = 0
    var end = windows.firstEnd
    var work = 0
    for step in 0..<windows.count {
        let start = end &- windows.range
        while high < timestamps.count && timestamps[high] <= end { high += 1 }
        while low < high && timestamps[low] <= start { low += 1 }
        column[step] = low < high ? reducer.value(low, high, step) : Absent.value
        end &+= windows.endStep
        work += high - low
        if work > windowWorkBetweenPolls {
            if run.isTimeUp(afterWork: work) { return }
            work = 0
        }
    }
}
