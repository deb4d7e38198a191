import Canvas
import Dashboard
import DisplayText
import MetricModel

/// Amounts by bucket and time as shades; the shade tells as much as the colour.
struct HeatmapPanel {
    let view: HeatmapView
    let context: DrawingContext

    private var glyphs: GlyphSet { context.glyphs }

    func draw(on canvas: inout Canvas, in area: Rectangle) {
        var rest = area
        let count = view.values.map(\.count).max() ?? 0
        guard !view.values.isEmpty, count > 0, !rest.isEmpty else {
            canvas.write(
                "no data", x: area.x, y: area.y + area.height / 2, width: area.width, align: .center,
                Style(.noData))
            return
        }
        let axis = rest.takeBottom(rest.height >= 4 ? 1 : 0)
        let scaleRow = rest.takeBottom(rest.height >= 6 ? 1 : 0)
        let widest = view.rows.map(\.width).max() ?? 0
        let labels = rest.takeLeft(rest.width < 18 ? 0 : min(widest, rest.width / 4))
        _ = rest.takeLeft(labels.width > 0 ? 1 : 0)
        let columns = TimeColumns(start: view.start, step: view.step, count: count, width: rest.width)
        let rows = min(rest.height, view.values.count)
        let shaded = (0..<rows).map { amounts(ofRow: $0, of: rows, columns) }
        let most = shaded.lazy.flatMap { $0 }.compactMap { $0 }.max() ?? 0
        for row in 0..<rows {
            let y = rest.y + rows - 1 - row
            // Labels of rows that share a line: the highest bound holds for all of them.
            let label = (row + 1) * view.values.count / rows - 1
            if view.rows.indices.contains(label) {
                canvas.write(
                    view.rows[label], x: labels.x, y: y, width: labels.width, align: .right, .dim,
                    ellipsis: glyphs.ellipsis)
            }
            for (bucket, amount) in shaded[row].enumerated() {
                for column in columns.columns(ofBucket: bucket) {
                    drawShade(amount, of: most, on: &canvas, x: rest.x + column, y: y)
                }
            }
        }
        if !scaleRow.isEmpty { drawScale(on: &canvas, scaleRow, most: most) }
        if !axis.isEmpty { drawAxis(on: &canvas, y: axis.y, chart: rest, columns) }
    }

    /// Sums over the steps and the rows that share a cell; `nil` where nothing is known.
    private func amounts(ofRow row: Int, of rows: Int, _ columns: TimeColumns) -> [Double?] {
        var sums: [Double?] = Array(repeating: nil, count: columns.bucketCount)
        let first = row * view.values.count / rows
        for index in first..<max(first, (row + 1) * view.values.count / rows) {
            for (step, value) in view.values[index].enumerated() {
                guard let value, value.isFinite, let bucket = columns.bucket(ofStep: step) else { continue }
                sums[bucket] = (sums[bucket] ?? 0) + value
            }
        }
        return sums
    }

    private func drawShade(_ amount: Double?, of most: Double, on canvas: inout Canvas, x: Int, y: Int) {
        guard let amount else {
            canvas.put(glyphs == .ascii ? ":" : "·", x: x, y: y, .dim)
            return
        }
        let shades = glyphs.shades
        if amount <= 0 || most <= 0 { return }
        // The square root makes small amounts visible beside large ones, as Grafana's exponential scale does.
        let share = min(1, (amount / most).squareRoot())
        let level = max(1, Int((share * Double(shades.count - 1)).rounded()))
        canvas.put(shades[level], x: x, y: y, Style(Self.heat(share)))
    }

    /// From blue over magenta to orange, all of a lightness that is seen on dark and on light backgrounds.
    private static func heat(_ share: Double) -> ColorRole {
        let ramp: [UInt32] = [0x4a6fd0, 0x6f62d0, 0x9357c8, 0xb54fb0, 0xd24b8c, 0xe85361, 0xf0703a, 0xf59a1f]
        return .rgb(ramp[min(ramp.count - 1, max(0, Int(share * Double(ramp.count))))])
    }

    private func drawScale(on canvas: inout Canvas, _ area: Rectangle, most: Double) {
        var x = canvas.write("few ", x: area.x, y: area.y, .dim)
        let shades = glyphs.shades
        for level in 1..<shades.count {
            let share = Double(level) / Double(shades.count - 1)
            canvas.put(shades[level], x: x, y: area.y, Style(Self.heat(share - 0.01)))
            x += 1
        }
        x = canvas.write(" " + plainNumber(most), x: x, y: area.y, .dim)
        canvas.write(SafeText("   \(glyphs == .ascii ? ":" : "·") no data"), x: x, y: area.y, .dim)
    }

    private func drawAxis(on canvas: inout Canvas, y: Int, chart: Rectangle, _ columns: TimeColumns) {
        let axis = TimeAxis(
            start: view.start, end: columns.end, width: chart.width, zoneOffsetSeconds: view.zoneOffsetSeconds
        )
        let end = CivilTime(columns.end, zoneOffsetSeconds: view.zoneOffsetSeconds)
        axis.drawLabels(
            on: &canvas, y: y, columns: chart.x..<chart.right, left: chart.x,
            endLabel: context.endLabel ?? end.clock
        ) { columns.column(of: $0).map { chart.x + $0 } }
    }
}
