import DisplayText
import MetricModel
import Rules

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
