import DisplayText
import MetricModel

/// Builds heatmaps.
enum HeatmapBuilder {
    static let rowsMax = 200

    static func build(_ input: PanelInput, _ options: HeatmapOptions) -> BuiltPanel {
        let unit = UnitFormat.named(options.unit)
        var built =
            options.calculates ? calculated(input, options, unit) : bucketed(input, options, unit)
        if options.isReversed, case .heatmap(var view) = built.content {
            view.rows.reverse()
            view.values.reverse()
            built.content = .heatmap(view)
        }
        return built
    }

    /// One row a series, which are buckets already.
    private static func bucketed(_ input: PanelInput, _ options: HeatmapOptions, _ unit: UnitFormat)
        -> BuiltPanel
    {
        var rows: [(bound: Double?, name: String, values: [Double?])] = []
        for (field, times) in input.series where field.field.kind == .number {
            let values = onGrid(field.field.values.numbers, times, input.grid)
            rows.append((NumberText.parse(field.name), field.name, values))
        }
        // Names that are all numbers are bounds and are drawn in their order.
        if !rows.isEmpty, rows.allSatisfy({ $0.bound != nil }) {
            rows.sort { ($0.bound ?? 0) < ($1.bound ?? 0) }
            // Histograms that differ in more than their bounds fall into the same rows.
            var merged: [(bound: Double?, name: String, values: [Double?])] = []
            for row in rows {
                if let last = merged.last, last.bound == row.bound {
                    merged[merged.count - 1].values = zip(last.values, row.values).map { a, b in
                        a == nil && b == nil ? nil : (a ?? 0) + (b ?? 0)
                    }
                } else {
                    merged.append(row)
                }
            }
            rows = merged.filter { row in
                guard let bound = row.bound else { return true }
                return (options.min.map { bound >= $0 } ?? true) && (options.max.map { bound <= $0 } ?? true)
            }
        }
        let leftOut = max(0, rows.count - rowsMax)
        let labels = rows.prefix(rowsMax).map { row -> SafeText in
            guard let bound = row.bound else { return SafeText(row.name) }
            return bound.isFinite ? unit.format(bound, decimals: options.decimals).joined : "+Inf"
        }
        var built = BuiltPanel(
            content: .heatmap(
                HeatmapView(
                    start: input.grid.start, step: input.grid.step, rows: Array(labels),
                    values: rows.prefix(rowsMax).map(\.values), zoneOffsetSeconds: input.zone.offsetSeconds)),
            valueCount: rows.count)
        if leftOut > 0 { built.notes.append("\(leftOut) more rows are not drawn") }
        return built
    }

    /// Rows made from the values of all series.
    private static func calculated(
        _ input: PanelInput, _ options: HeatmapOptions, _ unit: UnitFormat
    ) -> BuiltPanel {
        let series = input.series.map { onGrid($0.field.field.values.numbers, $0.times, input.grid) }
        let values = series.flatMap { $0.compactMap { $0 } }.filter(\.isFinite)
        guard var least = values.min(), var greatest = values.max() else {
            return BuiltPanel(
                content: .heatmap(
                    HeatmapView(
                        start: input.grid.start, step: input.grid.step, rows: [], values: [],
                        zoneOffsetSeconds: input.zone.offsetSeconds)))
        }
        if let min = options.min, min.isFinite { least = min }
        if let max = options.max, max.isFinite { greatest = max }
        greatest = max(greatest, least)
        // A range that no double can hold has no even parts.
        if !(greatest - least).isFinite {
            least = max(least, -1e307)
            greatest = min(greatest, 1e307)
        }
        let wanted = Double(min(max(options.bucketCount ?? max(4, input.size.rows), 1), rowsMax))
        var width =
            options.bucketSize.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
            ?? max((greatest - least) / wanted, 1e-12)
        while (greatest - least) / width >= Double(rowsMax) { width *= 2 }
        let count = Int((greatest - least) / width) + 1
        var cells = [[Double?]](repeating: [Double?](repeating: nil, count: input.grid.count), count: count)
        for line in series {
            for (column, value) in line.enumerated() {
                guard let value, value.isFinite, value >= least, value <= greatest else { continue }
                let row = min(Int((value - least) / width), count - 1)
                cells[row][column] = (cells[row][column] ?? 0) + 1
            }
        }
        let labels = (0..<count).map {
            unit.format(least + Double($0 + 1) * width, decimals: options.decimals).joined
        }
        return BuiltPanel(
            content: .heatmap(
                HeatmapView(
                    start: input.grid.start, step: input.grid.step, rows: labels, values: cells,
                    zoneOffsetSeconds: input.zone.offsetSeconds)), valueCount: series.count)
    }

    private static func onGrid(_ values: [Double?], _ times: [Int64?], _ grid: TimeGrid) -> [Double?] {
        if values.count == grid.count, times.first == grid.start.milliseconds { return values }
        var result = [Double?](repeating: nil, count: grid.count)
        for (time, value) in zip(times, values) {
            if let time, let index = grid.index(of: time) { result[index] = value }
        }
        return result
    }
}

/// Builds histograms.
enum HistogramBuilder {
    static func build(_ input: PanelInput, _ options: HistogramOptions) -> BuiltPanel {
        var buckets = HistogramBuckets([:])
        buckets.size = options.bucketSize.flatMap { $0 > 0 ? $0 : nil }
        buckets.offset = options.bucketOffset
        buckets.combines = options.combines
        if let count = options.bucketCount, count > 0 { buckets.countWanted = Double(count) }
        let isReady = input.frames.contains { $0.fields.contains { $0.name == HistogramBuckets.lowName } }
        let frames =
            isReady
            ? input.frames
            : buckets.apply(input.frames, TransformContext(scope: input.scope, zone: input.zone))
        guard let frame = frames.first(where: { $0.fields.contains { $0.name == HistogramBuckets.lowName } }),
            let lows = frame.fields.first(where: { $0.name == HistogramBuckets.lowName })?.values.numbers
        else { return BuiltPanel(content: .histogram(HistogramView(bars: []))) }
        let highs = frame.fields.first { $0.name == HistogramBuckets.highName }?.values.numbers ?? lows
        let counts = frame.fields.filter {
            $0.name != HistogramBuckets.lowName && $0.name != HistogramBuckets.highName && $0.kind == .number
        }
        let unit = UnitFormat.named(input.panel.defaults.unit)
        let decimals = input.panel.defaults.decimals
        let bars = lows.indices.map { row -> HistogramView.Bar in
            func text(_ value: Double?) -> String {
                value.map { unit.format($0, decimals: decimals).joined.string } ?? ""
            }
            let total = counts.reduce(0.0) { $0 + ($1.values.numbers[row] ?? 0) }
            return HistogramView.Bar(
                label: SafeText("\(text(lows[row])) – \(text(highs[row]))"), count: total)
        }
        var built = BuiltPanel(content: .histogram(HistogramView(bars: bars)), valueCount: counts.count)
        if counts.count > 1 { built.notes.append("\(counts.count) series are counted together") }
        return built
    }
}

/// Builds bar charts: over time as a graph with bars, else one bar a row.
enum BarChartBuilder {
    static func build(_ input: PanelInput, _ options: BarChartOptions) -> BuiltPanel {
        guard let (index, x) = xField(input, options) else {
            return BuiltPanel(content: .barGauge(BarGaugeView(values: [ReducedValues.missing(input)])))
        }
        if x.field.kind == .time, input.frames[index].rowCount > 1 {
            var overTime = input
            for frame in overTime.styled.indices {
                for field in overTime.styled[frame].indices {
                    let styled = overTime.styled[frame][field]
                    var config = styled.config
                    config.custom.drawStyle = .bars
                    overTime.styled[frame][field].display = FieldDisplay(
                        field: styled.field, config: config, name: styled.name,
                        seriesIndex: styled.display.seriesIndex, scale: styled.display.scale,
                        standardScheme: styled.display.scheme, zone: input.zone)
                }
            }
            return TimeSeriesBuilder.graph(overTime, options.legend, stacking: options.stacking)
        }
        let numbers = input.styled[index].filter {
            $0.field.kind == .number && $0.config.custom.isHiddenFromView != true && $0.name != x.name
        }
        var values: [DisplayValue] = []
        var leftOut = 0
        for row in 0..<input.frames[index].rowCount {
            for field in numbers {
                guard values.count < ReduceOptions.valuesMax else {
                    leftOut += 1
                    continue
                }
                let category = x.display.show(x.field.values[row]).text.joined.string
                let shown = field.display.show(field.field.values[row])
                values.append(
                    DisplayValue(
                        title: SafeText(numbers.count > 1 ? "\(category) \(field.name)" : category),
                        value: shown.number, text: shown.text, color: shown.color, fraction: shown.fraction))
            }
        }
        if values.isEmpty { values = [ReducedValues.missing(input)] }
        var built = BuiltPanel(
            content: .barGauge(BarGaugeView(values: values, isHorizontal: options.isHorizontal)),
            valueCount: values.count)
        if leftOut > 0 { built.notes.append("\(leftOut) more bars are not drawn") }
        if case .none = options.stacking {
        } else {
            built.notes.append("bars of one category stand beside each other")
        }
        return built
    }

    /// The field that names the bars: the chosen one, else the first text, else the time.
    private static func xField(_ input: PanelInput, _ options: BarChartOptions) -> (Int, StyledField)? {
        for (index, fields) in input.styled.enumerated() where input.frames[index].rowCount > 0 {
            if let wanted = options.xField {
                if let found = fields.first(where: { $0.name == wanted || $0.field.name == wanted }) {
                    return (index, found)
                }
            } else if let found = fields.first(where: { $0.field.kind == .string })
                ?? fields.first(where: { $0.field.kind == .time })
            {
                return (index, found)
            }
        }
        return nil
    }
}
