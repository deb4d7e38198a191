import MetricModel

/// A small graph in a table's cell, and the number that stands for it.
struct SmallGraph: Sendable, Hashable {
    /// Oldest first, one a step.
    var points: [Double?]
    var number: Double?
    /// Which step since the epoch the first point is.
    var phase = 0
}

/// One value of a field.
enum FieldValue: Sendable, Hashable {
    case null
    case number(Double)
    case text(String)
    case bool(Bool)
    /// Milliseconds since the epoch.
    case time(Int64)
    case series(SmallGraph)

    /// The value as a number where it is one, a time or a truth value counted as Grafana counts them.
    var number: Double? {
        switch self {
        case .number(let value): value
        case .bool(let value): value ? 1 : 0
        case .time(let value): Double(value)
        case .text(let text): NumberText.parse(text)
        case .series(let graph): graph.number
        case .null: nil
        }
    }

    /// The value as plain text, no unit applied; empty for null.
    var plain: String {
        switch self {
        case .null: ""
        case .number(let value): NumberText.shortest(value)
        case .text(let text): text
        case .bool(let value): value ? "true" : "false"
        case .time(let value): String(value)
        case .series: number.map(NumberText.shortest) ?? ""
        }
    }

    var isNull: Bool { self == .null }
}

/// The values of a field, all of one type.
enum FieldValues: Sendable {
    case numbers([Double?])
    case times([Int64?])
    case texts([String?])
    case bools([Bool?])
    case series([SmallGraph])

    var count: Int {
        switch self {
        case .numbers(let values): values.count
        case .times(let values): values.count
        case .texts(let values): values.count
        case .bools(let values): values.count
        case .series(let values): values.count
        }
    }

    /// The value in row `index`; null past the end.
    subscript(index: Int) -> FieldValue {
        switch self {
        case .numbers(let values):
            guard index < values.count, let value = values[index] else { return .null }
            return .number(value)
        case .times(let values):
            guard index < values.count, let value = values[index] else { return .null }
            return .time(value)
        case .texts(let values):
            guard index < values.count, let value = values[index] else { return .null }
            return .text(value)
        case .bools(let values):
            guard index < values.count, let value = values[index] else { return .null }
            return .bool(value)
        case .series(let values): return index < values.count ? .series(values[index]) : .null
        }
    }

    /// Column of the type that most of `values` have: the first that is not null decides, what does not fit becomes
    /// text when anything is text, else null.
    init(_ values: [FieldValue]) {
        var hasText = false
        var hasNumber = false
        var hasTime = false
        var hasBool = false
        var hasSeries = false
        for value in values {
            switch value {
            case .null: break
            case .number: hasNumber = true
            case .text: hasText = true
            case .bool: hasBool = true
            case .time: hasTime = true
            case .series: hasSeries = true
            }
        }
        if hasText {
            self = .texts(values.map { $0.isNull ? nil : $0.plain })
        } else if hasSeries {
            self = .series(
                values.map {
                    if case .series(let graph) = $0 {
                        graph
                    } else {
                        SmallGraph(points: [], number: $0.number)
                    }
                })
        } else if hasNumber {
            self = .numbers(values.map(\.number))
        } else if hasTime {
            self = .times(values.map { if case .time(let time) = $0 { time } else { nil } })
        } else if hasBool {
            self = .bools(values.map { if case .bool(let bool) = $0 { bool } else { nil } })
        } else {
            self = .numbers(values.map { _ in nil })
        }
    }

    /// The rows `indices`, in that order; a row that is not there is null.
    func picking(_ indices: [Int]) -> FieldValues {
        func pick<Element>(_ values: [Element?]) -> [Element?] {
            indices.map { $0 >= 0 && $0 < values.count ? values[$0] : nil }
        }
        switch self {
        case .numbers(let values): return .numbers(pick(values))
        case .times(let values): return .times(pick(values))
        case .texts(let values): return .texts(pick(values))
        case .bools(let values): return .bools(pick(values))
        case .series(let values):
            return .series(indices.map { $0 >= 0 && $0 < values.count ? values[$0] : SmallGraph(points: []) })
        }
    }

    var all: [FieldValue] { (0..<count).map { self[$0] } }

    /// The values as numbers; what is none is `nil`.
    var numbers: [Double?] {
        if case .numbers(let values) = self { return values }
        return all.map(\.number)
    }

    var kind: FieldKind {
        switch self {
        case .numbers: .number
        case .times: .time
        case .texts: .string
        case .bools: .boolean
        case .series: .series
        }
    }
}

/// Grafana's names of field types.
enum FieldKind: String, Sendable {
    case number, time, string, boolean
    /// A small graph a row.
    case series = "frame"
}

/// One column of a frame.
struct Field: Sendable {
    var name: String
    var values: FieldValues
    /// Labels of the series that the field came from; `nil` for a field that never was one.
    var labels: LabelSet?
    /// The name that the query's legend gives.
    var legend: String?
    /// Set by transformations such as config-from-data, on top of which the panel's own configuration comes.
    var config = FieldConfig()
    /// True when the series had no sample at the end of the range: its last value is an old one.
    var isStale = false

    init(_ name: String, _ values: FieldValues, labels: LabelSet? = nil, legend: String? = nil) {
        self.name = name
        self.values = values
        self.labels = labels
        self.legend = legend
    }

    var kind: FieldKind { values.kind }
    var count: Int { values.count }

    /// The same field with other values.
    func with(_ values: FieldValues) -> Field {
        var copy = self
        copy.values = values
        return copy
    }
}

/// An answer as a table: fields of equal length.
struct Frame: Sendable {
    static let timeName = "Time"
    static let valueName = "Value"

    var name: String?
    var refID: String
    var fields: [Field]

    init(refID: String, name: String? = nil, fields: [Field]) {
        self.refID = refID
        self.name = name
        self.fields = fields
    }

    var rowCount: Int { fields.first?.count ?? 0 }

    var timeField: Field? { fields.first { $0.kind == .time } }

    /// Says of every value that it is the one at `time`.
    mutating func moveTimes(to time: Timestamp) {
        for index in fields.indices {
            guard case .times(let times) = fields[index].values else { continue }
            fields[index].values = .times(Array(repeating: time.milliseconds, count: times.count))
        }
    }

    /// The frame with the rows `indices`, in that order.
    func picking(_ indices: [Int]) -> Frame {
        var copy = self
        copy.fields = fields.map { $0.with($0.values.picking(indices)) }
        return copy
    }

}
