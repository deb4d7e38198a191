import JSON
import MetricModel
import RegularExpressions

/// Reads Grafana's field properties, of defaults and of overrides alike.
enum FieldConfigReader {
    /// Reads `fieldConfig.defaults`.
    static func defaults(_ json: JSONValue?, path: String, _ notices: inout Notices) -> FieldConfig {
        var config = FieldConfig()
        guard let members = json?.object else { return config }
        for (key, value) in members {
            if key == "custom" {
                guard let custom = value.object else { continue }
                for (name, value) in custom {
                    set("custom.\(name)", value, in: &config, path: "\(path).custom.\(name)", &notices)
                }
            } else {
                set(key, value, in: &config, path: "\(path).\(key)", &notices)
            }
        }
        return config
    }

    /// Reads `fieldConfig.overrides`.
    static func overrides(_ json: JSONValue?, path: String, _ notices: inout Notices) -> [FieldOverride] {
        var overrides: [FieldOverride] = []
        for (index, item) in (json?.elements ?? []).enumerated() {
            let path = "\(path)[\(index)]"
            guard let matcher = FieldMatcher(item["matcher"], path: "\(path).matcher", &notices) else {
                continue
            }
            var config = FieldConfig()
            for (index, property) in (item["properties"]?.elements ?? []).enumerated() {
                guard let id = property["id"]?.string else { continue }
                set(
                    id, property["value"] ?? nil, in: &config,
                    path: "\(path).properties[\(index)].\(id)", &notices)
            }
            overrides.append(FieldOverride(matcher: matcher, config: config))
        }
        return overrides
    }

    /// Sets one property; an unknown one becomes a notice.
    static func set(
        _ id: String, _ value: JSONValue, in config: inout FieldConfig, path: String, _ notices: inout Notices
    ) {
        switch id {
        case "unit":
            config.unit = value.string
        case "decimals": config.decimals = integer(value)
        case "min": config.min = number(value)
        case "max": config.max = number(value)
        case "fieldMinMax": config.usesFieldMinMax = value.bool
        case "noValue": config.noValue = text(value)
        case "displayName", "title": config.displayName = value.string.flatMap { $0.isEmpty ? nil : $0 }
        case "mappings": config.mappings = ValueMappingReader.mappings(value, path: path, &notices)
        case "thresholds": config.thresholds = thresholds(value, path: path, &notices)
        case "color": config.color = color(value, path: path, &notices)
        case "nullValueMode":
            if value.string == "null as zero" { notices.add(path, value, .leftOut(absenceIsNotZero)) }
        default:
            if id.hasPrefix("custom.") {
                CustomConfigReader.set(
                    String(id.dropFirst(7)), value, in: &config.custom, path: path, &notices)
            } else if !HarmlessKeys.field.contains(id), !isEmpty(value) {
                notices.add(path, value)
            }
        }
    }

    static let absenceIsNotZero = "absence is never drawn as zero"

    static func thresholds(_ json: JSONValue, path: String, _ notices: inout Notices) -> Thresholds? {
        guard let steps = json["steps"]?.array else { return nil }
        var read: [ThresholdStep] = []
        for (index, step) in steps.enumerated() {
            let color = step["color"]?.string ?? ""
            guard let known = ColorNames.color(color) else {
                notices.add("\(path).steps[\(index)].color", step["color"], .value)
                continue
            }
            // The base has no value, or null, or an infinity that JSON cannot write.
            let value = index == 0 ? number(step["value"]) ?? -.infinity : number(step["value"])
            guard let value else { continue }
            read.append(ThresholdStep(value: value, color: known))
        }
        // A lone base is still a choice of colour.
        return Thresholds(isPercentage: json["mode"]?.string == "percentage", steps: read)
    }

    static func color(_ json: JSONValue, path: String, _ notices: inout Notices) -> ColorScheme? {
        // Old overrides give the colour itself.
        if let name = json.string {
            guard let fixed = ColorNames.color(name) else {
                notices.add(path, json, .value)
                return nil
            }
            return ColorScheme(mode: .fixed, fixed: fixed)
        }
        guard json.object != nil else { return nil }
        var scheme = ColorScheme()
        if let id = json["mode"]?.string, !id.isEmpty {
            if let mode = ColorScheme.mode(id) {
                scheme.mode = mode
            } else {
                notices.add("\(path).mode", json["mode"], .value)
            }
        } else {
            scheme.mode = json["fixedColor"]?.string == nil ? .thresholds : .fixed
        }
        if let name = json["fixedColor"]?.string, !name.isEmpty {
            scheme.fixed = ColorNames.color(name)
            if scheme.fixed == nil { notices.add("\(path).fixedColor", json["fixedColor"], .value) }
        }
        if let by = json["seriesBy"]?.string { scheme.seriesBy = ReduceCalc(by) ?? .last }
        return scheme
    }

    // MARK: Values as files write them

    /// A number, also one written as a string.
    static func number(_ value: JSONValue?) -> Double? {
        guard let value else { return nil }
        if let number = value.number { return number }
        return value.string.flatMap { NumberText.parse($0) }
    }

    static func integer(_ value: JSONValue?) -> Int? {
        guard let number = number(value), number.isFinite, number.magnitude < 1e9 else { return nil }
        return Int(number)
    }

    static func text(_ value: JSONValue?) -> String? {
        guard let value else { return nil }
        if let string = value.string { return string.isEmpty ? nil : string }
        return value.number.map(NumberText.shortest)
    }

    /// Whether a value asks for nothing: null, false, an empty text, list or object.
    static func isEmpty(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null: true
        case .bool(let bool): !bool
        case .string(let text): text.isEmpty
        case .array(let values): values.isEmpty
        case .object(let members): members.values.allSatisfy(isEmpty)
        case .number: false
        }
    }
}

/// Reads value mappings, those of Grafana 8 and later and those before.
enum ValueMappingReader {
    static func mappings(_ json: JSONValue, path: String, _ notices: inout Notices) -> [ValueMapping] {
        var result: [ValueMapping] = []
        for (index, item) in json.elements.enumerated() {
            let path = "\(path)[\(index)]"
            if let type = item["type"]?.string {
                read(type, item["options"] ?? nil, path: path, into: &result, &notices)
            } else if item["type"]?.integer == 2 || item["from"] != nil && item["value"] == nil {
                guard let from = FieldConfigReader.number(item["from"]),
                    let to = FieldConfigReader.number(item["to"])
                else {
                    // A range without bounds is the mapping that Grafana once wrote for "no value".
                    if item["from"]?.string == "null", let text = item["text"]?.string {
                        result.append(.special(.null, .init(text: text)))
                    }
                    continue
                }
                result.append(.range(from: from, to: to, outcome(item)))
            } else if item["value"] != nil {
                appendOld(item, into: &result)
            } else {
                notices.add(path, item, .value)
            }
        }
        return result
    }

    /// A mapping of one value to a text: `type` 1, and the `valueMaps` of single stats.
    static func appendOld(_ item: JSONValue, into result: inout [ValueMapping]) {
        guard let value = item["value"] else { return }
        let text = value.string ?? value.number.map(NumberText.shortest) ?? "null"
        if text.isEmpty { return }
        if text == "null" {
            result.append(.special(.null, outcome(item)))
        } else {
            result.append(.values([text: outcome(item)]))
        }
    }

    private static func read(
        _ type: String, _ options: JSONValue, path: String, into result: inout [ValueMapping],
        _ notices: inout Notices
    ) {
        switch type {
        case "value":
            var outcomes: [String: ValueMapping.Outcome] = [:]
            for (value, item) in options.object ?? JSONObject() { outcomes[value] = outcome(item) }
            result.append(.values(outcomes))
        case "range":
            result.append(
                .range(
                    from: FieldConfigReader.number(options["from"]) ?? -.infinity,
                    to: FieldConfigReader.number(options["to"]) ?? .infinity,
                    outcome(options["result"] ?? nil)))
        case "regex":
            let pattern = options["pattern"]?.string ?? ""
            let outcome = outcome(options["result"] ?? nil)
            do throws(RegularExpression.PatternError) {
                result.append(
                    .regex(try ScriptPattern(pattern).regex, text: outcome.text, color: outcome.color))
            } catch {
                notices.add("\(path).options.pattern", text: pattern, .invalid(error.message))
            }
        case "special":
            let match = options["match"]?.string ?? "null"
            guard let special = ValueMapping.Special(rawValue: match) else {
                notices.add("\(path).options.match", options["match"], .value)
                return
            }
            result.append(.special(special, outcome(options["result"] ?? nil)))
        default: notices.add("\(path).type", text: type, .value)
        }
    }

    private static func outcome(_ json: JSONValue) -> ValueMapping.Outcome {
        ValueMapping.Outcome(
            text: json["text"]?.string ?? json["text"]?.number.map(NumberText.shortest),
            color: json["color"]?.string.flatMap(ColorNames.color))
    }
}
