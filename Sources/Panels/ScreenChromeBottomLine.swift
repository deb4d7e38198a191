import Canvas
import DisplayText

/// What the bottom line says: keys that work here, or a message in their place.
package struct BottomLineModel: Sendable {
    package struct Hint: Sendable {
        package var key: SafeText
        package var label: SafeText

        package init(_ key: SafeText, _ label: SafeText) {
            self.key = key
            self.label = label
        }
    }

    /// Most important first; the last ones give way where it is narrow.
    package var hints: [Hint]
    /// What just happened.
    package var message: SafeText?
    package var messageIsProblem: Bool
    /// At the right edge: what else there is to see, as `DashboardLayout.position` says.
    package var position: SafeText

    package init(
        hints: [Hint], message: SafeText? = nil, messageIsProblem: Bool = false, position: SafeText = ""
    ) {
        self.hints = hints
        self.position = position
        self.message = message
        self.messageIsProblem = messageIsProblem
    }
}

/// A line that the user is typing.
package struct PromptModel: Sendable {
    /// `/`, `go to`
    package var label: SafeText
    package var text: SafeText
    /// Characters before the cursor.
    package var cursor: Int
    /// What may be typed, shown as long as nothing is.
    package var hint: SafeText
    /// Why what is typed cannot be used.
    package var error: SafeText?

    package init(label: SafeText, text: SafeText, cursor: Int, hint: SafeText = "", error: SafeText? = nil) {
        self.label = label
        self.text = text
        self.cursor = cursor
        self.hint = hint
        self.error = error
    }
}

extension Canvas {
    package mutating func drawBottomLine(
        _ model: BottomLineModel, in area: Rectangle, _ context: DrawingContext
    ) {
        if area.isEmpty { return }
        let margin = area.width >= 20 ? 1 : 0
        let (x, width) = (area.x + margin, area.width - 2 * margin)
        if let message = model.message {
            write(
                message, x: x, y: area.y, width: width,
                model.messageIsProblem ? Style(.error, .bold) : .strong,
                ellipsis: context.glyphs.ellipsis)
            return
        }
        var line = PriorityLine()
        for (index, hint) in model.hints.enumerated() {
            let text = StyledText(hint.key, .strong).appending(" " + hint.label, .dim)
            line.leading.append(
                .init([text, StyledText()], priority: 2 * (model.hints.count - index), gap: 2))
        }
        if model.position.width > 0 {
            line.trailing.append(
                .init([StyledText(model.position, .dim), StyledText()], priority: 2 * model.hints.count - 3))
        }
        line.draw(on: &self, x: x, y: area.y, width: width)
    }

    /// Draws the prompt with a block as its cursor; of a long text the part around the cursor is seen.
    package mutating func drawPrompt(_ model: PromptModel, in area: Rectangle, _ context: DrawingContext) {
        if area.isEmpty { return }
        fill(area)
        clipped(to: area) { canvas in
            var x = canvas.write(model.label, x: area.x, y: area.y, .accent)
            if x > area.x { x += 1 }
            let characters = Array(model.text.string)
            let cursor = min(max(0, model.cursor), characters.count)
            let room = max(1, area.right - x)
            let before = ending(of: characters[..<cursor], columns: max(0, room - 1))
            let under = cursor < characters.count ? SafeText(String(characters[cursor])) : " "
            x = canvas.write(before, x: x, y: area.y)
            x = canvas.write(under, x: x, y: area.y, Style(.standard, .reverse))
            if cursor < characters.count {
                x = canvas.write(SafeText(String(characters[(cursor + 1)...])), x: x, y: area.y)
            }
            if let error = model.error {
                canvas.write(
                    error, x: x + 2, y: area.y, width: area.right - x - 2, Style(.error, .bold),
                    ellipsis: context.glyphs.ellipsis)
            } else if characters.isEmpty {
                canvas.write(
                    model.hint, x: x + 1, y: area.y, width: area.right - x - 1, .dim,
                    ellipsis: context.glyphs.ellipsis)
            }
        }
    }
}

/// The last of `characters` that fit into `columns`.
private func ending(of characters: ArraySlice<Character>, columns: Int) -> SafeText {
    var rest = characters
    var text = SafeText(String(rest))
    while text.width > columns, !rest.isEmpty {
        rest.removeFirst()
        text = SafeText(String(rest))
    }
    return text
}
