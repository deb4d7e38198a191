import DisplayText
import MetricModel

/// A field with everything that decides how its values look, worked out once for all of them.
struct FieldDisplay: Sendable {
    /// A value as the screen shows it.
    struct Shown: Sendable {
        var text: FormattedValue
        /// `nil` where the value is none.
        var number: Double?
        var color: PanelColor
        /// 0…1 between min and max; `nil` without a scale.
        var fraction: Double?
    }

    /// The ends of the scale that percentages and mixed colours refer to.
    struct Scale: Sendable {
        var min: Double
        var max: Double

        func fraction(of value: Double) -> Double? {
            guard value.isFinite, max > min else { return nil }
            return Swift.min(Swift.max((value - min) / (max - min), 0), 1)
        }
    }

    let config: FieldConfig
    let unit: UnitFormat
    let scheme: ColorScheme
    let thresholds: Thresholds
    let scale: Scale?
    let zone: ZoneClock
    /// Which of the panel's series this is, for palettes.
    let seriesIndex: Int
    let name: String
    private let isTime: Bool

    init(
        field: Field, config: FieldConfig, name: String, seriesIndex: Int, scale: Scale?,
        standardScheme: ColorScheme, zone: ZoneClock
    ) {
        self.config = config
        isTime = field.kind == .time
        let named = UnitFormat.named(config.unit)
        unit = isTime && !named.isDate ? UnitFormat.named("dateTimeAsSystem") : named
        scheme = config.color ?? standardScheme
        thresholds = config.thresholds ?? .standard
        self.scale = scale
        self.zone = zone
        self.seriesIndex = seriesIndex
        self.name = name
    }

    /// A value of this field as text and colour.
    func show(_ value: FieldValue) -> Shown {
        var value = value
        if unit.isDate, case .text(let text) = value, let time = TimeExpression(text) {
            value = .time(
                time.time(at: zone.now, isEnd: false, offsetSeconds: zone.offsetSeconds).milliseconds)
        }
        var number = unit.isText ? nil : value.number
        if case .series = value { number = value.number }
        if let outcome = mapped(value) {
            let fraction = number.flatMap { scale?.fraction(of: $0) }
            return Shown(
                text: outcome.text.map { affixed(FormattedValue(text: SafeText($0))) }
                    ?? formatted(value, number),
                number: number,
                color: outcome.color ?? color(number, fraction), fraction: fraction)
        }
        let fraction = number.flatMap { scale?.fraction(of: $0) }
        return Shown(
            text: formatted(value, number), number: number, color: color(number, fraction), fraction: fraction
        )
    }

    /// The mapping that means `value`.
    func mapped(_ value: FieldValue) -> ValueMapping.Outcome? {
        guard let mappings = config.mappings else { return nil }
        for mapping in mappings {
            if let outcome = mapping.outcome(for: value) { return outcome }
        }
        return nil
    }

    private func formatted(_ value: FieldValue, _ number: Double?) -> FormattedValue {
        switch value {
        case .null: return FormattedValue(text: SafeText(config.noValue ?? ""))
        case .text(let text):
            if unit.isText || number == nil || config.unit == nil {
                return FormattedValue(text: SafeText(text.isEmpty ? config.noValue ?? "" : text))
            }
        case .bool(let bool):
            if case .boolean(let yes, let no) = unit.kind {
                return FormattedValue(text: SafeText(bool ? yes : no))
            }
            return FormattedValue(text: bool ? "true" : "false")
        default: break
        }
        guard let number else { return FormattedValue(text: SafeText(value.plain)) }
        return affixed(unit.format(number, decimals: config.decimals, zone: zone))
    }

    private func affixed(_ value: FormattedValue) -> FormattedValue {
        guard config.prefix != nil || config.postfix != nil else { return value }
        var value = value
        if let prefix = config.prefix { value.prefix = SafeText(prefix + value.prefix.string) }
        if let postfix = config.postfix { value.suffix = SafeText(value.suffix.string + postfix) }
        return value
    }

    /// The colour of `number` by the field's scheme.
    func color(_ number: Double?, _ fraction: Double?) -> PanelColor {
        if let own = scheme.seriesColor(index: seriesIndex, name: name) { return own }
        // No value is no state: neither the base threshold's green nor any other.
        guard let number, !number.isNaN else { return .standard }
        switch scheme.mode {
        case .continuous(let stops): return ColorScheme.mix(stops, at: fraction ?? 0)
        default: return thresholds.step(for: number, fraction: fraction)?.color ?? .standard
        }
    }

    /// The colour of the whole series.
    func seriesColor(_ values: FieldValues) -> PanelColor {
        if let own = scheme.seriesColor(index: seriesIndex, name: name) { return own }
        let number = scheme.seriesBy.reduce(values).number ?? ReduceCalc.lastNotNull.reduce(values).number
        return color(number, number.flatMap { scale?.fraction(of: $0) })
    }

    /// Writes any number in the unit of the field, for axes and legends.
    func format(_ number: Double, decimals: Int?) -> FormattedValue {
        affixed(unit.format(number, decimals: decimals ?? config.decimals, zone: zone))
    }
}
