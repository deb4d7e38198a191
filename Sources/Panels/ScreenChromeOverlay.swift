import Canvas
import DisplayText

/// A box over the dashboard that takes the keys for a while.
struct Overlay {
    /// Where the content goes.
    let inner: Rectangle
    /// Whether there was room for a frame.
    let hasFrame: Bool

    /// Draws the box in the middle of `area`, as large as the content needs and the screen has.
    ///
    /// Screens too small for a frame give all of their rows to the content.
    init(
        on canvas: inout Canvas, in area: Rectangle, title: SafeText, footer: SafeText = "",
        contentWidth: Int,
        contentHeight: Int, _ context: DrawingContext
    ) {
        if area.width < 20 || area.height < 6 {
            canvas.fill(area)
            var rest = area
            if rest.height >= 3 {
                let line = rest.takeTop(1)
                canvas.write(
                    title, x: line.x, y: line.y, width: line.width, .accent, ellipsis: context.glyphs.ellipsis
                )
            }
            inner = rest
            hasFrame = false
            return
        }
        let width = min(area.width, max(contentWidth, title.width + 2, footer.width + 2) + 4)
        let height = min(area.height, contentHeight + 2)
        let box = Rectangle(
            x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width: width,
            height: height)
        canvas.fill(box)
        var lines = BoxLines(area: box)
        lines.frame(box)
        lines.draw(on: &canvas, context.glyphs, Style(.accent))
        let room = box.width - 4
        let shown = title.shortened(to: room - 2, ellipsis: context.glyphs.ellipsis)
        canvas.write(" " + shown + " ", x: box.x + 2, y: box.y, .accent)
        if footer.width > 0 {
            let text = footer.shortened(to: room - 2, ellipsis: context.glyphs.ellipsis)
            canvas.write(" " + text + " ", x: box.right - text.width - 4, y: box.bottom - 1, .dim)
        }
        inner = box.inset(x: 2, y: 1)
        hasFrame = true
    }

    /// Says on the frame which rows are seen when not all are.
    func drawPosition(_ window: ListWindow, of count: Int, on canvas: inout Canvas) {
        if !hasFrame || window.range.count >= count { return }
        canvas.write(" " + window.note(of: count) + " ", x: inner.x, y: inner.bottom, .dim)
    }
}
