/// Takes what must not be kept out of texts that people and libraries write around messages. Bodies are kept as they came.
enum Redaction {
    static let mark = "[redacted]"

    /// `text` without user names and passwords in URLs: `amqp://me:secret@host` becomes `amqp://[redacted]@host`.
    static func redacted(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return withoutAssignments(text) }
        var result = ""
        var rest = Substring(text)
        while let scheme = firstRange(of: "://", in: rest) {
            result += rest[..<scheme.upperBound]
            rest = rest[scheme.upperBound...]
            let authority = rest.prefix { !" /?#\"'<>".contains($0) && !$0.isNewline }
            if let at = authority.lastIndex(of: "@") {
                result += mark
                rest = rest[at...]
            }
        }
        return withoutAssignments(result + rest)
    }

    /// `text` without the values of `password=…` and the like.
    private static func withoutAssignments(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "=")) else { return text }
        var result = ""
        var word = ""
        var rest = Substring(text)
        while let character = rest.first {
            rest.removeFirst()
            result.append(character)
            if character == "=", isSecret(word) {
                let value = rest.prefix { !" &;,\"'".contains($0) && !$0.isNewline }
                if !value.isEmpty { result += mark }
                rest = rest[value.endIndex...]
            }
            if character.isLetter || character.isNumber || character == "_" || character == "-" {
                word.append(character)
            } else {
                word = ""
            }
        }
        return result
    }

    /// Whether something of this name is likely to be a secret.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["pass", "secret", "token", "auth", "key", "cookie"].contains {
            firstRange(of: $0, in: name[...]) != nil
        }
    }

    private static func firstRange(of part: String, in text: Substring) -> Range<Substring.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(part) {
                return start..<text.index(start, offsetBy: part.count)
            }
            start = text.index(after: start)
        }
        return nil
    }
}
