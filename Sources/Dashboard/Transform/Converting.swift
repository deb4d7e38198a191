import JSON
import MetricModel

/// Fields as another type.
struct ConvertFields: FrameTransformation {
    private var conversions: [(field: String, kind: FieldKind)] = []

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        for (index, item) in (options["conversions"]?.elements ?? []).enumerated() {
            let type = item["destinationType"]?.string ?? ""
            // An enumeration shows its names, an object its text.
            let kind = type == "enum" || type == "other" ? FieldKind.string : FieldKind(rawValue: type)
            guard let kind else {
                notices.add("\(path).conversions[\(index)].destinationType", text: type, .value)
                continue
            }
            conversions.append((item["targetField"]?.string ?? "", kind))
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        let names = FieldNames(frames)
        return frames.map { frame in
            var result = frame
            for (index, field) in frame.fields.enumerated() {
                let name = names.name(at: index, in: frame)
                for conversion in conversions where conversion.field == name || conversion.field == field.name
                {
                    result.fields[index].values = Self.converted(
                        result.fields[index].values, to: conversion.kind, context)
                }
            }
            return result
        }
    }

    private static func converted(
        _ values: FieldValues, to kind: FieldKind, _ context: TransformContext
    ) -> FieldValues {
        let all = values.all
        switch kind {
        case .number:
            return .numbers(
                all.map { value in
                    if case .text(let text) = value {
                        // Text such as "1,024 B" counts as the number that it begins with.
                        let digits = text.filter { $0 != "," }.prefix { $0.isNumber || "+-.eE".contains($0) }
                        return NumberText.parse(digits)
                    }
                    return value.number
                })
        case .string: return .texts(all.map { $0.isNull ? nil : $0.plain })
        case .boolean:
            return .bools(
                all.map { value in
                    switch value {
                    case .null: nil
                    case .text(let text): !["", "false", "0", "no", "off"].contains(text.lowercased())
                    default: value.number.map { $0 != 0 }
                    }
                })
        case .time:
            return .times(
                all.map { value -> Int64? in
                    let time: Int64? =
                        switch value {
                        case .time(let time): time
                        case .number(let number): Timestamp(seconds: number / 1000).milliseconds
                        case .text(let text):
                            TimeExpression(text)?.time(
                                at: context.zone.now, isEnd: false, offsetSeconds: context.zone.offsetSeconds
                            ).milliseconds
                        default: nil
                        }
                    // What lies outside of every calendar is no time.
                    return time.flatMap { $0.magnitude <= TimeExpression.distanceMax ? $0 : nil }
                })
        case .series: return values
        }
    }
}

/// `frames` with the fields of that name, their own or the one shown, made into texts.
private func texts(
    of fieldName: String, in frames: [Frame], _ text: (FieldValue) -> String?
) -> [Frame] {
    let names = FieldNames(frames)
    return frames.map { frame in
        var result = frame
        for (index, field) in frame.fields.enumerated()
        where field.name == fieldName || names.name(at: index, in: frame) == fieldName {
            result.fields[index].values = .texts(field.values.all.map(text))
        }
        return result
    }
}

/// A time as text.
struct FormatTime: FrameTransformation {
    private var fieldName: String
    private var pattern: String

    init(_ options: JSONValue) {
        fieldName = options["timeField"]?.string ?? ""
        pattern = options["outputFormat"]?.string ?? ""
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        texts(of: fieldName, in: frames) { value in
            value.number.map { DateUnit.pattern(pattern).text($0, zone: context.zone) }
        }
    }
}

/// Text in another form: case, spaces, a part of it.
struct FormatText: FrameTransformation {
    private var fieldName: String
    private var form: String
    private var start: Int
    private var end: Int

    init?(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        fieldName = options["stringField"]?.string ?? ""
        form = options["outputFormat"]?.string ?? "Upper Case"
        start = FieldConfigReader.integer(options["substringStart"]) ?? 0
        end = FieldConfigReader.integer(options["substringEnd"]) ?? .max
        if Self.formatted("x", form, 0, 1) == nil {
            notices.add("\(path).outputFormat", options["outputFormat"], .value)
            return nil
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        texts(of: fieldName, in: frames) {
            $0.isNull ? nil : Self.formatted($0.plain, form, start, end) ?? $0.plain
        }
    }

    private static func formatted(_ text: String, _ form: String, _ start: Int, _ end: Int) -> String? {
        switch form {
        case "Upper Case": return text.uppercased()
        case "Lower Case": return text.lowercased()
        case "Sentence Case": return text.prefix(1).uppercased() + text.dropFirst()
        case "Title Case":
            return text.split(separator: " ", omittingEmptySubsequences: false).map {
                $0.prefix(1).uppercased() + $0.dropFirst()
            }.joined(separator: " ")
        case "Trim": return text.trimmed
        case "Substring":
            let from = max(0, min(start, text.count))
            return String(text.dropFirst(from).prefix(max(0, min(end, text.count) - from)))
        default: return nil
        }
    }
}

/// Field configuration out of another query's answer: maximum, unit, colour, thresholds, mappings.
struct ConfigFromData: FrameTransformation {
    /// Which column sets which property, and how it becomes one value.
    struct Mappings: Sendable {
        private var handlers: [String: String] = [:]
        private var calcs: [String: ReduceCalc] = [:]
        /// Columns of these names set the property of the same name without being asked.
        private static let standard: Set<String> = [
            "min", "max", "unit", "decimals", "displayName", "color", "threshold1", "noValue",
        ]

        init(_ json: JSONValue?, _ path: String, _ notices: inout Notices) {
            for (index, item) in (json?.elements ?? []).enumerated() {
                guard let name = item["fieldName"]?.string else { continue }
                let handler = item["handlerKey"]?.string
                if let handler, !ConfigFromData.isKnown(handler) {
                    notices.add("\(path)[\(index)].handlerKey", item["handlerKey"], .value)
                }
                handlers[name] = handler ?? "__ignore"
                calcs[name] = item["reducerId"]?.string.flatMap { ReduceCalc($0) }
            }
        }

        func handler(_ name: String) -> String? {
            if let handler = handlers[name] { return handler == "__ignore" ? nil : handler }
            return Self.standard.contains(name) ? name : nil
        }

        func calc(_ name: String) -> ReduceCalc { calcs[name] ?? .lastNotNull }
    }

    private var refID: String
    private var mappings: Mappings
    private var target: FieldMatcher

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        refID = options["configRefId"]?.string ?? "config"
        mappings = Mappings(options["mappings"], "\(path).mappings", &notices)
        target = FieldMatcher(options["applyTo"], path: "\(path).applyTo", &notices) ?? .numeric
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard let source = frames.first(where: { $0.refID == refID }) else { return frames }
        var config = FieldConfig()
        let names = FieldNames(frames)
        var values: [FieldValue] = []
        var texts: [FieldValue] = []
        var colors: [FieldValue] = []
        for (index, field) in source.fields.enumerated() {
            let name = names.name(at: index, in: source)
            guard let handler = mappings.handler(name) ?? mappings.handler(field.name) else { continue }
            switch handler {
            case "mappings.value": values = field.values.all
            case "mappings.text": texts = field.values.all
            case "mappings.color": colors = field.values.all
            default: Self.set(handler, mappings.calc(name).reduce(field.values), in: &config)
            }
        }
        if !values.isEmpty {
            var outcomes: [String: ValueMapping.Outcome] = [:]
            for (index, value) in values.enumerated() {
                outcomes[value.plain] = ValueMapping.Outcome(
                    text: index < texts.count ? texts[index].plain : nil,
                    color: index < colors.count ? ColorNames.color(colors[index].plain) : nil)
            }
            config.mappings = [.values(outcomes)]
        }
        return frames.compactMap { frame in
            if frame.refID == refID { return nil }
            var result = frame
            for (index, field) in frame.fields.enumerated()
            where target.matches(field, in: frame, name: names.name(at: index, in: frame)) {
                result.fields[index].config = field.config.overlaid(with: config)
            }
            return result
        }
    }

    static func isKnown(_ handler: String) -> Bool {
        [
            "min", "max", "unit", "decimals", "displayName", "color", "threshold1", "noValue",
            "mappings.value",
            "mappings.text", "mappings.color", "field.name", "field.value", "field.label", "__ignore",
        ].contains(handler)
    }

    static func set(_ handler: String, _ value: FieldValue, in config: inout FieldConfig) {
        switch handler {
        case "min": config.min = value.number
        case "max": config.max = value.number
        case "unit": config.unit = value.isNull ? nil : value.plain
        case "decimals": config.decimals = value.number.flatMap { $0.magnitude < 100 ? Int($0) : nil }
        case "displayName": config.displayName = value.isNull ? nil : value.plain
        case "noValue": config.noValue = value.isNull ? nil : value.plain
        case "color":
            if let color = ColorNames.color(value.plain) {
                config.color = ColorScheme(mode: .fixed, fixed: color)
            }
        case "threshold1":
            if let number = value.number {
                config.thresholds = Thresholds(steps: [
                    ThresholdStep(value: -.infinity, color: .ok),
                    ThresholdStep(value: number, color: .critical),
                ])
            }
        default: break
        }
    }
}

/// Fields out of a text field: JSON, key=value pairs, a pattern's groups, parts between delimiters.
struct ExtractFields: FrameTransformation {
    static let fieldsMax = 200

    private var source: String
    private var format: String
    private var replaces: Bool
    private var keepsTime: Bool
    private var paths: [(path: String, alias: String)]
    private var pattern: ScriptPattern?
    private var delimiter: Character

    init?(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        source = options["source"]?.string ?? ""
        format = options["format"]?.string ?? "auto"
        replaces = options["replace"]?.bool == true
        keepsTime = options["keepTime"]?.bool == true
        paths = (options["jsonPaths"]?.elements ?? []).compactMap { item in
            FieldConfigReader.text(item["path"]).map { ($0, FieldConfigReader.text(item["alias"]) ?? $0) }
        }
        pattern = (options["regExp"]?.string).flatMap { readPattern($0, "\(path).regExp", &notices) }
        delimiter = options["delimiter"]?.string?.first ?? ","
        if !["auto", "json", "kvp", "regexp", "delimiter"].contains(format) {
            notices.add("\(path).format", options["format"], .value)
            return nil
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        let names = FieldNames(frames)
        return frames.map { frame in
            guard
                let field = frame.fields.indices.first(where: {
                    frame.fields[$0].name == source || names.name(at: $0, in: frame) == source
                }).map({ frame.fields[$0] })
            else { return frame }
            var order: [String] = []
            var columns: [String: [FieldValue]] = [:]
            for row in 0..<frame.rowCount {
                for (name, value) in extracted(field.values[row].plain) {
                    if columns[name] == nil {
                        guard order.count < Self.fieldsMax else { continue }
                        order.append(name)
                        columns[name] = Array(repeating: .null, count: row)
                    }
                    if let count = columns[name]?.count, count <= row { columns[name]?.append(value) }
                }
                for name in order where columns[name]?.count == row { columns[name]?.append(.null) }
            }
            let new = order.map { Field($0, FieldValues(columns[$0] ?? [])) }
            var result = frame
            if replaces {
                result.fields = (keepsTime ? frame.fields.filter { $0.kind == .time } : []) + new
            } else {
                result.fields += new
            }
            return result
        }
    }

    private func extracted(_ text: String) -> [(String, FieldValue)] {
        switch format {
        case "regexp":
            guard let pattern, let match = pattern.regex.firstMatch(in: text) else { return [] }
            let bytes = Array(text.utf8)
            return (1..<max(1, match.count)).compactMap { index in
                match[index].map {
                    (
                        pattern.regex.groupName(index) ?? "group \(index)",
                        .text(String(decoding: bytes[$0], as: UTF8.self))
                    )
                }
            }
        case "delimiter":
            return text.split(separator: delimiter).map { ($0.trimmed, .number(1)) }
        case "kvp": return pairs(text)
        default:
            guard let json = try? JSONValue.parse(text) else { return format == "auto" ? pairs(text) : [] }
            if !paths.isEmpty {
                return paths.map { ($0.alias, Self.value(at: $0.path, in: json)) }
            }
            return (json.object ?? JSONObject()).map { ($0.key, Self.fieldValue($0.value)) }
        }
    }

    private func pairs(_ text: String) -> [(String, FieldValue)] {
        var result: [(String, FieldValue)] = []
        for part in text.split(whereSeparator: { ",;&{}\n ".contains($0) }) {
            guard let mark = part.firstIndex(where: { $0 == "=" || $0 == ":" }) else { continue }
            let name = part[..<mark].filter { $0 != "\"" && $0 != "'" }
            let value = part[part.index(after: mark)...].filter { $0 != "\"" && $0 != "'" }
            result.append((name, NumberText.parse(value).map(FieldValue.number) ?? .text(value)))
        }
        return result
    }

    /// The value at `a.b[0].c`.
    private static func value(at path: String, in json: JSONValue) -> FieldValue {
        var value: JSONValue? = json
        for part in path.split(whereSeparator: { ".[]\"'".contains($0) }) {
            value = Int(part).flatMap { value?[$0] } ?? value?[String(part)]
        }
        return value.map(fieldValue) ?? .null
    }

    private static func fieldValue(_ json: JSONValue) -> FieldValue {
        switch json.kind {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let value): .number(value.double)
        case .string(let text): .text(text)
        default: .text(shortJSON(json))
        }
    }
}
