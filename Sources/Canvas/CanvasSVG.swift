extension Canvas {
    /// The canvas as an SVG picture of a terminal: `theme`'s colours on its background, one fixed cell a character.
    ///
    /// Lines, blocks and braille are drawn as shapes, so they meet without seams whatever font the viewer has.
    /// - Parameter depth: `mono` shows what a terminal without colours shows; any other depth has the theme's full colours.
    package func svg(theme: Theme, depth: ColorDepth = .palette256) -> String {
        var picture = SVGPicture(theme: theme, depth: depth)
        for y in 0..<height {
            var x = 0
            while x < width {
                let start = x
                let style = self[x, y].style
                while x < width, self[x, y].style == style { x += 1 }
                picture.add(cells[y * width + start..<y * width + x], x: start, y: y, style)
            }
        }
        return picture.document(width: width, height: height)
    }
}

/// Collects what a picture shows, by colour.
private struct SVGPicture {
    static let cellWidth = SVGShapes.cellWidth
    static let cellHeight = SVGShapes.cellHeight
    /// Makes the advance of DejaVu Sans Mono and Menlo (0.602 em) one cell.
    static let fontSize = "14.95"
    static let fonts = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"

    let theme: Theme
    let depth: ColorDepth
    private var backgrounds = ""
    private var texts = ""
    private var shapes = SVGShapes()

    init(theme: Theme, depth: ColorDepth) {
        self.theme = theme
        self.depth = depth
    }

    /// Adds neighbouring cells of one style.
    mutating func add(_ cells: ArraySlice<Cell>, x: Int, y: Int, _ style: Style) {
        let look = colors(style)
        if look.background != theme.pictureBackground {
            backgrounds +=
                "<rect x=\"\(x * Self.cellWidth)\" y=\"\(y * Self.cellHeight)\" "
                + "width=\"\(cells.count * Self.cellWidth)\" height=\"\(Self.cellHeight)\" "
                + "fill=\"\(hexColor(look.background))\"/>\n"
        }
        // Words are placed one by one, so that a viewer's other font cannot shift what follows.
        var word = ""
        var wordStart = 0
        var wordWidth = 0
        func flush(_ picture: inout SVGPicture) {
            if !word.isEmpty { picture.addText(word, x: x + wordStart, y: y, width: wordWidth, look) }
            word = ""
            wordWidth = 0
        }
        for (column, cell) in cells.enumerated() {
            if cell.character == "\0" { continue }
            let isWide =
                cells.startIndex + column + 1 < cells.endIndex
                && cells[cells.startIndex + column + 1].character == "\0"
            if cell.character == " "
                || shapes.add(cell.character, x: x + column, y: y, color: look.foreground)
            {
                flush(&self)
                continue
            }
            if !isPlain(cell.character) { flush(&self) }
            if word.isEmpty { wordStart = column }
            word.append(cell.character)
            wordWidth += isWide ? 2 : 1
            if !isPlain(cell.character) { flush(&self) }
        }
        flush(&self)
        if look.attributes.contains(.underline) {
            let line = (y + 1) * Self.cellHeight - 2
            shapes.addLine(
                "M\(x * Self.cellWidth) \(line)h\(cells.count * Self.cellWidth)", color: look.foreground)
        }
    }

    private func isPlain(_ character: Character) -> Bool { character.isASCII }

    private mutating func addText(
        _ text: String, x: Int, y: Int, width: Int,
        _ look: (foreground: UInt32, background: UInt32, attributes: Style.Attributes)
    ) {
        texts +=
            "<text x=\"\(x * Self.cellWidth)\" y=\"\(y * Self.cellHeight + 14)\" "
            + "textLength=\"\(width * Self.cellWidth)\" lengthAdjust=\"spacingAndGlyphs\" "
            + "fill=\"\(hexColor(look.foreground))\""
            + (look.attributes.contains(.bold) ? " font-weight=\"bold\"" : "") + ">\(escaped(text))</text>\n"
    }

    /// What `style` looks like after reverse and dim.
    private func colors(
        _ style: Style
    ) -> (foreground: UInt32, background: UInt32, attributes: Style.Attributes) {
        let resolved = theme.resolve(style, at: depth)
        var foreground = theme.pictureForeground
        var background = theme.pictureBackground
        if depth != .mono {
            foreground = theme.entry(for: style.foreground).color.rgb ?? foreground
            if style.background != .standard {
                background = theme.entry(for: style.background).color.rgb ?? background
            }
        }
        if resolved.attributes.contains(.dim) { foreground = mixed(foreground, background) }
        if resolved.attributes.contains(.reverse) { swap(&foreground, &background) }
        return (foreground, background, resolved.attributes)
    }

    /// Three parts of `a`, two of `b`.
    private func mixed(_ a: UInt32, _ b: UInt32) -> UInt32 {
        var result: UInt32 = 0
        for shift in [16, 8, 0] as [UInt32] {
            let level = (3 * (a >> shift & 0xff) + 2 * (b >> shift & 0xff)) / 5
            result |= level << shift
        }
        return result
    }

    func document(width: Int, height: Int) -> String {
        let size = (width * Self.cellWidth, height * Self.cellHeight)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(size.0)" height="\(size.1)" \
            viewBox="0 0 \(size.0) \(size.1)" font-family="\(Self.fonts)" font-size="\(Self.fontSize)px" \
            xml:space="preserve">
            <rect width="\(size.0)" height="\(size.1)" fill="\(hexColor(theme.pictureBackground))"/>
            \(backgrounds)\(shapes.elements)\(texts)</svg>

            """
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            default: result.append(character)
            }
        }
        return result
    }
}
