import JSON

/// A fault in a text exposition and where it stands.
struct ExpositionError: Error {
    var message: String
    /// Byte offset in the line.
    var offset: Int
    /// Only the line itself is lost.
    var isPart = false
}

/// One sample line of a text exposition, as ranges of the line.
struct ExpositionSample {
    struct LabelRange {
        var name: Range<Int>
        var value: Range<Int>
    }

    var name: Range<Int> = 0..<0
    /// From the start of the line to the end of the labels.
    var seriesEnd = 0
    var value = 0.0
    /// Milliseconds.
    var timestamp: Int64?
}

/// Walks one line of a text exposition.
struct ExpositionLexer {
    let line: UnsafeBufferPointer<UInt8>
    /// OpenMetrics: one blank between parts and nothing else; in Prometheus' older format blanks and tabs are free.
    let isStrict: Bool
    var offset = 0

    init(_ line: UnsafeBufferPointer<UInt8>, isStrict: Bool) {
        self.line = line
        self.isStrict = isStrict
    }

    var next: UInt8? { offset < line.count ? line[offset] : nil }

    func error(_ message: String) -> ExpositionError { ExpositionError(message: message, offset: offset) }

    mutating func skipBlanks() {
        while offset < line.count, line[offset] == 0x20 || line[offset] == 0x09 { offset += 1 }
    }

    /// What separates two parts of the line.
    mutating func separator(before part: StaticString) throws(ExpositionError) {
        if isStrict {
            guard next == 0x20 else { throw error("expected one blank before \(part)") }
            offset += 1
            return
        }
        let start = offset
        skipBlanks()
        guard offset > start else { throw error("expected a blank before \(part)") }
    }

    /// A name by the classic rules; `nil` when none stands here.
    mutating func name(allowsColon: Bool) -> Range<Int>? {
        let start = offset
        guard let first = next, isNameStart(first), allowsColon || first != UInt8(ascii: ":") else {
            return nil
        }
        while offset < line.count, isNameByte(line[offset]), allowsColon || line[offset] != UInt8(ascii: ":")
        {
            offset += 1
        }
        return start..<offset
    }

    /// The inside of a string in double quotes, escapes kept.
    mutating func quoted() throws(ExpositionError) -> Range<Int> {
        let start = offset + 1
        var end = start
        while end < line.count {
            switch line[end] {
            case UInt8(ascii: "\""):
                offset = end + 1
                return start..<end
            case UInt8(ascii: "\\"): end += 2
            default: end += 1
            }
        }
        throw error("the quotation mark is not closed")
    }

    /// A word up to the next blank.
    mutating func word() -> Range<Int> {
        let start = offset
        while offset < line.count, line[offset] != 0x20, line[offset] != 0x09 { offset += 1 }
        return start..<offset
    }

    /// `{…}` with the cursor on the brace, into `labels`.
    ///
    /// - Returns: the metric name when it stands among the labels, in quotes.
    mutating func labels(
        into labels: inout [ExpositionSample.LabelRange], allowsName: Bool
    ) throws(ExpositionError) -> Range<Int>? {
        var metricName: Range<Int>?
        offset += 1
        while true {
            if !isStrict { skipBlanks() }
            guard let byte = next else { throw error("expected `}` after the labels") }
            if byte == UInt8(ascii: "}") {
                offset += 1
                return metricName
            }
            let isQuoted = byte == UInt8(ascii: "\"")
            let start = offset
            let label: Range<Int>
            if isQuoted {
                label = try quoted()
            } else {
                guard let name = name(allowsColon: false) else { throw error("expected a label name") }
                label = name
            }
            if !isStrict { skipBlanks() }
            if isQuoted, next == UInt8(ascii: ",") || next == UInt8(ascii: "}") {
                guard allowsName, metricName == nil else {
                    offset = start
                    throw error(allowsName ? "the metric has two names" : "expected `=` after the label name")
                }
                metricName = label
            } else {
                guard next == UInt8(ascii: "=") else {
                    if next == UInt8(ascii: ":"), line[label].elementsEqual("count".utf8) {
                        throw nativeHistogram
                    }
                    throw error("expected `=` after the label name")
                }
                offset += 1
                if !isStrict { skipBlanks() }
                guard next == UInt8(ascii: "\"") else {
                    throw error("expected a label value in double quotes")
                }
                labels.append(ExpositionSample.LabelRange(name: label, value: try quoted()))
            }
            if !isStrict { skipBlanks() }
            if next == UInt8(ascii: ",") {
                offset += 1
            } else if next != UInt8(ascii: "}") {
                throw error("expected `,` or `}` after a label")
            }
        }
    }

    /// A sample's value.
    mutating func value(_ what: StaticString) throws(ExpositionError) -> Double {
        let start = offset
        if next == UInt8(ascii: "{") { throw nativeHistogram }
        let range = word()
        guard let value = expositionNumber(UnsafeBufferPointer(rebasing: line[range])) else {
            offset = start
            throw error(range.isEmpty ? "expected \(what)" : "`\(text(range))` is not a number")
        }
        return value
    }

    /// Said where a value is written `{count:12,sum:…}`.
    private var nativeHistogram: ExpositionError {
        ExpositionError(message: "native histograms are not read yet", offset: offset, isPart: true)
    }

    func text(_ range: Range<Int>) -> String { String(decoding: line[range], as: UTF8.self) }
}

/// Appends `raw` with `\\`, `\n` and, where quotes need escaping, `\"` replaced; every other backslash stands for itself.
func appendUnescaped(
    _ raw: Slice<UnsafeBufferPointer<UInt8>>, to bytes: inout [UInt8], hasQuotes: Bool = true
) {
    var index = raw.startIndex
    while index < raw.endIndex {
        let byte = raw[index]
        index += 1
        guard byte == UInt8(ascii: "\\"), index < raw.endIndex else {
            bytes.append(byte)
            continue
        }
        switch raw[index] {
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "\\"): bytes.append(raw[index])
        case UInt8(ascii: "\"") where hasQuotes: bytes.append(raw[index])
        default:
            bytes.append(byte)
            continue
        }
        index += 1
    }
}

/// A number as expositions write it: decimal, or `NaN`, `Inf`, `Infinity` with a sign and in any case; `nil` for what is none.
func expositionNumber(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var offset = 0
    var isNegative = false
    if let first = text.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
        isNegative = first == UInt8(ascii: "-")
        offset = 1
    }
    guard offset < text.count else { return nil }
    var digits: UInt64 = 0
    var significant = 0
    var count = 0
    var exponent = 0
    var hasPoint = false
    while offset < text.count {
        let byte = text[offset]
        let digit = byte &- 0x30
        if digit <= 9 {
            digits = digits &* 10 &+ UInt64(digit)
            if significant > 0 || digit > 0 { significant += 1 }
            count += 1
            if hasPoint { exponent -= 1 }
        } else if byte == UInt8(ascii: "."), !hasPoint {
            hasPoint = true
        } else {
            break
        }
        offset += 1
    }
    if count == 0 { return hasPoint ? nil : wordNumber(text, isNegative) }
    if offset < text.count {
        guard text[offset] | 0x20 == UInt8(ascii: "e"), let written = exponentValue(text, offset + 1) else {
            return nil
        }
        exponent += written
    }
    if significant <= 19, let magnitude = nearestDouble(digits, exponent) {
        return isNegative ? -magnitude : magnitude
    }
    return Double(String(decoding: text, as: UTF8.self))
}

private func exponentValue(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
    var offset = start
    var isNegative = false
    if offset < text.count, text[offset] == UInt8(ascii: "+") || text[offset] == UInt8(ascii: "-") {
        isNegative = text[offset] == UInt8(ascii: "-")
        offset += 1
    }
    guard offset < text.count else { return nil }
    var value = 0
    while offset < text.count {
        guard text[offset] &- 0x30 <= 9 else { return nil }
        if value < 100_000 { value = value * 10 + Int(text[offset] &- 0x30) }
        offset += 1
    }
    return isNegative ? -value : value
}

private func wordNumber(_ text: UnsafeBufferPointer<UInt8>, _ isNegative: Bool) -> Double? {
    let hasSign = text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-")
    let word = text[(hasSign ? 1 : 0)...].map { $0 | 0x20 }
    if word.elementsEqual("nan".utf8) { return hasSign ? nil : .nan }
    if word.elementsEqual("inf".utf8) || word.elementsEqual("infinity".utf8) {
        return isNegative ? -.infinity : .infinity
    }
    return nil
}
