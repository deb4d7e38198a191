import RegularExpressions

/// The replacement of `label_replace`: text with `$1`, `${1}`, `$name`, `${name}` and `$$`, as Go's `Regexp.Expand` reads
/// it. A group that the expression does not have stands for nothing; a `$` that begins no name stands for itself.
struct LabelTemplate {
    private enum Piece {
        case text(String)
        case group(Int)
    }

    private var pieces: [Piece] = []

    init(_ template: String, for expression: RegularExpression) {
        var rest = Substring(template)
        while let dollar = rest.firstIndex(of: "$") {
            append(rest[..<dollar])
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                append("$")
                rest = rest.dropFirst()
            } else if let name = Self.takeName(&rest) {
                appendGroup(name, of: expression)
            } else {
                append("$")
            }
        }
        append(rest)
    }

    private mutating func append(_ text: Substring) {
        if !text.isEmpty { pieces.append(.text(String(text))) }
    }

    private mutating func appendGroup(_ name: Substring, of expression: RegularExpression) {
        if name.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) {
            if let number = Int(name), number <= expression.groupCount { pieces.append(.group(number)) }
            return
        }
        for number in 1..<max(1, expression.groupCount + 1) where expression.groupName(number) == String(name)
        {
            pieces.append(.group(number))
            return
        }
    }

    /// The name at the start of `text`, in braces or up to the first character that is none of a name's.
    private static func takeName(_ text: inout Substring) -> Substring? {
        let isBraced = text.first == "{"
        let body = isBraced ? text.dropFirst() : text
        let name = body.prefix { character in
            character == "_" || character.isLetter || character.isNumber
        }
        if name.isEmpty { return nil }
        var rest = body[name.endIndex...]
        if isBraced {
            guard rest.first == "}" else { return nil }
            rest = rest.dropFirst()
        }
        text = rest
        return name
    }

    /// - Parameter groups: UTF-8 ranges in `text`, the whole match first.
    /// - Returns: cut off behind the piece that takes it past `countMax` bytes.
    func expanded(_ text: String, _ groups: [Range<Int>?], countMax: Int) -> String {
        var result = ""
        let utf8 = text.utf8
        for piece in pieces where result.utf8.count <= countMax {
            switch piece {
            case .text(let text): result += text
            case .group(let number):
                guard let range = groups[number] else { continue }
                let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
                let end = utf8.index(start, offsetBy: range.count)
                result += String(decoding: utf8[start..<end], as: UTF8.self)
            }
        }
        return result
    }
}
