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

    /// The column after the last one.
    package var right: Int { x + width }
    /// The row after the last one.
    package var bottom: Int { y + height }

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

    package func contains(x: Int, y: Int) -> Bool {
        x >= self.x && x < right && y >= self.y && y < bottom
    }

    package func offset(x dx: Int = 0, y dy: Int = 0) -> Rectangle {
        Rectangle(x: x + dx, y: y + dy, width: width, height: height)
    }

    /// Cuts `count` rows off the top, fewer when there are fewer, and gives them back.
    package mutating func takeTop(_ count: Int) -> Rectangle {
        let taken = Rectangle(x: x, y: y, width: width, height: min(max(0, count), height))
        y += taken.height
        height -= taken.height
        return taken
    }

    /// Cuts `count` rows off the bottom, fewer when there are fewer, and gives them back.
    package mutating func takeBottom(_ count: Int) -> Rectangle {
        let taken = min(max(0, count), height)
        height -= taken
        return Rectangle(x: x, y: bottom, width: width, height: taken)
    }

    /// Cuts `count` columns off the left, fewer when there are fewer, and gives them back.
    package mutating func takeLeft(_ count: Int) -> Rectangle {
        let taken = Rectangle(x: x, y: y, width: min(max(0, count), width), height: height)
        x += taken.width
        width -= taken.width
        return taken
    }

    /// Cuts `count` columns off the right, fewer when there are fewer, and gives them back.
    package mutating func takeRight(_ count: Int) -> Rectangle {
        let taken = min(max(0, count), width)
        width -= taken
        return Rectangle(x: right, y: y, width: taken, height: height)
    }
}
