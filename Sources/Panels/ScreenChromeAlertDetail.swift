import Canvas
import Dashboard
import DisplayText
import MetricModel
import Rules

/// One alert with all that is known about it.
package struct AlertDetailModel: Sendable {
    package var name: SafeText
    package var state: AlertState
    package var severity: SafeText
    /// `0.66 < 0.95`, or the bare value.
    package var value: SafeText
    package var activeSince: Timestamp
    package var firedAt: Timestamp?
    /// Whether it is getting worse, where that is known.
    package var course: AlertCourse?
    /// The value that the course is measured from, and when it was.
    package var before: (value: SafeText, time: Timestamp)?
    /// Why the state is what it is, when that does not follow from the value.
    package var reason: SafeText?
    package var summary: SafeText
    package var labels: [(name: SafeText, value: SafeText)]
    /// The summary and the runbook left out.
    package var annotations: [(name: SafeText, value: SafeText)]
    package var expression: SafeText?
    package var runbook: [TextView.Line]
    /// Newest first.
    package var history: [(time: Timestamp, state: AlertState)]
    package var cursor: Timestamp
    package var zoneOffsetSeconds: Int
    package var firstRow: Int

    package init(
        name: SafeText, state: AlertState, severity: SafeText = "", value: SafeText = "",
        activeSince: Timestamp,
        firedAt: Timestamp? = nil, course: AlertCourse? = nil,
        before: (value: SafeText, time: Timestamp)? = nil, reason: SafeText? = nil, summary: SafeText = "",
        labels: [(name: SafeText, value: SafeText)] = [],
        annotations: [(name: SafeText, value: SafeText)] = [],
        expression: SafeText? = nil, runbook: [TextView.Line] = [],
        history: [(time: Timestamp, state: AlertState)] = [], cursor: Timestamp, zoneOffsetSeconds: Int = 0,
        firstRow: Int = 0
    ) {
        self.name = name
        self.state = state
        self.severity = severity
        self.value = value
        self.activeSince = activeSince
        self.firedAt = firedAt
        self.course = course
        self.before = before
        self.reason = reason
        self.summary = summary
        self.labels = labels
        self.annotations = annotations
        self.expression = expression
        self.runbook = runbook
        self.history = history
        self.cursor = cursor
        self.zoneOffsetSeconds = zoneOffsetSeconds
        self.firstRow = firstRow
    }
}

extension Canvas {
    /// Draws the alert over the dashboard.
    ///
    /// - Returns: how far down it can be scrolled.
    @discardableResult
    package mutating func drawAlertDetail(
        _ model: AlertDetailModel, in area: Rectangle, _ context: DrawingContext
    ) -> Int {
        let width = min(100, area.width) - 4
        let rows = AlertDetailRows(model: model, width: max(1, width), context: context).rows
        let overlay = Overlay(
            on: &self, in: area, title: model.name, footer: "Esc closes", contentWidth: width,
            contentHeight: rows.count, context)
        let inner = overlay.inner
        let scrollMax = max(0, rows.count - inner.height)
        let first = min(max(0, model.firstRow), scrollMax)
        clipped(to: inner) { canvas in
            for (line, row) in rows.dropFirst(first).prefix(inner.height).enumerated() {
                canvas.write(row, x: inner.x, y: inner.y + line)
            }
        }
        let window = ListWindow(count: rows.count, room: inner.height, first: first, selected: nil)
        overlay.drawPosition(window, of: rows.count, on: &self)
        return scrollMax
    }
}

/// The overlay's lines, at a width.
private struct AlertDetailRows {
    let model: AlertDetailModel
    let width: Int
    let context: DrawingContext
    private(set) var rows: [StyledText] = []

    init(model: AlertDetailModel, width: Int, context: DrawingContext) {
        self.model = model
        self.width = width
        self.context = context
        addHead()
        addPairs("Labels", model.labels)
        addPairs("Annotations", model.annotations)
        if let expression = model.expression {
            addTitle("Expression")
            for line in wrapped(expression, width: width - 2) {
                rows.append(StyledText("  ").appending(line, Style(.accent)))
            }
        }
        if !model.runbook.isEmpty {
            addTitle("What to do")
            addText(model.runbook)
        }
        if !model.history.isEmpty {
            addTitle("Before")
            for (time, state) in model.history {
                let civil = CivilTime(time, zoneOffsetSeconds: model.zoneOffsetSeconds)
                rows.append(
                    StyledText("  \(civil.monthDay.string) \(civil.clock.string)  ", .dim)
                        .appending("\(state.shape(context.glyphs)) \(state.word.string)", state.style))
            }
        }
    }

    private mutating func addHead() {
        let age = formatAge(since: model.firedAt ?? model.activeSince, at: model.cursor)
        var head = StyledText(
            "\(model.state.shape(context.glyphs)) \(model.state.loudWord.string)", model.state.style)
        head.append(" for ", .dim)
        head.append(age, .strong)
        if model.severity.width > 0 { head.append("   " + model.severity, model.state.style) }
        rows.append(head)
        if model.value.width > 0 { addParagraph(model.value, .strong) }
        addCourse()
        func time(_ time: Timestamp) -> SafeText {
            let civil = CivilTime(time, zoneOffsetSeconds: model.zoneOffsetSeconds)
            return civil.date + " " + civil.clock
        }
        addParagraph("condition met since " + time(model.activeSince), .dim)
        if let firedAt = model.firedAt { addParagraph("firing since " + time(firedAt), .dim) }
        if let reason = model.reason { addParagraph(reason, Style(.warning)) }
        if model.summary.width > 0 {
            rows.append(StyledText())
            addParagraph(model.summary, .standard)
        }
    }

    /// `↗ getting worse: 23 failed 15m ago`
    private mutating func addCourse() {
        guard let course = model.course else { return }
        var text = StyledText(
            "\(course.arrow(context.glyphs)) \(course.words ?? "neither better nor worse")",
            course.style(model.state))
        if let (value, time) = model.before {
            text.append(": \(value) \(formatAge(since: time, at: model.cursor)) ago", .dim)
        }
        rows.append(text)
    }

    private mutating func addTitle(_ title: SafeText) {
        rows.append(StyledText())
        rows.append(StyledText(title, .strong))
    }

    private mutating func addParagraph(_ text: SafeText, _ style: Style) {
        for line in wrapped(text, width: width) { rows.append(StyledText(line, style)) }
    }

    private mutating func addPairs(_ title: SafeText, _ pairs: [(name: SafeText, value: SafeText)]) {
        if pairs.isEmpty { return }
        addTitle(title)
        let names = min(max(1, width / 3), pairs.map(\.name.width).max() ?? 0)
        for (name, value) in pairs {
            let shown = name.shortened(to: names, ellipsis: context.glyphs.ellipsis).padded(to: names)
            for (index, line) in wrapped(value, width: max(1, width - names - 4)).enumerated() {
                let head: SafeText = index == 0 ? shown : SafeText(String(repeating: " ", count: names))
                rows.append(StyledText("  " + head + "  ", .dim).appending(line))
            }
        }
    }

    private mutating func addText(_ lines: [TextView.Line]) {
        let panel = TextPanel(lines: lines, context: context)
        rows += panel.rows(width: width - 2).map { row in
            var line = StyledText("  ")
            line.append(row)
            return line
        }
    }
}
