import MetricModel

/// One Structured Streaming query: each batch takes what arrived while the one before ran.
struct QuerySimulation {
    let specification: QuerySpecification
    private(set) var inputRowsPerSecond = 0.0
    private(set) var processedRowsPerSecond = 0.0
    private(set) var batchSeconds = 0.0
    private(set) var watermark: Timestamp
    private(set) var stateRows: Double
    private(set) var isDead = false
    private var wasBehind = false
    private var nextBatch: Timestamp

    init(_ specification: QuerySpecification, start: Timestamp) {
        self.specification = specification
        watermark = start
        stateRows = specification.stateRows
        nextBatch = start
        batchSeconds = specification.triggerSeconds / specification.headroom
    }

    mutating func advance(
        to time: Timestamp, isLagging: Bool, shouldBeDead: Bool, random: inout RandomSource
    ) -> [StateChange] {
        var changes: [StateChange] = []
        if shouldBeDead != isDead {
            isDead = shouldBeDead
            let (from, to) = isDead ? ("active", "terminated") : ("terminated", "active")
            changes.append(
                StateChange(
                    time: time, from: from, to: to,
                    text: "\(specification.name) \(isDead ? "is gone" : "is back")"))
            if !isDead {
                nextBatch = time
                batchSeconds = specification.triggerSeconds / specification.headroom
            }
        }
        if isDead { return changes }
        while nextBatch <= time {
            // A day's wave, so that a normal range has a shape.
            let hour = Double(nextBatch.milliseconds % 86_400_000) / 3_600_000
            let wave = 1 + 0.25 * wavelet((hour - 14) / 24)
            inputRowsPerSecond = specification.rowsPerSecond * wave * random.around(0.06)
            let capacity =
                isLagging
                ? inputRowsPerSecond * 0.66 * random.around(0.04)
                : specification.rowsPerSecond * specification.headroom * random.around(0.08)
            let elapsed = max(specification.triggerSeconds, batchSeconds)
            let rows = inputRowsPerSecond * elapsed
            processedRowsPerSecond = capacity
            // A batch cannot grow without end: a source limits the rows that it hands out.
            batchSeconds = min(240, 0.15 + rows / capacity)
            watermark = nextBatch - TimeSpan(seconds: 30 + batchSeconds)
            stateRows = specification.stateRows * random.around(0.1)
            nextBatch = nextBatch + TimeSpan(seconds: max(specification.triggerSeconds, batchSeconds))
        }
        let isBehind = processedRowsPerSecond < inputRowsPerSecond
        if isBehind != wasBehind {
            wasBehind = isBehind
            changes.append(
                StateChange(
                    time: time, from: isBehind ? "keeping up" : "behind",
                    to: isBehind ? "behind" : "keeping up",
                    text: "\(specification.name) processes \(rowsText(processedRowsPerSecond)) rows/s of "
                        + "\(rowsText(inputRowsPerSecond)) that arrive"))
        }
        return changes
    }
}

/// A smooth wave of period 1 and height 1 without a libm of its own: a parabola each half.
private func wavelet(_ phase: Double) -> Double {
    let x = phase - phase.rounded(.down)
    return x < 0.5 ? 1 - 16 * (x - 0.25) * (x - 0.25) : 16 * (x - 0.75) * (x - 0.75) - 1
}

private func rowsText(_ rate: Double) -> String {
    if rate < 1000 { return String(Int(rate)) }
    let tenths = Int((rate / 100).rounded())
    return "\(tenths / 10).\(tenths % 10)k"
}
