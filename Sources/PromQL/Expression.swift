import MetricModel

/// A parsed PromQL expression.
///
/// Equality looks at meaning, not at where in the text a part stood: `parse(print(e)) == e` for every expression.
package struct Expression: Sendable, Equatable {
    package indirect enum Kind: Sendable, Equatable {
        /// A number, or a duration such as `5m`, which is the number of its seconds.
        case number(Double, writtenAsDuration: Bool)
        case string(String)
        case parenthesised(Expression)
        case unary(UnaryOperator, Expression)
        case binary(BinaryOperation)
        case aggregation(Aggregation)
        case call(function: String, arguments: [Expression])
        case vectorSelector(VectorSelector)
        case matrixSelector(VectorSelector, range: DurationExpression)
        case subquery(Subquery)

        /// NaN equals NaN here: the same number was written.
        package static func == (a: Kind, b: Kind) -> Bool {
            switch (a, b) {
            case (.number(let x, let isDurationX), .number(let y, let isDurationY)):
                isDurationX == isDurationY && x.sign == y.sign && (x == y || (x.isNaN && y.isNaN))
            case (.string(let x), .string(let y)): x == y
            case (.parenthesised(let x), .parenthesised(let y)): x == y
            case (.unary(let signX, let x), .unary(let signY, let y)): signX == signY && x == y
            case (.binary(let x), .binary(let y)): x == y
            case (.aggregation(let x), .aggregation(let y)): x == y
            case (.call(let nameX, let x), .call(let nameY, let y)): nameX == nameY && x == y
            case (.vectorSelector(let x), .vectorSelector(let y)): x == y
            case (.matrixSelector(let x, let rangeX), .matrixSelector(let y, let rangeY)):
                x == y && rangeX == rangeY
            case (.subquery(let x), .subquery(let y)): x == y
            default: false
            }
        }
    }

    package var kind: Kind
    /// UTF-8 byte offsets in the text that was parsed.
    package var position: Range<Int>

    package init(_ kind: Kind, at position: Range<Int>) {
        self.kind = kind
        self.position = position
    }

    package static func == (a: Expression, b: Expression) -> Bool { a.kind == b.kind }
}

package enum UnaryOperator: String, Sendable { case plus = "+", minus = "-" }

package enum BinaryOperator: String, Sendable, CaseIterable {
    case add = "+", subtract = "-", multiply = "*", divide = "/", modulo = "%", power = "^", atan2
    case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
    case and, or, unless
    /// Native histograms cut off above and below a value.
    case trimUpper = "</"
    case trimLower = ">/"

    package var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }
    package var isSet: Bool { self == .and || self == .or || self == .unless }
}

package struct BinaryOperation: Sendable, Equatable {
    package var operation: BinaryOperator
    package var left: Expression
    package var right: Expression
    /// Comparison gives 0 or 1 in place of filtering.
    package var returnsBool: Bool
    package var matching: VectorMatching
}

/// How the series of two vectors find each other.
package struct VectorMatching: Sendable, Equatable {
    package enum Cardinality: Sendable { case oneToOne, manyToOne, oneToMany, manyToMany }
    package var cardinality: Cardinality = .oneToOne
    /// `on (…)` when true, else `ignoring (…)`.
    package var isOn: Bool = false
    package var labels: [String] = []
    /// Labels of the "one" side that the result takes over: `group_left (…)`.
    package var include: [String] = []
    /// Values for a series that has no partner on that side (experimental `fill`, `fill_left`, `fill_right`).
    package var fillLeft: Double?
    package var fillRight: Double?

    package init() {}

    package static func == (a: VectorMatching, b: VectorMatching) -> Bool {
        a.cardinality == b.cardinality && a.isOn == b.isOn && a.labels == b.labels && a.include == b.include
            && a.fillLeft?.bitPattern == b.fillLeft?.bitPattern
            && a.fillRight?.bitPattern == b.fillRight?.bitPattern
    }
}

package enum Aggregator: String, Sendable, CaseIterable {
    case sum, avg, count, min, max, group, stddev, stdvar, topk, bottomk, quantile
    case countValues = "count_values"
    /// Experimental.
    case limitk
    case limitRatio = "limit_ratio"

    package var takesParameter: Bool {
        switch self {
        case .topk, .bottomk, .quantile, .countValues, .limitk, .limitRatio: true
        default: false
        }
    }
}

package struct Aggregation: Sendable, Equatable {
    package var aggregator: Aggregator
    package var parameter: Expression?
    package var expression: Expression
    package var grouping: [String]
    /// `without (…)` when true, else `by (…)`.
    package var isWithout: Bool
}

package struct VectorSelector: Sendable, Equatable {
    /// How samples at the window's edges are found (experimental, on range selectors): as they are, the last one at or
    /// before the left edge taken in, or interpolated at both edges.
    package enum Boundary: String, Sendable { case ordinary = "", anchored, smoothed }

    /// The metric name as written before the braces; it is among `matchers` too.
    package var name: String?
    package var matchers: [LabelMatcher]
    package var offset: DurationExpression?
    package var at: AtModifier?
    package var boundary: Boundary = .ordinary
}

package enum AtModifier: Sendable, Equatable {
    case timestamp(Timestamp)
    case start
    case end
}

package struct Subquery: Sendable, Equatable {
    package var expression: Expression
    package var range: DurationExpression
    /// `nil` for the default evaluation interval.
    package var step: DurationExpression?
    package var offset: DurationExpression?
    package var at: AtModifier?
}

/// A length of time in a selector: usually a literal, with the experimental arithmetic a small expression.
package indirect enum DurationExpression: Sendable, Equatable {
    case literal(TimeSpan)
    /// A bare number of seconds.
    case seconds(Double)
    /// `step()`: the step of the range query, 0 in an instant query.
    case step
    /// `range()`: end minus start of the query.
    case range
    case negated(DurationExpression)
    case parenthesised(DurationExpression)
    case binary(BinaryOperator, DurationExpression, DurationExpression)
    case minimum(DurationExpression, DurationExpression)
    case maximum(DurationExpression, DurationExpression)
}

/// What an expression evaluates to.
package enum ValueType: String, Sendable {
    case scalar
    case string
    case instantVector = "instant vector"
    case rangeVector = "range vector"
}
