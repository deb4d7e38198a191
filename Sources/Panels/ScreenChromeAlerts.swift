import Canvas
import Dashboard
import DisplayText
import MetricModel
import Rules

/// All alerts, in groups, worst first.
package struct AlertBrowserModel: Sendable {
    package struct Group: Sendable {
        /// `acme/prod-eu`, or the rule group.
        package var title: SafeText
        package var items: [AlertListView.Item]

        package init(title: SafeText, items: [AlertListView.Item]) {
            self.title = title
            self.items = items
        }
    }

    package var groups: [Group]
    /// Counted over the items of all groups; `nil` when there are none.
    package var selected: Int?
    package var filter: SafeText
    /// What it says when there is no alert.
    package var coverage: RuleCoverage
    package var cursor: Timestamp

    package init(
        groups: [Group], selected: Int?, filter: SafeText = "", coverage: RuleCoverage, cursor: Timestamp
    ) {
        self.groups = groups
        self.selected = selected
        self.filter = filter
        self.coverage = coverage
        self.cursor = cursor
    }
}

extension Canvas {
    /// Draws the alerts in place of the dashboard.
    package mutating func drawAlertBrowser(
        _ model: AlertBrowserModel, in area: Rectangle, _ context: DrawingContext
    ) {
        clipped(to: area) { $0.drawAlertGroups(model, in: area, context) }
    }

    private mutating func drawAlertGroups(
        _ model: AlertBrowserModel, in area: Rectangle, _ context: DrawingContext
    ) {
        if area.isEmpty { return }
        let glyphs = context.glyphs
        let items = model.groups.flatMap(\.items)
        if items.isEmpty {
            var text: SafeText = "no alerts: nothing is pending or firing"
            var state = AlertState.normal
            if let doubt = model.coverage.doubt {
                (text, state) = (doubt, .noData)
            } else if model.filter.width > 0 {
                text = "no alert matches \(model.filter)"
            }
            write("\(state.shape(glyphs)) ", x: area.x + 1, y: area.y, state.style)
            write(
                text, x: area.x + 3, y: area.y, width: area.width - 3,
                state == .normal ? .dim : state.style, ellipsis: glyphs.ellipsis)
            return
        }
        enum Row {
            case title(SafeText, Int)
            case item(Int)
        }
        var rows: [Row] = []
        var index = 0
        var selectedRow: Int?
        for group in model.groups {
            rows.append(.title(group.title, group.items.count))
            for _ in group.items {
                if index == model.selected { selectedRow = rows.count }
                rows.append(.item(index))
                index += 1
            }
        }
        let inset = area.width >= 20 ? area.inset(x: 1) : area
        let columns = AlertColumns(items: items, cursor: model.cursor, width: inset.width)
        let window = ListWindow(count: rows.count, room: area.height, first: 0, selected: selectedRow)
        for (line, row) in rows[window.range].enumerated() {
            let place = Rectangle(x: inset.x, y: area.y + line, width: inset.width, height: 1)
            switch row {
            case .title(let title, let count):
                fill(
                    Rectangle(x: area.x, y: place.y, width: area.width, height: 1), with: glyphs.horizontal,
                    .dim)
                let shown = title.shortened(to: max(1, inset.width - 8), ellipsis: glyphs.ellipsis)
                let end = write(" " + shown + " ", x: inset.x, y: place.y, .strong)
                write("\(count) ", x: end, y: place.y, .dim)
            case .item(let item):
                columns.draw(items[item], on: &self, place, model.cursor, glyphs)
                if item == model.selected { select(place) }
            }
        }
    }
}
