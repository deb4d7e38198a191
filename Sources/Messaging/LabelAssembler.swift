import JSON
import MetricModel

/// Collects the labels of one series from several places and encodes them, sorted, without a `String` on the way.
struct LabelAssembler {
    private struct Entry {
        var name: Range<Int>
        var value: Range<Int>
    }

    private var entries: [Entry] = []
    /// Names and values of the entries.
    private var text: [UInt8] = []

    var count: Int { entries.count }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
    }

    mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
        let start = text.count
        text.append(contentsOf: name)
        let middle = text.count
        text.append(contentsOf: value)
        entries.append(Entry(name: start..<middle, value: middle..<text.count))
    }

    mutating func append(_ name: JSONText, _ value: JSONText) {
        let start = text.count
        name.append(to: &text)
        let middle = text.count
        value.append(to: &text)
        entries.append(Entry(name: start..<middle, value: middle..<text.count))
    }

    func name(_ index: Int) -> ArraySlice<UInt8> { text[entries[index].name] }
    func value(_ index: Int) -> ArraySlice<UInt8> { text[entries[index].value] }

    /// Renames a label; its value stays.
    mutating func rename(_ index: Int, _ name: some Collection<UInt8>) {
        let start = text.count
        text.append(contentsOf: name)
        entries[index].name = start..<text.count
    }

    /// The index of the label `name` among those from `start` on.
    func firstIndex(of name: some Collection<UInt8>, from start: Int = 0) -> Int? {
        entries.indices[start...].first { text[entries[$0].name].elementsEqual(name) }
    }

    /// The labels; empty values are left out, of labels with the same name the last one counts.
    func labels() -> LabelSet {
        var order = Array(entries.indices)
        order.sort { a, b in
            let left = text[entries[a].name]
            let right = text[entries[b].name]
            if left.elementsEqual(right) { return a < b }
            return left.lexicographicallyPrecedes(right)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + 2 * entries.count)
        for (position, index) in order.enumerated() {
            let entry = entries[index]
            if entry.value.isEmpty { continue }
            if position + 1 < order.count,
                text[entries[order[position + 1]].name].elementsEqual(text[entry.name])
            {
                continue
            }
            LabelCursor.append(text[entry.name], to: &bytes)
            LabelCursor.append(text[entry.value], to: &bytes)
        }
        return LabelSet(encoded: bytes)
    }
}
