import Canvas
import Dashboard
import DisplayText
import MetricModel

/// Bands of states over time: the worse a state, the higher its band, so that colour only repeats it.
struct StateTimelinePanel {
    let view: StateTimelineView
    let context: DrawingContext

    private var glyphs: GlyphSet { context.glyphs }

    /// - Returns: what the title says when not all bands are seen.
    func draw(on canvas: inout Canvas, in area: Rectangle) -> SafeText? {
        var rest = area
        if !view.legend.isEmpty, rest.height >= 5 { drawLegend(on: &canvas, rest.takeBottom(1)) }
        let axis = rest.takeBottom(rest.height >= 3 ? 1 : 0)
        let longest = view.bands.map(\.name.width).max() ?? 0
        let nameWidth = rest.width < 16 ? 0 : min(longest, rest.width / 3)
        let names = rest.takeLeft(nameWidth)
        _ = rest.takeLeft(nameWidth > 0 ? 1 : 0)
        let window = ListWindow(
            count: view.bands.count, room: rest.height, first: context.firstRow, selected: context.selectedRow
        )
        // Rows that are left over keep bands apart.
        let pitch = max(1, min(2, rest.height / max(1, window.range.count)))
        let shownNames = SafeText.shortenedApart(
            view.bands[window.range].map(\.name), to: names.width, ellipsis: glyphs.ellipsis)
        for (line, index) in window.range.enumerated() {
            let band = view.bands[index]
            let y = rest.y + line * pitch
            canvas.write(
                shownNames[line], x: names.x, y: y, width: names.width,
                index == context.selectedRow ? .accent : .standard)
            drawBand(band, on: &canvas, Rectangle(x: rest.x, y: y, width: rest.width, height: 1))
        }
        if !axis.isEmpty { drawAxis(on: &canvas, y: axis.y, chart: rest) }
        return window.range.count < view.bands.count ? window.note(of: view.bands.count) : nil
    }

    /// The column of `time`, also outside of the chart.
    private func column(_ time: Timestamp, _ width: Int) -> Int {
        let range = Double(max(1, (view.to - view.from).milliseconds))
        let position = Double((time - view.from).milliseconds) / range * Double(width)
        return Int(max(-1, min(Double(width) + 1, position.rounded(.down))))
    }

    private func drawBand(_ band: StateTimelineView.Band, on canvas: inout Canvas, _ row: Rectangle) {
        canvas.fill(row, with: glyphs.gap, .dim)
        for span in merged(band.spans) {
            let start = max(0, column(span.from, row.width))
            let end = min(row.width, span.to >= view.to ? row.width : column(span.to, row.width))
            // Even a short state is seen: it takes the column in which it began.
            let width = max(1, end - start)
            if start >= row.width || end < 0 { continue }
            let area = Rectangle(x: row.x + start, y: row.y, width: min(width, row.width - start), height: 1)
            let fill = fill(span.color)
            canvas.fill(area, with: fill, Style(span.color.role))
            guard view.showsValues, span.text.width + 2 <= area.width, span.text.width > 0 else { continue }
            let x = area.x + 1
            canvas.fill(Rectangle(x: x, y: row.y, width: span.text.width, height: 1))
            canvas.write(span.text, x: x, y: row.y, span.color.valueStyle)
        }
    }

    /// Neighbouring spans of one state as one, as Grafana merges them.
    private func merged(_ spans: [StateTimelineView.Span]) -> [StateTimelineView.Span] {
        var result: [StateTimelineView.Span] = []
        for span in spans {
            if let last = result.last, last.to >= span.from, last.text == span.text, last.color == span.color
            {
                result[result.count - 1].to = max(last.to, span.to)
            } else {
                result.append(span)
            }
        }
        return result
    }

    private func fill(_ color: PanelColor) -> Character {
        switch (color, glyphs) {
        case (.ok, .ascii): "-"
        case (.warning, .ascii): "="
        case (.critical, .ascii): "#"
        case (.palette(let index), .ascii): glyphs.patterns[abs(index) % glyphs.patterns.count]
        case (_, .ascii): "~"
        case (.ok, _): "▂"
        case (.warning, _): "▄"
        case (.critical, _): "▇"
        case (.palette(let index), _) where context.isMono: glyphs.eighths[1 + abs(index) % 6]
        default: "▄"
        }
    }

    private func drawAxis(on canvas: inout Canvas, y: Int, chart: Rectangle) {
        let axis = TimeAxis(
            start: view.from, end: view.to, width: chart.width, zoneOffsetSeconds: view.zoneOffsetSeconds)
        let endTime = CivilTime(view.to, zoneOffsetSeconds: view.zoneOffsetSeconds)
        let days = view.to - view.from >= .hours(240)
        axis.drawLabels(
            on: &canvas, y: y, columns: chart.x..<chart.right, left: chart.x,
            endLabel: context.endLabel ?? (days ? endTime.monthDay : endTime.clock)
        ) { time in
            let x = column(time, chart.width)
            return x >= 0 && x < chart.width ? chart.x + x : nil
        }
    }

    private func drawLegend(on canvas: inout Canvas, _ area: Rectangle) {
        var x = area.x
        for entry in view.legend {
            if x + entry.text.width + 2 > area.right { return }
            canvas.put(fill(entry.color), x: x, y: area.y, Style(entry.color.role))
            x = canvas.write(entry.text, x: x + 2, y: area.y, .dim) + 3
        }
    }
}
