import Canvas
import Dashboard
import DisplayText
import Rules

extension Canvas {
    /// Draws the panels of a dashboard with the lines between them.
    ///
    /// - Parameters:
    ///   - views: by the ids that `layout` places; a panel without a view leaves its place empty.
    ///   - area: where on the canvas the dashboard is; nothing outside is drawn.
    ///   - offset: rows that are scrolled off at the top.
    package mutating func drawDashboard(
        _ views: [Int: PanelView], _ layout: DashboardLayout, in area: Rectangle, offset: Int = 0,
        _ context: DrawingContext
    ) {
        clipped(to: area) { canvas in
            let placed = layout.placements.map { placement in
                (placement, placement.area.offset(x: area.x, y: area.y - offset))
            }.filter { $0.1.bottom > area.y && $0.1.y < area.bottom }
            var lines = BoxLines(area: area)
            for (placement, place) in placed {
                if place.height > 1 {
                    lines.horizontal(y: place.y, columns: place.x..<place.right)
                }
                if placement.hasSeparator { lines.vertical(x: place.x, rows: place.y..<place.bottom) }
            }
            lines.draw(on: &canvas, context.glyphs, .dim)
            for (placement, place) in placed {
                guard let view = views[placement.id] else { continue }
                canvas.drawPanel(
                    view, in: place, hasSeparator: placement.hasSeparator, hasRule: true, context)
            }
        }
    }

    /// Draws one panel: its title's row, then its content; in a single row its title and the sum of it.
    ///
    /// - Parameters:
    ///   - hasSeparator: the first column is the line that separates it from the panel on the left.
    ///   - hasRule: the title's rule is drawn already, joined with those of the neighbours.
    package mutating func drawPanel(
        _ view: PanelView, in area: Rectangle, hasSeparator: Bool = false, hasRule: Bool = false,
        _ context: DrawingContext
    ) {
        if area.isEmpty { return }
        let isFocused = context.focusedPanel == view.id
        let context = isFocused ? context : context.withoutFocus()
        clipped(to: area) { canvas in
            if case .row(let isCollapsed, let count) = view.content {
                canvas.drawRowHeader(view, isCollapsed, count, area, isFocused, context)
                return
            }
            if area.height == 1 {
                canvas.drawPanelLine(view, in: area, hasSeparator: hasSeparator, context)
                return
            }
            if !hasRule {
                canvas.fill(
                    Rectangle(x: area.x, y: area.y, width: area.width, height: 1),
                    with: context.glyphs.horizontal,
                    .dim)
            }
            if isFocused {
                canvas.restyle(Rectangle(x: area.x, y: area.y, width: area.width, height: 1)) {
                    $0 = Style(.accent)
                }
            }
            var content = area
            _ = content.takeTop(1)
            _ = content.takeLeft(hasSeparator ? 1 : 0)
            // A column of air on both sides, as long as there are columns to spare.
            if content.width >= 12 { content = content.inset(x: 1) }
            var note: SafeText?
            canvas.clipped(to: content) { canvas in
                note = canvas.drawContent(view, in: content, context)
            }
            PanelTitle(view: view, note: note, context: context, isFocused: isFocused)
                .draw(on: &canvas, x: area.x, y: area.y, width: area.width)
        }
    }

    /// - Returns: what the content says about itself in the title.
    private mutating func drawContent(
        _ view: PanelView, in area: Rectangle, _ context: DrawingContext
    ) -> SafeText? {
        var area = area
        switch view.health {
        case .error(let text):
            drawMessage(text, in: area, Style(.error))
            return nil
        case .noData where !view.content.showsAbsenceItself:
            drawMessage("no data", in: area, Style(.noData))
            return nil
        case .partial(let text) where area.height >= 3:
            let line = area.takeBottom(1)
            write(
                "! " + text, x: line.x, y: line.y, width: line.width, Style(.warning),
                ellipsis: context.glyphs.ellipsis)
        case .fresh, .stale, .noData, .partial: break
        }
        let note = drawKind(view.content, in: area, context)
        // What is old is dim, whatever its colours.
        if case .stale = view.health { add(.dim, in: area) }
        return note
    }

    private mutating func drawKind(
        _ content: PanelContent, in area: Rectangle, _ context: DrawingContext
    ) -> SafeText? {
        switch content {
        case .timeSeries(let view): TimeSeriesPanel(view: view, context: context).draw(on: &self, in: area)
        case .stat(let view): StatPanel(view: view, context: context).draw(on: &self, in: area)
        case .gauge(let view): GaugePanel(view: view, context: context).draw(on: &self, in: area)
        case .barGauge(let view): BarGaugePanel(view: view, context: context).draw(on: &self, in: area)
        case .table(let view): return TablePanel(view: view, context: context).draw(on: &self, in: area)
        case .text(let view): return TextPanel(lines: view.lines, context: context).draw(on: &self, in: area)
        case .stateTimeline(let view):
            return StateTimelinePanel(view: view, context: context).draw(on: &self, in: area)
        case .alertList(let view):
            return AlertListPanel(view: view, context: context).draw(on: &self, in: area)
        case .heatmap(let view): HeatmapPanel(view: view, context: context).draw(on: &self, in: area)
        case .pieChart(let view): PieChartPanel(view: view, context: context).draw(on: &self, in: area)
        case .histogram(let view): HistogramPanel(view: view, context: context).draw(on: &self, in: area)
        case .eventList(let view):
            return EventListPanel(view: view, context: context).draw(on: &self, in: area)
        case .row: break
        case .unsupported(let reason): drawMessage("not drawn: " + reason, in: area, .dim)
        }
        return nil
    }

    /// A text in place of content, broken at words, in the middle of the area's height.
    private mutating func drawMessage(_ text: SafeText, in area: Rectangle, _ style: Style) {
        let lines = wrapped(text, width: area.width).prefix(area.height)
        let top = area.y + (area.height - lines.count) / 2
        for (row, line) in lines.enumerated() {
            write(line, x: area.x, y: top + row, width: area.width, align: .center, style)
        }
    }

    /// `▾ Spark streaming`, without a rule since those of its panels follow; how many panels a closed row hides.
    private mutating func drawRowHeader(
        _ view: PanelView, _ isCollapsed: Bool, _ count: Int, _ area: Rectangle, _ isFocused: Bool,
        _ context: DrawingContext
    ) {
        let glyphs = context.glyphs
        var style: Style = isFocused ? .accent : .strong
        if isFocused && context.isMono { style.attributes.insert(.reverse) }
        var text = StyledText(isCollapsed ? glyphs.closed : glyphs.opened, style)
        text.append(
            " " + view.title.shortened(to: max(1, area.width - 4), ellipsis: glyphs.ellipsis), style)
        if isCollapsed { text.append(count == 1 ? "  1 panel" : "  \(count) panels", .dim) }
        text.append(" ")
        write(text, x: area.x, y: area.y)
        PanelTitle(
            view: PanelView(id: view.id, title: "", content: view.content, health: .fresh, alert: view.alert),
            note: nil, context: context, isFocused: false
        ).draw(on: &self, x: area.x + text.width, y: area.y, width: area.width - text.width)
    }

    /// A panel of one row: state, title, values.
    private mutating func drawPanelLine(
        _ view: PanelView, in area: Rectangle, hasSeparator: Bool, _ context: DrawingContext
    ) {
        var x = area.x + (hasSeparator ? 2 : 0)
        if let alert = view.alert, alert.state != .normal {
            put(alert.state.shape(context.glyphs), x: x, y: area.y, alert.state.style)
            x += 2
        }
        let summary = view.summary(context)
        let room = area.right - x
        let titleWidth = min(view.title.width, max(0, min(room - summary.width - 1, room)))
        if titleWidth >= 3 {
            let isFocused = context.focusedPanel == view.id
            x =
                write(
                    view.title, x: x, y: area.y, width: titleWidth, isFocused ? .accent : .dim,
                    ellipsis: context.glyphs.ellipsis
                ).upperBound + 1
        }
        write(summary, x: x, y: area.y)
    }
}

extension PanelContent {
    /// Whether the content itself shows where data is missing, so that no text has to stand in its place.
    fileprivate var showsAbsenceItself: Bool {
        switch self {
        case .text, .alertList, .eventList, .row, .unsupported, .stateTimeline, .timeSeries: true
        default: false
        }
    }
}
