import DisplayText
import Rules

package struct TableView: Sendable {
    package enum Alignment: Sendable { case left, right, center }

    package struct Column: Sendable {
        package var title: SafeText
        package var alignment: Alignment
        /// Columns of text that the dashboard asks for, from its pixel width; `nil` to fit.
        package var width: Int?

        package init(title: SafeText, alignment: Alignment = .left, width: Int? = nil) {
            self.title = title
            self.alignment = alignment
            self.width = width
        }
    }

    package struct Cell: Sendable {
        package enum Look: Sendable {
            case plain
            case coloredText
            case coloredBackground
            /// A bar of `fraction`.
            case gauge
            case sparkline([Double?])
            /// An alert state: shape, word and colour.
            case state(AlertState)
        }
        package var text: SafeText
        package var color: PanelColor
        package var look: Look
        package var fraction: Double?
        /// For sorting; `nil` sorts last.
        package var number: Double?
        /// As `DisplayValue.sparklinePhase`.
        package var sparklinePhase: Int
        /// Where the sparkline's lowest and highest level stand, so that rows can be compared; `nil` for its own values'.
        package var sparklineScale: ClosedRange<Double>?

        package init(
            text: SafeText, color: PanelColor = .standard, look: Look = .plain, fraction: Double? = nil,
            number: Double? = nil, sparklinePhase: Int = 0
        ) {
            self.text = text
            self.color = color
            self.look = look
            self.fraction = fraction
            self.number = number
            self.sparklinePhase = sparklinePhase
        }
    }

    package var columns: [Column]
    package var rows: [[Cell]]
    /// Rows before a limit cut them off.
    package var rowCount: Int
    package var showsHeader: Bool
    package var footer: [Cell]?

    package init(
        columns: [Column], rows: [[Cell]], rowCount: Int? = nil, showsHeader: Bool = true,
        footer: [Cell]? = nil
    ) {
        self.columns = columns
        self.rows = rows
        self.rowCount = rowCount ?? rows.count
        self.showsHeader = showsHeader
        self.footer = footer
    }
}
