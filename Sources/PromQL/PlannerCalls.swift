import MetricModel
import RegularExpressions

extension Planner {
    /// The plan of a call of the function `name`.
    func call(
        _ name: String, _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        if let function = RangeFunction(
            rawValue: name == "holt_winters" ? "double_exponential_smoothing" : name)
        {
            return try rangeFunction(function, arguments, at: position, depth: depth)
        }
        if let function = ElementFunction(rawValue: name) {
            return elementwise(.function(function), of: try vector(arguments, 0, name, position, depth))
        }
        if let part = DatePart(rawValue: name) {
            if arguments.isEmpty { return Part(.dateOfStep(part), .instantVector, isInvariant: false) }
            return elementwise(.date(part), of: try vector(arguments, 0, name, position, depth))
        }
        switch name {
        case "time": return Part(.time, .scalar, isInvariant: false)
        case "pi": return Part(.number(.pi), .scalar, isInvariant: true)
        case "start": return Part(.number(Double(start) / 1000), .scalar, isInvariant: true)
        case "end": return Part(.number(Double(end) / 1000), .scalar, isInvariant: true)
        case "step": return Part(.number(Double(step) / 1000), .scalar, isInvariant: true)
        case "range": return Part(.number(Double(end - start) / 1000), .scalar, isInvariant: true)
        case "min_of", "max_of":
            let a = try scalar(arguments, 0, name, position, depth)
            let b = try scalar(arguments, 1, name, position, depth)
            return Part(
                .scalarExtremum(isMaximum: name == "max_of", a.plan, b.plan), .scalar,
                isInvariant: a.isInvariant && b.isInvariant, height: 1 + max(a.height, b.height))
        case "scalar":
            let inner = try vector(arguments, 0, name, position, depth)
            return Part(
                .scalarOf(settled(inner)), .scalar, isInvariant: inner.isInvariant, height: inner.height + 1)
        case "vector":
            let inner = try scalar(arguments, 0, name, position, depth)
            return Part(
                .vector(inner.plan), .instantVector, isInvariant: inner.isInvariant,
                height: inner.height + 1)
        case "round", "clamp", "clamp_min", "clamp_max":
            return try bounded(name, arguments, at: position, depth: depth)
        case "timestamp", "start_timestamp":
            return try timestamps(name, arguments, at: position, depth: depth)
        case "absent":
            let inner = try vector(arguments, 0, name, position, depth)
            let labels = Self.absentLabels(of: arguments[0])
            return wrapped(inner) { .absent(labels, $0) }
        case "sort", "sort_desc", "sort_by_label", "sort_by_label_desc":
            return try sort(name, arguments, at: position, depth: depth)
        case "histogram_quantile", "histogram_quantiles", "histogram_fraction":
            return try classicHistogram(name, arguments, at: position, depth: depth)
        case "histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev", "histogram_stdvar":
            return wrapped(try vector(arguments, 0, name, position, depth)) { .nothing($0) }
        case "label_replace": return try labelReplace(arguments, at: position, depth: depth)
        case "label_join": return try labelJoin(arguments, at: position, depth: depth)
        case "info": return try info(arguments, at: position, depth: depth)
        default: throw .execution("unknown function with name \(quoted(name))", position: position)
        }
    }

    /// A node over one vector, as invariant as that.
    private func wrapped(_ inner: Part, _ make: (Plan) -> Plan) -> Part {
        Part(make(inner.plan), .instantVector, isInvariant: inner.isInvariant, height: inner.height + 1)
    }

    // MARK: Arguments

    private func argument(
        _ arguments: [Expression], _ index: Int, _ function: String, _ position: Range<Int>,
        _ depth: Int, _ type: ValueType
    ) throws(QueryError) -> Part {
        guard index < arguments.count else {
            throw .execution("missing argument \(index + 1) in call to \(function)", position: position)
        }
        let part = try part(arguments[index], depth: depth + 1)
        guard part.type == type else {
            throw .execution(
                "expected type \(type.rawValue) in call to function \(quoted(function)), got \(part.type.rawValue)",
                position: arguments[index].position)
        }
        return part
    }

    private func vector(
        _ arguments: [Expression], _ index: Int, _ function: String, _ position: Range<Int>, _ depth: Int
    ) throws(QueryError) -> Part {
        try argument(arguments, index, function, position, depth, .instantVector)
    }

    private func scalar(
        _ arguments: [Expression], _ index: Int, _ function: String, _ position: Range<Int>, _ depth: Int
    ) throws(QueryError) -> Part {
        try argument(arguments, index, function, position, depth, .scalar)
    }

    private func string(
        _ arguments: [Expression], _ index: Int, _ function: String, _ position: Range<Int>, _ depth: Int
    ) throws(QueryError) -> String {
        let part = try argument(arguments, index, function, position, depth, .string)
        guard case .string(let text) = part.plan else { return "" }
        return text
    }

    private func strings(
        _ arguments: [Expression], from first: Int, _ function: String, _ position: Range<Int>, _ depth: Int
    ) throws(QueryError) -> [String] {
        var texts: [String] = []
        for index in min(first, arguments.count)..<arguments.count {
            texts.append(try string(arguments, index, function, position, depth))
        }
        return texts
    }

    // MARK: Functions over ranges

    private func rangeFunction(
        _ function: RangeFunction, _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        // Only `quantile_over_time` has its range vector second.
        let rangeIndex = function == .quantile ? 1 : 0
        let parameterIndices: [Int] =
            switch function {
            case .quantile: [0]
            case .predictLinear: [1]
            case .doubleExponentialSmoothing: [1, 2]
            default: []
            }
        let matrix = try argument(arguments, rangeIndex, function.rawValue, position, depth, .rangeVector)
        var isInvariant = matrix.isInvariant && function != .predictLinear
        var parameters: [Plan] = []
        for index in parameterIndices {
            let parameter = try scalar(arguments, index, function.rawValue, position, depth)
            isInvariant = isInvariant && parameter.isInvariant
            parameters.append(parameter.plan)
        }
        let source: RangeFunctionPlan.Source
        let range: Int64
        switch matrix.plan {
        case .rangeSelector(let selector, let length):
            try checkBoundary(selector.boundary, function, at: position)
            source = .selector(selector)
            range = length
        case .subquery(let subquery):
            source = .subquery(subquery)
            range = subquery.range
        default:
            throw .execution(
                "expected type range vector in call to function \(quoted(function.rawValue))",
                position: position)
        }
        let plan = RangeFunctionPlan(
            function: function, source: source, range: range, parameters: parameters,
            position: Self.unwrapped(arguments[rangeIndex]).position,
            firstPosition: Self.unwrapped(arguments[0]).position,
            absentLabels: function == .absent ? Self.absentLabels(of: arguments[0]) : .empty)
        return Part(
            .rangeFunction(plan), .instantVector, isInvariant: isInvariant, height: matrix.height + 1)
    }

    private func checkBoundary(
        _ boundary: VectorSelector.Boundary, _ function: RangeFunction, at position: Range<Int>
    ) throws(QueryError) {
        if boundary == .ordinary { return }
        let allowed: [RangeFunction] =
            boundary == .anchored
            ? [.changes, .delta, .increase, .rate, .resets] : [.delta, .increase, .rate]
        if !allowed.contains(function) {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw .execution(
                "\(boundary.rawValue) modifier can only be used with: \(names) - not with \(function.rawValue)",
                position: position)
        }
    }

    /// The labels that `expression`, when it is a selector, asks for by equality, once each.
    static func absentLabels(of expression: Expression) -> LabelSet {
        let selector: VectorSelector
        switch unwrapped(expression).kind {
        case .vectorSelector(let plain): selector = plain
        case .matrixSelector(let plain, _): selector = plain
        default: return .empty
        }
        var builder = LabelSetBuilder()
        var seen: Set<String> = []
        for matcher in selector.matchers where matcher.name != LabelSet.metricName {
            if matcher.operation == .equal && seen.insert(matcher.name).inserted {
                builder.set(matcher.name, matcher.value)
            } else {
                builder.remove(matcher.name)
            }
        }
        return builder.labels()
    }

    // MARK: Functions over vectors

    private func bounded(
        _ name: String, _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        let inner = try vector(arguments, 0, name, position, depth)
        var scalars: [Part] = []
        for index in 1..<max(1, arguments.count) {
            scalars.append(try scalar(arguments, index, name, position, depth))
        }
        let needed = name == "clamp" ? 2 : name == "round" ? 0 : 1
        guard scalars.count >= needed else {
            throw .execution("missing argument \(arguments.count + 1) in call to \(name)", position: position)
        }
        let operation: ElementOperation =
            switch name {
            case "round": .round(toNearest: scalars.first?.plan ?? .number(1))
            case "clamp_min": .clamp(lower: scalars[0].plan, upper: nil)
            case "clamp_max": .clamp(lower: nil, upper: scalars[0].plan)
            default: .clamp(lower: scalars[0].plan, upper: scalars[1].plan)
            }
        return elementwise(operation, of: inner, scalars: scalars)
    }

    private func timestamps(
        _ name: String, _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        let isStart = name == "start_timestamp"
        let inner = try vector(arguments, 0, name, position, depth)
        if case .selector(let selector) = inner.plan, selector.boundary == .ordinary {
            return Part(
                .timestamps(selector, isStart: isStart), .instantVector,
                isInvariant: inner.isInvariant)
        }
        // Start timestamps are known of samples alone, not of what was computed.
        return isStart ? wrapped(inner) { .nothing($0) } : elementwise(.stepTime, of: inner)
    }

    private func sort(
        _ name: String, _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        let inner = try vector(arguments, 0, name, position, depth)
        let key: SortPlan.Key =
            name.hasPrefix("sort_by_label")
            ? .labels(try strings(arguments, from: 1, name, position, depth)) : .value
        return wrapped(inner) {
            .sorted(SortPlan(key: key, isDescending: name.hasSuffix("_desc"), inner: $0, position: position))
        }
    }

    private func classicHistogram(
        _ name: String, _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        if name == "histogram_fraction" {
            let lower = try scalar(arguments, 0, name, position, depth)
            let upper = try scalar(arguments, 1, name, position, depth)
            let inner = try vector(arguments, 2, name, position, depth)
            let isInvariant = lower.isInvariant && upper.isInvariant && inner.isInvariant
            return Part(
                .histogramFraction(
                    lower: lower.plan, upper: upper.plan, isInvariant ? inner.plan : settled(inner),
                    position: Self.unwrapped(arguments[2]).position),
                .instantVector, isInvariant: isInvariant, height: inner.height + 1)
        }
        let isSingle = name == "histogram_quantile"
        let inner = try vector(arguments, isSingle ? 1 : 0, name, position, depth)
        let label = isSingle ? nil : try string(arguments, 1, name, position, depth)
        var isInvariant = inner.isInvariant
        var quantiles: [Plan] = []
        var positions: [Range<Int>] = []
        for index in isSingle ? 0..<1 : 2..<max(2, arguments.count) {
            let quantile = try scalar(arguments, index, name, position, depth)
            isInvariant = isInvariant && quantile.isInvariant
            quantiles.append(quantile.plan)
            positions.append(Self.unwrapped(arguments[index]).position)
        }
        let plan = HistogramQuantilePlan(
            quantiles: quantiles, quantilePositions: positions, quantileLabel: label,
            inner: isInvariant ? inner.plan : settled(inner),
            position: Self.unwrapped(arguments[isSingle ? 1 : 0]).position)
        return Part(
            .histogramQuantile(plan), .instantVector, isInvariant: isInvariant, height: inner.height + 1)
    }

    // MARK: Functions over labels

    private func labelReplace(
        _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        let name = "label_replace"
        let inner = try vector(arguments, 0, name, position, depth)
        let texts = try strings(arguments, from: 1, name, position, depth)
        guard texts.count == 4 else {
            throw .execution(
                "expected 5 argument(s) in call to \"label_replace\", got \(arguments.count)",
                position: position)
        }
        let expression: RegularExpression
        do throws(RegularExpression.PatternError) {
            expression = try RegularExpression(texts[3])
        } catch {
            throw .execution(
                "invalid regular expression in label_replace(): \(texts[3])", position: position)
        }
        guard isValidLabelName(texts[0]) else {
            throw .execution(
                "invalid destination label name in label_replace(): \(texts[0])", position: position)
        }
        let template = LabelTemplate(texts[1], for: expression)
        return wrapped(inner) {
            .labelReplace(
                LabelReplacePlan(
                    inner: $0, destination: texts[0], template: template, source: texts[2],
                    expression: expression))
        }
    }

    private func labelJoin(
        _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        let name = "label_join"
        let inner = try vector(arguments, 0, name, position, depth)
        let destination = try string(arguments, 1, name, position, depth)
        let separator = try string(arguments, 2, name, position, depth)
        let sources = try strings(arguments, from: 3, name, position, depth)
        for source in sources where !isValidLabelName(source) {
            throw .execution("invalid source label name in label_join(): \(source)", position: position)
        }
        guard isValidLabelName(destination) else {
            throw .execution(
                "invalid destination label name in label_join(): \(destination)", position: position)
        }
        return wrapped(inner) {
            .labelJoin(
                LabelJoinPlan(inner: $0, destination: destination, separator: separator, sources: sources))
        }
    }

    private func info(
        _ arguments: [Expression], at position: Range<Int>, depth: Int
    ) throws(QueryError) -> Part {
        let inner = try vector(arguments, 0, "info", position, depth)
        var matchers = [LabelMatcher(name: LabelSet.metricName, equals: "target_info")]
        var namesMetric = true
        if arguments.count > 1 {
            guard case .vectorSelector(let selector) = Self.unwrapped(arguments[1]).kind else {
                throw .execution(
                    "expected label selectors only as the second argument of info()",
                    position: arguments[1].position)
            }
            let names = selector.matchers.filter { $0.name == LabelSet.metricName }
            namesMetric = !names.isEmpty
            if names.isEmpty {
                matchers += selector.matchers
            } else {
                matchers = selector.matchers
                // Only told which metrics are meant not: of the others, those that are named as info metrics are.
                if !names.contains(where: { $0.operation == .equal || $0.operation == .matchesRegex }),
                    let infoNames = try? LabelMatcher(LabelSet.metricName, .matchesRegex, ".+_info")
                {
                    matchers.append(infoNames)
                }
            }
        }
        let reference = Self.infoReference(inner.plan)
        let isInvariant = inner.isInvariant && reference.pinned != nil
        let plan = InfoPlan(
            inner: isInvariant ? inner.plan : settled(inner), matchers: matchers,
            namesMetric: namesMetric, offset: reference.offset, pinned: reference.pinned)
        return Part(.info(plan), .instantVector, isInvariant: isInvariant, height: inner.height + 1)
    }

    /// At which time the first selector of `plan` reads its data: that is when the info series must hold.
    private static func infoReference(_ plan: Plan) -> (offset: Int64, pinned: Int64?) {
        switch plan {
        case .selector(let selector), .timestamps(let selector, _):
            return (selector.offset, selector.pinned)
        case .rangeFunction(let function):
            switch function.source {
            case .selector(let selector): return (selector.offset, selector.pinned)
            case .subquery(let subquery):
                let inner = infoReference(subquery.inner)
                if inner.pinned != nil { return inner }
                return (addedTime(inner.offset, subquery.offset), subquery.pinned)
            }
        case .elementwise(let inner, _), .invariant(let inner), .absent(_, let inner),
            .nothing(let inner), .histogramFraction(_, _, let inner, _):
            return infoReference(inner)
        case .aggregation(let aggregation): return infoReference(aggregation.inner)
        case .binaryChain(let first, _): return infoReference(first)
        case .histogramQuantile(let histogram): return infoReference(histogram.inner)
        case .sorted(let sort): return infoReference(sort.inner)
        case .labelReplace(let replace): return infoReference(replace.inner)
        case .labelJoin(let join): return infoReference(join.inner)
        case .info(let info): return infoReference(info.inner)
        default: return (0, nil)
        }
    }
}
