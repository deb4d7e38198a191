/// The texts that a regular expression matches as a whole, when it is nothing but a choice of literal texts.
///
/// Dashboards write `status=~"500|503"` and Grafana joins the values of a variable so, with punctuation escaped:
/// such a matcher needs look-ups, not a regular expression over every value.
struct LiteralAlternatives {
    static let countMax = 256

    private let pattern: [UInt8]
    private var position = 0

    /// `nil` when `pattern` is more than letters, escaped punctuation, `|`, groups and plain classes, or stands for
    /// more than `countMax` texts.
    static func of(_ pattern: String) -> [[UInt8]]? {
        var parser = LiteralAlternatives(pattern: Array(pattern.utf8))
        guard let texts = parser.alternatives(depth: 0), parser.position == parser.pattern.count else {
            return nil
        }
        return texts
    }

    private init(pattern: [UInt8]) { self.pattern = pattern }

    private var current: UInt8? { position < pattern.count ? pattern[position] : nil }

    private mutating func alternatives(depth: Int) -> [[UInt8]]? {
        guard depth < 8, var texts = sequence(depth: depth) else { return nil }
        while current == UInt8(ascii: "|") {
            position += 1
            guard let more = sequence(depth: depth), texts.count + more.count <= Self.countMax else {
                return nil
            }
            texts += more
        }
        return texts
    }

    private mutating func sequence(depth: Int) -> [[UInt8]]? {
        var texts: [[UInt8]] = [[]]
        while let byte = current, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            let parts: [[UInt8]]
            switch byte {
            case UInt8(ascii: "("):
                position += 1
                if current == UInt8(ascii: "?") {
                    guard position + 1 < pattern.count, pattern[position + 1] == UInt8(ascii: ":") else {
                        return nil
                    }
                    position += 2
                }
                guard let inner = alternatives(depth: depth + 1), current == UInt8(ascii: ")") else {
                    return nil
                }
                position += 1
                parts = inner
            case UInt8(ascii: "["):
                guard let choices = characterClass() else { return nil }
                parts = choices
            case UInt8(ascii: "\\"):
                position += 1
                // An escaped letter or digit has a meaning of its own.
                guard let escaped = current, Self.isPunctuation(escaped) else { return nil }
                position += 1
                parts = [[escaped]]
            case _ where Self.isMeta(byte): return nil
            default:
                position += 1
                parts = [[byte]]
            }
            guard texts.count * parts.count <= Self.countMax else { return nil }
            if parts.count == 1 {
                for index in texts.indices { texts[index] += parts[0] }
            } else {
                texts = texts.flatMap { text in parts.map { text + $0 } }
            }
        }
        return texts
    }

    /// A class of single ASCII letters and digits, such as `[45]` or `[a-f]`.
    private mutating func characterClass() -> [[UInt8]]? {
        position += 1
        var choices: [[UInt8]] = []
        while let byte = current, byte != UInt8(ascii: "]") {
            guard Self.isAlphanumeric(byte) else { return nil }
            position += 1
            var last = byte
            if current == UInt8(ascii: "-") {
                position += 1
                guard let end = current, Self.isAlphanumeric(end), end >= byte else { return nil }
                position += 1
                last = end
            }
            for choice in byte...last { choices.append([choice]) }
        }
        guard current != nil, !choices.isEmpty else { return nil }
        position += 1
        return choices
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && !isAlphanumeric(byte)
    }

    private static func isMeta(_ byte: UInt8) -> Bool { ".*+?^$[]{}()|\\".utf8.contains(byte) }
}
