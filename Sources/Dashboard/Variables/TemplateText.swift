/// A text with variables in it: `$name`, `${name}`, `${name.path:format}`, `[[name:format]]`.
enum TemplateText {
    /// One mention of a variable.
    struct Mention: Sendable, Hashable {
        var name: String
        /// What follows the name after a point: `labels.job` of `${__field.labels.job}`.
        var path: String?
        /// What follows a colon: `regex`, `date:iso`.
        var format: String?
    }

    /// `text` with every mention replaced by what `value` gives; one it knows nothing of stays as it is.
    static func replacing(_ text: String, _ value: (Mention) -> String?) -> String {
        // Most texts have none: then nothing is copied.
        guard text.utf8.contains(where: { $0 == 0x24 || $0 == 0x5b }) else { return text }
        var result = ""
        scan(text) { piece in
            switch piece {
            case .plain(let plain): result += plain
            case .mention(let mention, let source): result += value(mention) ?? String(source)
            }
        }
        return result
    }

    /// The variables that `text` mentions, in order.
    static func mentions(in text: String) -> [Mention] {
        var found: [Mention] = []
        scan(text) { if case .mention(let mention, _) = $0 { found.append(mention) } }
        return found
    }

    private enum Piece {
        case plain(Substring)
        case mention(Mention, source: Substring)
    }

    private static func scan(_ text: String, _ body: (Piece) -> Void) {
        var index = text.startIndex
        var plainStart = index
        while index < text.endIndex {
            let found: (Mention, end: String.Index)? =
                switch text[index] {
                case "$": dollar(text, index)
                case "[": brackets(text, index)
                default: nil
                }
            guard let (mention, end) = found else {
                index = text.index(after: index)
                continue
            }
            if plainStart < index { body(.plain(text[plainStart..<index])) }
            body(.mention(mention, source: text[index..<end]))
            index = end
            plainStart = end
        }
        if plainStart < text.endIndex { body(.plain(text[plainStart...])) }
    }

    private static func dollar(_ text: String, _ start: String.Index) -> (Mention, end: String.Index)? {
        let next = text.index(after: start)
        guard next < text.endIndex else { return nil }
        if text[next] == "{" {
            let inside = text.index(after: next)
            guard let close = text[inside...].firstIndex(of: "}") else { return nil }
            let body = text[inside..<close]
            let name = body.prefix(while: isWord)
            guard !name.isEmpty else { return nil }
            var rest = body[name.endIndex...]
            var path: String?
            if rest.first == "." || rest.first == "[" {
                if rest.first == "." { rest = rest.dropFirst() }
                let text = rest.prefix { $0 != ":" }
                path = String(text)
                rest = rest[text.endIndex...]
            }
            var format: String?
            if rest.first == ":" {
                format = String(rest.dropFirst())
                rest = rest.suffix(0)
            }
            guard rest.isEmpty else { return nil }
            return (Mention(name: String(name), path: path, format: format), text.index(after: close))
        }
        let name = text[next...].prefix(while: isWord)
        guard !name.isEmpty else { return nil }
        return (Mention(name: String(name), path: nil, format: nil), name.endIndex)
    }

    private static func brackets(_ text: String, _ start: String.Index) -> (Mention, end: String.Index)? {
        let second = text.index(after: start)
        guard second < text.endIndex, text[second] == "[" else { return nil }
        let inside = text.index(after: second)
        let name = text[inside...].prefix(while: isWord)
        guard !name.isEmpty else { return nil }
        var rest = text[name.endIndex...]
        var format: String?
        if rest.first == ":" {
            let word = rest.dropFirst().prefix(while: isWord)
            format = String(word)
            rest = text[word.endIndex...]
        }
        guard rest.hasPrefix("]]") else { return nil }
        return (
            Mention(name: String(name), path: nil, format: format), rest.index(rest.startIndex, offsetBy: 2)
        )
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}
