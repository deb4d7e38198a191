import DisplayText
import MetricModel
import Rules

/// The size of a panel's inside, in cells.
package struct PanelSize: Sendable, Hashable {
    package var columns: Int
    package var rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// All that the content of a panel is built from.
struct PanelInput {
    var panel: PanelDefinition
    /// After transformations.
    var frames: [Frame]
    /// `frames` with the panel's field configuration laid over them.
    var styled: [[StyledField]]
    /// The steps of the finest query.
    var grid: TimeGrid
    var range: TimeRange
    var zone: ZoneClock
    var scope: VariableScope
    var size: PanelSize
    var marks: [TimeSeriesView.Mark]
    var cursor: Timestamp

    /// Numeric fields of frames that have a time.
    var series: [(field: StyledField, times: [Int64?])] {
        zip(frames, styled).flatMap { frame, fields -> [(field: StyledField, times: [Int64?])] in
            guard case .times(let times)? = frame.timeField?.values else { return [] }
            return fields.filter { $0.field.kind == .number || $0.field.kind == .boolean }.map { ($0, times) }
        }
    }
}

/// What a builder has to say besides the content.
struct BuiltPanel {
    var content: PanelContent
    /// What the data, rather than the file, shows to be not honoured.
    var notes: [String] = []
    /// Values that are shown although their series have ended.
    var staleCount = 0
    var valueCount = 0
}
