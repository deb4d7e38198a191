/// One label: a name and its value.
package struct Label: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The identity of a series: its labels, the metric name among them as `__name__`.
///
/// Invariant: names strictly ascend by their UTF-8 bytes and no value is empty, so equal sets have equal bytes.
/// One allocation a set: lengths and UTF-8 one after another (name length, name, value length, value, …; lengths are
/// LEB128), because a plane with 100,000 series keeps 100,000 of these.
package struct LabelSet: Sendable, Hashable {
    package static let metricName = "__name__"
    package static let empty = LabelSet()

    @usableFromInline package let bytes: [UInt8]

    package init() { bytes = [] }

    /// Sorts; drops empty values; of labels with the same name the last one counts.
    package init(_ labels: some Sequence<Label>) {
        var builder = LabelSetBuilder()
        for label in labels { builder.set(label.name, label.value) }
        self = builder.labels()
    }

    package init(_ labels: KeyValuePairs<String, String>) {
        self.init(labels.lazy.map { Label($0.key, $0.value) })
    }

    /// - Parameter bytes: in the form described above, sorted and without empty values.
    package init(encoded bytes: [UInt8]) { self.bytes = bytes }

    package var isEmpty: Bool { bytes.isEmpty }

    package var count: Int {
        var count = 0
        forEachLabel { _, _ in count += 1 }
        return count
    }

    /// The value of label `name`; `nil` when the set has no such label.
    package subscript(name: String) -> String? {
        var name = name
        return name.withUTF8 { wanted in
            withValue(named: wanted) { $0.map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    /// Calls `body` with the UTF-8 of the value of label `name`, or with `nil` when there is none.
    package func withValue<Result>(
        named name: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>?) -> Result
    ) -> Result {
        bytes.withUnsafeBufferPointer { all in
            var cursor = LabelCursor(all)
            while cursor.next() {
                let order = compareBytes(cursor.name, name)
                if order == 0 { return body(cursor.value) }
                if order > 0 { break }
            }
            return body(nil)
        }
    }

    /// Calls `body` with the UTF-8 of each name and value, in ascending order of names.
    package func forEachLabel(
        _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) {
        bytes.withUnsafeBufferPointer { all in
            var cursor = LabelCursor(all)
            while cursor.next() { body(cursor.name, cursor.value) }
        }
    }

    /// The labels in ascending order of names.
    package var labels: [Label] {
        var labels: [Label] = []
        forEachLabel { name, value in
            labels.append(
                Label(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return labels
    }

    package var name: String? { self[Self.metricName] }

    /// Only the labels whose name is among `names`.
    package func keeping(_ names: Set<String>) -> LabelSet {
        filtered { names.contains($0) }
    }

    /// Without the labels whose name is among `names`.
    package func dropping(_ names: Set<String>) -> LabelSet {
        filtered { !names.contains($0) }
    }

    package var withoutName: LabelSet {
        bytes.withUnsafeBufferPointer { all in
            var cursor = LabelCursor(all)
            var start = 0
            while cursor.next() {
                if cursor.name.elementsEqual(Self.metricName.utf8) {
                    return LabelSet(encoded: Array(all[..<start]) + Array(all[cursor.offset...]))
                }
                start = cursor.offset
            }
            return self
        }
    }

    /// With label `name` set to `value`; an empty value removes it.
    package func setting(_ name: String, _ value: String) -> LabelSet {
        var builder = LabelSetBuilder(self)
        builder.set(name, value)
        return builder.labels()
    }

    private func filtered(_ keep: (String) -> Bool) -> LabelSet {
        bytes.withUnsafeBufferPointer { all in
            var kept: [UInt8] = []
            kept.reserveCapacity(all.count)
            var cursor = LabelCursor(all)
            var start = 0
            while cursor.next() {
                if keep(String(decoding: cursor.name, as: UTF8.self)) {
                    kept.append(contentsOf: all[start..<cursor.offset])
                }
                start = cursor.offset
            }
            return LabelSet(encoded: kept)
        }
    }
}

/// Order as in Prometheus: by name, then value, label by label; a prefix comes first.
extension LabelSet: Comparable {
    package static func < (a: LabelSet, b: LabelSet) -> Bool {
        a.bytes.withUnsafeBufferPointer { left in
            b.bytes.withUnsafeBufferPointer { right in
                var l = LabelCursor(left)
                var r = LabelCursor(right)
                while true {
                    switch (l.next(), r.next()) {
                    case (false, let more): return more
                    case (true, false): return false
                    case (true, true):
                        let names = compareBytes(l.name, r.name)
                        if names != 0 { return names < 0 }
                        let values = compareBytes(l.value, r.value)
                        if values != 0 { return values < 0 }
                    }
                }
            }
        }
    }
}

extension LabelSet: CustomStringConvertible {
    /// Prometheus' notation: `name{a="b", c="d"}`, `{}` for the empty set.
    package var description: String {
        var name = ""
        var parts: [String] = []
        for label in labels {
            if label.name == Self.metricName {
                name = label.value
            } else {
                parts.append("\(label.name)=\(quoted(label.value))")
            }
        }
        if parts.isEmpty && !name.isEmpty { return name }
        return "\(name){\(parts.joined(separator: ", "))}"
    }
}

extension LabelSet: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.lazy.map { Label($0.0, $0.1) })
    }
}

/// Collects labels for a `LabelSet`.
package struct LabelSetBuilder {
    private var entries: [Label]

    package init(_ base: LabelSet = .empty) { entries = base.labels }

    /// Sets label `name`; an empty `value` removes it, as in Prometheus.
    package mutating func set(_ name: String, _ value: String) {
        entries.removeAll { $0.name == name }
        if !value.isEmpty { entries.append(Label(name, value)) }
    }

    package mutating func remove(_ name: String) { entries.removeAll { $0.name == name } }

    package func labels() -> LabelSet {
        var bytes: [UInt8] = []
        for entry in entries.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            LabelCursor.append(entry.name.utf8, to: &bytes)
            LabelCursor.append(entry.value.utf8, to: &bytes)
        }
        return LabelSet(encoded: bytes)
    }
}

/// Walks the encoded bytes of a `LabelSet`; valid only while those bytes are borrowed.
package struct LabelCursor {
    private let all: UnsafeBufferPointer<UInt8>
    /// Where the next label begins.
    package private(set) var offset = 0
    package private(set) var name = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    package private(set) var value = UnsafeBufferPointer<UInt8>(start: nil, count: 0)

    package init(_ all: UnsafeBufferPointer<UInt8>) { self.all = all }

    /// Moves to the next label; `false` at the end.
    package mutating func next() -> Bool {
        guard offset < all.count else { return false }
        name = text()
        value = text()
        return true
    }

    private mutating func text() -> UnsafeBufferPointer<UInt8> {
        var count = 0
        var shift = 0
        while true {
            let byte = all[offset]
            offset += 1
            count |= Int(byte & 0x7f) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        defer { offset += count }
        return UnsafeBufferPointer(rebasing: all[offset..<offset + count])
    }

    /// Appends one length-prefixed text in the encoding of `LabelSet`.
    package static func append(_ text: some Collection<UInt8>, to bytes: inout [UInt8]) {
        var count = text.count
        while count >= 0x80 {
            bytes.append(UInt8(count & 0x7f) | 0x80)
            count >>= 7
        }
        bytes.append(UInt8(count))
        bytes.append(contentsOf: text)
    }
}

/// Three-way comparison of bytes: negative, zero or positive.
func compareBytes(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
    let common = min(a.count, b.count)
    for index in 0..<common where a[index] != b[index] { return Int(a[index]) - Int(b[index]) }
    return a.count - b.count
}

/// `text` in double quotes with backslash, quote and newline escaped, as Prometheus prints label values.
package func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += "\\\\"
        case "\"": result += "\\\""
        case "\n": result += "\\n"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
