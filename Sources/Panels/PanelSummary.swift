import Canvas
import Dashboard
import DisplayText
import Rules

extension PanelView {
    /// The panel in one line without its title: what is left of it on a screen of a few rows.
    func summary(_ context: DrawingContext) -> StyledText {
        let glyphs = context.glyphs
        switch health {
        case .error(let text): return StyledText(text, Style(.error, .bold))
        case .noData: return StyledText("\(AlertState.noData.shape(glyphs)) NO DATA", Style(.noData, .bold))
        case .fresh, .stale, .partial: break
        }
        func values(_ values: [DisplayValue]) -> StyledText {
            StyledText(
                values.map { value in
                    let name = values.count > 1 ? value.title.string + " " : ""
                    return StyledText(SafeText(name), .dim)
                        .appending(value.text.joined, value.color.valueStyle.with(.bold))
                }, separator: "  ")
        }
        switch content {
        case .timeSeries(let view):
            return StyledText(
                view.series.filter { !$0.isHidden }.map { series in
                    let axis = series.usesRightAxis ? view.right ?? view.left : view.left
                    let index = view.count - 1
                    let value = series.values.indices.contains(index) ? series.values[index] : nil
                    let name = view.series.count > 1 ? series.name.string + " " : ""
                    return StyledText(SafeText(name), .dim)
                        .appending(
                            value.map { axis.format($0, nil).joined } ?? glyphs.dash,
                            Style(series.color.role, .bold))
                }, separator: "  ")
        case .stat(let view): return values(view.values)
        case .gauge(let view): return values(view.values)
        case .barGauge(let view): return values(view.values)
        case .pieChart(let view): return values(view.slices)
        case .table(let view): return StyledText("\(view.rowCount) rows", .dim)
        case .text(let view):
            for line in view.lines {
                switch line {
                case .heading(let text), .paragraph(let text), .item(let text), .code(let text):
                    return StyledText(text)
                case .blank: continue
                }
            }
            return StyledText()
        case .stateTimeline(let view):
            return StyledText(
                view.bands.map { band in
                    let last = band.spans.last.flatMap { $0.to >= view.to ? $0 : nil }
                    return StyledText(SafeText(band.name.string + " "), .dim)
                        .appending(last?.text ?? glyphs.dash, last?.color.valueStyle ?? .dim)
                }, separator: "  ")
        case .alertList(let view):
            return StyledText(
                AlertState.worstFirst.compactMap { state in
                    guard let count = view.counts[state], count > 0 else { return nil }
                    return StyledText(SafeText("\(state.shape(glyphs)) \(count)"), state.style)
                }, separator: "  ")
        case .heatmap(let view): return StyledText("\(view.rows.count) buckets", .dim)
        case .histogram(let view): return StyledText("\(view.bars.count) buckets", .dim)
        case .eventList(let view): return StyledText(view.items.first?.text ?? "", .dim)
        case .row(_, let count): return StyledText("\(count) panels", .dim)
        case .unsupported(let reason): return StyledText(reason, .dim)
        }
    }
}
