import JSON
import MetricModel

/// What a dashboard says about how a field looks: Grafana's `fieldConfig`, defaults and overrides laid over each other.
///
/// A property that nobody set is `nil`, so that an override can be told from a default.
struct FieldConfig: Sendable {
    var unit: String?
    var decimals: Int?
    var min: Double?
    var max: Double?
    /// Min and max are those of the field itself, not of the panel.
    var usesFieldMinMax: Bool?
    var noValue: String?
    var displayName: String?
    var mappings: [ValueMapping]?
    var thresholds: Thresholds?
    var color: ColorScheme?
    var custom = CustomConfig()
    /// Texts that old single stats put before and after the value.
    var prefix: String?
    var postfix: String?

    init() {}

    /// This configuration with what `other` sets laid over it.
    func overlaid(with other: FieldConfig) -> FieldConfig {
        var result = self
        result.unit = other.unit ?? unit
        result.decimals = other.decimals ?? decimals
        result.min = other.min ?? min
        result.max = other.max ?? max
        result.usesFieldMinMax = other.usesFieldMinMax ?? usesFieldMinMax
        result.noValue = other.noValue ?? noValue
        result.displayName = other.displayName ?? displayName
        result.mappings = other.mappings ?? mappings
        result.thresholds = other.thresholds ?? thresholds
        result.color = other.color ?? color
        result.custom = custom.overlaid(with: other.custom)
        result.prefix = other.prefix ?? prefix
        result.postfix = other.postfix ?? postfix
        return result
    }
}

/// The properties of a field that belong to one kind of panel.
struct CustomConfig: Sendable {
    enum AxisPlacement: String, Sendable { case auto, left, right, hidden }

    enum ScaleKind: Sendable, Equatable {
        case linear
        case logarithmic(base: Double)
    }

    enum NullSpan: Sendable, Equatable {
        case never
        case always
        /// Gaps shorter than this are drawn through.
        case upTo(TimeSpan)
    }

    enum ThresholdStyle: Sendable, Equatable { case off, line }

    enum StackMode: Sendable, Equatable {
        case none
        case normal(group: String)
        case percent(group: String)
    }

    enum CellKind: String, Sendable {
        case auto, text, colorText, colorBackground, gauge, sparkline
        /// A sparkline without its number.
        case bareSparkline
    }

    var drawStyle: TimeSeriesView.DrawStyle?
    /// 0…100.
    var fillOpacity: Double?
    var isDashed: Bool?
    var isStepped: Bool?
    /// Points shown besides the line.
    var showsPoints: Bool?
    var lineWidth: Double?
    var stacking: StackMode?
    var axisPlacement: AxisPlacement?
    var axisLabel: String?
    var axisSoftMin: Double?
    var axisSoftMax: Double?
    var axisCentersZero: Bool?
    var scale: ScaleKind?
    var spanNulls: NullSpan?
    /// Values are multiplied by this: minus one turns a series over.
    var factor: Double?
    /// The whole series is drawn at its first value.
    var isConstant: Bool?
    var isHiddenFromView: Bool?
    var isHiddenFromLegend: Bool?
    var thresholdStyle: ThresholdStyle?
    // Tables.
    var alignment: TableView.Alignment?
    /// Pixels.
    var width: Double?
    var isHidden: Bool?
    var cell: CellKind?
    /// Colour goes to the whole row.
    var appliesToRow: Bool?
    var footerCalcs: [ReduceCalc]?

    init() {}

    func overlaid(with other: CustomConfig) -> CustomConfig {
        var result = self
        result.drawStyle = other.drawStyle ?? drawStyle
        result.fillOpacity = other.fillOpacity ?? fillOpacity
        result.isDashed = other.isDashed ?? isDashed
        result.isStepped = other.isStepped ?? isStepped
        result.showsPoints = other.showsPoints ?? showsPoints
        result.lineWidth = other.lineWidth ?? lineWidth
        result.stacking = other.stacking ?? stacking
        result.axisPlacement = other.axisPlacement ?? axisPlacement
        result.axisLabel = other.axisLabel ?? axisLabel
        result.axisSoftMin = other.axisSoftMin ?? axisSoftMin
        result.axisSoftMax = other.axisSoftMax ?? axisSoftMax
        result.axisCentersZero = other.axisCentersZero ?? axisCentersZero
        result.scale = other.scale ?? scale
        result.spanNulls = other.spanNulls ?? spanNulls
        result.factor = other.factor ?? factor
        result.isConstant = other.isConstant ?? isConstant
        result.isHiddenFromView = other.isHiddenFromView ?? isHiddenFromView
        result.isHiddenFromLegend = other.isHiddenFromLegend ?? isHiddenFromLegend
        result.thresholdStyle = other.thresholdStyle ?? thresholdStyle
        result.alignment = other.alignment ?? alignment
        result.width = other.width ?? width
        result.isHidden = other.isHidden ?? isHidden
        result.cell = other.cell ?? cell
        result.appliesToRow = other.appliesToRow ?? appliesToRow
        result.footerCalcs = other.footerCalcs ?? footerCalcs
        return result
    }
}

/// Properties that override the defaults of the fields that a matcher finds.
struct FieldOverride: Sendable {
    var matcher: FieldMatcher
    var config: FieldConfig
}
