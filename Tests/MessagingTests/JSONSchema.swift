import Diagnostics
import JSON
import MetricModel

/// Validates JSON by those keywords of JSON Schema (draft 2020-12) that the envelope's schema uses.
///
/// A keyword that it does not know is an error: a rule must not pass because nobody looked at it.
struct JSONSchema {
    struct Unsupported: Error { var keyword: String }

    let root: JSONValue

    /// - Returns: the first fault found, with the path to it; `nil` when `value` is valid.
    func fault(_ value: JSONValue) throws -> String? { try fault(value, root, "$") }

    private func fault(_ value: JSONValue, _ schema: JSONValue, _ path: String) throws -> String? {
        if let allowed = schema.bool { return allowed ? nil : "\(path) is not allowed" }
        guard let keywords = schema.object else { throw Unsupported(keyword: "\(schema)") }
        for (keyword, argument) in keywords {
            if let found = try fault(value, keyword, argument, keywords, path) { return found }
        }
        return nil
    }

    private func fault(
        _ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ schema: JSONObject, _ path: String
    ) throws -> String? {
        switch keyword {
        case "$schema", "$id", "$defs", "title", "description", "then", "else": return nil
        case "$ref":
            let name = String(argument.string!.dropFirst("#/$defs/".count))
            return try fault(value, root["$defs"]![name]!, path)
        case "type":
            let names = argument.array?.map { $0.string! } ?? [argument.string!]
            return names.contains { isOfType(value, $0) } ? nil : "\(path) is not \(names)"
        case "const": return value == argument ? nil : "\(path) is not \(argument)"
        case "enum": return argument.elements.contains(value) ? nil : "\(path) is none of \(argument)"
        case "anyOf":
            return try argument.elements.contains { try fault(value, $0, path) == nil }
                ? nil : "\(path) fits no alternative"
        case "not": return try fault(value, argument, path) == nil ? "\(path) is what it must not be" : nil
        case "if":
            let branch = try fault(value, argument, path) == nil ? schema["then"] : schema["else"]
            return try branch.flatMap { try fault(value, $0, path) }
        case "minimum":
            return value.number.map { $0 >= argument.number! } ?? true ? nil : "\(path) is too small"
        case "maximum":
            return value.number.map { $0 <= argument.number! } ?? true ? nil : "\(path) is too large"
        case "minLength": return within(value.string?.unicodeScalars.count, atLeast: argument, path)
        case "maxLength": return within(value.string?.unicodeScalars.count, atMost: argument, path)
        case "minItems": return within(value.array?.count, atLeast: argument, path)
        case "maxItems": return within(value.array?.count, atMost: argument, path)
        case "maxProperties": return within(value.object?.count, atMost: argument, path)
        case "pattern":
            guard let text = value.string else { return nil }
            let matcher = try LabelMatcher("", .matchesRegex, argument.string!)
            return matcher.matches(text) ? nil : "\(path) does not match \(argument)"
        case "required":
            guard let object = value.object else { return nil }
            return argument.elements.first { object[$0.string!] == nil }.map { "\(path) lacks \($0)" }
        case "properties":
            guard let object = value.object else { return nil }
            for (key, rule) in argument.object! {
                guard let member = object[key] else { continue }
                if let found = try fault(member, rule, "\(path).\(key)") { return found }
            }
            return nil
        case "propertyNames":
            for key in value.object?.keys ?? [] {
                if let found = try fault(JSONValue(.string(key)), argument, "\(path) key `\(key)`") {
                    return found
                }
            }
            return nil
        case "additionalProperties":
            let known = schema["properties"]?.object
            for (key, member) in value.object ?? JSONObject() where known?[key] == nil {
                if let found = try fault(member, argument, "\(path).\(key)") { return found }
            }
            return nil
        case "items":
            for (index, element) in value.elements.enumerated() {
                if let found = try fault(element, argument, "\(path)[\(index)]") { return found }
            }
            return nil
        case "prefixItems":
            for (index, (element, rule)) in zip(value.elements, argument.elements).enumerated() {
                if let found = try fault(element, rule, "\(path)[\(index)]") { return found }
            }
            return nil
        default: throw Unsupported(keyword: keyword)
        }
    }

    private func isOfType(_ value: JSONValue, _ name: String) -> Bool {
        switch value.kind {
        case .null: name == "null"
        case .bool: name == "boolean"
        case .string: name == "string"
        case .array: name == "array"
        case .object: name == "object"
        case .number(let number):
            name == "number" || name == "integer" && number.double.rounded() == number.double
        }
    }

    private func within(_ count: Int?, atLeast limit: JSONValue, _ path: String) -> String? {
        guard let count, Double(count) < limit.number! else { return nil }
        return "\(path) is too short"
    }

    private func within(_ count: Int?, atMost limit: JSONValue, _ path: String) -> String? {
        guard let count, Double(count) > limit.number! else { return nil }
        return "\(path) is too long"
    }
}
