import DisplayText
import MetricModel
import Rules

/// A panel at the cursor, ready to be drawn: every query answered, every value with its unit, colour and text.
///
/// The only thing that `Panels` reads. It holds no Grafana JSON and no PromQL any more.
package struct PanelView: Sendable {
    package var id: Int
    package var title: SafeText
    package var description: SafeText?
    package var content: PanelContent
    package var health: PanelHealth
    /// Worst state of the alert rules linked to this panel, and how many of them are in it; `nil` without any rule.
    package var alert: PanelAlert?
    /// What the dashboard asked of this panel and is not honoured, a line each.
    package var notHonoured: [SafeText]

    package init(
        id: Int, title: SafeText, content: PanelContent, health: PanelHealth = .fresh,
        alert: PanelAlert? = nil,
        notHonoured: [SafeText] = [], description: SafeText? = nil
    ) {
        self.id = id
        self.title = title
        self.content = content
        self.health = health
        self.alert = alert
        self.notHonoured = notHonoured
        self.description = description
    }
}

/// Whether the panel's data can be believed. Absence is never zero, nor green.
package enum PanelHealth: Sendable, Equatable {
    case fresh
    /// The newest sample is older than its series' lookback allows.
    case stale(age: TimeSpan)
    /// The queries matched nothing.
    case noData
    /// Some queries failed, the rest is drawn.
    case partial(SafeText)
    case error(SafeText)
}

package struct PanelAlert: Sendable, Equatable {
    package var state: AlertState
    package var count: Int
    package var since: Timestamp

    package init(state: AlertState, count: Int, since: Timestamp) {
        self.state = state
        self.count = count
        self.since = since
    }
}

package enum PanelContent: Sendable {
    /// `timeseries`, `graph`, and `barchart` over time.
    case timeSeries(TimeSeriesView)
    /// `stat`, `singlestat`.
    case stat(StatView)
    case gauge(GaugeView)
    case barGauge(BarGaugeView)
    case table(TableView)
    case text(TextView)
    /// `state-timeline`, `status-history`.
    case stateTimeline(StateTimelineView)
    case alertList(AlertListView)
    case heatmap(HeatmapView)
    case pieChart(PieChartView)
    case histogram(HistogramView)
    /// `annolist`: what changed, newest first.
    case eventList(EventListView)
    /// A row header; its panels follow it in the layout.
    case row(isCollapsed: Bool, panelCount: Int)
    /// A type or a data source that planetop does not draw, with the reason.
    case unsupported(SafeText)
}

/// The colour of a value or a series as the dashboard decides it; `Panels` maps it to what the theme has.
package enum PanelColor: Sendable, Hashable {
    case standard
    /// The next colour of the classic palette.
    case palette(Int)
    /// 0xRRGGBB, from the dashboard or from one of Grafana's named colours.
    case rgb(UInt32)
    /// Grafana's green, yellow/orange and red, which thresholds use: drawn as the theme's states.
    case ok, warning, critical
}

/// A value as text: `1.24` `k/s`, right-aligned by the caller.
package struct FormattedValue: Sendable, Hashable {
    package var prefix: SafeText
    package var text: SafeText
    package var suffix: SafeText

    package init(prefix: SafeText = "", text: SafeText, suffix: SafeText = "") {
        self.prefix = prefix
        self.text = text
        self.suffix = suffix
    }

    package var joined: SafeText { SafeText(prefix.string + text.string + suffix.string) }
}

/// One value of a stat, gauge or bar gauge.
package struct DisplayValue: Sendable {
    package var title: SafeText
    /// `nil` is no value: drawn as `text`, never as zero.
    package var value: Double?
    package var text: FormattedValue
    package var color: PanelColor
    /// Where the value stands between the field's min and max, 0…1; `nil` when it has no place there.
    package var fraction: Double?
    /// Recent history for the sparkline, oldest first; empty when not asked for.
    package var sparkline: [Double?]
    /// Which step of the grid that is aligned to the epoch the first of `sparkline` is, so that history too long for its
    /// place is put together in the same groups from one frame to the next.
    package var sparklinePhase: Int

    package init(
        title: SafeText, value: Double?, text: FormattedValue, color: PanelColor, fraction: Double? = nil,
        sparkline: [Double?] = [], sparklinePhase: Int = 0
    ) {
        self.title = title
        self.value = value
        self.text = text
        self.color = color
        self.fraction = fraction
        self.sparkline = sparkline
        self.sparklinePhase = sparklinePhase
    }
}

package struct ThresholdStep: Sendable, Hashable {
    /// Lower bound; minus infinity for the base.
    package var value: Double
    package var color: PanelColor

    package init(value: Double, color: PanelColor) {
        self.value = value
        self.color = color
    }
}

package struct TimeSeriesView: Sendable {
    package enum DrawStyle: Sendable { case line, bars, points }
    package enum Stacking: Sendable { case none, normal, percent }

    package struct Series: Sendable {
        package var name: SafeText
        /// One value a step of `times`; `nil` is a gap.
        package var values: [Double?]
        package var color: PanelColor
        package var style: DrawStyle
        package var fill: Bool
        package var connectsNulls: Bool
        package var usesRightAxis: Bool
        package var isHidden: Bool
        /// The calcs that the legend asks for, in its order, with their names.
        package var legend: [(name: SafeText, value: FormattedValue)]
        /// False for a series that is drawn without being named.
        package var isInLegend = true
        package var isDashed = false
        /// The value holds until the next one: drawn as steps.
        package var isStepped = false
        /// Series with the same number are stacked on each other; `nil` stands by itself also in a stacked panel.
        package var stackGroup: Int? = 0

        package init(
            name: SafeText, values: [Double?], color: PanelColor, style: DrawStyle = .line,
            fill: Bool = false,
            connectsNulls: Bool = false, usesRightAxis: Bool = false, isHidden: Bool = false,
            legend: [(name: SafeText, value: FormattedValue)] = []
        ) {
            self.name = name
            self.values = values
            self.color = color
            self.style = style
            self.fill = fill
            self.connectsNulls = connectsNulls
            self.usesRightAxis = usesRightAxis
            self.isHidden = isHidden
            self.legend = legend
        }
    }

    package struct Axis: Sendable {
        /// Hard limits that the dashboard sets.
        package var min: Double?
        package var max: Double?
        package var softMin: Double?
        package var softMax: Double?
        package var isLogarithmic: Bool
        package var label: SafeText?
        /// Formats a tick's value with the unit of the axis.
        package var format: @Sendable (_ value: Double, _ decimals: Int?) -> FormattedValue

        package init(
            min: Double? = nil, max: Double? = nil, softMin: Double? = nil, softMax: Double? = nil,
            isLogarithmic: Bool = false, label: SafeText? = nil,
            format: @escaping @Sendable (_ value: Double, _ decimals: Int?) -> FormattedValue
        ) {
            self.min = min
            self.max = max
            self.softMin = softMin
            self.softMax = softMax
            self.isLogarithmic = isLogarithmic
            self.label = label
            self.format = format
        }
    }

    /// A vertical mark: an alert's transition or an annotation.
    package struct Mark: Sendable {
        package var time: Timestamp
        package var state: AlertState?
        package var text: SafeText

        package init(time: Timestamp, state: AlertState?, text: SafeText) {
            self.time = time
            self.state = state
            self.text = text
        }
    }

    package enum LegendPlacement: Sendable { case hidden, bottom, right }

    package var start: Timestamp
    package var step: TimeSpan
    /// Number of steps; value `i` of a series stands at `start + i × step`.
    package var count: Int
    package var series: [Series]
    package var stacking: Stacking
    package var left: Axis
    package var right: Axis?
    /// Drawn as lines when the dashboard asks for it.
    package var thresholdLines: [ThresholdStep]
    package var marks: [Mark]
    package var legend: LegendPlacement
    /// Table legends show a column a calc.
    package var legendIsTable: Bool
    /// Seconds east of UTC at the cursor, and the zone's short name, for the time axis.
    package var zoneOffsetSeconds: Int

    package init(
        start: Timestamp, step: TimeSpan, count: Int, series: [Series], stacking: Stacking = .none,
        left: Axis,
        right: Axis? = nil, thresholdLines: [ThresholdStep] = [], marks: [Mark] = [],
        legend: LegendPlacement = .bottom, legendIsTable: Bool = false, zoneOffsetSeconds: Int = 0
    ) {
        self.start = start
        self.step = step
        self.count = count
        self.series = series
        self.stacking = stacking
        self.left = left
        self.right = right
        self.thresholdLines = thresholdLines
        self.marks = marks
        self.legend = legend
        self.legendIsTable = legendIsTable
        self.zoneOffsetSeconds = zoneOffsetSeconds
    }

    /// The last step that has come at `time`; those after it are room for what is to come.
    package func newestStep(at time: Timestamp) -> Int {
        let passed = (time - start).milliseconds / max(1, step.milliseconds)
        return Int(max(0, min(Int64(count) - 1, passed)))
    }
}

package struct StatView: Sendable {
    package enum ColorMode: Sendable { case none, value, background }
    package var values: [DisplayValue]
    package var colorMode: ColorMode
    package var showsSparkline: Bool
    package var showsTitles: Bool

    package init(
        values: [DisplayValue], colorMode: ColorMode = .value, showsSparkline: Bool = false,
        showsTitles: Bool = true
    ) {
        self.values = values
        self.colorMode = colorMode
        self.showsSparkline = showsSparkline
        self.showsTitles = showsTitles
    }
}

package struct GaugeView: Sendable {
    package var values: [DisplayValue]
    /// Steps in the unit of the values, with their fraction of the scale.
    package var thresholds: [(fraction: Double, color: PanelColor)]

    package init(values: [DisplayValue], thresholds: [(fraction: Double, color: PanelColor)] = []) {
        self.values = values
        self.thresholds = thresholds
    }
}

package struct BarGaugeView: Sendable {
    package var values: [DisplayValue]
    package var isHorizontal: Bool

    package init(values: [DisplayValue], isHorizontal: Bool = true) {
        self.values = values
        self.isHorizontal = isHorizontal
    }
}

package struct TableView: Sendable {
    package enum Alignment: Sendable { case left, right, center }

    package struct Column: Sendable {
        package var title: SafeText
        package var alignment: Alignment
        /// Columns of text that the dashboard asks for, from its pixel width; `nil` to fit.
        package var width: Int?

        package init(title: SafeText, alignment: Alignment = .left, width: Int? = nil) {
            self.title = title
            self.alignment = alignment
            self.width = width
        }
    }

    package struct Cell: Sendable {
        package enum Look: Sendable {
            case plain
            case coloredText
            case coloredBackground
            /// A bar of `fraction`.
            case gauge
            case sparkline([Double?])
            /// An alert state: shape, word and colour.
            case state(AlertState)
        }
        package var text: SafeText
        package var color: PanelColor
        package var look: Look
        package var fraction: Double?
        /// For sorting; `nil` sorts last.
        package var number: Double?
        /// As `DisplayValue.sparklinePhase`.
        package var sparklinePhase: Int
        /// Where the sparkline's lowest and highest level stand, so that rows can be compared; `nil` for its own values'.
        package var sparklineScale: ClosedRange<Double>?

        package init(
            text: SafeText, color: PanelColor = .standard, look: Look = .plain, fraction: Double? = nil,
            number: Double? = nil, sparklinePhase: Int = 0
        ) {
            self.text = text
            self.color = color
            self.look = look
            self.fraction = fraction
            self.number = number
            self.sparklinePhase = sparklinePhase
        }
    }

    package var columns: [Column]
    package var rows: [[Cell]]
    /// Rows before a limit cut them off.
    package var rowCount: Int
    package var showsHeader: Bool
    package var footer: [Cell]?

    package init(
        columns: [Column], rows: [[Cell]], rowCount: Int? = nil, showsHeader: Bool = true,
        footer: [Cell]? = nil
    ) {
        self.columns = columns
        self.rows = rows
        self.rowCount = rowCount ?? rows.count
        self.showsHeader = showsHeader
        self.footer = footer
    }
}

package struct TextView: Sendable {
    package enum Line: Sendable, Equatable {
        case heading(SafeText)
        case paragraph(SafeText)
        case item(SafeText)
        case code(SafeText)
        case blank
    }
    package var lines: [Line]

    package init(lines: [Line]) { self.lines = lines }
}

package struct StateTimelineView: Sendable {
    package struct Span: Sendable {
        package var from: Timestamp
        package var to: Timestamp
        package var text: SafeText
        package var color: PanelColor

        package init(from: Timestamp, to: Timestamp, text: SafeText, color: PanelColor) {
            self.from = from
            self.to = to
            self.text = text
            self.color = color
        }
    }
    package struct Band: Sendable {
        package var name: SafeText
        /// Ascending, not overlapping; a hole is no data.
        package var spans: [Span]

        package init(name: SafeText, spans: [Span]) {
            self.name = name
            self.spans = spans
        }
    }
    package var from: Timestamp
    package var to: Timestamp
    package var bands: [Band]
    package var showsValues: Bool
    package var legend: [(text: SafeText, color: PanelColor)]
    package var zoneOffsetSeconds: Int

    package init(
        from: Timestamp, to: Timestamp, bands: [Band], showsValues: Bool = true,
        legend: [(text: SafeText, color: PanelColor)] = [], zoneOffsetSeconds: Int = 0
    ) {
        self.from = from
        self.to = to
        self.bands = bands
        self.showsValues = showsValues
        self.legend = legend
        self.zoneOffsetSeconds = zoneOffsetSeconds
    }
}

package struct AlertListView: Sendable {
    package struct Item: Sendable {
        package var state: AlertState
        package var severity: SafeText
        package var name: SafeText
        /// What tells this alert apart: plane, DAG, query.
        package var subject: SafeText
        /// Value and threshold in words when known: `0.66 < 0.95`.
        package var value: SafeText
        package var summary: SafeText
        package var since: Timestamp

        package init(
            state: AlertState, severity: SafeText, name: SafeText, subject: SafeText, value: SafeText,
            summary: SafeText, since: Timestamp
        ) {
            self.state = state
            self.severity = severity
            self.name = name
            self.subject = subject
            self.value = value
            self.summary = summary
            self.since = since
        }
    }
    /// Worst first.
    package var items: [Item]
    /// Counts by state, of all alerts that passed the panel's filters.
    package var counts: [AlertState: Int]
    /// Alert rules that were evaluated: what it says when none of them is active.
    package var watchedRules: Int
    /// Drawn as one number in place of a list.
    package var showsCountOnly: Bool
    /// The time that ages count to.
    package var cursor: Timestamp

    package init(
        items: [Item], counts: [AlertState: Int], watchedRules: Int = 0, showsCountOnly: Bool = false,
        cursor: Timestamp
    ) {
        self.items = items
        self.watchedRules = watchedRules
        self.counts = counts
        self.showsCountOnly = showsCountOnly
        self.cursor = cursor
    }
}

package struct HeatmapView: Sendable {
    package var start: Timestamp
    package var step: TimeSpan
    /// Upper bounds of the rows as text, lowest first.
    package var rows: [SafeText]
    /// `values[row][column]`; `nil` is no data.
    package var values: [[Double?]]
    package var zoneOffsetSeconds: Int

    package init(
        start: Timestamp, step: TimeSpan, rows: [SafeText], values: [[Double?]], zoneOffsetSeconds: Int = 0
    ) {
        self.start = start
        self.step = step
        self.rows = rows
        self.values = values
        self.zoneOffsetSeconds = zoneOffsetSeconds
    }
}

package struct PieChartView: Sendable {
    package var slices: [DisplayValue]

    package init(slices: [DisplayValue]) { self.slices = slices }
}

package struct HistogramView: Sendable {
    package struct Bar: Sendable {
        package var label: SafeText
        package var count: Double
        package init(label: SafeText, count: Double) {
            self.label = label
            self.count = count
        }
    }
    package var bars: [Bar]

    package init(bars: [Bar]) { self.bars = bars }
}

/// What changed, in words.
package struct EventListView: Sendable {
    package struct Item: Sendable {
        package var time: Timestamp
        /// What it is about: a plane; empty for planetop itself.
        package var subject: SafeText
        package var text: SafeText
        /// The state that it led to, where it is an alert's.
        package var state: AlertState?

        package init(time: Timestamp, subject: SafeText, text: SafeText, state: AlertState? = nil) {
            self.time = time
            self.subject = subject
            self.text = text
            self.state = state
        }
    }
    /// Newest first.
    package var items: [Item]
    package var zoneOffsetSeconds: Int

    package init(items: [Item], zoneOffsetSeconds: Int = 0) {
        self.items = items
        self.zoneOffsetSeconds = zoneOffsetSeconds
    }
}
