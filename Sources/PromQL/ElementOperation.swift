import Glibc
import MetricModel

/// Something done to each value of a series by itself.
enum ElementOperation {
    case negate
    case function(ElementFunction)
    case round(toNearest: Plan)
    case clamp(lower: Plan?, upper: Plan?)
    case date(DatePart)
    /// Vector on the left, scalar on the right, or the other way round.
    case scalar(BinaryOperator, Plan, isScalarLeft: Bool, returnsBool: Bool)
    /// `</` and `>/`: of a float there is nothing to trim, which is said at the position.
    case trim(BinaryOperator, Range<Int>)
    /// The step's time: what `timestamp` gives for anything but a selector.
    case stepTime

    /// Whether the result means something else than the metric did.
    var dropsName: Bool {
        switch self {
        case .scalar(let operation, _, _, let returnsBool): returnsBool || !operation.isComparison
        default: true
        }
    }
}

/// A function of one number, by its name in a query.
enum ElementFunction: String {
    case abs, ceil, floor, exp, sqrt, ln, log2, log10, sgn
    case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh
    case rad, deg
}

extension ElementFunction {
    /// Applies the function to every value of `column` that is there.
    func apply(to column: UnsafeMutableBufferPointer<Double>) {
        switch self {
        case .abs: update(column) { $0.magnitude }
        case .ceil: update(column) { $0.rounded(.up) }
        case .floor: update(column) { $0.rounded(.down) }
        case .exp: update(column) { Glibc.exp($0) }
        case .sqrt: update(column) { $0.squareRoot() }
        case .ln: update(column) { Glibc.log($0) }
        case .log2: update(column) { Glibc.log2($0) }
        case .log10: update(column) { Glibc.log10($0) }
        case .sgn: update(column) { $0 < 0 ? -1 : $0 > 0 ? 1 : $0 }
        case .sin: update(column) { Glibc.sin($0) }
        case .cos: update(column) { Glibc.cos($0) }
        case .tan: update(column) { Glibc.tan($0) }
        case .asin: update(column) { Glibc.asin($0) }
        case .acos: update(column) { Glibc.acos($0) }
        case .atan: update(column) { Glibc.atan($0) }
        case .sinh: update(column) { Glibc.sinh($0) }
        case .cosh: update(column) { Glibc.cosh($0) }
        case .tanh: update(column) { Glibc.tanh($0) }
        case .asinh: update(column) { Glibc.asinh($0) }
        case .acosh: update(column) { Glibc.acosh($0) }
        case .atanh: update(column) { Glibc.atanh($0) }
        case .rad: update(column) { $0 * .pi / 180 }
        case .deg: update(column) { $0 * 180 / .pi }
        }
    }
}

/// Replaces every value of `column` that is there.
@inline(__always)
func update(_ column: UnsafeMutableBufferPointer<Double>, _ transform: (Double) -> Double) {
    for step in column.indices where !column[step].isAbsent {
        column[step] = transform(column[step])
    }
}

/// Go's `math.Max`: an infinity wins over NaN, NaN over everything else.
@inline(__always) func goMaximum(_ a: Double, _ b: Double) -> Double {
    if a == .infinity || b == .infinity { return .infinity }
    if a.isNaN || b.isNaN { return .nan }
    if a == 0 && b == 0 { return a.sign == .minus ? b : a }
    return a > b ? a : b
}

/// Go's `math.Min`.
@inline(__always) func goMinimum(_ a: Double, _ b: Double) -> Double {
    if a == -.infinity || b == -.infinity { return -.infinity }
    if a.isNaN || b.isNaN { return .nan }
    if a == 0 && b == 0 { return a.sign == .minus ? a : b }
    return a < b ? a : b
}

/// Arithmetic and comparison of two numbers.
enum BinaryArithmetic {
    /// An arithmetic operator, or a comparison as 0 or 1.
    static func scalar(_ operation: BinaryOperator, _ a: Double, _ b: Double) -> Double {
        switch operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .modulo: fmod(a, b)
        case .power: pow(a, b)
        case .atan2: Glibc.atan2(a, b)
        case .equal: a == b ? 1 : 0
        case .notEqual: a != b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .greater: a > b ? 1 : 0
        case .greaterOrEqual: a >= b ? 1 : 0
        case .and, .or, .unless, .trimUpper, .trimLower: .nan
        }
    }

    /// Calls `body` with the operator as a function whose code the compiler can put into the loop of `body`.
    ///
    /// - Parameter body: gets what an arithmetic operator gives, or `nil` and what a comparison says.
    @inline(__always)
    static func combine(
        _ operation: BinaryOperator, _ count: Int,
        left: (Int) -> Double, right: (Int) -> Double,
        arithmetic: (Int, Double) -> Void, comparison: (Int, Bool) -> Void
    ) {
        switch operation {
        case .add: for i in 0..<count { arithmetic(i, left(i) + right(i)) }
        case .subtract: for i in 0..<count { arithmetic(i, left(i) - right(i)) }
        case .multiply: for i in 0..<count { arithmetic(i, left(i) * right(i)) }
        case .divide: for i in 0..<count { arithmetic(i, left(i) / right(i)) }
        case .modulo: for i in 0..<count { arithmetic(i, fmod(left(i), right(i))) }
        case .power: for i in 0..<count { arithmetic(i, pow(left(i), right(i))) }
        case .atan2: for i in 0..<count { arithmetic(i, Glibc.atan2(left(i), right(i))) }
        case .equal: for i in 0..<count { comparison(i, left(i) == right(i)) }
        case .notEqual: for i in 0..<count { comparison(i, left(i) != right(i)) }
        case .less: for i in 0..<count { comparison(i, left(i) < right(i)) }
        case .lessOrEqual: for i in 0..<count { comparison(i, left(i) <= right(i)) }
        case .greater: for i in 0..<count { comparison(i, left(i) > right(i)) }
        case .greaterOrEqual: for i in 0..<count { comparison(i, left(i) >= right(i)) }
        // Only native histograms can be trimmed.
        case .trimUpper, .trimLower: for i in 0..<count { comparison(i, false) }
        case .and, .or, .unless: break
        }
    }
}
