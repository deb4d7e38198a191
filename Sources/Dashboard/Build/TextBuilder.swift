import DisplayText

/// Turns the Markdown and HTML of text panels into lines.
enum TextBuilder {
    /// Lines of one panel.
    static let linesMax = 500

    static func build(_ options: TextOptions, scope: VariableScope) -> TextView {
        let text = scope.replacing(options.content, standard: .text)
        var lines: [TextView.Line]
        switch options.mode {
        case .code:
            lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
                .code(SafeText(String($0)))
            }
        case .markdown: lines = markdown(text)
        case .html: lines = html(text)
        }
        while lines.first == .blank { lines.removeFirst() }
        while lines.last == .blank { lines.removeLast() }
        if lines.count > linesMax { lines.removeLast(lines.count - linesMax) }
        return TextView(lines: lines)
    }

    // MARK: Markdown

    private static func markdown(_ text: String) -> [TextView.Line] {
        // Markdown may hold HTML, and many panels hold little else.
        if text.range(of: "</") != nil || text.range(of: "/>") != nil || text.range(of: "<br>") != nil {
            let tags = html(text, keepsLines: true)
            return tags.flatMap { line -> [TextView.Line] in
                if case .paragraph(let text) = line { return markdownLines(text.string) }
                return [line]
            }
        }
        return markdownLines(text)
    }

    private static func markdownLines(_ text: String) -> [TextView.Line] {
        var lines: [TextView.Line] = []
        var isCode = false
        for raw in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let line = raw.trimmed
            if line.hasPrefix("```") || line.hasPrefix("~~~") {
                isCode.toggle()
            } else if isCode {
                lines.append(.code(SafeText(String(raw))))
            } else if line.isEmpty {
                if lines.last != .blank { lines.append(.blank) }
            } else if line.first == "#" {
                let title = line.drop { $0 == "#" }
                lines.append(.heading(SafeText(inline(title.trimmed.trimmingSuffix("#")))))
            } else if let item = listItem(line) {
                lines.append(.item(SafeText(inline(item))))
            } else if line.count >= 3, line.allSatisfy({ "-*_= ".contains($0) }) {
                if lines.last != .blank { lines.append(.blank) }
            } else if line.first == "|" {
                // A table's rule says nothing without its lines.
                if line.contains(where: { $0.isLetter || $0.isNumber }) {
                    let cells = line.split(separator: "|").map(\.trimmed)
                    lines.append(.paragraph(SafeText(inline(cells.joined(separator: "  ")))))
                }
            } else {
                let quote = line.first == ">" ? line.dropFirst().trimmed : line
                lines.append(.paragraph(SafeText(inline(quote))))
            }
        }
        return lines
    }

    private static func listItem(_ line: String) -> String? {
        if let first = line.first, "-*+".contains(first), line.dropFirst().first == " " {
            return line.dropFirst(2).trimmed
        }
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        let rest = line.dropFirst(digits.count)
        guard !digits.isEmpty, digits.count < 4, rest.hasPrefix(". ") || rest.hasPrefix(") ") else {
            return nil
        }
        return "\(digits). " + rest.dropFirst(2).trimmed
    }

    /// Without the marks of emphasis and code; links as their text, pictures as their description.
    static func inline(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let first = rest.first {
            switch first {
            case "\\":
                rest.removeFirst()
                if let next = rest.popFirst() { result.append(next) }
            case "*", "`", "~":
                rest.removeFirst()
            case "_":
                // Inside of a word it is a letter: metric names are full of them.
                rest.removeFirst()
                let before = result.last.map { $0.isLetter || $0.isNumber } ?? false
                let after = rest.first.map { $0.isLetter || $0.isNumber } ?? false
                if before && after { result.append("_") }
            case "!" where rest.dropFirst().first == "[":
                rest.removeFirst()
            case "[":
                guard let close = rest.firstIndex(of: "]"), rest[rest.index(after: close)...].first == "(",
                    let end = rest[close...].firstIndex(of: ")")
                else {
                    result.append(rest.removeFirst())
                    continue
                }
                result += inline(String(rest[rest.index(after: rest.startIndex)..<close]))
                rest = rest[rest.index(after: end)...]
            default: result.append(rest.removeFirst())
            }
        }
        return result
    }

    // MARK: HTML

    private static let silent: Set<String> = ["script", "style", "head", "title", "svg", "iframe"]
    private static let blocks: Set<String> = [
        "p", "div", "br", "tr", "table", "ul", "ol", "section", "header", "footer", "article", "hr", "center",
        "blockquote", "dl", "dt", "dd", "form", "nav", "main", "body", "html",
    ]

    private enum LineKind {
        case paragraph, heading, item, code

        func line(_ text: SafeText) -> TextView.Line {
            switch self {
            case .paragraph: .paragraph(text)
            case .heading: .heading(text)
            case .item: .item(text)
            case .code: .code(text)
            }
        }
    }

    private static func html(_ text: String, keepsLines: Bool = false) -> [TextView.Line] {
        var lines: [TextView.Line] = []
        var current = ""
        var kind = LineKind.paragraph
        var silence: String?
        func flush() {
            let parts =
                keepsLines
                ? current.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
                : [squeezed(current)]
            for part in parts {
                let trimmed = part.trimmed
                if !trimmed.isEmpty {
                    lines.append(kind.line(SafeText(keepsLines ? part : trimmed)))
                } else if keepsLines {
                    lines.append(.paragraph(""))
                }
            }
            current = ""
        }
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "<") {
            if silence == nil { current += entities(rest[..<open]) }
            if rest[open...].hasPrefix("<!--") {
                guard let end = rest[open...].range(of: "-->") else {
                    rest = ""
                    break
                }
                rest = rest[end.upperBound...]
                continue
            }
            guard let close = rest[open...].firstIndex(of: ">") else {
                current += rest[open...]
                rest = ""
                break
            }
            let tag = rest[rest.index(after: open)..<close]
            let isEnd = tag.first == "/"
            let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
            rest = rest[rest.index(after: close)...]
            if let silenced = silence {
                if isEnd && name == silenced { silence = nil }
                continue
            }
            if silent.contains(name) {
                if !isEnd && tag.last != "/" { silence = name }
            } else if name.count == 2, name.first == "h", name.last?.isNumber == true {
                flush()
                kind = isEnd ? .paragraph : .heading
            } else if name == "li" {
                flush()
                kind = isEnd ? .paragraph : .item
            } else if name == "pre" {
                flush()
                kind = isEnd ? .paragraph : .code
            } else if blocks.contains(name) {
                flush()
                if name == "p" && isEnd || name == "hr" { lines.append(.blank) }
            } else if name == "td" || name == "th" {
                if isEnd { current += "  " }
            } else if name == "img", let alt = attribute("alt", tag) {
                current += "[\(alt)]"
            } else if name.isEmpty {
                current += "<" + tag + ">"
            }
        }
        if silence == nil { current += entities(rest) }
        flush()
        return lines
    }

    private static func attribute(_ name: String, _ tag: Substring) -> String? {
        guard let found = tag.range(of: name + "=\"") else { return nil }
        let value = tag[found.upperBound...].prefix { $0 != "\"" }
        return value.isEmpty ? nil : entities(value)
    }

    private static func squeezed(_ text: String) -> String {
        var result = ""
        for character in text {
            if character.isWhitespace {
                if result.last != " " { result.append(" ") }
            } else {
                result.append(character)
            }
        }
        return result
    }

    private static let named: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "mdash": "—", "ndash": "–",
        "hellip": "…", "middot": "·", "bull": "•", "copy": "©", "deg": "°", "larr": "←", "rarr": "→",
        "times": "×",
    ]

    static func entities(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        var result = ""
        var rest = text
        while let mark = rest.firstIndex(of: "&") {
            result += rest[..<mark]
            let body = rest[rest.index(after: mark)...]
            guard let end = body.prefix(10).firstIndex(of: ";") else {
                result.append("&")
                rest = body
                continue
            }
            let name = body[..<end]
            var replacement = named[String(name)]
            if name.first == "#" {
                let digits = name.dropFirst()
                let number =
                    digits.first == "x" || digits.first == "X"
                    ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
                replacement = number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
            }
            if let replacement {
                result += replacement
                rest = body[body.index(after: end)...]
            } else {
                result.append("&")
                rest = body
            }
        }
        return result + rest
    }
}

extension String {
    func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text.trimmed
    }
}
