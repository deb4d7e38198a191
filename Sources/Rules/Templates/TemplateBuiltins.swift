/// The functions that every Go template has.
extension TemplateExecutor {
    /// By name; `and` and `or`, which do not look at all their arguments, are the executor's own.
    static let builtins: [String: Function] = [
        "call": Function([.any], rest: .any) { values, _ throws(TemplateError) in
            if case .nothing = values[0] { throw TemplateError("call of nil") }
            throw TemplateError("non-function of type \(values[0].typeName)")
        },
        "html": Function([], rest: .any) { values, _ throws(TemplateError) in
            .string(htmlEscaped(text(values)))
        },
        "js": Function([], rest: .any) { values, _ throws(TemplateError) in .string(jsEscaped(text(values)))
        },
        "urlquery": Function([], rest: .any) { values, _ throws(TemplateError) in
            .string(queryEscaped(text(values)))
        },
        "print": Function([], rest: .any) { values, _ throws(TemplateError) in
            .string(GoFormat.sprint(values))
        },
        "println": Function([], rest: .any) { values, _ throws(TemplateError) in
            .string(GoFormat.sprintln(values))
        },
        "printf": Function([.string], rest: .any) { values, _ throws(TemplateError) in
            guard case .string(let format) = values[0] else { return .nothing }
            return .string(GoFormat.sprintf(format, Array(values.dropFirst())))
        },
        "not": Function([.any]) { values, _ throws(TemplateError) in .bool(!values[0].isTrue) },
        "len": Function([.any]) { values, _ throws(TemplateError) in .int(Int64(try length(values[0]))) },
        "index": Function([.any], rest: .any) { values, _ throws(TemplateError) in
            var item = values[0]
            for key in values.dropFirst() { item = try entry(key, of: item) }
            return item
        },
        "slice": Function([.any], rest: .any) { values, _ throws(TemplateError) in
            try slice(values[0], Array(values.dropFirst()))
        },
        "eq": Function([.any], rest: .any) { values, _ throws(TemplateError) in
            guard values.count > 1 else { throw TemplateError("missing argument for comparison") }
            for other in values.dropFirst() where try isEqual(values[0], other) { return .bool(true) }
            return .bool(false)
        },
        "ne": Function([.any, .any]) { values, _ throws(TemplateError) in
            .bool(!(try isEqual(values[0], values[1])))
        },
        "lt": Function([.any, .any]) { values, _ throws(TemplateError) in
            .bool(try isLess(values[0], values[1]))
        },
        "le": Function([.any, .any]) { values, _ throws(TemplateError) in
            .bool(try isLessOrEqual(values[0], values[1]))
        },
        "gt": Function([.any, .any]) { values, _ throws(TemplateError) in
            .bool(!(try isLessOrEqual(values[0], values[1])))
        },
        "ge": Function([.any, .any]) { values, _ throws(TemplateError) in
            .bool(!(try isLess(values[0], values[1])))
        },
    ]

    /// All functions that a template may name.
    static let functions: [String: Function] = builtins.merging(prometheusFunctions) { _, ours in ours }
    static let functionNames: Set<String> = Set(functions.keys).union(["and", "or"])

    // MARK: Comparison

    private enum Basic {
        case bool(Bool)
        case int(Int64)
        case float(Double)
        case string(String)
    }

    private static func basic(_ value: TemplateValue) -> Basic? {
        switch value {
        case .bool(let flag): .bool(flag)
        case .int(let number), .named(let number, _, _), .duration(let number, false): .int(number)
        case .float(let number): .float(number)
        case .string(let text): .string(text)
        default: nil
        }
    }

    private static let incompatible = TemplateError("incompatible types for comparison")
    private static let incomparable = TemplateError("invalid type for comparison")

    private static func isEqual(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateError) -> Bool {
        switch (basic(a), basic(b)) {
        case (.bool(let left), .bool(let right)): return left == right
        case (.int(let left), .int(let right)): return left == right
        case (.float(let left), .float(let right)): return left == right
        // Bytes, not Unicode's equivalence.
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (nil, nil):
            if a.isNothing || b.isNothing { return a.isNothing && b.isNothing }
            switch (a, b) {
            case (.duration(let left, _), .duration(let right, _)): return left == right
            case (.time(let left), .time(let right)): return left.nanoseconds == right.nanoseconds
            default:
                throw TemplateError(
                    "non-comparable types \(GoFormat.sprint([a])): \(a.typeName), \(b.typeName): "
                        + GoFormat.sprint([b]))
            }
        default:
            if a.isNothing || b.isNothing { return false }
            throw incompatible
        }
    }

    private static func isLess(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateError) -> Bool {
        guard let left = basic(a), let right = basic(b) else { throw incomparable }
        switch (left, right) {
        case (.int(let left), .int(let right)): return left < right
        case (.float(let left), .float(let right)): return left < right
        case (.string(let left), .string(let right)): return left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.bool, .bool): throw incomparable
        default: throw incompatible
        }
    }

    private static func isLessOrEqual(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateError) -> Bool {
        if try isLess(a, b) { return true }
        return try isEqual(a, b)
    }

    // MARK: Containers

    private static func length(_ value: TemplateValue) throws(TemplateError) -> Int {
        switch value {
        case .string(let text): text.utf8.count
        case .labels(let labels): labels.count
        case .queryResult(let samples): samples.count
        case .arguments(let entries): entries.count
        case .nothing: throw TemplateError("len of nil pointer")
        default: throw TemplateError("len of type \(value.typeName)")
        }
    }

    private static func entry(
        _ key: TemplateValue, of item: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        switch item {
        case .nothing: throw TemplateError("index of untyped nil")
        case .labels(let labels): return .string(labels[try name(key)] ?? "")
        case .arguments(let entries): return entries[try name(key)] ?? .nothing
        case .queryResult(let samples): return .sample(samples[try position(key, limit: samples.count - 1)])
        case .string(let text):
            let bytes = Array(text.utf8)
            return .int(Int64(bytes[try position(key, limit: bytes.count - 1)]))
        default: throw TemplateError("can't index item of type \(item.typeName)")
        }
    }

    private static func name(_ key: TemplateValue) throws(TemplateError) -> String {
        switch key {
        case .string(let name): return name
        case .nothing: throw TemplateError("value is nil; should be of type string")
        default: throw TemplateError("value has type \(key.typeName); should be string")
        }
    }

    /// - Parameter limit: the largest index allowed.
    private static func position(_ key: TemplateValue, limit: Int) throws(TemplateError) -> Int {
        switch key {
        case .int(let number), .named(let number, _, _), .duration(let number, false):
            guard number >= 0, number <= limit else { throw TemplateError("index out of range: \(number)") }
            return Int(number)
        case .nothing: throw TemplateError("cannot index slice/array with nil")
        default: throw TemplateError("cannot index slice/array with type \(key.typeName)")
        }
    }

    private static func slice(
        _ item: TemplateValue, _ keys: [TemplateValue]
    ) throws(TemplateError) -> TemplateValue {
        guard keys.count <= 3 else { throw TemplateError("too many slice indexes: \(keys.count)") }
        let count: Int
        switch item {
        case .nothing: throw TemplateError("slice of untyped nil")
        case .string(let text):
            if keys.count == 3 { throw TemplateError("cannot 3-index slice a string") }
            count = text.utf8.count
        case .queryResult(let samples): count = samples.count
        default: throw TemplateError("can't slice item of type \(item.typeName)")
        }
        var bounds = [0, count]
        for (index, key) in keys.enumerated() {
            let bound = try position(key, limit: count)
            if index < 2 { bounds[index] = bound }
        }
        guard bounds[0] <= bounds[1] else {
            throw TemplateError("invalid slice index: \(bounds[0]) > \(bounds[1])")
        }
        if case .queryResult(let samples) = item {
            return .queryResult(Array(samples[bounds[0]..<bounds[1]]))
        }
        guard case .string(let text) = item else { return .nothing }
        return .string(String(decoding: Array(text.utf8)[bounds[0]..<bounds[1]], as: UTF8.self))
    }

    // MARK: Escaping

    /// What `html`, `js` and `urlquery` escape: a single string as it is, anything else printed.
    private static func text(_ values: [TemplateValue]) -> String {
        if values.count == 1, case .string(let text) = values[0] { return text }
        return GoFormat.sprint(values.map { $0.isNothing ? .string("<no value>") : $0 })
    }
}

/// Go's `template.HTMLEscapeString`.
func htmlEscaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\u{0}": result += "\u{FFFD}"
        case "\"": result += "&#34;"
        case "'": result += "&#39;"
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Go's `template.JSEscapeString`.
func jsEscaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += "\\\\"
        case "'": result += "\\'"
        case "\"": result += "\\\""
        case "<": result += "\\u003C"
        case ">": result += "\\u003E"
        case "&": result += "\\u0026"
        case "=": result += "\\u003D"
        default:
            if scalar.value < 0x20 || scalar.value > 0x7e && !isPrintable(scalar) {
                result += "\\u" + hexadecimal(scalar.value, digits: 4, uppercase: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result
}

/// Go's `url.QueryEscape`.
package func queryEscaped(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            result.unicodeScalars.append(Unicode.Scalar(byte))
        case 32: result += "+"
        default: result += "%" + hexadecimal(UInt32(byte), digits: 2, uppercase: true)
        }
    }
    return result
}
