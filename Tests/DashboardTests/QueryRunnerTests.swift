import MetricModel
import PromQL
import SeriesStore
import Testing

@testable import Dashboard

/// Which questions a moving cursor asks again, and when the windows of charts move.
struct QueryRunnerTests {
    struct ReuseCase: Sendable, CustomTestStringConvertible {
        var expression: String
        /// Seconds after the first question, and whether that one is answered from memory.
        var later: Int64
        var isKept: Bool
        var testDescription: String { "\(expression) after \(later) s" }
    }

    /// `v` has its newest sample at the cursor, `old` four minutes before it, `slow` declares a cadence of ten minutes.
    private func samples() -> SeriesStore {
        let store = store([["__name__": "v"]: [1, 2, 3], ["__name__": "stale"]: [1, .nan]])
        _ = store.append(["__name__": "old"], Sample(cursor - .minutes(4), 1))
        _ = store.append(["__name__": "slow"], Sample(cursor - .minutes(10), 1), interval: .minutes(10))
        return store
    }

    private func answer(
        _ runner: inout QueryRunner, _ expression: String, at time: Timestamp, _ store: SeriesStore
    ) -> TargetAnswer {
        let target = TargetDefinition(
            refID: "A", source: .prometheus, expression: expression, legend: "", isInstant: true,
            isRange: false, format: .timeSeries, interval: nil, oldStep: nil, intervalFactor: 1,
            isHidden: false, path: "")
        let range = TimeRange(from: time - .hours(1), to: time)
        let scope = VariableScope(range: range, zone: .utc, values: [:])
        return runner.answer(
            QueryRunner.Question(
                target: target, slot: "1", range: range,
                wish: StepChoice.Wish(points: 100, cadence: .seconds(15)), scope: scope,
                matchers: [], wantsNewest: false), context(store, at: time))
    }

    @Test(
        "an instant query is asked again only when its answer may have changed",
        arguments: [
            ReuseCase(expression: "v", later: 1, isKept: true),
            ReuseCase(expression: "sum(v > bool 2) / scalar(v)", later: 59, isKept: true),
            ReuseCase(expression: "v", later: 61, isKept: false),
            ReuseCase(expression: "old", later: 59, isKept: true),
            ReuseCase(expression: "old", later: 60, isKept: false),
            ReuseCase(expression: "v or old", later: 60, isKept: false),
            ReuseCase(expression: "slow", later: 59, isKept: true),
            ReuseCase(expression: "absent(nothing)", later: 30, isKept: true),
            ReuseCase(expression: "time() - v", later: 1, isKept: false),
            ReuseCase(expression: "hour() * v", later: 1, isKept: false),
            ReuseCase(expression: "rate(v[5m])", later: 1, isKept: false),
            ReuseCase(expression: "max_over_time(v[5m:1m])", later: 1, isKept: false),
            ReuseCase(expression: "v offset 1m", later: 1, isKept: false),
            ReuseCase(expression: "v @ end()", later: 1, isKept: false),
        ])
    func reuse(_ example: ReuseCase) {
        let store = samples()
        var runner = QueryRunner()
        _ = answer(&runner, example.expression, at: cursor, store)
        let before = runner.evaluationCount
        let time = cursor + .seconds(example.later)
        let kept = answer(&runner, example.expression, at: time, store)
        #expect((runner.evaluationCount == before) == example.isKept)
        // Kept or not, it is the answer that a new question gets, its times included.
        var fresh = QueryRunner()
        let asked = answer(&fresh, example.expression, at: time, store)
        #expect("\(kept.frames)" == "\(asked.frames)")
    }

    @Test func aSampleAheadOfTheCursorEndsAnAnswer() {
        // A replay that was sent back has the samples that are still to come.
        let store = samples()
        let now = cursor - .seconds(20)
        var runner = QueryRunner()
        _ = answer(&runner, "v", at: now, store)
        let next = answer(&runner, "v", at: cursor, store)
        #expect(next.frames.first?.fields[1].values.numbers == [3])
    }

    @Test func aNewSampleEndsAnAnswer() {
        let store = samples()
        var runner = QueryRunner()
        _ = answer(&runner, "v", at: cursor, store)
        _ = store.append(["__name__": "v"], Sample(cursor + .seconds(1), 9))
        let next = answer(&runner, "v", at: cursor + .seconds(1), store)
        #expect(next.frames.first?.fields[1].values.numbers == [9])
    }

    @Test(
        "the window of a chart moves by strides, at the panel's own time, and holds every step that has come",
        arguments: [0.0, 0.1, 0.5, 0.99])
    func windows(share: Double) {
        let step = TimeSpan.seconds(30)
        let window = ChartWindow(share: share)
        var starts: [Timestamp] = []
        for second in 0..<900 {
            let now = cursor + .seconds(Int64(second))
            let range = TimeRange(from: now - .hours(1), to: now)
            let (drawn, asked) = window.grids(range, step: step)
            #expect(asked.start == drawn.start && drawn.start <= range.from)
            #expect(drawn.start.milliseconds % step.milliseconds == 0)
            #expect(asked.end <= now && asked.end + step > now)
            #expect(drawn.end >= asked.end)
            #expect(drawn.count == 124)
            if starts.last != drawn.start { starts.append(drawn.start) }
        }
        // 120 steps are 32 strides of 3: ten in a quarter of an hour.
        #expect(starts.count == 11 || (share == 0 && starts.count == 10))
        #expect(zip(starts, starts.dropFirst()).allSatisfy { $1 - $0 == .seconds(90) })
    }

    @Test func windowsOfAllLengths() {
        for milliseconds in [Int64(0), 1, 999, 15_000, 3_600_000, 31_536_000_000] {
            for step in [Int64(1), 1000, 15_000, 3_600_000] where milliseconds / step < 11_000 {
                let range = TimeRange(from: cursor - TimeSpan(milliseconds: milliseconds), to: cursor)
                for share in [0, 0.618] {
                    let (drawn, asked) = ChartWindow(share: share).grids(
                        range, step: TimeSpan(milliseconds: step))
                    #expect(asked.end <= cursor && asked.count >= 1 && asked.count <= drawn.count)
                    #expect(cursor - asked.end < TimeSpan(milliseconds: step))
                }
            }
        }
    }
}
