import JSON
import MetricModel

/// Limits of a text exposition: those that large installations of Prometheus-like stores set.
package enum ExpositionLimits {
    package static let nameBytesMax = 1_024
    package static let labelsMax = 64
    package static let labelNameBytesMax = 1_024
    package static let labelValueBytesMax = 2_048
    package static let familiesMax = 65_536
}

/// Reads the Prometheus text format 0.0.4 and OpenMetrics 1.0, line by line.
///
/// A line that is not of the format refuses the whole text, as Prometheus does, for nobody knows what else went wrong.
/// A sample that breaks a rule of its type or a limit costs itself.
struct ExpositionDecoder: Sendable {
    private var format: MessageFormat
    private var isOpenMetrics: Bool
    private var families = ExpositionFamilies()
    private var lineNumber = 0
    private var hasEnded = false

    // Scratch that keeps its memory.
    private var labelRanges: [ExpositionSample.LabelRange] = []
    private var labels = LabelAssembler()
    private var key: [UInt8] = []
    private var text: [UInt8] = []

    init(_ format: MessageFormat) {
        self.format = format
        isOpenMetrics = format == .openMetrics
    }

    /// Begins another text.
    mutating func begin(_ format: MessageFormat) {
        self.format = format
        isOpenMetrics = format == .openMetrics
        families = ExpositionFamilies()
        lineNumber = 0
        hasEnded = false
    }

    /// Reads whole lines.
    ///
    /// - Parameters:
    ///   - identity: of the tenant and the plane in `message`, to begin cache keys with.
    ///   - latest: the latest time that a sample may have.
    ///   - points: gets the samples.
    mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, identity: UInt32, latest: Timestamp, cache: inout SeriesCache,
        into message: inout DecodedMessage, points: inout PointBatch
    ) throws(Refusal) {
        let invalid = firstInvalidUTF8(bytes)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0a) ?? bytes.count
            lineNumber += 1
            let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
            if let invalid, invalid <= end {
                throw syntax("bytes that are not UTF-8", at: invalid - start, in: line)
            }
            if isOpenMetrics, end == bytes.count, !line.elementsEqual("# EOF".utf8) {
                throw syntax("the last line is not `# EOF`", at: 0, in: line)
            }
            do throws(ExpositionError) {
                try readLine(
                    line, identity: identity, latest: latest, cache: &cache, into: &message, points: &points)
            } catch  where error.isPart {
                message.refuse("line \(lineNumber)", error.message)
            } catch {
                throw syntax(error.message, at: error.offset, in: line)
            }
            start = end + 1
        }
    }

    /// Checks that the text is complete, and tells what it said about its metrics.
    mutating func finish(into message: inout DecodedMessage) throws(Refusal) {
        if isOpenMetrics, !hasEnded { throw Refusal(.syntax, "the last line is not `# EOF`", format: format) }
        message.metadata.append(contentsOf: families.metadata)
    }

    private func syntax(
        _ reason: String, at offset: Int, in line: UnsafeBufferPointer<UInt8>
    ) -> Refusal {
        let column = line.prefix(offset).count { $0 & 0xc0 != 0x80 } + 1
        return Refusal(.syntax, "\(reason) at line \(lineNumber), column \(column)", format: format)
    }

    // MARK: Lines

    private mutating func readLine(
        _ line: UnsafeBufferPointer<UInt8>, identity: UInt32, latest: Timestamp, cache: inout SeriesCache,
        into message: inout DecodedMessage, points: inout PointBatch
    ) throws(ExpositionError) {
        var lexer = ExpositionLexer(line, isStrict: isOpenMetrics)
        if isOpenMetrics {
            if hasEnded { throw lexer.error("text after `# EOF`") }
            if line.isEmpty { throw lexer.error("empty lines are not allowed") }
        } else {
            lexer.skipBlanks()
            if lexer.next == nil { return }
        }
        if lexer.next == UInt8(ascii: "#") {
            try readComment(&lexer, into: &message)
        } else {
            try readSample(
                &lexer, identity: identity, latest: latest, cache: &cache, into: &message, points: &points)
        }
    }

    private mutating func readComment(
        _ lexer: inout ExpositionLexer, into message: inout DecodedMessage
    ) throws(ExpositionError) {
        if isOpenMetrics {
            guard lexer.line.starts(with: "# ".utf8) else { throw lexer.error("expected a blank after `#`") }
            lexer.offset = 2
        } else {
            lexer.offset += 1
            lexer.skipBlanks()
        }
        let keyword = lexer.text(lexer.word())
        switch keyword {
        case "HELP", "TYPE": break
        case "UNIT" where isOpenMetrics: break
        case "EOF" where isOpenMetrics:
            guard lexer.next == nil else { throw lexer.error("expected nothing after `# EOF`") }
            hasEnded = true
            return
        default:
            if isOpenMetrics {
                lexer.offset = 2
                throw lexer.error("expected HELP, TYPE, UNIT or EOF after `#`")
            }
            return
        }
        // A comment that only begins like metadata: `# HELP`.
        if !isOpenMetrics, lexer.next == nil { return }
        try lexer.separator(before: "the metric name")
        let name: String
        if lexer.next == UInt8(ascii: "\"") {
            var bytes: [UInt8] = []
            appendUnescaped(lexer.line[try lexer.quoted()], to: &bytes)
            name = String(decoding: bytes, as: UTF8.self)
        } else {
            guard let range = lexer.name(allowsColon: true) else {
                throw lexer.error("expected a metric name")
            }
            name = lexer.text(range)
        }
        var rest = ""
        if lexer.next != nil {
            try lexer.separator(before: "the text")
            var bytes: [UInt8] = []
            // The older format has no quotes around its help texts.
            appendUnescaped(lexer.line[lexer.offset...], to: &bytes, hasQuotes: isOpenMetrics)
            rest = String(decoding: bytes, as: UTF8.self)
        }
        let fault: String?
        switch keyword {
        case "HELP": fault = families.setHelp(rest, of: name)
        case "UNIT": fault = families.setUnit(rest, of: name)
        default:
            guard let type = type(named: rest) else {
                throw lexer.error(rest.isEmpty ? "expected a metric type" : "`\(rest)` is not a metric type")
            }
            fault = families.setType(type, of: name)
        }
        if let fault { message.refuse("line \(lineNumber)", fault) }
    }

    private func type(named name: String) -> MetricType? {
        switch name {
        case "gauge", "counter", "summary", "histogram": MetricType(rawValue: name)
        case "untyped": isOpenMetrics ? nil : .unknown
        case "unknown", "info", "stateset", "gaugehistogram": isOpenMetrics ? MetricType(rawValue: name) : nil
        default: nil
        }
    }

    private mutating func readSample(
        _ lexer: inout ExpositionLexer, identity: UInt32, latest: Timestamp, cache: inout SeriesCache,
        into message: inout DecodedMessage, points: inout PointBatch
    ) throws(ExpositionError) {
        let start = lexer.offset
        labelRanges.removeAll(keepingCapacity: true)
        var name = lexer.name(allowsColon: true)
        if name == nil, lexer.next != UInt8(ascii: "{") { throw lexer.error("expected a metric name") }
        var seriesEnd = lexer.offset
        if !isOpenMetrics { lexer.skipBlanks() }
        if lexer.next == UInt8(ascii: "{") {
            let brace = lexer.offset
            let quoted = try lexer.labels(into: &labelRanges, allowsName: name == nil)
            guard let known = name ?? quoted else {
                throw ExpositionError(message: "the metric has no name", offset: brace)
            }
            name = known
            seriesEnd = lexer.offset
        } else {
            lexer.offset = seriesEnd
        }
        guard let name else { throw lexer.error("expected a metric name") }
        try lexer.separator(before: "the value")
        let value = try lexer.value("a value")
        let time = try readTime(&lexer)
        let hasExemplar = try readExemplar(&lexer)

        let line = lexer.line
        let (type, suffix) = families.member(line[name])
        if isOpenMetrics,
            let fault = sampleFault(line, name, type, suffix, value, hasExemplar: hasExemplar)
        {
            message.refuse("line \(lineNumber)", fault)
            return
        }
        let timestamp = time.map { Timestamp(milliseconds: $0) } ?? message.collected
        if timestamp > latest {
            message.refuse(
                "line \(lineNumber)", "more than \(EnvelopeLimits.aheadMax) ahead of the clock here")
            return
        }
        key.removeAll(keepingCapacity: true)
        withUnsafeBytes(of: identity) { key.append(contentsOf: $0) }
        key.append(type == .histogram ? 0x81 : type == .summary ? 0x82 : 0x80)
        key.append(contentsOf: line[start..<seriesEnd])
        let slot: SeriesSlot
        if let found = key.withUnsafeBytes({ cache.find($0) }) {
            slot = found
        } else {
            if let fault = assemble(line, name, type, message) {
                message.refuse("line \(lineNumber)", fault)
                return
            }
            let set = labels.labels()
            slot = key.withUnsafeBytes { cache.insert($0, set) }
        }
        points.append(Sample(timestamp, value), to: slot)
    }

    /// Milliseconds; OpenMetrics writes seconds, the older format milliseconds.
    private func readTime(_ lexer: inout ExpositionLexer) throws(ExpositionError) -> Int64? {
        if isOpenMetrics {
            guard lexer.next == 0x20 else {
                if lexer.next == nil { return nil }
                throw lexer.error("expected one blank before the timestamp")
            }
            if lexer.offset + 1 < lexer.line.count, lexer.line[lexer.offset + 1] == UInt8(ascii: "#") {
                return nil
            }
            lexer.offset += 1
            let seconds = try lexer.value("a timestamp")
            guard seconds.isFinite, seconds.magnitude < 1e13 else {
                throw lexer.error("a timestamp is a finite number of seconds")
            }
            return Timestamp(seconds: seconds).milliseconds
        }
        lexer.skipBlanks()
        if lexer.next == nil { return nil }
        let start = lexer.offset
        let word = lexer.text(lexer.word())
        guard let milliseconds = Int64(word), !word.hasPrefix("+") else {
            lexer.offset = start
            throw lexer.error("`\(word)` is not a timestamp in milliseconds")
        }
        lexer.skipBlanks()
        guard lexer.next == nil else { throw lexer.error("expected the end of the line after the timestamp") }
        return milliseconds
    }

    /// Reads over ` # {labels} value [timestamp]`.
    private mutating func readExemplar(_ lexer: inout ExpositionLexer) throws(ExpositionError) -> Bool {
        guard lexer.next != nil else { return false }
        guard isOpenMetrics else { throw lexer.error("expected the end of the line") }
        try lexer.separator(before: "an exemplar")
        guard lexer.next == UInt8(ascii: "#") else { throw lexer.error("expected the end of the line") }
        lexer.offset += 1
        try lexer.separator(before: "the exemplar's labels")
        guard lexer.next == UInt8(ascii: "{") else { throw lexer.error("expected the exemplar's labels") }
        var ignored: [ExpositionSample.LabelRange] = []
        _ = try lexer.labels(into: &ignored, allowsName: false)
        try lexer.separator(before: "the exemplar's value")
        _ = try lexer.value("the exemplar's value")
        if lexer.next != nil {
            try lexer.separator(before: "the exemplar's timestamp")
            _ = try lexer.value("the exemplar's timestamp")
            guard lexer.next == nil else { throw lexer.error("expected the end of the line") }
        }
        return true
    }

    // MARK: Rules

    /// What OpenMetrics forbids about a sample of its type; `nil` when nothing.
    private func sampleFault(
        _ line: UnsafeBufferPointer<UInt8>, _ name: Range<Int>, _ type: MetricType, _ suffix: StaticString,
        _ value: Double, hasExemplar: Bool
    ) -> String? {
        let ending = suffix.description
        if hasExemplar, ending != "_bucket", ending != "_total" {
            return "only counters and buckets have exemplars"
        }
        switch (type, ending) {
        case (.counter, ""):
            return
                "a sample of counter `\(String(decoding: line[name], as: UTF8.self))` ends in `_total` or `_created`"
        case (.counter, "_total") where value.isNaN || value < 0:
            return "a counter's value is neither NaN nor negative"
        case (.histogram, "_bucket"), (.gaugeHistogram, "_bucket"):
            return hasLabel(line, "le") ? nil : "a bucket has a label `le`"
        case (.histogram, ""), (.gaugeHistogram, ""):
            return "a histogram's samples end in `_bucket`, `_count` or `_sum`"
        case (.summary, ""): return hasLabel(line, "quantile") ? nil : "a quantile has a label `quantile`"
        case (.info, ""): return "a sample of an info ends in `_info`"
        case (.info, "_info") where value != 1: return "the value of an info is 1"
        case (.stateSet, _) where value != 0 && value != 1: return "the value of a state is 0 or 1"
        case (.stateSet, _):
            let own = String(decoding: line[name], as: UTF8.self)
            return hasLabel(line, own) ? nil : "a state has a label `\(own)`"
        default: return nil
        }
    }

    private func hasLabel(_ line: UnsafeBufferPointer<UInt8>, _ name: String) -> Bool {
        labelRanges.contains { line[$0.name].elementsEqual(name.utf8) }
    }

    /// Collects and checks the labels of a series that is not in the cache; says what is wrong with them.
    private mutating func assemble(
        _ line: UnsafeBufferPointer<UInt8>, _ name: Range<Int>, _ type: MetricType, _ message: DecodedMessage
    ) -> String? {
        labels.removeAll()
        text.removeAll(keepingCapacity: true)
        appendUnescaped(line[name], to: &text)
        if text.isEmpty { return "the metric's name is empty" }
        if text.count > ExpositionLimits.nameBytesMax {
            return "name of \(text.count) bytes; at most \(ExpositionLimits.nameBytesMax) are allowed"
        }
        labels.append(LabelSet.metricName.utf8, text)
        if labelRanges.count > ExpositionLimits.labelsMax {
            return "\(labelRanges.count) labels; at most \(ExpositionLimits.labelsMax) are allowed"
        }
        for range in labelRanges {
            var label: [UInt8] = []
            var value: [UInt8] = []
            appendUnescaped(line[range.name], to: &label)
            appendUnescaped(line[range.value], to: &value)
            let shown = String(decoding: label.prefix(64), as: UTF8.self)
            if label.isEmpty { return "a label's name is empty" }
            if label.count > ExpositionLimits.labelNameBytesMax {
                return
                    "label name of \(label.count) bytes; at most \(ExpositionLimits.labelNameBytesMax) are allowed"
            }
            if value.count > ExpositionLimits.labelValueBytesMax {
                return
                    "label `\(shown)` has \(value.count) bytes; at most \(ExpositionLimits.labelValueBytesMax) are allowed"
            }
            if labels.firstIndex(of: label) != nil { return "label `\(shown)` comes twice" }
            let isBound =
                type == .histogram && label.elementsEqual("le".utf8)
                || type == .summary && label.elementsEqual("quantile".utf8)
            if isBound, let number = value.withUnsafeBufferPointer({ expositionNumber($0) }) {
                value = Array(prometheusNumber(number).utf8)
            }
            labels.append(label, value)
        }
        // As with scraping, what the plane is comes from where the text came from, and a label of that name steps aside.
        for (own, value) in [("tenant", message.tenant), ("plane", message.plane)] where !value.isEmpty {
            if let index = labels.firstIndex(of: own.utf8), !labels.value(index).elementsEqual(value.utf8) {
                labels.rename(index, "exported_\(own)".utf8)
            }
            labels.append(own.utf8, value.utf8)
        }
        return nil
    }
}
