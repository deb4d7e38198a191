import Canvas
import DisplayText

/// A line of segments that give way to one another where it is narrow: the most important thing stays.
struct PriorityLine {
    struct Segment {
        /// From the longest form to the shortest; an empty last form lets the segment vanish.
        var forms: [StyledText]
        /// How long each form is kept before the next one takes its place: lower gives way first.
        var priorities: [Int]
        /// Columns between this segment and the one before.
        var gap = 2

        /// - Parameter priority: of all forms alike.
        init(_ forms: [StyledText], priority: Int, gap: Int = 2) {
            self.init(forms, priorities: Array(repeating: priority, count: forms.count), gap: gap)
        }

        init(_ forms: [StyledText], priorities: [Int], gap: Int = 2) {
            self.forms = forms
            self.priorities = priorities
            self.gap = gap
        }
    }

    /// From the left edge rightwards.
    var leading: [Segment] = []
    /// Ends at the right edge.
    var trailing: [Segment] = []

    /// Draws the line into row `y`; what is left between the two groups stays as it is.
    ///
    /// - Returns: the columns that stay free between the two groups.
    @discardableResult
    func draw(on canvas: inout Canvas, x: Int, y: Int, width: Int) -> Range<Int> {
        let (left, right) = fitted(width)
        var column = x
        var start = x
        canvas.clipped(to: Rectangle(x: x, y: y, width: width, height: 1)) { canvas in
            for (index, item) in left.enumerated() {
                if index > 0 { column += item.gap }
                column = canvas.write(item.text, x: column, y: y)
            }
            start = max(column, x + width - Self.width(right))
            var next = start
            for (index, item) in right.enumerated() {
                if index > 0 { next += item.gap }
                next = canvas.write(item.text, x: next, y: y)
            }
        }
        return column..<start
    }

    private typealias Item = (text: StyledText, gap: Int)

    /// The forms that fit into `width`: the form of least priority gives way first; room that is left over when a long one
    /// went is given back, the most important segment first.
    private func fitted(_ width: Int) -> (left: [Item], right: [Item]) {
        let all = leading + trailing
        var chosen = Array(repeating: 0, count: all.count)
        func items(_ range: Range<Int>) -> [Item] {
            range.compactMap { index in
                let text = all[index].forms[chosen[index]]
                return text.isEmpty ? nil : (text, all[index].gap)
            }
        }
        func result() -> (left: [Item], right: [Item]) {
            (items(0..<leading.count), items(leading.count..<all.count))
        }
        func fits() -> Bool {
            let (left, right) = result()
            let between = left.isEmpty || right.isEmpty ? 0 : 1
            return Self.width(left) + between + Self.width(right) <= width
        }
        func priority(_ index: Int) -> Int { all[index].priorities[chosen[index]] }
        while !fits() {
            let shortenable = all.indices.filter { chosen[$0] + 1 < all[$0].forms.count }
            guard let next = shortenable.min(by: { priority($0) < priority($1) }) else { return result() }
            chosen[next] += 1
        }
        for index in all.indices.sorted(by: { priority($0) > priority($1) }) {
            while chosen[index] > 0 {
                chosen[index] -= 1
                if !fits() {
                    chosen[index] += 1
                    break
                }
            }
        }
        return result()
    }

    private static func width(_ items: [Item]) -> Int {
        items.enumerated().reduce(0) { $0 + $1.element.text.width + ($1.offset > 0 ? $1.element.gap : 0) }
    }
}
