import MetricModel

/// A value inside a template, with the Go type that Prometheus' templates give it: printing and errors depend on that.
indirect enum TemplateValue: Sendable {
    /// No value: an untyped nil, a missing entry.
    case nothing
    case bool(Bool)
    /// Go's `int`; `int64` and bytes print the same.
    case int(Int64)
    case float(Double)
    case string(String)
    /// `map[string]string`.
    case labels(LabelSet)
    /// `*template.sample`: one element of an instant vector.
    case sample(TemplateSample)
    /// `template.queryResult`: an instant vector.
    case queryResult([TemplateSample])
    /// `map[string]interface {}`: what `args` makes.
    case arguments([String: TemplateValue])
    /// `*time.Time`, UTC.
    case time(GoTime)
    /// `time.Duration`, or a pointer to one, in nanoseconds.
    case duration(Int64, isPointer: Bool)
    /// `time.Month` or `time.Weekday`: a number that prints as a name.
    case named(Int64, type: String, name: String)
    /// The dot at the beginning: what an alert knows of itself.
    case alert(AlertTemplateData)
}

/// One element of a query's result.
struct TemplateSample: Sendable {
    var labels: LabelSet
    var value: Double
}

/// What an alert's templates may say: `.Labels`, `.ExternalLabels`, `.ExternalURL`, `.Value`.
package struct AlertTemplateData: Sendable {
    package var labels: LabelSet
    package var externalLabels: LabelSet
    package var externalURL: String
    package var value: Double

    package init(
        labels: LabelSet, externalLabels: LabelSet = .empty, externalURL: String = "", value: Double
    ) {
        self.labels = labels
        self.externalLabels = externalLabels
        self.externalURL = externalURL
        self.value = value
    }
}

extension TemplateValue {
    /// As Go's `%T` and its reflection errors name the type.
    var typeName: String {
        switch self {
        case .nothing: "<nil>"
        case .bool: "bool"
        case .int: "int"
        case .float: "float64"
        case .string: "string"
        case .labels: "map[string]string"
        case .sample: "*template.sample"
        case .queryResult: "template.queryResult"
        case .arguments: "map[string]interface {}"
        case .time: "*time.Time"
        case .duration(_, let isPointer): isPointer ? "*time.Duration" : "time.Duration"
        case .named(_, let type, _): type
        case .alert:
            "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; "
                + "Value interface {} }"
        }
    }

    /// Go's notion of truth in templates: anything but false, zero, nothing and the empty.
    var isTrue: Bool {
        switch self {
        case .nothing: false
        case .bool(let value): value
        case .int(let value), .named(let value, _, _): value != 0
        case .float(let value): value != 0
        case .string(let value): !value.isEmpty
        case .labels(let labels): !labels.isEmpty
        case .queryResult(let samples): !samples.isEmpty
        case .arguments(let entries): !entries.isEmpty
        case .duration(let nanoseconds, let isPointer): isPointer || nanoseconds != 0
        case .sample, .time, .alert: true
        }
    }

    var isNothing: Bool { if case .nothing = self { true } else { false } }
}
