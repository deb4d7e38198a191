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
        for row in 0..<max(0, rows) {
            let parts = Self.parts(of: layers, from: row * 8)
            guard let lowest = parts.first else { return }
            let y = base - row
            if parts.count == 1 {
                let glyph =
                    lowest.height == 8 ? lowest.pattern ?? glyphs.eighths[8] : glyphs.eighths[lowest.height]
                put(glyph, x: x, y: y, Style(lowest.role))
                continue
            }
            if lowest.pattern != nil || glyphs == .ascii {
                // Two patterns cannot share a cell: the one that has most of it gets it.
                let most = parts.reduce(lowest) { $1.height > $0.height ? $1 : $0 }
                put(most.pattern ?? glyphs.eighths[8], x: x, y: y, Style(most.role))
                continue
            }
            // A cell has two colours: the lowest layer's, and above it the next largest one's unless most is empty.
            let above = parts.dropFirst().reduce(parts[1]) { $1.height > $0.height ? $1 : $0 }
            let isMost = above.height * 2 >= 8 - lowest.height
            put(
                glyphs.eighths[lowest.height], x: x, y: y,
                Style(lowest.role, on: isMost ? above.role : .standard))
        }
    }

    private struct LayerPart {
        var height: Int
        var role: ColorRole
        var pattern: Character?
    }

    /// What of `layers` falls into the cell that begins at `bottom`, lowest first, in eighths.
    private static func parts(of layers: [ColumnLayer], from bottom: Int) -> [LayerPart] {
        var parts: [LayerPart] = []
        var reached = bottom
        for layer in layers where layer.top > reached && reached < bottom + 8 {
            let top = min(layer.top, bottom + 8)
            parts.append(LayerPart(height: top - reached, role: layer.role, pattern: layer.pattern))
            reached = top
        }
        return parts
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
