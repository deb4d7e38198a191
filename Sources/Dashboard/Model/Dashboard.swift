import MetricModel

/// A Grafana dashboard as its file says it, whatever form the file has.
///
/// - SeeAlso: Grafana manual, "Dashboard JSON model".
package struct Dashboard: Sendable {
    /// Panels past this are left out, with a notice.
    static let panelsMax = 1000
    static let variablesMax = 200

    package var title: String
    package var uid: String
    package var description: String?
    package var tags: [String]
    /// How often Grafana would ask again; `nil` when only on demand.
    package var refresh: TimeSpan?
    /// `utc`, a zone's name, or `nil` for the zone of the terminal.
    package var timeZone: String?
    /// The file, as the operator named it.
    package var file: String?
    var from: TimeExpression
    var to: TimeExpression
    var variables: [VariableDefinition]
    var sections: [SectionDefinition]
    /// Whether transitions of alerts are marked on graphs.
    var showsAlertMarks: Bool
    /// Queries whose answers are marks on graphs.
    var annotations: [AnnotationDefinition]
    /// What of the dashboard itself is not honoured.
    var notices: [Notice]

    /// The title of the dashboard, its panels and what is not honoured, for `planetop check dashboard`.
    var panels: [PanelDefinition] { sections.flatMap(\.panels) }

    /// The range that the dashboard itself asks for, at a cursor.
    package func range(at cursor: Timestamp, offsetSeconds: Int) -> TimeRange {
        let to = self.to.time(at: cursor, isEnd: true, offsetSeconds: offsetSeconds)
        let from = self.from.time(at: cursor, isEnd: false, offsetSeconds: offsetSeconds)
        return from < to ? TimeRange(from: from, to: to) : TimeRange(from: to - .hours(1), to: to)
    }
}

/// A row with its panels, or the panels before the first row.
struct SectionDefinition: Sendable {
    struct Header: Sendable {
        var id: Int
        var title: String
        var isCollapsed: Bool
        var repeated: RepeatWish?
        /// A row of v2 may have no line of its own.
        var isHidden = false
        var conditions: [VisibilityCondition] = []
    }

    var header: Header?
    /// Their `y` counts from the line below the header.
    var panels: [PanelDefinition]
}

/// A query of the dashboard's annotations.
struct AnnotationDefinition: Sendable {
    var name: String
    var expression: String
    var title: String
    var text: String
    var step: String?
    /// The value is the time of the mark.
    var usesValueForTime: Bool
}

/// A variable as the file defines it.
struct VariableDefinition: Sendable {
    enum Kind: Sendable, Equatable {
        case query, custom, textBox, constant, interval, dataSource, adHoc
        /// A choice of two values.
        case toggle
        /// Not known; its type.
        case unknown(String)
    }

    enum Sort: Sendable {
        case none, alphabetical, alphabeticalDescending, numerical, numericalDescending
        case caseless, caselessDescending, natural, naturalDescending
    }

    enum Hiding: Sendable { case shown, labelHidden, hidden }

    struct Option: Sendable, Hashable {
        var text: String
        var value: String
    }

    struct AdHocFilter: Sendable {
        var key: String
        var operation: String
        var values: [String]
    }

    var name: String
    var label: String
    var kind: Kind
    var hiding: Hiding
    var query = ""
    /// Of a query variable: not answered, and why.
    var otherSource: String?
    var isMulti = false
    var includesAll = false
    var allValue: String?
    /// Chosen when the file was saved.
    var current: [Option] = []
    var options: [Option] = []
    var regex = ""
    /// The pattern looks at the texts rather than the values.
    var regexAppliesToText = false
    var sort = Sort.none
    var isAuto = false
    var autoCount = 30
    var autoMinimum = "10s"
    var filters: [AdHocFilter] = []
    /// Place in the file, for notices.
    var path = ""

    static let all = "$__all"
}
