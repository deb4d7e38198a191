import JSON

/// What a transformation needs besides its frames.
struct TransformContext: Sendable {
    var scope: VariableScope
    var zone: ZoneClock
}

/// One step between a panel's answers and what it draws.
protocol FrameTransformation: Sendable {
    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame]
}

/// A transformation of a panel, with the frames that it is limited to.
struct TransformationStep: Sendable {
    var transformation: any FrameTransformation
    /// Only the frames of these queries; `nil` for all.
    var refIDs: ScriptPattern?

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard let refIDs else { return transformation.apply(frames, context) }
        var meant: [Frame] = []
        var others: [(index: Int, frame: Frame)] = []
        for (index, frame) in frames.enumerated() {
            if refIDs.regex.matchesWhole(frame.refID) {
                meant.append(frame)
            } else {
                others.append((index, frame))
            }
        }
        var result = transformation.apply(meant, context)
        for other in others { result.insert(other.frame, at: min(other.index, result.count)) }
        return result
    }
}

/// Grafana's transformations by id.
enum Transformations {
    /// Frames that a chain of transformations may make; more are cut, never waited for.
    static let framesMax = 2000
    /// Rows of a joined or merged table.
    static let rowsMax = 10_000

    /// Reads a panel's `transformations`; what is unknown is noted.
    static func read(_ json: JSONValue?, path: String, _ notices: inout Notices) -> [TransformationStep] {
        var steps: [TransformationStep] = []
        for (index, item) in (json?.elements ?? []).enumerated() {
            let path = "\(path)[\(index)]"
            // v2 has the id in `kind` and the rest in `spec`.
            let id = item["id"]?.string ?? item["kind"]?.string ?? ""
            let body = item["spec"] ?? item
            if body["disabled"]?.bool == true { continue }
            guard let transformation = transformation(id, body["options"] ?? [:], path, &notices) else {
                notices.add("\(path).id", text: id, .unknown)
                continue
            }
            var step = TransformationStep(transformation: transformation)
            if let filter = body["filter"], !filter.isNull {
                if filter["id"]?.string == "byRefId" || filter["id"]?.string == "byFrameRefID",
                    let pattern = filter["options"]?.string
                {
                    step.refIDs = try? ScriptPattern(pattern)
                } else {
                    notices.add("\(path).filter", filter, .value)
                }
            }
            if let topic = body["topic"]?.string, topic != "series" {
                notices.add("\(path).topic", body["topic"], .value)
                continue
            }
            steps.append(step)
        }
        return steps
    }

    static func apply(_ steps: [TransformationStep], to frames: [Frame], _ context: TransformContext)
        -> [Frame]
    {
        var frames = frames
        for step in steps {
            frames = step.apply(frames, context)
            if frames.count > framesMax { frames.removeLast(frames.count - framesMax) }
        }
        return frames
    }

    private static func transformation(
        _ id: String, _ options: JSONValue, _ path: String, _ notices: inout Notices
    ) -> (any FrameTransformation)? {
        let path = "\(path).options"
        switch id {
        case "organize", "order", "rename": return OrganizeFields(options, path: path, &notices)
        case "filterFieldsByName", "filterFieldsByNameInclude":
            return FilterFieldsByName(options, path, &notices)
        case "filterFields": return FilterFields(options, path, &notices)
        case "filterByRefId", "filterFrames": return FilterByRefID(options, path, &notices)
        case "renameByRegex": return RenameByRegex(options, path, &notices)
        case "merge": return MergeFrames()
        case "joinByField", "seriesToColumns": return JoinByField(options, path, &notices)
        case "joinByLabels": return JoinByLabels(options)
        case "concatenate": return ConcatenateFields(options)
        case "append": return AppendRows()
        case "reduce": return ReduceFields(options, path, &notices)
        case "groupBy": return GroupRows(options, path, &notices)
        case "calculateField": return CalculateField(options, path, &notices)
        case "labelsToFields": return LabelsToFields(options)
        case "seriesToRows": return SeriesToRows()
        case "timeSeriesTable": return TimeSeriesTable(options)
        case "groupingToMatrix": return GroupingToMatrix(options)
        case "rowsToFields": return RowsToFields(options, path, &notices)
        case "prepareTimeSeries": return PrepareTimeSeries(options, path, &notices)
        case "transpose": return TransposeRows(options)
        case "partitionByValues": return PartitionByValues(options)
        case "sortBy": return SortRows(options)
        case "limit": return LimitRows(options)
        case "filterByValue": return FilterByValue(options, path, &notices)
        case "convertFieldType": return ConvertFields(options, path, &notices)
        case "formatTime": return FormatTime(options)
        case "formatString": return FormatText(options, path, &notices)
        case "configFromData": return ConfigFromData(options, path, &notices)
        case "extractFields": return ExtractFields(options, path, &notices)
        case "histogram": return HistogramBuckets(options)
        case "noop": return NoTransformation()
        default: return nil
        }
    }
}

struct NoTransformation: FrameTransformation {
    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] { frames }
}
