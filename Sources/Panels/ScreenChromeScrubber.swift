import Canvas
import DisplayText
import MetricModel
import Rules

/// The whole of what is replayed: what the state was, where it changed, and where the cursor is.
package struct ScrubberModel: Sendable {
    /// The worst state that held during a time; times that no span covers had no data.
    package struct Span: Sendable {
        package var from: Timestamp
        package var to: Timestamp
        package var state: AlertState

        package init(from: Timestamp, to: Timestamp, state: AlertState) {
            self.from = from
            self.to = to
            self.state = state
        }
    }

    package var from: Timestamp
    package var to: Timestamp
    package var cursor: Timestamp
    /// Ascending.
    package var spans: [Span]
    /// Alerts' transitions: the time and the state that was entered.
    package var transitions: [(time: Timestamp, state: AlertState)]
    package var zoneOffsetSeconds: Int

    package init(
        from: Timestamp, to: Timestamp, cursor: Timestamp, spans: [Span],
        transitions: [(time: Timestamp, state: AlertState)] = [], zoneOffsetSeconds: Int = 0
    ) {
        self.from = from
        self.to = to
        self.cursor = cursor
        self.spans = spans
        self.transitions = transitions
        self.zoneOffsetSeconds = zoneOffsetSeconds
    }
}

extension Canvas {
    /// Draws the bar and, in a second row if there is one, its times.
    package mutating func drawScrubber(
        _ model: ScrubberModel, in area: Rectangle, _ context: DrawingContext
    ) {
        clipped(to: area) { $0.drawScrubberBar(model, in: area, context) }
    }

    private mutating func drawScrubberBar(
        _ model: ScrubberModel, in area: Rectangle, _ context: DrawingContext
    ) {
        if area.isEmpty { return }
        let glyphs = context.glyphs
        let margin = area.width >= 20 ? 1 : 0
        let line = Rectangle(x: area.x + margin, y: area.y, width: area.width - 2 * margin, height: 1)
        let bar = line.width >= 10 ? line.inset(x: 1) : line
        if line.width >= 10 {
            put(glyphs.rightTick, x: line.x, y: line.y, .dim)
            put(glyphs.leftTick, x: line.right - 1, y: line.y, .dim)
        }
        let range = Double(max(1, (model.to - model.from).milliseconds))
        func column(_ time: Timestamp) -> Int {
            let share = Double((time - model.from).milliseconds) / range
            return Int(min(1, max(0, share)) * Double(bar.width - 1))
        }
        // No span: nothing is known of that time.
        fill(bar, with: glyphs.gap, .dim)
        // What is worse is drawn later, so that a short bad time is not lost in a long good one.
        for span in model.spans.sorted(by: { $0.state.severityRank < $1.state.severityRank }) {
            if span.to < model.from || span.from > model.to { continue }
            let (start, end) = (column(span.from), column(span.to))
            for x in start...max(start, end) {
                put(scrubberGlyph(span.state, glyphs), x: bar.x + x, y: bar.y, scrubberStyle(span.state))
            }
        }
        var byColumn: [Int: AlertState] = [:]
        for (time, state) in model.transitions where time >= model.from && time <= model.to {
            let x = column(time)
            if let other = byColumn[x], other.severityRank >= state.severityRank { continue }
            byColumn[x] = state
        }
        for (x, state) in byColumn { put(state.shape(glyphs), x: bar.x + x, y: bar.y, state.style) }
        let cursor = bar.x + column(model.cursor)
        put(glyphs == .ascii ? "O" : "●", x: cursor, y: bar.y, .accent)
        if area.height >= 2 { drawScrubberTimes(model, y: area.y + 1, line: line, cursor: cursor, context) }
    }

    private func scrubberGlyph(_ state: AlertState, _ glyphs: GlyphSet) -> Character {
        switch state {
        case .firing, .error: glyphs.heavyHorizontal
        case .noData: glyphs.gap
        case .pending, .recovering, .normal: glyphs.horizontal
        }
    }

    private func scrubberStyle(_ state: AlertState) -> Style { state == .normal ? .dim : state.style }

    private mutating func drawScrubberTimes(
        _ model: ScrubberModel, y: Int, line: Rectangle, cursor: Int, _ context: DrawingContext
    ) {
        let spansDays = model.to - model.from >= .hours(20)
        func label(_ time: Timestamp) -> SafeText {
            let civil = CivilTime(time, zoneOffsetSeconds: model.zoneOffsetSeconds)
            return spansDays
                ? SafeText("\(civil.monthDay.string) \(civil.hourMinute.string)") : civil.hourMinute
        }
        let (first, last) = (label(model.from), label(model.to))
        let now = CivilTime(model.cursor, zoneOffsetSeconds: model.zoneOffsetSeconds).clock
        let start = min(max(line.x, cursor - now.width / 2), line.right - now.width)
        if start >= line.x + first.width + 1 { write(first, x: line.x, y: y, .dim) }
        if start + now.width < line.right - last.width { write(last, x: line.right - last.width, y: y, .dim) }
        write(now, x: start, y: y, .accent)
    }
}
