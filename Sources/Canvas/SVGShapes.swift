/// Box drawing, blocks and braille as geometry, collected into one path a colour.
struct SVGShapes {
    static let cellWidth = 9
    static let cellHeight = 18

    private enum Kind: Hashable {
        /// Filled areas, opacity in percent.
        case fill(Int)
        case line, heavyLine, dots
    }

    private struct Key: Hashable {
        var kind: Kind
        var color: UInt32
    }

    private var order: [Key] = []
    private var paths: [Key: String] = [:]

    /// Draws `character` in cell `x`, `y`.
    ///
    /// - Returns: whether it is a shape; otherwise it is text.
    mutating func add(_ character: Character, x: Int, y: Int, color: UInt32) -> Bool {
        guard let scalar = character.unicodeScalars.first, scalar.value >= 0x2500, scalar.value < 0x2900,
            character.unicodeScalars.count == 1
        else { return false }
        let (left, top) = (x * Self.cellWidth, y * Self.cellHeight)
        switch scalar.value {
        case 0x2800...0x28ff:
            append(braille(scalar.value - 0x2800, left, top), .dots, color)
        case 0x2580...0x2595:
            let (path, opacity) = block(scalar.value, left, top)
            append(path, .fill(opacity), color)
        default:
            guard let (path, isHeavy) = box(character, left, top) else { return false }
            append(path, isHeavy ? .heavyLine : .line, color)
        }
        return true
    }

    mutating func addLine(_ path: String, color: UInt32) { append(path, .line, color) }

    private mutating func append(_ path: String, _ kind: Kind, _ color: UInt32) {
        let key = Key(kind: kind, color: color)
        if paths[key] == nil { order.append(key) }
        paths[key, default: ""] += path
    }

    var elements: String {
        order.map { key in
            let color = hexColor(key.color)
            let look =
                switch key.kind {
                case .fill(100): "fill=\"\(color)\" shape-rendering=\"crispEdges\""
                case .fill(let percent):
                    "fill=\"\(color)\" fill-opacity=\"0.\(percent)\" shape-rendering=\"crispEdges\""
                case .line: "fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.2\""
                case .heavyLine: "fill=\"none\" stroke=\"\(color)\" stroke-width=\"2.6\""
                case .dots:
                    "fill=\"none\" stroke=\"\(color)\" stroke-width=\"3\" stroke-linecap=\"round\""
                }
            return "<path \(look) d=\"\(paths[key] ?? "")\"/>\n"
        }.joined()
    }

    private func braille(_ bits: UInt32, _ left: Int, _ top: Int) -> String {
        // Bits by column, then row.
        let order: [[UInt32]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
        var path = ""
        for column in 0..<2 {
            for row in 0..<4 where bits & order[column][row] != 0 {
                // Tenths of a pixel: 2.25 and 6.75 across, 2.25 + 4.5 × row down.
                let down = 225 + 450 * row
                path += "M\(left + (column == 0 ? 2 : 6)).\(column == 0 ? "25" : "75") "
                path += "\(top + down / 100).\(down % 100 == 0 ? "0" : "\(down % 100)")h0"
            }
        }
        return path
    }

    /// The area of a block element and its opacity in percent.
    private func block(_ scalar: UInt32, _ left: Int, _ top: Int) -> (String, Int) {
        let (width, height) = (Self.cellWidth, Self.cellHeight)
        func area(_ x: Int, _ y: Int, _ w: Int, _ h: Int) -> String {
            "M\(left + x) \(top + y)h\(w)v\(h)h-\(w)z"
        }
        switch scalar {
        case 0x2580: return (area(0, 0, width, height / 2), 100)
        case 0x2581...0x2588:
            let filled = (height * Int(scalar - 0x2580) + 4) / 8
            return (area(0, height - filled, width, filled), 100)
        case 0x2589...0x258f:
            let filled = (width * Int(0x2590 - scalar) + 4) / 8
            return (area(0, 0, max(1, filled), height), 100)
        case 0x2590: return (area(width / 2, 0, width - width / 2, height), 100)
        case 0x2591: return (area(0, 0, width, height), 25)
        case 0x2592: return (area(0, 0, width, height), 45)
        case 0x2593: return (area(0, 0, width, height), 70)
        case 0x2594: return (area(0, 0, width, 2), 100)
        default: return (area(width - 1, 0, 1, height), 100)
        }
    }

    /// The strokes of a box drawing character, and whether they are heavy; `nil` for others.
    private func box(_ character: Character, _ left: Int, _ top: Int) -> (String, Bool)? {
        let (right, bottom) = (left + Self.cellWidth, top + Self.cellHeight)
        let middleX = "\(left + 4).5"
        let middleY = "\(top + 9)"
        func arms(_ up: Bool, _ rightwards: Bool, _ down: Bool, _ leftwards: Bool) -> String {
            var path = ""
            if up { path += "M\(middleX) \(top)V\(middleY)" }
            if down { path += "M\(middleX) \(middleY)V\(bottom)" }
            if leftwards { path += "M\(left) \(middleY)H\(middleX)" }
            if rightwards { path += "M\(middleX) \(middleY)H\(right)" }
            return path
        }
        func arc(_ x: Int, _ y: Int) -> String {
            "M\(middleX) \(y)Q\(middleX) \(middleY) \(x) \(middleY)"
        }
        switch character {
        case "─": return ("M\(left) \(middleY)H\(right)", false)
        case "━": return ("M\(left) \(middleY)H\(right)", true)
        case "│": return ("M\(middleX) \(top)V\(bottom)", false)
        case "┃": return ("M\(middleX) \(top)V\(bottom)", true)
        case "═": return ("M\(left) \(top + 7)h9M\(left) \(top + 11)h9", false)
        case "┈": return ("M\(left) \(middleY)h2M\(left + 4) \(middleY)h2", false)
        case "┌": return (arms(false, true, true, false), false)
        case "┐": return (arms(false, false, true, true), false)
        case "└": return (arms(true, true, false, false), false)
        case "┘": return (arms(true, false, false, true), false)
        case "├": return (arms(true, true, true, false), false)
        case "┤": return (arms(true, false, true, true), false)
        case "┬": return (arms(false, true, true, true), false)
        case "┴": return (arms(true, true, false, true), false)
        case "┼": return (arms(true, true, true, true), false)
        case "╭": return (arc(right, bottom), false)
        case "╮": return (arc(left, bottom), false)
        case "╯": return (arc(left, top), false)
        case "╰": return (arc(right, top), false)
        default: return nil
        }
    }
}
