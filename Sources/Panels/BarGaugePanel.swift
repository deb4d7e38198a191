import Canvas
import Dashboard
import DisplayText

/// Several values as bars of one scale.
struct BarGaugePanel {
    let view: BarGaugeView
    let context: DrawingContext

    func draw(on canvas: inout Canvas, in area: Rectangle) {
        if area.isEmpty || view.values.isEmpty { return }
        let fitsColumns = area.width / max(1, view.values.count) >= 5 && area.height >= 4
        if view.isHorizontal || !fitsColumns {
            drawRows(on: &canvas, in: area)
        } else {
            drawColumns(on: &canvas, in: area)
        }
    }

    private func drawRows(on canvas: inout Canvas, in area: Rectangle) {
        let glyphs = context.glyphs
        let isCut = view.values.count > area.height
        let shown = isCut && area.height > 1 ? area.height - 1 : min(view.values.count, area.height)
        let textWidth = max(6, view.values.map(\.text.joined.width).max() ?? 0)
        let longest = view.values.map(\.title.width).max() ?? 0
        var nameWidth = min(longest, max(4, (area.width - textWidth) * 2 / 5))
        if area.width - nameWidth - textWidth < 6 {
            nameWidth = min(longest, max(0, area.width - textWidth - 1))
        }
        let barX = area.x + nameWidth + (nameWidth > 0 ? 1 : 0)
        let barWidth = area.right - textWidth - 1 - barX
        // Rows that are left over keep bars apart.
        let pitch = max(1, min(2, area.height / max(1, shown)))
        let names = SafeText.shortenedApart(
            view.values.map(\.title), to: nameWidth, ellipsis: glyphs.ellipsis)
        for (index, value) in view.values.prefix(shown).enumerated() {
            let y = area.y + index * pitch
            canvas.write(names[index], x: area.x, y: y, width: nameWidth)
            canvas.drawBar(
                x: barX, y: y, width: barWidth, fraction: value.fraction ?? 0, value.color.valueStyle,
                track: .dim, glyphs)
            canvas.write(
                value.text.joined, x: area.right - textWidth, y: y, width: textWidth, align: .right,
                value.color.valueStyle.with(.bold), ellipsis: glyphs.ellipsis)
        }
        if isCut, area.height > 1 {
            canvas.write("+\(view.values.count - shown) more", x: area.x, y: area.bottom - 1, .dim)
        }
    }

    private func drawColumns(on canvas: inout Canvas, in area: Rectangle) {
        let glyphs = context.glyphs
        let rows = area.height - 2
        for (index, value) in view.values.enumerated() {
            let left = area.width * index / view.values.count
            let width = area.width * (index + 1) / view.values.count - left - 1
            let x = area.x + left
            let share = min(1, max(0, value.fraction ?? 0))
            let top = max(share > 0 ? 1 : 0, Int((share * Double(rows * 8)).rounded()))
            for column in 0..<width {
                canvas.drawColumn(
                    x: x + column, base: area.bottom - 2, rows: rows,
                    layers: [Canvas.ColumnLayer(top: top, role: value.color.role)], glyphs)
            }
            canvas.write(
                value.text.joined, x: x, y: area.y, width: width, align: .center,
                value.color.valueStyle.with(.bold),
                ellipsis: glyphs.ellipsis)
            canvas.write(
                value.title, x: x, y: area.bottom - 1, width: width, align: .center, .dim,
                ellipsis: glyphs.ellipsis)
        }
    }
}
