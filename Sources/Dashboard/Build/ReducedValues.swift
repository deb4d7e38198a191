import DisplayText
import MetricModel

/// Single values of fields: what stats, gauges, bar gauges and pie charts show.
struct ReducedValues {
    struct Value {
        var display: DisplayValue
        var field: StyledField
        /// The series has ended: the value is its last, not its current one.
        var isStale: Bool
        var hasOwnTitle: Bool
    }

    var values: [Value] = []
    /// Values past the limit.
    var leftOut = 0

    init(_ input: PanelInput, _ options: ReduceOptions, wantsHistory: Bool) {
        let limit = min(options.limit ?? ReduceOptions.valuesMax, ReduceOptions.valuesMax)
        for (frame, fields) in zip(input.frames, input.styled) {
            for styled in fields
            where Self.isMeant(styled, options.fields) && styled.config.custom.isHiddenFromView != true {
                let field = styled.field
                let hasOwnTitle = styled.config.displayName != nil
                if options.showsAllValues {
                    for row in 0..<field.count {
                        guard values.count < limit else {
                            leftOut += 1
                            continue
                        }
                        let title = rowTitle(styled, frame, fields, row, input)
                        add(
                            field.values[row], title, styled, history: [], isStale: field.isStale,
                            hasOwnTitle: hasOwnTitle)
                    }
                    continue
                }
                for calc in options.calcs {
                    guard values.count < limit else {
                        leftOut += 1
                        continue
                    }
                    let name = calcTitle(calc, styled, frame, input, isOne: options.calcs.count == 1)
                    let value: FieldValue
                    switch calc {
                    case .name: value = .text(styled.name)
                    case .lastTime:
                        value = frame.timeField.map { ReduceCalc.lastNotNull.reduce($0.values) } ?? .null
                    default: value = calc.reduce(field.values)
                    }
                    let isCurrent = calc == .lastNotNull || calc == .last
                    var history: [Double?] = []
                    if wantsHistory, case .times(let times)? = frame.timeField?.values, field.count > 1 {
                        history = TimeSeriesBuilder.placed(field, times, input.grid)
                    }
                    add(
                        value, name, styled, history: history,
                        // Histories that are put together in groups begin a new one at their own time each.
                        phase: input.grid.phase &+ input.panel.id,
                        isStale: isCurrent && field.isStale, hasOwnTitle: hasOwnTitle)
                }
            }
        }
    }

    private static func isMeant(_ styled: StyledField, _ fields: ReduceOptions.Fields) -> Bool {
        switch fields {
        case .numeric: return styled.field.kind == .number || styled.field.kind == .boolean
        case .all: return styled.field.kind != .series
        case .matching(let pattern): return pattern.regex.firstMatch(in: styled.name) != nil
        case .named(let name):
            return styled.name == name || styled.field.name == name
                || styled.field.labels?[name] != nil
                    && styled.field.kind != .time
        }
    }

    private func calcTitle(
        _ calc: ReduceCalc, _ styled: StyledField, _ frame: Frame, _ input: PanelInput, isOne: Bool
    ) -> String {
        var name = styled.name
        if let template = styled.config.displayName, template.range(of: "__calc") != nil {
            name = input.scope.replacing(template, standard: .text) { mention in
                mention.name == "__calc"
                    ? calc.id
                    : FieldMacros.text(mention, field: styled.field, frame: frame, name: styled.name)
            }
        } else if !isOne {
            name = "\(calc.id) \(name)"
        }
        return name
    }

    /// Of one row: the text fields of the row name it, unless the dashboard does.
    private func rowTitle(
        _ styled: StyledField, _ frame: Frame, _ fields: [StyledField], _ row: Int, _ input: PanelInput
    ) -> String {
        if let template = styled.config.displayName {
            return input.scope.replacing(template, standard: .text) {
                FieldMacros.text($0, field: styled.field, frame: frame, name: styled.name, row: row)
            }
        }
        let texts = fields.filter { $0.field.kind == .string && $0.name != styled.name }
        let numbers = fields.count { $0.field.kind == .number }
        let words = texts.map { $0.display.show($0.field.values[row]).text.joined.string }.filter {
            !$0.isEmpty
        }
        if words.isEmpty { return styled.name }
        return numbers > 1 ? "\(words.joined(separator: " ")) \(styled.name)" : words.joined(separator: " ")
    }

    private mutating func add(
        _ value: FieldValue, _ title: String, _ styled: StyledField, history: [Double?], phase: Int = 0,
        isStale: Bool, hasOwnTitle: Bool
    ) {
        let shown = styled.display.show(value)
        var text = shown.text
        if text.text.string.isEmpty && value.isNull { text = FormattedValue(text: "No data") }
        values.append(
            Value(
                display: DisplayValue(
                    title: SafeText(title), value: shown.number, text: text,
                    // A value that is no longer current is in no state.
                    color: isStale && styled.display.scheme.isByValue ? .standard : shown.color,
                    fraction: shown.fraction, sparkline: history, sparklinePhase: phase),
                field: styled, isStale: isStale, hasOwnTitle: hasOwnTitle))
    }

    /// In place of values where there are none.
    static func missing(_ input: PanelInput) -> DisplayValue {
        let text = input.panel.defaults.noValue.map { input.scope.replacing($0, standard: .text) }
        var shown = FormattedValue(text: SafeText(text ?? "No data"))
        // A mapping of null is the other way to say what nothing is called.
        for mapping in input.panel.defaults.mappings ?? [] {
            if let mapped = mapping.outcome(for: .null)?.text {
                shown = FormattedValue(text: SafeText(mapped))
                break
            }
        }
        return DisplayValue(title: "", value: nil, text: shown, color: .standard)
    }
}

/// Builds stats, gauges, bar gauges and pie charts.
enum ReducedBuilder {
    static func stat(_ input: PanelInput, _ options: StatOptions) -> BuiltPanel {
        let reduced = ReducedValues(input, options.reduce, wantsHistory: options.showsSparkline)
        var values = reduced.values.map(\.display)
        if values.isEmpty { values = [ReducedValues.missing(input)] }
        let showsTitles: Bool
        switch options.text {
        case .auto: showsTitles = values.count > 1
        case .value, .none: showsTitles = false
        case .valueAndName: showsTitles = true
        case .name:
            showsTitles = false
            values = values.map { value in
                var named = value
                named.text = FormattedValue(text: value.title)
                return named
            }
        }
        if options.text == .none {
            values = values.map { value in
                var silent = value
                silent.text = FormattedValue(text: "")
                return silent
            }
        }
        return built(
            .stat(
                StatView(
                    values: values, colorMode: options.colorMode, showsSparkline: options.showsSparkline,
                    showsTitles: showsTitles)), reduced)
    }

    static func gauge(_ input: PanelInput, _ options: ReduceOptions) -> BuiltPanel {
        let reduced = ReducedValues(input, options, wantsHistory: false)
        var thresholds: [(fraction: Double, color: PanelColor)] = []
        if let first = reduced.values.first { thresholds = Self.thresholds(first.field.display) }
        return built(
            .gauge(GaugeView(values: titled(reduced, input), thresholds: thresholds)), reduced)
    }

    static func barGauge(_ input: PanelInput, _ options: BarGaugeOptions) -> BuiltPanel {
        let reduced = ReducedValues(input, options.reduce, wantsHistory: false)
        var values = reduced.values.map(\.display)
        if values.isEmpty { values = [ReducedValues.missing(input)] }
        // Without a wish the longer side is where bars have room.
        let isHorizontal = options.isHorizontal ?? (input.size.columns >= input.size.rows * 2)
        return built(.barGauge(BarGaugeView(values: values, isHorizontal: isHorizontal)), reduced)
    }

    static func pie(_ input: PanelInput, _ options: PieOptions) -> BuiltPanel {
        let reduced = ReducedValues(input, options.reduce, wantsHistory: false)
        return built(.pieChart(PieChartView(slices: reduced.values.map(\.display))), reduced)
    }

    /// One value needs no title besides that of the panel, unless the dashboard gave it one.
    private static func titled(_ reduced: ReducedValues, _ input: PanelInput) -> [DisplayValue] {
        guard let first = reduced.values.first else { return [ReducedValues.missing(input)] }
        var values = reduced.values.map(\.display)
        if values.count == 1 && !first.hasOwnTitle { values[0].title = "" }
        return values
    }

    /// Where the steps stand on the scale; a step below the scale's start begins there.
    static func thresholds(_ display: FieldDisplay) -> [(fraction: Double, color: PanelColor)] {
        guard case .thresholds = display.scheme.mode else { return [] }
        return display.thresholds.steps.compactMap { step in
            if step.value == -.infinity { return (0, step.color) }
            if display.thresholds.isPercentage { return (min(max(step.value / 100, 0), 1), step.color) }
            return display.scale?.fraction(of: step.value).map { ($0, step.color) }
        }
    }

    private static func built(_ content: PanelContent, _ reduced: ReducedValues) -> BuiltPanel {
        var panel = BuiltPanel(content: content)
        panel.valueCount = reduced.values.count
        panel.staleCount = reduced.values.count(where: \.isStale)
        if reduced.leftOut > 0 { panel.notes.append("\(reduced.leftOut) more values are not shown") }
        return panel
    }
}
