import MetricModel
import PromQL
import RegularExpressions

/// A query of a variable, for Prometheus.
enum VariableQuery: Sendable, Equatable {
    /// `label_values(selector, label)`; without a selector of all series.
    case labelValues(selector: String?, label: String)
    /// `label_names()`, with a pattern of metrics.
    case labelNames(pattern: String?)
    /// `metrics(pattern)`.
    case metrics(String)
    /// `query_result(expression)`.
    case result(String)
    /// A selector by itself: the series that it finds.
    case series(String)

    /// - Parameter text: with its variables replaced.
    init(_ text: String) {
        let text = text.trimmed
        if let body = Self.body(of: "label_values", text) {
            let parts = Self.split(body)
            if let label = parts.last, parts.count > 1 {
                let selector = parts.dropLast().joined(separator: ",").trimmed
                let isEmpty = selector.isEmpty || selector.filter { !$0.isWhitespace } == "{}"
                self = .labelValues(selector: isEmpty ? nil : selector, label: Self.unquoted(label))
            } else {
                self = .labelValues(selector: nil, label: Self.unquoted(body))
            }
        } else if let body = Self.body(of: "label_names", text) {
            self = .labelNames(pattern: body.trimmed.isEmpty ? nil : body.trimmed)
        } else if let body = Self.body(of: "metrics", text) {
            self = .metrics(body.trimmed)
        } else if let body = Self.body(of: "query_result", text) {
            self = .result(body.trimmed)
        } else {
            self = .series(text)
        }
    }

    private static func body(of function: String, _ text: String) -> String? {
        guard text.hasPrefix(function) else { return nil }
        let rest = text.dropFirst(function.count).drop { $0 == " " }
        guard rest.first == "(", let close = rest.lastIndex(of: ")") else { return nil }
        return String(rest[rest.index(after: rest.startIndex)..<close])
    }

    /// At the last comma that stands outside of braces and quotes.
    private static func split(_ text: String) -> [String] {
        var depth = 0
        var quote: Character?
        var last: String.Index?
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == open {
                    quote = nil
                }
                continue
            }
            switch character {
            case "\"", "'", "`": quote = character
            case "{", "(", "[": depth += 1
            case "}", ")", "]": depth -= 1
            case "," where depth == 0: last = index
            default: break
            }
        }
        // A selector with a brace too many or too few still has its label behind the last comma.
        if depth != 0 || quote != nil { last = text.lastIndex(of: ",") }
        guard let last else { return [text] }
        return [String(text[..<last]), String(text[text.index(after: last)...]).trimmed]
    }

    private static func unquoted(_ text: String) -> String {
        text.trimmed.filter { $0 != "\"" && $0 != "'" && $0 != "`" }
    }

    /// The texts that the query gives, unsorted, or why it gives none.
    func texts(range: TimeRange, _ context: DashboardContext) -> Result<[String], VariableProblem> {
        let labels = context.labels
        switch self {
        case .labelValues(let selector, let label):
            let matchers: [LabelMatcher]
            switch Self.matchers(selector) {
            case .success(let found): matchers = found
            case .failure(let problem): return .failure(problem)
            }
            return .success(
                labels.labelValues(of: label, matching: matchers, after: range.from, through: range.to))
        case .labelNames(let pattern):
            let matchers = pattern.flatMap {
                try? LabelMatcher(LabelSet.metricName, .matchesRegex, ".*\($0).*")
            }
            return .success(
                labels.labelNames(matching: matchers.map { [$0] } ?? [], after: range.from, through: range.to)
                    .filter { $0 != LabelSet.metricName || pattern == nil })
        case .metrics(let pattern):
            do {
                let regex = try RegularExpression(pattern)
                let names = labels.labelValues(
                    of: LabelSet.metricName, matching: [], after: range.from, through: range.to)
                return .success(names.filter { regex.firstMatch(in: $0) != nil })
            } catch {
                return .failure(VariableProblem("`\(shortened(pattern))`: \(error.message)"))
            }
        case .result(let expression): return Self.results(expression, range, context)
        case .series(let selector):
            guard !selector.isEmpty else { return .success([]) }
            switch Self.matchers(selector) {
            case .success(let matchers):
                return .success(
                    labels.series(matching: matchers, after: range.from, through: range.to).map(Self.text))
            case .failure(let problem): return .failure(problem)
            }
        }
    }

    /// The matchers of a selector by itself.
    static func selectorMatchers(_ selector: String) -> Result<[LabelMatcher], VariableProblem> {
        matchers(selector)
    }

    private static func matchers(_ selector: String?) -> Result<[LabelMatcher], VariableProblem> {
        guard let selector else { return .success([]) }
        do {
            var expression = try PromQL.parse(selector)
            while case .parenthesised(let inner) = expression.kind { expression = inner }
            guard case .vectorSelector(let found) = expression.kind else {
                return .failure(VariableProblem("`\(shortened(selector))` is no selector of series"))
            }
            return .success(found.matchers)
        } catch {
            return .failure(VariableProblem("`\(shortened(selector))`: \(error.message)"))
        }
    }

    private static func results(
        _ text: String, _ range: TimeRange, _ context: DashboardContext
    ) -> Result<[String], VariableProblem> {
        do {
            let expression = try PromQL.parse(text)
            let result = try context.evaluator.instant(expression, at: range.to, in: context.source)
            switch result.value {
            case .scalar(let sample): return .success([NumberText.shortest(sample.value)])
            case .string(_, let text): return .success([text])
            case .vector(let elements):
                return .success(
                    elements.map { element in
                        "\(Self.text(element.labels)) \(NumberText.shortest(element.value)) \(element.timestamp.milliseconds)"
                    })
            case .matrix: return .failure(VariableProblem("`\(shortened(text))` gives ranges"))
            }
        } catch let error as ParseError {
            return .failure(VariableProblem("`\(shortened(text))`: \(error.message)"))
        } catch {
            return .failure(VariableProblem(QueryRunner.text(of: error)))
        }
    }

    /// A series as Grafana writes it for the variable's pattern to match: no spaces between labels.
    private static func text(_ labels: LabelSet) -> String {
        let pairs = labels.labels.filter { $0.name != LabelSet.metricName }.map {
            "\($0.name)=\"\($0.value)\""
        }
        return (labels.name ?? "") + "{" + pairs.joined(separator: ",") + "}"
    }
}

/// Why a variable has no values.
struct VariableProblem: Error, Equatable {
    var text: String

    init(_ text: String) { self.text = text }
}
