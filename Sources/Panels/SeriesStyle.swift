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

    init(_ series: TimeSeriesView.Series, index: Int, isOnlyOne: Bool, _ context: DrawingContext) {
        let glyphs = context.glyphs
        role = series.color.role
        marker = glyphs.markers[index % glyphs.markers.count]
        let needsShape = (context.isMono || glyphs == .ascii) && !isOnlyOne
        pattern = needsShape ? glyphs.patterns[index % glyphs.patterns.count] : nil
        switch series.style {
        case .bars: key = pattern ?? glyphs.eighths[6]
        case .points: key = needsShape ? marker : glyphs.dot
        case .line:
            key =
                glyphs == .ascii || needsShape
                ? marker : series.fill ? glyphs.eighths[4] : glyphs.heavyHorizontal
        }
    }
}
