import Canvas
import Dashboard
import DisplayText

/// How a table's columns share its width.
struct TableColumns {
    struct Column {
        /// In the view's columns.
        var index: Int
        var x: Int
        var width: Int
        /// The part in front of a bar or a history.
        var textWidth: Int
    }

    private(set) var columns: [Column] = []
    /// Columns on the right for which there was no room.
    private(set) var hiddenCount = 0

    private static let gapMax = 2
    /// Below that, text no longer tells what it is.
    private static let textMin = 6
    private static let historyWidth = 10

    private struct Need {
        var full: Int
        var least: Int
        var text: Int
        /// Columns beyond the full width in which a bar or a history would show more.
        var growth: Int
    }

    init(view: TableView, width: Int, glyphs: GlyphSet) {
        var needs = view.columns.indices.map { Self.need(view, $0) }
        // Columns from the right give up their place when not even the least of all fits.
        while needs.count > 1, Self.sum(needs.map(\.least), gap: 1) > width {
            needs.removeLast()
            hiddenCount += 1
        }
        let available = width - (hiddenCount > 0 ? 3 : 0)
        var widths = needs.map(\.full)
        // Air is given up before text is.
        let gap = Self.sum(widths, gap: Self.gapMax) <= available ? Self.gapMax : 1
        var excess = Self.sum(widths, gap: gap) - available
        // The widest text gives way first, a column at a time, so that short ones stay whole.
        while excess > 0 {
            let slack = widths.indices.filter { widths[$0] > needs[$0].least }
            guard let widest = slack.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        if excess < 0 { Self.share(-excess, &widths, needs, isTight: gap < Self.gapMax, view) }
        var x = 0
        for (index, need) in needs.enumerated() {
            let fitted = max(0, min(widths[index], width - x))
            columns.append(Column(index: index, x: x, width: fitted, textWidth: min(need.text, fitted)))
            x += fitted + gap
        }
    }

    private static func sum(_ widths: [Int], gap: Int) -> Int {
        widths.reduce(0, +) + gap * max(0, widths.count - 1)
    }

    /// Spare columns go to bars and histories first, which show more the wider they are; then to the air between columns.
    private static func share(
        _ spare: Int, _ widths: inout [Int], _ needs: [Need], isTight: Bool, _ view: TableView
    ) {
        var spare = spare
        let gaps = needs.indices.dropLast()
        if isTight {
            // Most needed where a number ends and a text begins.
            func isCrowded(_ index: Int) -> Bool {
                view.columns[index].alignment == .right && view.columns[index + 1].alignment != .right
            }
            for index in gaps.filter(isCrowded) + gaps.filter({ !isCrowded($0) }) where spare > 0 {
                widths[index] += 1
                spare -= 1
            }
        }
        let growing = needs.indices.filter { needs[$0].growth > 0 }
        let share = growing.isEmpty ? 0 : spare / growing.count
        for index in growing {
            let more = min(share, needs[index].growth)
            widths[index] += more
            spare -= more
        }
        if gaps.isEmpty { return }
        let each = min(spare / gaps.count, 6)
        for index in gaps { widths[index] += each }
    }

    private static func need(_ view: TableView, _ index: Int) -> Need {
        let column = view.columns[index]
        var text = 0
        var least = 1
        var extra = 0
        var growth = 0
        for row in view.rows + [view.footer ?? []] where index < row.count {
            let cell = row[index]
            switch cell.look {
            case .state(let state):
                text = max(text, 2 + (cell.text.string.isEmpty ? state.loudWord.width : cell.text.width))
                least = max(least, 9)
            case .gauge:
                text = max(text, cell.text.width)
                extra = historyWidth
                growth = 14
            case .sparkline(let values):
                text = max(text, cell.text.width)
                extra = historyWidth
                growth = max(growth, min(values.count, 3 * historyWidth) - historyWidth)
            default: text = max(text, cell.text.width)
            }
        }
        let title = view.showsHeader ? column.title.width : 0
        // Numbers get a width of even steps, so that one digit more does not move every column.
        if column.alignment == .right { text = (max(text, 3) + 1) / 2 * 2 }
        let natural = text + (extra > 0 ? extra + (text > 0 ? 1 : 0) : 0)
        var full = max(natural, title)
        if let asked = column.width { full = max(1, min(asked, max(full, asked))) }
        // Numbers are not shortened as long as text can be.
        let shortest = column.alignment == .right ? text : min(full, max(least, textMin))
        return Need(
            full: full, least: min(full, extra > 0 ? text + 6 : shortest), text: text, growth: growth)
    }
}
