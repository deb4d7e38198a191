import Glibc
import MetricModel
import RegularExpressions
import YAML

/// The functions that Prometheus adds to Go's templates.
extension TemplateExecutor {
    static let prometheusFunctions: [String: Function] = [
        // Queries and their results.
        "query": Function([.string]) { values, executor throws(TemplateError) in
            executor.queryCount += 1
            guard executor.queryCount <= executor.limits.queriesMax else {
                throw TemplateError("more than \(executor.limits.queriesMax) queries")
            }
            return .queryResult(try executor.context.query(string(values[0])))
        },
        "first": Function([.queryResult]) { values, _ throws(TemplateError) in
            guard case .queryResult(let samples) = values[0], let first = samples.first else {
                throw TemplateError("first() called on vector with no elements")
            }
            return .sample(first)
        },
        "label": Function([.string, .sample]) { values, _ throws(TemplateError) in
            .string(try sample(values[1]).labels[string(values[0])] ?? "")
        },
        "value": Function([.sample]) { values, _ throws(TemplateError) in .float(try sample(values[0]).value)
        },
        "strvalue": Function([.sample]) { values, _ throws(TemplateError) in
            .string(try sample(values[0]).labels["__value__"] ?? "")
        },
        "sortByLabel": Function([.string, .queryResult]) { values, _ throws(TemplateError) in
            guard case .queryResult(let samples) = values[1] else { return .queryResult([]) }
            let name = string(values[0])
            let keyed = samples.map { (key: $0.labels[name] ?? "", sample: $0) }
            // Stable, as Go sorts here.
            let order = keyed.indices.sorted {
                let (a, b) = (keyed[$0].key.utf8, keyed[$1].key.utf8)
                return a.lexicographicallyPrecedes(b) || (a.elementsEqual(b) && $0 < $1)
            }
            return .queryResult(order.map { keyed[$0].sample })
        },
        "args": Function([], rest: .any) { values, _ throws(TemplateError) in
            .arguments(
                Dictionary(
                    values.enumerated().map { ("arg\($0)", $1) }, uniquingKeysWith: { first, _ in first }))
        },

        // Texts.
        "title": Function([.string]) { values, _ throws(TemplateError) in .string(titled(string(values[0])))
        },
        "toUpper": Function([.string]) { values, _ throws(TemplateError) in
            .string(mapped(string(values[0])) { $0.uppercaseMapping })
        },
        "toLower": Function([.string]) { values, _ throws(TemplateError) in
            .string(mapped(string(values[0])) { $0.lowercaseMapping })
        },
        "match": Function([.string, .string]) { values, _ throws(TemplateError) in
            .bool(try regex(string(values[0])).firstMatch(in: string(values[1])) != nil)
        },
        "reReplaceAll": Function([.string, .string, .string]) { values, executor throws(TemplateError) in
            let pattern = string(values[0])
            let compiled: RegularExpression
            do throws(TemplateError) {
                compiled = try regex(pattern)
            } catch {
                throw TemplateError("regexp: Compile(`\(pattern)`): \(error.message)")
            }
            return .string(
                try replaced(
                    compiled, string(values[1]), in: string(values[2]), limit: executor.limits.outputMax))
        },
        "safeHtml": Function([.string]) { values, _ throws(TemplateError) in values[0] },
        "stripPort": Function([.string]) { values, _ throws(TemplateError) in
            .string(HostPort(string(values[0]))?.host ?? string(values[0]))
        },
        "stripDomain": Function([.string]) { values, _ throws(TemplateError) in
            .string(HostPort.strippingDomain(string(values[0])))
        },
        "urlQueryEscape": Function([.string]) { values, _ throws(TemplateError) in
            .string(queryEscaped(string(values[0])))
        },
        "graphLink": Function([.string]) { values, _ throws(TemplateError) in
            .string("/graph?g0.expr=\(queryEscaped(string(values[0])))&g0.tab=0")
        },
        "tableLink": Function([.string]) { values, _ throws(TemplateError) in
            .string("/graph?g0.expr=\(queryEscaped(string(values[0])))&g0.tab=1")
        },
        "externalURL": Function([]) { _, executor throws(TemplateError) in
            .string(executor.context.externalURL)
        },
        "pathPrefix": Function([]) { _, executor throws(TemplateError) in
            .string(path(ofURL: executor.context.externalURL))
        },

        // Numbers.
        "humanize": Function([.any]) { values, _ throws(TemplateError) in
            .string(humanize(try number(values[0])))
        },
        "humanize1024": Function([.any]) { values, _ throws(TemplateError) in
            .string(humanize1024(try number(values[0])))
        },
        "humanizeDuration": Function([.any]) { values, _ throws(TemplateError) in
            .string(humanizeDuration(try number(values[0])))
        },
        "humanizePercentage": Function([.any]) { values, _ throws(TemplateError) in
            .string(fourDigits(try number(values[0]) * 100) + "%")
        },
        "humanizeTimestamp": Function([.any]) { values, _ throws(TemplateError) in
            let seconds = try number(values[0])
            return .string(seconds.isFinite ? try time(seconds).description : fourDigits(seconds))
        },
        "toTime": Function([.any]) { values, _ throws(TemplateError) in
            let seconds = try number(values[0])
            guard seconds.isFinite else { throw TemplateError("value is NaN or Inf") }
            return .time(try time(seconds))
        },
        "toDuration": Function([.any]) { values, _ throws(TemplateError) in
            .duration(saturated(try number(values[0]) * 1e9), isPointer: true)
        },
        "now": Function([]) { _, executor throws(TemplateError) in .float(executor.context.now.seconds) },
        "parseDuration": Function([.string]) { values, _ throws(TemplateError) in
            .float(Double(try milliseconds(string(values[0]))) / 1000)
        },
        "parseDurationTime": Function([.string]) { values, _ throws(TemplateError) in
            .duration(try milliseconds(string(values[0])) * 1_000_000, isPointer: false)
        },
    ]

    // MARK: Arguments

    private static func string(_ value: TemplateValue) -> String {
        if case .string(let text) = value { text } else { "" }
    }

    private static func sample(_ value: TemplateValue) throws(TemplateError) -> TemplateSample {
        guard case .sample(let sample) = value else {
            throw TemplateError("runtime error: invalid memory address or nil pointer dereference")
        }
        return sample
    }

    private static func number(_ value: TemplateValue) throws(TemplateError) -> Double {
        switch value {
        case .float(let number): return number
        case .int(let number): return Double(number)
        case .duration(let nanoseconds, false): return Double(nanoseconds) / 1e9
        case .string(let text):
            guard let number = parsedFloat(text) else {
                throw TemplateError("strconv.ParseFloat: parsing \(goQuoted(text)): invalid syntax")
            }
            return number
        default: throw TemplateError("can't convert \(value.typeName) to float")
        }
    }

    private static func milliseconds(_ text: String) throws(TemplateError) -> Int64 {
        do {
            return try DurationText.milliseconds(text)
        } catch {
            throw TemplateError(error.message(text))
        }
    }

    /// Milliseconds are all that Prometheus keeps of a time.
    private static func time(_ seconds: Double) throws(TemplateError) -> GoTime {
        let nanoseconds = seconds * 1e9
        guard nanoseconds >= -9.223372036854775808e18, nanoseconds < 9.223372036854775807e18 else {
            throw TemplateError(
                "\(GoFloat.text(seconds, format: "g", precision: nil)) cannot be represented as a nanoseconds "
                    + "timestamp since it overflows int64")
        }
        let whole = Int64(nanoseconds)
        return GoTime(nanoseconds: whole - whole % 1_000_000)
    }

    private static func saturated(_ value: Double) -> Int64 {
        value.isNaN ? .min : value >= 9.2e18 ? .max : value <= -9.2e18 ? .min : Int64(value)
    }

    // MARK: Numbers as people read them

    static func fourDigits(_ value: Double) -> String { GoFloat.text(value, format: "g", precision: 4) }

    private static let small = ["m", "u", "n", "p", "f", "a", "z", "y"]

    static func humanize(_ value: Double) -> String {
        if value == 0 || !value.isFinite { return fourDigits(value) }
        var value = value
        var prefix = ""
        if value.magnitude >= 1 {
            for next in ["k", "M", "G", "T", "P", "E", "Z", "Y"] where value.magnitude >= 1000 {
                prefix = next
                value /= 1000
            }
        } else {
            for next in small where value.magnitude < 1 {
                prefix = next
                value *= 1000
            }
        }
        return fourDigits(value) + prefix
    }

    static func humanize1024(_ value: Double) -> String {
        if value.magnitude <= 1 || !value.isFinite { return fourDigits(value) }
        var value = value
        var prefix = ""
        for next in ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"] where value.magnitude >= 1024 {
            prefix = next
            value /= 1024
        }
        return fourDigits(value) + prefix
    }

    static func humanizeDuration(_ value: Double) -> String {
        if !value.isFinite { return fourDigits(value) }
        if value == 0 { return fourDigits(value) + "s" }
        var value = value
        if value.magnitude >= 1 {
            let sign = value < 0 ? "-" : ""
            value = value.magnitude
            let whole = saturated(value)
            let (seconds, minutes, hours, days) = (
                whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400
            )
            if days != 0 { return "\(sign)\(days)d \(hours)h \(minutes)m \(seconds)s" }
            if hours != 0 { return "\(sign)\(hours)h \(minutes)m \(seconds)s" }
            if minutes != 0 { return "\(sign)\(minutes)m \(seconds)s" }
            return "\(sign)\(fourDigits(value))s"
        }
        var prefix = ""
        for next in small where value.magnitude < 1 {
            prefix = next
            value *= 1000
        }
        return "\(fourDigits(value))\(prefix)s"
    }
}

/// A number as Go's `strconv.ParseFloat` reads it.
func parsedFloat(_ text: String) -> Double? {
    let lower = text.lowercased()
    switch lower {
    case "nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default:
        var spelled = lower
        var sign = ""
        if let first = spelled.first, first == "-" || first == "+" { sign = String(spelled.removeFirst()) }
        guard let first = spelled.first, first == "." || first.isASCII && first.isNumber else { return nil }
        if first == "." { spelled = "0" + spelled }
        if let point = spelled.firstIndex(of: ".") {
            let after = spelled.index(after: point)
            if after == spelled.endIndex || !spelled[after].isHexDigit { spelled.insert("0", at: after) }
        }
        return Double(sign + spelled)
    }
}

/// Each character replaced by its mapping, where that is one character: Go does not know longer ones.
private func mapped(_ text: String, _ mapping: (Unicode.Scalar.Properties) -> String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        let replacement = mapping(scalar.properties).unicodeScalars
        result.append(replacement.count == 1 ? replacement.first ?? scalar : scalar)
    }
    return String(result)
}

/// Go's `strings.Title`: a capital at the beginning of each word.
private func titled(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var atStart = true
    for scalar in text.unicodeScalars {
        let title = scalar.properties.titlecaseMapping.unicodeScalars
        result.append(atStart && title.count == 1 ? title.first ?? scalar : scalar)
        if scalar.isASCII {
            atStart = !(scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
        } else {
            atStart =
                !scalar.properties.isAlphabetic && scalar.properties.numericType == nil
                && scalar.properties.isWhitespace
        }
    }
    return String(result)
}

/// A regular expression in a template; RE2's complaints in Go's words.
private func regex(_ pattern: String) throws(TemplateError) -> RegularExpression {
    do {
        return try RegularExpression(pattern, dotMatchesNewline: false)
    } catch {
        var message = error.message
        for (theirs, go) in [
            ("missing ]", "missing closing ]"), ("missing )", "missing closing )"),
            ("trailing \\", "trailing backslash at end of expression"),
            ("no argument for repetition operator", "missing argument to repetition operator"),
            ("invalid repetition size", "invalid repeat count"),
            ("bad repetition operator", "invalid nested repetition operator"),
            ("invalid perl operator", "invalid or unsupported Perl syntax"),
        ] where message.hasPrefix(theirs) {
            message = go + message.dropFirst(theirs.count)
            break
        }
        if let colon = message.range(ofFirst: ": ") {
            message = "\(message[..<colon.lowerBound]): `\(message[colon.upperBound...])`"
        }
        throw TemplateError("error parsing regexp: \(message)")
    }
}

extension String {
    fileprivate func range(ofFirst separator: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) {
                return index..<self.index(index, offsetBy: separator.count)
            }
            index = self.index(after: index)
        }
        return nil
    }
}

/// Go's `ReplaceAllString`: every match replaced, `$1` and `${name}` filled in.
private func replaced(
    _ regex: RegularExpression, _ replacement: String, in text: String, limit: Int
) throws(TemplateError) -> String {
    let bytes = Array(text.utf8)
    let template = Array(replacement.utf8)
    var names: [String: Int] = [:]
    for index in 0...regex.groupCount where index > 0 {
        if let name = regex.groupName(index) { names[name] = index }
    }
    var result: [UInt8] = []
    var copied = 0
    var position = 0
    var lastEnd = -1
    while position <= bytes.count, let groups = regex.firstMatch(in: text, from: position),
        let whole = groups[0]
    {
        // An empty match right behind the last match is none.
        if !(whole.isEmpty && whole.lowerBound == lastEnd) {
            result += bytes[copied..<whole.lowerBound]
            expand(template, groups, names, bytes, into: &result)
            copied = whole.upperBound
            lastEnd = whole.upperBound
            guard result.count <= limit else { throw TemplateError("the text has more than \(limit) bytes") }
        }
        position = whole.isEmpty ? whole.upperBound + 1 : whole.upperBound
        while whole.isEmpty, position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
    }
    result += bytes[copied...]
    return String(decoding: result, as: UTF8.self)
}

private func expand(
    _ template: [UInt8], _ groups: [Range<Int>?], _ names: [String: Int], _ bytes: [UInt8],
    into result: inout [UInt8]
) {
    func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (48...57).contains(byte) || (65...90).contains(byte)
            || (97...122).contains(byte)
    }
    var index = 0
    while index < template.count {
        guard template[index] == UInt8(ascii: "$"), index + 1 < template.count else {
            result.append(template[index])
            index += 1
            continue
        }
        if template[index + 1] == UInt8(ascii: "$") {
            result.append(UInt8(ascii: "$"))
            index += 2
            continue
        }
        let braced = template[index + 1] == UInt8(ascii: "{")
        let start = index + (braced ? 2 : 1)
        var end = start
        while end < template.count, isWord(template[end]) { end += 1 }
        guard end > start, !braced || (end < template.count && template[end] == UInt8(ascii: "}")) else {
            result.append(template[index])
            index += 1
            continue
        }
        let name = String(decoding: template[start..<end], as: UTF8.self)
        let group = Int(name) ?? names[name]
        if let group, group < groups.count, let range = groups[group] { result += bytes[range] }
        index = end + (braced ? 1 : 0)
    }
}

/// Go's `net.SplitHostPort`.
struct HostPort {
    var host: String
    var port: String

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]"), text.index(after: close) == colon else { return nil }
            host = String(text[text.index(after: text.startIndex)..<close])
        } else {
            host = String(text[..<colon])
            guard !host.contains(":") else { return nil }
        }
        port = String(text[text.index(after: colon)...])
        guard !host.contains("["), !host.contains("]"), !port.contains("["), !port.contains("]") else {
            return nil
        }
    }

    /// `web-1.example.com:80` to `web-1:80`; addresses stay as they are.
    static func strippingDomain(_ text: String) -> String {
        let parts = HostPort(text)
        let host = parts?.host ?? text
        var address = in6_addr()
        if inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1 { return text }
        let short = String(host.prefix { $0 != "." })
        guard let port = parts?.port, !port.isEmpty else { return short }
        return short.contains(":") ? "[\(short)]:\(port)" : "\(short):\(port)"
    }
}

/// The path of a URL: `/a` of `http://host/a?b`.
private func path(ofURL url: String) -> String {
    var rest = Substring(url)
    if let scheme = url.range(ofFirst: "://") {
        rest = url[scheme.upperBound...]
        rest = rest.drop { $0 != "/" && $0 != "?" && $0 != "#" }
    }
    return String(rest.prefix { $0 != "?" && $0 != "#" })
}
