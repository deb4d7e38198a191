import MetricModel

/// What a token of PromQL is.
enum TokenKind: UInt8, Sendable {
    case endOfInput
    /// A piece of text that is no token; the lexer's complaint is kept beside the tokens.
    case invalid

    case identifier
    /// A name with a colon: a metric, never a label or a function.
    case metricIdentifier
    case number
    case duration
    case string

    case leftParenthesis, rightParenthesis
    case leftBrace, rightBrace
    case leftBracket, rightBracket
    case comma, colon, assign

    case add, subtract, multiply, divide, modulo, power
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    case matchesRegex, matchesNotRegex
    case trimUpper, trimLower
    case at
    case and, or, unless, atan2

    case sum, avg, count, min, max, group, stddev, stdvar, topk, bottomk, quantile, countValues, limitk,
        limitRatio

    case bool, by, without, on, ignoring, groupLeft, groupRight, offset, anchored, smoothed
    case fill, fillLeft, fillRight

    case start, end, step, range, minOf, maxOf
}

/// One token: its kind and its UTF-8 bytes in the text.
struct Token: Sendable {
    var kind: TokenKind
    var start: Int
    var end: Int

    var position: Range<Int> { start..<end }
}

extension TokenKind {
    /// The reserved words, in lower case; the lexer compares without regard to case.
    static let keywords: [String: TokenKind] = [
        "and": .and, "or": .or, "unless": .unless, "atan2": .atan2,
        "sum": .sum, "avg": .avg, "count": .count, "min": .min, "max": .max, "group": .group,
        "stddev": .stddev, "stdvar": .stdvar, "topk": .topk, "bottomk": .bottomk, "quantile": .quantile,
        "count_values": .countValues, "limitk": .limitk, "limit_ratio": .limitRatio,
        "bool": .bool, "by": .by, "without": .without, "on": .on, "ignoring": .ignoring,
        "group_left": .groupLeft, "group_right": .groupRight, "offset": .offset,
        "anchored": .anchored, "smoothed": .smoothed,
        "fill": .fill, "fill_left": .fillLeft, "fill_right": .fillRight,
        "start": .start, "end": .end, "step": .step, "range": .range, "min_of": .minOf, "max_of": .maxOf,
        "inf": .number, "nan": .number,
    ]

    /// Length of the longest reserved word; longer names need no look-up.
    static let keywordLengthMax = 12

    /// The aggregation that the word names.
    var aggregator: Aggregator? {
        switch self {
        case .sum: .sum
        case .avg: .avg
        case .count: .count
        case .min: .min
        case .max: .max
        case .group: .group
        case .stddev: .stddev
        case .stdvar: .stdvar
        case .topk: .topk
        case .bottomk: .bottomk
        case .quantile: .quantile
        case .countValues: .countValues
        case .limitk: .limitk
        case .limitRatio: .limitRatio
        default: nil
        }
    }

    /// The binary operator that the token stands for.
    var binaryOperator: BinaryOperator? {
        switch self {
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .modulo: .modulo
        case .power: .power
        case .atan2: .atan2
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .trimUpper: .trimUpper
        case .trimLower: .trimLower
        case .and: .and
        case .or: .or
        case .unless: .unless
        default: nil
        }
    }

    /// The operator of a label matcher.
    var matchOperation: LabelMatcher.Operation? {
        switch self {
        case .assign: .equal
        case .notEqual: .notEqual
        case .matchesRegex: .matchesRegex
        case .matchesNotRegex: .matchesNotRegex
        default: nil
        }
    }

    /// Whether the word may stand where a metric's name is expected.
    var canNameMetric: Bool {
        switch self {
        case .identifier, .metricIdentifier, .and, .or, .unless, .by, .without, .offset, .anchored, .smoothed,
            .fill, .fillLeft, .fillRight, .start, .end, .step, .range, .minOf, .maxOf:
            true
        default: aggregator != nil
        }
    }

    /// Whether the word may stand in a list of labels such as `by (…)`. Prometheus leaves out `without`.
    var canNameLabel: Bool {
        switch self {
        case .bool, .on, .ignoring, .groupLeft, .groupRight, .atan2: true
        case .without: false
        default: canNameMetric
        }
    }

    /// Whether a call may begin with the word: `start()`, `min_of(…)`, `rate(…)`.
    var canNameFunction: Bool {
        switch self {
        case .identifier, .start, .end, .step, .range, .minOf, .maxOf: true
        default: false
        }
    }

    /// How Prometheus words a token of this kind in its complaints.
    enum Wording { case plain, kind(String), keyword, operation, aggregation, quoted }

    var wording: Wording {
        switch self {
        case .endOfInput: .plain
        case .invalid: .quoted
        case .identifier: .kind("identifier")
        case .metricIdentifier: .kind("metric identifier")
        case .number: .kind("number")
        case .duration: .kind("duration")
        case .string: .kind("string")
        case .bool, .by, .without, .on, .ignoring, .groupLeft, .groupRight, .offset, .anchored, .smoothed,
            .fill,
            .fillLeft, .fillRight:
            .keyword
        case .at, .matchesRegex, .matchesNotRegex: .operation
        default: binaryOperator != nil ? .operation : aggregator != nil ? .aggregation : .quoted
        }
    }
}
