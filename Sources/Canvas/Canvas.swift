import DisplayText

/// One character cell.
package struct Cell: Sendable, Hashable {
    /// A grapheme of width 1 or 2. The right half of a wide one is `\0`, which is never drawn by itself.
    package var character: Character
    package var style: Style

    package init(_ character: Character = " ", _ style: Style = .standard) {
        self.character = character
        self.style = style
    }

    package static let blank = Cell()
}

/// A screen of cells, drawn by functions of state and compared, printed or sent by others.
///
/// Invariant: a wide character is always followed by its `\0`; whatever overwrites one half blanks the other.
/// Drawing outside of the canvas or of the clip is ignored, so that panels need no bounds checks.
package struct Canvas: Sendable {
    package let width: Int
    package let height: Int
    package private(set) var cells: [Cell]
    /// Nothing outside of it is drawn.
    package var clip: Rectangle

    package init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        cells = Array(repeating: .blank, count: self.width * self.height)
        clip = Rectangle(x: 0, y: 0, width: self.width, height: self.height)
    }

    package var bounds: Rectangle { Rectangle(x: 0, y: 0, width: width, height: height) }

    package subscript(x: Int, y: Int) -> Cell {
        cells[y * width + x]
    }

    /// Whether a cell that may be drawn on shows nothing yet.
    package func isBlank(x: Int, y: Int) -> Bool {
        guard clip.contains(x: x, y: y), bounds.contains(x: x, y: y) else { return false }
        return cells[y * width + x].character == " "
    }

    /// Draws `text` from column `x` of row `y` rightwards; what does not fit is cut.
    ///
    /// - Returns: the column after the last one drawn.
    @discardableResult
    package mutating func write(_ text: SafeText, x: Int, y: Int, _ style: Style = .standard) -> Int {
        var column = x
        for character in text.string {
            let width = characterWidth(character)
            if width == 0 { continue }
            put(character, width: width, x: column, y: y, style)
            column += width
        }
        return column
    }

    /// Sets one cell to a character of width 1 that the drawing code itself chose.
    package mutating func put(_ character: Character, x: Int, y: Int, _ style: Style = .standard) {
        put(character, width: 1, x: x, y: y, style)
    }

    /// Fills `area` with blanks of `style`.
    package mutating func fill(_ area: Rectangle, _ style: Style = .standard) {
        fill(area, with: " ", style)
    }

    /// Fills `area` with one character of width 1.
    package mutating func fill(_ area: Rectangle, with character: Character, _ style: Style = .standard) {
        let area = area.intersection(clip)
        for y in area.y..<area.y + area.height {
            for x in area.x..<area.x + area.width { put(character, width: 1, x: x, y: y, style) }
        }
    }

    /// Adds `attributes` to what is drawn in `area` already, as the highlight of a selected row does.
    package mutating func add(_ attributes: Style.Attributes, in area: Rectangle) {
        restyle(area) { $0.attributes.formUnion(attributes) }
    }

    /// Changes the style of what is drawn in `area` already.
    package mutating func restyle(_ area: Rectangle, _ change: (inout Style) -> Void) {
        let area = area.intersection(clip).intersection(bounds)
        for y in area.y..<area.y + area.height {
            for x in area.x..<area.x + area.width { change(&cells[y * width + x].style) }
        }
    }

    /// Runs `body` with drawing confined to `area` and to the clip that holds already.
    package mutating func clipped(to area: Rectangle, _ body: (inout Canvas) -> Void) {
        let outer = clip
        clip = outer.intersection(area)
        body(&self)
        clip = outer
    }

    private mutating func put(_ character: Character, width: Int, x: Int, y: Int, _ style: Style) {
        guard y >= clip.y, y < clip.y + clip.height, x >= clip.x, x + width <= clip.x + clip.width,
            y >= 0, y < height, x >= 0, x + width <= self.width
        else { return }
        let index = y * self.width + x
        blankNeighbours(of: index, x: x, width: width)
        cells[index] = Cell(character, style)
        if width == 2 { cells[index + 1] = Cell("\0", style) }
    }

    /// Blanks the other half of any wide character that is about to lose one.
    private mutating func blankNeighbours(of index: Int, x: Int, width: Int) {
        if cells[index].character == "\0", x > 0 { cells[index - 1].character = " " }
        let after = index + width
        if x + width < self.width, cells[after].character == "\0" { cells[after].character = " " }
    }

    /// The rows as text without styles, as tests and text snapshots show them.
    package var text: [String] {
        (0..<height).map { y in
            String(cells[y * width..<(y + 1) * width].lazy.map(\.character).filter { $0 != "\0" })
        }
    }
}
