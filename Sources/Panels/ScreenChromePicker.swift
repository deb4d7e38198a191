import Canvas
import DisplayText
import Rules

/// A list to choose from: dashboards, time ranges, themes, values of a variable.
package struct PickerModel: Sendable {
    package struct Item: Sendable {
        package var text: SafeText
        /// Dim, at the right edge.
        package var detail: SafeText
        /// `nil` where only one can be chosen.
        package var isChecked: Bool?
        package var state: AlertState?

        package init(
            _ text: SafeText, detail: SafeText = "", isChecked: Bool? = nil, state: AlertState? = nil
        ) {
            self.text = text
            self.detail = detail
            self.isChecked = isChecked
            self.state = state
        }
    }

    package var title: SafeText
    package var items: [Item]
    package var selected: Int
    /// What the list is narrowed to; `nil` where it cannot be.
    package var filter: SafeText?
    package var footer: SafeText

    package init(
        title: SafeText, items: [Item], selected: Int, filter: SafeText? = nil,
        footer: SafeText = "Enter chooses, Esc closes"
    ) {
        self.title = title
        self.items = items
        self.selected = selected
        self.filter = filter
        self.footer = footer
    }
}

/// The dashboard's variables on the left, the values of the selected one on the right.
package struct VariablePickerModel: Sendable {
    package var variables: [(name: SafeText, value: SafeText)]
    package var selectedVariable: Int
    package var options: [PickerModel.Item]
    package var selectedOption: Int
    /// Whether the keys go to the values.
    package var isChoosing: Bool
    package var filter: SafeText

    package init(
        variables: [(name: SafeText, value: SafeText)], selectedVariable: Int, options: [PickerModel.Item],
        selectedOption: Int, isChoosing: Bool, filter: SafeText = ""
    ) {
        self.variables = variables
        self.selectedVariable = selectedVariable
        self.options = options
        self.selectedOption = selectedOption
        self.isChoosing = isChoosing
        self.filter = filter
    }
}

extension Canvas {
    package mutating func drawPicker(
        _ model: PickerModel, in area: Rectangle, _ context: DrawingContext
    ) {
        clipped(to: area) { $0.drawPickerBox(model, in: area, context) }
    }

    private mutating func drawPickerBox(_ model: PickerModel, in area: Rectangle, _ context: DrawingContext) {
        let width =
            model.items.map { $0.text.width + ($0.detail.width > 0 ? $0.detail.width + 2 : 0) + 6 }.max() ?? 0
        let overlay = Overlay(
            on: &self, in: area, title: model.title, footer: model.footer, contentWidth: max(24, width),
            contentHeight: max(1, model.items.count) + (model.filter == nil ? 0 : 1), context)
        var inner = overlay.inner
        if let filter = model.filter {
            let line = inner.takeTop(inner.height >= 2 ? 1 : 0)
            if !line.isEmpty { drawFilter(filter, line, context) }
        }
        drawItems(model.items, selected: model.selected, hasFocus: true, in: inner, overlay, context)
    }

    package mutating func drawVariablePicker(
        _ model: VariablePickerModel, in area: Rectangle, _ context: DrawingContext
    ) {
        clipped(to: area) { $0.drawVariableBox(model, in: area, context) }
    }

    private mutating func drawVariableBox(
        _ model: VariablePickerModel, in area: Rectangle, _ context: DrawingContext
    ) {
        let names = model.variables.map(\.name.width).max() ?? 0
        let values = min(24, model.variables.map(\.value.width).max() ?? 0)
        let options = max(16, model.options.map { $0.text.width + $0.detail.width + 7 }.max() ?? 0)
        let rows = max(model.variables.count, model.options.count + 1)
        let overlay = Overlay(
            on: &self, in: area, title: "Variables",
            footer: model.isChoosing ? "space marks, Enter takes, Esc back" : "Enter changes, Esc closes",
            contentWidth: names + values + options + 5, contentHeight: rows, context)
        let glyphs = context.glyphs
        var inner = overlay.inner
        // Where there is no room for both, the side that has the keys is seen.
        let isNarrow = inner.width < 36
        var right = inner
        if !isNarrow {
            let left = inner.takeLeft(min(names + values + 4, inner.width / 2))
            drawVariables(model, in: left, nameWidth: names, context)
            for y in inner.y..<inner.bottom { put(glyphs.vertical, x: inner.x, y: y, .dim) }
            _ = inner.takeLeft(2)
            right = inner
        } else if !model.isChoosing {
            drawVariables(model, in: inner, nameWidth: names, context)
            return
        }
        let line = right.takeTop(right.height >= 2 ? 1 : 0)
        if !line.isEmpty { drawFilter(model.filter, line, context) }
        drawItems(
            model.options, selected: model.selectedOption, hasFocus: model.isChoosing, in: right, overlay,
            context)
    }

    private mutating func drawVariables(
        _ model: VariablePickerModel, in area: Rectangle, nameWidth: Int, _ context: DrawingContext
    ) {
        let window = ListWindow(
            count: model.variables.count, room: area.height, first: 0, selected: model.selectedVariable)
        for (line, index) in window.range.enumerated() {
            let (name, value) = model.variables[index]
            let y = area.y + line
            let isSelected = index == model.selectedVariable
            if isSelected { write(context.glyphs.pointer, x: area.x, y: y, .accent) }
            let nameEnd = min(nameWidth, area.width / 2)
            write(
                name, x: area.x + 2, y: y, width: nameEnd, isSelected ? .accent : .standard,
                ellipsis: context.glyphs.ellipsis)
            write(
                value, x: area.x + nameEnd + 3, y: y, width: area.width - nameEnd - 4, .dim,
                ellipsis: context.glyphs.ellipsis)
            if isSelected, !model.isChoosing {
                select(Rectangle(x: area.x, y: y, width: area.width - 1, height: 1))
            }
        }
    }

    private mutating func drawFilter(_ filter: SafeText, _ line: Rectangle, _ context: DrawingContext) {
        write("/", x: line.x, y: line.y, .accent)
        let text: SafeText = filter.string.isEmpty ? "type to narrow" : filter
        write(
            text, x: line.x + 2, y: line.y, width: line.width - 2, filter.string.isEmpty ? .dim : .standard,
            ellipsis: context.glyphs.ellipsis)
    }

    private mutating func drawItems(
        _ items: [PickerModel.Item], selected: Int, hasFocus: Bool, in area: Rectangle, _ overlay: Overlay,
        _ context: DrawingContext
    ) {
        if area.isEmpty { return }
        if items.isEmpty {
            write("nothing matches", x: area.x, y: area.y, width: area.width, .dim)
            return
        }
        let glyphs = context.glyphs
        let window = ListWindow(count: items.count, room: area.height, first: 0, selected: selected)
        overlay.drawPosition(window, of: items.count, on: &self)
        for (line, index) in window.range.enumerated() {
            let item = items[index]
            let y = area.y + line
            var x = area.x
            if index == selected { write(glyphs.pointer, x: x, y: y, .accent) }
            x += 2
            if let isChecked = item.isChecked {
                x = write(isChecked ? "[x]" : "[ ]", x: x, y: y, isChecked ? .accent : .dim) + 1
            }
            if let state = item.state {
                put(state.shape(glyphs), x: x, y: y, state.style)
                x += 2
            }
            let detail = min(item.detail.width, max(0, (area.right - x) / 2))
            let room = area.right - x - (detail > 0 ? detail + 2 : 0)
            write(item.text, x: x, y: y, width: room, ellipsis: glyphs.ellipsis)
            write(
                item.detail, x: area.right - detail, y: y, width: detail, align: .right, .dim,
                ellipsis: glyphs.ellipsis)
            if index == selected, hasFocus {
                select(Rectangle(x: area.x, y: y, width: area.width, height: 1))
            }
        }
    }
}
