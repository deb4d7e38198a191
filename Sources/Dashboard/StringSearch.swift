extension StringProtocol {
    /// The first place where `other` stands.
    func range(of other: String) -> Range<Index>? {
        guard let first = other.first else { return nil }
        var start = startIndex
        while let found = self[start...].firstIndex(of: first) {
            if self[found...].hasPrefix(other) {
                return found..<index(found, offsetBy: other.count)
            }
            start = index(after: found)
        }
        return nil
    }

    /// Every `other` replaced by `replacement`.
    func replacing(_ other: String, with replacement: String) -> String {
        var result = ""
        var rest = self[startIndex...]
        while let found = rest.range(of: other) {
            result += rest[..<found.lowerBound]
            result += replacement
            rest = rest[found.upperBound...]
        }
        return result + rest
    }

    /// Without white space at both ends.
    var trimmed: String {
        var text = self[startIndex...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
