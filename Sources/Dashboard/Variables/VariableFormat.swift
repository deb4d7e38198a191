/// The value of a variable at the moment of use.
struct VariableValue: Sendable, Hashable {
    /// One value, or several of a variable that allows it.
    var values: [String]
    /// What the values are called.
    var texts: [String]
    /// Whether the variable may have several values or "All": then a query gets an escaped alternation.
    var isMulti: Bool
    /// The dashboard's own text for "All", put into queries as it is.
    var isOwnAll = false

    init(_ values: [String], texts: [String]? = nil, isMulti: Bool = false) {
        self.values = values
        self.texts = texts ?? values
        self.isMulti = isMulti
    }

    init(_ value: String) { self.init([value]) }
}

/// The ways in which the values of a variable become text.
enum VariableFormat {
    /// How a mention without a format of its own is written.
    enum Standard: Sendable {
        /// In PromQL: escaped for a regular expression inside a string when there may be several.
        case query
        /// In titles and texts: the names, joined by ` + `.
        case text
        /// Elsewhere: `{a,b}`.
        case glob
    }

    /// - Parameters:
    ///   - format: from the mention; `nil` or unknown takes the standard.
    ///   - name: of the variable, for `queryparam`.
    static func text(
        _ value: VariableValue, format: String?, standard: Standard, name: String
    ) -> String {
        let values = value.values
        if value.isOwnAll, format != "text", format != "percentencode", !(format == nil && standard == .text)
        {
            return values.joined(separator: ",")
        }
        switch format {
        case "regex":
            if values.count == 1 { return escapedForRegex(values[0]) }
            return "(" + values.map(escapedForRegex).joined(separator: "|") + ")"
        case "pipe": return values.joined(separator: "|")
        case "csv", "raw": return values.joined(separator: ",")
        case "text": return value.texts.joined(separator: " + ")
        case "glob": return glob(values)
        case "json":
            return value.isMulti
                ? "[" + values.map(quoted).joined(separator: ",") + "]" : quoted(values.first ?? "")
        case "singlequote":
            return values.map { "'" + $0.replacing("'", with: "\\'") + "'" }.joined(separator: ",")
        case "doublequote":
            return values.map { "\"" + $0.replacing("\"", with: "\\\"") + "\"" }.joined(separator: ",")
        case "sqlstring":
            return values.map { "'" + $0.replacing("'", with: "''") + "'" }.joined(separator: ",")
        case "percentencode", "uriencode": return percentEncoded(glob(values))
        case "queryparam":
            return values.map { "var-\(name)=\(percentEncoded($0))" }.joined(separator: "&")
        case "customqueryparam":
            return values.map { "\(name)=\(percentEncoded($0))" }.joined(separator: "&")
        case "lucene":
            if values.count == 1 { return escapedForLucene(values[0]) }
            return values.isEmpty
                ? "__empty__"
                : "(" + values.map { "\"" + escapedForLucene($0) + "\"" }.joined(separator: " OR ") + ")"
        case "distributed":
            return values.enumerated().map { $0 == 0 ? $1 : "\(name)=\($1)" }.joined(separator: ",")
        case "join": return values.joined(separator: ",")
        default:
            if let format, format.hasPrefix("join:") {
                return values.joined(separator: String(format.dropFirst(5)))
            }
            switch standard {
            case .query: return forQuery(value)
            case .text: return value.texts.joined(separator: " + ")
            case .glob: return glob(values)
            }
        }
    }

    /// Every format that is known by name.
    static let names: Set<String> = [
        "regex", "pipe", "csv", "raw", "text", "glob", "json", "singlequote", "doublequote", "sqlstring",
        "percentencode", "uriencode", "queryparam", "customqueryparam", "lucene", "distributed", "join",
        "date",
    ]

    private static func glob(_ values: [String]) -> String {
        values.count == 1 ? values[0] : "{" + values.joined(separator: ",") + "}"
    }

    /// As Grafana puts values into PromQL: a variable that can have one value stands as it is, its backslashes
    /// escaped; one that can have several becomes an alternation with every part escaped for a regular
    /// expression that itself stands in a PromQL string.
    private static func forQuery(_ value: VariableValue) -> String {
        guard value.isMulti else {
            // Quotes stay: a variable may hold a whole matcher.
            return (value.values.first ?? "").replacing("\\", with: "\\\\")
        }
        let escaped = value.values.map(escapedForRegexInString)
        return escaped.count == 1 ? escaped[0] : "(" + escaped.joined(separator: "|") + ")"
    }

    private static let special: Set<Character> = [
        "$", "^", "*", "{", "}", "[", "]", "'", "+", "?", ".", "(", ")", "|",
    ]

    private static func escapedForRegexInString(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "\\" {
                result += "\\\\\\\\"
            } else if character == "\"" {
                result += "\\\""
            } else if character == "'" {
                // An apostrophe means nothing to a regular expression; RE2 would refuse the escape.
                result += "'"
            } else {
                if special.contains(character) { result += "\\\\" }
                result.append(character)
            }
        }
        return result
    }

    /// `text` such that a regular expression matches it and nothing else.
    static func escapedForRegex(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "\\" || special.contains(character) && character != "'" {
                result += "\\"
            }
            result.append(character)
        }
        return result
    }

    private static func escapedForLucene(_ text: String) -> String {
        var result = ""
        for character in text {
            if "+-=&|><!(){}[]^\"~*?:\\/ ".contains(character) { result += "\\" }
            result.append(character)
        }
        return result
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    static func percentEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}
