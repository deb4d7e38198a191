import Canvas
import Dashboard
import DisplayText
import MetricModel
import Panels
import Rules

/// Whole screens made of the samples, as the loop puts them together.
enum Screens {
    static func topLine(_ source: SourceState = .live, age: TimeSpan = .seconds(8)) -> TopLineModel {
        TopLineModel(
            tabs: [
                .init(title: "Overview", worst: .firing), .init(title: "Airflow"),
                .init(title: "Spark", worst: .pending), .init(title: "Self"),
            ], currentTab: 0, filter: "all planes", range: "1h", source: source, cursor: Samples.cursor,
            age: age)
    }

    static func verdict() -> VerdictModel {
        VerdictModel(
            counts: [.firing: 3, .pending: 2, .noData: 1, .normal: 41],
            worst: .init(subject: "acme/prod-eu", since: Samples.ago(.minutes(14))), cursor: Samples.cursor)
    }

    static let hints = BottomLineModel(hints: [
        .init("?", "help"), .init("Tab", "dashboards"), .init("Enter", "open"), .init("a", "alerts"),
        .init("/", "filter"),
        .init("space", "pause"), .init("[ ]", "alert"), .init("t", "range"), .init("v", "variables"),
        .init("q", "quit"),
    ])

    static func scrubber() -> ScrubberModel {
        let from = Samples.ago(.minutes(62))
        func time(_ minutes: Int64) -> Timestamp { from + .minutes(minutes) }
        return ScrubberModel(
            from: from, to: time(100), cursor: Samples.cursor,
            spans: [
                .init(from: time(0), to: time(15), state: .normal),
                .init(from: time(15), to: time(18), state: .pending),
                .init(from: time(18), to: time(36), state: .firing),
                .init(from: time(41), to: time(70), state: .firing),
                .init(from: time(70), to: time(100), state: .normal),
            ],
            transitions: [(time(15), .pending), (time(18), .firing), (time(70), .normal)])
    }

    static func changes() -> TableView {
        func row(_ time: SafeText, _ plane: SafeText, _ what: SafeText) -> [TableView.Cell] {
            [.init(text: time), .init(text: plane), .init(text: what)]
        }
        return TableView(
            columns: [.init(title: "time"), .init(title: "plane"), .init(title: "what")],
            rows: [
                row("10:28:14", "acme/prod-eu", "enrich_slow processes 0.8k rows/s, was 1.9k"),
                row("10:30:02", "acme/prod-eu", "export_broken failed, first failure after 412 successes"),
                row("10:33:40", "initech/prod", "last message from collector eu-2, every 60s before"),
                row("10:41:19", "globex/prod", "reconcile run manual__10:36 has no end, usually 4m"),
            ], showsHeader: false)
    }

    static func overview() -> (items: [LayoutItem], views: [Int: PanelView]) {
        let views = [
            Samples.panel(1, "Planes", .table(Samples.planes())),
            Samples.panel(2, "Alerts", .alertList(Samples.alerts())),
            Samples.panel(3, "What changed", .table(changes())),
        ]
        let places = [(0, 0, 24, 8), (0, 8, 24, 7), (0, 15, 24, 5)]
        return items(views, places)
    }

    static func spark() -> (items: [LayoutItem], views: [Int: PanelView]) {
        let firing = PanelAlert(state: .firing, count: 1, since: Samples.ago(.minutes(14)))
        let views = [
            Samples.panel(1, "Spark streaming", .row(isCollapsed: false, panelCount: 8)),
            Samples.panel(2, "Active queries", .stat(Samples.stats()[1])),
            Samples.panel(3, "Falling behind", .stat(Samples.stats()[2])),
            Samples.panel(4, "DAG success 1h", .stat(Samples.stats()[0]), alert: firing),
            Samples.panel(5, "Watermark delay", .stat(Samples.stats()[3]), health: .noData),
            Samples.panel(
                6, "Input against processing", .timeSeries(Samples.inputAgainstProcessing()), alert: firing),
            Samples.panel(
                7, "Batch duration", .timeSeries(Samples.batchDuration()),
                alert: PanelAlert(state: .normal, count: 1, since: Samples.start)),
            Samples.panel(8, "Task states", .timeSeries(Samples.stacked())),
            Samples.panel(9, "State size", .timeSeries(Samples.twoAxes())),
            Samples.panel(10, "Heartbeats", .timeSeries(Samples.withGaps())),
            Samples.panel(11, "Pools", .gauge(Samples.gauges()[1])),
            Samples.panel(12, "Runs", .stateTimeline(Samples.timeline())),
            Samples.panel(13, "Latency", .heatmap(Samples.heatmap())),
        ]
        let places = [
            (0, 0, 24, 1), (0, 1, 6, 4), (6, 1, 6, 4), (12, 1, 6, 4), (18, 1, 6, 4), (0, 5, 12, 8),
            (12, 5, 12, 8), (0, 13, 8, 8),
            (8, 13, 8, 8), (16, 13, 8, 8), (0, 21, 6, 7), (6, 21, 10, 7), (16, 21, 8, 7),
        ]
        return items(views, places)
    }

    static func items(_ views: [PanelView], _ places: [(Int, Int, Int, Int)]) -> (
        items: [LayoutItem], views: [Int: PanelView]
    ) {
        let items = zip(views, places).map { view, place in
            LayoutItem(
                id: view.id, x: place.0, y: place.1, width: place.2, height: place.3, content: view.content)
        }
        return (items, Dictionary(uniqueKeysWithValues: views.map { ($0.id, $0) }))
    }

    static func draw(
        _ dashboard: (items: [LayoutItem], views: [Int: PanelView]), width: Int, height: Int,
        source: SourceState = .live,
        focused: Int? = nil, _ context: DrawingContext = Samples.context()
    ) -> Canvas {
        var canvas = Canvas(width: width, height: height)
        var context = context
        context.focusedPanel = focused
        let hasScrubber: Bool = if case .replay = source { true } else { false }
        let screen = ScreenLayout(width: width, height: height, hasScrubber: hasScrubber)
        let top = topLine(source)
        canvas.drawTopLine(top, in: screen.top, context)
        canvas.drawVerdict(verdict(), in: screen.verdict, source: screen.top.isEmpty ? top : nil, context)
        let layout = DashboardLayout(
            dashboard.items, width: screen.body.width, height: screen.body.height, focused: focused)
        let offset = focused.map { layout.offset(showing: $0, from: 0, viewHeight: screen.body.height) } ?? 0
        canvas.drawDashboard(dashboard.views, layout, in: screen.body, offset: offset, context)
        canvas.drawScrubber(scrubber(), in: screen.scrubber, context)
        canvas.drawBottomLine(hints, in: screen.bottom, context)
        return canvas
    }

    static let help = HelpModel(sections: [
        .init(
            title: "Dashboards",
            entries: [
                ("1-9 Tab", "switch"), ("Enter", "zoom into the panel"), ("Esc", "back"), ("v", "variables"),
                ("/", "filter"),
            ]),
        .init(
            title: "Time",
            entries: [
                ("space", "pause"), (", .", "one step back, on"), ("[ ]", "alert transition before, after"),
                ("< >", "slower, faster"),
                ("t + -", "range, in, out"), ("g", "go to a time"), ("0 L", "back to live"),
            ]),
        .init(title: "Alerts", entries: [("a", "list"), ("Enter", "details and runbook")]),
        .init(title: "Else", entries: [("R", "record"), ("S", "snapshot"), ("T", "theme"), ("q", "quit")]),
    ])

    static let picker = PickerModel(
        title: "Range",
        items: [
            .init("last 15 minutes", detail: "15m"), .init("last hour", detail: "1h"),
            .init("last 6 hours", detail: "6h"),
            .init("last day", detail: "24h"),
        ], selected: 1)

    static let variables = VariablePickerModel(
        variables: [("tenant", "All"), ("plane", "prod-eu, prod-us"), ("dag", "All")], selectedVariable: 1,
        options: [
            .init("prod-ap", isChecked: false), .init("prod-eu", isChecked: true, state: .firing),
            .init("prod-us", isChecked: true, state: .pending), .init("staging", isChecked: false),
        ], selectedOption: 2, isChoosing: true)

    static func detail() -> AlertDetailModel {
        AlertDetailModel(
            name: "StreamFallingBehind", state: .firing, severity: "critical", value: "0.66 < 0.95",
            activeSince: Samples.ago(.minutes(19)), firedAt: Samples.ago(.minutes(14)),
            summary:
                "enrich_slow on acme/prod-eu processes 66 % of what comes in; at this rate it is 38 minutes behind by 11:30.",
            labels: [
                ("alertname", "StreamFallingBehind"), ("plane", "prod-eu"), ("query", "enrich_slow"),
                ("tenant", "acme"),
            ],
            annotations: [("dashboard", "Spark")],
            expression:
                "sum by (tenant, plane, query) (spark_processed_rows_per_second) / sum by (tenant, plane, query) (spark_input_rows_per_second) < 0.95",
            runbook: [
                .paragraph(
                    "Look at the batch duration first: when it is above the trigger interval, the query lacks cores or a sink is slow."
                ),
                .item("executors lost? see Airflow, pool spark"), .item("sink slow? see the commit duration"),
                .code("kubectl -n prod-eu get pods -l app=enrich-slow"),
            ],
            history: [
                (Samples.ago(.minutes(14)), .firing), (Samples.ago(.minutes(19)), .pending),
                (Samples.ago(.hours(9)), .normal),
            ],
            cursor: Samples.cursor)
    }

    static func browser() -> AlertBrowserModel {
        let items = Samples.alerts().items
        return AlertBrowserModel(
            groups: [
                .init(title: "acme/prod-eu", items: Array(items[0...1])),
                .init(title: "globex/prod", items: [items[2]]),
                .init(title: "initech/prod", items: [items[3]]),
                .init(title: "acme/prod-us", items: Array(items[4...5])),
            ], selected: 1, coverage: .watched(14), cursor: Samples.cursor)
    }

    /// Without an alert, and what that is worth.
    static func browser(_ coverage: RuleCoverage) -> AlertBrowserModel {
        AlertBrowserModel(groups: [], selected: nil, coverage: coverage, cursor: Samples.cursor)
    }

    static func troubled() -> PanelView {
        PanelView(
            id: 1, title: "Throughput", content: .text(Samples.text()),
            health: .partial("query B: more than 50000000 samples"),
            notHonoured: ["transformation `joinByField`: not known", "custom.cellOptions: json view"],
            description: "Rows a second over all streams of a plane, against what they read.")
    }
}
