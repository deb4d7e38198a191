import MetricModel

/// The times that a panel asks about, aligned to whole steps so that a moving cursor does not move every point.
struct TimeGrid: Sendable, Hashable {
    var start: Timestamp
    var step: TimeSpan
    /// At least one.
    var count: Int

    var end: Timestamp { Timestamp(milliseconds: start.milliseconds + Int64(count - 1) * step.milliseconds) }

    init(range: TimeRange, step: TimeSpan) {
        let size = Swift.max(1, step.milliseconds)
        let range = range.withinCalendars
        let first = Self.alignedDown(range.from.milliseconds, size)
        let last = Self.alignedDown(range.to.milliseconds, size)
        self.step = TimeSpan(milliseconds: size)
        start = Timestamp(milliseconds: first)
        count = Int(Swift.min(Swift.max((last - first) / size + 1, 1), StepChoice.pointsMax + 1))
    }

    init(start: Timestamp, step: TimeSpan, count: Int) {
        self.start = start
        self.step = step
        self.count = count
    }

    /// Which step since the epoch the first is.
    var phase: Int { Int(start.milliseconds / step.milliseconds) }

    /// All times, in milliseconds.
    var times: [Int64?] {
        (0..<count).map { start.milliseconds + Int64($0) * step.milliseconds }
    }

    /// The place of `time` on the grid, rounded down; `nil` outside.
    func index(of time: Int64) -> Int? {
        let distance = time - start.milliseconds
        guard distance >= 0 else { return nil }
        let index = distance / step.milliseconds
        return index < Int64(count) ? Int(index) : nil
    }

    static func alignedDown(_ value: Int64, _ size: Int64) -> Int64 {
        let rest = value % size
        return value - (rest < 0 ? rest + size : rest)
    }
}
