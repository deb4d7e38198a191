import Canvas
import DisplayText
import MetricModel

/// What a panel has to know besides its view: the terminal's abilities, the cursor and what the user points at.
package struct DrawingContext: Sendable {
    package var glyphs: GlyphSet
    /// Whether colour cannot tell things apart, so that series get markers and layers patterns.
    package var isMono: Bool
    /// The time that ages count to: now when live, the cursor else.
    package var cursor: Timestamp
    /// What stands at the right end of time axes: `now` when live; `nil` for the time itself.
    package var endLabel: SafeText?
    /// The panel that has the focus.
    package var focusedPanel: Int?
    /// Where the user reads values off the focused panel.
    package var valueCursor: Timestamp?
    /// The selected row of the focused panel's table or list.
    package var selectedRow: Int?
    /// The first row that the focused panel's table, list or text shows; drawn as far down as there are rows.
    package var firstRow: Int

    package init(
        glyphs: GlyphSet, isMono: Bool = false, cursor: Timestamp, endLabel: SafeText? = nil,
        focusedPanel: Int? = nil, valueCursor: Timestamp? = nil, selectedRow: Int? = nil, firstRow: Int = 0
    ) {
        self.glyphs = glyphs
        self.isMono = isMono
        self.cursor = cursor
        self.endLabel = endLabel
        self.focusedPanel = focusedPanel
        self.valueCursor = valueCursor
        self.selectedRow = selectedRow
        self.firstRow = firstRow
    }

    /// The same for a panel that does not have the focus.
    func withoutFocus() -> DrawingContext {
        var copy = self
        copy.valueCursor = nil
        copy.selectedRow = nil
        copy.firstRow = 0
        return copy
    }
}
