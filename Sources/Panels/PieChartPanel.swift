import Canvas
import Dashboard
import DisplayText

/// Shares of a whole as a list of bars, largest first: in cells, lengths compare and angles do not.
struct PieChartPanel {
    let view: PieChartView
    let context: DrawingContext

    func draw(on canvas: inout Canvas, in area: Rectangle) {
        if area.isEmpty { return }
        let glyphs = context.glyphs
        let slices = view.slices.filter { ($0.value ?? 0).isFinite }
        let total = slices.reduce(0) { $0 + max(0, $1.value ?? 0) }
        guard total > 0 else {
            canvas.write("nothing to share", x: area.x, y: area.y, width: area.width, .dim)
            return
        }
        // Ties keep the view's order, so that rows do not swap.
        let ordered = slices.enumerated().sorted {
            ($1.element.value ?? 0, $0.offset) < ($0.element.value ?? 0, $1.offset)
        }.map(\.element)
        let isCut = ordered.count > area.height
        let shown = isCut && area.height > 1 ? area.height - 1 : min(ordered.count, area.height)
        let valueWidth = max(4, ordered.map(\.text.joined.width).max() ?? 0)
        let percentWidth = 4
        let longest = ordered.map(\.title.width).max() ?? 0
        let fixed = valueWidth + percentWidth + 3
        let nameWidth = min(longest, max(4, (area.width - fixed) / 2))
        let barWidth = area.width - fixed - nameWidth
        for (row, slice) in ordered.prefix(shown).enumerated() {
            let share = max(0, slice.value ?? 0) / total
            let y = area.y + row
            var x = area.x
            canvas.write(slice.title, x: x, y: y, width: nameWidth, ellipsis: glyphs.ellipsis)
            x += nameWidth + 1
            if barWidth > 2 {
                canvas.drawBar(
                    x: x, y: y, width: barWidth, fraction: share, Style(slice.color.role), track: .dim, glyphs
                )
                x += barWidth
            }
            let percent = share * 100
            let number = percent > 0 && percent < 1 ? "<1%" : "\(Int(percent.rounded()))%"
            canvas.write(SafeText(number), x: x, y: y, width: percentWidth + 1, align: .right, .strong)
            canvas.write(
                slice.text.joined, x: area.right - valueWidth, y: y, width: valueWidth, align: .right, .dim,
                ellipsis: glyphs.ellipsis)
        }
        if isCut, area.height > 1 {
            let rest = ordered.dropFirst(shown)
            let share = rest.reduce(0) { $0 + max(0, $1.value ?? 0) } / total
            canvas.write(
                "+\(rest.count) more, \(Int((share * 100).rounded()))%", x: area.x, y: area.bottom - 1,
                width: area.width, .dim)
        }
    }
}
