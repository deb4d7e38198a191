import Canvas
import Dashboard
import DisplayText
import MetricModel
import Rules

/// What changed, newest first: time, what it is about, in words.
struct EventListPanel {
    let view: EventListView
    let context: DrawingContext

    /// Subjects wider than this are shortened in their middle.
    private static let subjectWidthMax = 16

    /// - Returns: which part is seen, for the title.
    func draw(on canvas: inout Canvas, in area: Rectangle) -> SafeText? {
        if view.items.isEmpty {
            canvas.write(
                "nothing changed in this range", x: area.x, y: area.y, width: area.width, .dim,
                ellipsis: context.glyphs.ellipsis)
            return nil
        }
        let window = ListWindow(
            count: view.items.count, room: area.height, first: context.firstRow, selected: context.selectedRow
        )
        let subjects = view.items[window.range].map(\.subject.width).max() ?? 0
        let subjectWidth = min(subjects, Self.subjectWidthMax, max(0, area.width / 3))
        for (line, index) in window.range.enumerated() {
            let y = area.y + line
            draw(view.items[index], on: &canvas, area, y, subjectWidth)
            if index == context.selectedRow {
                canvas.select(Rectangle(x: area.x, y: y, width: area.width, height: 1))
            }
        }
        return window.range.count < view.items.count ? window.note(of: view.items.count) : nil
    }

    private func draw(
        _ item: EventListView.Item, on canvas: inout Canvas, _ area: Rectangle, _ y: Int, _ subjectWidth: Int
    ) {
        let civil = CivilTime(item.time, zoneOffsetSeconds: view.zoneOffsetSeconds)
        var x = canvas.write(civil.clock, x: area.x, y: y, .dim) + 1
        if let state = item.state {
            canvas.write("\(state.shape(context.glyphs))", x: x, y: y, Style(state.role))
        }
        x += 2
        if subjectWidth > 0 {
            canvas.write(item.subject.shortened(to: subjectWidth), x: x, y: y, .standard)
            x += subjectWidth + 1
        }
        canvas.write(
            item.text, x: x, y: y, width: max(0, area.x + area.width - x), .standard,
            ellipsis: context.glyphs.ellipsis)
    }
}
