import JSON
import MetricModel

/// Puts the rows of all frames into one table; rows that agree in all that they share become one.
struct MergeFrames: FrameTransformation {
    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        let frames = frames.filter { !$0.fields.isEmpty }
        guard frames.count > 1 else { return frames }
        var columns: [Field] = []
        var columnByName: [String: Int] = [:]
        // Where field f of frame n goes; of fields with the same name in one frame the last counts.
        var placements: [[(field: Int, column: Int)]] = []
        var framesWith: [Int] = []
        for frame in frames {
            var placement: [Int: Int] = [:]
            for (index, field) in frame.fields.enumerated() {
                let column: Int
                if let known = columnByName[field.name] {
                    column = known
                } else {
                    column = columns.count
                    columnByName[field.name] = column
                    var bare = Field(field.name, field.values)
                    bare.config = field.config
                    bare.config.displayName = nil
                    columns.append(bare)
                    framesWith.append(0)
                }
                if placement.updateValue(index, forKey: column) == nil { framesWith[column] += 1 }
            }
            placements.append(
                placement.map { (field: $0.value, column: $0.key) }.sorted { $0.column < $1.column })
        }
        let keys = columns.indices.filter { framesWith[$0] == frames.count }
        guard !keys.isEmpty else { return frames }
        let isKey = Set(keys)

        var rows: [[FieldValue?]] = []
        var rowsByKey: [[FieldValue]: [Int]] = [:]
        for (frame, placement) in zip(frames, placements) {
            for row in 0..<frame.rowCount where rows.count < Transformations.rowsMax {
                var values = [FieldValue?](repeating: nil, count: columns.count)
                for (field, column) in placement { values[column] = frame.fields[field].values[row] }
                let key = keys.map { values[$0] ?? .null }
                var wasMerged = false
                for index in rowsByKey[key] ?? [] {
                    let agrees = values.indices.allSatisfy { column in
                        guard !isKey.contains(column), let value = values[column],
                            let old = rows[index][column],
                            !old.isNull
                        else { return true }
                        return old == value
                    }
                    if agrees {
                        for column in values.indices {
                            rows[index][column] = values[column] ?? rows[index][column]
                        }
                        wasMerged = true
                    }
                }
                if !wasMerged {
                    rowsByKey[key, default: []].append(rows.count)
                    rows.append(values)
                }
            }
        }
        let fields = columns.indices.map { column in
            columns[column].with(FieldValues(rows.map { $0[column] ?? .null }))
        }
        return [Frame(refID: frames[0].refID, fields: fields)]
    }
}

/// One table with a row for each value of a field that all frames have; by time when no field is named.
struct JoinByField: FrameTransformation {
    enum Mode: Sendable { case outer, inner, tabular }

    var fieldName: String?
    var mode = Mode.outer

    init(fieldName: String?) { self.fieldName = fieldName }

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        fieldName = FieldConfigReader.text(options["byField"])
        switch options["mode"]?.string {
        case "inner": mode = .inner
        case "outerTabular": mode = .tabular
        case "outer", nil: mode = .outer
        default: notices.add("\(path).mode", options["mode"], .value)
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard !frames.isEmpty else { return frames }
        let names = FieldNames(frames)
        // A frame without the field takes no part.
        let sources: [(frame: Frame, key: Int)] = frames.compactMap { frame in
            let key =
                fieldName.flatMap { wanted in
                    frame.fields.indices.first {
                        frame.fields[$0].name == wanted || names.name(at: $0, in: frame) == wanted
                    }
                } ?? (fieldName == nil ? frame.fields.firstIndex { $0.kind == .time } : nil)
            return key.map { (frame, $0) }
        }
        guard let first = sources.first else { return fieldName == nil ? frames : [] }
        if sources.count == 1 { return [moved(first.frame, keyFirst: first.key)] }

        let tables = sources.map { source in keyed(source.frame, source.key) }
        var keys: [FieldValue] = []
        var seen: Set<FieldValue> = []
        for table in tables {
            for key in table.order where seen.insert(key).inserted { keys.append(key) }
        }
        if mode == .inner { keys.removeAll { key in tables.contains { $0.rows[key] == nil } } }
        if first.frame.fields[first.key].kind != .string {
            keys.sort { ($0.number ?? -.infinity) < ($1.number ?? -.infinity) }
        }
        // Each result row names the source row of every frame; -1 for none.
        var picks: [[Int]] = Array(repeating: [], count: sources.count)
        var keyColumn: [FieldValue] = []
        for key in keys {
            var combinations: [[Int]] = [[]]
            for table in tables {
                let found = table.rows[key] ?? []
                let choices = found.isEmpty ? [-1] : mode == .outer ? [found[found.count - 1]] : found
                combinations = combinations.flatMap { head in choices.map { head + [$0] } }
                if combinations.count > Transformations.rowsMax { break }
            }
            for combination in combinations where keyColumn.count < Transformations.rowsMax {
                guard combination.count == sources.count else { continue }
                keyColumn.append(key)
                for (source, row) in combination.enumerated() { picks[source].append(row) }
            }
        }
        var fields = [first.frame.fields[first.key].with(FieldValues(keyColumn))]
        if fields[0].kind != first.frame.fields[first.key].kind, keyColumn.isEmpty {
            fields[0].values = first.frame.fields[first.key].values.picking([])
        }
        for (source, rows) in zip(sources, picks) {
            for (index, field) in source.frame.fields.enumerated() where index != source.key {
                fields.append(field.with(field.values.picking(rows)))
            }
        }
        return [Frame(refID: first.frame.refID, fields: fields)]
    }

    private func keyed(_ frame: Frame, _ key: Int) -> (rows: [FieldValue: [Int]], order: [FieldValue]) {
        var rows: [FieldValue: [Int]] = [:]
        var order: [FieldValue] = []
        for row in 0..<frame.rowCount {
            let value = frame.fields[key].values[row]
            if rows[value] == nil { order.append(value) }
            rows[value, default: []].append(row)
        }
        return (rows, order)
    }

    private func moved(_ frame: Frame, keyFirst key: Int) -> Frame {
        var result = frame
        let field = result.fields.remove(at: key)
        result.fields.insert(field, at: 0)
        return result
    }
}

/// One row for each combination of labels, a column for each value of the label that tells the series apart.
struct JoinByLabels: FrameTransformation {
    private var valueLabel: String
    private var joined: [String]?

    init(_ options: JSONValue) {
        valueLabel = options["value"]?.string ?? ""
        joined = options["join"]?.array.map { $0.compactMap(\.string) }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        var columns: [String] = []
        var keys: [String] = joined ?? []
        var rowOrder: [[String]] = []
        var cells: [[String]: [String: FieldValue]] = [:]
        for frame in frames {
            for field in frame.fields where field.kind != .time {
                guard let labels = field.labels, let column = labels[valueLabel] else { continue }
                if !columns.contains(column) { columns.append(column) }
                if joined == nil {
                    for label in labels.labels where label.name != valueLabel && !keys.contains(label.name) {
                        keys.append(label.name)
                    }
                }
            }
        }
        for frame in frames {
            for field in frame.fields where field.kind != .time {
                guard let labels = field.labels, let column = labels[valueLabel] else { continue }
                let key = keys.map { labels[$0] ?? "" }
                if cells[key] == nil { rowOrder.append(key) }
                cells[key, default: [:]][column] = ReduceCalc.lastNotNull.reduce(field.values)
            }
        }
        guard !columns.isEmpty else { return frames }
        var fields = keys.enumerated().map { index, name in
            Field(name, .texts(rowOrder.map { $0[index] }))
        }
        for column in columns {
            fields.append(Field(column, FieldValues(rowOrder.map { cells[$0]?[column] ?? .null })))
        }
        return [Frame(refID: frames.first?.refID ?? "", fields: fields)]
    }
}

/// All fields of all frames beside each other in one frame.
struct ConcatenateFields: FrameTransformation {
    private var nameMode: String
    private var nameLabel: String

    init(_ options: JSONValue) {
        nameMode = options["frameNameMode"]?.string ?? "field"
        nameLabel = options["frameNameLabel"]?.string ?? "frame"
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard frames.count > 1 else { return frames }
        let rows = frames.map(\.rowCount).max() ?? 0
        let all = Array(0..<rows)
        var fields: [Field] = []
        var seenTimes: [[FieldValue]] = []
        for frame in frames {
            for field in frame.fields {
                // The same times need not be there twice.
                if field.kind == .time {
                    let values = field.values.all
                    if seenTimes.contains(values) { continue }
                    seenTimes.append(values)
                }
                var copy = field.with(field.count == rows ? field.values : field.values.picking(all))
                if let name = frame.name, !name.isEmpty, field.kind != .time {
                    if nameMode == "field" {
                        copy.name = field.name.isEmpty ? name : "\(name) · \(field.name)"
                    } else if nameMode == "label" {
                        var builder = LabelSetBuilder(field.labels ?? .empty)
                        builder.set(nameLabel, name)
                        copy.labels = builder.labels()
                    }
                }
                fields.append(copy)
            }
        }
        return [Frame(refID: frames[0].refID, fields: fields)]
    }
}

/// The rows of all frames below each other, columns found by name.
struct AppendRows: FrameTransformation {
    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard frames.count > 1 else { return frames }
        var order: [String] = []
        for frame in frames {
            for field in frame.fields where !order.contains(field.name) { order.append(field.name) }
        }
        let fields = order.map { name in
            Field(
                name,
                FieldValues(
                    frames.flatMap { frame -> [FieldValue] in
                        frame.fields.first { $0.name == name }?.values.all
                            ?? Array(repeating: .null, count: frame.rowCount)
                    }))
        }
        return [Frame(refID: frames[0].refID, fields: fields)]
    }
}
