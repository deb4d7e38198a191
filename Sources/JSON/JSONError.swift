import Diagnostics

/// Why bytes are not the JSON that was expected, and at which byte.
package struct JSONError: Error, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        case endOfText
        case invalidUTF8
        /// Something else than the named thing; the name is worded for an operator: ``"`,` or `}`"``.
        case expected(StaticName)
        case controlCharacterInString
        case invalidEscape
        case loneSurrogate
        case invalidNumber
        /// Nested more deeply than the limit allows.
        case tooDeep(limit: Int)
        case textAfterValue
        /// Well-formed, but refused by the code that walks the text, which keeps its own reason.
        case refusedByReader
    }

    /// A name that costs nothing to carry in an error.
    package struct StaticName: Sendable, Equatable, CustomStringConvertible {
        package let text: StaticString

        package init(_ text: StaticString) { self.text = text }

        package var description: String { text.description }

        package static func == (a: StaticName, b: StaticName) -> Bool { a.description == b.description }
    }

    package var reason: Reason
    /// Offset of the offending byte from the start of the text.
    package var offset: Int

    @inlinable package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The reason in words, without the place.
    package var message: String {
        switch reason {
        case .endOfText: "the text ends in the middle of a value"
        case .invalidUTF8: "bytes that are not UTF-8"
        case .expected(let name): "expected \(name)"
        case .controlCharacterInString: "a control character in a string must be escaped"
        case .invalidEscape: "unknown escape sequence"
        case .loneSurrogate: "half of a surrogate pair"
        case .invalidNumber: "not a number as JSON writes them"
        case .tooDeep(let limit): "nested more than \(limit) levels deep"
        case .textAfterValue: "text after the end of the value"
        case .refusedByReader: "not what was expected here"
        }
    }

    /// This error as a problem at a line and column of `text`, the text that was read.
    package func problem(in text: UnsafeBufferPointer<UInt8>, file: String? = nil) -> Problem {
        var finder = JSONPlaceFinder(text)
        let place = finder.place(at: offset)
        return Problem(
            "cannot read JSON: \(message)",
            at: SourcePlace(file: file, line: Int(place.line), column: Int(place.column)))
    }
}

/// Line and column in a JSON text, both counted from 1, the column in Unicode scalars; zero for a value not from a text.
package struct JSONPlace: Sendable, Hashable {
    package var line: UInt32
    package var column: UInt32

    package init(line: UInt32, column: UInt32) {
        self.line = line
        self.column = column
    }

    package static let unknown = JSONPlace(line: 0, column: 0)
}

/// Turns ascending byte offsets into lines and columns, looking at each byte once.
struct JSONPlaceFinder {
    private let text: UnsafeBufferPointer<UInt8>
    private var offset = 0
    private var line: UInt32 = 1
    private var column: UInt32 = 1

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// - Precondition: `wanted` is not before that of the last call.
    mutating func place(at wanted: Int) -> JSONPlace {
        let end = min(wanted, text.count)
        while offset < end {
            let byte = text[offset]
            if byte == 0x0a {
                line &+= 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column &+= 1
            }
            offset += 1
        }
        return JSONPlace(line: line, column: column)
    }
}
