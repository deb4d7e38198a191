/// Writes JSON, commas and escapes by itself; the same calls give the same bytes.
///
/// The caller keeps the structure right: a key before each value of an object, every begin with its end.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false
    private var followsKey = false
    private let indentation: Int?
    private var depth = 0

    /// - Parameter indentation: spaces a level, one member a line; `nil` for no white space at all.
    package init(indentation: Int? = nil) { self.indentation = indentation }

    /// The text written so far.
    package var string: String { String(decoding: bytes, as: UTF8.self) }

    package mutating func beginObject() { open("{") }
    package mutating func endObject() { close("}") }
    package mutating func beginArray() { open("[") }
    package mutating func endArray() { close("]") }

    package mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        if indentation != nil { bytes.append(UInt8(ascii: " ")) }
        needsComma = false
        followsKey = true
    }

    package mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    /// UTF-8 that may be ill-formed: what is, becomes U+FFFD.
    package mutating func string(utf8 text: some Collection<UInt8>) {
        string(String(decoding: text, as: UTF8.self))
    }

    /// The shortest text that reads back as the same double. JSON has no infinities and no NaN: they are
    /// written as the strings `"NaN"`, `"+Inf"` and `"-Inf"`, as Prometheus does.
    package mutating func number(_ value: Double) {
        if value.isNaN {
            string("NaN")
        } else if value.isInfinite {
            string(value > 0 ? "+Inf" : "-Inf")
        } else if value.magnitude < 0x1p53, let integer = Int64(exactly: value),
            !(integer == 0 && value.sign == .minus)
        {
            self.integer(integer)
        } else {
            separate()
            bytes.append(contentsOf: value.description.utf8)
        }
    }

    package mutating func integer(_ value: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// A whole tree.
    package mutating func value(_ value: JSONValue) {
        switch value.kind {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let value):
            if !value.text.isEmpty {
                separate()
                bytes.append(contentsOf: value.text.utf8)
            } else if let integer = value.integer {
                self.integer(integer)
            } else {
                number(value.double)
            }
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for (key, value) in members {
                self.key(key)
                self.value(value)
            }
            endObject()
        }
    }

    /// An array of values that are JSON already.
    package mutating func array(_ elements: [[UInt8]]) {
        beginArray()
        for element in elements {
            separate()
            bytes.append(contentsOf: element)
        }
        endArray()
    }

    /// A new line between values, for JSON Lines.
    package mutating func newline() {
        bytes.append(0x0a)
        needsComma = false
    }

    /// Forgets what was written, keeping the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        depth = 0
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
        depth += 1
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        depth -= 1
        // `needsComma` still false: nothing stood between the brackets.
        if needsComma { breakLine() }
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        if depth > 0, !followsKey { breakLine() }
        needsComma = true
        followsKey = false
    }

    private mutating func breakLine() {
        guard let indentation else { return }
        bytes.append(0x0a)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * depth))
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            // Runs of plain bytes are copied at once.
            var start = 0
            for (index, byte) in text.enumerated() where Self.mustEscape(byte) {
                bytes.append(contentsOf: text[start..<index])
                start = index + 1
                escape(byte)
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0x0a: bytes.append(contentsOf: "\\n".utf8)
        case 0x0d: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        default:
            bytes.append(contentsOf: "\\u00".utf8)
            for digit in [byte >> 4, byte & 15] {
                bytes.append(digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a"))
            }
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// Compact JSON text.
    package var description: String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.string
    }
}
