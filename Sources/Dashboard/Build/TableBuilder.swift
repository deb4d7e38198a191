import DisplayText
import Rules

/// Builds tables.
enum TableBuilder {
    static let rowsMax = 1000
    /// Pixels that Grafana's font takes for a character.
    private static let pixelsPerColumn = 8.0

    static func build(_ input: PanelInput, _ options: TableOptions) -> BuiltPanel {
        var notes: [String] = []
        let frames = input.frames.indices.filter { !input.frames[$0].fields.isEmpty }
        guard !frames.isEmpty else {
            return BuiltPanel(
                content: .table(
                    TableView(columns: [], rows: [], rowCount: 0, showsHeader: options.showsHeader)))
        }
        let chosen = frames[min(options.frameIndex, frames.count - 1)]
        if frames.count > 1 { notes.append("\(frames.count - 1) more tables are not shown") }
        let fields = input.styled[chosen].filter {
            $0.config.custom.isHidden != true && $0.config.custom.isHiddenFromView != true
        }
        let rowCount = input.frames[chosen].rowCount
        let order = rows(fields, input.styled[chosen], rowCount, options)
        let columns = fields.map { field in
            TableView.Column(
                title: SafeText(field.name), alignment: alignment(field),
                width: field.config.custom.width.flatMap { pixels in
                    pixels > 0 && pixels < 100_000 ? max(3, Int((pixels / pixelsPerColumn).rounded())) : nil
                })
        }
        var cells: [[TableView.Cell]] = []
        for row in order.prefix(rowsMax) {
            var line = fields.map { cell($0, $0.field.values[row]) }
            // Rows begin new groups of their histories one after another, so that not all of them change at once.
            for column in line.indices { line[column].sparklinePhase &+= row }
            // The colour of one field for the whole row.
            if let index = fields.firstIndex(where: { $0.config.custom.appliesToRow == true }) {
                let color = line[index].color
                for column in line.indices where color != .standard {
                    line[column].color = color
                    line[column].look = .coloredBackground
                }
            }
            cells.append(line)
        }
        var table = TableView(
            columns: columns, rows: cells, rowCount: rowCount, showsHeader: options.showsHeader)
        table.footer = footer(fields, rowCount, options)
        return BuiltPanel(
            content: .table(table), notes: notes,
            staleCount: fields.contains(where: \.field.isStale) ? rowCount : 0, valueCount: rowCount)
    }

    private static func alignment(_ field: StyledField) -> TableView.Alignment {
        if let own = field.config.custom.alignment { return own }
        return field.field.kind == .number && field.config.mappings == nil ? .right : .left
    }

    // MARK: Rows

    private static func rows(
        _ fields: [StyledField], _ all: [StyledField], _ count: Int, _ options: TableOptions
    ) -> [Int] {
        var order = Array(0..<count)
        var sorts: [(field: StyledField, isDescending: Bool)] = options.sort.compactMap { sort in
            all.first { $0.name == sort.name || $0.field.name == sort.name }.map { ($0, sort.isDescending) }
        }
        if let column = options.sortColumn, column.index < all.count {
            sorts.append((all[column.index], column.isDescending))
        }
        // Stable sorting from the last wish to the first leaves the first in charge.
        for sort in sorts.reversed() {
            let values = sort.field.field.values.picking(order)
            order = sortedRows(values, isDescending: sort.isDescending).map { order[$0] }
        }
        return order
    }

    private static func cell(_ field: StyledField, _ value: FieldValue) -> TableView.Cell {
        let shown = field.display.show(value)
        var cell = TableView.Cell(text: shown.text.joined, number: shown.number)
        if field.field.name == "alertstate", case .text(let name) = value,
            let state = AlertState(rawValue: name)
        {
            cell.look = .state(state)
            return cell
        }
        let kind = field.config.custom.cell ?? .auto
        if case .series(let graph) = value {
            cell.look = .sparkline(graph.points)
            cell.sparklinePhase = graph.phase
            if let low = field.config.min, let high = field.config.max, low < high {
                cell.sparklineScale = low...high
            }
            if kind == .bareSparkline { cell.text = "" }
            cell.color = field.display.color(graph.number, nil)
            return cell
        }
        guard !value.isNull else { return cell }
        switch kind {
        case .auto, .text, .sparkline, .bareSparkline: break
        case .colorText:
            cell.look = .coloredText
            cell.color = shown.color
        case .colorBackground:
            cell.look = .coloredBackground
            cell.color = shown.color
        case .gauge:
            if let fraction = shown.fraction {
                cell.look = .gauge
                cell.fraction = fraction
                cell.color = shown.color
            }
        }
        return cell
    }

    // MARK: Footer

    private static func footer(
        _ fields: [StyledField], _ rowCount: Int, _ options: TableOptions
    ) -> [TableView.Cell]? {
        let calc = options.showsFooter ? options.footerCalc : nil
        let hasOwn = fields.contains { !($0.config.custom.footerCalcs ?? []).isEmpty }
        guard calc != nil || options.showsFooter && options.footerCountsRows || hasOwn else { return nil }
        return fields.enumerated().map { index, field in
            let own = field.config.custom.footerCalcs?.first
            if options.showsFooter, options.footerCountsRows, calc == .count || calc == nil {
                return TableView.Cell(text: index == 0 ? SafeText("\(rowCount) rows") : "")
            }
            guard let used = own ?? calc, field.field.kind == .number,
                options.footerFields.isEmpty || options.footerFields.contains(field.name)
                    || options.footerFields.contains(field.field.name) || own != nil
            else {
                // The name of the calculation stands where there is nothing to calculate.
                return TableView.Cell(text: index == 0 && own == nil ? SafeText(calc?.title ?? "") : "")
            }
            let value = used.reduce(field.field.values)
            let text =
                used.keepsUnit ? field.display.show(value).text.joined : SafeText(value.plain)
            return TableView.Cell(text: text, number: value.number)
        }
    }
}
