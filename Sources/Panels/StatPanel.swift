import Canvas
import Dashboard
import DisplayText

/// One or a few numbers, as large as there is room for, with their recent history below.
struct StatPanel {
    let view: StatView
    let context: DrawingContext

    func draw(on canvas: inout Canvas, in area: Rectangle) {
        let cells = Tiles(count: view.values.count, in: area, widthMin: 8, heightMin: 2).areas
        for (value, cell) in zip(view.values, cells) {
            var cell = cell
            // Air between neighbours.
            if cells.count > 1, cell.right < area.right, cell.width > 4 { cell.width -= 1 }
            drawValue(value, on: &canvas, in: cell)
        }
        drawHiddenCount(view.values.count - cells.count, on: &canvas, in: area)
    }

    private func drawValue(_ value: DisplayValue, on canvas: inout Canvas, in area: Rectangle) {
        var style = value.color.valueStyle
        if view.colorMode == .none { style = Style.strong }
        // A wall of green boxes would hide the red one: only what is not well fills its background.
        let fills = view.colorMode == .background && value.color != .ok && value.color != .standard
        // Within a block of colour text keeps away from the edge.
        var rest = fills ? area.inset(x: min(1, area.width / 4)) : area
        let showsTitle = view.showsTitles && view.values.count > 1 && !value.title.string.isEmpty
        let title = rest.takeTop(showsTitle && area.height >= 2 ? 1 : 0)
        let hasHistory = view.showsSparkline && value.sparkline.count > 1
        let historyRows = hasHistory ? max(0, min(rest.height / 2, rest.height - 1)) : 0
        let big = BigDigits(value.text.text, context.glyphs)
        // Large digits are worth more than a tall history.
        let digitRows = max(1, rest.height - historyRows)
        let roomForBig = digitRows >= BigDigits.height ? digitRows : rest.height - min(1, historyRows)
        let plain = value.text.joined
        let bigWidth = big.map { $0.width + value.text.prefix.width + value.text.suffix.width + 1 } ?? Int.max
        let isBig = roomForBig >= BigDigits.height && bigWidth <= rest.width
        let digits = rest.takeTop(isBig ? max(BigDigits.height, digitRows) : digitRows)
        if hasHistory, rest.height > 0 {
            Sparkline(values: value.sparkline, phase: value.sparklinePhase, role: historyRole(value))
                .drawArea(on: &canvas, in: rest, context.glyphs)
        }
        if showsTitle {
            canvas.write(
                value.title, x: title.x, y: title.y, width: title.width, .dim,
                ellipsis: context.glyphs.ellipsis)
        }
        if isBig, let big {
            let y = digits.y + (digits.height - BigDigits.height) / 2
            let x = canvas.write(
                value.text.prefix, x: digits.x, y: y + BigDigits.height - 1, style)
            big.draw(on: &canvas, x: x, y: y, style)
            canvas.write(value.text.suffix, x: x + big.width + 1, y: y + BigDigits.height - 1, style)
        } else {
            let y = digits.y + (digits.height - 1) / 2
            canvas.write(
                plain, x: digits.x, y: y, width: digits.width, style.with(.bold),
                ellipsis: context.glyphs.ellipsis)
        }
        // The history keeps its own colours.
        if fills {
            highlight(
                &canvas, Rectangle(x: area.x, y: area.y, width: area.width, height: digits.bottom - area.y),
                style)
        }
    }

    /// Turns `area` into a block of the value's colour; reverse keeps the text readable on any of them.
    private func highlight(_ canvas: inout Canvas, _ area: Rectangle, _ style: Style) {
        canvas.restyle(area) { $0 = Style(style.foreground, [.reverse, .bold]) }
    }

    private func historyRole(_ value: DisplayValue) -> ColorRole {
        view.colorMode == .none || value.color == .standard ? .series(0) : value.color.role
    }

    private func drawHiddenCount(_ count: Int, on canvas: inout Canvas, in area: Rectangle) {
        if count <= 0 || area.isEmpty { return }
        let text: SafeText = "+\(count)"
        canvas.write(text, x: area.right - text.width, y: area.bottom - 1, .dim)
    }
}

extension Style {
    func with(_ attributes: Attributes) -> Style {
        var copy = self
        copy.attributes.formUnion(attributes)
        return copy
    }
}

/// Equal parts of an area for several values, as near to square as cells look.
struct Tiles {
    let areas: [Rectangle]

    /// - Returns: fewer areas than `count` when they would become smaller than the minimum.
    init(count: Int, in area: Rectangle, widthMin: Int, heightMin: Int, isHorizontal: Bool? = nil) {
        guard count > 0, !area.isEmpty else {
            areas = []
            return
        }
        let columnsMax = max(1, area.width / max(1, widthMin))
        let rowsMax = max(1, area.height / max(1, heightMin))
        var columns: Int
        if let isHorizontal {
            columns = isHorizontal ? min(count, columnsMax) : 1
        } else {
            // A cell is about twice as high as it is wide, and numbers are wide.
            columns = min(
                count, columnsMax, max(1, area.width * count / max(1, area.width + area.height * 4 * count)))
            while columns < columnsMax, (count + columns - 1) / columns > rowsMax { columns += 1 }
            if rowsMax == 1 || area.width >= area.height * 4 {
                columns = max(columns, min(count, columnsMax))
            }
        }
        columns = max(1, columns)
        let rows = min(rowsMax, (count + columns - 1) / columns)
        areas = (0..<min(count, rows * columns)).map { index in
            let (row, column) = (index / columns, index % columns)
            let left = area.width * column / columns
            let top = area.height * row / rows
            return Rectangle(
                x: area.x + left, y: area.y + top, width: area.width * (column + 1) / columns - left,
                height: area.height * (row + 1) / rows - top)
        }
    }
}
