import MetricModel
import PromQL

/// Answers the queries of rules, and keeps what several of them ask for at one time.
struct RuleQueries {
    /// The value of an expression at a time.
    typealias Instant =
        @Sendable (Expression, Timestamp, any SeriesSource) throws(QueryError) -> QueryResult

    /// A rule's expression in the form in which it is asked.
    struct Prepared: Sendable {
        var expression: Expression
        /// The part that other rules ask for too, and the comparison that makes the rule's value of it.
        var shared: Shared?
    }

    struct Shared: Sendable {
        var expression: Expression
        /// The expression as text: equal texts have equal values.
        var key: String
        var comparison: Comparison?
        /// The metrics that the expression reads; `nil` for any.
        var metrics: Set<String>?
    }

    /// `… > 5`
    struct Comparison: Sendable {
        var operation: BinaryOperator
        var number: Double
        /// `5 < …`
        var numberIsLeft: Bool

        func holds(_ value: Double) -> Bool {
            let (left, right) = numberIsLeft ? (number, value) : (value, number)
            return switch operation {
            case .equal: left == right
            case .notEqual: left != right
            case .less: left < right
            case .lessOrEqual: left <= right
            case .greater: left > right
            case .greaterOrEqual: left >= right
            default: false
            }
        }
    }

    private struct Kept {
        var vector: [VectorElement]
        var metrics: Set<String>?
    }

    let instant: Instant
    private var kept: [String: Kept] = [:]
    private var keptTime: Timestamp?

    init(instant: @escaping Instant) { self.instant = instant }

    // MARK: Preparation

    /// - Parameter shares: whether values may be shared between rules.
    static func prepare(_ rules: [Rule], shares: Bool) -> [Prepared] {
        let candidates = rules.map { shares ? shared($0.expression) : nil }
        var counts: [String: Int] = [:]
        for case let candidate? in candidates { counts[candidate.key, default: 0] += 1 }
        return zip(rules, candidates).map { rule, candidate in
            Prepared(
                expression: rule.expression, shared: candidate.flatMap { counts[$0.key] ?? 0 > 1 ? $0 : nil })
        }
    }

    private static func shared(_ expression: Expression) -> Shared? {
        let whole = expression.bare
        var part = whole
        var comparison: Comparison?
        if case .binary(let binary) = whole.kind, binary.operation.isComparison, !binary.returnsBool {
            if let number = binary.right.literal, binary.left.valueType == .instantVector {
                part = binary.left.bare
                comparison = Comparison(operation: binary.operation, number: number, numberIsLeft: false)
            } else if let number = binary.left.literal, binary.right.valueType == .instantVector {
                part = binary.right.bare
                comparison = Comparison(operation: binary.operation, number: number, numberIsLeft: true)
            }
        }
        guard part.valueType == .instantVector else { return nil }
        return Shared(
            expression: part, key: PromQL.print(part), comparison: comparison, metrics: metrics(of: part))
    }

    /// The metrics that an expression's selectors name; `nil` when one of them may select any.
    private static func metrics(of expression: Expression) -> Set<String>? {
        var names: Set<String> = []
        for matchers in expression.selections {
            let exact = matchers.first { $0.name == LabelSet.metricName && $0.operation == .equal }
            guard let exact, !exact.value.isEmpty else { return nil }
            names.insert(exact.value)
        }
        return names
    }

    // MARK: Values

    /// The vector of a rule at `time`.
    mutating func value(
        _ prepared: Prepared, at time: Timestamp, in source: any SeriesSource
    ) throws(RuleError) -> [VectorElement] {
        guard let shared = prepared.shared else {
            return try Self.vector(prepared.expression, at: time, in: source, instant)
        }
        if keptTime != time { forget() }
        let all: [VectorElement]
        if let before = kept[shared.key] {
            all = before.vector
        } else {
            do throws(RuleError) {
                all = try Self.vector(shared.expression, at: time, in: source, instant)
            } catch {
                // What the comparison leaves out may be what is wrong with the part.
                return try Self.vector(prepared.expression, at: time, in: source, instant)
            }
            kept[shared.key] = Kept(vector: all, metrics: shared.metrics)
            keptTime = time
        }
        guard let comparison = shared.comparison else { return all }
        return all.filter { comparison.holds($0.value) }
    }

    /// The elements that a rule's condition can be told of at `time`, met or not; without the metric's name.
    ///
    /// None for conditions that look back or that are no comparison: what they leave out may only be not known yet.
    func decided(_ rule: Rule, at time: Timestamp, in source: any SeriesSource) -> Set<LabelSet> {
        guard rule.expression.reach == .zero,
            case .binary(let binary) = rule.expression.bare.kind, binary.operation.isComparison,
            !binary.returnsBool
        else { return [] }
        let side = binary.left.valueType == .instantVector ? binary.left : binary.right
        let vector = (try? Self.vector(side, at: time, in: source, instant)) ?? []
        return Set(vector.map { $0.labels.dropping([LabelSet.metricName]) })
    }

    /// Forgets every kept value: the source may have changed.
    mutating func forget() {
        kept.removeAll(keepingCapacity: true)
        keptTime = nil
    }

    /// Forgets the kept values that samples of `metric` may change.
    mutating func forget(readersOf metric: String) {
        guard !kept.isEmpty else { return }
        kept = kept.filter { $0.value.metrics.map { !$0.contains(metric) } ?? false }
    }

    static func vector(
        _ expression: Expression, at time: Timestamp, in source: any SeriesSource, _ instant: Instant
    ) throws(RuleError) -> [VectorElement] {
        let result: QueryResult
        do {
            result = try instant(expression, time, source)
        } catch {
            throw RuleError("\(error)")
        }
        switch result.value {
        case .vector(let elements): return elements
        case .scalar(let sample):
            return [VectorElement(labels: .empty, timestamp: sample.timestamp, value: sample.value)]
        case .string, .matrix: throw RuleError("rule result is not a vector or scalar")
        }
    }
}

/// Answers the queries of templates.
///
/// A class, because expansion reads it while the rule's state is being changed; it holds nothing but parsed texts.
final class TemplateQueries {
    private let instant: RuleQueries.Instant
    private let countMax: Int
    private var parsed: [String: Expression] = [:]

    init(instant: @escaping RuleQueries.Instant, countMax: Int) {
        self.instant = instant
        self.countMax = countMax
    }

    func answer(
        _ text: String, at time: Timestamp, in source: any SeriesSource
    ) throws(TemplateError) -> [VectorElement] {
        let expression = try expression(text)
        do {
            return try RuleQueries.vector(expression, at: time, in: source, instant)
        } catch {
            throw TemplateError(error.message)
        }
    }

    private func expression(_ text: String) throws(TemplateError) -> Expression {
        if let known = parsed[text] { return known }
        do {
            let expression = try PromQL.parse(text)
            if parsed.count >= countMax { parsed.removeAll() }
            parsed[text] = expression
            return expression
        } catch {
            let (line, column) = linePosition(ofByte: error.position.lowerBound, in: text)
            throw TemplateError("\(line):\(column): parse error: \(error.message)")
        }
    }
}
