import Canvas
import Dashboard
import DisplayText
import Rules

/// The title's row of a panel: name on the left; age, alert state and complaints on the right, in shape and word.
struct PanelTitle {
    let view: PanelView
    /// What the content says about itself: `6 of 40`.
    let note: SafeText?
    let context: DrawingContext
    let isFocused: Bool

    private var glyphs: GlyphSet { context.glyphs }

    /// Draws over the rule that is there already.
    func draw(on canvas: inout Canvas, x: Int, y: Int, width: Int) {
        if width < 3 { return }
        let title = view.title
        // The rule stays visible at both ends and between.
        let room = width - 4
        func fits(_ form: StyledText, beside title: Int) -> Bool {
            title + (form.isEmpty ? 0 : form.width + 3) <= room
        }
        // The whole title is worth more than the word of a state, whose shape says the same; its shape stays longest.
        let forms = rightForms
        let form =
            forms.prefix(Self.tellingForms).first { fits($0, beside: title.width) }
            ?? forms.first { fits($0, beside: min(title.width, 10)) } ?? StyledText()
        let rightWidth = form.isEmpty ? 0 : form.width + 3
        let style: Style = isFocused ? Style(.accent, context.isMono ? [.bold, .reverse] : .bold) : .strong
        if title.width > 0 {
            let shown = title.shortened(to: max(1, room - rightWidth), ellipsis: glyphs.ellipsis)
            canvas.put(" ", x: x + 1, y: y)
            let end = canvas.write(shown, x: x + 2, y: y, style)
            canvas.put(" ", x: end, y: y)
        }
        if !form.isEmpty {
            let start = x + width - form.width - 2
            canvas.put(" ", x: start - 1, y: y)
            canvas.write(form, x: start, y: y)
            canvas.put(" ", x: start + form.width, y: y)
        }
    }

    /// Those of `rightForms` that tell since when.
    private static let tellingForms = 4

    /// From everything there is to say down to the shape of what is worst, and nothing.
    private var rightForms: [StyledText] {
        let age = healthText
        let complaints = view.notHonoured.count
        let mark = complaints == 0 ? StyledText() : StyledText("!\(complaints)", Style(.warning))
        let noteText = note.map { StyledText($0, .dim) } ?? StyledText()
        func joined(_ parts: [StyledText]) -> StyledText {
            StyledText(parts.filter { !$0.isEmpty }, separator: "  ")
        }
        var forms = [joined([noteText, mark, age, alertText(.full)])]
        forms.append(joined([mark, age, alertText(.full)]))
        forms.append(joined([mark, age, alertText(.short)]))
        forms.append(joined([age, alertText(.short)]))
        forms.append(joined([healthShape, alertText(.shape)]))
        forms.append(alertText(.shape).isEmpty ? healthShape : alertText(.shape))
        forms.append(StyledText())
        return forms
    }

    private enum Length { case full, short, shape }

    /// `✖ 3 firing 14m`; a check mark alone when all is well.
    private func alertText(_ length: Length) -> StyledText {
        guard let alert = view.alert else { return StyledText() }
        let shape = alert.state.shape(glyphs)
        if alert.state == .normal { return StyledText(shape.safe, alert.state.style) }
        let age = formatAge(since: alert.since, at: context.cursor)
        let text: String
        switch length {
        case .full:
            let count = alert.count > 1 ? "\(alert.count) " : ""
            text = "\(shape) \(count)\(alert.state.word.string) \(age.string)"
        case .short: text = "\(shape) \(age.string)"
        case .shape: text = "\(shape)"
        }
        return StyledText(SafeText(text), alert.state.style)
    }

    private var healthText: StyledText {
        switch view.health {
        case .fresh: StyledText()
        case .stale(let age): StyledText("stale \(formatAge(age))", Style(.noData, .bold))
        case .noData: StyledText("\(AlertState.noData.shape(glyphs)) NO DATA", Style(.noData, .bold))
        case .partial: StyledText("! partial", Style(.warning, .bold))
        case .error: StyledText("! ERROR", Style(.error, .bold))
        }
    }

    private var healthShape: StyledText {
        switch view.health {
        case .fresh: StyledText()
        case .stale, .noData: StyledText("?", Style(.noData, .bold))
        case .partial: StyledText("!", Style(.warning, .bold))
        case .error: StyledText("!", Style(.error, .bold))
        }
    }
}
