import Canvas
import Dashboard
import DisplayText
import Glibc

/// Values on a scale with its thresholds: a half circle where there is room, else a bar.
struct GaugePanel {
    let view: GaugeView
    let context: DrawingContext

    func draw(on canvas: inout Canvas, in area: Rectangle) {
        for (value, cell) in zip(
            view.values, Tiles(count: view.values.count, in: area, widthMin: 12, heightMin: 2).areas)
        {
            if context.glyphs == .braille, cell.width >= 20, cell.height >= 7 {
                drawArc(value, on: &canvas, in: cell)
            } else {
                drawBar(value, on: &canvas, in: cell)
            }
        }
    }

    private func title(_ value: DisplayValue) -> SafeText { view.values.count > 1 ? value.title : "" }

    // MARK: Bar

    private func drawBar(_ value: DisplayValue, on canvas: inout Canvas, in area: Rectangle) {
        let style = value.color.valueStyle
        let text = value.text.joined
        var rest = area
        if rest.width > 3 { rest.width -= 1 }
        if rest.height == 1 {
            // Bar and number side by side.
            let width = min(rest.width, max(6, text.width))
            canvas.write(
                text, x: rest.right - width, y: rest.y, width: width, align: .right, style.with(.bold))
            canvas.drawBar(
                x: rest.x, y: rest.y, width: rest.width - width - 1, fraction: value.fraction ?? 0, style,
                track: .dim, context.glyphs)
            return
        }
        let rows = min(rest.height, view.thresholds.count > 1 && rest.height >= 3 ? 3 : 2)
        rest.y += (rest.height - rows) / 2
        let name = title(value)
        if name.string.isEmpty {
            canvas.write(text, x: rest.x, y: rest.y, width: rest.width, style.with(.bold))
        } else {
            let width = min(rest.width, text.width)
            canvas.write(
                name, x: rest.x, y: rest.y, width: rest.width - width - 1, .dim,
                ellipsis: context.glyphs.ellipsis)
            canvas.write(
                text, x: rest.right - width, y: rest.y, width: width, align: .right, style.with(.bold))
        }
        canvas.drawBar(
            x: rest.x, y: rest.y + 1, width: rest.width, fraction: value.fraction ?? 0, style, track: .dim,
            context.glyphs)
        if rows == 3 { drawBands(on: &canvas, x: rest.x, y: rest.y + 2, width: rest.width) }
    }

    /// The thresholds under the bar: a thin line for what is well, heavier ones for what is not, and where they begin.
    private func drawBands(on canvas: inout Canvas, x: Int, y: Int, width: Int) {
        for column in 0..<width {
            let fraction = (Double(column) + 0.5) / Double(max(1, width))
            let band = view.thresholds.last { $0.fraction <= fraction } ?? view.thresholds.first
            guard let band else { continue }
            let glyph: Character =
                switch (band.color, context.glyphs) {
                case (.critical, .ascii): "#"
                case (.warning, .ascii): "="
                case (_, .ascii): "-"
                case (.critical, .braille): "━"
                case (.critical, .block): "═"
                default: "─"
                }
            canvas.put(glyph, x: x + column, y: y, Style(band.color.role))
        }
    }

    // MARK: Half circle

    private func drawArc(_ value: DisplayValue, on canvas: inout Canvas, in area: Rectangle) {
        var rest = area
        let name = title(value)
        if !name.string.isEmpty {
            let line = rest.takeBottom(1)
            canvas.write(
                name, x: line.x, y: line.y, width: line.width, align: .center, .dim,
                ellipsis: context.glyphs.ellipsis)
        }
        // Dots are as far apart across as down, so the arc is round when its radius is counted in dots.
        let radius = min(rest.width - 1, rest.height * 4 - 1)
        let cells = Rectangle(
            x: rest.x + (rest.width - radius - 1) / 2, y: rest.y + (rest.height - radius / 4 - 1) / 2,
            width: radius + 1, height: radius / 4 + 1)
        var plot = DotPlot(width: cells.width, height: cells.height)
        let centre = Double(radius)
        let share = min(1, max(0, value.fraction ?? 0))
        let outer = Double(radius)
        let inner = max(2, outer * 0.66)
        for y in 0..<plot.dotHeight {
            for x in 0..<plot.dotWidth {
                let (dx, dy) = (Double(x) - centre, centre - Double(y))
                let distance = (dx * dx + dy * dy).squareRoot()
                if dy < 0 || distance > outer + 0.3 || distance < inner { continue }
                let position = 1 - atan2(dy, dx) / Double.pi
                if position <= share, value.value != nil {
                    plot.set(x, y, value.color.role)
                } else if (x + y) % 4 == 0, y % 2 == 0 {
                    // What is still to come shows where the thresholds are.
                    plot.set(x, y, bandRole(position))
                }
            }
        }
        plot.draw(on: &canvas, x: cells.x, y: cells.y)
        let text = value.text.joined
        let style = value.color.valueStyle.with(.bold)
        let hole = Int(inner)
        if let big = BigDigits(value.text.text, context.glyphs),
            big.width + value.text.suffix.width <= hole - 2, cells.height >= 6
        {
            let width = big.width + (value.text.suffix.string.isEmpty ? 0 : value.text.suffix.width + 1)
            let x = cells.x + (cells.width - width) / 2
            big.draw(on: &canvas, x: x, y: cells.bottom - 3, style)
            canvas.write(value.text.suffix, x: x + big.width + 1, y: cells.bottom - 1, style)
        } else {
            canvas.write(
                text, x: cells.x + (cells.width - hole) / 2, y: cells.bottom - 1, width: hole, align: .center,
                style,
                ellipsis: context.glyphs.ellipsis)
        }
    }

    private func bandRole(_ fraction: Double) -> ColorRole {
        (view.thresholds.last { $0.fraction <= fraction } ?? view.thresholds.first)?.color.role ?? .dim
    }
}
