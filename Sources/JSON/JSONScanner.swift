/// Pulls values out of JSON text without building anything: for texts that arrive by the ten thousand a second.
///
/// The caller walks the structure (`beginObject`, `nextKey`, a value, …, `nextKey` answering `nil`); the scanner checks
/// everything that RFC 8259 asks for, and the depth. Strings come out as ranges of the text, so nothing is allocated.
/// The bytes must outlive the scanner and every text that it gave out.
package struct JSONScanner {
    package enum Kind: Sendable { case object, array, string, number, bool, null }

    package let bytes: UnsafeBufferPointer<UInt8>
    @usableFromInline let base: UnsafePointer<UInt8>
    @usableFromInline let count: Int
    @usableFromInline let depthMax: Int
    /// Offset of the next byte to be read.
    @usableFromInline package internal(set) var position = 0
    @usableFromInline var depth = 0
    // False right after an opening bracket, true once a value of the container has been read.
    @usableFromInline var needsComma = false

    /// - Throws: `invalidUTF8`; checked here once for the whole text, which is faster than string by string.
    package init(_ bytes: UnsafeBufferPointer<UInt8>, depthMax: Int = 128) throws(JSONError) {
        self.bytes = bytes
        self.base = bytes.baseAddress ?? UnsafePointer(bitPattern: 1)!
        self.count = bytes.count
        self.depthMax = depthMax
        if let offset = firstInvalidUTF8(bytes) { throw JSONError(.invalidUTF8, at: offset) }
    }

    /// A place to come back to.
    package struct Mark: Sendable {
        @usableFromInline let position: Int
        @usableFromInline let depth: Int
        @usableFromInline let needsComma: Bool

        @inlinable init(position: Int, depth: Int, needsComma: Bool) {
            self.position = position
            self.depth = depth
            self.needsComma = needsComma
        }
    }

    @inlinable @inline(__always) package var mark: Mark {
        Mark(position: position, depth: depth, needsComma: needsComma)
    }

    /// Goes back to where `mark` was taken, to read the same value in another way.
    @inlinable package mutating func rewind(to mark: Mark) {
        position = mark.position
        depth = mark.depth
        needsComma = mark.needsComma
    }

    /// Passes over `length` bytes that the caller knows to be whole tokens, from having read the same bytes before.
    @inlinable package mutating func skipKnown(_ length: Int, asValue: Bool) {
        position += length
        needsComma = asValue
    }

    // MARK: Structure

    /// What kind of value comes next; nothing is consumed but white space.
    @inlinable package mutating func peek() throws(JSONError) -> Kind {
        switch try nextByte() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw JSONError(.expected(.init("a value")), at: position)
        }
    }

    @inlinable package mutating func beginObject() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: "{") else {
            throw JSONError(.expected(.init("an object")), at: position)
        }
        try open()
    }

    @inlinable package mutating func beginArray() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: "[") else {
            throw JSONError(.expected(.init("an array")), at: position)
        }
        try open()
    }

    /// The next member's key, its colon consumed; `nil` at the end of the object, which is consumed.
    @inlinable package mutating func nextKey() throws(JSONError) -> JSONText? {
        var byte = try nextByte()
        if byte == UInt8(ascii: "}") {
            close()
            return nil
        }
        if needsComma {
            guard byte == UInt8(ascii: ",") else {
                throw JSONError(.expected(.init("`,` or `}`")), at: position)
            }
            position += 1
            byte = try nextByte()
        }
        guard byte == UInt8(ascii: "\"") else {
            throw JSONError(.expected(.init("a key in double quotes")), at: position)
        }
        let key = try string()
        guard try nextByte() == UInt8(ascii: ":") else {
            throw JSONError(.expected(.init("`:` after the key")), at: position)
        }
        position += 1
        return key
    }

    /// Whether another element follows; at the end of the array, which is consumed, `false`.
    @inlinable package mutating func nextElement() throws(JSONError) -> Bool {
        let byte = try nextByte()
        if byte == UInt8(ascii: "]") {
            close()
            return false
        }
        if needsComma {
            guard byte == UInt8(ascii: ",") else {
                throw JSONError(.expected(.init("`,` or `]`")), at: position)
            }
            position += 1
            // `[1,]`: the value that must come now is refused by whoever reads it.
        }
        return true
    }

    /// Checks that nothing but white space follows.
    package mutating func finish() throws(JSONError) {
        skipSpace()
        if position < count { throw JSONError(.textAfterValue, at: position) }
    }

    // MARK: Values

    /// The string that comes next, still escaped.
    @inlinable package mutating func string() throws(JSONError) -> JSONText {
        guard try nextByte() == UInt8(ascii: "\"") else {
            throw JSONError(.expected(.init("a string")), at: position)
        }
        let start = position + 1
        var offset = start
        while offset &+ 8 <= count {
            let word = UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self).littleEndian
            let special = specialBytes(word)
            if special != 0 {
                offset &+= special.trailingZeroBitCount &>> 3
                if base[offset] == UInt8(ascii: "\"") { return take(start, offset) }
                return try stringWithSpecials(start, offset)
            }
            offset &+= 8
        }
        return try stringWithSpecials(start, offset)
    }

    /// The number that comes next.
    @inlinable package mutating func number() throws(JSONError) -> JSONNumber {
        _ = try nextByte()
        return try scanNumber()
    }

    package mutating func bool() throws(JSONError) -> Bool {
        if try nextByte() == UInt8(ascii: "t") {
            try word("true")
            return true
        }
        try word("false")
        return false
    }

    package mutating func null() throws(JSONError) {
        _ = try nextByte()
        try word("null")
    }

    /// Reads over the next value, whatever it is, checking all of it.
    package mutating func skipValue() throws(JSONError) {
        switch try peek() {
        case .object:
            try beginObject()
            while try nextKey() != nil { try skipValue() }
        case .array:
            try beginArray()
            while try nextElement() { try skipValue() }
        case .string: _ = try string()
        case .number: _ = try number()
        case .bool: _ = try bool()
        case .null: try null()
        }
    }

    // MARK: Parts

    /// Skips white space and looks at the byte after it.
    @inlinable @inline(__always) mutating func nextByte() throws(JSONError) -> UInt8 {
        if position < count {
            let byte = base[position]
            if byte > 0x20 { return byte }
        }
        skipSpace()
        guard position < count else { throw JSONError(.endOfText, at: position) }
        return base[position]
    }

    @usableFromInline mutating func skipSpace() {
        while position < count {
            switch base[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position &+= 1
            default: return
            }
        }
    }

    @inlinable mutating func open() throws(JSONError) {
        guard depth < depthMax else { throw JSONError(.tooDeep(limit: depthMax), at: position) }
        depth += 1
        position += 1
        needsComma = false
    }

    @inlinable mutating func close() {
        depth -= 1
        position += 1
        needsComma = true
    }

    @inlinable mutating func take(_ start: Int, _ end: Int, hasEscapes: Bool = false) -> JSONText {
        position = end &+ 1
        needsComma = true
        return JSONText(
            raw: UnsafeBufferPointer(start: base + start, count: end &- start), hasEscapes: hasEscapes)
    }

    /// The rest of a string from `offset` on, byte by byte, escapes among them.
    @usableFromInline mutating func stringWithSpecials(_ start: Int, _ from: Int) throws(JSONError)
        -> JSONText
    {
        var offset = from
        var hasEscapes = false
        while offset < count {
            switch base[offset] {
            case UInt8(ascii: "\""):
                return take(start, offset, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                offset += try escapeLength(at: offset)
            case 0..<0x20:
                throw JSONError(.controlCharacterInString, at: offset)
            default:
                offset += 1
            }
        }
        throw JSONError(.endOfText, at: count)
    }

    /// Bytes of the escape sequence at `offset`, a surrogate pair counting as one.
    private func escapeLength(at offset: Int) throws(JSONError) -> Int {
        guard offset + 1 < count else { throw JSONError(.endOfText, at: count) }
        switch base[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            let unit = try codeUnit(at: offset)
            switch unit {
            case 0xd800..<0xdc00:
                if offset + 7 >= count, offset + 6 == count || base[offset + 6] == UInt8(ascii: "\\") {
                    throw JSONError(.endOfText, at: count)
                }
                guard offset + 7 < count, base[offset + 6] == UInt8(ascii: "\\"),
                    base[offset + 7] == UInt8(ascii: "u"),
                    case 0xdc00..<0xe000 = try codeUnit(at: offset + 6)
                else { throw JSONError(.loneSurrogate, at: offset) }
                return 12
            case 0xdc00..<0xe000: throw JSONError(.loneSurrogate, at: offset)
            default: return 6
            }
        default: throw JSONError(.invalidEscape, at: offset)
        }
    }

    /// The code unit of the `\uXXXX` at `offset`.
    private func codeUnit(at offset: Int) throws(JSONError) -> UInt32 {
        guard offset + 6 <= count else { throw JSONError(.endOfText, at: count) }
        var unit: UInt32 = 0
        for index in offset + 2..<offset + 6 {
            guard let digit = hexDigit(base[index]) else { throw JSONError(.invalidEscape, at: offset) }
            unit = unit << 4 | digit
        }
        return unit
    }

    private mutating func word(_ expected: StaticString) throws(JSONError) {
        let length = expected.utf8CodeUnitCount
        for index in 0..<length {
            guard position + index < count else { throw JSONError(.endOfText, at: count) }
            guard base[position + index] == expected.utf8Start[index] else {
                throw JSONError(.expected(.init("a value")), at: position)
            }
        }
        position += length
        needsComma = true
    }
}

/// High bits set at bytes of `word` that are a quote, a backslash or a control character.
///
/// Only the lowest set bit is exact: the borrow of a subtraction may mark bytes above it.
@inlinable func specialBytes(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ (ones &* 0x22)
    let backslashes = word ^ (ones &* 0x5c)
    return
        ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | (word &- ones &* 0x20) & ~word)
        & (ones &* 0x80)
}

/// The value of a hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
}

/// Offset of the first byte that is not part of well-formed UTF-8; `nil` when all of `bytes` is.
package func firstInvalidUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    let raw = UnsafeRawPointer(base)
    var offset = 0
    // Nearly every message is plain ASCII.
    var seen: UInt64 = 0
    while offset &+ 32 <= bytes.count {
        let a = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let b = raw.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)
        let c = raw.loadUnaligned(fromByteOffset: offset &+ 16, as: UInt64.self)
        let d = raw.loadUnaligned(fromByteOffset: offset &+ 24, as: UInt64.self)
        seen |= a | b | c | d
        offset &+= 32
    }
    while offset < bytes.count {
        seen |= UInt64(base[offset])
        offset &+= 1
    }
    if seen & 0x8080_8080_8080_8080 == 0 { return nil }
    do {
        _ = try UTF8Span(validating: bytes.span)
        return nil
    } catch {
        return error.byteOffsets.lowerBound
    }
}
