import Canvas
import DisplayText

/// Numbers three rows high, to be read from across a room.
struct BigDigits {
    let text: SafeText
    let glyphs: GlyphSet

    /// - Returns: `nil` when `text` has a character that there is no large form of.
    init?(_ text: SafeText, _ glyphs: GlyphSet) {
        let table = glyphs == .ascii ? Self.ascii : Self.blocks
        guard !text.string.isEmpty, text.string.allSatisfy({ table[$0] != nil }) else { return nil }
        self.text = text
        self.glyphs = glyphs
    }

    static let height = 3

    private var shapes: [[String]] {
        let table = glyphs == .ascii ? Self.ascii : Self.blocks
        return text.string.compactMap { table[$0] }
    }

    /// One blank column between two characters.
    var width: Int { shapes.reduce(-1) { $0 + $1[0].count + 1 } }

    func draw(on canvas: inout Canvas, x: Int, y: Int, _ style: Style) {
        var column = x
        for shape in shapes {
            for (row, line) in shape.enumerated() {
                for (offset, character) in line.enumerated() where character != " " {
                    canvas.put(character, x: column + offset, y: y + row, style)
                }
            }
            column += shape[0].count + 1
        }
    }

    private static let blocks: [Character: [String]] = [
        "0": ["█▀█", "█ █", "▀▀▀"], "1": ["▀█ ", " █ ", "▀▀▀"], "2": ["▀▀█", "█▀▀", "▀▀▀"],
        "3": ["▀▀█", " ▀█", "▀▀▀"], "4": ["█ █", "▀▀█", "  ▀"], "5": ["█▀▀", "▀▀█", "▀▀▀"],
        "6": ["█▀▀", "█▀█", "▀▀▀"], "7": ["▀▀█", "  █", "  ▀"], "8": ["█▀█", "█▀█", "▀▀▀"],
        "9": ["█▀█", "▀▀█", "▀▀▀"], ".": [" ", " ", "▀"], ",": [" ", " ", "▄"], "-": ["  ", "▀▀", "  "],
        "–": ["  ", "▀▀", "  "], ":": ["▄", "▄", " "], "%": ["▀ █", "▄▀ ", "▀ ▀"], " ": [" ", " ", " "],
        "+": ["   ", "▀█▀", " ▀ "],
    ]

    private static let ascii: [Character: [String]] = [
        "0": [" _ ", "| |", "|_|"], "1": ["   ", "  |", "  |"], "2": [" _ ", " _|", "|_ "],
        "3": [" _ ", " _|", " _|"], "4": ["   ", "|_|", "  |"], "5": [" _ ", "|_ ", " _|"],
        "6": [" _ ", "|_ ", "|_|"], "7": [" _ ", "  |", "  |"], "8": [" _ ", "|_|", "|_|"],
        "9": [" _ ", "|_|", " _|"], ".": [" ", " ", "."], ",": [" ", " ", ","], "-": ["  ", "__", "  "],
        ":": [" ", ".", "."], " ": [" ", " ", " "],
    ]
}
