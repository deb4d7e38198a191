import Canvas
import DisplayText

/// Where the panels of a dashboard stand, for one size of the area below the verdict line.
///
/// Rows count from the top of the dashboard, not of the screen: what does not fit is scrolled to.
package struct DashboardLayout: Sendable, Equatable {
    package struct Placement: Sendable, Equatable {
        package var id: Int
        /// The title's row and, when `hasSeparator`, the column of the line on the left included.
        package var area: Rectangle
        /// Another panel stands to the left, from which a line in the first column separates.
        package var hasSeparator: Bool
    }

    /// Top to bottom, left to right.
    package private(set) var placements: [Placement]
    /// Rows that the dashboard takes, at least those of its area.
    package private(set) var height: Int
    /// Only one panel is drawn, since there is no room for several: which one of how many.
    private var singlePanel: SinglePanel?

    private struct SinglePanel: Sendable, Equatable {
        var index: Int
        var count: Int
        var ids: [Int]
    }

    /// Only one panel is drawn, since there is no room for several.
    package var isSinglePanel: Bool { singlePanel != nil }

    /// Below these, one panel at a time takes the whole area.
    package static let gridWidthMin = 40
    package static let gridHeightMin = 19

    /// Lays `items` out in an area of `width` × `height` cells.
    ///
    /// One grid row is one text row; a panel that needs more gets more; rows that are left over are shared out. Panels too
    /// narrow to be of use are put below each other. Grid rows that no panel covers vanish, so leaving out the panels of a
    /// collapsed row closes the hole.
    /// - Parameter focused: the panel to show when only one fits; the first otherwise.
    package init(_ items: [LayoutItem], width: Int, height: Int, focused: Int? = nil) {
        placements = []
        self.height = max(0, height)
        guard width > 0, height > 0, !items.isEmpty else { return }
        let ordered = items.enumerated().sorted {
            ($0.element.y, $0.element.x, $0.offset) < ($1.element.y, $1.element.x, $1.offset)
        }.map(\.element)
        if width < Self.gridWidthMin || height < Self.gridHeightMin {
            let panels = ordered.filter { !$0.isRow }
            let ids = (panels.isEmpty ? ordered : panels).map(\.id)
            let index = ids.firstIndex { $0 == focused } ?? 0
            let area = Rectangle(x: 0, y: 0, width: width, height: height)
            placements = [Placement(id: ids[index], area: area, hasSeparator: false)]
            singlePanel = SinglePanel(index: index, count: ids.count, ids: ids)
            return
        }
        let cells = placedInCells(compacted(ordered), width: width)
        let rows = rowPositions(cells, height: height)
        placements = cells.map { cell in
            let top = rows[cell.y]
            let area = Rectangle(
                x: cell.columns.lowerBound, y: top, width: cell.columns.count,
                height: cell.item.isRow ? 1 : rows[cell.y + cell.height] - top)
            return Placement(id: cell.item.id, area: area, hasSeparator: cell.columns.lowerBound > 0)
        }
        self.height = max(self.height, rows.last ?? 0)
    }

    /// The least scroll offset at which panel `id` is seen whole, or its top when it is taller than `viewHeight`.
    package func offset(showing id: Int, from offset: Int, viewHeight: Int) -> Int {
        let last = max(0, height - viewHeight)
        guard let area = placements.first(where: { $0.id == id })?.area else {
            return min(max(0, offset), last)
        }
        let highest = min(area.y, max(0, area.bottom - viewHeight))
        return min(max(highest, min(offset, area.y)), max(last, 0))
    }

    /// What else there is to see: `2 of 9` where one panel is drawn at a time, `12 rows below` where not all fit.
    package func position(offset: Int, viewHeight: Int) -> SafeText {
        if let shown = singlePanel { return "panel \(shown.index + 1) of \(shown.count)" }
        let below = height - offset - viewHeight
        if below > 0 { return below == 1 ? "1 row below" : "\(below) rows below" }
        return offset > 0 ? (offset == 1 ? "1 row above" : "\(offset) rows above") : ""
    }

    /// The panel that is reached from `id` by going one step in a direction; `nil` at the edge.
    package func neighbour(of id: Int, dx: Int, dy: Int) -> Int? {
        if let singlePanel {
            let next = singlePanel.index + (dx > 0 || dy > 0 ? 1 : -1)
            return singlePanel.ids.indices.contains(next) ? singlePanel.ids[next] : nil
        }
        guard let from = placements.first(where: { $0.id == id })?.area else { return placements.first?.id }
        let candidates = placements.filter { other in
            if other.id == id { return false }
            if dx > 0 { return other.area.x >= from.right }
            if dx < 0 { return other.area.right <= from.x }
            return dy > 0 ? other.area.y >= from.bottom : other.area.bottom <= from.y
        }
        func distance(_ area: Rectangle) -> (Int, Int) {
            let across = abs(area.x - from.x)
            let along = abs(area.y - from.y)
            let overlapsRows = area.y < from.bottom && from.y < area.bottom
            let overlapsColumns = area.x < from.right && from.x < area.right
            return dx != 0
                ? (overlapsRows ? 0 : 1 + along, across) : (along, overlapsColumns ? across : 1000 + across)
        }
        return candidates.min { distance($0.area) < distance($1.area) }?.id
    }
}

/// An item with its columns decided, its rows still in the grid's units.
private struct PlacedItem {
    var item: LayoutItem
    var columns: Range<Int>
    var y: Int
    var height: Int
}

/// Without the grid rows that nothing covers. `items` ascend in y.
private func compacted(_ items: [LayoutItem]) -> [LayoutItem] {
    var shift = 0
    var covered = 0
    return items.map { item in
        if item.y > covered { shift += item.y - covered }
        covered = max(covered, item.y + item.height)
        var moved = item
        moved.y -= shift
        return moved
    }
}

/// Decides the columns; bands of panels in which one would be too narrow are wrapped.
private func placedInCells(_ items: [LayoutItem], width: Int) -> [PlacedItem] {
    var placed: [PlacedItem] = []
    var nextRow = 0
    for band in bands(items) {
        let top = band[0].y
        let asGrid = band.map { item in
            let left = item.isRow ? 0 : item.x * width / LayoutItem.columns
            let right = item.isRow ? width : (item.x + item.width) * width / LayoutItem.columns
            return PlacedItem(
                item: item, columns: left..<right, y: nextRow + item.y - top, height: item.height)
        }
        let isTooNarrow = asGrid.contains { $0.columns.count < min($0.item.minimumWidth, width) }
        let result = isTooNarrow ? wrapped(band, width: width, top: nextRow) : asGrid
        nextRow = result.map { $0.y + $0.height }.max() ?? nextRow
        placed += result
    }
    return placed
}

/// Groups of items that share grid rows with one another, directly or through others. `items` ascend in y.
private func bands(_ items: [LayoutItem]) -> [[LayoutItem]] {
    var bands: [[LayoutItem]] = []
    var end = 0
    for item in items {
        if bands.isEmpty || item.y >= end {
            bands.append([item])
            end = item.y + item.height
        } else {
            bands[bands.count - 1].append(item)
            end = max(end, item.y + item.height)
        }
    }
    return bands
}

/// The band's panels one after another in lines that are about equally full.
private func wrapped(_ band: [LayoutItem], width: Int, top: Int) -> [PlacedItem] {
    let needs = band.map { max($0.minimumWidth, $0.width * width / LayoutItem.columns) }
    let lines = max(1, (needs.reduce(0, +) + width - 1) / width)
    let share = (needs.reduce(0, +) + lines - 1) / lines
    var placed: [PlacedItem] = []
    var y = top
    var first = 0
    while first < band.count {
        var (end, used, least) = (first, 0, 0)
        while end < band.count, end == first || (used < share && least + band[end].minimumWidth <= width) {
            used += needs[end]
            least += band[end].minimumWidth
            end += 1
        }
        let height = band[first..<end].map(\.height).max() ?? 1
        var (position, column) = (0, 0)
        for index in first..<end {
            position += needs[index]
            let right = index == end - 1 ? width : position * width / max(1, used)
            placed.append(PlacedItem(item: band[index], columns: column..<right, y: y, height: height))
            column = right
        }
        y += height
        first = end
    }
    return placed
}

/// The text row at which each grid row begins, and where the last one ends.
private func rowPositions(_ cells: [PlacedItem], height: Int) -> [Int] {
    let count = cells.map { $0.y + $0.height }.max() ?? 0
    var least = Array(repeating: 0, count: count + 1)
    var weights = Array(repeating: 0.0, count: count)
    let ending = Dictionary(grouping: cells) { $0.y + $0.height }
    for row in 1..<max(1, count + 1) {
        least[row] = least[row - 1] + 1
        for cell in ending[row] ?? [] {
            let needed = cell.item.isRow ? 1 : cell.item.minimumHeight
            least[row] = max(least[row], least[cell.y] + needed)
        }
    }
    for cell in cells {
        for row in cell.y..<cell.y + cell.height { weights[row] = max(weights[row], cell.item.stretch) }
    }
    let spare = height - (least.last ?? 0)
    let total = weights.reduce(0, +)
    if spare <= 0 || total <= 0 { return least }
    var sum = 0.0
    for row in 0..<count {
        sum += weights[row]
        least[row + 1] += Int((Double(spare) * sum / total).rounded())
    }
    return least
}
