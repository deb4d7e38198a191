import Canvas
import Dashboard
import DisplayText
import MetricModel
import Panels
import Rules

/// Views that no dashboard in its right mind gives: ragged, empty, infinite, upside down.
enum RandomViews {
    static func panel(_ numbers: inout SeededNumbers) -> PanelView {
        let healths: [PanelHealth] = [
            .fresh, .fresh, .fresh, .stale(age: .seconds(-5)), .noData, .partial(text(&numbers)),
            .error(text(&numbers)),
        ]
        let states = AlertState.allCases
        return PanelView(
            id: 1, title: text(&numbers), content: content(&numbers),
            health: healths.randomElement(using: &numbers)!,
            alert: Bool.random(using: &numbers)
                ? PanelAlert(
                    state: states.randomElement(using: &numbers)!,
                    count: Int.random(in: 0...1000, using: &numbers), since: time(&numbers)) : nil,
            notHonoured: Bool.random(using: &numbers) ? [] : ["a", "b"])
    }

    private static func content(_ numbers: inout SeededNumbers) -> PanelContent {
        switch Int.random(in: 0...12, using: &numbers) {
        case 0, 1: return .timeSeries(timeSeries(&numbers))
        case 2:
            return .stat(
                StatView(
                    values: values(&numbers),
                    colorMode: [.none, .value, .background].randomElement(using: &numbers)!,
                    showsSparkline: true))
        case 3: return .gauge(GaugeView(values: values(&numbers), thresholds: Samples.thresholds))
        case 4:
            return .barGauge(
                BarGaugeView(values: values(&numbers), isHorizontal: Bool.random(using: &numbers)))
        case 5: return .table(table(&numbers))
        case 6:
            return .text(
                TextView(
                    lines: (0..<Int.random(in: 0...9, using: &numbers)).map { _ in .paragraph(text(&numbers))
                    }))
        case 7: return .stateTimeline(timeline(&numbers))
        case 8: return .alertList(alerts(&numbers))
        case 9: return .heatmap(heatmap(&numbers))
        case 10: return .pieChart(PieChartView(slices: values(&numbers)))
        case 11:
            return .histogram(
                HistogramView(
                    bars: (0..<Int.random(in: 0...40, using: &numbers)).map { _ in
                        .init(label: text(&numbers), count: number(&numbers))
                    }))
        default: return .row(isCollapsed: Bool.random(using: &numbers), panelCount: 3)
        }
    }

    static func text(_ numbers: inout SeededNumbers) -> SafeText {
        let pieces: [String] = [
            "", "a", "daily_features_eu_customers", "実行中", "e\u{301}", "👩‍👩‍👧", "\u{1b}[31m", "x y z ", "…",
            "0.5", "\u{202e}evil", "≥ 95 %",
        ]
        return SafeText(
            (0..<Int.random(in: 0...4, using: &numbers)).map { _ in pieces.randomElement(using: &numbers)! }
                .joined())
    }

    static func number(_ numbers: inout SeededNumbers) -> Double {
        let odd: [Double] = [
            0, -0.0, 1, -1, .nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude, 1e15, 0.1,
            100, 3600,
        ]
        return Bool.random(using: &numbers)
            ? odd.randomElement(using: &numbers)! : Double.random(in: -1000...1000, using: &numbers)
    }

    private static func history(_ numbers: inout SeededNumbers, _ count: Int) -> [Double?] {
        (0..<count).map { _ in Int.random(in: 0...4, using: &numbers) == 0 ? nil : number(&numbers) }
    }

    private static func color(_ numbers: inout SeededNumbers) -> PanelColor {
        [.standard, .palette(-3), .palette(900), .rgb(0x123456), .ok, .warning, .critical].randomElement(
            using: &numbers)!
    }

    private static func time(_ numbers: inout SeededNumbers) -> Timestamp {
        switch Int.random(in: 0...9, using: &numbers) {
        case 0: .distantPast
        case 1: .distantFuture
        default: Samples.cursor - .seconds(Int64.random(in: -4000...10_000, using: &numbers))
        }
    }

    private static func values(_ numbers: inout SeededNumbers) -> [DisplayValue] {
        (0..<Int.random(in: 0...7, using: &numbers)).map { _ in
            DisplayValue(
                title: text(&numbers), value: Bool.random(using: &numbers) ? number(&numbers) : nil,
                text: FormattedValue(
                    prefix: text(&numbers), text: Bool.random(using: &numbers) ? "12.5" : text(&numbers),
                    suffix: text(&numbers)),
                color: color(&numbers), fraction: Bool.random(using: &numbers) ? number(&numbers) : nil,
                sparkline: history(&numbers, Int.random(in: 0...200, using: &numbers)),
                sparklinePhase: Int.random(in: Int.min...Int.max, using: &numbers))
        }
    }

    private static func timeSeries(_ numbers: inout SeededNumbers) -> TimeSeriesView {
        let count = Int.random(in: 0...400, using: &numbers)
        func limit(_ numbers: inout SeededNumbers) -> Double? {
            Int.random(in: 0...3, using: &numbers) == 0 ? number(&numbers) : nil
        }
        func axis(_ numbers: inout SeededNumbers) -> TimeSeriesView.Axis {
            .init(
                min: limit(&numbers), max: limit(&numbers), softMin: limit(&numbers),
                softMax: limit(&numbers),
                isLogarithmic: Int.random(in: 0...3, using: &numbers) == 0,
                format: { value, _ in FormattedValue(text: SafeText("\(value)")) })
        }
        return TimeSeriesView(
            start: time(&numbers),
            step: TimeSpan(
                milliseconds: [0, -5, 1, 15_000, 86_400_000, Int64.max].randomElement(using: &numbers)!),
            count: count,
            series: (0..<Int.random(in: 0...6, using: &numbers)).map { _ in
                .init(
                    name: text(&numbers),
                    values: history(&numbers, max(0, count + Int.random(in: -3...3, using: &numbers))),
                    color: color(&numbers),
                    style: [.line, .bars, .points].randomElement(using: &numbers)!,
                    fill: Bool.random(using: &numbers), connectsNulls: Bool.random(using: &numbers),
                    usesRightAxis: Bool.random(using: &numbers),
                    isHidden: Int.random(in: 0...5, using: &numbers) == 0,
                    legend: [(name: SafeText("mean"), value: FormattedValue(text: text(&numbers)))])
            },
            stacking: [.none, .normal, .percent].randomElement(using: &numbers)!, left: axis(&numbers),
            right: Bool.random(using: &numbers) ? axis(&numbers) : nil,
            thresholdLines: [ThresholdStep(value: number(&numbers), color: .warning)],
            marks: [.init(time: time(&numbers), state: .firing, text: "")],
            legend: [.hidden, .bottom, .right].randomElement(using: &numbers)!,
            legendIsTable: Bool.random(using: &numbers),
            zoneOffsetSeconds: [0, 3600, -43_200, 20_700].randomElement(using: &numbers)!)
    }

    private static func table(_ numbers: inout SeededNumbers) -> TableView {
        let columns = Int.random(in: 0...7, using: &numbers)
        return TableView(
            columns: (0..<columns).map { _ in
                .init(
                    title: text(&numbers),
                    alignment: [.left, .right, .center].randomElement(using: &numbers)!,
                    width: Bool.random(using: &numbers) ? nil : Int.random(in: -5...50, using: &numbers))
            },
            rows: (0..<Int.random(in: 0...30, using: &numbers)).map { _ in
                (0..<max(0, columns + Int.random(in: -2...2, using: &numbers))).map { _ in
                    let looks: [TableView.Cell.Look] = [
                        .plain, .coloredText, .coloredBackground, .gauge, .sparkline(history(&numbers, 20)),
                        .state(AlertState.allCases.randomElement(using: &numbers)!),
                    ]
                    return TableView.Cell(
                        text: text(&numbers), color: color(&numbers),
                        look: looks.randomElement(using: &numbers)!, fraction: number(&numbers))
                }
            }, rowCount: Int.random(in: 0...100, using: &numbers), showsHeader: Bool.random(using: &numbers),
            footer: Bool.random(using: &numbers) ? [.init(text: "sum")] : nil)
    }

    private static func timeline(_ numbers: inout SeededNumbers) -> StateTimelineView {
        StateTimelineView(
            from: time(&numbers), to: time(&numbers),
            bands: (0..<Int.random(in: 0...9, using: &numbers)).map { _ in
                .init(
                    name: text(&numbers),
                    spans: (0..<Int.random(in: 0...6, using: &numbers)).map { _ in
                        .init(
                            from: time(&numbers), to: time(&numbers), text: text(&numbers),
                            color: color(&numbers))
                    })
            }, legend: [(text(&numbers), color(&numbers))])
    }

    private static func course(_ numbers: inout SeededNumbers) -> AlertCourse? {
        AlertCourse.Direction.allCases.randomElement(using: &numbers).flatMap { direction in
            Bool.random(using: &numbers)
                ? AlertCourse(
                    direction: direction, isRising: .random(using: &numbers), before: .nan,
                    since: time(&numbers)) : nil
        }
    }

    private static func alerts(_ numbers: inout SeededNumbers) -> AlertListView {
        let items = (0..<Int.random(in: 0...30, using: &numbers)).map { _ in
            AlertListView.Item(
                state: AlertState.allCases.randomElement(using: &numbers)!, severity: text(&numbers),
                name: text(&numbers), subject: text(&numbers),
                value: text(&numbers), summary: "", since: time(&numbers), course: course(&numbers))
        }
        return AlertListView(
            items: items, counts: [.firing: Int.random(in: 0...5, using: &numbers), .normal: 3],
            showsCountOnly: Int.random(in: 0...3, using: &numbers) == 0,
            cursor: time(&numbers))
    }

    private static func heatmap(_ numbers: inout SeededNumbers) -> HeatmapView {
        HeatmapView(
            start: time(&numbers), step: .seconds(Int64.random(in: 0...60, using: &numbers)),
            rows: (0..<Int.random(in: 0...9, using: &numbers)).map { _ in text(&numbers) },
            values: (0..<Int.random(in: 0...12, using: &numbers)).map { _ in
                history(&numbers, Int.random(in: 0...90, using: &numbers))
            })
    }
}
