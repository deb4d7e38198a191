import DisplayText
import MetricModel
import PromQL
import Rules

/// A dashboard on the screen: its definition, what was chosen of its variables, its open rows, and its answers.
///
/// A plain value that its owner asks from one place; answers are kept while their series have not changed, so asking
/// again for what did not change costs next to nothing.
package struct DashboardModel {
    package let dashboard: Dashboard
    private var chosen: [String: [String]] = [:]
    private var collapsed: [PanelKey: Bool] = [:]
    private var runner = QueryRunner()
    private var resolved: Resolved?
    private var laidOut: LaidOut?

    /// Variables with their options and values, and what they were found for.
    private struct Resolved {
        struct Key: Equatable {
            var range: TimeRange
            var series: UInt64
            var chosen: [String: [String]]
            var offsetSeconds: Int
        }
        var key: Key
        var resolver: VariableResolver
    }

    private struct LaidOut {
        struct Key: Equatable {
            var values: [String: VariableValue]
            var collapsed: [PanelKey: Bool]
            var length: TimeSpan
        }
        var key: Key
        var placed: [LayoutBuilder.Placed]
        var byKey: [PanelKey: Int]
    }

    package init(_ dashboard: Dashboard) { self.dashboard = dashboard }

    /// Queries that were evaluated rather than answered from memory.
    package var evaluationCount: Int { runner.evaluationCount }

    // MARK: What the screen changes

    /// Chooses values of a variable; `nil` goes back to the dashboard's own choice.
    ///
    /// - Parameter values: options' values, or any text; `$__all` for all.
    package mutating func choose(_ values: [String]?, for variable: String) { chosen[variable] = values }

    /// Opens or closes a row.
    package mutating func setCollapsed(_ isCollapsed: Bool, row: PanelKey) { collapsed[row] = isCollapsed }

    // MARK: What the screen asks

    /// The range that the panels show at the context's cursor.
    package func range(_ context: DashboardContext) -> TimeRange {
        let range =
            context.range
            ?? dashboard.range(at: context.cursor, offsetSeconds: zone(context).offsetSeconds)
        return range.withinCalendars
    }

    /// Seconds east of UTC of the dashboard's zone at the cursor.
    package func zoneOffsetSeconds(_ context: DashboardContext) -> Int { zone(context).offsetSeconds }

    /// The variables in the file's order, hidden ones too.
    package mutating func variables(_ context: DashboardContext) -> [VariableState] {
        let states = resolver(context).states
        return dashboard.variables.compactMap { states[$0.name] }
    }

    /// Every panel and row header that is to be drawn, with its place; asks no query but those of variables.
    package mutating func layout(_ context: DashboardContext) -> [PanelPlacement] {
        placed(context).map(\.placement)
    }

    /// One panel or row header at the cursor; `nil` when the layout has no such panel.
    ///
    /// - Parameter size: of the panel's inside; graphs ask for two points a column.
    package mutating func view(
        of key: PanelKey, size: PanelSize, _ context: DashboardContext
    ) -> PanelView? {
        let all = placed(context)
        guard let index = laidOut?.byKey[key] else { return nil }
        return view(all[index], size, context)
    }

    /// All panels of the layout.
    ///
    /// - Parameter size: the cells of a panel's inside by its place in the grid.
    package mutating func views(
        _ context: DashboardContext, size: (GridPosition) -> PanelSize
    ) -> [PlacedPanel] {
        placed(context).map { item in
            PlacedPanel(
                key: item.placement.key, grid: item.placement.grid,
                view: view(item, size(item.placement.grid), context))
        }
    }

    // MARK: Variables and layout

    private func zone(_ context: DashboardContext) -> ZoneClock {
        let offset =
            dashboard.timeZone == "utc"
            ? 0
            : context.zoneOffset(dashboard.timeZone, context.cursor)
                ?? context.zoneOffset(nil, context.cursor) ?? 0
        return ZoneClock(offsetSeconds: offset, now: context.cursor)
    }

    private mutating func resolver(_ context: DashboardContext) -> VariableResolver {
        let zone = zone(context)
        // Whole minutes: options need not be asked for again with every second that the cursor moves.
        var range = range(context)
        let minute: Int64 = 60_000
        if range.length.milliseconds > 10 * minute {
            range.from = Timestamp(milliseconds: range.from.milliseconds / minute * minute)
            range.to = Timestamp(milliseconds: (range.to.milliseconds + minute - 1) / minute * minute)
        }
        let key = Resolved.Key(
            range: range, series: context.source.changeCount([]), chosen: chosen,
            offsetSeconds: zone.offsetSeconds)
        if let known = resolved, known.key == key { return known.resolver }
        let resolver = VariableResolver(
            dashboard.variables, chosen: chosen, range: range, zone: zone, context)
        resolved = Resolved(key: key, resolver: resolver)
        return resolver
    }

    private mutating func scope(_ context: DashboardContext) -> VariableScope {
        var scope = resolver(context).scope
        scope.range = range(context)
        scope.zone = zone(context)
        scope.dashboardTitle = dashboard.title
        scope.dashboardUID = dashboard.uid
        return scope
    }

    private mutating func placed(_ context: DashboardContext) -> [LayoutBuilder.Placed] {
        let scope = scope(context)
        let key = LaidOut.Key(values: scope.values, collapsed: collapsed, length: scope.range.length)
        if let known = laidOut, known.key == key { return known.placed }
        let placed = LayoutBuilder(dashboard: dashboard, scope: scope, collapsed: collapsed).build()
        let byKey = Dictionary(
            placed.enumerated().map { ($1.placement.key, $0) }, uniquingKeysWith: { first, _ in first })
        laidOut = LaidOut(key: key, placed: placed, byKey: byKey)
        return placed
    }

    // MARK: Panels

    private mutating func view(
        _ item: LayoutBuilder.Placed, _ size: PanelSize, _ context: DashboardContext
    ) -> PanelView {
        guard let panel = item.panel else {
            return PanelView(
                id: item.placement.key.id, title: item.placement.title,
                content: .row(isCollapsed: item.placement.isCollapsed, panelCount: item.placement.panelCount))
        }
        var scope = scope(context)
        scope.values.merge(item.scoped) { $1 }
        var view = PanelView(
            id: panel.id, title: item.placement.title, content: .unsupported(""),
            alert: PanelAlerts.worst(of: panel.id, dashboard.uid, context),
            notHonoured: panel.notices.map { SafeText($0.line) },
            description: panel.description.map { SafeText(scope.replacing($0, standard: .text)) })
        switch panel.kind {
        case .unsupported(let reason): view.content = .unsupported(SafeText(reason))
        case .text(let options): view.content = .text(TextBuilder.build(options, scope: scope))
        case .alertList(let options):
            finish(AlertListBuilder.build(options, dashboard: dashboard, scope: scope, context), &view)
        case .eventList(let countMax):
            let range = scope.range
            let changes = context.changes(range.from, range.to, countMax)
            view.content = .eventList(
                EventListView(items: changes, zoneOffsetSeconds: scope.zone.offsetSeconds))
        default: drawData(panel, item.placement.key, size, scope, context, &view)
        }
        return view
    }

    private func finish(_ built: BuiltPanel, _ view: inout PanelView) {
        view.content = built.content
        view.notHonoured += built.notes.map { SafeText($0) }
    }

    private mutating func drawData(
        _ panel: PanelDefinition, _ key: PanelKey, _ size: PanelSize, _ scope: VariableScope,
        _ context: DashboardContext, _ view: inout PanelView
    ) {
        let range = PanelRange.range(of: panel, in: scope.range, zone: scope.zone)
        var scope = scope
        scope.range = range
        var data = PanelData()
        let window = ChartWindow(of: panel, key)
        collect(panel, panel.targets, slot: "\(key)", range, size, scope, window, context, depth: 0, &data)
        let transform = TransformContext(scope: scope, zone: scope.zone)
        let frames = Transformations.apply(panel.transformations, to: data.frames, transform)
        let styling = FieldStyling(
            defaults: panel.defaults, overrides: panel.overrides, standardScheme: panel.kind.standardScheme,
            scaleFromData: panel.kind.scalesFromData, zone: scope.zone, scope: scope)
        let input = PanelInput(
            panel: panel, frames: frames, styled: styling.style(frames),
            grid: data.grid
                ?? TimeGrid(
                    range: range,
                    step: StepChoice(range: range.length, wish: wish(panel, nil, size, scope, context)).step),
            range: range, zone: scope.zone, scope: scope, size: size,
            marks: panel.kind.showsMarks ? marks(panel, range, size, scope, context) : [],
            cursor: context.cursor)
        let built = panel.kind.build(input)
        finish(built, &view)
        view.notHonoured += data.notes.map { SafeText($0) }
        view.health = PanelHealthCheck.health(data, built, range, context)
    }

    /// Asks the queries of a panel; those that take another panel's answers ask that panel's.
    private mutating func collect(
        _ panel: PanelDefinition, _ targets: [TargetDefinition], slot: String, _ range: TimeRange,
        _ size: PanelSize, _ scope: VariableScope, _ window: ChartWindow, _ context: DashboardContext,
        depth: Int, _ data: inout PanelData
    ) {
        var tables: [String] = []
        for target in targets where target.format == .table && !target.isHidden {
            tables.append(target.refID)
        }
        for target in targets where !target.isHidden {
            switch target.source {
            case .other(let kind): data.notes.append("query \(target.refID): not this data source: \(kind)")
            case .panel(let id, let withTransformations):
                // A panel that asks itself, by whatever way, gets nothing.
                guard depth < 3, let other = dashboard.panels.first(where: { $0.id == id }),
                    other.id != panel.id
                else {
                    data.problems.append((target.refID, "there is no panel \(id) to take data from"))
                    data.asked += 1
                    continue
                }
                var inner = PanelData()
                collect(
                    other, other.targets, slot: "\(slot) \(id)", range, size, scope,
                    ChartWindow(of: other, PanelKey(id: id)), context, depth: depth + 1, &inner)
                if withTransformations {
                    inner.frames = Transformations.apply(
                        other.transformations, to: inner.frames,
                        TransformContext(scope: scope, zone: scope.zone))
                }
                data.add(inner)
            case .prometheus:
                guard !target.expression.isEmpty else { continue }
                let answer = runner.answer(
                    QueryRunner.Question(
                        target: target, slot: "\(slot) \(target.refID)", range: range,
                        wish: wish(panel, target, size, scope, context), scope: scope,
                        matchers: resolver(context).matchers, wantsNewest: panel.kind.wantsNewest,
                        window: window),
                    context)
                data.add(answer, target, isOneOfManyTables: tables.count > 1)
            }
        }
    }

    private func wish(
        _ panel: PanelDefinition, _ target: TargetDefinition?, _ size: PanelSize, _ scope: VariableScope,
        _ context: DashboardContext
    ) -> StepChoice.Wish {
        let dots = max(10, size.columns * 2)
        let interval = target?.interval ?? panel.interval
        return StepChoice.Wish(
            points: min(panel.maxDataPoints ?? dots, dots),
            minimum: interval.flatMap { IntervalText.parse(scope.replacing($0, standard: .text)) },
            factor: target?.intervalFactor ?? 1, oldStep: target?.oldStep, cadence: context.cadence)
    }

    // MARK: Marks

    private mutating func marks(
        _ panel: PanelDefinition, _ range: TimeRange, _ size: PanelSize, _ scope: VariableScope,
        _ context: DashboardContext
    ) -> [TimeSeriesView.Mark] {
        var marks: [TimeSeriesView.Mark] = []
        if dashboard.showsAlertMarks {
            marks += PanelAlerts.marks(of: panel.id, dashboard.uid, range, context)
        }
        for (index, annotation) in dashboard.annotations.enumerated() {
            let target = TargetDefinition(
                refID: "annotation", source: .prometheus, expression: annotation.expression, legend: "",
                isInstant: false, isRange: true, format: .timeSeries, interval: annotation.step, oldStep: nil,
                intervalFactor: 1, isHidden: false, path: "annotations")
            // The same for all panels of the same range: asked once for each.
            let answer = runner.answer(
                QueryRunner.Question(
                    target: target, slot: "annotation \(index) \(range.length)", range: range,
                    wish: StepChoice.Wish(
                        points: max(10, size.columns * 2),
                        minimum: annotation.step.flatMap { IntervalText.parse($0) } ?? .minutes(1),
                        cadence: context.cadence),
                    scope: scope, matchers: resolver(context).matchers, wantsNewest: false), context)
            marks += AnnotationMarks.marks(annotation, answer.frames, scope).filter {
                $0.time >= range.from && $0.time <= range.to
            }
        }
        return marks.sorted { $0.time < $1.time }
    }
}
