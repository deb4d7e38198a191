import Canvas

/// Recent history one row high; a gap is drawn as a gap.
///
/// History longer than its place is put together in groups aligned to the grid that `phase` counts on, so that a group keeps
/// its values from one frame to the next and only the last one changes.
struct Sparkline {
    var values: [Double?]
    var phase: Int
    var role: ColorRole
    /// What the lowest and the highest level mean; `nil` for the least and greatest of the values.
    var scale: ClosedRange<Double>?

    /// Groups of `values` for `width` columns, newest last, fewer when there are fewer.
    static func grouped(_ values: [Double?], phase: Int, width: Int) -> [Double?] {
        if values.count <= width || width <= 0 { return width <= 0 ? [] : values }
        let size = (values.count + width - 1) / width
        var groups: [(key: Int, sum: Double, count: Int)] = []
        for (index, value) in values.enumerated() {
            let key = (phase &+ index).floorDivided(by: size).quotient
            if groups.last?.key != key { groups.append((key, 0, 0)) }
            if let value, value.isFinite {
                groups[groups.count - 1].sum += value
                groups[groups.count - 1].count += 1
            }
        }
        return groups.suffix(width).map { $0.count == 0 ? nil : $0.sum / Double($0.count) }
    }

    /// Where `value` stands between two limits; halves keep the difference of huge ones finite.
    private static func share(_ value: Double, _ low: Double, _ high: Double) -> Double {
        min(1, max(0, (value / 2 - low / 2) / (high / 2 - low / 2)))
    }

    func draw(on canvas: inout Canvas, x: Int, y: Int, width: Int, _ glyphs: GlyphSet) {
        let shown = Self.grouped(values, phase: phase, width: width)
        let finite = shown.compactMap { $0 }.filter(\.isFinite)
        let low = scale?.lowerBound ?? finite.min() ?? 0
        let high = scale?.upperBound ?? finite.max() ?? 0
        // Right-aligned: the newest value has the same place whatever the length of the history.
        let start = x + width - shown.count
        for (index, value) in shown.enumerated() {
            let column = start + index
            guard let value, value.isFinite else {
                canvas.put(glyphs.gap, x: column, y: y, .dim)
                continue
            }
            let level: Int
            if high > low {
                level = Int((Self.share(value, low, high) * 7).rounded())
            } else {
                // Nothing moves: nothing at all lies low, anything else high.
                level = value == 0 ? 0 : 5
            }
            canvas.put(glyphs.sparkLevels[min(7, max(0, level))], x: column, y: y, Style(role))
        }
    }

    /// Draws the history as an area several rows high.
    func drawArea(on canvas: inout Canvas, in area: Rectangle, _ glyphs: GlyphSet) {
        if area.isEmpty { return }
        if area.height == 1 {
            draw(on: &canvas, x: area.x, y: area.y, width: area.width, glyphs)
            return
        }
        let columns = glyphs == .braille ? area.width * 2 : area.width
        let shown = Self.grouped(values, phase: phase, width: columns)
        let finite = shown.compactMap { $0 }.filter(\.isFinite)
        guard let smallest = finite.min(), let high = finite.max() else { return }
        let low = smallest > 0 && smallest < 0.6 * high ? 0 : smallest
        if glyphs == .braille {
            drawDots(on: &canvas, in: area, shown, low, high)
            return
        }
        for column in 0..<area.width {
            guard let value = shown[column * shown.count / area.width], value.isFinite else {
                canvas.put(glyphs.gap, x: area.x + column, y: area.bottom - 1, .dim)
                continue
            }
            let top = 1 + Int((Self.height(value, low, high) * Double(area.height * 8 - 1)).rounded())
            canvas.drawColumn(
                x: area.x + column, base: area.bottom - 1, rows: area.height,
                layers: [Canvas.ColumnLayer(top: top, role: role)], glyphs)
        }
    }

    /// In dots, which are quieter than blocks beside the number that they belong to.
    private func drawDots(
        on canvas: inout Canvas, in area: Rectangle, _ shown: [Double?], _ low: Double, _ high: Double
    ) {
        var plot = DotPlot(width: area.width, height: area.height)
        for x in 0..<plot.dotWidth {
            guard let value = shown[x * shown.count / plot.dotWidth], value.isFinite else {
                canvas.put(GlyphSet.braille.gap, x: area.x + x / 2, y: area.bottom - 1, .dim)
                continue
            }
            let top = Int((Self.height(value, low, high) * Double(plot.dotHeight - 1)).rounded())
            for y in plot.dotHeight - 1 - top..<plot.dotHeight { plot.set(x, y, role) }
        }
        plot.draw(on: &canvas, x: area.x, y: area.y)
    }

    /// How much of the area's height a value takes, 0…1; where nothing moves, nothing at all lies low, anything else high.
    private static func height(_ value: Double, _ low: Double, _ high: Double) -> Double {
        high > low ? share(value, low, high) : value == 0 ? 0 : 0.6
    }
}
