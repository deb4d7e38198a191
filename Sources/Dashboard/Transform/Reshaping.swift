import JSON
import MetricModel

/// Labels as columns of a table, all series below each other.
struct LabelsToFields: FrameTransformation {
    private var asRows: Bool
    private var kept: Set<String>?
    private var valueLabel: String?

    init(_ options: JSONValue) {
        asRows = options["mode"]?.string == "rows"
        kept = options["keepLabels"]?.array.map { Set($0.compactMap(\.string)) }
        valueLabel = FieldConfigReader.text(options["valueLabel"])
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        if asRows { return frames.flatMap(rows) }
        let converted = frames.map { frame in
            var result = Frame(refID: frame.refID, fields: [])
            for field in frame.fields {
                guard let labels = field.labels else {
                    result.fields.append(field)
                    continue
                }
                var name = field.name
                for label in labels.labels where kept?.contains(label.name) != false {
                    if label.name == valueLabel {
                        name = label.value
                        continue
                    }
                    result.fields.append(
                        Field(label.name, .texts(Array(repeating: label.value, count: frame.rowCount))))
                }
                var value = field
                value.name = name
                value.labels = nil
                value.legend = nil
                value.config.displayName = nil
                result.fields.append(value)
            }
            return result
        }
        return MergeFrames().apply(converted, context)
    }

    private func rows(_ frame: Frame) -> [Frame] {
        let labelled = frame.fields.filter { $0.labels != nil }
        return labelled.map { field in
            let labels = (field.labels?.labels ?? []).filter { kept?.contains($0.name) != false }
            var result = Frame(
                refID: frame.refID,
                fields: [
                    Field("label", .texts(labels.map(\.name))), Field("value", .texts(labels.map(\.value))),
                ])
            result.name = field.legend ?? frame.name
            return result
        }
    }
}

/// All series below each other: time, name of the series, value; newest first.
struct SeriesToRows: FrameTransformation {
    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        let names = FieldNames(frames)
        var times: [FieldValue] = []
        var metrics: [FieldValue] = []
        var values: [FieldValue] = []
        for frame in frames {
            guard let time = frame.timeField else { continue }
            for (index, field) in frame.fields.enumerated() where field.kind != .time {
                let name = names.name(at: index, in: frame)
                for row in 0..<frame.rowCount where values.count < Transformations.rowsMax {
                    times.append(time.values[row])
                    metrics.append(.text(name))
                    values.append(field.values[row])
                }
            }
        }
        guard !times.isEmpty else { return frames.isEmpty ? [] : [Frame(refID: frames[0].refID, fields: [])] }
        let frame = Frame(
            refID: frames[0].refID,
            fields: [
                Field(Frame.timeName, FieldValues(times)), Field("Metric", FieldValues(metrics)),
                Field(Frame.valueName, FieldValues(values)),
            ])
        let order = times.indices.sorted {
            let a = times[$0].number ?? 0
            let b = times[$1].number ?? 0
            return a != b ? a > b : $0 < $1
        }
        return [frame.picking(order)]
    }
}

/// One row a series: its labels, and its values as a small graph.
struct TimeSeriesTable: FrameTransformation {
    private var calcs: [String: ReduceCalc] = [:]

    init(_ options: JSONValue) {
        for (refID, value) in options.object ?? JSONObject() {
            if let id = value["stat"]?.string { calcs[refID] = ReduceCalc(id) }
        }
        for (refID, value) in options["refIdToStat"]?.object ?? JSONObject() {
            calcs[refID] = value.string.flatMap { ReduceCalc($0) }
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        var result: [Frame] = []
        var order: [String] = []
        for frame in frames where !order.contains(frame.refID) { order.append(frame.refID) }
        for refID in order {
            var labelNames: [String] = []
            var sources: [(field: Field, times: [Int64?])] = []
            for frame in frames where frame.refID == refID {
                // As in Grafana, a frame of more than a time and a value is a table already.
                guard frame.fields.count <= 2, case .times(let times)? = frame.timeField?.values else {
                    result.append(frame)
                    continue
                }
                for field in frame.fields where field.kind == .number {
                    sources.append((field, times))
                    for label in field.labels?.labels ?? [] where !labelNames.contains(label.name) {
                        labelNames.append(label.name)
                    }
                }
            }
            guard !sources.isEmpty else { continue }
            var fields = labelNames.map { name in
                Field(name, .texts(sources.map { $0.field.labels?[name] }))
            }
            // The number beside the graph is the last value unless the dashboard chose another.
            let calc = calcs[refID] ?? .lastNotNull
            let trend = Field(
                "Trend #\(refID)",
                .series(
                    sources.map { source in
                        var graph = Self.graph(source.field.values.numbers, source.times)
                        graph.number = calc.reduce(source.field.values).number
                        return graph
                    }))
            fields.append(trend)
            result.append(Frame(refID: refID, fields: fields))
        }
        return result
    }
}

extension TimeSeriesTable {
    /// The values on even steps, gaps kept as gaps.
    static func graph(_ values: [Double?], _ times: [Int64?]) -> SmallGraph {
        let points = zip(times, values).compactMap { time, value in time.map { ($0, value) } }
        let step = zip(points, points.dropFirst()).compactMap { $1.0 > $0.0 ? $1.0 - $0.0 : nil }.min()
        guard let first = points.first?.0, let last = points.last?.0, let step,
            (last - first) / step < StepChoice.pointsMax
        else { return SmallGraph(points: values) }
        var even = [Double?](repeating: nil, count: Int((last - first) / step) + 1)
        for (time, value) in points where time >= first { even[Int((time - first) / step)] = value }
        return SmallGraph(points: even, phase: Int(first / step))
    }
}

/// Three fields as a matrix: rows, columns, values.
struct GroupingToMatrix: FrameTransformation {
    private var column: String
    private var row: String
    private var value: String
    private var empty: FieldValue

    init(_ options: JSONValue) {
        column = FieldConfigReader.text(options["columnField"]) ?? "Time"
        row = FieldConfigReader.text(options["rowField"]) ?? "Time"
        value = FieldConfigReader.text(options["valueField"]) ?? "Value"
        switch options["emptyValue"]?.string {
        case "zero": empty = .number(0)
        case "true": empty = .bool(true)
        case "false": empty = .bool(false)
        default: empty = .null
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard frames.count == 1 else { return frames }
        let frame = frames[0]
        let shown = FieldNames(frames).names(in: frame)
        func find(_ name: String) -> Field? {
            (frame.fields.indices.first { shown[$0] == name }
                ?? frame.fields.indices.first { frame.fields[$0].name == name }).map { frame.fields[$0] }
        }
        guard let columns = find(column), let rows = find(row), let values = find(value) else {
            return frames
        }
        var columnOrder: [FieldValue] = []
        var rowOrder: [FieldValue] = []
        var cells: [FieldValue: [FieldValue: FieldValue]] = [:]
        for index in 0..<frame.rowCount {
            let name = columns.values[index]
            let key = rows.values[index]
            if cells[name] == nil, columnOrder.count < 500 { columnOrder.append(name) }
            if !rowOrder.contains(key) { rowOrder.append(key) }
            cells[name, default: [:]][key] = values.values[index]
        }
        var fields = [Field("\(row)\\\(column)", FieldValues(rowOrder))]
        for name in columnOrder {
            var field = Field(
                title(name, columns, context), FieldValues(rowOrder.map { cells[name]?[$0] ?? empty }))
            field.config = values.config
            field.config.displayName = nil
            fields.append(field)
        }
        return [Frame(refID: frame.refID, fields: fields)]
    }

    private func title(_ value: FieldValue, _ field: Field, _ context: TransformContext) -> String {
        guard case .time(let milliseconds) = value else { return value.plain }
        return DateUnit.pattern("YYYY-MM-DD HH:mm:ss").text(Double(milliseconds), zone: context.zone)
    }
}

/// Each row as a field: names from one column, values from another, the rest configuration or labels.
struct RowsToFields: FrameTransformation {
    private var config: ConfigFromData.Mappings

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        config = ConfigFromData.Mappings(options["mappings"], "\(path).mappings", &notices)
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        frames.map { frame in
            let names =
                frame.fields.first { config.handler($0.name) == "field.name" }
                ?? frame.fields.first { $0.kind == .string }
            let values =
                frame.fields.first { config.handler($0.name) == "field.value" }
                ?? frame.fields.first { $0.kind == .number }
            guard let names, let values else { return frame }
            var result = Frame(refID: frame.refID, fields: [])
            for row in 0..<min(frame.rowCount, Transformations.framesMax) {
                var field = Field(names.values[row].plain, FieldValues([values.values[row]]))
                var labels = LabelSetBuilder()
                for other in frame.fields where other.name != names.name && other.name != values.name {
                    let handler = config.handler(other.name)
                    if handler == nil || handler == "field.label" {
                        if other.kind == .string { labels.set(other.name, other.values[row].plain) }
                    } else if let handler {
                        ConfigFromData.set(handler, other.values[row], in: &field.config)
                    }
                }
                let set = labels.labels()
                field.labels = set.isEmpty ? nil : set
                result.fields.append(field)
            }
            return result
        }
    }
}

/// Between one frame a series and one frame for all.
struct PrepareTimeSeries: FrameTransformation {
    private var format: String

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        format = options["format"]?.string ?? "wide"
        if !["wide", "many", "multi", "long"].contains(format) {
            notices.add("\(path).format", options["format"], .value)
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        switch format {
        case "wide": return JoinByField(fieldName: nil).apply(frames.filter { $0.timeField != nil }, context)
        case "many", "multi": return frames.flatMap { frame in Self.split(frame) }
        default:
            let many = frames.flatMap { Self.split($0) }
            return many.isEmpty ? [] : LabelsToFields([:]).apply(many, context)
        }
    }

    /// One frame for each numeric field; text columns of a long frame become labels.
    static func split(_ frame: Frame) -> [Frame] {
        guard let time = frame.timeField else { return [] }
        let texts = frame.fields.filter { $0.kind == .string }
        let numbers = frame.fields.filter { $0.kind == .number }
        if texts.isEmpty {
            return numbers.map { Frame(refID: frame.refID, name: frame.name, fields: [time, $0]) }
        }
        var groups: [[FieldValue]: [Int]] = [:]
        var order: [[FieldValue]] = []
        for row in 0..<frame.rowCount {
            let key = texts.map { $0.values[row] }
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        return order.flatMap { key -> [Frame] in
            let rows = groups[key] ?? []
            var builder = LabelSetBuilder()
            for (text, value) in zip(texts, key) { builder.set(text.name, value.plain) }
            return numbers.map { number in
                var field = number.with(number.values.picking(rows))
                field.labels = builder.labels()
                return Frame(
                    refID: frame.refID, name: frame.name,
                    fields: [time.with(time.values.picking(rows)), field])
            }
        }
    }
}

/// Rows and columns exchanged.
struct TransposeRows: FrameTransformation {
    private var firstName: String?
    private var restName: String?

    init(_ options: JSONValue) {
        firstName = FieldConfigReader.text(options["firstFieldName"])
        restName = FieldConfigReader.text(options["restFieldsName"])
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        let names = FieldNames(frames)
        return frames.map { frame in
            guard let first = frame.fields.first else { return frame }
            let shown = names.names(in: frame)
            var fields = [Field(firstName ?? "Field", .texts(Array(shown.dropFirst())))]
            for row in 0..<min(frame.rowCount, 500) {
                fields.append(
                    Field(
                        restName ?? first.values[row].plain,
                        FieldValues(frame.fields.dropFirst().map { $0.values[row] })))
            }
            return Frame(refID: frame.refID, fields: fields)
        }
    }
}

/// One frame for each combination of values of some fields.
struct PartitionByValues: FrameTransformation {
    private var names: [String]
    private var keepsFields: Bool

    init(_ options: JSONValue) {
        names = options["fields"]?.elements.compactMap(\.string) ?? []
        keepsFields = options["keepFields"]?.bool == true
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard !names.isEmpty else { return frames }
        return frames.flatMap { frame -> [Frame] in
            let keys = frame.fields.filter { names.contains($0.name) }
            guard !keys.isEmpty else { return [frame] }
            var groups: [[FieldValue]: [Int]] = [:]
            var order: [[FieldValue]] = []
            for row in 0..<frame.rowCount {
                let key = keys.map { $0.values[row] }
                if groups[key] == nil { order.append(key) }
                groups[key, default: []].append(row)
            }
            return order.prefix(Transformations.framesMax).map { key in
                var result = frame.picking(groups[key] ?? [])
                var builder = LabelSetBuilder()
                for (field, value) in zip(keys, key) { builder.set(field.name, value.plain) }
                if !keepsFields { result.fields.removeAll { names.contains($0.name) } }
                result.name = key.map(\.plain).joined(separator: " ")
                for index in result.fields.indices where result.fields[index].kind == .number {
                    result.fields[index].labels = builder.labels()
                    result.fields[index].legend = nil
                }
                return result
            }
        }
    }
}
