import Diagnostics
import MetricModel

/// A text that is not PromQL: where, and what was expected.
package struct ParseError: Error, Sendable, Equatable {
    /// Worded as an operator reads it: ``expected `)` after label list``.
    package var message: String
    /// UTF-8 byte offsets in the text.
    package var position: Range<Int>

    package init(_ message: String, at position: Range<Int>) {
        self.message = message
        self.position = position
    }
}

/// What bounds the parser's work, whatever the input.
package enum ParserLimits {
    /// Nested levels of an expression: parentheses, calls, chains of operators and of signs. Everything that walks an
    /// expression recursively relies on it.
    package static let depthMax = 200
    /// UTF-8 bytes of one expression.
    package static let lengthMax = 1 << 20
}

/// Parses `text` and checks its types as Prometheus does.
///
/// - Parameter allowsExperimental: also what Prometheus keeps behind `--enable-feature`.
package func parse(_ text: String, allowsExperimental: Bool = false) throws(ParseError) -> Expression {
    let bytes = Array(text.utf8)
    var parser = try ExpressionParser(bytes, allowsExperimental: allowsExperimental)
    let expression = try parser.parseWhole()
    try TypeChecker(bytes: bytes).check(expression)
    return expression
}

/// `error` as an operator reads it, with the line and the column in `text`.
///
/// - Parameter file: where the expression stands, when that is known; line and column still count within `text`.
package func problem(_ error: ParseError, in text: String, file: String? = nil) -> Problem {
    let place = linePosition(ofByte: error.position.lowerBound, in: text)
    return Problem(
        "parse error: \(error.message)",
        at: SourcePlace(file: file, line: place.line, column: place.column))
}

/// The line and the column, both counted from 1, of byte `offset`; the column counts Unicode scalars.
package func linePosition(ofByte offset: Int, in text: String) -> (line: Int, column: Int) {
    var line = 1
    var column = 1
    for byte in text.utf8.prefix(max(0, offset)) {
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if byte & 0xc0 != 0x80 {
            column += 1
        }
    }
    return (line, column)
}

/// Reads expressions from tokens by recursive descent; operators by precedence climbing.
struct ExpressionParser {
    /// An expression and how many levels it has.
    struct Parsed {
        var expression: Expression
        var depth: Int
    }

    let bytes: [UInt8]
    let allowsExperimental: Bool
    private let tokens: [Token]
    private let complaint: ParseError?
    private var index = 0
    /// Levels that the parser itself is in.
    private var depth = 0

    init(_ bytes: [UInt8], allowsExperimental: Bool) throws(ParseError) {
        guard bytes.count <= ParserLimits.lengthMax else {
            throw ParseError(
                "expression of \(bytes.count) bytes, expected at most \(ParserLimits.lengthMax)",
                at: ParserLimits.lengthMax..<bytes.count)
        }
        self.bytes = bytes
        self.allowsExperimental = allowsExperimental
        let lexer = Lexer(bytes)
        tokens = lexer.tokens
        complaint = lexer.complaint
    }

    mutating func parseWhole() throws(ParseError) -> Expression {
        guard current.kind != .endOfInput else {
            throw ParseError("no expression found in input, expected an expression", at: 0..<0)
        }
        let expression = try parseExpression().expression
        guard current.kind == .endOfInput else { throw unexpected(expected: "an operator or end of input") }
        return expression
    }

    // MARK: Tokens

    var current: Token { tokens[index] }

    /// The token after the current one; the last token follows itself.
    var following: Token { tokens[min(index + 1, tokens.count - 1)] }

    @discardableResult mutating func advance() -> Token {
        defer { index = min(index + 1, tokens.count - 1) }
        return tokens[index]
    }

    mutating func accept(_ kind: TokenKind) -> Bool {
        guard current.kind == kind else { return false }
        advance()
        return true
    }

    /// - Throws: that another token stands there, with `context` and what was `expected`.
    @discardableResult mutating func require(
        _ kind: TokenKind, in context: String = "", expected: String
    ) throws(ParseError) -> Token {
        guard current.kind == kind else { throw unexpected(in: context, expected: expected) }
        return advance()
    }

    /// Where the token before the current one ended.
    var lastEnd: Int { index == 0 ? 0 : tokens[index - 1].end }

    func text(of token: Token) -> String { String(decoding: bytes[token.position], as: UTF8.self) }

    /// The text of a string token without its quotes and escapes.
    func string(of token: Token) throws(ParseError) -> String {
        do throws(Literal.StringError) {
            return try Literal.string(bytes[token.position])
        } catch {
            throw ParseError(error.message, at: token.start + error.offset..<token.end)
        }
    }

    // MARK: Complaints

    /// The complaint that the current token does not belong here.
    func unexpected(in context: String = "", expected: String) -> ParseError {
        if current.kind == .invalid, let complaint { return complaint }
        let context = context.isEmpty ? "" : " in \(context)"
        return ParseError(
            "unexpected \(describe(current))\(context), expected \(expected)", at: current.position)
    }

    private func describe(_ token: Token) -> String {
        let text = text(of: token)
        return switch token.kind.wording {
        case .plain: "end of input"
        case .kind(let kind): "\(kind) \(shortened(text))"
        case .keyword: "<\(text)>"
        case .operation: "<op:\(text)>"
        case .aggregation: "<aggr:\(text)>"
        case .quoted: quoted(text)
        }
    }

    private func shortened(_ text: String) -> String {
        let shownMax = 40
        guard text.unicodeScalars.count > shownMax else { return quoted(text) }
        var start = String.UnicodeScalarView()
        start.append(contentsOf: text.unicodeScalars.prefix(shownMax))
        return quoted(String(start)) + "..."
    }

    func experimental(_ what: String, at position: Range<Int>) -> ParseError {
        ParseError(
            "\(what) is experimental and not enabled, expected it only where experimental PromQL is allowed",
            at: position)
    }

    // MARK: Depth

    /// Runs `body` one level deeper.
    mutating func nested<Result>(
        _ body: (inout ExpressionParser) throws(ParseError) -> Result
    ) throws(ParseError) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ParserLimits.depthMax else { throw tooDeep(at: current.position) }
        return try body(&self)
    }

    /// One level above levels that have `depth`.
    func deeper(_ depth: Int, at position: Range<Int>) throws(ParseError) -> Int {
        guard depth < ParserLimits.depthMax else { throw tooDeep(at: position) }
        return depth + 1
    }

    private func tooDeep(at position: Range<Int>) -> ParseError {
        ParseError(
            "expression too deep, expected at most \(ParserLimits.depthMax) nested levels", at: position)
    }
}
