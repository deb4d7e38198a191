import Canvas
import Dashboard
import DisplayText
import Glibc
import MetricModel
import Panels
import Rules
import Testing

/// What a second of a live screen costs on the wire when every panel changes every second.
///
/// Counts what a terminal is sent at 256 colours: a cursor move for each run of changed cells, a colour for each change of
/// style, and the characters. Bytes are exact and the same on every machine.
struct FrameBytesTests {
    @Test(arguments: [(80, 24, 1500), (200, 50, 3000), (300, 100, 6000)])
    func allPanelsChangeEverySecond(width: Int, height: Int, bytesMax: Int) {
        var earlier = frame(second: 0, width, height)
        var costs: [Int] = []
        for second in 1...46 {
            let later = frame(second: second, width, height)
            costs.append(bytes(later.changedRuns(since: earlier), of: later))
            earlier = later
        }
        let mean = costs.reduce(0, +) / costs.count
        print(
            "\(width)×\(height): \(mean) B a frame on average, \(costs.max() ?? 0) B at most, \(costs.sorted()[costs.count / 2]) B in the middle"
        )
        #expect(mean <= bytesMax)
    }

    @Test func nothingChangedCostsNothing() {
        let frame = frame(second: 7, 120, 40)
        #expect(frame.changedRuns(since: frame).isEmpty)
    }

    /// Eight panels whose every value moves: charts over 15 minutes, numbers with history, a table, alerts.
    private func frame(second: Int, _ width: Int, _ height: Int) -> Canvas {
        var context = Samples.context()
        let now = Samples.cursor + .seconds(Int64(second))
        context.cursor = now
        var canvas = Canvas(width: width, height: height)
        let screen = ScreenLayout(width: width, height: height)
        var top = Screens.topLine(.live, age: .seconds(Int64(second % 9)))
        top.cursor = now
        canvas.drawTopLine(top, in: screen.top, context)
        var verdict = Screens.verdict()
        verdict.cursor = now
        canvas.drawVerdict(verdict, in: screen.verdict, context)
        var views: [PanelView] = []
        for index in 0..<4 {
            let text = SafeText(Samples.decimal(value(second, index), 1))
            views.append(
                Samples.panel(
                    views.count, "Value \(index)",
                    .stat(
                        StatView(
                            values: [
                                Samples.value(
                                    "", value(second, index), text, "%", .ok,
                                    sparkline: history(second, index))
                            ], showsSparkline: true))))
        }
        for index in 0..<2 {
            views.append(Samples.panel(views.count, "Chart \(index)", .timeSeries(chart(now, index))))
        }
        views.append(Samples.panel(views.count, "Planes", .table(table(second))))
        var alerts = Samples.alerts()
        alerts.cursor = now
        views.append(Samples.panel(views.count, "Alerts", .alertList(alerts)))
        let places = [
            (0, 0, 6, 3), (6, 0, 6, 3), (12, 0, 6, 3), (18, 0, 6, 3), (0, 3, 12, 9), (12, 3, 12, 9),
            (0, 12, 12, 8), (12, 12, 12, 8),
        ]
        let (items, byId) = Screens.items(views, places)
        let layout = DashboardLayout(items, width: screen.body.width, height: screen.body.height)
        canvas.drawDashboard(byId, layout, in: screen.body, context)
        canvas.drawBottomLine(Screens.hints, in: screen.bottom, context)
        return canvas
    }

    private func value(_ second: Int, _ index: Int) -> Double {
        var numbers = SeededNumbers(seed: UInt64(bitPattern: Int64(second * 31 + index)))
        return 50 + 20 * sin(Double(second) / 40 + Double(index)) + Double.random(in: -5...5, using: &numbers)
    }

    /// Samples of a grid of 15 s; only the last one moves within it.
    private func history(_ second: Int, _ index: Int) -> [Double?] {
        let last = second / 15
        return (last - 39...last).map { $0 == last ? value(second, index) : value($0 * 15, index) }
    }

    private func chart(_ now: Timestamp, _ index: Int) -> TimeSeriesView {
        let step: Int64 = 15
        let last = now.milliseconds / 1000 / step
        let first = last - 60
        let values: [[Double?]] = (0..<2).map { series in
            (first...last).map {
                $0 == last
                    ? value(Int(now.milliseconds / 1000), series + index)
                    : value(Int($0 * step), series + index)
            }
        }
        return TimeSeriesView(
            start: Timestamp(milliseconds: first * step * 1000), step: .seconds(step), count: 61,
            series: [
                .init(name: "in", values: values[0], color: .palette(0)),
                .init(name: "out", values: values[1], color: .palette(1)),
            ],
            left: .init(min: 0, max: 100, format: Samples.short()))
    }

    private func table(_ second: Int) -> TableView {
        TableView(
            columns: [
                .init(title: "plane"), .init(title: "success"), .init(title: "rows/s", alignment: .right),
                .init(title: "age", alignment: .right),
            ],
            rows: (0..<6).map { row in
                [
                    .init(text: SafeText("acme/plane-\(row)")),
                    .init(
                        text: SafeText(Samples.decimal(value(second, row), 1)),
                        look: .sparkline(history(second, row).suffix(10))),
                    .init(text: SafeText(Samples.decimal(value(second + 3, row) * 20, 0))),
                    .init(text: SafeText("\((second + row * 3) % 40)s")),
                ]
            })
    }

    private func bytes(_ runs: [ChangedRun], of canvas: Canvas) -> Int {
        var resolver = StyleResolver(theme: .standard, depth: .palette256)
        var style = ResolvedStyle.plain
        var count = 0
        for run in runs {
            count += "\u{1b}[\(run.y + 1);\(run.columns.lowerBound + 1)H".utf8.count
            for x in run.columns {
                let cell = canvas[x, run.y]
                if cell.character == "\0" { continue }
                let wanted = resolver(cell.style)
                if wanted != style { count += sgr(wanted).utf8.count }
                style = wanted
                count += cell.character.utf8.count
            }
        }
        return count
    }
}
