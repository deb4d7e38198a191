import MetricModel

/// When the window of a chart moves on, and by how much.
///
/// A chart that moves changes nearly every cell of it, however little time has passed. So it moves by a stride of steps at a
/// time and leaves room at its right edge for the steps that come until then; and each panel moves at a time of its own, so
/// that a screen of charts does not change in one frame. The newest steps are drawn as they come. All of this depends on the
/// panel and the time alone, so the same time gives the same picture.
struct ChartWindow: Sendable, Hashable {
    /// Where in its stride the window moves, from 0 up to 1; `nil` for what has no window: it ends with the newest step.
    var share: Double?

    /// The part of a chart's width that may be left free, as a fraction of one.
    static let strides = 32

    static let none = ChartWindow()

    init(share: Double? = nil) { self.share = share }

    init(of panel: PanelDefinition, _ key: PanelKey) {
        switch panel.kind {
        case .timeSeries:
            // Multiples of the golden ratio spread evenly, however many there are.
            let turns = Double(key.id &+ 3 &* key.copy &+ 5 &* key.rowCopy) * 0.618_033_988_749_895
            share = turns - turns.rounded(.down)
        default: break
        }
    }

    /// The times to draw on, and those of them to ask for: none after the range's end.
    func grids(_ range: TimeRange, step: TimeSpan) -> (drawn: TimeGrid, asked: TimeGrid) {
        let plain = TimeGrid(range: range, step: step)
        let size = plain.step.milliseconds
        let range = range.withinCalendars
        let whole = (max(0, range.length.milliseconds) + size - 1) / size
        guard let share, whole < StepChoice.pointsMax else { return (plain, plain) }
        let stride = max(1, whole / Int64(Self.strides))
        let position = share * Double(stride)
        let ahead = Int64(position) * size
        // Between two steps only whole seconds: screens change when a second begins anyway.
        let late = Int64((position - position.rounded(.down)) * Double(size) / 1000) * 1000
        let length = stride * size
        let start = TimeGrid.alignedDown(range.from.milliseconds - late + ahead, length) - ahead
        let drawn = TimeGrid(
            start: Timestamp(milliseconds: start), step: plain.step, count: Int(whole + stride) + 1)
        let steps = (range.to.milliseconds - start) / size + 1
        let asked = TimeGrid(
            start: drawn.start, step: drawn.step, count: Int(max(1, min(Int64(drawn.count), steps))))
        return (drawn, asked)
    }
}
