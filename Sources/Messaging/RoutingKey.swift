/// The routing key of a message: `metrics.<tenant>.<plane>.<kind>.<source>`.
///
/// The tenant is the second word because brokers grant permissions by prefix: whoever may publish `metrics.acme.#` can
/// speak for no other tenant. Words after the fifth are allowed and mean nothing yet.
package struct RoutingKey: Sendable, Hashable, CustomStringConvertible {
    /// What part of a plane the message is about.
    package enum Kind: String, Sendable, CaseIterable {
        case airflow, spark, beam, host, log, lineage, collector
    }

    package static let bytesMax = 255
    package static let wordBytesMax = 63
    package static let firstWord = "metrics"

    /// The whole key.
    package let text: String
    package let tenant: String
    package let plane: String
    package let kind: Kind
    /// `dag`, `task`, `streaming`, …
    package let source: String

    package var description: String { text }

    /// - Throws: which word breaks which rule.
    package init(_ text: String) throws(Refusal) {
        guard text.utf8.count <= Self.bytesMax else {
            throw Refusal(
                .routingKey,
                "the routing key has \(text.utf8.count) bytes; at most \(Self.bytesMax) are allowed")
        }
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count >= 5, words[0] == Self.firstWord else {
            throw Refusal(
                .routingKey,
                "routing key `\(text)` is not of the form metrics.<tenant>.<plane>.<kind>.<source>")
        }
        for index in 1..<5 where !Self.isWord(words[index]) {
            throw Refusal(
                .routingKey,
                "word \(index + 1) of routing key `\(text)` is not \(Self.wordRule)")
        }
        guard let kind = Kind(rawValue: String(words[3])) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal(.routingKey, "`\(words[3])` in routing key `\(text)` is none of \(known)")
        }
        self.text = text
        tenant = String(words[1])
        plane = String(words[2])
        self.kind = kind
        source = String(words[4])
    }

    /// The key for these names, characters that a word cannot have replaced as producers do.
    package init(tenant: String, plane: String, kind: Kind, source: String) {
        self.tenant = Self.word(tenant)
        self.plane = Self.word(plane)
        self.kind = kind
        self.source = Self.word(source)
        text = "\(Self.firstWord).\(self.tenant).\(self.plane).\(kind.rawValue).\(self.source)"
    }

    /// `name` as a word of a key: lower case, every other character a `-`, cut to the limit.
    ///
    /// The original name belongs into a label.
    package static func word(_ name: String) -> String {
        var word = ""
        for scalar in name.lowercased().unicodeScalars.prefix(wordBytesMax) {
            let isPlain = scalar.isASCII && isWordByte(UInt8(scalar.value))
            // A word begins with a letter or a digit.
            if isPlain, !word.isEmpty || (scalar != "-" && scalar != "_") {
                word.unicodeScalars.append(scalar)
            } else {
                word += word.isEmpty ? "x-" : "-"
            }
        }
        return word.isEmpty ? "x" : String(word.prefix(wordBytesMax))
    }

    private static let wordRule =
        "1 to 63 characters of a-z, 0-9, `-` and `_` that begin with a letter or digit"

    private static func isWord(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "_") else {
            return false
        }
        return text.utf8.count <= wordBytesMax && text.utf8.allSatisfy(isWordByte)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
