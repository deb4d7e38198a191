/// Bars that grow upwards, with eighths of a cell, one column of cells wide.
extension Canvas {
    /// One layer of a column: from where the one before ends up to `top`.
    package struct ColumnLayer: Sendable {
        /// In eighths of a cell above the base.
        package var top: Int
        package var role: ColorRole
        /// Fills whole cells in place of a full block, where colour does not tell layers apart.
        package var pattern: Character?

        package init(top: Int, role: ColorRole, pattern: Character? = nil) {
            self.top = top
            self.role = role
            self.pattern = pattern
        }
    }

    /// Draws the layers of column `x` upwards from row `base`, which is the lowest row that is filled.
    ///
    /// - Parameters:
    ///   - layers: lowest first, tops ascending.
    ///   - rows: no cell above these is touched.
    package mutating func drawColumn(
        x: Int, base: Int, rows: Int, layers: [ColumnLayer], _ glyphs: GlyphSet
    ) {
        var first = 0
        for row in 0..<max(0, rows) {
            let bottom = row * 8
            while first < layers.count, layers[first].top <= bottom { first += 1 }
            guard first < layers.count else { return }
            let layer = layers[first]
            let y = base - row
            if layer.top >= bottom + 8 {
                put(layer.pattern ?? glyphs.eighths[8], x: x, y: y, Style(layer.role))
                continue
            }
            let next = layers[(first + 1)...].first { $0.top > layer.top }
            let isCovered = (next?.top ?? 0) >= bottom + 8
            if let pattern = layer.pattern, let next, isCovered {
                // Two patterns cannot share a cell: the one that has more of it gets it.
                let half = layer.top - bottom >= 4
                put(
                    half ? pattern : next.pattern ?? pattern, x: x, y: y, Style(half ? layer.role : next.role)
                )
            } else {
                let background = isCovered ? next?.role ?? .standard : .standard
                put(
                    glyphs.eighths[layer.top - bottom], x: x, y: y,
                    Style(layer.role, on: glyphs == .ascii ? .standard : background))
            }
        }
    }

    /// Draws column `x` downwards from row `base`, which is the highest row that is filled.
    ///
    /// - Parameter depth: in eighths of a cell; fonts have only an eighth and a half of them.
    package mutating func drawHangingColumn(
        x: Int, base: Int, rows: Int, depth: Int, role: ColorRole, _ glyphs: GlyphSet
    ) {
        for row in 0..<max(0, rows) {
            let filled = depth - row * 8
            if filled <= 0 { return }
            let glyph: Character =
                switch (glyphs, filled) {
                case (.ascii, 6...): "#"
                case (.ascii, _): "'"
                case (_, 7...): "█"
                case (_, 3...): "▀"
                default: glyphs == .braille ? "▔" : "▀"
                }
            put(glyph, x: x, y: base + row, Style(role))
        }
    }

    /// Draws a bar from column `x` rightwards: `fraction` of `width` filled, the rest as a track.
    package mutating func drawBar(
        x: Int, y: Int, width: Int, fraction: Double, _ style: Style, track: Style, _ glyphs: GlyphSet
    ) {
        if width <= 0 { return }
        let share = fraction.isNaN ? 0 : min(1, max(0, fraction))
        var filled = Int((share * Double(width * 8)).rounded())
        // Something is never drawn as nothing.
        if share > 0 { filled = max(filled, glyphs == .braille ? 1 : 3) }
        for column in 0..<width {
            let eighths = min(8, filled - column * 8)
            let glyph = eighths <= 0 ? " " : glyphs.leftEighths[eighths]
            if glyph == " " {
                put(glyphs.track, x: x + column, y: y, track)
            } else {
                put(glyph, x: x + column, y: y, style)
            }
        }
    }
}
