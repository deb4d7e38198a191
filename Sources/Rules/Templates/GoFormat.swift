/// Go's fmt: `Sprint`, `Sprintln` and `Sprintf` with all verbs and flags for the values that templates have.
struct GoFormat {
    /// Width and precision past this are refused, as Go does.
    static let widthMax = 1_000_000
    /// Bytes after which nothing more is formatted; a template may not print as much anyway.
    static let outputMax = 1 << 20

    private(set) var output = ""
    private var flags = Flags()

    private struct Flags {
        var minus = false
        var plus = false
        var sharp = false
        var space = false
        var zero = false
        var width: Int?
        var precision: Int?
        /// `%+v` and `%#v`.
        var plusV = false
        var sharpV = false
    }

    // MARK: Entry points

    /// `fmt.Sprint`: blanks between operands when neither is a string.
    static func sprint(_ values: [TemplateValue]) -> String {
        var format = GoFormat()
        var wasString = true
        for (index, value) in values.enumerated() {
            let isString = if case .string = value { true } else { false }
            if index > 0, !isString, !wasString { format.output += " " }
            format.print(value, verb: "v", depth: 0)
            wasString = isString
        }
        return format.output
    }

    /// `fmt.Sprintln`.
    static func sprintln(_ values: [TemplateValue]) -> String {
        var format = GoFormat()
        for (index, value) in values.enumerated() {
            if index > 0 { format.output += " " }
            format.print(value, verb: "v", depth: 0)
        }
        return format.output + "\n"
    }

    /// `fmt.Sprintf`; mistakes stand in the text as `%!d(string=x)`, as in Go.
    static func sprintf(_ template: String, _ values: [TemplateValue]) -> String {
        var format = GoFormat()
        format.run(Array(template.unicodeScalars), values)
        return format.output
    }

    // MARK: Format strings

    private mutating func run(_ template: [Unicode.Scalar], _ values: [TemplateValue]) {
        var index = 0
        var argument = 0
        var reordered = false
        while index < template.count, output.utf8.count <= Self.outputMax {
            guard template[index] == "%" else {
                output.unicodeScalars.append(template[index])
                index += 1
                continue
            }
            index += 1
            flags = Flags()
            var isGood = true
            while index < template.count, setFlag(template[index]) { index += 1 }
            var afterIndex = Self.argumentNumber(
                template, &index, &argument, &reordered, &isGood, values.count)
            // Width.
            if index < template.count, template[index] == "*" {
                index += 1
                if let width = Self.starred(values, &argument) {
                    flags.width = abs(width)
                    if width < 0 {
                        flags.minus = true
                        flags.zero = false
                    }
                } else {
                    output += "%!(BADWIDTH)"
                }
                afterIndex = false
            } else if let width = Self.number(template, &index) {
                flags.width = width
                if afterIndex { isGood = false }
            }
            // Precision.
            if index < template.count, template[index] == "." {
                index += 1
                if afterIndex { isGood = false }
                afterIndex = Self.argumentNumber(
                    template, &index, &argument, &reordered, &isGood, values.count)
                if index < template.count, template[index] == "*" {
                    index += 1
                    if let precision = Self.starred(values, &argument), precision >= 0 {
                        flags.precision = precision
                    } else {
                        output += "%!(BADPREC)"
                    }
                    afterIndex = false
                } else {
                    flags.precision = Self.number(template, &index) ?? 0
                }
            }
            if !afterIndex {
                afterIndex = Self.argumentNumber(
                    template, &index, &argument, &reordered, &isGood, values.count)
            }
            guard index < template.count else {
                output += "%!(NOVERB)"
                break
            }
            let verb = template[index]
            index += 1
            if verb == "%" {
                output += "%"
            } else if !isGood {
                output += "%!\(verb)(BADINDEX)"
            } else if argument >= values.count {
                output += "%!\(verb)(MISSING)"
            } else {
                if verb == "v" {
                    flags.sharpV = flags.sharp
                    flags.sharp = false
                    flags.plusV = flags.plus
                    flags.plus = false
                }
                print(values[argument], verb: verb, depth: 0)
                argument += 1
            }
        }
        guard !reordered, argument < values.count else { return }
        flags = Flags()
        output += "%!(EXTRA "
        for (offset, value) in values[argument...].enumerated() {
            if offset > 0 { output += ", " }
            if value.isNothing {
                output += "<nil>"
            } else {
                output += "\(value.typeName)="
                print(value, verb: "v", depth: 0)
            }
        }
        output += ")"
    }

    private mutating func setFlag(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "#": flags.sharp = true
        case "0": flags.zero = true
        case "+": flags.plus = true
        case "-": flags.minus = true
        case " ": flags.space = true
        default: return false
        }
        return true
    }

    private static func number(_ template: [Unicode.Scalar], _ index: inout Int) -> Int? {
        var value: Int?
        while index < template.count, ("0"..."9").contains(template[index]) {
            value = min((value ?? 0) * 10 + Int(template[index].value) - 48, widthMax)
            index += 1
        }
        return value
    }

    private static func starred(_ values: [TemplateValue], _ argument: inout Int) -> Int? {
        guard argument < values.count else { return nil }
        argument += 1
        guard case .int(let value) = values[argument - 1], value.magnitude <= widthMax else { return nil }
        return Int(value)
    }

    /// An explicit argument, `[2]`; whether one was there.
    private static func argumentNumber(
        _ template: [Unicode.Scalar], _ index: inout Int, _ argument: inout Int, _ reordered: inout Bool,
        _ isGood: inout Bool, _ count: Int
    ) -> Bool {
        guard index < template.count, template[index] == "[" else { return false }
        reordered = true
        guard let close = template[index...].firstIndex(of: "]") else {
            isGood = false
            index += 1
            return false
        }
        var inside = index + 1
        let value = number(template, &inside)
        index = close + 1
        guard inside == close, let value, value >= 1, value <= count else {
            isGood = false
            return true
        }
        argument = value - 1
        return true
    }

    // MARK: Values

    private mutating func print(_ value: TemplateValue, verb: Unicode.Scalar, depth: Int) {
        if verb == "T" { return pad(value.typeName) }
        switch value {
        case .nothing:
            if verb == "v" { pad("<nil>") } else { bad(verb, value) }
        case .bool(let flag):
            if verb == "t" || verb == "v" { pad(flag ? "true" : "false") } else { bad(verb, value) }
        case .int(let number): integer(number, verb: verb, value)
        case .float(let number): float(number, verb: verb, value)
        case .string(let text): string(text, verb: verb, value)
        case .named(let number, _, let name):
            if Self.isTextVerb(verb) {
                string(name, verb: verb, value)
            } else {
                integer(number, verb: verb, value)
            }
        case .duration(let nanoseconds, _):
            if Self.isTextVerb(verb) {
                string(GoTime.durationText(nanoseconds), verb: verb, value)
            } else {
                integer(nanoseconds, verb: verb, value)
            }
        case .time(let time):
            if Self.isTextVerb(verb) { string(time.description, verb: verb, value) } else { bad(verb, value) }
        case .labels(let labels):
            entries(
                labels.labels.map { ($0.name, .string($0.value)) }, type: value.typeName, verb: verb,
                depth: depth)
        case .arguments(let arguments):
            entries(
                arguments.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, type: value.typeName,
                verb: verb,
                depth: depth)
        case .sample(let sample):
            fields(
                [("Labels", .labels(sample.labels)), ("Value", .float(sample.value))],
                type: "&template.sample", plain: "&", verb: verb, depth: depth)
        case .queryResult(let samples):
            output += flags.sharpV ? "template.queryResult{" : "["
            for (index, sample) in samples.enumerated() {
                if index > 0 { output += flags.sharpV ? ", " : " " }
                print(.sample(sample), verb: verb, depth: depth + 1)
            }
            output += flags.sharpV ? "}" : "]"
        case .alert(let data):
            fields(
                [
                    ("Labels", .labels(data.labels)), ("ExternalLabels", .labels(data.externalLabels)),
                    ("ExternalURL", .string(data.externalURL)), ("Value", .float(data.value)),
                ], type: value.typeName, plain: "", verb: verb, depth: depth)
        }
    }

    /// Verbs for which Go asks a value for its own text.
    private static func isTextVerb(_ verb: Unicode.Scalar) -> Bool {
        verb == "v" || verb == "s" || verb == "x" || verb == "X" || verb == "q"
    }

    private mutating func entries(
        _ entries: [(String, TemplateValue)], type: String, verb: Unicode.Scalar, depth: Int
    ) {
        output += flags.sharpV ? "\(type){" : "map["
        for (index, entry) in entries.enumerated() {
            if index > 0 { output += flags.sharpV ? ", " : " " }
            print(.string(entry.0), verb: verb, depth: depth + 1)
            output += ":"
            print(entry.1, verb: verb, depth: depth + 1)
        }
        output += flags.sharpV ? "}" : "]"
    }

    private mutating func fields(
        _ fields: [(String, TemplateValue)], type: String, plain: String, verb: Unicode.Scalar, depth: Int
    ) {
        output += flags.sharpV ? "\(type){" : "\(plain){"
        for (index, field) in fields.enumerated() {
            if index > 0 { output += flags.sharpV ? ", " : " " }
            if flags.plusV || flags.sharpV { output += "\(field.0):" }
            print(field.1, verb: verb, depth: depth + 1)
        }
        output += "}"
    }

    private mutating func bad(_ verb: Unicode.Scalar, _ value: TemplateValue) {
        output += "%!\(verb)("
        if value.isNothing {
            output += "<nil>"
        } else {
            output += "\(value.typeName)="
            let saved = flags
            flags = Flags()
            print(value, verb: "v", depth: 0)
            flags = saved
        }
        output += ")"
    }

    // MARK: Basic kinds

    private mutating func string(_ text: String, verb: Unicode.Scalar, _ value: TemplateValue) {
        switch verb {
        case "v": flags.sharpV ? pad(quoted(text)) : pad(truncated(text))
        case "s": pad(truncated(text))
        case "q": pad(quoted(truncated(text)))
        case "x", "X":
            let uppercase = verb == "X"
            let bytes = flags.precision.map { Array(text.utf8.prefix($0)) } ?? Array(text.utf8)
            let prefix = flags.sharp ? (uppercase ? "0X" : "0x") : ""
            let parts = bytes.map { hexadecimal(UInt32($0), digits: 2, uppercase: uppercase) }
            if bytes.isEmpty { return pad("") }
            pad(flags.space ? parts.map { prefix + $0 }.joined(separator: " ") : prefix + parts.joined())
        default: bad(verb, value)
        }
    }

    private func quoted(_ text: String) -> String {
        if flags.sharp, !text.contains("`"), text.unicodeScalars.allSatisfy({ $0 == "\t" || isPrintable($0) })
        {
            return "`\(text)`"
        }
        return goQuoted(text, asciiOnly: flags.plus)
    }

    private func truncated(_ text: String) -> String {
        guard let precision = flags.precision else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
    }

    private mutating func integer(_ number: Int64, verb: Unicode.Scalar, _ value: TemplateValue) {
        let radix: Int
        switch verb {
        case "v", "d": radix = 10
        case "b": radix = 2
        case "o", "O": radix = 8
        case "x", "X": radix = 16
        case "c", "q", "U":
            let scalar = UInt32(exactly: number).flatMap { Unicode.Scalar($0) } ?? "\u{FFFD}"
            switch verb {
            case "c": pad(String(Character(scalar)))
            case "q": pad(goQuoted(String(Character(scalar)), quote: "'", asciiOnly: flags.plus))
            default:
                let code =
                    "U+"
                    + hexadecimal(
                        UInt32(truncatingIfNeeded: number), digits: flags.precision ?? 4, uppercase: true)
                pad(flags.sharp && isPrintable(scalar) ? "\(code) '\(scalar)'" : code)
            }
            return
        default: return bad(verb, value)
        }
        if flags.precision == 0, number == 0 { return pad("", zeroPads: false) }
        var digits = String(number.magnitude, radix: radix, uppercase: verb == "X")
        let sign = number < 0 ? "-" : flags.plus ? "+" : flags.space ? " " : ""
        if let precision = flags.precision {
            digits = zeros(precision - digits.utf8.count) + digits
        } else if flags.zero, !flags.minus, let width = flags.width {
            digits = zeros(width - sign.utf8.count - digits.utf8.count) + digits
        }
        var prefix = ""
        if flags.sharp {
            switch verb {
            case "b": prefix = "0b"
            case "o": prefix = digits.hasPrefix("0") ? "" : "0"
            case "x": prefix = "0x"
            case "X": prefix = "0X"
            default: break
            }
        }
        if verb == "O" { prefix = "0o" }
        pad(sign + prefix + digits, zeroPads: false)
    }

    private mutating func float(_ number: Double, verb: Unicode.Scalar, _ value: TemplateValue) {
        var text: String
        switch verb {
        case "v": text = GoFloat.text(number, format: "g", precision: flags.precision)
        case "g", "G": text = GoFloat.text(number, format: Character(verb), precision: flags.precision)
        case "e", "E", "f", "F":
            text = GoFloat.text(
                number, format: verb == "F" ? "f" : Character(verb), precision: flags.precision ?? 6)
        case "x", "X": text = GoFloat.hexadecimal(number, precision: flags.precision, uppercase: verb == "X")
        case "b": text = GoFloat.binary(number)
        default: return bad(verb, value)
        }
        var sign = "+"
        if let first = text.first, first == "-" || first == "+" {
            sign = String(first)
            text.removeFirst()
        }
        // An infinity keeps its plus sign.
        if sign == "+", !flags.plus { sign = flags.space ? " " : number.isInfinite ? "+" : "" }
        if flags.sharp, verb != "b", number.isFinite { text = withPoint(text, verb: verb) }
        let zeroPads = flags.zero && !flags.minus && number.isFinite
        if zeroPads, let width = flags.width {
            text = zeros(width - sign.utf8.count - text.utf8.count) + text
        }
        pad(sign + text, zeroPads: false)
    }

    /// The `#` flag: always a point, and trailing zeros up to the precision.
    private func withPoint(_ text: String, verb: Unicode.Scalar) -> String {
        let split = text.firstIndex { "eEpP".contains($0) } ?? text.endIndex
        var mantissa = String(text[..<split])
        let tail = text[split...]
        var wanted = 0
        if verb == "g" || verb == "G" || verb == "v" {
            let significant = mantissa.drop { $0 == "0" || $0 == "." }.filter { $0 != "." }.count
            wanted = (flags.precision ?? 6) - max(significant, 1)
        }
        if !mantissa.contains(".") { mantissa += "." }
        return mantissa + zeros(wanted) + tail
    }

    private func zeros(_ count: Int) -> String { String(repeating: "0", count: max(0, count)) }

    /// Appends `text`, filled up to the width.
    private mutating func pad(_ text: String, zeroPads: Bool = true) {
        guard let width = flags.width else {
            output += text
            return
        }
        let missing = max(0, width - text.unicodeScalars.count)
        if flags.minus {
            output += text + String(repeating: " ", count: missing)
        } else {
            output += String(repeating: flags.zero && zeroPads ? "0" : " ", count: missing) + text
        }
    }
}
