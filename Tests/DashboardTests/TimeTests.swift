import MetricModel
import Testing

@testable import Dashboard

// 2023-11-14T22:13:20Z, a Tuesday.
private let now = Timestamp(milliseconds: 1_700_000_000_000)

@Test(
    "time expressions",
    arguments: [
        ("now", false, "2023-11-14 22:13:20.000"),
        ("now-1h", false, "2023-11-14 21:13:20.000"),
        ("now-90m", false, "2023-11-14 20:43:20.000"),
        ("now-1d/d", false, "2023-11-13 00:00:00.000"),
        ("now/d", true, "2023-11-14 23:59:59.999"),
        ("now/w", false, "2023-11-13 00:00:00.000"),
        ("now-1M", false, "2023-10-14 22:13:20.000"),
        ("now/M", true, "2023-11-30 23:59:59.999"),
        ("now-1y/y", false, "2022-01-01 00:00:00.000"),
        ("now-1Q/Q", false, "2023-07-01 00:00:00.000"),
        ("now+2h-1m", false, "2023-11-15 00:12:20.000"),
        ("now/fy", false, "2023-01-01 00:00:00.000"),
        ("2023-03-07T04:20:35.626Z", false, "2023-03-07 04:20:35.626"),
        ("2023-03-07T04:20:35+02:00", false, "2023-03-07 02:20:35.000"),
        ("2023-03-07", false, "2023-03-07 00:00:00.000"),
        ("2023-03-07 10:30", false, "2023-03-07 10:30:00.000"),
        ("1700000000000", false, "2023-11-14 22:13:20.000"),
        ("2023-03-31||-1M", false, "2023-02-28 00:00:00.000"),
    ])
func times(_ text: String, _ isEnd: Bool, _ expected: String) throws {
    let expression = try #require(TimeExpression(text))
    let time = expression.time(at: now, isEnd: isEnd, offsetSeconds: 0)
    let civil = CivilTime(time)
    #expect(DatePattern.text(of: civil, "YYYY-MM-DD HH:mm:ss.SSS") == expected)
}

@Test("what is no time", arguments: ["", "nowx", "now-", "now-1x", "now/x", "tomorrow", "2023-13-01", "12"])
func noTimes(_ text: String) { #expect(TimeExpression(text) == nil) }

@Test func daysFollowTheZone() throws {
    let day = try #require(TimeExpression("now/d"))
    // At 22:13 UTC it is already tomorrow in a zone two hours east.
    let start = day.time(at: now, isEnd: false, offsetSeconds: 7200)
    #expect(
        DatePattern.text(of: CivilTime(start, zoneOffsetSeconds: 7200), "DD HH:mm")
            == "15 00:00")
}

@Test(
    "intervals",
    arguments: [
        ("15s", 15_000), ("1m", 60_000), (">10s", 10_000), ("1h30m", 5_400_000), ("500ms", 500),
        ("1.5h", 5_400_000),
        ("30", 30_000), ("1d", 86_400_000), ("", nil), ("x", nil), ("-5s", nil), ("$i", nil),
    ])
func intervals(_ text: String, _ milliseconds: Int64?) {
    #expect(IntervalText.parse(text)?.milliseconds == milliseconds)
}

struct StepCase: Sendable {
    var range: TimeSpan
    var wish: StepChoice.Wish
    var step: Int64
    var rate: Int64
}

@Test(
    "steps",
    arguments: [
        // An hour on 120 dots: 30 s, and four samples of 15 s for a rate.
        StepCase(
            range: .hours(1), wish: .init(points: 120, cadence: .seconds(15)), step: 30_000, rate: 60_000),
        // Never more often than samples come.
        StepCase(
            range: .minutes(5), wish: .init(points: 400, cadence: .seconds(15)), step: 15_000, rate: 60_000),
        // The query's own minimum stands above the source's.
        StepCase(
            range: .minutes(5), wish: .init(points: 400, minimum: .minutes(1), cadence: .seconds(15)),
            step: 60_000,
            rate: 240_000),
        StepCase(
            range: .hours(1), wish: .init(points: 120, factor: 2, cadence: .seconds(15)), step: 60_000,
            rate: 75_000),
        StepCase(
            range: .hours(1), wish: .init(points: 120, oldStep: .seconds(240), cadence: .seconds(15)),
            step: 240_000,
            rate: 255_000),
        // Five-minute reports: the graph stays as fine as the screen, rates look over four reports.
        StepCase(
            range: .hours(1), wish: .init(points: 120, cadence: .minutes(5)), step: 30_000, rate: 1_200_000),
        // Eleven thousand points are the most.
        StepCase(
            range: .hours(24 * 365),
            wish: .init(points: 1_000_000, minimum: .seconds(1), cadence: .seconds(1)),
            step: 2_866_910, rate: 2_867_910),
    ])
func steps(_ example: StepCase) {
    let choice = StepChoice(range: example.range, wish: example.wish)
    #expect(choice.step.milliseconds == example.step)
    #expect(choice.rateInterval.milliseconds == example.rate)
}

@Test func gridsStandOnWholeSteps() {
    let range = TimeRange(from: now - .hours(1), to: now)
    let grid = TimeGrid(range: range, step: .minutes(1))
    #expect(grid.start.milliseconds % 60_000 == 0)
    #expect(grid.end.milliseconds % 60_000 == 0)
    #expect(grid.count == 61)
    let later = TimeGrid(
        range: TimeRange(from: range.from + .seconds(10), to: range.to + .seconds(10)), step: .minutes(1))
    #expect(later == grid)
    #expect(TimeGrid(range: TimeRange(from: now, to: now), step: .zero).count == 1)
}
