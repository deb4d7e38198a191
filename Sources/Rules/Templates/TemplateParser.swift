/// A template that cannot be parsed or carried out, in Go's words.
package struct TemplateError: Error, Sendable, Equatable {
    package var message: String

    package init(_ message: String) { self.message = message }
}

/// Builds the parts of a template from its tokens: grammar, checks and messages as Go's text/template/parse.
struct TemplateParser {
    /// Actions and parentheses inside each other.
    static let depthMax = 200

    private let name: String
    private let functions: Set<String>
    private let tokens: [TemplateToken]
    private var index = 0
    private var variables = ["$"]
    private var rangeDepth = 0
    private var depth = 0
    /// Line of the action being parsed; 0 outside.
    private var actionLine = 0
    private(set) var definitions: [String: [TemplateNode]] = [:]

    init(_ text: String, name: String, functions: Set<String>) {
        self.name = name
        self.functions = functions
        tokens = TemplateLexer.tokens(of: text)
    }

    /// Parses the whole text; `definitions` then has what `define` and `block` named.
    mutating func parse() throws(TemplateError) -> [TemplateNode] {
        var nodes: [TemplateNode] = []
        while peek().kind != .end {
            if peek().kind == .leftDelimiter {
                let start = index
                _ = next()
                if peekNonSpace().kind == .keyword, peekNonSpace().text == "define" {
                    _ = nextNonSpace()
                    try definition()
                    continue
                }
                index = start
            }
            switch try textOrAction() {
            case .node(let node): nodes.append(node)
            case .end: throw error("unexpected {{end}}")
            case .otherwise: throw error("unexpected {{else}}")
            }
        }
        return nodes
    }

    private enum Item {
        case node(TemplateNode)
        case end
        case otherwise
    }

    // MARK: Lists and actions

    private mutating func definition() throws(TemplateError) {
        let context = "define clause"
        let name = try templateName(nextNonSpace(), context: context)
        try expect(.rightDelimiter, context: context)
        let (list, end) = try ownItemList()
        guard case .end = end else { throw error("unexpected {{else}} in \(context)") }
        try add(name, list)
    }

    private mutating func add(_ name: String, _ list: [TemplateNode]) throws(TemplateError) {
        if let existing = definitions[name], !Self.isEmpty(existing), !Self.isEmpty(list) {
            throw error("template: multiple definition of template \(goQuoted(name))", bare: true)
        }
        if definitions[name] == nil || !Self.isEmpty(list) { definitions[name] = list }
    }

    /// The list of a definition, which sees none of the variables around it.
    private mutating func ownItemList() throws(TemplateError) -> ([TemplateNode], Item) {
        let outer = (variables, rangeDepth)
        defer { (variables, rangeDepth) = outer }
        variables = ["$"]
        rangeDepth = 0
        return try itemList()
    }

    private static func isEmpty(_ list: [TemplateNode]) -> Bool {
        list.allSatisfy {
            if case .text(let text) = $0 { text.allSatisfy(\.isWhitespace) } else { false }
        }
    }

    /// Up to and with the matching `{{end}}` or `{{else}}`.
    private mutating func itemList() throws(TemplateError) -> ([TemplateNode], Item) {
        var nodes: [TemplateNode] = []
        while peekNonSpace().kind != .end {
            switch try textOrAction() {
            case .node(let node): nodes.append(node)
            case let end: return (nodes, end)
            }
        }
        throw error("unexpected EOF")
    }

    private mutating func textOrAction() throws(TemplateError) -> Item {
        let token = nextNonSpace()
        switch token.kind {
        case .text: return .node(.text(token.text))
        case .leftDelimiter:
            actionLine = token.line
            defer { actionLine = 0 }
            return try action(at: token.position)
        default: throw unexpected(token, "input")
        }
    }

    private mutating func action(at start: Int) throws(TemplateError) -> Item {
        let token = nextNonSpace()
        if token.kind == .keyword {
            switch token.text {
            case "if": return .node(.conditional(try control("if", token)))
            case "with": return .node(.with(try control("with", token)))
            case "range": return .node(.range(try control("range", token)))
            case "else":
                let following = peekNonSpace()
                if following.kind == .keyword, following.text == "if" || following.text == "with" {
                    return .otherwise
                }
                try expect(.rightDelimiter, context: "else")
                return .otherwise
            case "end":
                try expect(.rightDelimiter, context: "end")
                return .end
            case "template": return .node(try templateCall())
            case "block": return .node(try block())
            case "break", "continue":
                let after = nextNonSpace()
                guard after.kind == .rightDelimiter else { throw unexpected(after, "{{\(token.text)}}") }
                guard rangeDepth > 0 else { throw error("{{\(token.text)}} outside {{range}}") }
                return .node(
                    token.text == "break" ? .leave(position: token.position) : .next(position: token.position)
                )
            default: break
            }
        }
        index -= 1
        let position = peek().position
        let pipeline = try pipeline("command", end: .rightDelimiter)
        return .node(.action(pipeline, position: position))
    }

    private mutating func control(
        _ context: String, _ token: TemplateToken
    ) throws(TemplateError) -> TemplateBranch {
        try enter()
        defer { depth -= 1 }
        let outer = variables.count
        defer { variables.removeLast(variables.count - outer) }
        let pipeline = try pipeline(context, end: .rightDelimiter)
        if context == "range" { rangeDepth += 1 }
        let (list, end) = try itemList()
        if context == "range" { rangeDepth -= 1 }
        var branch = TemplateBranch(pipeline: pipeline, list: list, position: pipeline.position)
        guard case .otherwise = end else { return branch }
        let following = peekNonSpace()
        if following.kind == .keyword, following.text == context, context != "range" {
            // `else if` shares the `end` of its `if`.
            _ = nextNonSpace()
            let nested = try control(context, following)
            branch.otherwise = [context == "if" ? .conditional(nested) : .with(nested)]
            return branch
        }
        if following.kind == .keyword { throw unexpected(nextNonSpace(), "else") }
        let (otherwise, last) = try itemList()
        guard case .end = last else { throw error("expected end; found {{else}}") }
        branch.otherwise = otherwise
        return branch
    }

    private mutating func templateCall() throws(TemplateError) -> TemplateNode {
        let context = "template clause"
        let token = nextNonSpace()
        let name = try templateName(token, context: context)
        var pipeline: TemplatePipeline?
        if nextNonSpace().kind != .rightDelimiter {
            index -= 1
            pipeline = try self.pipeline(context, end: .rightDelimiter)
        }
        return .template(name: name, pipeline: pipeline, position: token.position)
    }

    private mutating func block() throws(TemplateError) -> TemplateNode {
        let context = "block clause"
        try enter()
        defer { depth -= 1 }
        let token = nextNonSpace()
        let name = try templateName(token, context: context)
        let pipeline = try pipeline(context, end: .rightDelimiter)
        let (list, end) = try ownItemList()
        guard case .end = end else { throw error("unexpected {{else}} in \(context)") }
        try add(name, list)
        return .template(name: name, pipeline: pipeline, position: token.position)
    }

    private func templateName(
        _ token: TemplateToken, context: String
    ) throws(TemplateError) -> String {
        guard token.kind == .string || token.kind == .rawString else { throw unexpected(token, context) }
        return try unquote(token)
    }

    // MARK: Pipelines

    private mutating func pipeline(
        _ context: String, end: TemplateToken.Kind
    ) throws(TemplateError) -> TemplatePipeline {
        try enter()
        defer { depth -= 1 }
        var result = TemplatePipeline(
            declarations: [], isAssignment: false, commands: [], position: peekNonSpace().position)
        try declarations(of: &result, context: context)
        while true {
            let token = nextNonSpace()
            switch token.kind {
            case end:
                try check(result, context: context)
                return result
            case .bool, .characterConstant, .dot, .field, .identifier, .number, .null, .rawString, .string,
                .variable, .leftParenthesis:
                index -= 1
                result.commands.append(try command())
            default: throw unexpected(token, context)
            }
        }
    }

    private mutating func declarations(
        of pipeline: inout TemplatePipeline, context: String
    ) throws(TemplateError) {
        while peekNonSpace().kind == .variable {
            let start = index
            let variable = nextNonSpace()
            let following = peekNonSpace()
            if following.kind == .assign || following.kind == .declare {
                _ = nextNonSpace()
                pipeline.isAssignment = following.kind == .assign
                pipeline.declarations.append(variable.text)
                variables.append(variable.text)
                return
            }
            guard following.kind == .character, following.text == "," else {
                index = start
                return
            }
            _ = nextNonSpace()
            pipeline.declarations.append(variable.text)
            variables.append(variable.text)
            guard context == "range", pipeline.declarations.count < 2 else {
                throw error("too many declarations in \(context)")
            }
            switch peekNonSpace().kind {
            case .variable, .rightDelimiter, .rightParenthesis: continue
            default: throw error("range can only initialize variables")
            }
        }
    }

    private func check(_ pipeline: TemplatePipeline, context: String) throws(TemplateError) {
        guard !pipeline.commands.isEmpty else { throw error("missing value for \(context)") }
        for (stage, command) in pipeline.commands.enumerated().dropFirst() {
            switch command.arguments[0].kind {
            case .bool, .dot, .null, .number, .string:
                throw error("non executable command in pipeline stage \(stage + 1)")
            default: continue
            }
        }
    }

    private mutating func command() throws(TemplateError) -> TemplateCommand {
        var result = TemplateCommand(arguments: [], position: peekNonSpace().position)
        while true {
            _ = peekNonSpace()
            if let operand = try operand() { result.arguments.append(operand) }
            let token = next()
            switch token.kind {
            case .space: continue
            case .rightDelimiter, .rightParenthesis: index -= 1
            case .pipe: break
            default: throw unexpected(token, "operand")
            }
            break
        }
        guard !result.arguments.isEmpty else { throw error("empty command") }
        return result
    }

    private mutating func operand() throws(TemplateError) -> TemplateOperand? {
        guard let term = try term() else { return nil }
        guard peek().kind == .field else { return term }
        let position = peek().position
        var fields: [String] = []
        while peek().kind == .field { fields.append(String(next().text.dropFirst())) }
        switch term.kind {
        case .field(let names): return TemplateOperand(kind: .field(names + fields), position: position)
        case .variable(let name, let names):
            return TemplateOperand(kind: .variable(name, names + fields), position: position)
        case .bool, .string, .number, .null, .dot:
            throw error("unexpected . after term \(goQuoted(term.description))")
        default: return TemplateOperand(kind: .chain(term, fields), position: position)
        }
    }

    private mutating func term() throws(TemplateError) -> TemplateOperand? {
        let token = nextNonSpace()
        func operand(_ kind: TemplateOperand.Kind) -> TemplateOperand {
            TemplateOperand(kind: kind, position: token.position)
        }
        switch token.kind {
        case .identifier:
            guard functions.contains(token.text) else {
                throw error("function \(goQuoted(token.text)) not defined")
            }
            return operand(.identifier(token.text))
        case .dot: return operand(.dot)
        case .null: return operand(.null)
        case .variable:
            guard variables.contains(token.text) else {
                throw error("undefined variable \(goQuoted(token.text))")
            }
            return operand(.variable(token.text, []))
        case .field: return operand(.field([String(token.text.dropFirst())]))
        case .bool: return operand(.bool(token.text == "true"))
        case .number, .characterConstant:
            guard let value = goNumber(token.text) else { throw error(badNumber(token.text)) }
            return operand(.number(token.text, value))
        case .leftParenthesis:
            return operand(.pipeline(try pipeline("parenthesized pipeline", end: .rightParenthesis)))
        case .string, .rawString: return operand(.string(token.text, try unquote(token)))
        default:
            index -= 1
            return nil
        }
    }

    private func badNumber(_ text: String) -> String {
        if text.hasPrefix("'") { return "malformed character constant: \(text)" }
        let isWhole = text.utf8.allSatisfy { (48...57).contains($0) || $0 == 43 || $0 == 45 || $0 == 95 }
        return (isWhole ? "integer overflow: " : "illegal number syntax: ") + goQuoted(text)
    }

    private func unquote(_ token: TemplateToken) throws(TemplateError) -> String {
        guard let text = goUnquoted(token.text) else { throw error("invalid syntax") }
        return text
    }

    // MARK: Tokens

    private func peek() -> TemplateToken { tokens[min(index, tokens.count - 1)] }

    private mutating func next() -> TemplateToken {
        let token = peek()
        index += 1
        return token
    }

    private mutating func nextNonSpace() -> TemplateToken {
        while peek().kind == .space { index += 1 }
        return next()
    }

    private mutating func peekNonSpace() -> TemplateToken {
        while peek().kind == .space { index += 1 }
        return peek()
    }

    private mutating func expect(_ kind: TemplateToken.Kind, context: String) throws(TemplateError) {
        let token = nextNonSpace()
        guard token.kind == kind else { throw unexpected(token, context) }
    }

    private mutating func enter() throws(TemplateError) {
        depth += 1
        guard depth <= Self.depthMax else { throw error("nested more than \(Self.depthMax) levels deep") }
    }

    private func unexpected(_ token: TemplateToken, _ context: String) -> TemplateError {
        guard token.kind == .error else {
            return error("unexpected \(token.description) in \(context)", at: token)
        }
        var extra = ""
        if actionLine != 0, actionLine != token.line {
            extra = " in action started at \(name):\(actionLine)"
            if token.text.hasSuffix(" action") { extra = String(extra.dropFirst(" in action".count)) }
        }
        return error(token.text + extra, at: token)
    }

    /// - Parameter bare: the message stands by itself, without name and line.
    private func error(_ message: String, at token: TemplateToken? = nil, bare: Bool = false) -> TemplateError
    {
        if bare { return TemplateError(message) }
        // Go names the line of the token that it read last.
        let last = token ?? tokens[max(0, min(index, tokens.count) - 1)]
        return TemplateError("template: \(name):\(last.line): \(message)")
    }
}
