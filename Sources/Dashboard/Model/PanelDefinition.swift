import JSON
import MetricModel
import RegularExpressions

/// A place in Grafana's grid of 24 columns.
package struct GridPosition: Sendable, Hashable {
    package static let columns = 24

    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// A panel as the dashboard's file defines it, old forms brought to the newest.
struct PanelDefinition: Sendable {
    var id: Int
    /// The type's name in the file.
    var typeName: String
    var kind: PanelKind
    var title: String
    var description: String?
    var grid: GridPosition
    var repeated: RepeatWish?
    var targets: [TargetDefinition] = []
    var transformations: [TransformationStep] = []
    var defaults = FieldConfig()
    var overrides: [FieldOverride] = []
    var maxDataPoints: Int?
    /// At least this much time between two points.
    var interval: String?
    /// `timeFrom`: the panel's own range.
    var timeFrom: String?
    /// `timeShift`: the panel's range lies this much earlier.
    var timeShift: String?
    var conditions: [VisibilityCondition] = []
    /// Where the panel stands in the file.
    var path = ""
    /// What of the panel is not honoured.
    var notices: [Notice] = []
}

/// A panel or a row once for each value of a variable.
struct RepeatWish: Sendable {
    var variable: String
    var isHorizontal = true
    var perRowMax: Int?
}

/// When a v2 element is shown.
struct VisibilityCondition: Sendable {
    enum Test: Sendable {
        case variable(name: String, operation: String, value: String)
        /// The range is not longer than this.
        case rangeAtMost(TimeSpan)
    }

    var tests: [Test]
    var matchesAll: Bool
    /// Hide when true in place of show.
    var hides: Bool
}

/// One query of a panel.
struct TargetDefinition: Sendable {
    enum Source: Sendable, Equatable {
        case prometheus
        /// The answers of another panel of the dashboard.
        case panel(id: Int, withTransformations: Bool)
        /// Not answered; its kind, as the screen names it.
        case other(String)
    }

    enum Format: Sendable { case timeSeries, table, heatmap }

    var refID: String
    var source: Source
    var expression: String
    var legend: String
    var isInstant: Bool
    var isRange: Bool
    var format: Format
    var interval: String?
    var oldStep: TimeSpan?
    var intervalFactor: Int
    var isHidden: Bool
    /// Place in the panel's file, for problems.
    var path: String
}

/// What a panel is drawn as, with its options.
enum PanelKind: Sendable {
    case timeSeries(TimeSeriesOptions)
    case barChart(BarChartOptions)
    case stat(StatOptions)
    case gauge(ReduceOptions)
    case barGauge(BarGaugeOptions)
    case table(TableOptions)
    case text(TextOptions)
    case stateTimeline(StateTimelineOptions)
    case alertList(AlertListOptions)
    case heatmap(HeatmapOptions)
    case pieChart(PieOptions)
    case histogram(HistogramOptions)
    /// At most so many.
    case eventList(Int)
    /// With the reason.
    case unsupported(String)
}

/// How fields become single values.
struct ReduceOptions: Sendable {
    static let valuesMax = 100

    enum Fields: Sendable {
        /// The numeric ones.
        case numeric
        /// All but times.
        case all
        case matching(ScriptPattern)
        case named(String)
    }

    var calcs: [ReduceCalc] = [.lastNotNull]
    /// Every row is a value.
    var showsAllValues = false
    var limit: Int?
    var fields = Fields.numeric
}

struct StatOptions: Sendable {
    enum Text: Sendable { case auto, value, valueAndName, name, none }

    var reduce = ReduceOptions()
    var colorMode = StatView.ColorMode.value
    var showsSparkline = false
    var text = Text.auto
}

struct BarGaugeOptions: Sendable {
    var reduce = ReduceOptions()
    var isHorizontal: Bool?
}

struct LegendOptions: Sendable {
    var isShown = true
    var placement = TimeSeriesView.LegendPlacement.bottom
    var isTable = false
    var calcs: [ReduceCalc] = []
    /// The title of the calculation that the legend is sorted by.
    var sortBy: ReduceCalc?
    var sortsByName = false
    var sortsDescending = false
    var hidesEmpty = false
    var hidesZero = false
}

struct TimeSeriesOptions: Sendable {
    var legend = LegendOptions()
    /// Old graphs with an x axis of series: one bar for each series, by this calculation.
    var barsOfSeries: ReduceCalc?
    /// Old graphs with a histogram as x axis.
    var histogram: HistogramOptions?
}

struct BarChartOptions: Sendable {
    var legend = LegendOptions()
    var xField: String?
    var isHorizontal = false
    var stacking = CustomConfig.StackMode.none
}

struct TableOptions: Sendable {
    var showsHeader = true
    var sort: [(name: String, isDescending: Bool)] = []
    var showsFooter = false
    var footerCalc: ReduceCalc?
    var footerCountsRows = false
    var footerFields: [String] = []
    /// Sorts of old tables name a column by number.
    var sortColumn: (index: Int, isDescending: Bool)?
    /// Columns of an old table that a pattern hides, in order of the file.
    var frameIndex = 0
}

struct TextOptions: Sendable {
    enum Mode: Sendable { case markdown, html, code }

    var mode = Mode.markdown
    var content = ""
}

struct StateTimelineOptions: Sendable {
    var merges = true
    var showsValues = true
    var showsLegend = true
    /// One span a sample: a status history.
    var isHistory = false
}

struct AlertListOptions: Sendable {
    enum Order: Sendable { case alphabetical, reversed, importance, timeAscending, timeDescending }

    var countMax: Int?
    var order = Order.importance
    var name: String?
    /// As written, with variables.
    var labelFilter: String?
    /// `nil` for all but normal.
    var states: Set<String>?
    var onlyThisDashboard = false
    var showsCountOnly = false
    /// Groups by these labels; empty for by rule.
    var groupBy: [String] = []
}

struct HeatmapOptions: Sendable {
    /// Rows made from values rather than one row a series.
    var calculates = false
    var bucketCount: Int?
    var bucketSize: Double?
    /// Series are counters of cumulative buckets already taken apart.
    var unit: String?
    var decimals: Int?
    var min: Double?
    var max: Double?
    var isReversed = false
}

struct PieOptions: Sendable {
    var reduce = ReduceOptions()
}

struct HistogramOptions: Sendable {
    var bucketSize: Double?
    var bucketOffset = 0.0
    var bucketCount: Int?
    var combines = false
}
