import Canvas
import Dashboard
import DisplayText
import MetricModel
import Rules

/// Alerts, worst first: state, severity, name, what it is about, value against threshold, since when.
struct AlertListPanel {
    let view: AlertListView
    let context: DrawingContext

    private var glyphs: GlyphSet { context.glyphs }

    /// - Returns: the counts, for the title.
    func draw(on canvas: inout Canvas, in area: Rectangle) -> SafeText? {
        if view.showsCountOnly {
            drawCount(on: &canvas, in: area)
            return nil
        }
        if view.items.isEmpty {
            drawNothing(on: &canvas, in: area)
            return nil
        }
        let window = ListWindow(
            count: view.items.count, room: area.height, first: context.firstRow, selected: context.selectedRow
        )
        let columns = AlertColumns(items: view.items, cursor: view.cursor, width: area.width)
        for (line, index) in window.range.enumerated() {
            let row = Rectangle(x: area.x, y: area.y + line, width: area.width, height: 1)
            columns.draw(view.items[index], on: &canvas, row, view.cursor, glyphs)
            if index == context.selectedRow { canvas.select(row) }
        }
        let hidden = window.range.count < view.items.count
        let counts = countsText
        return hidden ? counts + ", " + window.note(of: view.items.count) : counts
    }

    /// `3 firing, 2 pending`.
    private var countsText: SafeText {
        let parts = AlertState.worstFirst.compactMap { state -> String? in
            let count = view.counts[state] ?? 0
            return count > 0 && state != .normal ? "\(count) \(state.word.string)" : nil
        }
        return SafeText(parts.joined(separator: ", "))
    }

    /// No alerts, and the proof that rules are looked at.
    private func drawNothing(on canvas: inout Canvas, in area: Rectangle) {
        var text: SafeText = ""
        var style = Style.dim
        if case .watched(let count) = view.coverage {
            text = "\(AlertState.normal.shape(glyphs)) none: \(count) rules are quiet"
        } else if let doubt = view.coverage.doubt {
            text = doubt
            if view.coverage.absence != nil {
                text = "\(AlertState.noData.shape(glyphs)) \(doubt)"
                style = AlertState.noData.style
            }
        }
        canvas.write(text, x: area.x, y: area.y, width: area.width, style, ellipsis: glyphs.ellipsis)
    }

    private func drawCount(on canvas: inout Canvas, in area: Rectangle) {
        // A zero that nobody counted is none.
        if view.counts.isEmpty, let doubt = view.coverage.doubt {
            let state = AlertState.noData
            canvas.write(
                "\(state.shape(glyphs)) \(doubt)", x: area.x, y: area.y + (area.height - 1) / 2,
                width: area.width, state.style, ellipsis: glyphs.ellipsis)
            return
        }
        let worst = AlertState.worstFirst.first { (view.counts[$0] ?? 0) > 0 } ?? .normal
        let active = view.counts.filter { $0.key != .normal }.values.reduce(0, +)
        let text: SafeText = "\(active)"
        let words = StyledText("\(worst.shape(glyphs)) ", worst.style).appending(countsText, worst.style)
        if let big = BigDigits(text, glyphs), area.height >= 3, big.width + 14 <= area.width {
            let y = area.y + (area.height - BigDigits.height) / 2
            big.draw(on: &canvas, x: area.x, y: y, worst.style)
            // Broken at words, ending on the number's baseline.
            let lines = wrapped(words.plain, width: area.width - big.width - 2).prefix(BigDigits.height)
            for (row, line) in lines.enumerated() {
                canvas.write(
                    line, x: area.x + big.width + 2, y: y + BigDigits.height - lines.count + row, worst.style)
            }
        } else {
            let count: SafeText =
                "\(worst.shape(glyphs)) \(active) \(worst == .normal ? "active" : worst.word.string)"
            canvas.write(
                words.width <= area.width && active > 0 ? words.plain : count, x: area.x,
                y: area.y + (area.height - 1) / 2, width: area.width, worst.style, ellipsis: glyphs.ellipsis)
        }
    }
}

/// The columns that the rows of an alert list share.
struct AlertColumns {
    private var severity: Int
    private var name: Int
    private var subject: Int
    private var value: Int
    /// The arrow that says whether it is getting worse, and the space before it.
    private var course: Int
    private let since: Int
    /// Between columns; one where two would cost letters.
    private var gap = 2

    /// Columns that a sentence needs to say something.
    private static let summaryMin = 30
    /// Columns of these two that are kept as long as another column can go in their place.
    private static let subjectMin = 16
    private static let nameMin = 14

    init(items: [AlertListView.Item], cursor: Timestamp, width: Int) {
        func widest(_ text: (AlertListView.Item) -> SafeText) -> Int {
            items.map { text($0).width }.max() ?? 0
        }
        severity = widest(\.severity)
        name = widest(\.name)
        subject = widest(\.subject)
        value = widest(\.value)
        course = items.contains { $0.course != nil } ? 2 : 0
        // Ages grow: their field is as wide as they can become.
        since = 5
        // Letters tell alerts apart, space only makes it pleasant; where columns have to go, their room is enough for both.
        if total > width {
            gap = 1
            let cut = max(0, subject - Self.subjectMin) + max(0, name - Self.nameMin)
            if total - cut > width { gap = 2 }
        }
        if total > width, course > 0 { course = 1 }
        // The value goes first, then the severity; the name and what it is about stay longest.
        var excess = total - width
        func give(_ column: inout Int, down to: Int) {
            let given = min(max(0, excess), max(0, column - to))
            column -= given
            excess -= given
        }
        // Of the two the longer one gives first, so that both keep what tells them apart.
        while excess > 0, subject > Self.subjectMin || name > Self.nameMin {
            if subject > Self.subjectMin, subject >= name || name <= Self.nameMin {
                subject -= 1
            } else {
                name -= 1
            }
            excess -= 1
        }
        if excess > 0, value > 0 { drop(&value, &excess) }
        if excess > 0, value == 0, course > 0 {
            excess -= course
            course = 0
        }
        if excess > 0, severity > 0 { drop(&severity, &excess) }
        give(&subject, down: 6)
        give(&name, down: 6)
        if excess > 0, subject > 0 { drop(&subject, &excess) }
        give(&name, down: 1)
        // What a dropped column left over goes back to what was shortened.
        for (column, full) in [(\AlertColumns.name, widest(\.name)), (\.subject, widest(\.subject))]
        where self[keyPath: column] > 0 {
            let back = min(max(0, width - total), full - self[keyPath: column])
            self[keyPath: column] += max(0, back)
        }
    }

    private func drop(_ column: inout Int, _ excess: inout Int) {
        excess -= column + gap
        column = 0
    }

    private var total: Int {
        var total = 2 + since + course
        for column in [severity, name, subject, value] where column > 0 { total += column + gap }
        return total
    }

    func draw(
        _ item: AlertListView.Item, on canvas: inout Canvas, _ row: Rectangle, _ cursor: Timestamp,
        _ glyphs: GlyphSet
    ) {
        canvas.put(item.state.shape(glyphs), x: row.x, y: row.y, item.state.style)
        if row.width < 12 {
            canvas.write(item.name, x: row.x + 2, y: row.y, width: row.width - 2, ellipsis: glyphs.ellipsis)
            return
        }
        var x = row.x + 2
        func write(_ text: SafeText, _ width: Int, _ style: Style) {
            if width == 0 { return }
            canvas.write(text, x: x, y: row.y, width: width, style, ellipsis: glyphs.ellipsis)
            x += width + gap
        }
        write(item.severity, severity, item.state.style)
        write(item.name, name, item.state.needsSomebody ? .strong : .standard)
        write(item.subject, subject, .standard)
        let age = formatAge(since: item.since, at: cursor)
        // Not too far from the name, on wide screens.
        let ageX = min(row.right, row.x + total + 24) - since
        if value > 0 {
            // Against the right edge, so that values and ages make columns whatever the names are.
            canvas.write(
                item.value, x: max(x, ageX - gap - course - value), y: row.y, width: value, .standard,
                ellipsis: glyphs.ellipsis)
        }
        // Where it stands against the value, only what says something.
        if let mark = item.course, course > 1 || course == 1 && mark.direction != .steady {
            canvas.put(mark.arrow(glyphs), x: ageX - gap - 1, y: row.y, mark.style(item.state))
        }
        canvas.write(age, x: ageX, y: row.y, width: since, align: .right, .dim)
        let summaryX = ageX + since + 3
        if row.right - summaryX >= Self.summaryMin {
            canvas.write(
                item.summary, x: summaryX, y: row.y, width: row.right - summaryX, .dim,
                ellipsis: glyphs.ellipsis)
        }
    }
}
