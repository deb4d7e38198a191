/// Some of the labels that a series may have, chosen by name once a query and then taken from each series as bytes.
///
/// What it appends for two series is equal exactly when the chosen labels of both are equal, and it is itself the
/// encoding of a `LabelSet`: `LabelSet(encoded:)` of it holds the chosen labels.
package struct LabelSelection: Sendable {
    /// UTF-8 of the names, strictly ascending.
    private let names: [[UInt8]]
    /// Only the labels named, or all others.
    private let keeps: Bool

    /// Only the labels among `names`.
    package init(keeping names: some Sequence<String>) {
        self.names = Self.sorted(names)
        keeps = true
    }

    /// All labels but those among `names`.
    package init(dropping names: some Sequence<String>) {
        self.names = Self.sorted(names)
        keeps = false
    }

    private static func sorted(_ names: some Sequence<String>) -> [[UInt8]] {
        Set(names.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Whether every series has the same, empty key.
    package var isEmpty: Bool { keeps && names.isEmpty }

    /// Appends the chosen labels of `labels` to `key`.
    package func append(from labels: LabelSet, to key: inout [UInt8]) {
        if isEmpty { return }
        labels.bytes.withUnsafeBufferPointer { all in
            var cursor = LabelCursor(all)
            var next = 0
            var start = 0
            // Labels that follow one another and are kept are copied as one piece.
            var pieceStart = 0
            while cursor.next() {
                var isNamed = false
                while next < names.count {
                    let order = names[next].withUnsafeBufferPointer { compareBytes($0, cursor.name) }
                    if order > 0 { break }
                    next += 1
                    if order == 0 {
                        isNamed = true
                        break
                    }
                }
                if isNamed != keeps {
                    if pieceStart < start { key.append(contentsOf: all[pieceStart..<start]) }
                    pieceStart = cursor.offset
                }
                start = cursor.offset
                if keeps && next == names.count { break }
            }
            if pieceStart < start { key.append(contentsOf: all[pieceStart..<start]) }
        }
    }

    /// The chosen labels of `labels`.
    package func labels(from labels: LabelSet) -> LabelSet {
        var key: [UInt8] = []
        key.reserveCapacity(labels.bytes.count)
        append(from: labels, to: &key)
        return LabelSet(encoded: key)
    }
}

extension LabelSelection {
    /// What names a metric and says what it is: dropped wherever a query changes what the values mean.
    package static let metadataNames = ["__name__", "__type__", "__unit__"]
    /// All labels but the metric's name, type and unit.
    package static let withoutMetadata = LabelSelection(dropping: metadataNames)
}

extension LabelSet {
    /// The labels of two encodings that have no name in common.
    package init(merging a: [UInt8], _ b: [UInt8]) {
        if b.isEmpty || a.isEmpty {
            self.init(encoded: b.isEmpty ? a : b)
            return
        }
        var merged: [UInt8] = []
        merged.reserveCapacity(a.count + b.count)
        a.withUnsafeBufferPointer { left in
            b.withUnsafeBufferPointer { right in
                var (l, r) = (LabelCursor(left), LabelCursor(right))
                var (hasLeft, hasRight) = (l.next(), r.next())
                var (leftStart, rightStart) = (0, 0)
                while hasLeft || hasRight {
                    if hasLeft && (!hasRight || compareBytes(l.name, r.name) < 0) {
                        merged.append(contentsOf: left[leftStart..<l.offset])
                        leftStart = l.offset
                        hasLeft = l.next()
                    } else {
                        merged.append(contentsOf: right[rightStart..<r.offset])
                        rightStart = r.offset
                        hasRight = r.next()
                    }
                }
            }
        }
        self.init(encoded: merged)
    }

    /// All labels in braces, the metric's name among them: `{__name__="up", job="api"}`, as Prometheus' messages do.
    package var bracedDescription: String {
        "{" + labels.map { "\($0.name)=\(quoted($0.value))" }.joined(separator: ", ") + "}"
    }
}
