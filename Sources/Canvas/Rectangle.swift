/// An area of cells; column 0, row 0 is the top left. May be empty, never negative.
package struct Rectangle: Sendable, Hashable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }

    package var isEmpty: Bool { width == 0 || height == 0 }

    package func inset(x dx: Int = 0, y dy: Int = 0) -> Rectangle {
        Rectangle(x: x + dx, y: y + dy, width: width - 2 * dx, height: height - 2 * dy)
    }

    package func intersection(_ other: Rectangle) -> Rectangle {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rectangle(
            x: left, y: top, width: min(x + width, other.x + other.width) - left,
            height: min(y + height, other.y + other.height) - top)
    }
}
