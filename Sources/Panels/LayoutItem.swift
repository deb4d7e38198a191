import Dashboard

/// A panel's place in Grafana's grid of 24 columns, and the least that it needs to be of use.
package struct LayoutItem: Sendable, Hashable {
    package var id: Int
    /// Grid units, as `gridPos` has them.
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int
    /// A row header: always one line, over the whole width.
    package var isRow: Bool
    /// Cells, the title's row included.
    package var minimumWidth: Int
    package var minimumHeight: Int
    /// How much it gains from more rows than it needs, against a chart's 1.
    package var stretch: Double

    package init(
        id: Int, x: Int, y: Int, width: Int, height: Int, isRow: Bool = false, minimumWidth: Int = 20,
        minimumHeight: Int = 3, stretch: Double = 1
    ) {
        self.id = id
        self.x = min(max(0, x), Self.columns - 1)
        self.y = min(max(0, y), Self.rowMax)
        self.width = min(max(1, width), Self.columns - self.x)
        self.height = min(max(1, height), Self.heightMax)
        self.isRow = isRow
        self.minimumWidth = minimumWidth
        self.minimumHeight = minimumHeight
        self.stretch = stretch
    }

    /// With the minima that suit `content`.
    package init(
        id: Int, x: Int, y: Int, width: Int, height: Int, content: PanelContent
    ) {
        let needs = content.needs
        self.init(
            id: id, x: x, y: y, width: width, height: height, isRow: needs.isRow, minimumWidth: needs.width,
            minimumHeight: needs.height, stretch: needs.stretch)
    }

    /// With the minima that suit a kind of content that is not there yet.
    package init(id: Int, grid: GridPosition, shape: PanelShape) {
        let (width, height, stretch): (Int, Int, Double) =
            switch shape {
            case .timeSeries, .heatmap: (26, 6, 1)
            case .stat, .gauge: (12, 2, 0.3)
            case .barGauge, .pieChart: (20, 3, 0.6)
            case .table: (30, 4, 1)
            case .text, .unsupported: (16, 2, 0.3)
            case .stateTimeline: (30, 4, 0.8)
            case .alertList, .eventList: (36, 3, 1)
            case .histogram: (20, 5, 0.8)
            case .row: (1, 1, 0)
            }
        self.init(
            id: id, x: grid.x, y: grid.y, width: grid.width, height: grid.height, isRow: shape == .row,
            minimumWidth: width, minimumHeight: height, stretch: stretch)
    }

    /// Columns of the grid.
    package static let columns = 24
    /// Grid rows beyond this are taken as this: a dashboard may ask for any number.
    static let rowMax = 100_000
    static let heightMax = 1000
}

extension PanelContent {
    /// Cells below which a panel of this kind does not tell anything, its title's row included.
    fileprivate var needs: (width: Int, height: Int, stretch: Double, isRow: Bool) {
        switch self {
        case .timeSeries: (26, 6, 1, false)
        case .stat(let view): (max(9, min(24, view.values.count * 4)), 2, 0.4, false)
        case .gauge: (12, 3, 0.4, false)
        case .barGauge(let view): (20, min(8, 1 + view.values.count), 0.6, false)
        case .table: (30, 4, 1, false)
        case .text: (16, 2, 0.3, false)
        case .stateTimeline: (30, 4, 0.8, false)
        case .alertList(let view): view.showsCountOnly ? (9, 2, 0.4, false) : (36, 4, 1, false)
        case .heatmap: (26, 5, 1, false)
        case .pieChart: (20, 4, 0.6, false)
        case .histogram: (20, 5, 0.8, false)
        case .eventList: (36, 3, 1, false)
        case .row: (1, 1, 0, true)
        case .unsupported: (16, 2, 0.3, false)
        }
    }
}
