import Canvas
import Dashboard
import DisplayText
import MetricModel
import Panels
import Rules

extension Monitor {
    /// The screen as it is at `clock`.
    package func frame(width: Int, height: Int, clock: Timestamp) -> Canvas {
        var canvas = Canvas(width: width, height: height)
        guard width > 0, height > 0 else { return canvas }
        let now = time(clock: clock)
        let layout = ScreenLayout(
            width: width, height: height, hasScrubber: !cursor.isLive, hasPrompt: interface.prompt != nil)
        var drawing = DrawingContext(
            glyphs: settings.glyphs, isMono: settings.isMono, cursor: now,
            endLabel: cursor.isLive ? "now" : nil,
            focusedPanel: interface.focus[interface.page])
        drawing.firstRow = interface.firstRow
        let context = context(at: now)
        let topLine = topLine(now, clock, context.alerts)
        canvas.drawTopLine(topLine, in: layout.top, drawing)
        canvas.drawVerdict(
            verdict(context.alerts, now), in: layout.verdict, source: layout.top.isEmpty ? topLine : nil,
            drawing)
        drawBody(on: &canvas, in: layout.body, context, drawing, clock)
        if !layout.scrubber.isEmpty {
            canvas.drawScrubber(scrubber(now, clock), in: layout.scrubber, drawing)
        }
        if let prompt = interface.prompt {
            canvas.drawPrompt(promptModel(prompt), in: layout.bottom, drawing)
        } else {
            canvas.drawBottomLine(bottomLine(), in: layout.bottom, drawing)
        }
        return canvas
    }

    // MARK: - The lines around

    private func topLine(
        _ now: Timestamp, _ clock: Timestamp, _ alerts: [AlertInstance]
    ) -> TopLineModel {
        let newest = observatory.statistics.newest
        let planes = observatory.planes.planes.values
        // What arrives, not what is shown: while the screen stands still it must be seen that the feed goes on.
        let age: TimeSpan? = newest == .distantPast ? nil : max(.zero, clock - newest)
        let patience = planes.map(\.patience).max()
        var notices = notices
        if case .paused = cursor.mode, let trouble = linkTrouble {
            notices.append(.init(trouble, short: "no broker", isProblem: true))
        }
        if !interface.filter.isEmpty { notices.append(.init(SafeText("/\(interface.filter)"))) }
        return TopLineModel(
            tabs: tabs(alerts),
            currentTab: interface.page,
            filter: SafeText(planeFilter),
            range: SafeText((interface.range ?? dashboardRange(now)).description),
            source: sourceState(now, clock), cursor: now, zoneOffsetSeconds: zoneOffset(now),
            zoneName: SafeText(settings.zoneName(now)), age: cursor.isReplay ? nil : age,
            isLate: age.map { age in patience.map { age > $0 } ?? false } ?? false, notices: notices)
    }

    /// The dashboards, each with the worst state of the alerts that belong to one of its panels.
    private func tabs(_ alerts: [AlertInstance]) -> [TopLineModel.Tab] {
        var worst: [String: AlertState] = [:]
        for alert in alerts {
            guard let uid = alert.panel?.dashboardUID else { continue }
            if alert.state.severityRank > (worst[uid] ?? .normal).severityRank { worst[uid] = alert.state }
        }
        return pages.map { page in
            TopLineModel.Tab(
                title: SafeText(page.dashboard.title), worst: worst[page.dashboard.uid])
        }
    }

    /// Why nothing arrives, where the source's own word is not seen.
    private var linkTrouble: SafeText? {
        switch link {
        case .connecting(let reason, _), .impaired(let reason): SafeText(reason)
        case .live, .loading, .replay, .demonstration: nil
        }
    }

    private func dashboardRange(_ now: Timestamp) -> TimeSpan {
        interface.page < pages.count
            ? pages[interface.page].dashboard.range(at: now, offsetSeconds: zoneOffset(now)).length
            : .hours(1)
    }

    private var planeFilter: String {
        let chosen = settings.tenants + settings.planes
        return chosen.isEmpty ? "all planes" : chosen.joined(separator: "/")
    }

    private func sourceState(_ now: Timestamp, _ clock: Timestamp) -> SourceState {
        if let readShare { return .loading(readShare) }
        switch cursor.mode {
        case .paused(let at): return .paused(behind: max(.zero, clock - at))
        case .replay(let isPlaying, let speed):
            return hasEnded(clock: clock) ? .ended : .replay(speed: speed, isPlaying: isPlaying)
        case .live: break
        }
        switch link {
        case .live, .demonstration, .replay: return .live
        case .connecting(let reason, let retry):
            guard let retry, retry > clock else { return .connecting(SafeText(reason)) }
            let left = (retry - clock).milliseconds / 1000 + 1
            return .connecting(SafeText("\(reason), again in \(left)s"))
        case .impaired(let reason): return .failed(SafeText(reason))
        case .loading(let share): return .loading(share)
        }
    }

    private func verdict(_ alerts: [AlertInstance], _ now: Timestamp) -> VerdictModel {
        var counts: [AlertState: Int] = [:]
        for alert in alerts { counts[alert.state, default: 0] += 1 }
        // Planes of which nothing is known count by themselves: their alerts may all be quiet.
        // While history is read, planes are old and rules quiet because the reading is not done.
        let silent = isLoading ? 0 : observatory.silentPlaneCount(at: now)
        if silent > 0 { counts[.noData] = max(counts[.noData] ?? 0, silent) }
        // A rule that had nothing to look at is not well.
        if case .watched = coverage { counts[.normal] = observatory.rules.quietRuleCount(beside: alerts) }
        var worst: VerdictModel.Worst?
        if let first = alerts.min(by: AlertOrder.isWorse), first.state != .normal {
            let place = subject(of: first.labels)
            worst = VerdictModel.Worst(
                subject: SafeText(place.isEmpty ? first.name : place),
                since: first.firedAt ?? first.activeSince, state: first.state, course: first.course)
        }
        var note: SafeText?
        var shortNote: SafeText?
        if !observatory.hasData {
            note = "no data yet"
            // Why is the first question then; the top line is too short for the answer.
            if case .connecting(let reason, .some) = link {
                shortNote = note
                note = SafeText("no data yet: \(reason)")
            }
        } else if link == .demonstration {
            note = "demonstration, made-up data"
        }
        if let absence = coverage.absence {
            note = note.map { "\(absence), \($0)" } ?? absence
            shortNote = absence
        }
        return VerdictModel(counts: counts, worst: worst, note: note, shortNote: shortNote, cursor: now)
    }

    private func scrubber(_ now: Timestamp, _ clock: Timestamp) -> ScrubberModel {
        var from = now - .hours(1)
        var to = clock
        if case .replay(let start, let end) = link {
            (from, to) = (start, end)
        } else {
            from = min(from, clock - (interface.range ?? .hours(1)))
        }
        let transitions = observatory.history.transitions(after: from, through: to)
        return ScrubberModel(
            from: from, to: to, cursor: now, spans: StateSpans.worst(observatory.history, from: from, to: to),
            transitions: transitions.map { ($0.time, $0.to) }, zoneOffsetSeconds: zoneOffset(now))
    }

    private func promptModel(_ prompt: Interface.Prompt) -> PromptModel {
        let (label, hint): (SafeText, SafeText) =
            prompt.purpose == .filter
            ? ("filter", "words that rows must contain; Esc clears")
            : ("go to", "10:28, -15m, +1h, now, 2026-11-20T10:28:00Z")
        return PromptModel(
            label: label, text: SafeText(prompt.text), cursor: prompt.text.count, hint: hint,
            error: prompt.error.map { SafeText($0) })
    }

    private func bottomLine() -> BottomLineModel {
        func hints(_ pairs: [(SafeText, SafeText)]) -> [BottomLineModel.Hint] {
            pairs.map { BottomLineModel.Hint($0.0, $0.1) }
        }
        let (upDown, leftRight): (SafeText, SafeText) =
            settings.glyphs == .ascii ? ("jk", "hl") : ("↑↓", "←→")
        var model: BottomLineModel
        switch interface.overlay {
        case .alerts:
            model = BottomLineModel(
                hints: hints([("Enter", "detail"), ("/", "filter"), ("Esc", "back"), ("q", "quit")]))
        case .alertDetail: model = BottomLineModel(hints: hints([("Esc", "back"), (upDown, "scroll")]))
        case .variables: model = BottomLineModel(hints: hints([("Enter", "choose"), ("Esc", "back")]))
        case .help, .ranges: model = BottomLineModel(hints: hints([("Esc", "back")]))
        case nil where interface.zoomed != nil:
            model = BottomLineModel(
                hints: hints([
                    ("Esc", "back"), (leftRight, "read values"), ("+-", "range"), ("space", "pause"),
                    ("q", "quit"),
                ]))
        case nil where cursor.isReplay:
            model = BottomLineModel(
                hints: hints([
                    ("?", "help"), ("space", "play"), ("<>", "speed"), ("[]", "alert"), (",.", "step"),
                    ("g", "go to"),
                    ("a", "alerts"), ("Enter", "open"), ("q", "quit"),
                ]))
        case nil:
            model = BottomLineModel(
                hints: hints([
                    ("?", "help"), ("Tab", "dashboards"), ("Enter", "open"), ("a", "alerts"), ("/", "filter"),
                    ("v", "variables"), ("space", "pause"), ("[]", "alert"), ("q", "quit"),
                ]))
        }
        if let message = interface.message {
            model.message = SafeText(message.text)
            model.messageIsProblem = message.isProblem
        }
        return model
    }

    /// Says something in the bottom line until the next key.
    package func say(_ text: String, isProblem: Bool = false) {
        interface.message = (text, isProblem)
        changed()
    }

    // MARK: - The body

    private func drawBody(
        on canvas: inout Canvas, in area: Rectangle, _ context: DashboardContext, _ drawing: DrawingContext,
        _ clock: Timestamp
    ) {
        lastBodyHeight = area.height
        switch interface.overlay {
        case .alerts(let selected):
            drawAlerts(on: &canvas, in: area, context, selected, drawing)
            return
        case .alertDetail(let key, let row, let selected):
            drawAlertDetail(on: &canvas, in: area, context, key, row, selected, drawing)
            return
        default: break
        }
        if interface.page < pages.count { drawPage(on: &canvas, in: area, context, drawing) }
        switch interface.overlay {
        case .help(let row): _ = canvas.drawHelp(Self.help(firstRow: row), in: area, drawing)
        case .ranges(let selected):
            let items = Interface.ranges.map { PickerModel.Item(SafeText("last \($0)")) }
            canvas.drawPicker(
                PickerModel(title: "Time range", items: items, selected: selected), in: area, drawing)
        case .variables(let choice): drawVariables(on: &canvas, in: area, choice, context, drawing)
        default: break
        }
    }

    private func drawPage(
        on canvas: inout Canvas, in area: Rectangle, _ context: DashboardContext, _ drawing: DrawingContext
    ) {
        let page = interface.page
        let placements = pages[page].layout(context)
        lastPlacements = placements
        if let zoomed = interface.zoomed, zoomed < placements.count {
            drawZoomed(zoomed, on: &canvas, in: area, context, drawing)
            return
        }
        let items = placements.indices.map {
            LayoutItem(id: $0, grid: placements[$0].grid, shape: placements[$0].shape)
        }
        let layout = DashboardLayout(
            items, width: area.width, height: area.height, focused: interface.focus[page])
        lastLayout = layout
        let offset = min(interface.scroll[page] ?? 0, max(0, layout.height - area.height))
        interface.scroll[page] = offset
        var views: [Int: PanelView] = [:]
        // Only what is in sight is asked for.
        for placement in layout.placements
        where placement.area.y < offset + area.height && placement.area.y + placement.area.height > offset {
            let size = PanelSize(
                columns: max(1, placement.area.width - 2), rows: max(1, placement.area.height - 1))
            guard var view = pages[page].view(of: placements[placement.id].key, size: size, context) else {
                continue
            }
            view.id = placement.id
            view.narrow(to: interface.filter)
            view.spellShapes(settings.glyphs)
            views[placement.id] = view
        }
        canvas.drawDashboard(views, layout, in: area, offset: offset, drawing)
    }

    private func drawZoomed(
        _ index: Int, on canvas: inout Canvas, in area: Rectangle, _ context: DashboardContext,
        _ drawing: DrawingContext
    ) {
        let size = PanelSize(columns: max(1, area.width - 2), rows: max(1, area.height - 1))
        guard var view = pages[interface.page].view(of: lastPlacements[index].key, size: size, context) else {
            return
        }
        view.id = index
        view.narrow(to: interface.filter)
        var drawing = drawing
        drawing.focusedPanel = index
        if let steps = interface.valueSteps, case .timeSeries(let series) = view.content, series.count > 0 {
            let newest = series.newestStep(at: drawing.cursor)
            let back = min(steps, newest)
            interface.valueSteps = back
            drawing.valueCursor =
                series.start + TimeSpan(milliseconds: series.step.milliseconds * Int64(newest - back))
        }
        canvas.drawPanel(view, in: area, drawing)
    }

    private func drawAlerts(
        on canvas: inout Canvas, in area: Rectangle, _ context: DashboardContext, _ selected: Int,
        _ drawing: DrawingContext
    ) {
        let listing = AlertListing(context.alerts, filter: interface.filter)
        let count = listing.entries.count
        let model = AlertBrowserModel(
            groups: listing.groups.map {
                AlertBrowserModel.Group(title: SafeText($0.title), items: $0.entries.map(\.item))
            },
            selected: count == 0 ? nil : min(selected, count - 1), filter: SafeText(interface.filter),
            coverage: context.coverage, cursor: drawing.cursor)
        canvas.drawAlertBrowser(model, in: area, drawing)
    }

    private func drawAlertDetail(
        on canvas: inout Canvas, in area: Rectangle, _ context: DashboardContext,
        _ key: Interface.AlertKey,
        _ row: Int,
        _ selected: Int, _ drawing: DrawingContext
    ) {
        guard let alert = context.alerts.first(where: { $0.name == key.name && $0.labels == key.labels })
        else {
            drawAlerts(on: &canvas, in: area, context, selected, drawing)
            return
        }
        let rule = observatory.rules.ruleStatuses.first { $0.rule.name == alert.name && $0.rule.isAlerting }
        let runbook = alert.annotations["runbook"] ?? alert.annotations["runbook_url"] ?? ""
        let shown = alert.annotations.filter {
            !$0.key.hasPrefix("__") && $0.key != "runbook" && $0.key != "summary" && $0.key != "value"
        }
        let history = observatory.history.entries.filter {
            $0.instance.labels == alert.labels && $0.transition.time <= drawing.cursor
        }
        let model = AlertDetailModel(
            name: SafeText(alert.name), state: alert.state,
            severity: SafeText(AlertWords.severity(of: alert)),
            value: SafeText(AlertWords.value(of: alert)), activeSince: alert.activeSince,
            firedAt: alert.firedAt, course: alert.course,
            before: alert.course.map { course in
                let then = observatory.rules.alert(
                    alert, at: course.since, value: course.before, in: observatory.store)
                return (SafeText(AlertWords.value(of: then)), course.since)
            },
            reason: alert.reason.map { SafeText($0) }, summary: SafeText(alert.annotations["summary"] ?? ""),
            labels: alert.labels.labels.map { (SafeText($0.name), SafeText($0.value)) },
            annotations: shown.sorted { $0.key < $1.key }.map { (SafeText($0.key), SafeText($0.value)) },
            expression: rule.map {
                SafeText(
                    $0.rule.expressionText.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(
                        separator: " "))
            },
            runbook: runbook.split(separator: "\n", omittingEmptySubsequences: false).map {
                $0.isEmpty ? .blank : .paragraph(SafeText(String($0)))
            },
            history: history.map { ($0.transition.time, $0.transition.to) }, cursor: drawing.cursor,
            zoneOffsetSeconds: zoneOffset(drawing.cursor), firstRow: row)
        _ = canvas.drawAlertDetail(model, in: area, drawing)
    }

    private func drawVariables(
        on canvas: inout Canvas, in area: Rectangle, _ choice: Interface.VariableChoice,
        _ context: DashboardContext,
        _ drawing: DrawingContext
    ) {
        let variables = pages[interface.page].variables(context).filter(\.isShown)
        guard !variables.isEmpty else { return }
        let selected = min(choice.variable, variables.count - 1)
        let options = VariableOptions(variables[selected], filter: choice.filter)
        let items = options.shown.map { option in
            PickerModel.Item(SafeText(option?.text ?? "All"), isChecked: options.isChosen(option))
        }
        let model = VariablePickerModel(
            variables: variables.map { ($0.label, $0.text) }, selectedVariable: selected, options: items,
            selectedOption: min(choice.option, max(0, items.count - 1)), isChoosing: choice.isChoosing,
            filter: SafeText(choice.filter))
        canvas.drawVariablePicker(model, in: area, drawing)
    }

    private static func help(firstRow: Int) -> HelpModel {
        HelpModel(
            sections: [
                HelpModel.Section(
                    title: "Look",
                    entries: [
                        ("1-9  Tab", "dashboards"),
                        ("arrows hjkl", "focus; in a zoomed panel: scroll, read values"),
                        ("Enter", "zoom a panel, open a row, the alerts"), ("Esc", "back"),
                        ("PgUp PgDn", "scroll"),
                        ("a", "alerts: Enter shows labels, history and runbook"),
                        ("/", "filter rows by words"),
                        ("v", "variables: tenant, plane, DAG, query"), ("T", "next theme"),
                    ]),
                HelpModel.Section(
                    title: "Time",
                    entries: [
                        ("t  + -", "range"), ("space", "pause; data goes on arriving"),
                        (", .", "one step back, forward"),
                        ("[ ]", "previous, next change of an alert"), ("g", "go to a time"),
                        ("< >", "speed of a replay"),
                        ("0  L", "back to live"),
                    ]),
                HelpModel.Section(
                    title: "Do",
                    entries: [
                        ("R", "record what arrives into a file, or end that"),
                        ("S", "write this screen to a file"),
                        ("r", "try the broker now"),
                        ("^L", "draw anew"), ("?", "this help"), ("q", "quit"),
                    ]),
            ], firstRow: firstRow)
    }
}

extension PanelView {
    /// Dashboards write the shapes of states into their value mappings; a terminal without them gets those that it has.
    mutating func spellShapes(_ glyphs: GlyphSet) {
        guard glyphs != .braille, case .table(var table) = content else { return }
        var spelling: [Character: Character] = [:]
        for state in AlertState.allCases { spelling[state.shape(.braille)] = state.shape(glyphs) }
        for row in table.rows.indices {
            for column in table.rows[row].indices {
                let text = table.rows[row][column].text.string
                guard let first = text.first, let shape = spelling[first] else { continue }
                table.rows[row][column].text = SafeText("\(shape)\(text.dropFirst())")
            }
        }
        content = .table(table)
    }

    /// Leaves only the rows and items that hold all words of `filter`.
    mutating func narrow(to filter: String) {
        let words = filter.lowercased().split(separator: " ")
        if words.isEmpty { return }
        func holds(_ text: String) -> Bool {
            let text = text.lowercased()
            return words.allSatisfy { text.contains($0) }
        }
        switch content {
        case .table(var table):
            table.rows = table.rows.filter { row in holds(row.map(\.text.string).joined(separator: " ")) }
            content = .table(table)
        case .alertList(var list):
            list.items = list.items.filter { holds("\($0.name) \($0.subject) \($0.severity) \($0.summary)") }
            content = .alertList(list)
        case .eventList(var list):
            list.items = list.items.filter { holds("\($0.subject) \($0.text)") }
            content = .eventList(list)
        default: break
        }
    }
}
