import MetricModel
import RegularExpressions

/// A query made ready to run: durations are numbers, `@ start()` is a time, label names are bytes, and what is the same at
/// every step is marked.
///
/// Every node is evaluated over a whole grid at once; what it gives is a scalar column, or rows of a matrix.
indirect enum Plan {
    // Scalars.
    case number(Double)
    case time
    case scalarOf(Plan)
    case scalarNegation(Plan)
    case scalarBinary(BinaryOperator, Plan, Plan)
    /// `min_of` and `max_of`.
    case scalarExtremum(isMaximum: Bool, Plan, Plan)

    case string(String)

    // Vectors that are made one series at a time.
    case selector(SelectorPlan)
    case timestamps(SelectorPlan, isStart: Bool)
    case rangeFunction(RangeFunctionPlan)
    /// Something done to each value by itself.
    case elementwise(Plan, ElementOperation)

    // Vectors that need all of their input.
    case vector(Plan)
    case dateOfStep(DatePart)
    case aggregation(AggregationPlan)
    /// A left-deep chain of vector operators: flat, so that a query of a thousand `or`s needs no deep stack.
    case binaryChain(first: Plan, [BinaryStep])
    case absent(LabelSet, Plan)
    case histogramQuantile(HistogramQuantilePlan)
    case histogramFraction(lower: Plan, upper: Plan, Plan, position: Range<Int>)
    case sorted(SortPlan)
    case labelReplace(LabelReplacePlan)
    case labelJoin(LabelJoinPlan)
    case info(InfoPlan)
    /// Functions of native histograms: on floats they have no result, but their argument is evaluated.
    case nothing(Plan)
    /// The same at every step: evaluated at the first and repeated.
    case invariant(Plan)

    // Range vectors: only at the top of an instant query.
    case rangeSelector(SelectorPlan, range: Int64)
    case subquery(SubqueryPlan)
}

/// Which series are read, and at which times. Times are milliseconds.
struct SelectorPlan {
    var matchers: [LabelMatcher]
    var offset: Int64
    /// `@`: the time that counts in place of each step's.
    var pinned: Int64?
    var boundary: VectorSelector.Boundary
    var position: Range<Int>

    /// Which time of the data is meant at `time` of the query.
    func reference(_ time: Int64) -> Int64 { subtractedTime(pinned ?? time, offset) }
}

/// A range vector made by evaluating `inner` at the multiples of `step`. Times are milliseconds.
struct SubqueryPlan {
    var inner: Plan
    var range: Int64
    var step: Int64
    var offset: Int64
    var pinned: Int64?

    /// Where the window of `time` of the query ends.
    func reference(_ time: Int64) -> Int64 { subtractedTime(pinned ?? time, offset) }
}

/// A function over windows of `range` milliseconds.
struct RangeFunctionPlan {
    /// Where the samples of the windows come from.
    enum Source {
        case selector(SelectorPlan)
        case subquery(SubqueryPlan)
    }

    var function: RangeFunction
    var source: Source
    var range: Int64
    /// Scalars: the quantile, the seconds ahead, the smoothing factors.
    var parameters: [Plan]
    /// Where the range vector stands in the query.
    var position: Range<Int>
    /// Where the first argument stands.
    var firstPosition: Range<Int>
    /// What `absent_over_time` gives its series.
    var absentLabels: LabelSet
}

/// A function over range vectors, by its name in a query.
enum RangeFunction: String {
    case rate, increase, delta, irate, idelta, changes, resets, deriv
    case predictLinear = "predict_linear"
    case doubleExponentialSmoothing = "double_exponential_smoothing"
    case avg = "avg_over_time"
    case sum = "sum_over_time"
    case min = "min_over_time"
    case max = "max_over_time"
    case count = "count_over_time"
    case last = "last_over_time"
    case first = "first_over_time"
    case present = "present_over_time"
    case absent = "absent_over_time"
    case stddev = "stddev_over_time"
    case stdvar = "stdvar_over_time"
    case quantile = "quantile_over_time"
    case mad = "mad_over_time"
    case timeOfFirst = "ts_of_first_over_time"
    case timeOfLast = "ts_of_last_over_time"
    case timeOfMin = "ts_of_min_over_time"
    case timeOfMax = "ts_of_max_over_time"

    /// `last_over_time` and `first_over_time` act like an offset, so they keep the metric's name.
    var keepsName: Bool { self == .last || self == .first }
}

/// An aggregation over the groups that `grouping` makes.
struct AggregationPlan {
    var aggregator: Aggregator
    /// The scalar of `topk`, `quantile`, …
    var parameter: Plan?
    var parameterPosition: Range<Int>
    /// The label of `count_values`.
    var valueLabel: String?
    var inner: Plan
    var grouping: [String]
    var isWithout: Bool
}

/// One operator of a chain, with its right side.
struct BinaryStep {
    var operation: BinaryOperator
    var right: Plan
    var returnsBool: Bool
    var matching: VectorMatching
    /// The labels on which series match.
    var signature: LabelSelection
    var position: Range<Int>
}

/// `histogram_quantile` and `histogram_quantiles`.
struct HistogramQuantilePlan {
    /// One quantile, or several with the text that goes into `quantileLabel`.
    var quantiles: [Plan]
    var quantilePositions: [Range<Int>]
    /// The label that tells the quantiles of `histogram_quantiles` apart.
    var quantileLabel: String?
    var inner: Plan
    var position: Range<Int>
}

/// `sort`, `sort_by_label` and their descending kin.
struct SortPlan {
    /// By what series are put in order.
    enum Key {
        case value
        case labels([String])
    }

    var key: Key
    var isDescending: Bool
    var inner: Plan
    var position: Range<Int>
}

/// `label_replace`.
struct LabelReplacePlan {
    var inner: Plan
    var destination: String
    var template: LabelTemplate
    var source: String
    var expression: RegularExpression
}

/// `label_join`.
struct LabelJoinPlan {
    var inner: Plan
    var destination: String
    var separator: String
    var sources: [String]
}

/// `info`.
struct InfoPlan {
    var inner: Plan
    /// Every matcher of the second argument; those on the metric's name choose the info metrics, of which there is always
    /// a matcher that says which, not only which not.
    var matchers: [LabelMatcher]
    /// The query itself says which metrics are info metrics, so that they are not enriched.
    var namesMetric: Bool
    /// At which time of the data the info series count: of the first selector within, offsets of the subqueries
    /// around it included.
    var offset: Int64
    var pinned: Int64?
}
