import Canvas
import Dashboard

/// How one series of a chart is told from the others.
struct SeriesStyle {
    var role: ColorRole
    /// Stands in the legend, and on the line where colour does not tell.
    var marker: Character
    /// Fills the series' bars where colour does not tell; `nil` for a full block.
    var pattern: Character?
    /// The legend's key.
    var key: Character

    init(_ series: TimeSeriesView.Series, in view: TimeSeriesView, index: Int, _ context: DrawingContext) {
        let glyphs = context.glyphs
        role = series.color.role
        marker = glyphs.markers[index % glyphs.markers.count]
        let needsShape = (context.isMono || glyphs == .ascii) && view.series.count > 1
        pattern = needsShape ? glyphs.patterns[index % glyphs.patterns.count] : nil
        let isArea = series.fill && (view.stacking != .none || glyphs != .braille)
        switch series.style {
        case .bars: key = pattern ?? glyphs.eighths[6]
        case .points: key = needsShape ? marker : glyphs.dot
        case .line where isArea: key = pattern ?? glyphs.eighths[glyphs == .ascii ? 8 : 4]
        case .line where glyphs == .ascii || needsShape: key = marker
        case .line: key = series.fill ? glyphs.eighths[4] : glyphs == .braille ? "━" : glyphs.horizontal
        }
    }
}
