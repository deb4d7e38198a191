/// The order in which people put texts with numbers in them: `node2` before `node10`.
///
/// Source: `github.com/facette/natsort`, which Prometheus' `sort_by_label` uses: texts are cut where digits begin and end;
/// pieces of digits compare as numbers, others as bytes.
enum NaturalOrder {
    /// Whether `a` comes before `b`.
    static func isLess(_ a: String, _ b: String) -> Bool {
        let left = pieces(a)
        let right = pieces(b)
        var hasFewerZeros = false
        for (x, y) in zip(left, right) where x != y {
            guard let number = number(x), let other = self.number(y) else {
                return x.lexicographicallyPrecedes(y)
            }
            if number != other { return number < other }
            // The same number with other zeros in front: that decides only when nothing else does.
            hasFewerZeros = x.count < y.count
        }
        return left.count == right.count ? hasFewerZeros : left.count < right.count
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func pieces(_ text: String) -> [ArraySlice<UInt8>] {
        let bytes = Array(text.utf8)
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        for index in bytes.indices.dropFirst() where isDigit(bytes[index]) != isDigit(bytes[index - 1]) {
            pieces.append(bytes[start..<index])
            start = index
        }
        if start < bytes.count { pieces.append(bytes[start...]) }
        return pieces
    }

    /// `nil` for what is no number, or one that is too large: that compares as bytes.
    private static func number(_ piece: ArraySlice<UInt8>) -> UInt64? {
        guard let first = piece.first, isDigit(first) else { return nil }
        return UInt64(String(decoding: piece, as: UTF8.self))
    }
}
