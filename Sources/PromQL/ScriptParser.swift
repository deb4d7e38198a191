import MetricModel
import RegularExpressions

extension ConformanceScript {
    /// Reads a script. A block that cannot be read becomes a `malformed` command; the others keep their meaning.
    package init(parsing text: String, file: String) {
        var parser = ScriptParser(text)
        self.init(file: file, commands: parser.commands())
    }
}

/// Reads the lines of a script into commands.
private struct ScriptParser {
    /// Why a block cannot be read, and on which line.
    private struct Mistake: Error {
        var line: Int
        var reason: String

        init(_ reason: String, line: Int) {
            self.line = line
            self.reason = reason
        }
    }

    /// Without the blanks at both ends; comments are empty lines.
    private let lines: [Substring]
    private var index = 0

    init(_ text: String) {
        // By scalars: a carriage return and a newline together are one Character.
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let trimmed = trim(Substring(line))
            return trimmed.hasPrefix("#") ? "" : trimmed
        }
    }

    mutating func commands() -> [ConformanceScript.Command] {
        var commands: [ConformanceScript.Command] = []
        while index < lines.count {
            let first = index
            if lines[index].isEmpty {
                index += 1
                continue
            }
            do throws(Mistake) {
                commands.append(try command())
            } catch {
                let malformed = ConformanceScript.Malformed(
                    line: error.line, text: String(lines[first]), reason: error.reason)
                commands.append(.malformed(malformed))
                while index < lines.count, !lines[index].isEmpty { index += 1 }
            }
        }
        return commands
    }

    /// The number of the line at the current position.
    private var lineNumber: Int { index + 1 }

    private mutating func command() throws(Mistake) -> ConformanceScript.Command {
        var line = lines[index]
        let word = takeWord(&line)
        switch word.lowercased() {
        case "clear":
            index += 1
            return .clear
        case "load", "load_with_nhcb": return .load(try load(line, derivesHistograms: word.count > 4))
        case "eval", "eval_fail", "eval_warn", "eval_info", "eval_ordered":
            return .evaluate(try evaluate(line, variant: String(word.dropFirst(5))))
        default:
            throw Mistake(
                "unknown command \(quoted(String(word))), expected clear, load or eval", line: lineNumber)
        }
    }

    // MARK: load

    private mutating func load(
        _ rest: Substring, derivesHistograms: Bool
    ) throws(Mistake) -> ConformanceScript.Load {
        let step = try duration(rest, "step of load")
        guard step > .zero else { throw Mistake("step of load must be greater than 0", line: lineNumber) }
        index += 1
        var load = ConformanceScript.Load(step: step, series: [], derivesHistograms: derivesHistograms)
        var startTimes: SeriesDescription?
        while index < lines.count, !lines[index].isEmpty {
            let (series, isStartTimes) = try loadedLine(lines[index])
            if isStartTimes {
                startTimes = series
            } else {
                // A later line of the same series replaces the earlier one.
                load.series.removeAll { $0.labels == series.labels }
                let starts = startTimes?.labels == series.labels ? startTimes?.values ?? [] : []
                load.series.append(.init(labels: series.labels, values: series.values, startTimes: starts))
                startTimes = nil
            }
            index += 1
        }
        if startTimes != nil {
            throw Mistake("start timestamps without a series line after them", line: lineNumber - 1)
        }
        return load
    }

    /// Reads `metric values` or `metric@st durations`.
    private func loadedLine(_ line: Substring) throws(Mistake) -> (
        series: SeriesDescription, isStartTimes: Bool
    ) {
        let bytes = Array(line.utf8)
        do throws(ParseError) {
            var reader = SeriesNotationReader(bytes)
            let labels = try reader.metric()
            let rest = bytes[reader.position...]
            let marker = Array("@st".utf8)
            let isStartTimes = rest.starts(with: marker)
            var values = SeriesNotationReader(Array(isStartTimes ? rest.dropFirst(marker.count) : rest))
            try values.requireBlankOrEnd()
            return (SeriesDescription(labels: labels, values: try values.values()), isStartTimes)
        } catch {
            throw Mistake(error.message, line: lineNumber)
        }
    }

    // MARK: eval

    private mutating func evaluate(
        _ rest: Substring, variant: String
    ) throws(Mistake) -> ConformanceScript.Case {
        var rest = rest
        let line = lineNumber
        let time: ConformanceScript.QueryTime
        switch takeWord(&rest) {
        case "instant":
            var instant = Timestamp(milliseconds: 0)
            if rest.hasPrefix("at ") || rest.hasPrefix("at\t") {
                _ = takeWord(&rest)
                instant = instant + (try duration(takeWord(&rest), "time"))
            }
            time = .instant(instant)
        case "range": time = try rangeTime(&rest)
        default:
            throw Mistake(
                "expected \"eval instant at T EXPR\" or \"eval range from A to B step S EXPR\"", line: line)
        }
        guard !rest.isEmpty else { throw Mistake("expected an expression", line: line) }
        var expectation = ConformanceScript.Expectation()
        switch variant {
        case "fail": expectation.failure = .anything
        case "warn": expectation.warnings = [.anything]
        case "info": expectation.infos = [.anything]
        case "ordered": expectation.isOrdered = true
        default: break
        }
        let expression = String(rest)
        index += 1
        try readExpectations(into: &expectation, time: time)
        if let range = expectation.rangeVector {
            return ConformanceScript.Case(
                line: line, expression: expression, time: .instant(range.end), expectation: expectation)
        }
        return ConformanceScript.Case(
            line: line, expression: expression, time: time, expectation: expectation)
    }

    /// Reads `from A to B step S`.
    private func rangeTime(_ rest: inout Substring) throws(Mistake) -> ConformanceScript.QueryTime {
        var spans: [TimeSpan] = []
        for keyword in ["from", "to", "step"] {
            guard takeWord(&rest) == keyword else {
                throw Mistake("expected \"\(keyword)\"", line: lineNumber)
            }
            spans.append(try duration(takeWord(&rest), keyword))
        }
        guard spans[2] > .zero, spans[1] >= spans[0] else {
            throw Mistake("expected an end not before the start and a step greater than 0", line: lineNumber)
        }
        let epoch = Timestamp(milliseconds: 0)
        return .range(start: epoch + spans[0], end: epoch + spans[1], step: spans[2])
    }

    private mutating func readExpectations(
        into expectation: inout ConformanceScript.Expectation, time: ConformanceScript.QueryTime
    ) throws(Mistake) {
        while index < lines.count, !lines[index].isEmpty {
            let line = lines[index]
            var rest = line
            switch takeWord(&rest) {
            case "expect": try readExpect(rest, into: &expectation)
            case "expected_fail_message": expectation.failure = .exactly(String(rest))
            case "expected_fail_regexp": expectation.failure = .matching(try pattern(rest))
            case let word:
                if rest.isEmpty, let number = bareNumber(word) {
                    expectation.scalar = number
                    index += 1
                    return
                }
                expectation.series.append(try expectedSeries(line, time: time, expectation: expectation))
            }
            index += 1
        }
    }

    /// Reads what follows the word `expect`.
    private func readExpect(
        _ text: Substring, into expectation: inout ConformanceScript.Expectation
    ) throws(Mistake) {
        var rest = text
        switch takeWord(&rest) {
        case "ordered": expectation.isOrdered = true
        case "no_warn": expectation.forbidsWarnings = true
        case "no_info": expectation.forbidsInfos = true
        case "fail": expectation.failure = try mention(rest)
        case "warn": expectation.warnings.append(try mention(rest))
        case "info": expectation.infos.append(try mention(rest))
        case "string":
            do throws(ParseError) {
                guard case .string(let text) = try parse(String(rest)).kind else {
                    throw ParseError("expected a string", at: 0..<0)
                }
                expectation.string = text
            } catch {
                throw Mistake(error.message, line: lineNumber)
            }
        case "range":
            guard takeWord(&rest) == "vector" else {
                throw Mistake("expected \"range vector\"", line: lineNumber)
            }
            guard case .range(let start, let end, let step) = try rangeTime(&rest) else { return }
            expectation.rangeVector = (start, end, step)
        default:
            throw Mistake(
                "unknown expectation \(quoted(String(text))), expected fail, warn, info, no_warn, no_info, ordered, "
                    + "string or range vector", line: lineNumber)
        }
    }

    private func mention(_ text: Substring) throws(Mistake) -> ConformanceScript.Mention {
        if text.isEmpty { return .anything }
        if text.hasPrefix("msg:") { return .exactly(String(trim(text.dropFirst(4)))) }
        if text.hasPrefix("regex:") { return .matching(try pattern(trim(text.dropFirst(6)))) }
        throw Mistake("unexpected \(quoted(String(text))), expected \"msg:\" or \"regex:\"", line: lineNumber)
    }

    private func pattern(_ text: Substring) throws(Mistake) -> RegularExpression {
        do throws(RegularExpression.PatternError) {
            return try RegularExpression(String(text))
        } catch {
            throw Mistake(error.message, line: lineNumber)
        }
    }

    private func expectedSeries(
        _ line: Substring, time: ConformanceScript.QueryTime, expectation: ConformanceScript.Expectation
    ) throws(Mistake) -> SeriesDescription {
        do throws(ParseError) {
            let series = try parseSeriesDescription(String(line))
            if case .instant = time, expectation.rangeVector == nil, series.values.count != 1 {
                throw ParseError("expected one value, got \(series.values.count)", at: 0..<0)
            }
            return series
        } catch {
            throw Mistake(error.message, line: lineNumber)
        }
    }

    // MARK: Words and numbers

    private func bareNumber(_ word: Substring) -> Double? {
        var digits = word
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        return Literal.number(digits.utf8).map { isNegative ? -$0 : $0 }
    }

    /// A length of time: a duration, or a bare number of seconds; both may be negative.
    private func duration(_ text: Substring, _ what: String) throws(Mistake) -> TimeSpan {
        var digits = text
        let isNegative = digits.hasPrefix("-")
        if isNegative { digits = digits.dropFirst() }
        let span =
            (try? Literal.duration(digits.utf8)) ?? Literal.number(digits.utf8).map { TimeSpan(seconds: $0) }
        guard let span else {
            throw Mistake(
                "\(what) is \(quoted(String(text))), expected a duration such as 5m", line: lineNumber)
        }
        return isNegative ? -span : span
    }
}

/// Takes the first word off `text`, and the blanks behind it.
private func takeWord(_ text: inout Substring) -> Substring {
    let end = text.firstIndex { $0 == " " || $0 == "\t" } ?? text.endIndex
    defer { text = trim(text[end...]) }
    return text[..<end]
}

/// Without the blanks at both ends.
private func trim(_ text: Substring) -> Substring {
    var scalars = text.unicodeScalars
    func isBlank(_ scalar: Unicode.Scalar?) -> Bool { scalar == " " || scalar == "\t" || scalar == "\r" }
    while isBlank(scalars.first) { scalars.removeFirst() }
    while isBlank(scalars.last) { scalars.removeLast() }
    return Substring(scalars)
}
