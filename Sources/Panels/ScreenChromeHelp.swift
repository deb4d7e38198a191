import Canvas
import DisplayText

/// The help overlay: the keys that really work now.
package struct HelpModel: Sendable {
    package struct Section: Sendable {
        package var title: SafeText
        package var entries: [(keys: SafeText, text: SafeText)]

        package init(title: SafeText, entries: [(keys: SafeText, text: SafeText)]) {
            self.title = title
            self.entries = entries
        }
    }

    package var title: SafeText
    package var sections: [Section]
    package var firstRow: Int

    package init(title: SafeText = "Keys", sections: [Section], firstRow: Int = 0) {
        self.title = title
        self.sections = sections
        self.firstRow = firstRow
    }
}

extension Canvas {
    /// Draws sections side by side as far as there is width, below each other else.
    ///
    /// - Returns: how far down it can be scrolled.
    @discardableResult
    package mutating func drawHelp(_ model: HelpModel, in area: Rectangle, _ context: DrawingContext) -> Int {
        let keyWidth = model.sections.flatMap(\.entries).map(\.keys.width).max() ?? 0
        let textWidth = model.sections.flatMap(\.entries).map(\.text.width).max() ?? 0
        let columnWidth = keyWidth + 2 + textWidth
        let heights = model.sections.map { $0.entries.count + 2 }
        let total = max(1, heights.reduce(0, +) - 1)
        let fitting = max(1, (area.width - 4 + 4) / (columnWidth + 4))
        let wanted =
            total <= area.height - 2 ? 1 : (total + max(1, area.height - 3)) / max(1, area.height - 2)
        let columns = Self.balanced(heights, into: min(fitting, max(1, wanted), max(1, heights.count)))
        let tallest = columns.map { $0.reduce(0) { $0 + heights[$1] } }.max() ?? 0
        let overlay = Overlay(
            on: &self, in: area, title: model.title, footer: "Esc closes",
            contentWidth: columns.count * (columnWidth + 4) - 4, contentHeight: max(1, tallest - 1), context)
        let inner = overlay.inner
        let scrollMax = max(0, tallest - 1 - inner.height)
        let first = min(max(0, model.firstRow), scrollMax)
        let window = ListWindow(count: max(0, tallest - 1), room: inner.height, first: first, selected: nil)
        overlay.drawPosition(window, of: max(0, tallest - 1), on: &self)
        clipped(to: inner) { canvas in
            for (column, members) in columns.enumerated() {
                var y = inner.y - first
                let x = inner.x + column * (columnWidth + 4)
                for index in members {
                    canvas.write(model.sections[index].title, x: x, y: y, .strong)
                    y += 1
                    for entry in model.sections[index].entries {
                        canvas.write(entry.keys, x: x, y: y, .accent)
                        canvas.write(
                            entry.text, x: x + keyWidth + 2, y: y,
                            width: min(textWidth, inner.right - x - keyWidth - 2),
                            ellipsis: context.glyphs.ellipsis)
                        y += 1
                    }
                    y += 1
                }
            }
        }
        return scrollMax
    }

    /// Sections in their order, in columns of about the same height.
    private static func balanced(_ heights: [Int], into count: Int) -> [[Int]] {
        let share = (heights.reduce(0, +) + count - 1) / max(1, count)
        var columns: [[Int]] = [[]]
        var used = 0
        for (index, height) in heights.enumerated() {
            if used > 0, used + height / 2 > share, columns.count < count {
                columns.append([])
                used = 0
            }
            columns[columns.count - 1].append(index)
            used += height
        }
        return columns
    }
}
