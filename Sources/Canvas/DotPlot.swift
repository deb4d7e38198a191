/// Dots at 2 × 4 a cell, drawn as braille. Row 0 is the top.
///
/// A cell has one colour: that of the dot set last. Dots outside are ignored.
package struct DotPlot: Sendable {
    package let width: Int
    package let height: Int
    private var dots: [UInt8]
    private var roles: [ColorRole]

    /// - Parameters: size in cells.
    package init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        dots = Array(repeating: 0, count: self.width * self.height)
        roles = Array(repeating: .standard, count: dots.count)
    }

    package var dotWidth: Int { width * 2 }
    package var dotHeight: Int { height * 4 }

    package mutating func set(_ x: Int, _ y: Int, _ role: ColorRole) {
        guard x >= 0, y >= 0, x < dotWidth, y < dotHeight else { return }
        let cell = (y >> 2) * width + (x >> 1)
        dots[cell] |= Self.bits[(y & 3) << 1 | (x & 1)]
        roles[cell] = role
    }

    /// A line between two dots, both included.
    package mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ role: ColorRole) {
        let dx = abs(end.x - start.x)
        let dy = -abs(end.y - start.y)
        let (stepX, stepY) = (start.x < end.x ? 1 : -1, start.y < end.y ? 1 : -1)
        var (x, y, error) = (start.x, start.y, dx + dy)
        while true {
            set(x, y, role)
            if x == end.x && y == end.y { return }
            let doubled = 2 * error
            if doubled >= dy {
                error += dy
                x += stepX
            }
            if doubled <= dx {
                error += dx
                y += stepY
            }
        }
    }

    package func isEmpty(_ x: Int, _ y: Int) -> Bool { dots[y * width + x] == 0 }

    /// Draws the cells that have dots; the others stay as they are.
    package func draw(on canvas: inout Canvas, x: Int, y: Int, _ attributes: Style.Attributes = []) {
        for row in 0..<height {
            for column in 0..<width {
                let index = row * width + column
                if dots[index] == 0 { continue }
                canvas.put(
                    Self.characters[Int(dots[index])], x: x + column, y: y + row,
                    Style(roles[index], attributes))
            }
        }
    }

    /// By row of the dot, then column.
    private static let bits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]

    private static let characters: [Character] = (0..<256).map { bits in
        Unicode.Scalar(0x2800 + UInt32(bits)).map(Character.init) ?? " "
    }
}
