import Canvas
import Dashboard
import DisplayText

/// Names and values of a chart's series: a list, or a table with a column a calculation.
///
/// Values stand right-aligned in fields that are as wide as the widest of them, so that they do not jump.
struct SeriesLegend {
    private struct Entry {
        var style: SeriesStyle
        var name: SafeText
        /// The value now, or at the value cursor.
        var now: SafeText
        var calcs: [(name: SafeText, value: SafeText)]
        var isHidden: Bool
    }

    private let entries: [Entry]
    private let context: DrawingContext
    private let isTable: Bool
    private let nowWidth: Int
    private let nowTitle: SafeText

    init(view: TimeSeriesView, styles: [SeriesStyle], context: DrawingContext) {
        self.context = context
        isTable = view.legendIsTable
        let columns = TimeColumns(start: view.start, step: view.step, count: view.count, width: 1)
        let shown = context.valueCursor.map(columns.step(nearest:)) ?? view.newestStep(at: context.cursor)
        nowTitle = context.valueCursor == nil ? "now" : "at cursor"
        entries = view.series.enumerated().map { index, series in
            let axis = series.usesRightAxis ? view.right ?? view.left : view.left
            let value = series.values.indices.contains(shown) ? series.values[shown] : nil
            let now = value.map { axis.format($0, nil).joined } ?? context.glyphs.dash
            // A dashboard that asks for the last value gets it once.
            let calcs = series.legend.filter { !Self.isLast($0.name) || context.valueCursor != nil }
            return Entry(
                style: styles[index], name: series.name, now: now,
                calcs: calcs.map { ($0.name, $0.value.joined) }, isHidden: series.isHidden)
        }
        nowWidth = max(5, entries.map(\.now.width).max() ?? 0)
    }

    private static func isLast(_ name: SafeText) -> Bool {
        let name = name.string.lowercased()
        return name == "last" || name == "last *" || name == "current" || name == "lastnotnull"
    }

    // MARK: Sizes

    /// What a cell of the list tells.
    private enum Form { case all, now, name }

    private static let gap = 3
    private static let cellWidthMin = 14
    /// A key and a few letters.
    private static let nameWidthMin = 6

    /// A cell of the list: key, name, value, and the calculations in brackets.
    private func cellWidth(_ form: Form) -> Int {
        entries.map { entry in
            let name = 2 + entry.name.width
            return switch form {
            case .name: name
            case .now: name + 1 + nowWidth
            case .all: name + 1 + nowWidth + calcText(entry).width
            }
        }.max() ?? 0
    }

    private func calcText(_ entry: Entry) -> SafeText {
        if entry.calcs.isEmpty { return "" }
        let calcs = entry.calcs.map { "\($0.name.string) \($0.value.string)" }.joined(separator: ", ")
        return SafeText(" (\(calcs))")
    }

    private struct ListPlan {
        var columns: Int
        var rows: Int
        var cellWidth: Int
        var form: Form

        var gap: Int { form == .name ? 2 : SeriesLegend.gap }
    }

    private func plan(width: Int, rowsMax: Int) -> ListPlan {
        for form in [Form.all, .now] {
            let cell = cellWidth(form)
            if cell > width { continue }
            let columns = max(1, (width + Self.gap) / (cell + Self.gap))
            let rows = (entries.count + columns - 1) / columns
            if rows <= rowsMax { return ListPlan(columns: columns, rows: rows, cellWidth: cell, form: form) }
        }
        // All names, shortened, are worth more than some of the values.
        let wanted = (entries.count + rowsMax - 1) / max(1, rowsMax)
        for (form, least) in [(Form.now, Self.cellWidthMin), (.name, Self.nameWidthMin)] {
            let gap = form == .name ? 2 : Self.gap
            let cell = (width + gap) / max(1, wanted) - gap
            if cell >= least { return ListPlan(columns: wanted, rows: rowsMax, cellWidth: cell, form: form) }
        }
        let columns = max(1, (width + Self.gap) / (Self.cellWidthMin + Self.gap))
        let cell = max(1, (width + Self.gap) / columns - Self.gap)
        return ListPlan(columns: columns, rows: rowsMax, cellWidth: cell, form: .now)
    }

    /// Rows that the legend takes below a chart.
    func rows(width: Int, atMost rowsMax: Int) -> Int {
        if isTable { return min(rowsMax, entries.count + 1) }
        return min(rowsMax, plan(width: width, rowsMax: rowsMax).rows)
    }

    /// Columns that the legend takes beside a chart.
    func width(atMost most: Int) -> Int {
        if isTable { return min(most, tableWidths().reduce(0) { $0 + $1 + 2 }) }
        return min(most, cellWidth(.now))
    }

    // MARK: Drawing

    func draw(on canvas: inout Canvas, in area: Rectangle) {
        if isTable { drawTable(on: &canvas, in: area) } else { drawList(on: &canvas, in: area) }
    }

    func drawColumn(on canvas: inout Canvas, in area: Rectangle) {
        if isTable {
            drawTable(on: &canvas, in: area)
            return
        }
        let plan = ListPlan(columns: 1, rows: area.height, cellWidth: area.width, form: .now)
        drawCells(on: &canvas, in: area, plan)
    }

    private func drawList(on canvas: inout Canvas, in area: Rectangle) {
        if area.isEmpty { return }
        drawCells(on: &canvas, in: area, plan(width: area.width, rowsMax: area.height))
    }

    private func drawCells(on canvas: inout Canvas, in area: Rectangle, _ plan: ListPlan) {
        let places = plan.columns * plan.rows
        let shown = entries.count > places ? max(0, places - 1) : entries.count
        let names = names(plan.cellWidth, plan.form)
        func place(_ index: Int) -> (x: Int, y: Int) {
            let (row, column) = index.quotientAndRemainder(dividingBy: plan.columns)
            return (area.x + column * (plan.cellWidth + plan.gap), area.y + row)
        }
        for index in 0..<shown {
            let (x, y) = place(index)
            drawCell(
                on: &canvas, entries[index], name: names[index], x: x, y: y, width: plan.cellWidth, plan.form)
        }
        if shown < entries.count {
            drawMore(on: &canvas, entries.count - shown, x: place(shown).x, y: place(shown).y)
        }
    }

    private func drawMore(on canvas: inout Canvas, _ count: Int, x: Int, y: Int) {
        canvas.write("+\(count) more", x: x, y: y, .dim)
    }

    private func drawKey(on canvas: inout Canvas, _ entry: Entry, x: Int, y: Int) {
        canvas.put(entry.style.key, x: x, y: y, entry.isHidden ? .dim : Style(entry.style.role))
    }

    /// Columns that a cell of `width` leaves for the name; the whole cell where it leaves too little for a value.
    private func nameWidth(_ width: Int, _ form: Form) -> (width: Int, showsValue: Bool) {
        let calcs = form == .all ? entries.map { calcText($0).width }.max() ?? 0 : 0
        let name = width - 2 - 1 - nowWidth - calcs
        return form == .name || name < 2 ? (width - 2, false) : (name, true)
    }

    /// The names as they are drawn into cells of `width`, so that different ones stay different.
    private func names(_ width: Int, _ form: Form) -> [SafeText] {
        SafeText.shortenedApart(
            entries.map(\.name), to: nameWidth(width, form).width, ellipsis: context.glyphs.ellipsis)
    }

    private func drawCell(
        on canvas: inout Canvas, _ entry: Entry, name: SafeText, x: Int, y: Int, width: Int, _ form: Form
    ) {
        drawKey(on: &canvas, entry, x: x, y: y)
        let (nameWidth, showsValue) = nameWidth(width, form)
        canvas.write(name, x: x + 2, y: y, width: nameWidth, entry.isHidden ? .dim : .standard)
        if !showsValue { return }
        canvas.write(
            entry.now, x: x + 3 + nameWidth, y: y, width: nowWidth, align: .right,
            context.valueCursor == nil ? Style.strong : .accent, ellipsis: context.glyphs.ellipsis)
        if form == .all { canvas.write(calcText(entry), x: x + 3 + nameWidth + nowWidth, y: y, .dim) }
    }

    /// Widths of the name, the value now and each calculation.
    private func tableWidths() -> [Int] {
        let names = entries.map { 2 + $0.name.width }.max() ?? 2
        var widths = [names, max(nowWidth, nowTitle.width)]
        for (index, calc) in (entries.first?.calcs ?? []).enumerated() {
            let values = entries.map { index < $0.calcs.count ? $0.calcs[index].value.width : 0 }
            widths.append(max(5, calc.name.width, values.max() ?? 0))
        }
        return widths
    }

    private func drawTable(on canvas: inout Canvas, in area: Rectangle) {
        if area.isEmpty { return }
        var widths = tableWidths()
        // The name gives way down to what still tells series apart, then the last calculations do.
        while widths.count > 2, widths.dropFirst().reduce(0, { $0 + $1 + 2 }) + 10 > area.width {
            widths.removeLast()
        }
        let numbers = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
        widths[0] = max(1, min(widths[0], area.width - numbers))
        func drawNumber(_ text: SafeText, column: Int, y: Int, _ style: Style) {
            let x = area.x + widths[..<column].reduce(0) { $0 + $1 + 2 }
            canvas.write(
                text, x: x, y: y, width: min(widths[column], area.right - x), align: .right, style,
                ellipsis: context.glyphs.ellipsis)
        }
        drawNumber(nowTitle, column: 1, y: area.y, .dim)
        for (index, calc) in (entries.first?.calcs ?? []).enumerated() where index + 2 < widths.count {
            drawNumber(calc.name, column: index + 2, y: area.y, .dim)
        }
        let room = area.height - 1
        let shown = entries.count > room ? room - 1 : entries.count
        let names = SafeText.shortenedApart(
            entries.map(\.name), to: widths[0] - 2, ellipsis: context.glyphs.ellipsis)
        for (row, entry) in entries.prefix(max(0, shown)).enumerated() {
            let y = area.y + 1 + row
            drawKey(on: &canvas, entry, x: area.x, y: y)
            canvas.write(
                names[row], x: area.x + 2, y: y, width: widths[0] - 2, entry.isHidden ? .dim : .standard)
            drawNumber(entry.now, column: 1, y: y, context.valueCursor == nil ? Style.strong : .accent)
            for (index, calc) in entry.calcs.enumerated() where index + 2 < widths.count {
                drawNumber(calc.value, column: index + 2, y: y, .standard)
            }
        }
        if shown < entries.count, area.height > 1 {
            drawMore(on: &canvas, entries.count - max(0, shown), x: area.x + 2, y: area.bottom - 1)
        }
    }
}
