import Canvas
import Dashboard
import DisplayText
import MetricModel

/// Lines, areas, bars and points over time, with axes, thresholds, alert marks and a legend.
struct TimeSeriesPanel {
    let view: TimeSeriesView
    let context: DrawingContext

    private var glyphs: GlyphSet { context.glyphs }

    func draw(on canvas: inout Canvas, in area: Rectangle) {
        if area.isEmpty { return }
        let styles = view.series.enumerated().map { index, series in
            SeriesStyle(series, in: view, index: index, context)
        }
        var rest = area
        drawLegend(on: &canvas, taking: &rest, styles)
        let axisRows = rest.height >= 6 ? 2 : rest.height >= 4 ? 1 : 0
        let axisArea = rest.takeBottom(axisRows)
        if rest.isEmpty { return }
        let stacks = StackedValues(view)
        let left = scale(stacks, rightAxis: false, rows: rest.height)
        let right = view.right.map { _ in scale(stacks, rightAxis: true, rows: rest.height) }
        let leftGutter = gutter(left, rest)
        _ = rest.takeLeft(leftGutter)
        let rightGutter = right.map { gutter($0, rest) } ?? 0
        let rightArea = rest.takeRight(rightGutter)
        let plot = SeriesPlot(
            view: view, styles: styles, stacks: stacks, left: left, right: right ?? left, area: rest,
            context: context)
        if leftGutter > 0 {
            drawValueAxis(
                on: &canvas, left, x: rest.x - leftGutter, width: leftGutter, plot: rest,
                hasValues: plot.hasAnyValue)
        }
        if let right, rightGutter > 0 {
            drawRightAxis(on: &canvas, right, x: rightArea.x, width: rightGutter, plot: rest)
        }
        drawAxisNames(on: &canvas, rest)
        plot.draw(on: &canvas)
        drawThresholds(on: &canvas, left, plot: rest)
        let cursorColumn = context.valueCursor.flatMap(plot.cell(of:))
        if let cursorColumn {
            for y in rest.y..<rest.bottom where canvas.isBlank(x: cursorColumn, y: y) {
                canvas.put(glyphs.vertical, x: cursorColumn, y: y, Style(.accent))
            }
        }
        if !plot.hasAnyValue, rest.height > 0 {
            canvas.write(
                "no data", x: rest.x, y: rest.y + rest.height / 2, width: rest.width, align: .center,
                Style(.noData))
        }
        drawTimeAxis(
            on: &canvas, axisArea, plot: plot, gutter: leftGutter, rightGutter: rightGutter,
            cursorColumn: cursorColumn)
    }

    // MARK: Scales

    private func scale(_ stacks: StackedValues, rightAxis: Bool, rows: Int) -> ValueScale {
        let axis = rightAxis ? view.right ?? view.left : view.left
        let members = view.series.indices.filter {
            !view.series[$0].isHidden && (view.right != nil && view.series[$0].usesRightAxis) == rightAxis
        }
        let values = members.lazy.flatMap { stacks.tops[$0].lazy.compactMap { $0 } }
        let isFilled = members.contains { view.series[$0].style == .bars || view.series[$0].fill }
        return ValueScale(
            axis, values: values, baseline: !axis.isLogarithmic && (isFilled || view.stacking != .none),
            rows: rows, isPercent: view.stacking == .percent)
    }

    /// Columns for the labels of a value axis and its line; none where the chart needs them more.
    private func gutter(_ scale: ValueScale, _ area: Rectangle) -> Int {
        if area.width < 18 || area.height < 2 { return 0 }
        let labels = scale.ticks.map(\.label.width).max() ?? 0
        // Four columns hold most labels, so that the chart stays where it is when the scale changes.
        return min(max(4, labels), max(4, area.width / 4)) + 2
    }

    private func drawValueAxis(
        on canvas: inout Canvas, _ scale: ValueScale, x: Int, width: Int, plot: Rectangle, hasValues: Bool
    ) {
        for y in plot.y..<plot.bottom { canvas.put(glyphs.vertical, x: plot.x - 1, y: y, .dim) }
        for (row, label) in hasValues ? labelRows(scale, plot) : [] {
            let y = plot.y + row
            canvas.write(
                label, x: x, y: y, width: width - 2, align: .right, .dim, ellipsis: glyphs.ellipsis)
            canvas.put(glyphs.leftTick, x: plot.x - 1, y: y, .dim)
        }
    }

    private func drawRightAxis(
        on canvas: inout Canvas, _ scale: ValueScale, x: Int, width: Int, plot: Rectangle
    ) {
        for y in plot.y..<plot.bottom { canvas.put(glyphs.vertical, x: plot.right, y: y, .dim) }
        for (row, label) in labelRows(scale, plot) {
            let y = plot.y + row
            canvas.write(label, x: x + 2, y: y, width: width - 2, .dim, ellipsis: glyphs.ellipsis)
            canvas.put(glyphs.rightTick, x: plot.right, y: y, .dim)
        }
    }

    /// The names of the axes in the corners above them, behind the series.
    private func drawAxisNames(on canvas: inout Canvas, _ plot: Rectangle) {
        if plot.width < 24 || plot.height < 5 { return }
        let width = plot.width / 2 - 2
        if let name = view.left.label {
            canvas.write(name, x: plot.x + 1, y: plot.y, width: width, .dim, ellipsis: glyphs.ellipsis)
        }
        if let name = view.right?.label {
            canvas.write(
                name, x: plot.right - 1 - width, y: plot.y, width: width, align: .right, .dim,
                ellipsis: glyphs.ellipsis)
        }
    }

    /// The rows of ticks that have one for themselves: zero first, then the outermost.
    private func labelRows(_ scale: ValueScale, _ plot: Rectangle) -> [(row: Int, label: SafeText)] {
        var taken: Set<Int> = []
        let count = scale.ticks.count
        func rank(_ index: Int) -> Int { scale.ticks[index].value == 0 ? -1 : min(index, count - 1 - index) }
        return scale.ticks.indices.sorted { rank($0) < rank($1) }.compactMap { index in
            let tick = scale.ticks[index]
            guard let row = scale.row(tick.value, of: plot.height), row >= 0, row < plot.height,
                taken.insert(row).inserted
            else { return nil }
            return (row, tick.label)
        }
    }

    private func drawThresholds(on canvas: inout Canvas, _ scale: ValueScale, plot: Rectangle) {
        for step in view.thresholdLines where step.value.isFinite {
            guard let row = scale.row(step.value, of: plot.height), row >= 0, row < plot.height else {
                continue
            }
            for x in plot.x..<plot.right where canvas.isBlank(x: x, y: plot.y + row) {
                canvas.put(glyphs.thresholdLine, x: x, y: plot.y + row, Style(step.color.role))
            }
        }
    }

    // MARK: Time axis

    private func drawTimeAxis(
        on canvas: inout Canvas, _ area: Rectangle, plot: SeriesPlot, gutter: Int, rightGutter: Int,
        cursorColumn: Int?
    ) {
        if area.isEmpty { return }
        let chart = plot.area
        let y = area.y
        if gutter > 0 { canvas.put(glyphs.bottomLeft, x: chart.x - 1, y: y, .dim) }
        if rightGutter > 0 { canvas.put(glyphs.bottomRight, x: chart.right, y: y, .dim) }
        for x in chart.x..<chart.right {
            // A time of which nothing is known must not look like a time of zero; what is to come is not missing.
            let isKnown = plot.hasData(inCell: x - chart.x) || plot.isAhead(cell: x - chart.x)
            canvas.put(isKnown ? glyphs.horizontal : glyphs.gap, x: x, y: y, .dim)
        }
        let end = plot.columns.end
        let axis = TimeAxis(
            start: view.start, end: end, width: chart.width, zoneOffsetSeconds: view.zoneOffsetSeconds)
        let endTime = CivilTime(min(end, context.cursor), zoneOffsetSeconds: view.zoneOffsetSeconds)
        var endLabel = context.endLabel ?? endTime.clock
        if view.step >= .hours(12) { endLabel = endTime.monthDay }
        let isCompact = area.height == 1
        if !isCompact {
            for tick in axis.ticks {
                guard let x = plot.cell(of: tick.time) else { continue }
                canvas.put(glyphs.bottomTick, x: x, y: y, .dim)
            }
        }
        var taken: Set<Int> = []
        var cursorLabel: (text: SafeText, x: Int)?
        if let cursorColumn, let time = context.valueCursor {
            let label = CivilTime(time, zoneOffsetSeconds: view.zoneOffsetSeconds).clock
            let left = min(max(area.x, cursorColumn - label.width / 2), area.right - label.width)
            cursorLabel = (label, left)
            taken.formUnion(left..<left + label.width)
        }
        if isCompact { taken.formUnion(view.marks.compactMap { plot.cell(of: $0.time) }) }
        axis.drawLabels(
            on: &canvas, y: isCompact ? y : y + 1, columns: chart.x..<chart.right,
            left: isCompact ? chart.x : area.x, endLabel: endLabel, avoiding: taken, column: plot.cell(of:))
        drawMarks(on: &canvas, y: y, plot: plot)
        if let cursorColumn, let cursorLabel {
            canvas.put(glyphs.annotation, x: cursorColumn, y: y, .accent)
            canvas.write(
                cursorLabel.text, x: cursorLabel.x, y: isCompact ? y : y + 1,
                Style(.accent, [.bold, .reverse]))
        }
    }

    /// Marks of one column are drawn as the worst of them, with their number where there is room.
    private func drawMarks(on canvas: inout Canvas, y: Int, plot: SeriesPlot) {
        var byColumn: [Int: [TimeSeriesView.Mark]] = [:]
        for mark in view.marks {
            guard let x = plot.cell(of: mark.time) else { continue }
            byColumn[x, default: []].append(mark)
        }
        for (x, marks) in byColumn.sorted(by: { $0.key < $1.key }) {
            let worst = marks.compactMap(\.state).max { $0.severityRank < $1.severityRank }
            canvas.put(
                worst?.shape(glyphs) ?? glyphs.annotation, x: x, y: y, worst?.style ?? Style(.accent))
            let hasRoom = byColumn[x + 1] == nil && byColumn[x + 2] == nil && x + 1 < plot.area.right
            if marks.count > 1, marks.count < 10, hasRoom {
                canvas.write("\(marks.count)", x: x + 1, y: y, worst?.style ?? Style(.accent))
            }
        }
    }

    // MARK: Legend

    private func drawLegend(on canvas: inout Canvas, taking rest: inout Rectangle, _ styles: [SeriesStyle]) {
        if view.legend == .hidden && context.valueCursor == nil || view.series.isEmpty { return }
        let legend = SeriesLegend(view: view, styles: styles, context: context)
        if view.legend == .right, rest.width >= 56, rest.height >= 3 {
            let width = legend.width(atMost: rest.width * 2 / 5)
            let area = rest.takeRight(width)
            _ = rest.takeRight(2)
            legend.drawColumn(on: &canvas, in: area)
            return
        }
        if rest.height < 4 { return }
        let rows = legend.rows(
            width: rest.width, atMost: max(1, view.legendIsTable ? rest.height / 2 : rest.height / 4))
        let area = rest.takeBottom(rows)
        legend.draw(on: &canvas, in: area)
    }
}

/// The values of a chart's series as they are drawn: on top of one another where the chart is stacked.
struct StackedValues {
    /// Upper edges, a series each; `nil` is a gap. NaN counts as a gap.
    private(set) var tops: [[Double?]]

    init(_ view: TimeSeriesView) {
        tops = view.series.map { series in
            (0..<max(0, view.count)).map { index in
                let value = index < series.values.count ? series.values[index] : nil
                return value.flatMap { $0.isNaN ? nil : $0 }
            }
        }
        if view.stacking == .none { return }
        for index in 0..<max(0, view.count) {
            var total = 0.0
            if view.stacking == .percent {
                for (series, values) in tops.enumerated() where !view.series[series].isHidden {
                    total += abs(values[index] ?? 0)
                }
            }
            // What is negative hangs below zero on its own.
            var above = 0.0
            var below = 0.0
            for series in tops.indices where !view.series[series].isHidden {
                guard var value = tops[series][index] else { continue }
                if view.stacking == .percent { value = total == 0 ? 0 : abs(value) / total }
                if value < 0 { below += value } else { above += value }
                tops[series][index] = value < 0 ? below : above
            }
        }
    }
}
