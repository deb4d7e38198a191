import MetricModel

/// Lengths of time in a dashboard's files: `15s`, `1m`, `1.5h`, `>10s`, `1h30m`, `500ms`.
enum IntervalText {
    private static let units: [(name: String, milliseconds: Double)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
        ("M", 2_592_000_000), ("y", 31_536_000_000),
    ]

    /// - Returns: `nil` for what is no length of time, or is not positive.
    static func parse(_ text: String) -> TimeSpan? {
        var rest = Substring(text.trimmed)
        // `>10s` says "at least", which is what an interval always means.
        while let first = rest.first, first == ">" || first == "=" { rest.removeFirst() }
        rest = Substring(rest.trimmed)
        guard !rest.isEmpty else { return nil }
        // A bare number counts seconds, as Prometheus' step parameter does.
        if let seconds = Double(rest) { return span(seconds * 1000) }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let count = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let unit = units.first(where: { $0.name == name }) else { return nil }
            total += count * unit.milliseconds
        }
        return span(total)
    }

    private static func span(_ milliseconds: Double) -> TimeSpan? {
        guard milliseconds.isFinite, milliseconds >= 1, milliseconds < 9e15 else { return nil }
        return TimeSpan(milliseconds: Int64(milliseconds))
    }

    /// As `$__interval` reads in a query: the largest unit that the length is a whole number of.
    static func text(_ span: TimeSpan) -> String {
        let milliseconds = Swift.max(1, span.milliseconds)
        for (name, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
            as [(String, Int64)]
        where milliseconds % size == 0 {
            return "\(milliseconds / size)\(name)"
        }
        return "\(milliseconds)ms"
    }
}
