/// A binding key of a topic exchange: words between dots, `*` for one word, `#` for any number.
///
/// A stream holds what all its bindings brought; this picks what our own bindings would have.
package struct TopicPattern: Sendable, Equatable {
    private let words: [[UInt8]]

    package init(_ key: String) {
        words = key.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
    }

    /// Whether the exchange would route `routingKey` to this binding.
    package func matches(_ routingKey: String) -> Bool {
        var text = routingKey
        return text.withUTF8 { key in
            let parts = key.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return matches(parts)
        }
    }

    // The newest `#` is the only place to come back to: what earlier ones swallowed, a later one could as well.
    private func matches(_ parts: [Slice<UnsafeBufferPointer<UInt8>>]) -> Bool {
        var (word, part) = (0, 0)
        var retry: (word: Int, part: Int)?
        while part < parts.count {
            if word < words.count, words[word] == [UInt8(ascii: "#")] {
                retry = (word + 1, part)
                word += 1
            } else if word < words.count,
                words[word] == [UInt8(ascii: "*")] || words[word].elementsEqual(parts[part])
            {
                word += 1
                part += 1
            } else if let last = retry {
                retry = (last.word, last.part + 1)
                (word, part) = (last.word, last.part + 1)
            } else {
                return false
            }
        }
        return words[word...].allSatisfy { $0 == [UInt8(ascii: "#")] }
    }
}
