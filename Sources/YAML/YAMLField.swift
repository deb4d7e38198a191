import Diagnostics

/// A value of a configuration together with the way to it (`groups[0].rules[2].for`), which every error names.
///
/// Reads as go-yaml reads into typed fields: any scalar is a string where one is wanted, a null is a value left out.
package struct YAMLField: Sendable {
    package let node: YAMLNode
    /// Empty for the document itself.
    package let path: String

    package init(_ node: YAMLNode, path: String = "") {
        self.node = node
        self.path = path
    }

    /// Reads a document.
    package init(
        parsing text: String, file: String? = nil, limits: YAMLLimits = YAMLLimits()
    ) throws(Problem) {
        self.init(try YAMLNode(parsing: text, file: file, limits: limits))
    }

    package var place: SourcePlace { node.place }

    /// Whether the value is null or not written: `key:` with nothing after it.
    package var isNull: Bool {
        guard case .scalar(let scalar) = node.content else { return false }
        return scalar.value == .null
    }

    /// A problem of this value, worded `groups[0].name: WHAT`.
    package func problem(_ what: String, fix: String? = nil) -> Problem {
        Problem(path.isEmpty ? what : "\(path): \(what)", at: place, fix: fix)
    }

    private func wrongKind(_ wanted: String) -> Problem {
        switch node.content {
        case .scalar(let scalar): problem("\(wanted) is wanted here, this is `\(shortened(scalar.text))`")
        default: problem("\(wanted) is wanted here, this is \(node.kindName)")
        }
    }

    // MARK: Scalars

    package func string() throws(Problem) -> String {
        guard case .scalar(let scalar) = node.content else { throw wrongKind("a text") }
        return scalar.value == .null ? "" : scalar.text
    }

    package func int() throws(Problem) -> Int {
        if case .scalar(let scalar) = node.content {
            switch scalar.value {
            case .null: return 0
            case .int(let number): return Int(number)
            case .float(let number):
                if let exact = Int(exactly: number) { return exact }
            default: break
            }
        }
        throw wrongKind("a whole number")
    }

    package func double() throws(Problem) -> Double {
        if case .scalar(let scalar) = node.content {
            switch scalar.value {
            case .null: return 0
            case .int(let number): return Double(number)
            case .unsigned(let number): return Double(number)
            case .float(let number): return number
            default: break
            }
        }
        throw wrongKind("a number")
    }

    /// Takes the YAML 1.1 words (`yes`, `on`, …) too, as go-yaml does where a bool is wanted.
    package func bool() throws(Problem) -> Bool {
        if case .scalar(let scalar) = node.content {
            switch scalar.value {
            case .null: return false
            case .bool(let value): return value
            case .string(let word):
                switch word {
                case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return true
                case "n", "N", "no", "No", "NO", "off", "Off", "OFF": return false
                default: break
                }
            default: break
            }
        }
        throw wrongKind("`true` or `false`")
    }

    /// A duration as Prometheus writes it, in milliseconds.
    package func durationMilliseconds() throws(Problem) -> Int64 {
        if isNull { return 0 }
        guard case .scalar(let scalar) = node.content else { throw wrongKind("a duration") }
        do {
            return try DurationText.milliseconds(scalar.text)
        } catch {
            throw problem(
                error.message(shortened(scalar.text)),
                fix: "write a number with a unit, such as 30s, 5m or 1h30m")
        }
    }

    // MARK: Lists and mappings

    /// The items of a list, none for null.
    package func items() throws(Problem) -> [YAMLField] {
        if isNull { return [] }
        guard case .sequence(let nodes) = node.content else { throw wrongKind("a list") }
        return nodes.enumerated().map { YAMLField($1, path: "\(path)[\($0)]") }
    }

    package func strings() throws(Problem) -> [String] {
        var texts: [String] = []
        for item in try items() { texts.append(try item.string()) }
        return texts
    }

    /// The entries of a mapping with free keys, in the order of the file, none for null.
    package func entries() throws(Problem) -> [(name: String, key: YAMLNode, value: YAMLField)] {
        if isNull { return [] }
        guard case .mapping(let entries) = node.content else { throw wrongKind("a mapping") }
        return entries.map { ($0.name, $0.key, YAMLField($0.value, path: child($0.name))) }
    }

    /// A mapping from names to texts, in the order of the file.
    package func stringMap() throws(Problem) -> [(name: String, text: String)] {
        var result: [(name: String, text: String)] = []
        for entry in try entries() { result.append((entry.name, try entry.value.string())) }
        return result
    }

    /// A mapping with the given fields and no others.
    ///
    /// - Parameter type: what the mapping describes, for the error: "rule group".
    /// - Throws: the first field that is not among `fields`, worded as Prometheus words it.
    package func object(_ type: String, fields: [String]) throws(Problem) -> YAMLObject {
        let object = try object()
        if let problem = object.unknownFields(type, fields: fields).first { throw problem }
        return object
    }

    /// A mapping whose field names are checked by the caller, with `unknownFields`.
    package func object() throws(Problem) -> YAMLObject { YAMLObject(self, try entries()) }

    private func child(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

/// A mapping whose keys are the fields of something.
package struct YAMLObject: Sendable {
    package let field: YAMLField
    private let values: [String: YAMLField]
    private let keys: [(name: String, node: YAMLNode)]

    init(_ field: YAMLField, _ entries: [(name: String, key: YAMLNode, value: YAMLField)]) {
        self.field = field
        values = Dictionary(entries.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        keys = entries.map { ($0.name, $0.key) }
    }

    /// `nil` when the field is not written, or null.
    package subscript(_ name: String) -> YAMLField? { values[name].flatMap { $0.isNull ? nil : $0 } }

    /// The field, or a problem that says that it is missing.
    package func required(_ name: String) throws(Problem) -> YAMLField {
        guard let value = self[name] else { throw field.problem("the field \(name) is missing") }
        return value
    }

    /// Where the key of a field stands; where the mapping stands, when it is not written.
    package func keyPlace(_ name: String) -> SourcePlace {
        keys.first { $0.name == name }?.node.place ?? field.place
    }

    /// One problem for each key that is not among `fields`.
    package func unknownFields(_ type: String, fields: [String]) -> [Problem] {
        keys.filter { !fields.contains($0.name) }.map { key in
            Problem(
                field.path.isEmpty
                    ? "field \(shortened(key.name)) not found in type \(type)"
                    : "\(field.path): field \(shortened(key.name)) not found in type \(type)",
                at: key.node.place, fix: "remove it; the fields are \(fields.joined(separator: ", "))")
        }
    }

    package func string(_ name: String) throws(Problem) -> String? { try self[name]?.string() }
    package func int(_ name: String) throws(Problem) -> Int? { try self[name]?.int() }
    package func double(_ name: String) throws(Problem) -> Double? { try self[name]?.double() }
    package func bool(_ name: String) throws(Problem) -> Bool? { try self[name]?.bool() }
    package func items(_ name: String) throws(Problem) -> [YAMLField] { try self[name]?.items() ?? [] }
    package func strings(_ name: String) throws(Problem) -> [String] { try self[name]?.strings() ?? [] }
    package func stringMap(_ name: String) throws(Problem) -> [(name: String, text: String)] {
        try self[name]?.stringMap() ?? []
    }
    package func durationMilliseconds(_ name: String) throws(Problem) -> Int64? {
        try self[name]?.durationMilliseconds()
    }
}

/// At most 60 characters of `text`, so that an error stays one readable line.
private func shortened(_ text: String) -> String {
    let line = text.replacingNewlines()
    return line.count <= 60 ? line : line.prefix(57) + "..."
}

extension String {
    fileprivate func replacingNewlines() -> String {
        String(map { $0.isNewline ? " " : $0 })
    }
}
