import Diagnostics

/// A JSON text as a tree, each value knowing where it stood: for configuration, dashboards and answers of servers.
///
/// Equality looks at the values, not at their places; `1`, `1.0` and `1e0` are equal, objects are equal whatever the order.
package struct JSONValue: Sendable, Equatable {
    package indirect enum Kind: Sendable, Equatable {
        case null
        case bool(Bool)
        case number(Number)
        case string(String)
        case array([JSONValue])
        case object(JSONObject)
    }

    /// A number, with its text when that says more than the double: integers past 2⁵³.
    package struct Number: Sendable, Equatable {
        package var double: Double
        /// Exact when the number is an integer that fits.
        package var integer: Int64?
        /// As it was written; empty for a number not from a text.
        package var text: String

        package init(_ double: Double) {
            self.double = double
            integer = Int64(exactly: double)
            text = ""
        }

        package init(_ integer: Int64) {
            double = Double(integer)
            self.integer = integer
            text = ""
        }

        init(double: Double, integer: Int64?, text: String) {
            self.double = double
            self.integer = integer
            self.text = text
        }

        package static func == (a: Number, b: Number) -> Bool {
            if let a = a.integer, let b = b.integer { return a == b }
            return a.double == b.double
        }
    }

    package var kind: Kind
    /// Where the value begins in its text.
    package var place: JSONPlace

    package init(_ kind: Kind, at place: JSONPlace = .unknown) {
        self.kind = kind
        self.place = place
    }

    package static func == (a: JSONValue, b: JSONValue) -> Bool { a.kind == b.kind }

    // MARK: Looking

    package var isNull: Bool { kind == .null }

    package var bool: Bool? {
        if case .bool(let value) = kind { value } else { nil }
    }

    package var number: Double? {
        if case .number(let value) = kind { value.double } else { nil }
    }

    /// The value when it is an integer that fits.
    package var integer: Int64? {
        if case .number(let value) = kind { value.integer } else { nil }
    }

    package var string: String? {
        if case .string(let value) = kind { value } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let values) = kind { values } else { nil }
    }

    package var object: JSONObject? {
        if case .object(let members) = kind { members } else { nil }
    }

    /// The member `key`; `nil` when there is none, or this is not an object.
    package subscript(key: String) -> JSONValue? { object?[key] }

    /// The element `index`; `nil` when there is none, or this is not an array.
    package subscript(index: Int) -> JSONValue? {
        guard case .array(let values) = kind, values.indices.contains(index) else { return nil }
        return values[index]
    }

    /// The member reached through `path`: `value["fieldConfig", "defaults", "unit"]`.
    package subscript(path: String...) -> JSONValue? {
        var value: JSONValue? = self
        for key in path { value = value?.object?[key] }
        return value
    }

    /// The elements of an array; none for anything else.
    package var elements: [JSONValue] { array ?? [] }

    /// The name of the kind, as an error names it.
    package var kindName: String {
        switch kind {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    // MARK: Asking for what must be there

    /// The member `key`, which must be there and not null.
    package func required(_ key: String, file: String? = nil) throws(Problem) -> JSONValue {
        guard case .object(let members) = kind else {
            throw problem("expected an object with `\(key)`, found \(kindName)", file: file)
        }
        guard let value = members[key], !value.isNull else {
            throw problem("`\(key)` is missing", file: file)
        }
        return value
    }

    package func requiredString(_ key: String, file: String? = nil) throws(Problem) -> String {
        let value = try required(key, file: file)
        guard let string = value.string else { throw value.wrongKind(key, "a string", file) }
        return string
    }

    package func requiredNumber(_ key: String, file: String? = nil) throws(Problem) -> Double {
        let value = try required(key, file: file)
        guard let number = value.number else { throw value.wrongKind(key, "a number", file) }
        return number
    }

    package func requiredInteger(_ key: String, file: String? = nil) throws(Problem) -> Int64 {
        let value = try required(key, file: file)
        guard let integer = value.integer else { throw value.wrongKind(key, "an integer", file) }
        return integer
    }

    package func requiredArray(_ key: String, file: String? = nil) throws(Problem) -> [JSONValue] {
        let value = try required(key, file: file)
        guard let array = value.array else { throw value.wrongKind(key, "an array", file) }
        return array
    }

    package func requiredObject(_ key: String, file: String? = nil) throws(Problem) -> JSONObject {
        let value = try required(key, file: file)
        guard let object = value.object else { throw value.wrongKind(key, "an object", file) }
        return object
    }

    /// A problem at this value's place.
    package func problem(_ what: String, file: String? = nil, fix: String? = nil) -> Problem {
        if place == .unknown { return Problem(what, at: file.map { SourcePlace(file: $0) }, fix: fix) }
        return Problem(
            what, at: SourcePlace(file: file, line: Int(place.line), column: Int(place.column)), fix: fix)
    }

    private func wrongKind(_ key: String, _ expected: String, _ file: String?) -> Problem {
        problem("`\(key)` must be \(expected), not \(kindName)", file: file)
    }
}

/// The members of a JSON object in the order of the text, found by key.
///
/// Invariant: no key comes twice; of members with the same key the last one counts, at the place of the first.
package struct JSONObject: Sendable, Equatable, Sequence {
    package private(set) var keys: [String] = []
    package private(set) var values: [JSONValue] = []
    // Only objects with many members need it: a handful of keys is found as fast by comparing.
    private var index: [String: Int] = [:]
    private static let indexedFrom = 9

    package init() {}

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { values[$0] } }
        set {
            switch (position(of: key), newValue) {
            case (let found?, let value?): values[found] = value
            case (nil, let value?):
                keys.append(key)
                values.append(value)
                if keys.count == Self.indexedFrom {
                    reindex()
                } else if keys.count > Self.indexedFrom {
                    index[key] = keys.count - 1
                }
            case (let found?, nil):
                keys.remove(at: found)
                values.remove(at: found)
                reindex()
            case (nil, nil): break
            }
        }
    }

    package func makeIterator() -> some IteratorProtocol<(key: String, value: JSONValue)> {
        Swift.zip(keys, values).lazy.map { (key: $0.0, value: $0.1) }.makeIterator()
    }

    package static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.allSatisfy { b[$0.key] == $0.value }
    }

    private func position(of key: String) -> Int? {
        keys.count < Self.indexedFrom ? keys.firstIndex(of: key) : index[key]
    }

    private mutating func reindex() {
        index.removeAll(keepingCapacity: true)
        guard keys.count >= Self.indexedFrom else { return }
        for (position, key) in keys.enumerated() { index[key] = position }
    }
}

// MARK: Literals

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self.init(.null) }
    package init(booleanLiteral value: Bool) { self.init(.bool(value)) }
    package init(integerLiteral value: Int64) { self.init(.number(Number(value))) }
    package init(floatLiteral value: Double) { self.init(.number(Number(value))) }
    package init(stringLiteral value: String) { self.init(.string(value)) }
    package init(arrayLiteral elements: JSONValue...) { self.init(.array(elements)) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self.init(.object(object))
    }
}
