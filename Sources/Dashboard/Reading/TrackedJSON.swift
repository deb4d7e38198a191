import JSON

/// Remembers what of a JSON value the reader looked at, so that the rest can be named.
///
/// What is looked at counts as honoured: a reader must not look at a key that it does nothing with.
final class ReadLog {
    fileprivate var opened: Set<String> = []
    fileprivate var taken: Set<String> = []

    /// Notes every member under `json` that nobody looked at, unless it asks for nothing or is harmless.
    ///
    /// - Parameter harmless: says of a path and its last key whether planetop passes it over on purpose.
    func noteUnread(
        _ json: JSONValue, path: String, _ notices: inout Notices,
        harmless: (_ path: String, _ key: String) -> Bool
    ) {
        if taken.contains(path) { return }
        switch json.kind {
        case .object(let members):
            for (key, value) in members {
                let inner = path.isEmpty ? key : "\(path).\(key)"
                if opened.contains(inner) {
                    noteUnread(value, path: inner, &notices, harmless: harmless)
                } else if !harmless(inner, key), !FieldConfigReader.isEmpty(value) {
                    notices.add(inner, value)
                }
            }
        case .array(let values):
            for (index, value) in values.enumerated() {
                noteUnread(value, path: "\(path)[\(index)]", &notices, harmless: harmless)
            }
        default: break
        }
    }
}

/// A place in a JSON text; looking further in is recorded.
struct TrackedJSON {
    /// `nil` where the text has nothing.
    let json: JSONValue?
    /// From the root of what is read.
    let path: String
    let log: ReadLog

    init(_ json: JSONValue?, path: String = "", log: ReadLog = ReadLog()) {
        self.json = json
        self.path = path
        self.log = log
    }

    subscript(key: String) -> TrackedJSON {
        let inner = path.isEmpty ? key : "\(path).\(key)"
        log.opened.insert(inner)
        return TrackedJSON(json?[key], path: inner, log: log)
    }

    /// The elements of an array; none for anything else.
    var elements: [TrackedJSON] {
        (json?.elements ?? []).enumerated().map { TrackedJSON($1, path: "\(path)[\($0)]", log: log) }
    }

    /// The value itself, taken with all that is in it: whoever takes it does its own noting.
    var whole: JSONValue? {
        log.taken.insert(path)
        return json
    }

    var exists: Bool { json.map { !$0.isNull } ?? false }
    var isObject: Bool { json?.object != nil }
    var string: String? { json?.string }
    /// Not the empty text.
    var text: String? { json?.string.flatMap { $0.isEmpty ? nil : $0 } }
    var bool: Bool? { json?.bool }
    /// Also a number written as a text.
    var number: Double? { FieldConfigReader.number(json) }
    var integer: Int? { FieldConfigReader.integer(json) }
    var strings: [String] { json?.elements.compactMap(\.string) ?? [] }
}
