import Diagnostics

extension JSONValue {
    /// Nesting that no dashboard and no server's answer comes near.
    package static let depthMax = 128

    /// Reads one JSON text, UTF-8, all of it; a byte order mark before it is passed over.
    ///
    /// - Parameter file: named in problems.
    /// - Throws: what is wrong, with line and column.
    package static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, depthMax: Int = depthMax, file: String? = nil
    ) throws(Problem) -> JSONValue {
        let start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        let text = UnsafeBufferPointer(rebasing: bytes[start...])
        do throws(JSONError) {
            var parser = try TreeParser(text, depthMax: depthMax)
            return try parser.parse()
        } catch {
            throw error.problem(in: text, file: file)
        }
    }

    package static func parse(
        _ bytes: [UInt8], depthMax: Int = depthMax, file: String? = nil
    ) throws(Problem) -> JSONValue {
        try bytes.withUnsafeBufferPointer { bytes throws(Problem) in
            try parse(bytes, depthMax: depthMax, file: file)
        }
    }

    package static func parse(
        _ text: String, depthMax: Int = depthMax, file: String? = nil
    ) throws(Problem) -> JSONValue {
        try parse(Array(text.utf8), depthMax: depthMax, file: file)
    }
}

/// Builds the tree; recursion is bounded by the scanner's depth limit.
private struct TreeParser {
    private var scanner: JSONScanner
    private var places: JSONPlaceFinder

    init(_ text: UnsafeBufferPointer<UInt8>, depthMax: Int) throws(JSONError) {
        scanner = try JSONScanner(text, depthMax: depthMax)
        places = JSONPlaceFinder(text)
    }

    mutating func parse() throws(JSONError) -> JSONValue {
        let value = try self.value()
        try scanner.finish()
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        let kind = try scanner.peek()
        let place = places.place(at: scanner.position)
        switch kind {
        case .null:
            try scanner.null()
            return JSONValue(.null, at: place)
        case .bool: return JSONValue(.bool(try scanner.bool()), at: place)
        case .string: return JSONValue(.string(try scanner.string().string), at: place)
        case .number:
            let number = try scanner.number()
            return JSONValue(
                .number(
                    JSONValue.Number(
                        double: number.double, integer: number.integer,
                        text: String(decoding: number.raw, as: UTF8.self))),
                at: place)
        case .array:
            var elements: [JSONValue] = []
            try scanner.beginArray()
            while try scanner.nextElement() { elements.append(try value()) }
            return JSONValue(.array(elements), at: place)
        case .object:
            var members = JSONObject()
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let name = key.string
                members[name] = try value()
            }
            return JSONValue(.object(members), at: place)
        }
    }
}
