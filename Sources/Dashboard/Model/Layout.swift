import DisplayText
import MetricModel

/// One drawn panel or row header: the definition's id, and which copy of it when it is repeated.
package struct PanelKey: Sendable, Hashable {
    /// The panel's id in the dashboard's file.
    package var id: Int
    /// Of a repeated row, counted from 0.
    package var rowCopy: Int
    /// Of a repeated panel, counted from 0.
    package var copy: Int

    package init(id: Int, rowCopy: Int = 0, copy: Int = 0) {
        self.id = id
        self.rowCopy = rowCopy
        self.copy = copy
    }
}

/// Where a panel or a row header stands, before anything is asked for its content.
package struct PanelPlacement: Sendable {
    package var key: PanelKey
    package var grid: GridPosition
    package var title: SafeText
    /// A header line; the panels of its row follow it unless it is collapsed.
    package var isRow: Bool
    package var isCollapsed: Bool
    /// Panels of the row, also while it is collapsed.
    package var panelCount: Int
    /// What the panel is drawn as, which decides the room that it needs.
    package var shape: PanelShape
}

/// The kinds of content, before there is any.
package enum PanelShape: Sendable, Hashable {
    case timeSeries, stat, gauge, barGauge, table, text, stateTimeline, alertList, heatmap, pieChart,
        histogram
    case eventList, row, unsupported
}

extension PanelKind {
    var shape: PanelShape {
        switch self {
        case .timeSeries, .barChart: .timeSeries
        case .stat: .stat
        case .gauge: .gauge
        case .barGauge: .barGauge
        case .table: .table
        case .text: .text
        case .stateTimeline: .stateTimeline
        case .alertList: .alertList
        case .heatmap: .heatmap
        case .pieChart: .pieChart
        case .histogram: .histogram
        case .eventList: .eventList
        case .unsupported: .unsupported
        }
    }
}

/// A panel with its place and its content.
package struct PlacedPanel: Sendable {
    package var key: PanelKey
    package var grid: GridPosition
    package var view: PanelView
}

/// Lays the panels of a dashboard out: repeats them, opens and closes rows, leaves out what conditions hide.
struct LayoutBuilder {
    /// Copies of one panel or row.
    static let copiesMax = 100
    /// Panels that are laid out, copies included.
    static let placedMax = 2000

    struct Placed: Sendable {
        var placement: PanelPlacement
        /// `nil` for a row header.
        var panel: PanelDefinition?
        /// Values of the variables that the panel or its row repeats by.
        var scoped: [String: VariableValue]
        var leftOut: [String] = []
    }

    let dashboard: Dashboard
    let scope: VariableScope
    /// Rows that were opened or closed on the screen.
    let collapsed: [PanelKey: Bool]

    func build() -> [Placed] {
        var result: [Placed] = []
        var y = 0
        for section in dashboard.sections {
            let header = section.header
            if let header, !isShown(header.conditions, [:]) { continue }
            let copies = copies(header?.repeated)
            for (index, scoped) in copies.enumerated() where result.count < Self.placedMax {
                place(section, rowCopy: index, scoped, isRepeated: copies.count > 1, &y, &result)
            }
        }
        return result
    }

    private func place(
        _ section: SectionDefinition, rowCopy: Int, _ scoped: [String: VariableValue], isRepeated: Bool,
        _ y: inout Int, _ result: inout [Placed]
    ) {
        let panels = section.panels.filter { isShown($0.conditions, scoped) }
        if let header = section.header {
            let key = PanelKey(id: header.id, rowCopy: rowCopy)
            let isCollapsed = collapsed[key] ?? header.isCollapsed
            if !header.isHidden {
                result.append(
                    Placed(
                        placement: PanelPlacement(
                            key: key, grid: GridPosition(x: 0, y: y, width: GridPosition.columns, height: 1),
                            title: title(header.title, scoped), isRow: true, isCollapsed: isCollapsed,
                            panelCount: panels.count, shape: .row),
                        panel: nil, scoped: scoped))
                y += 1
            }
            if isCollapsed { return }
        }
        let placed = expanded(panels, rowCopy: rowCopy, scoped)
        for var item in placed where result.count < Self.placedMax {
            item.placement.grid.y += y
            result.append(item)
        }
        y += placed.map { $0.placement.grid.y + $0.placement.grid.height }.max() ?? 0
    }

    /// The panels of a row with their copies, `y` from the row's first line.
    private func expanded(
        _ panels: [PanelDefinition], rowCopy: Int, _ scoped: [String: VariableValue]
    ) -> [Placed] {
        let sorted = panels.enumerated().sorted {
            ($0.element.grid.y, $0.element.grid.x, $0.offset) < (
                $1.element.grid.y, $1.element.grid.x, $1.offset
            )
        }.map(\.element)
        // Panels below a repeated one move down by what its copies add.
        var added: [(below: Int, lines: Int)] = []
        var result: [Placed] = []
        for panel in sorted {
            var grid = panel.grid
            for shift in added where panel.grid.y >= shift.below { grid.y += shift.lines }
            let copies = panel.repeated == nil ? [[:]] : copies(panel.repeated)
            let places = places(grid, copies.count, panel.repeated)
            for (index, (own, place)) in zip(copies, places).enumerated() {
                let values = scoped.merging(own) { $1 }
                result.append(
                    Placed(
                        placement: PanelPlacement(
                            key: PanelKey(id: panel.id, rowCopy: rowCopy, copy: index), grid: place,
                            title: title(panel.title, values), isRow: false, isCollapsed: false,
                            panelCount: 0,
                            shape: panel.kind.shape),
                        panel: panel, scoped: values))
            }
            let bottom = places.map { $0.y + $0.height }.max() ?? grid.y
            let lines = bottom - grid.y - grid.height
            if lines > 0 { added.append((below: panel.grid.y + panel.grid.height, lines: lines)) }
        }
        return result
    }

    private func places(_ grid: GridPosition, _ count: Int, _ wish: RepeatWish?) -> [GridPosition] {
        guard let wish, count > 0 else { return [grid] }
        if !wish.isHorizontal {
            return (0..<count).map { index in
                var place = grid
                place.y += index * grid.height
                return place
            }
        }
        // Side by side over the whole width, at most so many in a line.
        let perRow = max(1, min(count, wish.perRowMax ?? 4))
        let width = max(1, GridPosition.columns / perRow)
        return (0..<count).map { index in
            GridPosition(
                x: index % perRow * width, y: grid.y + index / perRow * grid.height, width: width,
                height: grid.height)
        }
    }

    /// One set of values for each copy; a single empty one for what is not repeated.
    private func copies(_ wish: RepeatWish?) -> [[String: VariableValue]] {
        guard let wish, let value = scope.values[wish.variable], !value.isOwnAll || value.values.count > 1
        else {
            return [[:]]
        }
        // A variable without values still shows its panel once, as Grafana does.
        guard !value.values.isEmpty else { return [[:]] }
        return value.values.prefix(Self.copiesMax).enumerated().map { index, single in
            let text = value.texts.count == value.values.count ? value.texts[index] : single
            return [wish.variable: VariableValue([single], texts: [text], isMulti: value.isMulti)]
        }
    }

    private func title(_ template: String, _ scoped: [String: VariableValue]) -> SafeText {
        var scope = scope
        scope.values.merge(scoped) { $1 }
        return SafeText(scope.replacing(template, standard: .text))
    }

    // MARK: Conditions

    private func isShown(_ conditions: [VisibilityCondition], _ scoped: [String: VariableValue]) -> Bool {
        conditions.allSatisfy { condition in
            let holds =
                condition.matchesAll
                ? condition.tests.allSatisfy { self.holds($0, scoped) }
                : condition.tests.contains { self.holds($0, scoped) }
            return holds != condition.hides
        }
    }

    private func holds(_ test: VisibilityCondition.Test, _ scoped: [String: VariableValue]) -> Bool {
        switch test {
        case .rangeAtMost(let span): return scope.range.length <= span
        case .variable(let name, let operation, let wanted):
            guard let value = scoped[name] ?? scope.values[name] else { return false }
            let candidates = value.values + value.texts
            switch operation {
            case "equals", "=": return candidates.contains(wanted)
            case "notEquals", "!=": return !candidates.contains(wanted)
            case "matches", "=~", "notMatches", "!~":
                guard let pattern = try? ScriptPattern(wanted) else { return false }
                let matches = candidates.contains { pattern.regex.firstMatch(in: $0) != nil }
                return matches == (operation == "matches" || operation == "=~")
            case "includes": return candidates.contains(wanted)
            default: return true
            }
        }
    }
}
