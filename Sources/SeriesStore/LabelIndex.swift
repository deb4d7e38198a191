import Glibc
import MetricModel

/// For every label name its values, for every value the series that have it.
///
/// A name is known by its position in `names`, a name with a value by its position in `entries`; both are used again.
struct LabelIndex: ~Copyable {
    /// One value of one name.
    struct Entry: BitwiseCopyable {
        var hash: UInt32 = 0
        var name: UInt32 = 0
        /// The value's UTF-8.
        var text = ArenaReference.none
        var length: UInt32 = 0
        /// Where this entry is in its name's list of entries.
        var position: UInt32 = 0
        var postings = PostingList()
    }

    struct Name {
        var text: [UInt8]
        /// Entries of its values, in no order.
        var entries: [UInt32] = []
        /// Series that have the label.
        var seriesCount = 0
    }

    private(set) var names: [Name] = []
    private var nameNumbers: [[UInt8]: UInt32] = [:]
    private var freeNames: [UInt32] = []
    private var entries = PlainArray<Entry>(capacity: 64)
    private var freeEntries: [UInt32] = []
    /// Open addressing with linear probing over name and value: entry + 1; 0 where empty.
    private var slots = PlainArray<UInt32>(repeating: 0, count: 256)
    private var entryCount = 0
    private var texts = ByteArena()
    private var postingBytes = 0
    private var nameBytes = 0
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    deinit {
        for index in 0..<entries.count { entries.pointer(at: index).pointee.postings.deallocate() }
    }

    var byteCount: Int {
        entries.byteCount + slots.byteCount + texts.residentBytes + postingBytes + nameBytes
            + freeEntries.capacity * 4
    }

    // MARK: Look-ups

    func name(_ text: String) -> UInt32? { nameNumbers[Array(text.utf8)] }

    /// The entry of a value; `nil` when no series has it.
    func entry(_ name: UInt32, _ value: UnsafeBufferPointer<UInt8>) -> UInt32? {
        let slot = slot(name, value, hash(name, value))
        return slots[slot] == 0 ? nil : slots[slot] - 1
    }

    func entries(ofName name: UInt32) -> [UInt32] { names[Int(name)].entries }

    /// The UTF-8 of a value; valid until the index changes.
    func value(_ entry: UInt32) -> UnsafeBufferPointer<UInt8> {
        let entry = entries[Int(entry)]
        return UnsafeBufferPointer(
            start: UnsafePointer(texts.pointer(entry.text).assumingMemoryBound(to: UInt8.self)),
            count: Int(entry.length))
    }

    func seriesCount(_ entry: UInt32) -> Int { Int(entries[Int(entry)].postings.count) }

    /// The series with the entry's value, ascending; valid until the index changes.
    func withSeries<Result>(_ entry: UInt32, _ body: (UnsafeBufferPointer<UInt32>) -> Result) -> Result {
        entries[Int(entry)].postings.withNumbers(body)
    }

    // MARK: Changes

    /// Adds a series; returns the entry of its metric name.
    mutating func insert(_ series: UInt32, _ labels: LabelSet) -> UInt32? {
        var metric: UInt32?
        labels.bytes.withUnsafeBufferPointer { bytes in
            var cursor = LabelCursor(bytes)
            while cursor.next() {
                let name = nameNumber(cursor.name)
                let entry = entryNumber(name, cursor.value)
                let target = entries.pointer(at: Int(entry))
                postingBytes -= target.pointee.postings.byteCount
                target.pointee.postings.insert(series)
                postingBytes += target.pointee.postings.byteCount
                names[Int(name)].seriesCount += 1
                if cursor.name.elementsEqual(LabelSet.metricName.utf8) { metric = entry }
            }
        }
        return metric
    }

    /// Removes all series of `gone`, whose labels are `labels`. Calls `emptied` with each entry that no series has any
    /// more, before its number is used again.
    mutating func remove(_ gone: borrowing SeriesSet, labels: [LabelSet], emptied: (UInt32) -> Void) {
        var touched = SeriesSet(numberEnd: UInt32(entries.count))
        for set in labels {
            set.bytes.withUnsafeBufferPointer { bytes in
                var cursor = LabelCursor(bytes)
                while cursor.next() {
                    guard let name = nameNumbers[Array(cursor.name)], let entry = entry(name, cursor.value)
                    else {
                        continue
                    }
                    names[Int(name)].seriesCount -= 1
                    touched.insert(entry)
                }
            }
        }
        // Each list is gone through once, however many of its series leave.
        for entry in touched.numbers() {
            let target = entries.pointer(at: Int(entry))
            postingBytes -= target.pointee.postings.byteCount
            target.pointee.postings.remove(gone)
            postingBytes += target.pointee.postings.byteCount
            if target.pointee.postings.count == 0 {
                emptied(entry)
                removeEntry(entry)
            }
        }
    }

    private mutating func nameNumber(_ text: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let key = Array(text)
        if let number = nameNumbers[key] { return number }
        let number: UInt32
        if let free = freeNames.popLast() {
            number = free
            names[Int(number)] = Name(text: key)
        } else {
            number = UInt32(names.count)
            names.append(Name(text: key))
        }
        nameNumbers[key] = number
        nameBytes += 160 + 2 * key.count
        return number
    }

    private mutating func entryNumber(_ name: UInt32, _ value: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let hash = hash(name, value)
        var place = slot(name, value, hash)
        if slots[place] != 0 { return slots[place] - 1 }
        if (entryCount + 1) * 4 > slots.count * 3 {
            growSlots()
            place = slot(name, value, hash)
        }
        let text = texts.allocate(max(value.count, 1))
        if let base = value.baseAddress {
            texts.pointer(text).copyMemory(from: base, byteCount: value.count)
        }
        let entry = Entry(
            hash: hash, name: name, text: text, length: UInt32(value.count),
            position: UInt32(names[Int(name)].entries.count))
        let number: UInt32
        if let free = freeEntries.popLast() {
            number = free
            entries[Int(number)] = entry
        } else {
            number = UInt32(entries.count)
            entries.append(entry)
        }
        names[Int(name)].entries.append(number)
        nameBytes += 4
        slots[place] = number + 1
        entryCount += 1
        return number
    }

    private mutating func removeEntry(_ number: UInt32) {
        let entry = entries[Int(number)]
        let mask = slots.count - 1
        var hole = Int(entry.hash) & mask
        while slots[hole] != number + 1 { hole = (hole + 1) & mask }
        // Close the gap: a later entry moves into the hole unless that would put it before its own place.
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            let home = Int(entries[Int(slots[next] - 1)].hash) & mask
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
        entryCount -= 1

        let name = Int(entry.name)
        let last = names[name].entries.removeLast()
        if last != number {
            names[name].entries[Int(entry.position)] = last
            entries.pointer(at: Int(last)).pointee.position = entry.position
        }
        nameBytes -= 4
        if names[name].entries.isEmpty {
            nameNumbers[names[name].text] = nil
            nameBytes -= 160 + 2 * names[name].text.count
            names[name] = Name(text: [])
            freeNames.append(UInt32(name))
        }
        texts.free(entry.text)
        entries.pointer(at: Int(number)).pointee.postings.deallocate()
        entries[Int(number)] = Entry()
        freeEntries.append(number)
    }

    // MARK: The hash table

    private func hash(_ name: UInt32, _ value: UnsafeBufferPointer<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: hashBytes(value, seed: seed ^ UInt64(name) &* 0x9e37_79b9_7f4a_7c15) >> 32)
    }

    /// Where the entry is, or the empty slot where it belongs.
    private func slot(_ name: UInt32, _ value: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> Int {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot] - 1)]
            if entry.hash == hash, entry.name == name, Int(entry.length) == value.count,
                value.isEmpty
                    || memcmp(texts.pointer(entry.text), value.baseAddress.unsafelyUnwrapped, value.count)
                        == 0
            {
                break
            }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func growSlots() {
        var larger = PlainArray<UInt32>(repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for index in 0..<slots.count where slots[index] != 0 {
            var slot = Int(entries[Int(slots[index] - 1)].hash) & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = slots[index]
        }
        swap(&slots, &larger)
    }
}
