/// One token of a template.
struct TemplateToken: Equatable {
    enum Kind: Equatable {
        case error, end
        case text
        case leftDelimiter, rightDelimiter
        case space
        case declare, assign, pipe, leftParenthesis, rightParenthesis
        /// A printable character with no meaning of its own; the comma among them.
        case character
        case identifier, field, variable, dot
        case bool, number, characterConstant, string, rawString, null
        case keyword
    }

    var kind: Kind
    /// The token as written; the message of an error.
    var text: String
    /// Byte offset in the template.
    var position: Int
    /// Counted from 1.
    var line: Int

    /// As an error quotes it.
    var description: String {
        switch kind {
        case .end: return "EOF"
        case .error: return text
        // Go counts the dot and nil among the keywords.
        case .keyword, .dot, .null: return "<\(text)>"
        default:
            let characters = text.unicodeScalars
            if characters.count > 10 {
                return goQuoted(String(String.UnicodeScalarView(characters.prefix(10)))) + "..."
            }
            return goQuoted(text)
        }
    }
}

/// Cuts a template into tokens, as Go's text/template does: the same tokens, trimming rules and messages.
struct TemplateLexer {
    private let input: [UInt8]
    private var position = 0
    private var start = 0
    private var line = 1
    private var startLine = 1
    private var parenthesisDepth = 0
    private var tokens: [TemplateToken] = []

    static let keywords: Set<String> = [
        "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with",
    ]

    /// All tokens, the last one `.end` or `.error`.
    static func tokens(of text: String) -> [TemplateToken] {
        var lexer = TemplateLexer(input: Array(text.utf8))
        lexer.run()
        return lexer.tokens
    }

    private init(input: [UInt8]) { self.input = input }

    private mutating func run() {
        while true {
            guard lexText() else { return }
            guard lexAction() else { return }
        }
    }

    // MARK: Text and delimiters

    /// Text up to the next `{{`; false at the end.
    private mutating func lexText() -> Bool {
        guard let delimiter = find("{{", from: position) else {
            position = input.count
            emitText(upTo: position)
            emit(.end)
            return false
        }
        let trims = isLeftTrimMarker(at: delimiter + 2)
        var end = delimiter
        if trims {
            while end > start, isSpace(input[end - 1]) { end -= 1 }
        }
        emitText(upTo: end)
        position = delimiter
        countLines()
        return true
    }

    private mutating func emitText(upTo end: Int) {
        guard end > start else { return }
        let saved = position
        position = end
        emit(.text)
        position = saved
    }

    /// From `{{` to behind the matching `}}`; false after an error.
    private mutating func lexAction() -> Bool {
        let marker = isLeftTrimMarker(at: position + 2) ? 2 : 0
        if has("/*", at: position + 2 + marker) { return lexComment(from: position + 2 + marker) }
        position += 2
        emit(.leftDelimiter)
        position += marker
        countLines()
        parenthesisDepth = 0
        while true {
            if let trim = rightDelimiter(at: position) {
                guard parenthesisDepth == 0 else { return fail("unclosed left paren") }
                lexRightDelimiter(trim: trim)
                return true
            }
            guard lexInside() else { return false }
        }
    }

    private mutating func lexComment(from offset: Int) -> Bool {
        guard let end = find("*/", from: offset + 2) else { return fail("unclosed comment") }
        position = end + 2
        guard let trim = rightDelimiter(at: position) else {
            return fail("comment ends before closing delimiter")
        }
        position += (trim ? 2 : 0) + 2
        if trim { while position < input.count, isSpace(input[position]) { position += 1 } }
        countLines()
        return true
    }

    private mutating func lexRightDelimiter(trim: Bool) {
        if trim {
            position += 2
            countLines()
        }
        position += 2
        emit(.rightDelimiter)
        if trim {
            while position < input.count, isSpace(input[position]) { position += 1 }
            countLines()
        }
    }

    // MARK: Inside an action

    /// One token; false after an error.
    private mutating func lexInside() -> Bool {
        guard position < input.count else { return fail("unclosed action") }
        let byte = input[position]
        position += 1
        switch byte {
        case 32, 9, 10, 13: return lexSpace()
        case UInt8(ascii: "="): emit(.assign)
        case UInt8(ascii: ":"):
            guard position < input.count, input[position] == UInt8(ascii: "=") else {
                return fail("expected :=")
            }
            position += 1
            emit(.declare)
        case UInt8(ascii: "|"): emit(.pipe)
        case UInt8(ascii: "\""): return lexQuoted(.string, "unterminated quoted string")
        case UInt8(ascii: "`"): return lexRawQuote()
        case UInt8(ascii: "$"): return lexFieldOrVariable(.variable)
        case UInt8(ascii: "'"): return lexQuoted(.characterConstant, "unterminated character constant")
        case UInt8(ascii: "."):
            if position < input.count, !isDigit(input[position]) { return lexFieldOrVariable(.field) }
            position -= 1
            return lexNumber()
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            position -= 1
            return lexNumber()
        case UInt8(ascii: "("):
            parenthesisDepth += 1
            emit(.leftParenthesis)
        case UInt8(ascii: ")"):
            parenthesisDepth -= 1
            emit(.rightParenthesis)
            guard parenthesisDepth >= 0 else { return fail("unexpected right paren") }
        default:
            position -= 1
            let scalar = peek() ?? "\u{FFFD}"
            if isAlphanumeric(scalar) { return lexIdentifier() }
            position += 1
            guard (0x20..<0x7f).contains(byte) else {
                return fail("unrecognized character in action: \(goUnicode(scalar))")
            }
            emit(.character)
        }
        return true
    }

    private mutating func lexSpace() -> Bool {
        position -= 1
        var count = 0
        while position < input.count, isSpace(input[position]) {
            position += 1
            count += 1
        }
        // The last space may belong to a trim marker, ` -}}`.
        if has("-}}", at: position) {
            position -= 1
            if count == 1 { return true }
        }
        emit(.space)
        return true
    }

    private mutating func lexIdentifier() -> Bool {
        skipAlphanumerics()
        let word = String(decoding: input[start..<position], as: UTF8.self)
        guard atTerminator() else { return badCharacter() }
        switch word {
        case "true", "false": emit(.bool)
        case "nil": emit(.null)
        default: emit(Self.keywords.contains(word) ? .keyword : .identifier)
        }
        return true
    }

    private mutating func lexFieldOrVariable(_ kind: TemplateToken.Kind) -> Bool {
        if atTerminator() {
            emit(kind == .variable ? .variable : .dot)
            return true
        }
        skipAlphanumerics()
        guard atTerminator() else { return badCharacter() }
        emit(kind)
        return true
    }

    private mutating func badCharacter() -> Bool {
        fail("bad character \(goUnicode(peek() ?? "\u{FFFD}"))")
    }

    /// Up to the quote that it began with, on the same line, past what a backslash escapes.
    private mutating func lexQuoted(_ kind: TemplateToken.Kind, _ unterminated: String) -> Bool {
        let quote = input[position - 1]
        while position < input.count, input[position] != UInt8(ascii: "\n") {
            let byte = input[position]
            position += 1
            if byte == quote {
                emit(kind)
                return true
            }
            if byte == UInt8(ascii: "\\"), position < input.count, input[position] != UInt8(ascii: "\n") {
                position += 1
            }
        }
        return fail(unterminated)
    }

    private mutating func lexRawQuote() -> Bool {
        while position < input.count {
            position += 1
            if input[position - 1] == UInt8(ascii: "`") {
                emit(.rawString)
                return true
            }
        }
        return fail("unterminated raw quoted string")
    }

    private mutating func lexNumber() -> Bool {
        var isGood = scanNumber()
        if isGood, position < input.count, input[position] == 43 || input[position] == 45 {
            // A sign begins the second half of a complex number, which these templates do without.
            _ = scanNumber()
            isGood = false
        }
        guard isGood else {
            return fail(
                "bad number syntax: \(goQuoted(String(decoding: input[start..<position], as: UTF8.self)))")
        }
        emit(.number)
        return true
    }

    private mutating func scanNumber() -> Bool {
        accept("+-")
        var digits = "0123456789_"
        var isDecimal = true
        if accept("0") {
            if accept("xX") {
                digits = "0123456789abcdefABCDEF_"
                isDecimal = false
            } else if accept("oO") {
                digits = "01234567_"
                isDecimal = false
            } else if accept("bB") {
                digits = "01_"
                isDecimal = false
            }
        }
        acceptRun(digits)
        if accept(".") { acceptRun(digits) }
        if isDecimal, accept("eE") {
            accept("+-")
            acceptRun("0123456789_")
        } else if digits.utf8.count > 20, accept("pP") {
            accept("+-")
            acceptRun("0123456789_")
        }
        guard let next = peek(), isAlphanumeric(next) else { return true }
        advance()
        return false
    }

    // MARK: Characters

    @discardableResult
    private mutating func accept(_ set: String) -> Bool {
        guard position < input.count, set.utf8.contains(input[position]) else { return false }
        position += 1
        return true
    }

    private mutating func acceptRun(_ set: String) { while accept(set) {} }

    /// The character at `position`; invalid UTF-8 cannot be there, the input was a `String`.
    private func peek() -> Unicode.Scalar? {
        guard position < input.count else { return nil }
        var iterator = input[position..<min(position + 4, input.count)].makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return "\u{FFFD}" }
        return scalar
    }

    private mutating func advance() {
        position += 1
        while position < input.count, input[position] & 0xC0 == 0x80 { position += 1 }
    }

    private mutating func skipAlphanumerics() {
        while let scalar = peek(), isAlphanumeric(scalar) { advance() }
    }

    private func atTerminator() -> Bool {
        guard position < input.count else { return true }
        switch input[position] {
        case 32, 9, 10, 13, UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "|"), UInt8(ascii: ":"),
            UInt8(ascii: ")"), UInt8(ascii: "("):
            return true
        default: return has("}}", at: position)
        }
    }

    private func isLeftTrimMarker(at offset: Int) -> Bool {
        offset + 1 < input.count && input[offset] == UInt8(ascii: "-") && isSpace(input[offset + 1])
    }

    /// Whether `}}` stands at `offset`, and whether a trim marker precedes it; `nil` when it does not.
    private func rightDelimiter(at offset: Int) -> Bool? {
        if offset < input.count, isSpace(input[offset]), has("-}}", at: offset + 1) { return true }
        return has("}}", at: offset) ? false : nil
    }

    private func has(_ text: StaticString, at offset: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset >= 0, offset + count <= input.count else { return false }
        for index in 0..<count where input[offset + index] != text.utf8Start[index] { return false }
        return true
    }

    private func find(_ text: StaticString, from offset: Int) -> Int? {
        var offset = offset
        while offset < input.count {
            if has(text, at: offset) { return offset }
            offset += 1
        }
        return nil
    }

    // MARK: Tokens

    private mutating func emit(_ kind: TemplateToken.Kind) {
        let text = String(decoding: input[start..<position], as: UTF8.self)
        tokens.append(TemplateToken(kind: kind, text: text, position: start, line: line))
        countLines()
    }

    /// Moves the beginning of the next token to `position`.
    private mutating func countLines() {
        if start < position {
            for index in start..<position where input[index] == UInt8(ascii: "\n") { line += 1 }
        }
        start = position
        startLine = line
    }

    private mutating func fail(_ message: String) -> Bool {
        tokens.append(TemplateToken(kind: .error, text: message, position: start, line: startLine))
        return false
    }
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

private func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "_" { return true }
    if scalar.isASCII { return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
        return true
    default: return false
    }
}

/// Go's `%#U`: `U+0040 '@'`.
func goUnicode(_ scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
    return isPrintable(scalar) ? "\(code) '\(scalar)'" : code
}
