import Canvas
import Dashboard
import MetricModel

/// Draws the series of a chart into its plotting area.
struct SeriesPlot {
    let view: TimeSeriesView
    let styles: [SeriesStyle]
    let stacks: StackedValues
    let left: ValueScale
    let right: ValueScale
    let area: Rectangle
    let context: DrawingContext
    /// A column a cell.
    let columns: TimeColumns
    let hasAnyValue: Bool
    /// Cells for which any series has a value.
    private let known: [Bool]

    init(
        view: TimeSeriesView, styles: [SeriesStyle], stacks: StackedValues, left: ValueScale,
        right: ValueScale,
        area: Rectangle, context: DrawingContext
    ) {
        self.view = view
        self.styles = styles
        self.stacks = stacks
        self.left = left
        self.right = right
        self.area = area
        self.context = context
        columns = TimeColumns(start: view.start, step: view.step, count: view.count, width: area.width)
        var buckets = Array(repeating: false, count: columns.bucketCount)
        for values in stacks.tops {
            for index in values.indices where values[index] != nil {
                if let bucket = columns.bucket(ofStep: index) { buckets[bucket] = true }
            }
        }
        hasAnyValue = buckets.contains(true)
        var known = Array(repeating: false, count: area.width)
        for bucket in buckets.indices {
            // A step left out is how many sources report; two in a row are a hole.
            let isLone =
                hasAnyValue && bucket > 0 && bucket + 1 < buckets.count && buckets[bucket - 1]
                && buckets[bucket + 1]
            guard buckets[bucket] || isLone else { continue }
            for column in columns.columns(ofBucket: bucket) where known.indices.contains(column) {
                known[column] = true
            }
        }
        self.known = known
    }

    func hasData(inCell column: Int) -> Bool { known.indices.contains(column) && known[column] }

    /// Whether the time of a cell is still to come: room that the window has for the next steps.
    func isAhead(cell column: Int) -> Bool {
        guard let now = columns.column(of: context.cursor) else { return false }
        return column > now
    }

    /// The canvas column of `time`; `nil` outside of the chart.
    func cell(of time: Timestamp) -> Int? {
        columns.column(of: time).flatMap { $0 >= 0 && $0 < area.width ? area.x + $0 : nil }
    }

    private var glyphs: GlyphSet { context.glyphs }
    private var drawn: [Int] { view.series.indices.filter { !view.series[$0].isHidden } }

    private func scale(_ series: Int) -> ValueScale {
        view.right != nil && view.series[series].usesRightAxis ? right : left
    }

    func draw(on canvas: inout Canvas) {
        if area.isEmpty || view.count <= 0 { return }
        let isStacked = view.stacking != .none
        drawBars(on: &canvas, drawn.filter { view.series[$0].style == .bars }, isStacked: isStacked)
        let filled = drawn.filter { view.series[$0].style == .line && view.series[$0].fill }
        // Dots cannot be filled behind one another; blocks can, and are seen from afar.
        let asBlocks = isStacked || glyphs != .braille
        if asBlocks { drawBars(on: &canvas, filled, isStacked: isStacked, isArea: true) }
        let lines = drawn.filter { view.series[$0].style == .line && !(asBlocks && view.series[$0].fill) }
        if glyphs == .braille {
            drawDots(on: &canvas, lines)
        } else {
            for series in lines { drawCells(on: &canvas, series) }
        }
        for series in drawn where view.series[series].style == .points { drawPoints(on: &canvas, series) }
        if needsMarkers {
            for (order, series) in lines.enumerated() { drawMarkers(on: &canvas, series, order) }
        }
    }

    /// Whether lines need marks to be told apart.
    private var needsMarkers: Bool { context.isMono && glyphs != .ascii && drawn.count > 1 }

    // MARK: Buckets

    /// What the samples of one bucket come to.
    private struct Bucket {
        var first: Double
        var last: Double
        var low: Double
        var high: Double
        var sum: Double
        var count: Int

        var mean: Double { sum / Double(count) }
    }

    private func buckets(_ values: [Double?], _ columns: TimeColumns) -> [Bucket?] {
        var buckets: [Bucket?] = Array(repeating: nil, count: columns.bucketCount)
        for (index, value) in values.enumerated() {
            guard let value, let key = columns.bucket(ofStep: index) else { continue }
            if var bucket = buckets[key] {
                bucket.last = value
                bucket.low = min(bucket.low, value)
                bucket.high = max(bucket.high, value)
                bucket.sum += value
                bucket.count += 1
                buckets[key] = bucket
            } else {
                buckets[key] = Bucket(
                    first: value, last: value, low: value, high: value, sum: value, count: 1)
            }
        }
        return buckets
    }

    // MARK: Braille

    private func drawDots(on canvas: inout Canvas, _ series: [Int]) {
        if series.isEmpty { return }
        var plot = DotPlot(width: area.width, height: area.height)
        let columns = TimeColumns(
            start: view.start, step: view.step, count: view.count, width: plot.dotWidth)
        for index in series where view.series[index].fill {
            fillDots(&plot, index, columns)
        }
        for index in series { lineDots(&plot, index, columns) }
        plot.draw(on: &canvas, x: area.x, y: area.y)
    }

    private func lineDots(_ plot: inout DotPlot, _ index: Int, _ columns: TimeColumns) {
        let scale = scale(index)
        let role = styles[index].role
        var last: (x: Int, y: Int)?
        for (key, bucket) in buckets(stacks.tops[index], columns).enumerated() {
            guard let bucket, let first = scale.row(bucket.first, of: plot.dotHeight),
                let end = scale.row(bucket.last, of: plot.dotHeight),
                let low = scale.row(bucket.low, of: plot.dotHeight),
                let high = scale.row(bucket.high, of: plot.dotHeight)
            else {
                if !view.series[index].connectsNulls { last = nil }
                continue
            }
            let x = columns.column(ofBucket: key)
            if let last { plot.line(from: last, to: (x, first), role) }
            // Peaks between two columns are what one looks for: the bucket is drawn from its lowest to its highest.
            plot.line(from: (x, high), to: (x, low), role)
            last = (x, end)
        }
    }

    /// All dots between the line and zero: in braille that is lighter than solid blocks, and lines of other series show.
    private func fillDots(_ plot: inout DotPlot, _ index: Int, _ columns: TimeColumns) {
        let scale = scale(index)
        let bottom = plot.dotHeight - 1
        let zero = min(bottom, max(0, scale.row(0, of: plot.dotHeight) ?? bottom))
        for (key, bucket) in buckets(stacks.tops[index], columns).enumerated() {
            guard let bucket, let top = scale.row(bucket.high, of: plot.dotHeight) else { continue }
            for x in columns.columns(ofBucket: key) {
                for y in min(top, zero)...max(top, zero) { plot.set(x, y, styles[index].role) }
            }
        }
    }

    // MARK: Cells

    /// A line of box drawing characters, or of the series' own letter in ASCII.
    private func drawCells(on canvas: inout Canvas, _ index: Int) {
        let scale = scale(index)
        let style = Style(styles[index].role)
        var last: Int?
        for (key, bucket) in buckets(stacks.tops[index], columns).enumerated() {
            let span = columns.columns(ofBucket: key)
            guard let bucket, let row = scale.row(bucket.mean, of: area.height),
                var low = scale.row(bucket.low, of: area.height),
                var high = scale.row(bucket.high, of: area.height)
            else {
                if !view.series[index].connectsNulls { last = nil }
                continue
            }
            // A peak is drawn; what only falls on the other side of a row's edge is not.
            if low - row < 2 { low = row }
            if row - high < 2 { high = row }
            let from = last ?? row
            for (position, column) in span.enumerated() {
                let before = position == 0 ? from : row
                drawStep(
                    on: &canvas, x: area.x + column, from: before, to: row,
                    reach: position == 0 ? min(high, before)...max(low, before) : row...row, style,
                    letter: glyphs == .ascii ? styles[index].marker : nil)
            }
            last = row
        }
    }

    /// One column of a line: it comes in at row `from`, leaves at row `to`, and touches all rows of `reach`.
    private func drawStep(
        on canvas: inout Canvas, x: Int, from: Int, to: Int, reach: ClosedRange<Int>, _ style: Style,
        letter: Character?
    ) {
        func put(_ character: Character, _ row: Int) {
            guard row >= 0, row < area.height else { return }
            canvas.put(letter ?? character, x: x, y: area.y + row, style)
        }
        for row in reach where letter == nil || row != to {
            guard row >= 0, row < area.height else { continue }
            canvas.put(glyphs.vertical, x: x, y: area.y + row, style)
        }
        if from == to {
            if reach.count == 1 {
                put("─", to)
            } else {
                put(reach.lowerBound == to ? "┬" : reach.upperBound == to ? "┴" : "┼", to)
            }
            return
        }
        put(from < to ? "╮" : "╯", from)
        put(from < to ? "╰" : "╭", to)
    }

    private func drawPoints(on canvas: inout Canvas, _ index: Int) {
        let scale = scale(index)
        let needsShape = (context.isMono || glyphs == .ascii) && drawn.count > 1
        let mark = needsShape ? styles[index].marker : glyphs.dot
        for (key, bucket) in buckets(stacks.tops[index], columns).enumerated() {
            guard let bucket else { continue }
            for value in bucket.low == bucket.high ? [bucket.last] : [bucket.low, bucket.high] {
                guard let row = scale.row(value, of: area.height), row >= 0, row < area.height else {
                    continue
                }
                canvas.put(
                    mark, x: area.x + columns.column(ofBucket: key), y: area.y + row,
                    Style(styles[index].role))
            }
        }
    }

    /// The series' mark on its line, at columns that stay where they are while time goes on.
    private func drawMarkers(on canvas: inout Canvas, _ index: Int, _ order: Int) {
        let every = 14
        let scale = scale(index)
        for (key, bucket) in buckets(stacks.tops[index], columns).enumerated() {
            guard let bucket, let row = scale.row(bucket.mean, of: area.height), row >= 0, row < area.height
            else { continue }
            for column in columns.columns(ofBucket: key) where (column + order * 5) % every == 4 {
                canvas.put(
                    styles[index].marker, x: area.x + column, y: area.y + row, Style(styles[index].role))
            }
        }
    }

    // MARK: Bars and stacked areas

    private func drawBars(on canvas: inout Canvas, _ members: [Int], isStacked: Bool, isArea: Bool = false) {
        if members.isEmpty { return }
        let tops = members.map { buckets(stacks.tops[$0], columns) }
        let zero = members.map { index -> Int in
            let scale = scale(index)
            let position = scale.isLogarithmic ? 0 : scale.position(0) ?? 0
            return Int((min(1, max(0, position)) * Double(area.height)).rounded())
        }
        for key in 0..<columns.bucketCount {
            var rising: [(base: Int, layer: Canvas.ColumnLayer)] = []
            var hanging: [(base: Int, depth: Int, role: ColorRole)] = []
            for (order, index) in members.enumerated() {
                guard let bucket = tops[order][key] else { continue }
                let value = abs(bucket.high) >= abs(bucket.low) ? bucket.high : bucket.low
                guard let position = scale(index).position(value) else { continue }
                let eighths = (min(1, max(0, position)) * Double(area.height * 8)).rounded()
                let height = Int(eighths) - zero[order] * 8
                let style = styles[index]
                // Something is never drawn as nothing; within a stack it would push up what stands on it.
                let least = value == 0 || isStacked ? 0 : 1
                if height < 0 || value < 0 {
                    hanging.append((zero[order], max(1, -height), style.role))
                } else {
                    let top = max(height, least)
                    rising.append(
                        (zero[order], Canvas.ColumnLayer(top: top, role: style.role, pattern: style.pattern)))
                }
            }
            // Shorter bars stand in front, so that all are seen; stacked ones ascend by themselves.
            rising.sort { $0.layer.top < $1.layer.top }
            hanging.sort { $0.depth > $1.depth }
            var span = columns.columns(ofBucket: key)
            // Bars wide enough for it are kept apart.
            if !isArea, span.count >= 3 { span = span.lowerBound..<span.upperBound - 1 }
            for column in span {
                let x = area.x + column
                for bar in hanging {
                    canvas.drawHangingColumn(
                        x: x, base: area.bottom - bar.base, rows: bar.base, depth: bar.depth, role: bar.role,
                        glyphs)
                }
                if let base = rising.first?.base {
                    canvas.drawColumn(
                        x: x, base: area.bottom - 1 - base, rows: area.height - base,
                        layers: rising.map(\.layer),
                        glyphs)
                }
            }
        }
    }
}
