import MetricModel

/// Compares answers with what a case of a script expects.
struct ScriptComparison {
    typealias Mismatch = CaseOutcome.Mismatch

    private let example: ConformanceScript.Case
    private let circumstance: String?

    private var expectation: ConformanceScript.Expectation { example.expectation }

    init(_ example: ConformanceScript.Case, circumstance: String? = nil) {
        self.example = example
        self.circumstance = circumstance
    }

    func mismatch(_ expected: String? = nil, got: String) -> Mismatch {
        Mismatch(expected: expected ?? describe(expectation), got: got, circumstance: circumstance)
    }

    /// That the case does not expect a failure.
    func checkSuccess(of value: QueryValue) throws(Mismatch) {
        if expectation.failure != nil { throw mismatch(got: describe(value)) }
    }

    // MARK: Values

    func checkInstant(_ value: QueryValue) throws(Mismatch) {
        switch value {
        case .scalar(let sample):
            guard let wanted = expectation.scalar, areAlmostEqual(wanted, sample.value) else {
                throw mismatch(got: describe(value))
            }
        case .string(_, let text):
            guard expectation.string == text else { throw mismatch(got: describe(value)) }
        case .vector(let elements): try checkVector(elements)
        case .matrix(let series):
            guard let range = expectation.rangeVector else { throw mismatch(got: describe(value)) }
            try checkMatrix(series, from: range.start, through: range.end, step: range.step)
        }
    }

    private func checkVector(_ elements: [VectorElement]) throws(Mismatch) {
        guard expectation.scalar == nil, expectation.string == nil, expectation.rangeVector == nil,
            elements.count == expectation.series.count
        else { throw mismatch(got: describe(.vector(elements))) }
        for (position, element) in elements.enumerated() {
            let place = expectation.series.firstIndex { $0.labels == element.labels }
            guard let place, !expectation.isOrdered || place == position,
                case .number(let wanted)? = expectation.series[place].values.first,
                areAlmostEqual(wanted, element.value)
            else { throw mismatch(got: describe(.vector(elements))) }
        }
        // Equal counts and every element found: only a repeated label set could still hide a missing one.
        guard Set(elements.map(\.labels)).count == elements.count else {
            throw mismatch(got: describe(.vector(elements)))
        }
    }

    /// That `series` holds exactly the written points, value i standing at `start` + i × `step`.
    func checkMatrix(
        _ series: [RangeSeries], from start: Timestamp, through end: Timestamp, step: TimeSpan
    ) throws(Mismatch) {
        let got = QueryValue.matrix(series)
        guard !expectation.isOrdered, expectation.scalar == nil, expectation.string == nil else {
            throw mismatch(got: describe(got))
        }
        try checkSorted(series)
        guard series.count == expectation.series.count else { throw mismatch(got: describe(got)) }
        for found in series {
            guard let wanted = expectation.series.first(where: { $0.labels == found.labels }) else {
                throw mismatch(got: describe(got))
            }
            var time = start
            var index = 0
            for value in wanted.values {
                guard time <= end else {
                    throw mismatch(
                        "no more points than the query's times", got: "\(wanted.values.count) written points")
                }
                if case .number(let number) = value {
                    guard index < found.points.count, found.points.timestamps[index] == time.milliseconds,
                        areAlmostEqual(number, found.points.values[index])
                    else { throw mismatch(got: describe(got)) }
                    index += 1
                }
                time = time + step
            }
            guard index == found.points.count else { throw mismatch(got: describe(got)) }
        }
    }

    /// That a matrix comes in the order of its labels.
    func checkSorted(_ series: [RangeSeries]) throws(Mismatch) {
        for (one, next) in zip(series, series.dropFirst()) where !(one.labels < next.labels) {
            throw mismatch("series in the order of their labels", got: describe(.matrix(series)))
        }
    }

    // MARK: Annotations

    func checkAnnotations(_ annotations: [Annotation]) throws(Mismatch) {
        let texts = { (severity: Annotation.Severity) in
            annotations.filter { $0.severity == severity }.map { describe($0, in: example.expression) }
        }
        let warnings = texts(.warning)
        let infos = texts(.info)
        if expectation.forbidsWarnings && !warnings.isEmpty {
            throw mismatch("no warnings", got: warnings.joined(separator: "\n"))
        }
        if expectation.forbidsInfos && !infos.isEmpty {
            throw mismatch("no infos", got: infos.joined(separator: "\n"))
        }
        try check(warnings, against: expectation.warnings, "warning")
        try check(infos, against: expectation.infos, "info")
    }

    /// That every expected text is there, and no other.
    private func check(
        _ texts: [String], against mentions: [ConformanceScript.Mention], _ kind: String
    ) throws(Mismatch) {
        if mentions.isEmpty { return }
        let isComplete =
            mentions.allSatisfy { mention in texts.contains(where: mention.matches) }
            && texts.allSatisfy { text in mentions.contains { $0.matches(text) } }
        if isComplete { return }
        let wanted = mentions.map { "\(kind) \(describe($0))" }.joined(separator: "\n")
        throw mismatch(wanted, got: texts.isEmpty ? "no \(kind)" : texts.joined(separator: "\n"))
    }
}

/// Whether two results count as the same: a millionth of their size apart at most, zero equal to zero alone.
private func areAlmostEqual(_ a: Double, _ b: Double) -> Bool {
    if StaleMarker.isStale(a) || StaleMarker.isStale(b) {
        return StaleMarker.isStale(a) && StaleMarker.isStale(b)
    }
    if a.isNaN && b.isNaN || a == b { return true }
    let tolerance = 1e-6
    let sum = abs(a) + abs(b)
    let difference = abs(a - b)
    if a == 0 || b == 0 || sum < .leastNormalMagnitude {
        return difference < tolerance * .leastNormalMagnitude
    }
    return difference / min(sum, .greatestFiniteMagnitude) < tolerance
}

// MARK: Words

/// `annotation` as Prometheus prints it, with the position in `expression`.
func describe(_ annotation: Annotation, in expression: String) -> String {
    let place = linePosition(ofByte: annotation.position.lowerBound, in: expression)
    return "\(annotation.message) (\(place.line):\(place.column))"
}

/// `error` as Prometheus words it.
func describe(_ error: QueryError) -> String {
    switch error {
    case .tooManySamples(let limit):
        "query processing would load too many samples into memory in query execution, more than \(limit)"
    case .timedOut(let limit): "query timed out after \(limit)"
    case .tooDeep(let limit): "expression nested deeper than \(limit) levels"
    case .execution(let message, _): message
    }
}

func describe(_ mention: ConformanceScript.Mention) -> String {
    switch mention {
    case .anything: "of any text"
    case .exactly(let text): text
    case .matching(let pattern): "matching \(pattern.pattern)"
    }
}

/// The expected answer, in the notation of the script.
func describe(_ expectation: ConformanceScript.Expectation) -> String {
    if let failure = expectation.failure { return "failure \(describe(failure))" }
    if let string = expectation.string { return quoted(string) }
    if let scalar = expectation.scalar { return "scalar \(scalar)" }
    if expectation.series.isEmpty { return "nothing" }
    let lines = expectation.series.map { series in
        "\(series.labels) " + series.values.map(describe).joined(separator: " ")
    }
    return (expectation.isOrdered ? "in this order\n" : "") + lines.joined(separator: "\n")
}

private func describe(_ value: SeriesNotationValue) -> String {
    switch value {
    case .omitted: "_"
    case .number(let number): StaleMarker.isStale(number) ? "stale" : "\(number)"
    case .nativeHistogram: "{{…}}"
    }
}

/// An answer; the points of a matrix with their times in seconds.
func describe(_ value: QueryValue) -> String {
    switch value {
    case .scalar(let sample): return "scalar \(sample.value)"
    case .string(_, let text): return quoted(text)
    case .vector(let elements):
        if elements.isEmpty { return "nothing" }
        return elements.map { "\($0.labels) \($0.value)" }.joined(separator: "\n")
    case .matrix(let series):
        if series.isEmpty { return "nothing" }
        return series.map { series in
            let points = series.points
            let texts = points.values.indices.map {
                "\(points.values[$0])@\(Timestamp(milliseconds: points.timestamps[$0]).seconds)"
            }
            return "\(series.labels) \(texts.joined(separator: " "))"
        }.joined(separator: "\n")
    }
}
