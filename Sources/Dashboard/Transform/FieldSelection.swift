import JSON

/// Orders, hides and renames fields: `organize`, and its parts `order` and `rename`.
struct OrganizeFields: FrameTransformation {
    private var excluded: Set<String> = []
    private var included: Set<String> = []
    private var order: [String: Double] = [:]
    private var names: [String: String] = [:]
    /// In place of a given order: by name, or by the value of a label.
    private var automatic: [(label: String?, isDescending: Bool)] = []

    init(_ options: JSONValue, path: String, _ notices: inout Notices) {
        for (name, flag) in options["excludeByName"]?.object ?? JSONObject() where flag.bool == true {
            excluded.insert(name)
        }
        for (name, flag) in options["includeByName"]?.object ?? JSONObject() where flag.bool == true {
            included.insert(name)
        }
        for (name, place) in options["indexByName"]?.object ?? JSONObject() {
            order[name] = FieldConfigReader.number(place)
        }
        for (name, new) in options["renameByName"]?.object ?? JSONObject() {
            if let text = new.string, !text.isEmpty { names[name] = text }
        }
        if (options["orderByMode"] ?? options["fieldOrder"])?.string == "auto" {
            let sorts = (options["orderBy"] ?? options["autoSortOptions"])?.elements ?? []
            automatic = sorts.compactMap { sort in
                switch sort["order"]?.string ?? (sort["desc"]?.bool == true ? "desc" : "asc") {
                case "asc": (sort["labelName"]?.string, false)
                case "desc": (sort["labelName"]?.string, true)
                default: nil
                }
            }
        }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        let fieldNames = FieldNames(frames)
        return frames.map { frame in
            let shown = fieldNames.names(in: frame)
            var indices = Array(frame.fields.indices)
            if !automatic.isEmpty {
                indices.sort { isBefore(frame, $0, $1) }
            } else if !order.isEmpty {
                func place(_ index: Int) -> Double { order[shown[index]] ?? .infinity }
                indices = indices.enumerated().sorted {
                    (place($0.element), $0.offset) < (place($1.element), $1.offset)
                }.map(\.element)
            }
            var result = frame
            result.fields = indices.compactMap { index in
                var field = frame.fields[index]
                let name = shown[index]
                if excluded.contains(name) { return nil }
                if !included.isEmpty && !included.contains(name) { return nil }
                // Two queries joined may leave names that the dashboard saw without their number.
                if let new = names[name] ?? names[field.name] {
                    field.config.displayName = context.scope.replacing(new, standard: .text)
                }
                return field
            }
            return result
        }
    }

    private func isBefore(_ frame: Frame, _ a: Int, _ b: Int) -> Bool {
        for sort in automatic {
            let left = sort.label.map { frame.fields[a].labels?[$0] ?? "" } ?? frame.fields[a].name
            let right = sort.label.map { frame.fields[b].labels?[$0] ?? "" } ?? frame.fields[b].name
            if left != right { return sort.isDescending ? left > right : left < right }
        }
        return a < b
    }
}

/// `frames` with the fields that are to stay, told by themselves, their frame and the name shown; a frame that loses
/// all of them goes.
private func keepingFields(
    of frames: [Frame], _ isKept: (Field, Frame, String) -> Bool
) -> [Frame] {
    let names = FieldNames(frames)
    return frames.compactMap { frame in
        var result = frame
        result.fields = zip(frame.fields, names.names(in: frame)).compactMap { field, name in
            isKept(field, frame, name) ? field : nil
        }
        return result.fields.isEmpty ? nil : result
    }
}

/// Keeps or drops fields by name or pattern.
struct FilterFieldsByName: FrameTransformation {
    private struct Choice: Sendable {
        var names: Set<String>?
        var pattern: ScriptPattern?
        var variable: String?

        init?(_ json: JSONValue?, byVariable: Bool, _ path: String, _ notices: inout Notices) {
            guard let json, !json.isNull else { return nil }
            if byVariable, let variable = json["variable"]?.string {
                self.variable = variable
                return
            }
            if let list = json["names"]?.array { names = Set(list.compactMap(\.string)) }
            if let text = json["pattern"]?.string, !text.isEmpty {
                pattern = readPattern(text, "\(path).pattern", &notices)
            }
            if names == nil && pattern == nil { return nil }
        }

        func contains(_ name: String, _ own: String, _ context: TransformContext) -> Bool {
            if let variable {
                let wanted = context.scope.replacing(variable, standard: .glob)
                return wanted == name
                    || wanted.dropFirst().dropLast().split(separator: ",").contains { $0 == name }
            }
            if let names, names.contains(name) || names.contains(own) { return true }
            guard let pattern else { return false }
            return pattern.regex.firstMatch(in: name) != nil
        }
    }

    private var include: Choice?
    private var exclude: Choice?

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        let byVariable = options["byVariable"]?.bool == true
        include = Choice(options["include"], byVariable: byVariable, "\(path).include", &notices)
        exclude = Choice(options["exclude"], byVariable: byVariable, "\(path).exclude", &notices)
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard include != nil || exclude != nil else { return frames }
        return keepingFields(of: frames) { field, _, name in
            (include?.contains(name, field.name, context) ?? true)
                && !(exclude?.contains(name, field.name, context) ?? false)
        }
    }
}

/// Keeps or drops the fields that a matcher finds.
struct FilterFields: FrameTransformation {
    private var include: FieldMatcher?
    private var exclude: FieldMatcher?

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        include = FieldMatcher(options["include"], path: "\(path).include", &notices)
        exclude = FieldMatcher(options["exclude"], path: "\(path).exclude", &notices)
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        keepingFields(of: frames) { field, frame, name in
            (include?.matches(field, in: frame, name: name) ?? true)
                && !(exclude?.matches(field, in: frame, name: name) ?? false)
        }
    }
}

/// Keeps the frames of some queries.
struct FilterByRefID: FrameTransformation {
    private var include: ScriptPattern?
    private var exclude: ScriptPattern?

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        func text(_ key: String) -> String? {
            options[key]?.string ?? options[key]?["options"]?.string
        }
        include = text("include").flatMap { readPattern($0, "\(path).include", &notices) }
        exclude = text("exclude").flatMap { readPattern($0, "\(path).exclude", &notices) }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        frames.filter { frame in
            if let include, !include.regex.matchesWhole(frame.refID) { return false }
            if let exclude, exclude.regex.matchesWhole(frame.refID) { return false }
            return true
        }
    }
}

/// Renames fields by a pattern and a replacement with groups.
struct RenameByRegex: FrameTransformation {
    private var pattern: ScriptPattern?
    private var replacement: String

    init(_ options: JSONValue, _ path: String, _ notices: inout Notices) {
        replacement = options["renamePattern"]?.string ?? ""
        pattern = (options["regex"]?.string).flatMap { readPattern($0, "\(path).regex", &notices) }
    }

    func apply(_ frames: [Frame], _ context: TransformContext) -> [Frame] {
        guard let pattern else { return frames }
        let template = context.scope.replacing(replacement, standard: .text)
        let names = FieldNames(frames)
        return frames.map { frame in
            var result = frame
            for index in frame.fields.indices where frame.fields[index].kind != .time {
                let name = names.name(at: index, in: frame)
                let new = replaced(name, pattern, template)
                if new != name { result.fields[index].config.displayName = new }
            }
            return result
        }
    }
}

/// `text` with the first match of `pattern`, or every one when it is global, replaced.
func replaced(_ text: String, _ pattern: ScriptPattern, _ template: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var start = 0
    while start <= bytes.count, let match = pattern.regex.firstMatch(in: text, from: start),
        let whole = match[0]
    {
        result += bytes[min(start, whole.lowerBound)..<whole.lowerBound]
        result += Array(expandGroups(template, match, bytes).utf8)
        if whole.isEmpty {
            if whole.lowerBound < bytes.count { result.append(bytes[whole.lowerBound]) }
            start = whole.upperBound + 1
        } else {
            start = whole.upperBound
        }
        if !pattern.isGlobal { break }
    }
    if start < bytes.count { result += bytes[start...] }
    return String(decoding: result, as: UTF8.self)
}

/// A pattern of a dashboard; a broken one is noted.
func readPattern(_ text: String, _ path: String, _ notices: inout Notices) -> ScriptPattern? {
    do {
        return try ScriptPattern(text)
    } catch {
        notices.add(path, text: text, .invalid(error.message))
        return nil
    }
}
