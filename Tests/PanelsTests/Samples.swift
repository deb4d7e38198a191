import Canvas
import Dashboard
import DisplayText
import Glibc
import MetricModel
import Panels
import Rules

/// Views as a data plane in trouble would give them, the same at every run.
enum Samples {
    /// 2026-11-20 10:42:15 UTC.
    static let cursor = Timestamp(milliseconds: 1_795_171_335_000)
    static func ago(_ span: TimeSpan) -> Timestamp { cursor - span }

    static func context(_ glyphs: GlyphSet = .braille, isMono: Bool = false) -> DrawingContext {
        DrawingContext(glyphs: glyphs, isMono: isMono, cursor: cursor, endLabel: "now")
    }

    // MARK: Units

    static func decimal(_ value: Double, _ decimals: Int) -> String {
        let scale = pow(10, Double(decimals))
        let rounded = (abs(value) * scale).rounded()
        let whole = Int(rounded / scale)
        let sign = value < 0 && rounded > 0 ? "-" : ""
        if decimals == 0 { return "\(sign)\(whole)" }
        let fraction = Int(rounded - Double(whole) * scale)
        let digits = "\(fraction)"
        return "\(sign)\(whole)." + String(repeating: "0", count: decimals - digits.count) + digits
    }

    static func short(_ unit: String = "") -> @Sendable (Double, Int?) -> FormattedValue {
        { value, decimals in
            let (scaled, suffix): (Double, String) =
                abs(value) >= 1e6
                ? (value / 1e6, "M") : abs(value) >= 1000 ? (value / 1000, "k") : (value, "")
            let digits = decimals ?? (scaled == scaled.rounded() ? 0 : abs(scaled) < 10 ? 2 : 1)
            return FormattedValue(text: SafeText(decimal(scaled, digits)), suffix: SafeText(suffix + unit))
        }
    }

    static let seconds: @Sendable (Double, Int?) -> FormattedValue = { value, decimals in
        let (scaled, suffix): (Double, String) =
            value >= 3600 ? (value / 3600, " h") : value >= 60 ? (value / 60, " min") : (value, " s")
        let digits = decimals ?? (scaled == scaled.rounded() ? 0 : 1)
        return FormattedValue(text: SafeText(decimal(scaled, digits)), suffix: SafeText(suffix))
    }

    static let bytes: @Sendable (Double, Int?) -> FormattedValue = { value, decimals in
        var scaled = value
        var unit = 0
        while abs(scaled) >= 1024, unit < 4 {
            scaled /= 1024
            unit += 1
        }
        let digits = decimals ?? (scaled == scaled.rounded() ? 0 : 1)
        return FormattedValue(
            text: SafeText(decimal(scaled, digits)),
            suffix: SafeText([" B", " KiB", " MiB", " GiB", " TiB"][unit]))
    }

    static func value(
        _ title: SafeText, _ value: Double?, _ text: SafeText, _ suffix: SafeText = "",
        _ color: PanelColor = .ok,
        fraction: Double? = nil, sparkline: [Double?] = []
    ) -> DisplayValue {
        DisplayValue(
            title: title, value: value, text: FormattedValue(text: text, suffix: suffix), color: color,
            fraction: fraction, sparkline: sparkline)
    }

    // MARK: Time series

    static let start = ago(.hours(1))
    static let step = TimeSpan.seconds(30)
    static let count = 121

    static func wave(_ base: Double, _ swing: Double, period: Double, noise: Double = 0, seed: UInt64 = 1)
        -> [Double?]
    {
        var numbers = SeededNumbers(seed: seed)
        return (0..<count).map { index in
            let jitter = Double.random(in: -1...1, using: &numbers) * noise
            return base + swing * sin(Double(index) / period) + jitter
        }
    }

    static func calc(_ name: SafeText, _ text: SafeText, _ suffix: SafeText = "") -> (
        name: SafeText, value: FormattedValue
    ) {
        (name, FormattedValue(text: text, suffix: suffix))
    }

    /// Input goes on, processing falls behind: the picture of the sketch.
    static func inputAgainstProcessing() -> TimeSeriesView {
        let input = wave(1240, 60, period: 9, noise: 25, seed: 3)
        var numbers = SeededNumbers(seed: 5)
        let output: [Double?] = (0..<count).map { index in
            let base =
                index < 60 ? 1900.0 - abs(Double(index) - 30) * 6 : max(820, 1700 - Double(index - 60) * 40)
            return base + Double.random(in: -20...20, using: &numbers)
        }
        return TimeSeriesView(
            start: start, step: step, count: count,
            series: [
                .init(name: "in", values: input, color: .palette(0), legend: [calc("mean", "1.22", "k/s")]),
                .init(name: "out", values: output, color: .palette(1), legend: [calc("mean", "1.51", "k/s")]),
            ],
            left: .init(format: short("/s")),
            marks: [
                .init(time: ago(.minutes(18)), state: .pending, text: "pending"),
                .init(time: ago(.minutes(14)), state: .firing, text: "firing"),
            ])
    }

    static func batchDuration() -> TimeSeriesView {
        let slow = (0..<count).map { index -> Double? in
            if index < 60 { return 2 + Double(index % 7) * 0.1 }
            return min(58, 2 + Double(index - 60) * 1.1)
        }
        let fast = wave(1.1, 0.3, period: 5, noise: 0.2, seed: 9)
        return TimeSeriesView(
            start: start, step: step, count: count,
            series: [
                .init(name: "enrich_slow", values: slow, color: .palette(0)),
                .init(name: "orders_fast", values: fast, color: .palette(2)),
            ],
            left: .init(format: seconds),
            thresholdLines: [ThresholdStep(value: 10, color: .critical)])
    }

    static func withGaps() -> TimeSeriesView {
        var values = wave(50, 30, period: 12, noise: 4, seed: 11)
        for index in 40..<62 { values[index] = nil }
        for index in 90..<120 where index % 9 == 0 { values[index] = nil }
        return TimeSeriesView(
            start: start, step: step, count: count,
            series: [.init(name: "scheduler heartbeat", values: values, color: .palette(3), fill: true)],
            left: .init(format: short()))
    }

    static func stacked(_ stacking: TimeSeriesView.Stacking = .normal) -> TimeSeriesView {
        TimeSeriesView(
            start: start, step: step, count: count,
            series: [
                .init(
                    name: "success", values: wave(40, 8, period: 14, noise: 3, seed: 21), color: .ok,
                    fill: true),
                .init(
                    name: "failed", values: wave(9, 6, period: 6, noise: 2, seed: 22), color: .critical,
                    fill: true),
                .init(
                    name: "up for retry", values: wave(12, 3, period: 20, noise: 2, seed: 23),
                    color: .warning, fill: true),
            ],
            stacking: stacking, left: .init(format: short()))
    }

    static func bars() -> TimeSeriesView {
        let values = (0..<24).map { index -> Double? in
            index == 9 || index == 10 ? nil : Double((index * 7) % 13) * 10
        }
        return TimeSeriesView(
            start: ago(.hours(2)), step: .minutes(5), count: 24,
            series: [.init(name: "DAG runs", values: values, color: .palette(2), style: .bars)],
            left: .init(format: short()), legend: .hidden)
    }

    static func belowZero() -> TimeSeriesView {
        TimeSeriesView(
            start: start, step: step, count: count,
            series: [
                .init(
                    name: "read", values: wave(60, 30, period: 11, seed: 31), color: .palette(0), style: .bars
                ),
                .init(
                    name: "write", values: wave(-45, 25, period: 8, seed: 32), color: .palette(1),
                    style: .bars),
            ],
            left: .init(format: bytes))
    }

    static func logarithmic() -> TimeSeriesView {
        let values = (0..<count).map { index -> Double? in pow(10, 1 + 4 * abs(sin(Double(index) / 25))) }
        return TimeSeriesView(
            start: start, step: step, count: count,
            series: [.init(name: "lag", values: values, color: .palette(4))],
            left: .init(isLogarithmic: true, format: short()), legend: .hidden)
    }

    static func twoAxes() -> TimeSeriesView {
        TimeSeriesView(
            start: start, step: step, count: count,
            series: [
                .init(
                    name: "memory", values: wave(3.1e9, 4e8, period: 17, noise: 3e7, seed: 41),
                    color: .palette(0)),
                .init(
                    name: "cpu", values: wave(44, 20, period: 7, noise: 6, seed: 42), color: .palette(3),
                    usesRightAxis: true),
            ],
            left: .init(min: 0, label: "resident", format: bytes),
            right: .init(
                min: 0, max: 100, label: "of all cores",
                format: { value, decimals in
                    FormattedValue(text: SafeText(decimal(value, decimals ?? 1)), suffix: "%")
                }))
    }

    static func manySeries(
        _ number: Int = 9, legend: TimeSeriesView.LegendPlacement = .bottom, isTable: Bool = false
    ) -> TimeSeriesView {
        TimeSeriesView(
            start: start, step: step, count: count,
            series: (0..<number).map { index in
                .init(
                    name: SafeText("daily_features_\(["eu", "us", "ap"][index % 3])_shard_\(index)"),
                    values: wave(
                        Double(10 + index * 9), 4, period: Double(4 + index * 3), noise: 1,
                        seed: UInt64(50 + index)),
                    color: .palette(index),
                    legend: [
                        calc("mean", SafeText("\(10 + index * 9).2")),
                        calc("max", SafeText("\(15 + index * 9)")),
                    ])
            },
            left: .init(format: short()), legend: legend, legendIsTable: isTable)
    }

    static func points() -> TimeSeriesView {
        TimeSeriesView(
            start: start, step: .minutes(2), count: 31,
            series: [
                .init(
                    name: "duration",
                    values: (0..<31).map { index -> Double? in
                        index % 4 == 3 ? nil : 240 + Double((index * 37) % 90)
                    }, color: .palette(5), style: .points)
            ],
            left: .init(softMin: 0, format: seconds),
            thresholdLines: [ThresholdStep(value: 300, color: .warning)])
    }

    // MARK: Others

    static let falling: [Double?] = [100, 100, 99, 98, 97, 94, 90, 86, 83, 81.1]
    static let steady: [Double?] = Array(repeating: 100, count: 10)
    static let broken: [Double?] = [100, 100, 99, 100, 100, 98, nil, nil, nil]

    static func stats() -> [StatView] {
        [
            StatView(
                values: [
                    value(
                        "", 81.1, "81.1", "%", .critical,
                        sparkline: wave(85, 9, period: 30, noise: 1, seed: 61))
                ], showsSparkline: true),
            StatView(values: [value("", 41, "41", "", .ok)]),
            StatView(values: [value("", 2, "2", "", .critical)], colorMode: .background),
            StatView(values: [value("", nil, "N/A", "", .standard)]),
        ]
    }

    static func manyStats() -> StatView {
        StatView(
            values: [
                value("acme/prod-eu", 81.1, "81.1", "%", .critical, sparkline: falling),
                value("globex/prod", 97, "97.0", "%", .warning, sparkline: broken),
                value("umbrella/eu", 100, "100", "%", .ok, sparkline: steady),
            ], showsSparkline: true)
    }

    static let thresholds: [(fraction: Double, color: PanelColor)] = [
        (0, .ok), (0.7, .warning), (0.9, .critical),
    ]

    static func gauges() -> [GaugeView] {
        [
            GaugeView(
                values: [value("", 72.4, "72.4", "%", .warning, fraction: 0.724)], thresholds: thresholds),
            GaugeView(
                values: [
                    value("pool default", 0.41, "41", "%", .ok, fraction: 0.41),
                    value("pool backfill_eu_large", 0.97, "97", "%", .critical, fraction: 0.97),
                ], thresholds: thresholds),
        ]
    }

    static func barGauge(isHorizontal: Bool = true) -> BarGaugeView {
        BarGaugeView(
            values: [
                value("export_broken", 0.12, "12", "%", .critical, fraction: 0.12),
                value("daily_features_eu_customers", 0.81, "81", "%", .warning, fraction: 0.81),
                value("daily_features_eu_orders", 0.99, "99", "%", .ok, fraction: 0.99),
                value("reconcile", 1, "100", "%", .ok, fraction: 1),
                value("never_ran", nil, "–", "", .standard),
            ], isHorizontal: isHorizontal)
    }

    static func planes() -> TableView {
        func row(
            _ state: AlertState, _ plane: SafeText, _ since: SafeText, _ rate: SafeText, _ color: PanelColor,
            _ history: [Double?],
            _ late: SafeText, _ rows: SafeText, _ age: SafeText
        ) -> [TableView.Cell] {
            [
                .init(text: "", look: .state(state)), .init(text: plane), .init(text: since),
                .init(text: rate, color: color, look: .sparkline(history)), .init(text: late),
                .init(text: rows), .init(text: age),
            ]
        }
        return TableView(
            columns: [
                .init(title: "state"), .init(title: "plane"), .init(title: "since", alignment: .right),
                .init(title: "DAG success 1h"), .init(title: "late", alignment: .right),
                .init(title: "rows/s in → out", alignment: .right), .init(title: "age", alignment: .right),
            ],
            rows: [
                row(.firing, "acme/prod-eu", "14m", "81.1%", .critical, falling, "2", "1.2k → 0.8k", "12s"),
                row(
                    .firing, "globex/prod", "3m", "97.0%", .warning, [99, 99, 98, 99, 99, 98, 99, 98, 97],
                    "1", "410 → 408", "31s"),
                row(.noData, "initech/prod", "9m", "–", .standard, broken, "–", "– → –", "9m02s"),
                row(
                    .pending, "acme/prod-us", "1m40s", "94.4%", .warning,
                    [100, 100, 99, 99, 98, 98, 97, 96, 94.4], "0", "3.4k → 3.4k", "8s"),
                row(.normal, "umbrella/eu", "2d4h", "100.0%", .ok, steady, "0", "120 → 120", "22s"),
                row(.normal, "umbrella/us", "2d4h", "100.0%", .ok, steady, "0", "88 → 88", "19s"),
            ])
    }

    static func wideTable() -> TableView {
        TableView(
            columns: [
                .init(title: "DAG"), .init(title: "pool", alignment: .left),
                .init(title: "used", alignment: .left),
                .init(title: "runs", alignment: .right), .init(title: "failed", alignment: .right),
            ],
            rows: (0..<40).map { index in
                [
                    .init(
                        text: SafeText("daily_features_\(["eu", "us", "ap"][index % 3])_customer_\(index)_v2")
                    ),
                    .init(text: "default_pool"),
                    .init(
                        text: SafeText("\(index * 2)%"), color: index > 30 ? .critical : .ok, look: .gauge,
                        fraction: Double(index * 2) / 100),
                    .init(text: SafeText("\(index * index)")),
                    .init(
                        text: SafeText("\(index % 5)"), color: index % 5 > 3 ? .critical : .ok,
                        look: .coloredBackground),
                ]
            },
            footer: [
                .init(text: "total"), .init(text: ""), .init(text: ""), .init(text: "20540"),
                .init(text: "80"),
            ])
    }

    /// Nothing is active.
    static func noAlerts(_ coverage: RuleCoverage, showsCountOnly: Bool = false) -> AlertListView {
        AlertListView(
            items: [], counts: [:], coverage: coverage, showsCountOnly: showsCountOnly, cursor: cursor)
    }

    static func alerts() -> AlertListView {
        AlertListView(
            items: [
                .init(
                    state: .firing, severity: "critical", name: "StreamFallingBehind",
                    subject: "acme/prod-eu enrich_slow", value: "0.66 < 0.95", summary: "",
                    since: ago(.minutes(14))),
                .init(
                    state: .firing, severity: "critical", name: "DagFailing",
                    subject: "acme/prod-eu export_broken", value: "12 in a row", summary: "",
                    since: ago(.minutes(11))),
                .init(
                    state: .firing, severity: "warning", name: "DagRunStuck",
                    subject: "globex/prod reconcile", value: "5.2h > 1h", summary: "", since: ago(.minutes(3))
                ),
                .init(
                    state: .noData, severity: "warning", name: "SourceSilent", subject: "initech/prod",
                    value: "9m02s", summary: "", since: ago(.minutes(9))),
                .init(
                    state: .pending, severity: "warning", name: "DagSlow",
                    subject: "acme/prod-us model_drift", value: "3.1× normal", summary: "",
                    since: ago(.seconds(100))),
                .init(
                    state: .recovering, severity: "info", name: "PoolFull", subject: "acme/prod-us backfill",
                    value: "0.91", summary: "", since: ago(.seconds(20))),
            ],
            counts: [.firing: 3, .noData: 1, .pending: 1, .recovering: 1, .normal: 41], cursor: cursor)
    }

    static func text() -> TextView {
        TextView(lines: [
            .heading("Before you restart the scheduler"),
            .paragraph(
                "A scheduler that is dead answers its health endpoint with 200. Look at the age of its heartbeat first, then at the number of queued tasks."
            ),
            .blank, .item("heartbeat older than 30 s: restart it"),
            .item("queued tasks grow while running ones do not: a pool is full"),
            .code("airflow jobs check --job-type SchedulerJob"),
        ])
    }

    static func timeline() -> StateTimelineView {
        func span(_ from: Int64, _ to: Int64, _ text: SafeText, _ color: PanelColor) -> StateTimelineView.Span
        {
            .init(from: ago(.minutes(from)), to: ago(.minutes(to)), text: text, color: color)
        }
        return StateTimelineView(
            from: start, to: cursor,
            bands: [
                .init(
                    name: "reconcile",
                    spans: [
                        span(60, 40, "success", .ok), span(40, 22, "success", .ok),
                        span(22, 0, "running", .warning),
                    ]),
                .init(
                    name: "export_broken",
                    spans: [
                        span(60, 45, "success", .ok), span(45, 31, "failed", .critical),
                        span(31, 30, "success", .ok), span(30, 0, "failed", .critical),
                    ]),
                .init(
                    name: "daily_features_eu_customers",
                    spans: [span(60, 33, "success", .ok), span(12, 0, "success", .ok)]),
                .init(
                    name: "model_drift",
                    spans: [span(50, 20, "queued", .palette(2)), span(20, 0, "success", .ok)]),
            ],
            legend: [("success", .ok), ("running", .warning), ("failed", .critical), ("queued", .palette(2))])
    }

    static func heatmap() -> HeatmapView {
        func amount(_ row: Int, _ column: Int) -> Double? {
            if column > 36 && column < 41 { return nil }
            let centre = 3.0 + 2.5 * sin(Double(column) / 9)
            let distance = Double(row) - centre
            return (100 * exp(-distance * distance / 2)).rounded()
        }
        return HeatmapView(
            start: start, step: .minutes(1),
            rows: ["5 ms", "10 ms", "25 ms", "50 ms", "100 ms", "250 ms", "500 ms", "1 s", "+Inf"],
            values: (0..<9).map { row in (0..<61).map { amount(row, $0) } })
    }

    static func pie() -> PieChartView {
        PieChartView(slices: [
            value("queued", 12, "12", "", .palette(1)), value("success", 412, "412", "", .palette(0)),
            value("failed", 31, "31", "", .palette(6)), value("upstream_failed", 2, "2", "", .palette(3)),
        ])
    }

    static func histogram() -> HistogramView {
        HistogramView(
            bars: (0..<14).map { index in
                let distance = Double(index) - 4
                let count: Double = 120 * exp(-distance * distance / 6)
                return HistogramView.Bar(label: SafeText("\(index * 50)"), count: count.rounded())
            })
    }

    /// Every kind of panel with a name for its golden file and the alert or health that its frame shows.
    static let panels: [(name: String, view: PanelView)] = [
        (
            "timeseries",
            panel(
                1, "Input against processing", .timeSeries(inputAgainstProcessing()),
                alert: PanelAlert(state: .firing, count: 1, since: ago(.minutes(14))))
        ),
        (
            "timeseries-threshold",
            panel(
                2, "Batch duration", .timeSeries(batchDuration()),
                alert: PanelAlert(state: .pending, count: 2, since: ago(.seconds(100))))
        ),
        ("timeseries-gaps", panel(3, "Heartbeats", .timeSeries(withGaps()))),
        ("timeseries-stacked", panel(4, "Task states", .timeSeries(stacked()))),
        ("timeseries-percent", panel(5, "Task states, share", .timeSeries(stacked(.percent)))),
        (
            "timeseries-bars",
            panel(
                6, "DAG runs", .timeSeries(bars()),
                alert: PanelAlert(state: .normal, count: 3, since: ago(.hours(9))))
        ),
        ("timeseries-negative", panel(7, "Disk", .timeSeries(belowZero()))),
        ("timeseries-log", panel(8, "Consumer lag", .timeSeries(logarithmic()))),
        ("timeseries-axes", panel(9, "Executor", .timeSeries(twoAxes()))),
        ("timeseries-legend", panel(10, "Features", .timeSeries(manySeries()))),
        ("timeseries-legend-right", panel(11, "Features", .timeSeries(manySeries(legend: .right)))),
        ("timeseries-legend-table", panel(12, "Features", .timeSeries(manySeries(5, isTable: true)))),
        ("timeseries-points", panel(13, "Run duration", .timeSeries(points()))),
        (
            "stat",
            panel(
                14, "DAG success 1h", .stat(stats()[0]),
                alert: PanelAlert(state: .firing, count: 2, since: ago(.minutes(11))))
        ),
        ("stat-plain", panel(15, "Active DAGs", .stat(stats()[1]))),
        ("stat-background", panel(16, "Late runs", .stat(stats()[2]))),
        ("stat-none", panel(17, "Watermark delay", .stat(stats()[3]), health: .noData)),
        ("stat-many", panel(18, "Success by plane", .stat(manyStats()))),
        ("gauge", panel(19, "Pool usage", .gauge(gauges()[0]))),
        ("gauge-many", panel(20, "Pools", .gauge(gauges()[1]))),
        ("bargauge", panel(21, "Success by DAG", .barGauge(barGauge()))),
        ("bargauge-vertical", panel(22, "Success by DAG", .barGauge(barGauge(isHorizontal: false)))),
        ("table", panel(23, "Planes", .table(planes()))),
        (
            "table-long",
            panel(
                24, "DAGs", .table(wideTable()),
                notHonoured: ["transformation `joinByField`", "custom.cellOptions json"])
        ),
        ("text", panel(25, "Runbook", .text(text()))),
        ("state-timeline", panel(26, "DAG runs over time", .stateTimeline(timeline()))),
        ("alert-list", panel(27, "Alerts", .alertList(alerts()))),
        ("alert-none", panel(27, "Alerts", .alertList(noAlerts(.watched(14))))),
        ("alert-none-evaluated", panel(27, "Alerts", .alertList(noAlerts(.notEvaluated)))),
        ("alert-none-loaded", panel(27, "Alerts", .alertList(noAlerts(.noRules)))),
        ("alert-count-none", panel(28, "Alerts", .alertList(noAlerts(.watched(14), showsCountOnly: true)))),
        (
            "alert-count-none-loaded",
            panel(28, "Alerts", .alertList(noAlerts(.noAlertRules, showsCountOnly: true)))
        ),
        (
            "alert-count",
            panel(
                28, "Alerts",
                .alertList(
                    AlertListView(
                        items: alerts().items, counts: alerts().counts, showsCountOnly: true, cursor: cursor))
            )
        ),
        ("heatmap", panel(29, "Request latency", .heatmap(heatmap()))),
        ("pie", panel(30, "Task states", .pieChart(pie()))),
        ("histogram", panel(31, "Run duration", .histogram(histogram()))),
        ("row-open", panel(32, "Spark streaming", .row(isCollapsed: false, panelCount: 4))),
        (
            "row-closed",
            panel(
                33, "Spark streaming", .row(isCollapsed: true, panelCount: 4),
                alert: PanelAlert(state: .firing, count: 2, since: ago(.minutes(14))))
        ),
        (
            "unsupported",
            panel(34, "Logs", .unsupported("the data source is Loki, planetop reads Prometheus queries only"))
        ),
        (
            "error",
            panel(
                35, "Throughput", .timeSeries(inputAgainstProcessing()),
                health: .error("query A: 1:14: parse error: unexpected end of input"))
        ),
        (
            "partial",
            panel(
                36, "Throughput", .timeSeries(batchDuration()),
                health: .partial("query B: more than 50000000 samples"))
        ),
        (
            "stale",
            panel(
                37, "Planes", .table(planes()), health: .stale(age: .seconds(542)),
                alert: PanelAlert(state: .noData, count: 1, since: ago(.minutes(9))))
        ),
        (
            "empty",
            panel(
                38, "Nothing yet",
                .timeSeries(
                    TimeSeriesView(
                        start: start, step: step, count: count, series: [], left: .init(format: short()))),
                health: .noData)
        ),
    ]

    static func panel(
        _ id: Int, _ title: SafeText, _ content: PanelContent, health: PanelHealth = .fresh,
        alert: PanelAlert? = nil,
        notHonoured: [SafeText] = []
    ) -> PanelView {
        PanelView(
            id: id, title: title, content: content, health: health, alert: alert, notHonoured: notHonoured)
    }
}
