/// Rules and borders that join properly where they meet, whoever drew them.
///
/// Lines are collected first and drawn once, so two panels that touch share one line with the right junctions.
package struct BoxLines {
    private struct Arms: OptionSet {
        let rawValue: UInt8
        static let up = Arms(rawValue: 1)
        static let right = Arms(rawValue: 2)
        static let down = Arms(rawValue: 4)
        static let left = Arms(rawValue: 8)
    }

    private let area: Rectangle
    private var arms: [Arms]
    /// Arms of a line that ends at a cell without entering it: they count only where another line passes.
    private var touches: [Arms]

    /// - Parameter area: where lines may be; what is outside is ignored.
    package init(area: Rectangle) {
        self.area = area
        arms = Array(repeating: [], count: area.width * area.height)
        touches = arms
    }

    /// A horizontal line through `columns` of row `y`; it joins whatever line its ends touch.
    package mutating func horizontal(y: Int, columns: Range<Int>) {
        for x in columns.clamped(to: area.x..<area.right) {
            join(x, y, x == columns.lowerBound ? .right : [.left, .right])
        }
        touch(columns.upperBound, y, .left)
        touch(columns.lowerBound - 1, y, .right)
    }

    /// A vertical line through `rows` of column `x`; it joins whatever line its ends touch.
    package mutating func vertical(x: Int, rows: Range<Int>) {
        for y in rows.clamped(to: area.y..<area.bottom) {
            join(x, y, y == rows.lowerBound ? .down : [.up, .down])
        }
        touch(x, rows.upperBound, .up)
        touch(x, rows.lowerBound - 1, .down)
    }

    /// The frame of `box`, drawn on its outermost cells.
    package mutating func frame(_ box: Rectangle) {
        if box.width < 2 || box.height < 2 { return }
        let (right, bottom) = (box.right - 1, box.bottom - 1)
        for x in box.x...right {
            let sides: Arms = x == box.x ? .right : x == right ? .left : [.left, .right]
            join(x, box.y, sides)
            join(x, bottom, sides)
        }
        for y in box.y...bottom {
            let sides: Arms = y == box.y ? .down : y == bottom ? .up : [.up, .down]
            join(box.x, y, sides)
            join(right, y, sides)
        }
    }

    private mutating func join(_ x: Int, _ y: Int, _ new: Arms) {
        guard area.contains(x: x, y: y) else { return }
        arms[(y - area.y) * area.width + x - area.x].formUnion(new)
    }

    private mutating func touch(_ x: Int, _ y: Int, _ new: Arms) {
        guard area.contains(x: x, y: y) else { return }
        touches[(y - area.y) * area.width + x - area.x].formUnion(new)
    }

    package func draw(on canvas: inout Canvas, _ glyphs: GlyphSet, _ style: Style) {
        for row in 0..<area.height {
            for column in 0..<area.width {
                let index = row * area.width + column
                if arms[index].isEmpty { continue }
                let sides = arms[index].union(touches[index])
                canvas.put(Self.glyph(sides, glyphs), x: area.x + column, y: area.y + row, style)
            }
        }
    }

    private static func glyph(_ sides: Arms, _ glyphs: GlyphSet) -> Character {
        if glyphs == .ascii {
            if sides.isSubset(of: [.left, .right]) { return "-" }
            return sides.isSubset(of: [.up, .down]) ? "|" : "+"
        }
        return box[Int(sides.rawValue)]
    }

    /// By arms: up 1, right 2, down 4, left 8. A lone arm is drawn as a whole line.
    private static let box: [Character] = [
        " ", "│", "─", "└", "│", "│", "┌", "├", "─", "┘", "─", "┴", "┐", "┤", "┬", "┼",
    ]
}
