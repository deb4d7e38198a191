import Canvas
import Dashboard
import DisplayText

/// A text over the dashboard: what a panel is about and what of it is not honoured, what is wrong with a file, about.
package struct NotesModel: Sendable {
    package var title: SafeText
    package var lines: [TextView.Line]
    package var firstRow: Int

    package init(title: SafeText, lines: [TextView.Line], firstRow: Int = 0) {
        self.title = title
        self.lines = lines
        self.firstRow = firstRow
    }

    /// What the title of a panel has no room for: its description, its trouble in full, and what is not honoured.
    package init(about view: PanelView) {
        var lines: [TextView.Line] = []
        func add(_ heading: SafeText, _ more: [TextView.Line]) {
            if more.isEmpty { return }
            if !lines.isEmpty { lines.append(.blank) }
            lines.append(.heading(heading))
            lines += more
        }
        if let description = view.description, description.width > 0 { lines.append(.paragraph(description)) }
        switch view.health {
        case .fresh: break
        case .stale(let age): add("Stale", [.paragraph("the newest sample is " + formatAge(age) + " old")])
        case .noData: add("No data", [.paragraph("the queries match nothing at this time")])
        case .partial(let text): add("Partial", [.paragraph(text)])
        case .error(let text): add("Error", [.paragraph(text)])
        }
        add("Not honoured", view.notHonoured.map { .item($0) })
        if lines.isEmpty { lines = [.paragraph("nothing to say about this panel")] }
        self.init(title: view.title, lines: lines)
    }
}

extension Canvas {
    /// Draws the text over the dashboard.
    ///
    /// - Returns: how far down it can be scrolled.
    @discardableResult
    package mutating func drawNotes(_ model: NotesModel, in area: Rectangle, _ context: DrawingContext) -> Int
    {
        let panel = TextPanel(lines: model.lines, context: context)
        let width = max(1, min(80, area.width - 4))
        let rows = panel.rows(width: width)
        let overlay = Overlay(
            on: &self, in: area, title: model.title, footer: "Esc closes",
            contentWidth: rows.map(\.width).max() ?? 0, contentHeight: rows.count, context)
        let window = ListWindow(
            count: rows.count, room: overlay.inner.height, first: max(0, model.firstRow), selected: nil)
        overlay.drawPosition(window, of: rows.count, on: &self)
        clipped(to: overlay.inner) { canvas in
            for (line, row) in rows[window.range].enumerated() {
                canvas.write(row, x: overlay.inner.x, y: overlay.inner.y + line)
            }
        }
        return max(0, rows.count - overlay.inner.height)
    }
}
