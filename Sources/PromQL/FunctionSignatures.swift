/// What a function of PromQL takes and gives.
///
/// Source: Prometheus 3, `promql/parser/functions.go` and the manual's page "Query functions".
package struct FunctionSignature: Sendable {
    package var name: String
    /// The types of the arguments in order; the last one stands for all further ones of a variadic function.
    package var argumentTypes: [ValueType]
    /// How many arguments more than one below `argumentTypes.count` there may be: 0 for a function that takes exactly
    /// its arguments, negative for any number.
    package var variadic: Int
    package var returnType: ValueType
    /// Whether Prometheus keeps it behind `--enable-feature=promql-experimental-functions`.
    package var isExperimental: Bool

    /// The fewest arguments of a call.
    package var argumentCountMin: Int { variadic == 0 ? argumentTypes.count : argumentTypes.count - 1 }

    /// The most arguments of a call; `nil` for any number.
    package var argumentCountMax: Int? {
        variadic < 0 ? nil : argumentCountMin + variadic
    }

    /// The function called `name`; names are told apart by case.
    package static func named(_ name: String) -> FunctionSignature? { table[name] }

    /// Every function, in alphabetical order.
    package static var all: [FunctionSignature] { list }

    private static let table = [String: FunctionSignature](uniqueKeysWithValues: list.map { ($0.name, $0) })

    private init(
        _ name: String, _ argumentTypes: [ValueType], variadic: Int = 0,
        returns returnType: ValueType = .instantVector, isExperimental: Bool = false
    ) {
        self.name = name
        self.argumentTypes = argumentTypes
        self.variadic = variadic
        self.returnType = returnType
        self.isExperimental = isExperimental
    }

    private static let list: [FunctionSignature] = [
        FunctionSignature("abs", [.instantVector]),
        FunctionSignature("absent", [.instantVector]),
        FunctionSignature("absent_over_time", [.rangeVector]),
        FunctionSignature("acos", [.instantVector]),
        FunctionSignature("acosh", [.instantVector]),
        FunctionSignature("asin", [.instantVector]),
        FunctionSignature("asinh", [.instantVector]),
        FunctionSignature("atan", [.instantVector]),
        FunctionSignature("atanh", [.instantVector]),
        FunctionSignature("avg_over_time", [.rangeVector]),
        FunctionSignature("ceil", [.instantVector]),
        FunctionSignature("changes", [.rangeVector]),
        FunctionSignature("clamp", [.instantVector, .scalar, .scalar]),
        FunctionSignature("clamp_max", [.instantVector, .scalar]),
        FunctionSignature("clamp_min", [.instantVector, .scalar]),
        FunctionSignature("cos", [.instantVector]),
        FunctionSignature("cosh", [.instantVector]),
        FunctionSignature("count_over_time", [.rangeVector]),
        FunctionSignature("day_of_month", [.instantVector], variadic: 1),
        FunctionSignature("day_of_week", [.instantVector], variadic: 1),
        FunctionSignature("day_of_year", [.instantVector], variadic: 1),
        FunctionSignature("days_in_month", [.instantVector], variadic: 1),
        FunctionSignature("deg", [.instantVector]),
        FunctionSignature("delta", [.rangeVector]),
        FunctionSignature("deriv", [.rangeVector]),
        FunctionSignature(
            "double_exponential_smoothing", [.rangeVector, .scalar, .scalar], isExperimental: true),
        FunctionSignature("end", [], returns: .scalar, isExperimental: true),
        FunctionSignature("exp", [.instantVector]),
        FunctionSignature("first_over_time", [.rangeVector], isExperimental: true),
        FunctionSignature("floor", [.instantVector]),
        FunctionSignature("histogram_avg", [.instantVector]),
        FunctionSignature("histogram_count", [.instantVector]),
        FunctionSignature("histogram_fraction", [.scalar, .scalar, .instantVector]),
        FunctionSignature("histogram_quantile", [.scalar, .instantVector]),
        FunctionSignature(
            "histogram_quantiles", [.instantVector, .string, .scalar, .scalar], variadic: 9,
            isExperimental: true),
        FunctionSignature("histogram_stddev", [.instantVector]),
        FunctionSignature("histogram_stdvar", [.instantVector]),
        FunctionSignature("histogram_sum", [.instantVector]),
        // The name that double_exponential_smoothing had before Prometheus 3.
        FunctionSignature("holt_winters", [.rangeVector, .scalar, .scalar]),
        FunctionSignature("hour", [.instantVector], variadic: 1),
        FunctionSignature("idelta", [.rangeVector]),
        FunctionSignature("increase", [.rangeVector]),
        FunctionSignature("info", [.instantVector, .instantVector], variadic: 1, isExperimental: true),
        FunctionSignature("irate", [.rangeVector]),
        FunctionSignature("label_join", [.instantVector, .string, .string, .string], variadic: -1),
        FunctionSignature("label_replace", [.instantVector, .string, .string, .string, .string]),
        FunctionSignature("last_over_time", [.rangeVector]),
        FunctionSignature("ln", [.instantVector]),
        FunctionSignature("log10", [.instantVector]),
        FunctionSignature("log2", [.instantVector]),
        FunctionSignature("mad_over_time", [.rangeVector], isExperimental: true),
        FunctionSignature("max_of", [.scalar, .scalar], returns: .scalar, isExperimental: true),
        FunctionSignature("max_over_time", [.rangeVector]),
        FunctionSignature("min_of", [.scalar, .scalar], returns: .scalar, isExperimental: true),
        FunctionSignature("min_over_time", [.rangeVector]),
        FunctionSignature("minute", [.instantVector], variadic: 1),
        FunctionSignature("month", [.instantVector], variadic: 1),
        FunctionSignature("pi", [], returns: .scalar),
        FunctionSignature("predict_linear", [.rangeVector, .scalar]),
        FunctionSignature("present_over_time", [.rangeVector]),
        FunctionSignature("quantile_over_time", [.scalar, .rangeVector]),
        FunctionSignature("rad", [.instantVector]),
        FunctionSignature("range", [], returns: .scalar, isExperimental: true),
        FunctionSignature("rate", [.rangeVector]),
        FunctionSignature("resets", [.rangeVector]),
        FunctionSignature("round", [.instantVector, .scalar], variadic: 1),
        FunctionSignature("scalar", [.instantVector], returns: .scalar),
        FunctionSignature("sgn", [.instantVector]),
        FunctionSignature("sin", [.instantVector]),
        FunctionSignature("sinh", [.instantVector]),
        FunctionSignature("sort", [.instantVector]),
        FunctionSignature("sort_by_label", [.instantVector, .string], variadic: -1, isExperimental: true),
        FunctionSignature(
            "sort_by_label_desc", [.instantVector, .string], variadic: -1, isExperimental: true),
        FunctionSignature("sort_desc", [.instantVector]),
        FunctionSignature("sqrt", [.instantVector]),
        FunctionSignature("start", [], returns: .scalar, isExperimental: true),
        FunctionSignature("start_timestamp", [.instantVector], isExperimental: true),
        FunctionSignature("stddev_over_time", [.rangeVector]),
        FunctionSignature("stdvar_over_time", [.rangeVector]),
        FunctionSignature("step", [], returns: .scalar, isExperimental: true),
        FunctionSignature("sum_over_time", [.rangeVector]),
        FunctionSignature("tan", [.instantVector]),
        FunctionSignature("tanh", [.instantVector]),
        FunctionSignature("time", [], returns: .scalar),
        FunctionSignature("timestamp", [.instantVector]),
        FunctionSignature("ts_of_first_over_time", [.rangeVector], isExperimental: true),
        FunctionSignature("ts_of_last_over_time", [.rangeVector], isExperimental: true),
        FunctionSignature("ts_of_max_over_time", [.rangeVector], isExperimental: true),
        FunctionSignature("ts_of_min_over_time", [.rangeVector], isExperimental: true),
        FunctionSignature("vector", [.scalar]),
        FunctionSignature("year", [.instantVector], variadic: 1),
    ]
}
