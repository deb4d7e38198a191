import MetricModel

/// One place in a sequence of values written in the series notation of Prometheus' tests.
package enum SeriesNotationValue: Sendable, Equatable {
    /// `_`: no sample here.
    case omitted
    /// A number; a stale marker for `stale`.
    case number(Double)
    /// `{{…}}`, which is not read: native histogram: not read yet.
    case nativeHistogram

    /// By bits, so that a stale marker differs from an ordinary NaN and NaN equals NaN.
    package static func == (a: SeriesNotationValue, b: SeriesNotationValue) -> Bool {
        switch (a, b) {
        case (.omitted, .omitted), (.nativeHistogram, .nativeHistogram): true
        case (.number(let x), .number(let y)):
            x == y || x.bitPattern == y.bitPattern
                || (x.isNaN && y.isNaN && !StaleMarker.isStale(x) && !StaleMarker.isStale(y))
        default: false
        }
    }

    /// What a reader is told about a native histogram.
    package static let nativeHistogramReason = "native histogram: not read yet"
}

/// A series with its values, as a line of a test gives it.
package struct SeriesDescription: Sendable, Equatable {
    package var labels: LabelSet
    package var values: [SeriesNotationValue]
}

/// How many values one series may be given: a few bytes such as `1x1000000000` would otherwise fill the memory.
package let seriesNotationValuesMax = 1_000_000

/// The values of `text`, written as in Prometheus' rule unit tests: numbers, `_`, `_xN`, `stale`, `axN`, `a+bxN`,
/// `a-bxN` and native histograms, separated by blanks.
///
/// `a+bxN` gives N + 1 values, built up by repeated addition as Prometheus does. Durations such as `-30s` may stand for
/// numbers of seconds.
package func expandSeriesNotation(_ text: String) throws(ParseError) -> [SeriesNotationValue] {
    var reader = SeriesNotationReader(Array(text.utf8))
    return try reader.values()
}

/// A metric such as `name{label="value"}`, `{"name", label="value"}` or `{}`.
package func parseMetric(_ text: String) throws(ParseError) -> LabelSet {
    var reader = SeriesNotationReader(Array(text.utf8))
    let labels = try reader.metric()
    try reader.finish()
    return labels
}

/// A metric and its values, on one line.
package func parseSeriesDescription(_ text: String) throws(ParseError) -> SeriesDescription {
    var reader = SeriesNotationReader(Array(text.utf8))
    let labels = try reader.metric()
    try reader.requireBlankOrEnd()
    return SeriesDescription(labels: labels, values: try reader.values())
}

/// Reads metrics and values from bytes.
struct SeriesNotationReader {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Metrics

    /// Reads a metric at the current position.
    mutating func metric() throws(ParseError) -> LabelSet {
        skipBlanks()
        let start = position
        while isAlphaNumeric(peek()) || peek() == UInt8(ascii: ":") { position += 1 }
        var labels = LabelSetBuilder()
        if position > start {
            let name = bytes[start..<position]
            guard !isDigit(bytes[start]) else {
                throw ParseError("unexpected number, expected a metric", at: start..<position)
            }
            labels.set(LabelSet.metricName, String(decoding: name, as: UTF8.self))
        }
        if peek() == UInt8(ascii: "{") {
            let braces = position
            try skipBraces()
            for label in try readLabels(braces..<position) { labels.set(label.name, label.value) }
        } else if position == start {
            throw ParseError(
                "unexpected \(position < bytes.count ? "character" : "end of input"), expected a metric",
                at: start..<min(bytes.count, start + 1))
        }
        return labels.labels()
    }

    /// Moves behind the brace that closes the one at the current position; braces in strings do not count.
    private mutating func skipBraces() throws(ParseError) {
        let start = position
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "}"): return
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
                while position < bytes.count, bytes[position] != byte {
                    position += byte != UInt8(ascii: "`") && bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                position = min(position + 1, bytes.count)
            default: break
            }
        }
        throw ParseError("unexpected end of input inside braces, expected \"}\"", at: start..<bytes.count)
    }

    /// The labels written in `range`, braces included; every matcher must be an equality.
    private func readLabels(_ range: Range<Int>) throws(ParseError) -> [Label] {
        do throws(ParseError) {
            var parser = try ExpressionParser(Array(bytes[range]), allowsExperimental: false)
            let matchers = try parser.parseMatchers()
            guard parser.current.kind == .endOfInput else {
                throw parser.unexpected(expected: "end of labels")
            }
            return try matchers.map { matcher throws(ParseError) in
                guard matcher.operation == .equal else {
                    throw ParseError(
                        "unexpected \(quoted(matcher.operation.rawValue)) in label set, expected \"=\"",
                        at: 0..<range.count)
                }
                return Label(matcher.name, matcher.value)
            }
        } catch {
            let place = error.position
            throw ParseError(
                error.message, at: place.lowerBound + range.lowerBound..<place.upperBound + range.lowerBound)
        }
    }

    mutating func requireBlankOrEnd() throws(ParseError) {
        guard position == bytes.count || isBlank(peek()) else {
            throw ParseError(
                "unexpected character after metric, expected a blank", at: position..<position + 1)
        }
    }

    mutating func finish() throws(ParseError) {
        skipBlanks()
        guard position == bytes.count else {
            throw ParseError(
                "unexpected text after metric, expected end of input", at: position..<bytes.count)
        }
    }

    // MARK: Values

    /// Reads values up to the end.
    mutating func values() throws(ParseError) -> [SeriesNotationValue] {
        var values: [SeriesNotationValue] = []
        while true {
            skipBlanks()
            guard position < bytes.count else { return values }
            let start = position
            try appendItem(to: &values)
            guard values.count <= seriesNotationValuesMax else {
                throw ParseError(
                    "series of more than \(seriesNotationValuesMax) values, expected fewer repetitions",
                    at: start..<position)
            }
            guard position == bytes.count || isBlank(peek()) else {
                var end = position + 1
                while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
                let character = String(decoding: bytes[position..<end], as: UTF8.self)
                throw ParseError(
                    "unexpected character in series sequence: '\(character)', expected a blank, \"x\", \"+\" or \"-\"",
                    at: position..<end)
            }
        }
    }

    private mutating func appendItem(to values: inout [SeriesNotationValue]) throws(ParseError) {
        switch peek() {
        case UInt8(ascii: "_"):
            position += 1
            let count = try repetitions() ?? 1
            values.append(contentsOf: repeatElement(.omitted, count: count))
        case UInt8(ascii: "{"):
            try skipHistogram()
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") {
                position += 1
                try skipHistogram()
            }
            let count = try repetitions().map { $0 + 1 } ?? 1
            values.append(contentsOf: repeatElement(.nativeHistogram, count: count))
        default: try appendNumbers(to: &values)
        }
    }

    private mutating func appendNumbers(to values: inout [SeriesNotationValue]) throws(ParseError) {
        if bytes[position...].starts(with: "stale".utf8),
            !isAlphaNumeric(peek(5)) || peek(5) == UInt8(ascii: "x")
        {
            position += 5
            let count = try repetitions().map { $0 + 1 } ?? 1
            values.append(contentsOf: repeatElement(.number(StaleMarker.value), count: count))
            return
        }
        var value = try number()
        let step = peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") ? try number() : 0
        guard let count = try repetitions() else {
            guard step == 0 else {
                throw ParseError(
                    "unexpected end of item in series values, expected \"x\" and a number of repetitions",
                    at: position..<position)
            }
            values.append(.number(value))
            return
        }
        for _ in 0...count {
            values.append(.number(value))
            if step != 0 { value += step }
        }
    }

    /// Reads a number or a duration with an optional sign.
    private mutating func number() throws(ParseError) -> Double {
        let start = position
        let isNegative = peek() == UInt8(ascii: "-")
        if isNegative || peek() == UInt8(ascii: "+") { position += 1 }
        let digits = position
        if isDigit(peek()) || peek() == UInt8(ascii: ".") {
            scanNumber()
        } else {
            // `x` ends the word, so that `NaNx3` is three NaN more.
            while isAlphaNumeric(peek()), peek() != UInt8(ascii: "x") { position += 1 }
        }
        let text = bytes[digits..<position]
        if let value = Literal.number(text) { return isNegative ? -value : value }
        if let span = try? Literal.duration(text) { return isNegative ? -span.seconds : span.seconds }
        throw ParseError(
            "unexpected \(quoted(String(decoding: bytes[start..<max(position, min(bytes.count, start + 1))], as: UTF8.self))) "
                + "in series values, expected number or \"stale\"",
            at: start..<max(position, min(bytes.count, start + 1)))
    }

    /// Reads a decimal number, or a duration; hexadecimal is no number here, `0x5` is zero six times.
    private mutating func scanNumber() {
        while true {
            let byte = lowercased(peek())
            if isDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") {
                position += 1
            } else if byte == UInt8(ascii: "e") {
                position += 1
                if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            } else if isAlpha(byte), byte != UInt8(ascii: "x") {
                position += 1
            } else {
                return
            }
        }
    }

    /// Reads `xN` when it stands here.
    private mutating func repetitions() throws(ParseError) -> Int? {
        guard peek() == UInt8(ascii: "x") else { return nil }
        position += 1
        let start = position
        while isDigit(peek()) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let count = Int(text), count < seriesNotationValuesMax else {
            throw ParseError(
                "invalid repetition in series values: \(quoted(text)), expected a number below \(seriesNotationValuesMax)",
                at: start..<position)
        }
        return count
    }

    private mutating func skipHistogram() throws(ParseError) {
        let start = position
        guard peek() == UInt8(ascii: "{"), peek(1) == UInt8(ascii: "{") else {
            throw ParseError(
                "unexpected character in series values, expected \"{{\"",
                at: start..<min(start + 1, bytes.count))
        }
        position += 2
        while position + 1 < bytes.count {
            if bytes[position] == UInt8(ascii: "}"), bytes[position + 1] == UInt8(ascii: "}") {
                position += 2
                return
            }
            position += 1
        }
        throw ParseError("unexpected end of input in histogram, expected \"}}\"", at: start..<bytes.count)
    }

    // MARK: Bytes

    private func peek(_ distance: Int = 0) -> UInt8 {
        position + distance < bytes.count ? bytes[position + distance] : 0
    }

    private mutating func skipBlanks() {
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    }
}
