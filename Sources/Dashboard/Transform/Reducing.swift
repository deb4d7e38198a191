import JSON
import MetricModel

/// Each series as one row, or each field as one value.
struct ReduceFields: FrameTransformation {
    private var calcs: [ReduceCalc]
    private var isFieldwise: Bool
    private var includesTime: Bool
    private var labelsToFields: Bool
    private var matcher: FieldMatcher?

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        calcs = []
        for (index, id) in (options["reducers"]?.elements ?? ["max"]).enumerated() {
            if let calc = id.string.flatMap({ ReduceCalc($0) }) {
                calcs.append(calc)
            } else {
                notices.add("\(path).reducers[\(index)]", id, .value)
            }
        }
        isFieldwise = options["mode"]?.string == "reduceFields"
        includesTime = options["includeTimeField"]?.bool == true
        labelsToFields = options["labelsToFields"]?.bool == true
        matcher = FieldMatcher(options["fields"], path: "\(path).fields", &notices)
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard !calcs.isEmpty else { return frames }
        return isFieldwise ? fieldwise(frames) : rows(frames)
    }

    private func isMeant(_ field: Field, _ frame: Frame, _ name: String) -> Bool {
        if let matcher { return matcher.matches(field, in: frame, name: name) }
        return field.kind != .time || includesTime && isFieldwise
    }

    private func fieldwise(_ frames: [Frame]) -> [Frame] {
        let names = FieldNames(frames)
        return frames.compactMap { frame in
            var result = frame
            result.fields = []
            for (index, field) in frame.fields.enumerated() {
                guard isMeant(field, frame, names.name(at: index, in: frame)) else { continue }
                for calc in calcs {
                    var copy = field.with(FieldValues([calc.reduce(field.values)]))
                    if calcs.count > 1 {
                        var builder = LabelSetBuilder(field.labels ?? .empty)
                        builder.set("reducer", calc.title)
                        copy.labels = builder.labels()
                        if let legend = copy.legend { copy.legend = "\(calc.title) \(legend)" }
                    }
                    result.fields.append(copy)
                }
            }
            return result.fields.isEmpty ? nil : result
        }
    }

    private func rows(_ frames: [Frame]) -> [Frame] {
        let names = FieldNames(frames)
        var labelNames: [String] = []
        if labelsToFields {
            for frame in frames {
                for field in frame.fields {
                    for label in field.labels?.labels ?? [] where !labelNames.contains(label.name) {
                        labelNames.append(label.name)
                    }
                }
            }
        }
        var first: [FieldValue] = []
        var labels = [[FieldValue]](repeating: [], count: labelNames.count)
        var values = [[FieldValue]](repeating: [], count: calcs.count)
        for frame in frames {
            for (index, field) in frame.fields.enumerated() {
                let name = names.name(at: index, in: frame)
                guard isMeant(field, frame, name) else { continue }
                first.append(.text(labelsToFields ? field.name : name))
                for (index, label) in labelNames.enumerated() {
                    labels[index].append(field.labels?[label].map(FieldValue.text) ?? .null)
                }
                for (index, calc) in calcs.enumerated() { values[index].append(calc.reduce(field.values)) }
            }
        }
        var fields = [Field("Field", .texts(first.map(\.plain)))]
        for (name, column) in zip(labelNames, labels) { fields.append(Field(name, FieldValues(column))) }
        for (calc, column) in zip(calcs, values) { fields.append(Field(calc.title, FieldValues(column))) }
        return [Frame(refID: frames.first?.refID ?? "", fields: fields)]
    }
}

/// Rows with the same values of some fields become one, the other fields calculated over them.
struct GroupRows: FrameTransformation {
    private enum Operation: Sendable {
        case group
        case aggregate([ReduceCalc])
        case takeFirst, takeLast
    }

    private var operations: [String: Operation] = [:]

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        for (name, field) in options["fields"]?.object ?? JSONObject() {
            switch field["operation"]?.string {
            case "groupby": operations[name] = .group
            case "aggregate":
                var calcs: [ReduceCalc] = []
                for id in field["aggregations"]?.elements ?? [] {
                    if let calc = id.string.flatMap({ ReduceCalc($0) }) {
                        calcs.append(calc)
                    } else {
                        notices.add("\(path).fields.\(name).aggregations", id, .value)
                    }
                }
                operations[name] = .aggregate(calcs)
            case "count": operations[name] = .aggregate([.count])
            case "takefirst": operations[name] = .takeFirst
            case "takelast": operations[name] = .takeLast
            case nil: break
            default: notices.add("\(path).fields.\(name).operation", field["operation"], .value)
            }
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard operations.values.contains(where: { if case .group = $0 { true } else { false } }) else {
            return frames
        }
        let names = FieldNames(frames)
        return frames.compactMap { frame in
            let shown = names.names(in: frame)
            func operation(_ index: Int) -> Operation? {
                operations[shown[index]] ?? operations[frame.fields[index].name]
            }
            let keys = frame.fields.indices.filter { if case .group = operation($0) { true } else { false } }
            guard !keys.isEmpty else { return nil }
            var groups: [[Int]] = []
            var byKey: [[FieldValue]: Int] = [:]
            for row in 0..<frame.rowCount {
                let key = keys.map { frame.fields[$0].values[row] }
                if let group = byKey[key] {
                    groups[group].append(row)
                } else {
                    byKey[key] = groups.count
                    groups.append([row])
                }
            }
            var result = frame
            result.name = nil
            result.fields = keys.map {
                frame.fields[$0].with(frame.fields[$0].values.picking(groups.map { $0[0] }))
            }
            for index in frame.fields.indices where !keys.contains(index) {
                let field = frame.fields[index]
                switch operation(index) {
                case .aggregate(let calcs):
                    for calc in calcs {
                        let column = groups.map { calc.reduce(field.values.picking($0)) }
                        var new = Field("\(shown[index]) (\(calc.id))", FieldValues(column))
                        if calc.keepsUnit { new.config.unit = field.config.unit }
                        result.fields.append(new)
                    }
                case .takeFirst: result.fields.append(field.with(field.values.picking(groups.map { $0[0] })))
                case .takeLast:
                    result.fields.append(field.with(field.values.picking(groups.map { $0[$0.count - 1] })))
                default: break
                }
            }
            return result
        }
    }
}

/// Counts of values by size.
struct HistogramBuckets: FrameTransformation {
    static let bucketsMax = 200
    static let lowName = "BucketMin"
    static let highName = "BucketMax"

    var size: Double?
    var offset: Double
    var combines: Bool
    /// Grafana aims at this many buckets when the panel names no size.
    var countWanted: Double

    init(_ options: JSONValue) {
        let size = FieldConfigReader.number(options["bucketSize"])
        self.size = size.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        offset = FieldConfigReader.number(options["bucketOffset"]).flatMap { $0.isFinite ? $0 : nil } ?? 0
        combines = options["combine"]?.bool == true
        countWanted = FieldConfigReader.number(options["bucketCount"]).flatMap { $0 > 0 ? $0 : nil } ?? 30
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        var fields = frames.flatMap(\.fields).filter { $0.kind == .number }
        let values = fields.flatMap { $0.values.numbers.compactMap { $0 }.filter(\.isFinite) }
        guard let least = values.min(), let greatest = values.max(), (greatest - least).isFinite else {
            return []
        }
        if combines { fields = [Field("Count", .numbers(values))] }
        var width = size ?? Self.roundSize((greatest - least) / countWanted)
        // A size that makes thousands of buckets is coarsened rather than drawn.
        while (greatest - least) / width > Double(Self.bucketsMax) { width *= 2 }
        func bucket(_ value: Double) -> Double { ((value - offset) / width).rounded(.down) * width + offset }
        let first = bucket(least)
        let count = Int(((bucket(greatest) - first) / width).rounded()) + 1
        let lows = (0..<count).map { first + Double($0) * width }
        var result = [
            Field(Self.lowName, .numbers(lows)), Field(Self.highName, .numbers(lows.map { $0 + width })),
        ]
        for field in fields {
            var counts = [Double?](repeating: 0, count: count)
            for case let value? in field.values.numbers where value.isFinite {
                let index = Int(((bucket(value) - first) / width).rounded())
                if counts.indices.contains(index) { counts[index] = (counts[index] ?? 0) + 1 }
            }
            var column = field.with(.numbers(counts))
            column.config.unit = nil
            result.append(column)
        }
        return [Frame(refID: frames.first?.refID ?? "", fields: result)]
    }

    private static func roundSize(_ size: Double) -> Double {
        guard size > 1e-300, size.isFinite else { return 1 }
        var unit = 1.0
        while unit > size { unit /= 10 }
        while unit * 10 <= size { unit *= 10 }
        for factor in [1, 2, 2.5, 5, 10] where unit * factor >= size { return unit * factor }
        return unit * 10
    }
}
