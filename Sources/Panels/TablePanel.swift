import Canvas
import Dashboard
import DisplayText

/// Rows and columns; numbers right-aligned in columns that do not move, worst first as the view gives it.
struct TablePanel {
    let view: TableView
    let context: DrawingContext

    private var glyphs: GlyphSet { context.glyphs }

    /// - Returns: what the title says about the rows: `6 of 40`.
    func draw(on canvas: inout Canvas, in area: Rectangle) -> SafeText? {
        var rest = area
        let plan = TableColumns(view: view, width: area.width, glyphs: glyphs)
        let showsHeader = view.showsHeader && area.height >= 3
        if showsHeader { drawHeader(on: &canvas, rest.takeTop(1), plan) }
        let footer = view.footer.map { _ in rest.takeBottom(rest.height >= 3 ? 1 : 0) }
        let rows = ListWindow(
            count: view.rows.count, room: rest.height, first: context.firstRow, selected: context.selectedRow)
        let shown = shortened(Array(view.rows[rows.range]), plan)
        for (line, index) in rows.range.enumerated() {
            let y = rest.y + line
            drawRow(shown[line], on: &canvas, y: y, plan, x: rest.x)
            if index == context.selectedRow {
                canvas.select(Rectangle(x: rest.x, y: y, width: rest.width, height: 1))
            }
        }
        if let footer, !footer.isEmpty, let cells = view.footer {
            drawRow(cells, on: &canvas, y: footer.y, plan, x: footer.x)
            canvas.add(.bold, in: footer)
        }
        if view.rows.isEmpty, rest.height > 0 {
            canvas.write("no rows", x: rest.x, y: rest.y, width: rest.width, .dim)
        }
        return rows.range.count < view.rowCount ? rows.note(of: view.rowCount) : nil
    }

    /// The rows with texts that are too long for their column shortened so that different ones stay different.
    private func shortened(_ rows: [[TableView.Cell]], _ plan: TableColumns) -> [[TableView.Cell]] {
        var rows = rows
        for column in plan.columns {
            let holders = rows.indices.filter { column.index < rows[$0].count }
            let texts = holders.map { rows[$0][column.index].text }
            guard texts.contains(where: { $0.width > column.width }) else { continue }
            let apart = SafeText.shortenedApart(texts, to: column.width, ellipsis: glyphs.ellipsis)
            for (holder, text) in zip(holders, apart) { rows[holder][column.index].text = text }
        }
        return rows
    }

    private func drawHeader(on canvas: inout Canvas, _ area: Rectangle, _ plan: TableColumns) {
        for column in plan.columns {
            let title = view.columns[column.index].title
            canvas.write(
                title, x: area.x + column.x, y: area.y, width: column.width,
                align: view.columns[column.index].alignment.text, .dim, ellipsis: glyphs.ellipsis)
        }
        if plan.hiddenCount > 0 {
            let note: SafeText = "+\(plan.hiddenCount)"
            canvas.write(note, x: area.right - note.width, y: area.y, .dim)
        }
    }

    private func drawRow(
        _ row: [TableView.Cell], on canvas: inout Canvas, y: Int, _ plan: TableColumns, x: Int
    ) {
        for column in plan.columns where column.index < row.count {
            drawCell(
                row[column.index], on: &canvas, x: x + column.x, y: y, width: column.width,
                textWidth: column.textWidth, align: view.columns[column.index].alignment.text)
        }
    }

    private func drawCell(
        _ cell: TableView.Cell, on canvas: inout Canvas, x: Int, y: Int, width: Int, textWidth: Int,
        align: TextAlignment
    ) {
        if width <= 0 { return }
        func write(_ style: Style, width: Int, align: TextAlignment) {
            canvas.write(cell.text, x: x, y: y, width: width, align: align, style, ellipsis: glyphs.ellipsis)
        }
        switch cell.look {
        case .plain: write(.standard, width: width, align: align)
        case .coloredText: write(cell.color.valueStyle, width: width, align: align)
        case .coloredBackground:
            write(.standard, width: width, align: align)
            if cell.color != .standard {
                let isQuiet = cell.color == .ok
                canvas.restyle(Rectangle(x: x, y: y, width: width, height: 1)) {
                    $0 = isQuiet ? Style(.ok) : Style(cell.color.role, [.reverse, .bold])
                }
            }
        case .state(let state):
            let word = cell.text.string.isEmpty ? state.loudWord : cell.text
            canvas.put(state.shape(glyphs), x: x, y: y, state.style)
            canvas.write(word, x: x + 2, y: y, width: width - 2, state.style, ellipsis: glyphs.ellipsis)
        case .gauge:
            let number = min(width, textWidth)
            write(cell.color.valueStyle, width: number, align: .right)
            canvas.drawBar(
                x: x + number + 1, y: y, width: width - number - 1, fraction: cell.fraction ?? 0,
                cell.color.valueStyle, track: .dim, glyphs)
        case .sparkline(let values):
            let number = min(width, textWidth)
            if number > 0 { write(cell.color.valueStyle, width: number, align: .right) }
            let start = number > 0 ? number + 1 : 0
            let role = cell.color == .standard ? ColorRole.series(0) : cell.color.role
            Sparkline(values: values, phase: cell.sparklinePhase, role: role, scale: cell.sparklineScale)
                .draw(on: &canvas, x: x + start, y: y, width: max(0, width - start), glyphs)
        }
    }
}

extension TableView.Alignment {
    var text: TextAlignment {
        switch self {
        case .left: .left
        case .right: .right
        case .center: .center
        }
    }
}

/// The rows of a list that are seen, so that the selected one is among them.
struct ListWindow {
    let range: Range<Int>

    init(count: Int, room: Int, first: Int, selected: Int?) {
        let room = max(0, min(room, count))
        var start = max(0, min(first, count - room))
        if let selected, room > 0 {
            start = min(start, selected)
            start = max(start, selected - room + 1)
            start = max(0, min(start, count - room))
        }
        range = start..<start + room
    }

    /// `6 of 40` from the first row on, `7-12 of 40` further down.
    func note(of total: Int) -> SafeText {
        range.lowerBound == 0
            ? "\(range.count) of \(total)" : "\(range.lowerBound + 1)-\(range.upperBound) of \(total)"
    }
}
