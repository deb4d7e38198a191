import Canvas
import Dashboard
import DisplayText
import MetricModel
import Testing

@testable import Panels

struct AgeCase {
    var seconds: Int64
    var text: SafeText
}

@Test(
    "ages in at most five columns",
    arguments: [
        AgeCase(seconds: -5, text: "0s"), AgeCase(seconds: 0, text: "0s"), AgeCase(seconds: 8, text: "8s"),
        AgeCase(seconds: 59, text: "59s"),
        AgeCase(seconds: 60, text: "1m00s"), AgeCase(seconds: 100, text: "1m40s"),
        AgeCase(seconds: 542, text: "9m02s"), AgeCase(seconds: 599, text: "9m59s"),
        AgeCase(seconds: 600, text: "10m"), AgeCase(seconds: 3599, text: "59m"),
        AgeCase(seconds: 3600, text: "1h00m"), AgeCase(seconds: 18_120, text: "5h02m"),
        AgeCase(seconds: 36_000, text: "10h"), AgeCase(seconds: 86_399, text: "23h"),
        AgeCase(seconds: 86_400, text: "1d"),
        AgeCase(seconds: 187_200, text: "2d4h"), AgeCase(seconds: 863_999, text: "9d23h"),
        AgeCase(seconds: 864_000, text: "10d"),
        AgeCase(seconds: 315_359_999, text: "3649d"), AgeCase(seconds: 315_360_000, text: "10y"),
        AgeCase(seconds: .max / 1000, text: "292471208y"),
    ]
)
func ages(_ example: AgeCase) {
    let text = formatAge(.seconds(example.seconds))
    #expect(text == example.text)
    #expect(text.width <= 5 || example.seconds > 1_000_000_000_000)
}

@Test func civilTimes() {
    let time = Timestamp(milliseconds: 1_795_171_335_250)
    let civil = CivilTime(time, zoneOffsetSeconds: 0)
    #expect(civil.date == "2026-11-20")
    #expect(civil.clock == "10:42:15")
    #expect(CivilTime(time, zoneOffsetSeconds: -11 * 3600).monthDay == "11-19")
    #expect(CivilTime(time, zoneOffsetSeconds: 5 * 3600 + 2700).hourMinute == "16:27")
    #expect(CivilTime(Timestamp(milliseconds: 0), zoneOffsetSeconds: 0).date == "1970-01-01")
    #expect(CivilTime(Timestamp(milliseconds: -1), zoneOffsetSeconds: 0).clock == "23:59:59")
    #expect(CivilTime(Timestamp(milliseconds: 951_782_400_000), zoneOffsetSeconds: 0).date == "2000-02-29")
}

struct TickCase {
    var minutes: Int64
    var width: Int
    var zone: Int
    var labels: [SafeText]
}

@Test(
    "round local times",
    arguments: [
        TickCase(minutes: 60, width: 60, zone: 0, labels: ["09:45", "10:00", "10:15", "10:30"]),
        TickCase(minutes: 60, width: 60, zone: 20_700, labels: ["15:30", "15:45", "16:00", "16:15"]),
        TickCase(
            minutes: 1, width: 60, zone: 0,
            labels: ["10:41:15", "10:41:30", "10:41:45", "10:42:00", "10:42:15"]),
        TickCase(minutes: 1440, width: 50, zone: 0, labels: ["12:00", "18:00", "11-20", "06:00"]),
        TickCase(minutes: 1440 * 30, width: 50, zone: 0, labels: ["10-22", "11-05", "11-19"]),
        TickCase(minutes: 60, width: 0, zone: 0, labels: []),
    ]
)
func timeTicks(_ example: TickCase) {
    let end = Samples.cursor
    let axis = TimeAxis(
        start: end - .minutes(example.minutes), end: end, width: example.width,
        zoneOffsetSeconds: example.zone)
    #expect(axis.ticks.map(\.label) == example.labels)
}

@Test func timeAxesOfImpossibleDatesAreEmpty() {
    #expect(
        TimeAxis(start: .distantPast, end: .distantFuture, width: 80, zoneOffsetSeconds: 3600).ticks.isEmpty)
    #expect(
        TimeAxis(start: Samples.cursor, end: Samples.cursor, width: 80, zoneOffsetSeconds: 0).ticks.isEmpty)
}

struct ScaleCase {
    var values: [Double]
    var axis = TimeSeriesView.Axis(format: Samples.short())
    var baseline = false
    var rows = 9
    var labels: [SafeText]
}

@Test(
    "round values with units",
    arguments: [
        ScaleCase(values: [0.1, 1.95], labels: ["0", "0.5", "1.0", "1.5", "2.0"]),
        ScaleCase(values: [820, 1990], labels: ["0", "500", "1.0k", "1.5k", "2.0k"]),
        ScaleCase(values: [95, 100], labels: ["94", "96", "98", "100"]),
        ScaleCase(values: [95, 100], baseline: true, labels: ["0", "25", "50", "75", "100"]),
        ScaleCase(values: [-30, 50], labels: ["-40", "-20", "0", "20", "40", "60"]),
        ScaleCase(values: [], labels: ["0", "0.25", "0.50", "0.75", "1.00"]),
        ScaleCase(values: [7], labels: ["0", "5", "10"]),
        ScaleCase(values: [-7], labels: ["-10", "-5", "0"]),
        ScaleCase(
            values: [3e9, 3.9e9], axis: .init(format: Samples.bytes),
            labels: ["2.75 GiB", "3.00 GiB", "3.25 GiB", "3.50 GiB", "3.75 GiB"]),
        ScaleCase(
            values: [1e9, 3.9e9], axis: .init(format: Samples.bytes),
            labels: ["0 B", "1 GiB", "2 GiB", "3 GiB", "4 GiB"]),
        ScaleCase(
            values: [12, 7000], axis: .init(format: Samples.seconds),
            labels: ["0 s", "30 min", "1.0 h", "1.5 h", "2.0 h"]),
        ScaleCase(
            values: [20, 30], axis: .init(min: 0, max: 100, format: Samples.short()),
            labels: ["0", "25", "50", "75", "100"]),
        ScaleCase(
            values: [20, 30], axis: .init(softMin: 0, softMax: 50, format: Samples.short()),
            labels: ["0", "20", "40", "60"]),
        ScaleCase(
            values: [3, 4000], axis: .init(isLogarithmic: true, format: Samples.short()),
            labels: ["1", "10", "100", "1k", "10k"]),
    ]
)
func valueTicks(_ example: ScaleCase) {
    let scale = ValueScale(
        example.axis, values: example.values, baseline: example.baseline, rows: example.rows)
    #expect(scale.ticks.map(\.label) == example.labels)
    for value in example.values {
        let row = scale.row(value, of: 40)
        #expect(row.map { $0 >= 0 && $0 < 40 } == true)
    }
}

@Test func columnsKeepTheirSamplesAsTimeGoesOn() {
    // 200 steps in 60 columns: four steps a column. As the window moves by one step, whole columns stay or all shift by one.
    var shifts = 0
    var earlier: [Int64: Int] = [:]
    for second in 0..<40 as Range<Int64> {
        let start = Timestamp(milliseconds: 1_795_171_335_000 / 15_000 * 15_000 + second * 15_000)
        let columns = TimeColumns(start: start, step: .seconds(15), count: 200, width: 60)
        var later: [Int64: Int] = [:]
        for step in 0..<200 {
            if let column = columns.column(ofStep: step) {
                later[start.milliseconds + Int64(step) * 15_000] = column
            }
        }
        #expect(columns.column(ofStep: 199) == 59)
        let moved = later.filter { earlier[$0.key] != nil && earlier[$0.key] != $0.value }
        if !moved.isEmpty { shifts += 1 }
        earlier = later
    }
    #expect(shifts == 10 || shifts == 9)
}

@Test func columnsCoverTheWidth() {
    for (count, width) in [(1, 10), (7, 10), (10, 10), (11, 10), (1000, 10), (3, 1), (0, 5)] {
        let columns = TimeColumns(start: Samples.start, step: .seconds(30), count: count, width: width)
        var covered = 0
        for bucket in 0..<columns.bucketCount {
            #expect(columns.columns(ofBucket: bucket).lowerBound == covered)
            covered = columns.columns(ofBucket: bucket).upperBound
        }
        #expect(covered == width)
    }
}

@Test func sparklines() {
    func line(_ values: [Double?], width: Int, _ glyphs: GlyphSet = .block, phase: Int = 0) -> String {
        var canvas = Canvas(width: width, height: 1)
        Sparkline(values: values, phase: phase, role: .ok).draw(on: &canvas, x: 0, y: 0, width: width, glyphs)
        return canvas.text[0]
    }
    #expect(line([0, nil, 4, 7], width: 5) == " ▁░▄▇")
    #expect(line([0, nil, 4, 7], width: 4, .ascii) == "_:=#")
    #expect(line([5, 5], width: 2) == "▅▅")
    #expect(line([0, 0], width: 2) == "▁▁")
    #expect(line([.nan, .infinity, 1, 1e308, -1e308], width: 5) == "░░▄▇▁")
    #expect(line([], width: 3) == "   ")
    // A new value changes only the last of the groups, as long as it belongs to the group of the one before.
    let values = (0..<40).map { Double($0 * $0 % 17) } as [Double?]
    let before = line(values, width: 10, phase: 100)
    let after = line(Array(values.dropFirst()) + [3], width: 10, phase: 101)
    #expect(before.dropLast() == after.dropLast() || before.dropFirst().dropLast() == after.dropLast(2))
}

@Test func priorityLinesKeepWhatMatters() {
    var line = PriorityLine()
    line.leading = [.init([StyledText("hints"), StyledText()], priority: 1)]
    line.trailing = [
        .init([StyledText("worst place"), StyledText("place"), StyledText()], priorities: [2, 4, 0]),
        .init([StyledText("PAUSED"), StyledText("P")], priority: 3),
    ]
    func text(_ width: Int) -> String {
        var canvas = Canvas(width: width, height: 1)
        line.draw(on: &canvas, x: 0, y: 0, width: width)
        return canvas.text[0]
    }
    #expect(text(30) == "hints      worst place  PAUSED")
    #expect(text(25) == "hints worst place  PAUSED")
    #expect(text(20) == " worst place  PAUSED")
    #expect(text(14) == " place  PAUSED")
    #expect(text(8) == "place  P")
    #expect(text(7) == " PAUSED")
    #expect(text(2) == " P")
    #expect(text(0) == "")
}

@Test func wordsAreWrapped() {
    #expect(wrapped("one two three", width: 7) == ["one two", "three"])
    #expect(wrapped("abcdefghij k", width: 4) == ["abcd", "efgh", "ij k"])
    #expect(wrapped("", width: 4) == [""])
    #expect(wrapped("abc", width: 0) == [])
    #expect(wrapped("実行中です", width: 5) == ["実行", "中で", "す"])
    #expect(wrapped("実行", width: 1) == ["実行"])
}

@Test func listWindowsShowTheSelection() {
    #expect(ListWindow(count: 40, room: 6, first: 0, selected: nil).range == 0..<6)
    #expect(ListWindow(count: 40, room: 6, first: 0, selected: 30).range == 25..<31)
    #expect(ListWindow(count: 40, room: 6, first: 99, selected: nil).range == 34..<40)
    #expect(ListWindow(count: 3, room: 6, first: 2, selected: 9).range == 0..<3)
    #expect(ListWindow(count: 3, room: 0, first: 0, selected: 1).range.isEmpty)
    #expect(ListWindow(count: 40, room: 6, first: 6, selected: nil).note(of: 40) == "7-12 of 40")
}

@Test func bigDigitsHaveThreeRows() {
    for glyphs in GlyphSet.allCases {
        for character in "0123456789.,-: " {
            let digits = BigDigits(SafeText(String(character)), glyphs)
            #expect(digits != nil, "\(character)")
        }
        #expect(BigDigits("N/A", glyphs) == nil)
        #expect(BigDigits("", glyphs) == nil)
    }
    #expect(BigDigits("81.1", .block)?.width == 13)
}
