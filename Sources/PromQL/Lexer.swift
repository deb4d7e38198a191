import MetricModel

/// Cuts PromQL into tokens, all at once; comments and blanks are left out.
///
/// The list always ends in `endOfInput`, or in `invalid` when the rest could not be read; then `complaint` says why.
struct Lexer {
    private(set) var tokens: [Token] = []
    private(set) var complaint: ParseError?

    private let bytes: [UInt8]
    private var position = 0
    private var start = 0
    private var parenthesisDepth = 0
    private var isInBraces = false
    /// Between `[` and `]` only durations and their arithmetic may stand.
    private var isInBrackets = false

    /// Reads all of `bytes`, which are valid UTF-8.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        tokens.reserveCapacity(bytes.count / 4 + 2)
        do throws(ParseError) {
            repeat { try next() } while tokens.last?.kind != .endOfInput
        } catch {
            complaint = error
            tokens.append(Token(kind: .invalid, start: start, end: position))
        }
    }

    private mutating func next() throws(ParseError) {
        skipBlanks()
        start = position
        guard position < bytes.count else { return try finish() }
        if isInBraces { return try lexInBraces() }
        let byte = bytes[position]
        if isDigit(byte) || (byte == UInt8(ascii: ".") && isDigit(peek(1))) {
            return try lexNumberOrDuration()
        }
        if isAlpha(byte) || (byte == UInt8(ascii: ":") && !isInBrackets) { return try lexWord() }
        position += 1
        switch byte {
        case UInt8(ascii: ","): emit(.comma)
        case UInt8(ascii: "*"): emit(.multiply)
        case UInt8(ascii: "/"): emit(.divide)
        case UInt8(ascii: "%"): emit(.modulo)
        case UInt8(ascii: "+"): emit(.add)
        case UInt8(ascii: "-"): emit(.subtract)
        case UInt8(ascii: "^"): emit(.power)
        case UInt8(ascii: "("):
            parenthesisDepth += 1
            emit(.leftParenthesis)
        case UInt8(ascii: ")"):
            parenthesisDepth -= 1
            if parenthesisDepth < 0 {
                throw ParseError(
                    "unexpected right parenthesis ')', expected an expression", at: start..<position)
            }
            emit(.rightParenthesis)
        case UInt8(ascii: "]"):
            if !isInBrackets {
                throw ParseError("unexpected right bracket ']', expected an expression", at: start..<position)
            }
            isInBrackets = false
            emit(.rightBracket)
        case UInt8(ascii: ":"): emit(.colon)
        case _ where isInBrackets:
            throw unexpectedCharacter(
                "in duration expression", expected: "number, duration, step(), range(), \":\" or \"]\"")
        case UInt8(ascii: "="): try lexEqual()
        case UInt8(ascii: "!"):
            guard accept(UInt8(ascii: "=")) else {
                throw unexpectedCharacter("after '!'", expected: "\"=\"", skip: 1)
            }
            emit(.notEqual)
        case UInt8(ascii: "<"):
            emit(accept(UInt8(ascii: "=")) ? .lessOrEqual : accept(UInt8(ascii: "/")) ? .trimUpper : .less)
        case UInt8(ascii: ">"):
            emit(
                accept(UInt8(ascii: "="))
                    ? .greaterOrEqual : accept(UInt8(ascii: "/")) ? .trimLower : .greater)
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): try lexString(byte)
        case UInt8(ascii: "{"):
            isInBraces = true
            emit(.leftBrace)
        case UInt8(ascii: "["):
            isInBrackets = true
            emit(.leftBracket)
        case UInt8(ascii: "@"): emit(.at)
        default: throw unexpectedCharacter("", expected: "an expression")
        }
    }

    private mutating func finish() throws(ParseError) {
        let end = bytes.count..<bytes.count
        if isInBraces {
            throw ParseError(
                "unexpected end of input inside braces, expected label matcher or \"}\"", at: end)
        }
        if isInBrackets {
            throw ParseError("unclosed left bracket, expected \"]\"", at: end)
        }
        if parenthesisDepth > 0 {
            throw ParseError("unclosed left parenthesis, expected \")\"", at: end)
        }
        emit(.endOfInput)
    }

    private mutating func lexEqual() throws(ParseError) {
        if accept(UInt8(ascii: "=")) { return emit(.equal) }
        if peek() == UInt8(ascii: "~") {
            throw ParseError(
                "unexpected character after '=': '~', expected a label matcher inside braces",
                at: start..<position + 1)
        }
        emit(.assign)
    }

    /// Between braces words are never reserved.
    private mutating func lexInBraces() throws(ParseError) {
        let byte = bytes[position]
        if isAlpha(byte) {
            while isAlphaNumeric(peek()) { position += 1 }
            return emit(.identifier)
        }
        position += 1
        switch byte {
        case UInt8(ascii: ","): emit(.comma)
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): try lexString(byte)
        case UInt8(ascii: "="): emit(accept(UInt8(ascii: "~")) ? .matchesRegex : .assign)
        case UInt8(ascii: "!"):
            if accept(UInt8(ascii: "~")) {
                emit(.matchesNotRegex)
            } else if accept(UInt8(ascii: "=")) {
                emit(.notEqual)
            } else {
                throw unexpectedCharacter("after '!' inside braces", expected: "\"=\" or \"~\"", skip: 1)
            }
        case UInt8(ascii: "{"):
            throw ParseError(
                "unexpected left brace '{', expected label matcher or \"}\"", at: start..<position)
        case UInt8(ascii: "}"):
            isInBraces = false
            emit(.rightBrace)
        default: throw unexpectedCharacter("inside braces", expected: "label matcher or \"}\"")
        }
    }

    /// A name or a reserved word; the first byte is a letter, an underscore or a colon.
    private mutating func lexWord() throws(ParseError) {
        var hasColon = false
        while true {
            let byte = peek()
            if isInBrackets ? isAlpha(byte) : isAlphaNumeric(byte) {
                position += 1
            } else if byte == UInt8(ascii: ":") && !isInBrackets {
                hasColon = true
                position += 1
            } else {
                break
            }
        }
        let keyword = hasColon ? nil : keyword(in: start..<position)
        if isInBrackets {
            switch keyword {
            case .step, .range, .minOf, .maxOf, .min, .max: return emit(keyword!)
            default:
                position = start + 1
                throw unexpectedCharacter(
                    "in duration expression", expected: "number, duration, step(), range() or \"]\"")
            }
        }
        switch keyword {
        // Words of a younger Prometheus, so that older queries with metrics of that name keep their meaning.
        case .fill, .fillLeft, .fillRight:
            emit(isFollowedByLeftParenthesis() ? keyword! : .identifier)
        case let keyword?: emit(keyword)
        case nil: emit(hasColon ? .metricIdentifier : .identifier)
        }
    }

    private func keyword(in range: Range<Int>) -> TokenKind? {
        guard range.count <= TokenKind.keywordLengthMax else { return nil }
        let word = String(decoding: bytes[range].lazy.map(lowercased), as: UTF8.self)
        return TokenKind.keywords[word]
    }

    private func isFollowedByLeftParenthesis() -> Bool {
        var index = position
        while index < bytes.count, isBlank(bytes[index]) { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: "(")
    }

    /// A string between `quote`s; the opening one is read. Escapes are looked at when the text is taken out.
    private mutating func lexString(_ quote: UInt8) throws(ParseError) {
        let isRaw = quote == UInt8(ascii: "`")
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == quote { return emit(.string) }
            if isRaw { continue }
            if byte == UInt8(ascii: "\n") { break }
            if byte == UInt8(ascii: "\\") { position = Swift.min(position + 1, bytes.count) }
        }
        throw ParseError(
            isRaw
                ? "unterminated raw string, expected closing \"`\""
                : "unterminated quoted string, expected closing \(isDouble(quote) ? "'\"'" : "\"'\"")",
            at: start..<position)
    }

    private mutating func lexNumberOrDuration() throws(ParseError) {
        if scanNumber() { return emit(.number) }
        if scanRestOfDuration() { return emit(.duration) }
        let end = Swift.min(position + 1, bytes.count)
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        throw ParseError(
            "bad number or duration syntax: \(quoted(text)), expected a number such as 1.5e3 or a duration such as 1h30m",
            at: start..<end)
    }

    /// Reads digits, one dot, one exponent and underscores, as far as they go.
    ///
    /// - Returns: whether a number could end here; what it means is for the parser to find out.
    private mutating func scanNumber() -> Bool {
        var isHexadecimal = false
        if peek() == UInt8(ascii: "0"), lowercased(peek(1)) == UInt8(ascii: "x") {
            position += 2
            isHexadecimal = true
            _ = accept(UInt8(ascii: "_"))
        }
        var hasDot = false
        var hasExponent = false
        while true {
            let byte = peek()
            if isDigit(byte) || (isHexadecimal && isHexadecimalDigit(byte)) {
                position += 1
            } else if byte == UInt8(ascii: ".") {
                position += 1
                if hasDot || isHexadecimal || isOneOf(peek(), "_.") { return false }
                hasDot = true
            } else if lowercased(byte) == UInt8(ascii: "e") {
                position += 1
                if hasExponent { return false }
                hasExponent = true
                if isOneOf(peek(), "+-") { position += 1 }
                if isOneOf(peek(), "._eE") || position == bytes.count { return false }
            } else if byte == UInt8(ascii: "_") {
                position += 1
                if isOneOf(peek(), "._eE") || position == bytes.count { return false }
            } else {
                break
            }
        }
        return !isAlphaNumeric(peek())
    }

    /// Reads from the first unit of a duration on; its digits are read.
    private mutating func scanRestOfDuration() -> Bool {
        guard acceptUnit("smhdwy") else { return false }
        while isDigit(peek()) {
            while isDigit(peek()) { position += 1 }
            guard acceptUnit("smhdw") else { return false }
        }
        return !isAlphaNumeric(peek())
    }

    private mutating func acceptUnit(_ units: StaticString) -> Bool {
        guard isOneOf(peek(), units) else { return false }
        position += 1
        // For `ms`; combinations that are no unit are refused when the duration is worked out.
        _ = accept(UInt8(ascii: "s"))
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            if isBlank(bytes[position]) {
                position += 1
            } else if bytes[position] == UInt8(ascii: "#") {
                while position < bytes.count, !isOneOf(bytes[position], "\r\n") { position += 1 }
            } else {
                return
            }
        }
    }

    private func peek(_ distance: Int = 0) -> UInt8 {
        position + distance < bytes.count ? bytes[position + distance] : 0
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func emit(_ kind: TokenKind) {
        tokens.append(Token(kind: kind, start: start, end: position))
    }

    /// - Parameter skip: bytes between the token's start and the character that is wrong.
    private mutating func unexpectedCharacter(
        _ context: String, expected: String, skip: Int = 0
    ) -> ParseError {
        let place = start + skip
        guard place < bytes.count else {
            return ParseError(
                "unexpected end of input \(context), expected \(expected)", at: start..<bytes.count)
        }
        var end = place + 1
        while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
        position = end
        let character = String(decoding: bytes[place..<end], as: UTF8.self)
        let context = context.isEmpty ? "" : " \(context)"
        return ParseError(
            "unexpected character\(context): '\(character)', expected \(expected)", at: start..<end)
    }
}

private func isDouble(_ quote: UInt8) -> Bool { quote == UInt8(ascii: "\"") }

private func isOneOf(_ byte: UInt8, _ set: StaticString) -> Bool {
    byte != 0 && UnsafeBufferPointer(start: set.utf8Start, count: set.utf8CodeUnitCount).contains(byte)
}

func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
        || byte == UInt8(ascii: "\r")
}

func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

func isAlpha(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
}

func isAlphaNumeric(_ byte: UInt8) -> Bool { isAlpha(byte) || isDigit(byte) }

func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
}

/// ASCII letters in lower case, other bytes as they are.
func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
