import RegularExpressions

/// What a value is shown as instead of itself.
enum ValueMapping: Sendable {
    struct Outcome: Sendable, Equatable {
        var text: String?
        var color: PanelColor?
    }

    enum Special: String, Sendable {
        case null, nan, nullAndNaN = "null+nan", yes = "true", no = "false", empty
    }

    /// By the value as text.
    case values([String: Outcome])
    case range(from: Double, to: Double, Outcome)
    case regex(RegularExpression, text: String?, color: PanelColor?)
    case special(Special, Outcome)

    /// The outcome for `value`; `nil` when this mapping does not mean it.
    func outcome(for value: FieldValue) -> Outcome? {
        switch self {
        case .values(let outcomes):
            switch value {
            case .null: return outcomes["null"]
            case .number(let number):
                return outcomes[NumberText.shortest(number)]
                    ?? outcomes.first { NumberText.parse($0.key) == number }?.value
            default: return outcomes[value.plain]
            }
        case .range(let from, let to, let outcome):
            guard let number = value.number, number >= from, number <= to else { return nil }
            return outcome
        case .regex(let pattern, let template, let color):
            guard !value.isNull else { return nil }
            let text = value.plain
            guard let match = pattern.firstMatch(in: text) else { return nil }
            return Outcome(
                text: template.map { expand($0, match, text) }, color: color)
        case .special(let special, let outcome):
            return Self.matches(special, value) ? outcome : nil
        }
    }

    private static func matches(_ special: Special, _ value: FieldValue) -> Bool {
        switch (special, value) {
        case (.null, .null), (.nullAndNaN, .null): true
        case (.nan, .number(let number)), (.nullAndNaN, .number(let number)): number.isNaN
        case (.yes, .bool(true)), (.no, .bool(false)): true
        case (.yes, .text("true")), (.no, .text("false")): true
        case (.empty, .text("")), (.empty, .null): true
        default: false
        }
    }

    /// What a match makes of the text: the match replaced by the template, `$1` being the first group.
    private func expand(_ template: String, _ match: [Range<Int>?], _ text: String) -> String {
        let bytes = Array(text.utf8)
        guard let whole = match[0] else { return text }
        func slice(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return slice(0..<whole.lowerBound) + expandGroups(template, match, bytes)
            + slice(whole.upperBound..<bytes.count)
    }
}

/// `template` with `$1`, `$2`, … replaced by what the groups matched, `$&` by the whole match, `$$` by a dollar.
func expandGroups(_ template: String, _ match: [Range<Int>?], _ bytes: [UInt8]) -> String {
    var result = ""
    var rest = Substring(template)
    while let first = rest.popFirst() {
        guard first == "$", let next = rest.first else {
            result.append(first)
            continue
        }
        if next == "$" {
            rest.removeFirst()
            result.append("$")
        } else if next == "&" {
            rest.removeFirst()
            if let range = match[0] { result += String(decoding: bytes[range], as: UTF8.self) }
        } else {
            let digits = rest.prefix(2).prefix { $0.isASCII && $0.isNumber }
            // `$12` is group 12 where there are so many, else group 1 and a 2.
            var name = digits
            while let number = Int(name), number >= match.count, name.count > 1 { name = name.dropLast() }
            guard let number = Int(name), number < match.count else {
                result.append(first)
                continue
            }
            rest = rest.dropFirst(name.count)
            if let range = match[number] { result += String(decoding: bytes[range], as: UTF8.self) }
        }
    }
    return result
}

/// A JavaScript regular expression as RE2 reads it: slashes and flags taken off, named groups respelled.
struct ScriptPattern: Sendable {
    var regex: RegularExpression
    var isGlobal: Bool

    /// - Parameter text: `/pattern/flags`, or the pattern alone.
    /// - Throws: RE2's complaint; looking ahead and behind and references to groups are among what it refuses.
    init(_ text: String) throws(RegularExpression.PatternError) {
        var pattern = Substring(text)
        var flags = Substring()
        if text.count > 1, text.first == "/", let end = text.lastIndex(of: "/"), end > text.startIndex {
            pattern = text[text.index(after: text.startIndex)..<end]
            flags = text[text.index(after: end)...]
        }
        isGlobal = flags.contains("g")
        var options = ""
        if flags.contains("i") { options += "i" }
        if flags.contains("m") { options += "m" }
        let spelled = pattern.replacing("(?<", with: "(?P<").replacing("(?P<=", with: "(?<=")
            .replacing("(?P<!", with: "(?<!").replacing("\\/", with: "/")
        regex = try RegularExpression(
            options.isEmpty ? spelled : "(?\(options))" + spelled, dotMatchesNewline: flags.contains("s"))
    }
}
