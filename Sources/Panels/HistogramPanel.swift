import Canvas
import Dashboard
import DisplayText

/// How often values fall into each bucket.
struct HistogramPanel {
    let view: HistogramView
    let context: DrawingContext

    func draw(on canvas: inout Canvas, in area: Rectangle) {
        let glyphs = context.glyphs
        var rest = area
        let most = view.bars.map(\.count).filter(\.isFinite).max() ?? 0
        guard most > 0, !rest.isEmpty else {
            canvas.write("no values", x: area.x, y: area.y, width: area.width, .dim)
            return
        }
        let labels = rest.takeBottom(rest.height >= 3 ? 1 : 0)
        let axis = rest.takeBottom(rest.height >= 4 ? 1 : 0)
        let number = plainNumber(most)
        let gutter = rest.width >= 18 && rest.height >= 2 ? max(4, number.width) + 2 : 0
        _ = rest.takeLeft(gutter)
        if gutter > 0 {
            for y in rest.y..<rest.bottom { canvas.put(glyphs.vertical, x: rest.x - 1, y: y, .dim) }
            canvas.put(glyphs.leftTick, x: rest.x - 1, y: rest.y, .dim)
            canvas.write(number, x: area.x, y: rest.y, width: gutter - 2, align: .right, .dim)
            if !axis.isEmpty { canvas.put(glyphs.bottomLeft, x: rest.x - 1, y: axis.y, .dim) }
        }
        for x in rest.x..<rest.right where !axis.isEmpty {
            canvas.put(glyphs.horizontal, x: x, y: axis.y, .dim)
        }
        // More buckets than columns: neighbours are drawn as one.
        let count = min(view.bars.count, rest.width)
        var free = rest.x
        for index in 0..<count {
            let from = index * view.bars.count / count
            let members = view.bars[from..<max(from + 1, (index + 1) * view.bars.count / count)]
            let value = members.map(\.count).filter(\.isFinite).max() ?? 0
            let left = rest.width * index / count
            let right = rest.width * (index + 1) / count
            let eighths = Int((min(1, max(0, value / most)) * Double(rest.height * 8)).rounded())
            let top = value > 0 ? max(1, eighths) : 0
            for column in left..<(right - left >= 3 ? right - 1 : right) {
                canvas.drawColumn(
                    x: rest.x + column, base: rest.bottom - 1, rows: rest.height,
                    layers: [Canvas.ColumnLayer(top: top, role: .series(0))], glyphs)
            }
            guard let label = members.first?.label, !labels.isEmpty else { continue }
            let x = rest.x + left
            if x >= free, x + label.width <= rest.right {
                free = canvas.write(label, x: x, y: labels.y, .dim) + 1
            }
        }
    }
}
