import DisplayText
import MetricModel

/// Builds graphs over time.
enum TimeSeriesBuilder {
    /// Series that are drawn; the eye follows far fewer.
    static let seriesMax = 300

    static func build(_ input: PanelInput, _ options: TimeSeriesOptions) -> BuiltPanel {
        if let calc = options.barsOfSeries {
            return ReducedBuilder.barGauge(
                input, BarGaugeOptions(reduce: ReduceOptions(calcs: [calc]), isHorizontal: nil))
        }
        if let histogram = options.histogram { return HistogramBuilder.build(input, histogram) }
        return graph(input, options.legend)
    }

    static func graph(
        _ input: PanelInput, _ legend: LegendOptions, stacking: CustomConfig.StackMode? = nil
    ) -> BuiltPanel {
        var notes: [String] = []
        var sources = input.series.filter {
            !($0.field.config.custom.isHiddenFromView == true
                && $0.field.config.custom.isHiddenFromLegend == true)
        }
        if sources.count > seriesMax {
            notes.append("\(sources.count - seriesMax) more series are not drawn")
            sources.removeLast(sources.count - seriesMax)
        }
        let axes = AxisChoice(sources.map(\.field))
        if let unit = axes.thirdUnit {
            notes.append("a third axis (\(unit)) shares the right one")
        }
        var series: [TimeSeriesView.Series] = []
        var sortKeys: [Double?] = []
        var groups: [String: Int] = [:]
        var mode = TimeSeriesView.Stacking.none
        for (index, source) in sources.enumerated() {
            let config = source.field.config.custom
            var values = placed(source.field.field, source.times, input.grid)
            if let factor = config.factor { values = values.map { $0.map { $0 * factor } } }
            if config.isConstant == true {
                let first = values.first { $0 != nil } ?? nil
                values = values.map { _ in first }
            }
            if case .upTo(let span) = config.spanNulls { values = bridged(values, span, input.grid.step) }
            var drawn = TimeSeriesView.Series(
                name: SafeText(source.field.name), values: values,
                color: source.field.display.seriesColor(source.field.field.values),
                style: config.drawStyle ?? .line, fill: (config.fillOpacity ?? 0) > 0,
                connectsNulls: config.spanNulls == .always, usesRightAxis: axes.isRight[index],
                isHidden: config.isHiddenFromView == true)
            drawn.isInLegend =
                config.isHiddenFromLegend != true && !isDropped(source.field.field.values, legend)
            drawn.isDashed = config.isDashed ?? false
            drawn.isStepped = config.isStepped ?? false
            drawn.stackGroup = nil
            switch stacking ?? config.stacking ?? .none {
            case .none: break
            case .normal(let group):
                mode = mode == .percent ? .percent : .normal
                drawn.stackGroup = number(of: group, &groups)
            case .percent(let group):
                mode = .percent
                drawn.stackGroup = number(of: group, &groups)
            }
            drawn.legend = legend.calcs.map { calc in
                (SafeText(calc.title), text(calc, source.field))
            }
            series.append(drawn)
            sortKeys.append(legend.sortBy.flatMap { $0.reduce(source.field.field.values).number })
        }
        if mode == .none {
            let order = order(series, sortKeys, legend)
            series = order.map { series[$0] }
        }
        let left = axis(axes.left(sources.map(\.field)), input)
        let right = axes.right(sources.map(\.field))
        var view = TimeSeriesView(
            start: input.grid.start, step: input.grid.step, count: input.grid.count, series: series,
            stacking: mode, left: left, right: right.isEmpty ? nil : axis(right, input),
            thresholdLines: thresholdLines(sources.map(\.field)), marks: input.marks,
            legend: legend.placement, legendIsTable: legend.isTable,
            zoneOffsetSeconds: input.zone.offsetSeconds)
        if series.isEmpty { view.legend = .hidden }
        return BuiltPanel(content: .timeSeries(view), notes: notes, valueCount: series.count)
    }

    private static func number(of group: String, _ groups: inout [String: Int]) -> Int {
        if let known = groups[group] { return known }
        groups[group] = groups.count
        return groups.count - 1
    }

    /// Whether the legend leaves out a series that has no value, or none but zero.
    private static func isDropped(_ values: FieldValues, _ legend: LegendOptions) -> Bool {
        guard legend.hidesEmpty || legend.hidesZero else { return false }
        let present = values.numbers.compactMap { $0 }
        if present.isEmpty { return legend.hidesEmpty }
        return legend.hidesZero && present.allSatisfy { $0 == 0 }
    }

    private static func order(
        _ series: [TimeSeriesView.Series], _ keys: [Double?], _ legend: LegendOptions
    ) -> [Int] {
        let indices = Array(series.indices)
        if legend.sortBy != nil {
            return indices.sorted { a, b in
                guard let left = keys[a] else { return keys[b] == nil && a < b }
                guard let right = keys[b] else { return true }
                if left == right { return a < b }
                return legend.sortsDescending ? left > right : left < right
            }
        }
        guard legend.sortsByName else { return indices }
        return indices.sorted {
            legend.sortsDescending
                ? naturalOrder(series[$1].name.string, series[$0].name.string)
                : naturalOrder(series[$0].name.string, series[$1].name.string)
        }
    }

    private static func text(_ calc: ReduceCalc, _ field: StyledField) -> FormattedValue {
        let value = calc.reduce(field.field.values)
        if calc.keepsUnit { return field.display.show(value).text }
        if let number = value.number {
            return calc == .diffPercent
                ? UnitFormat.named("percentunit").format(number, decimals: field.config.decimals)
                : FormattedValue(text: SafeText(NumberText.fixed(number)))
        }
        return FormattedValue(text: SafeText(value.plain))
    }

    // MARK: Values

    /// The values of a series on the panel's grid.
    static func placed(_ field: Field, _ times: [Int64?], _ grid: TimeGrid) -> [Double?] {
        let values = field.values.numbers
        // The usual case: the query asked for exactly these times.
        if values.count == grid.count, times.count == grid.count,
            times.first == grid.start.milliseconds, times.last == grid.end.milliseconds
        {
            return values
        }
        var result = [Double?](repeating: nil, count: grid.count)
        var previous: (index: Int, time: Int64)?
        let own = smallestStep(times)
        for (time, value) in zip(times, values) {
            guard let time, let index = grid.index(of: time) ?? endIndex(time, grid) else { continue }
            result[index] = value
            // A query with a coarser step has values between which the finer steps of another lie.
            if let before = previous, index - before.index > 1, let own, time - before.time <= own + own / 2 {
                for between in (before.index + 1)..<index { result[between] = result[before.index] }
            }
            previous = (index, time)
        }
        return result
    }

    /// An instant query's value lies between the last step and the cursor.
    private static func endIndex(_ time: Int64, _ grid: TimeGrid) -> Int? {
        let past = time - grid.end.milliseconds
        return past > 0 && past < grid.step.milliseconds ? grid.count - 1 : nil
    }

    private static func smallestStep(_ times: [Int64?]) -> Int64? {
        zip(times, times.dropFirst()).compactMap { a, b in
            guard let a, let b, b > a else { return nil }
            return b - a
        }.min()
    }

    /// Draws through gaps that are shorter than `span`.
    private static func bridged(_ values: [Double?], _ span: TimeSpan, _ step: TimeSpan) -> [Double?] {
        var result = values
        var last: Int?
        for index in values.indices {
            guard let value = values[index] else { continue }
            if let from = last, index - from > 1, let start = values[from],
                Int64(index - from) * step.milliseconds <= span.milliseconds
            {
                for between in (from + 1)..<index {
                    let share = Double(between - from) / Double(index - from)
                    result[between] = start + (value - start) * share
                }
            }
            last = index
        }
        return result
    }

    // MARK: Axes

    private static func axis(_ fields: [StyledField], _ input: PanelInput) -> TimeSeriesView.Axis {
        guard let first = fields.first else {
            let unit = UnitFormat.named(input.panel.defaults.unit)
            let decimals = input.panel.defaults.decimals
            return TimeSeriesView.Axis(
                min: input.panel.defaults.min, max: input.panel.defaults.max,
                label: input.panel.defaults.custom.axisLabel.map { SafeText($0) },
                format: { unit.format($0, decimals: $1 ?? decimals) })
        }
        func one<Value>(_ part: (FieldConfig) -> Value?) -> Value? {
            for field in fields { if let value = part(field.config) { return value } }
            return nil
        }
        let display = first.display
        var axis = TimeSeriesView.Axis(
            min: one(\.min), max: one(\.max), softMin: one(\.custom.axisSoftMin),
            softMax: one(\.custom.axisSoftMax),
            label: one(\.custom.axisLabel).map { SafeText(input.scope.replacing($0, standard: .text)) },
            format: { display.format($0, decimals: $1) })
        if case .logarithmic? = one(\.custom.scale) { axis.isLogarithmic = true }
        if one(\.custom.axisCentersZero) == true {
            let largest = fields.flatMap { $0.field.values.numbers.compactMap { $0?.magnitude } }.filter(
                \.isFinite
            ).max()
            if let largest, largest > 0 {
                axis.min = axis.min ?? -largest
                axis.max = axis.max ?? largest
            }
        }
        return axis
    }

    private static func thresholdLines(_ fields: [StyledField]) -> [ThresholdStep] {
        var lines: [ThresholdStep] = []
        for field in fields where field.config.custom.thresholdStyle == .line {
            let display = field.display
            for step in display.thresholds.steps where step.value != -.infinity {
                var value = step.value
                if display.thresholds.isPercentage {
                    guard let scale = display.scale else { continue }
                    value = scale.min + value / 100 * (scale.max - scale.min)
                }
                let line = ThresholdStep(value: value, color: step.color)
                if !lines.contains(line) { lines.append(line) }
            }
        }
        return lines.sorted { $0.value < $1.value }
    }
}

/// Which axis each series belongs to: what the dashboard says, else one for each unit.
private struct AxisChoice {
    private(set) var isRight: [Bool] = []
    /// A unit that neither of the two axes is for.
    private(set) var thirdUnit: String?

    init(_ fields: [StyledField]) {
        var leftUnit: String?
        var rightUnit: String?
        for field in fields {
            let unit = field.config.unit ?? "none"
            switch field.config.custom.axisPlacement ?? .auto {
            case .right:
                isRight.append(true)
                rightUnit = rightUnit ?? unit
            case .left, .hidden:
                isRight.append(false)
                leftUnit = leftUnit ?? unit
            case .auto:
                if leftUnit == nil || leftUnit == unit {
                    leftUnit = unit
                    isRight.append(false)
                } else {
                    if let rightUnit, rightUnit != unit { thirdUnit = unit }
                    rightUnit = rightUnit ?? unit
                    isRight.append(true)
                }
            }
        }
    }

    func left(_ fields: [StyledField]) -> [StyledField] { zip(fields, isRight).filter { !$1 }.map(\.0) }

    func right(_ fields: [StyledField]) -> [StyledField] { zip(fields, isRight).filter { $1 }.map(\.0) }
}
