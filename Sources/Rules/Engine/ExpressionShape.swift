import PromQL

extension Expression {
    /// Without the parentheses around it.
    var bare: Expression {
        var inner = self
        while case .parenthesised(let next) = inner.kind { inner = next }
        return inner
    }

    /// The number that was written, with its sign; `nil` for anything that has to be evaluated.
    var literal: Double? {
        switch bare.kind {
        case .number(let value, _): value
        case .unary(.minus, let operand): operand.literal.map { -$0 }
        case .unary(.plus, let operand): operand.literal
        default: nil
        }
    }
}
