import MetricModel
import PromQL
import Rules

/// Gives the template engine generated templates: no crash, no input that takes long, no text past its limit, every
/// refusal in words that name the template.
package func fuzzTemplates(
    iterations: Int, seed: UInt64, progress: (FuzzReport) -> Void = { _ in }
) -> FuzzReport {
    var random = FuzzRandom(seed: seed)
    var report = FuzzReport()
    let start = threadSeconds()
    let data = AlertTemplateData(labels: ["job": "a", "instance": "b:80"], value: 1.5)
    let element = VectorElement(labels: ["a": "b"], timestamp: Timestamp(seconds: 1), value: 2)
    let context = TemplateContext(now: Timestamp(seconds: 1.7e9)) { text throws(TemplateError) in
        if text.isEmpty { throw TemplateError("no query") }
        return Array(repeating: element, count: text.utf8.count)
    }
    while report.iterations < iterations {
        let input = template(&random)
        let before = threadSeconds()
        report.iterations += 1
        do throws(TemplateError) {
            let template = try Template(input, ofAlert: "F")
            report.accepted += 1
            let limits = TemplateLimits()
            let text = template.expanded(data, in: context, limits: limits)
            // An error quotes a part of the template.
            if text.utf8.count > limits.outputMax + input.utf8.count + 1000 {
                report.failure = "\(text.utf8.count) bytes: \(input.debugDescription)"
            }
        } catch {
            if !error.message.contains("__alert_F") && !error.message.contains("template") {
                report.failure = "error \(error.message): \(input.debugDescription)"
            }
        }
        let milliseconds = (threadSeconds() - before) * 1000
        report.slowestMilliseconds = max(report.slowestMilliseconds, milliseconds)
        report.cpuSeconds = threadSeconds() - start
        if milliseconds > 2000 { report.failure = "took \(milliseconds) ms: \(input.debugDescription)" }
        if report.failure != nil { break }
        if report.iterations % 1_000_000 == 0 { progress(report) }
    }
    return report
}

private func template(_ random: inout FuzzRandom) -> String {
    var text = ""
    if random.chance(2, in: 3) {
        for _ in 0...random.below(3) { text += item(&random, depth: 0) }
        guard random.chance(1, in: 5) else { return text }
        // Nearly right is worth as much as right.
        var bytes = Array(text.utf8)
        bytes[random.below(bytes.count)] = UInt8(random.below(128))
        return String(decoding: bytes, as: UTF8.self)
    }
    for _ in 0...random.below(3) {
        text += random.pick(["", "text", " ", "\n"])
        text += random.pick(["{{", "{{- ", "{{"])
        for _ in 0..<random.below(9) { text += random.pick(pieces) + random.pick(["", " ", " "]) }
        text += random.pick(["}}", " -}}", "}}", ""])
    }
    for _ in 0..<random.below(3) { text += "{{ end }}" }
    return text
}

/// Text or an action, grown from the grammar.
private func item(_ random: inout FuzzRandom, depth: Int) -> String {
    func list() -> String {
        depth > 3 ? "x" : (0..<random.below(3)).map { _ in item(&random, depth: depth + 1) }.joined()
    }
    switch random.below(14) {
    case 0: return random.pick(["text", " ", "\n  ", "é", "}}"])
    case 1: return "{{ if \(pipeline(&random, depth: 0)) }}\(list()){{ else }}\(list()){{ end }}"
    case 2: return "{{ if \(pipeline(&random, depth: 0)) }}\(list()){{ else if true }}\(list()){{ end }}"
    case 3: return "{{- with \(pipeline(&random, depth: 0)) -}} \(list()) {{ end }}"
    case 4:
        return "{{ range \(pipeline(&random, depth: 0)) }}\(list()){{ break }}{{ else }}\(list()){{ end }}"
    case 5:
        return "{{ range $i, $e := \(pipeline(&random, depth: 0)) }}\(list()){{ $e }}{{ continue }}{{ end }}"
    case 6: return "{{ define \"T\" }}\(list()){{ end }}"
    case 7: return "{{ template \"T\" \(pipeline(&random, depth: 0)) }}"
    case 8: return "{{ block \"B\" \(pipeline(&random, depth: 0)) }}\(list()){{ end }}"
    case 9:
        return "{{ $x := \(pipeline(&random, depth: 0)) }}{{ $x = \(pipeline(&random, depth: 0)) }}{{ $x }}"
    case 10: return "{{/* comment */}}"
    default: return "{{ \(pipeline(&random, depth: 0)) }}"
    }
}

private func pipeline(_ random: inout FuzzRandom, depth: Int) -> String {
    var text = command(&random, depth: depth)
    for _ in 0..<random.below(3) { text += " | " + random.pick(functions) + arguments(&random, depth: depth) }
    return text
}

private func command(_ random: inout FuzzRandom, depth: Int) -> String {
    random.chance(1, in: 2)
        ? operand(&random, depth: depth) : random.pick(functions) + arguments(&random, depth: depth)
}

private func arguments(_ random: inout FuzzRandom, depth: Int) -> String {
    (0..<random.below(4)).map { _ in " " + operand(&random, depth: depth) }.joined()
}

private func operand(_ random: inout FuzzRandom, depth: Int) -> String {
    if depth < 4, random.chance(1, in: 4) {
        return "(\(pipeline(&random, depth: depth + 1)))"
            + random.pick(["", "", ".Format", ".Value", ".Labels.a", ".Unix"])
    }
    return random.pick(operands)
}

private let operands = [
    "\"a\"", "`b`", "'c'", "\"%d %s %v|%5.2f|%-8q|%x\"", "\"%*.*f\"", "\"%[2]x %#v %+v\"", "\"%1000000d\"",
    "\"up\"", "\"\"",
    "\"(a|b)*\"", "\"$1${n}\"", "\"a.b:80\"", "\"1h30m\"", "\"2006-01-02 15:04:05.000 Mon Jan\"", ".",
    ".Labels", ".Value",
    ".Labels.job", ".ExternalURL", "$labels", "$labels.job", "$value", "$externalLabels", "$", "5", "-1", "0",
    "1.5", "1e9",
    "0x1F", "nil", "true", "false", "9223372036854775807", "-9223372036854775808", "1e300", "query \"abc\"",
    "now",
]

private let functions = [
    "printf", "print", "println", "index", "slice", "eq", "ne", "lt", "ge", "len", "and", "or", "not", "html",
    "js",
    "urlquery", "call", "query", "first", "value", "label", "strvalue", "sortByLabel", "args", "humanize",
    "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration",
    "now",
    "parseDuration", "parseDurationTime", "reReplaceAll", "match", "title", "toUpper", "toLower", "stripPort",
    "stripDomain", "graphLink", "tableLink", "pathPrefix", "externalURL", "urlQueryEscape", "safeHtml",
]

private let pieces = [
    "if", "range", "with", "end", "else", "define", "template", "block", "break", "continue", "\"a\"", "`b`",
    "'c'",
    "\"T\"", "$x", "$i, $e", ":=", "=", ",", "|", "(", ")", ".", ".Labels", ".Value", ".job", "$labels",
    "$labels.job",
    "$value", "$externalLabels", "$", "5", "-1", "1.5", "1e9", "0x1F", "nil", "true", "printf", "print",
    "println",
    "\"%d %s %v\"", "\"%*.*f\"", "\"%[2]x %#v\"", "\"%1000000d\"", "index", "slice", "eq", "lt", "len", "and",
    "or", "not",
    "html", "js", "urlquery", "call", "query", "\"up\"", "first", "value", "label", "sortByLabel", "args",
    "humanize",
    "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration",
    "now",
    "parseDuration", "\"1h\"", "reReplaceAll", "\"(a|b)*\"", "\"$1\"", "match", "\"(\"", "title", "toUpper",
    "stripPort",
    "stripDomain", "\"a.b:80\"", ".Format", "\"2006-01-02\"", ".Unix", ".Add", ".Truncate", ".Round", "/*",
    "*/", "é",
    "\u{0}", "@", "\\", "\"", "0", "9223372036854775807", "1e300", "range 3", "query \"abc\"",
]
