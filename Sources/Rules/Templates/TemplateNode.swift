/// One part of a parsed template. `description` gives it back as Go prints it in error messages.
indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline, position: Int)
    case conditional(TemplateBranch)
    case with(TemplateBranch)
    case range(TemplateBranch)
    case template(name: String, pipeline: TemplatePipeline?, position: Int)
    case leave(position: Int)
    case next(position: Int)
}

/// `if`, `with` or `range` with its two lists.
struct TemplateBranch: Sendable {
    var pipeline: TemplatePipeline
    var list: [TemplateNode]
    var otherwise: [TemplateNode]?
    var position: Int
}

/// Commands joined by `|`, with the variables that take the result.
struct TemplatePipeline: Sendable, CustomStringConvertible {
    var declarations: [String]
    /// `=` in place of `:=`.
    var isAssignment: Bool
    var commands: [TemplateCommand]
    var position: Int

    var description: String {
        let result = commands.map(\.description).joined(separator: " | ")
        guard !declarations.isEmpty else { return result }
        return declarations.joined(separator: ", ") + (isAssignment ? " = " : " := ") + result
    }
}

/// An operand with what follows it up to the next `|`.
struct TemplateCommand: Sendable, CustomStringConvertible {
    var arguments: [TemplateOperand]
    var position: Int

    var description: String { arguments.map(\.inParentheses).joined(separator: " ") }
}

struct TemplateOperand: Sendable, CustomStringConvertible {
    indirect enum Kind: Sendable {
        case dot
        case null
        case bool(Bool)
        /// As written; its value.
        case number(String, TemplateValue)
        /// As written; its meaning.
        case string(String, String)
        /// A function.
        case identifier(String)
        /// `.A.B`
        case field([String])
        /// `$x.A.B`, the name with its dollar sign.
        case variable(String, [String])
        case pipeline(TemplatePipeline)
        /// Fields of something in parentheses or of a function's result.
        case chain(TemplateOperand, [String])
    }

    var kind: Kind
    var position: Int

    var description: String {
        switch kind {
        case .dot: return "."
        case .null: return "nil"
        case .bool(let value): return "\(value)"
        case .number(let text, _), .string(let text, _), .identifier(let text): return text
        case .field(let names): return names.map { "." + $0 }.joined()
        case .variable(let name, let fields): return name + fields.map { "." + $0 }.joined()
        case .pipeline(let pipeline): return pipeline.description
        case .chain(let operand, let fields): return operand.inParentheses + fields.map { "." + $0 }.joined()
        }
    }

    /// As it stands among other operands: a pipeline in its parentheses.
    var inParentheses: String {
        if case .pipeline = kind { "(\(description))" } else { description }
    }
}
