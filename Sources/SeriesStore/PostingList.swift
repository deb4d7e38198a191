/// The numbers of the series that have one label value, ascending. Most values of a label with many have one series;
/// that one needs no memory of its own.
///
/// Plain memory, owned by the `LabelIndex`, which calls `deallocate`.
struct PostingList: BitwiseCopyable {
    private(set) var count: UInt32 = 0
    private var capacity: UInt32 = 0
    /// The numbers; when `capacity` is 0 the address is the only number.
    private var storage: UInt = 0

    init() {}

    var byteCount: Int { capacity == 0 ? 0 : (Int(capacity) * 4 + 8 + 15) & ~15 }

    mutating func insert(_ number: UInt32) {
        if count == 0 && capacity == 0 {
            storage = UInt(number)
            count = 1
            return
        }
        if count == max(capacity, 1) { grow() }
        let numbers = pointer
        var position = Int(count)
        // New series mostly have the largest number; used ones come again out of order.
        if numbers[position - 1] > number {
            var low = 0
            while low < position {
                let middle = (low + position) / 2
                if numbers[middle] < number { low = middle + 1 } else { position = middle }
            }
            (numbers + position + 1).update(from: numbers + position, count: Int(count) - position)
        }
        numbers[position] = number
        count += 1
    }

    /// Removes all numbers in `gone`.
    mutating func remove(_ gone: borrowing SeriesSet) {
        if capacity == 0 {
            if count == 1 && gone.contains(UInt32(storage)) { count = 0 }
            return
        }
        let numbers = pointer
        var kept = 0
        for index in 0..<Int(count) where !gone.contains(numbers[index]) {
            numbers[kept] = numbers[index]
            kept += 1
        }
        count = UInt32(kept)
        if kept < 2 {
            let only = kept == 1 ? UInt(numbers[0]) : 0
            numbers.deallocate()
            storage = only
            capacity = 0
        } else if kept * 4 < Int(capacity) {
            resize(kept * 2)
        }
    }

    mutating func deallocate() {
        if capacity > 0 { pointer.deallocate() }
        self = PostingList()
    }

    /// The numbers, valid until the list or the index changes.
    func withNumbers<Result>(_ body: (UnsafeBufferPointer<UInt32>) -> Result) -> Result {
        if capacity > 0 { return body(UnsafeBufferPointer(start: pointer, count: Int(count))) }
        var only = UInt32(storage)
        return withUnsafePointer(to: &only) { body(UnsafeBufferPointer(start: $0, count: Int(count))) }
    }

    private var pointer: UnsafeMutablePointer<UInt32> {
        UnsafeMutablePointer(bitPattern: storage).unsafelyUnwrapped
    }

    private mutating func grow() {
        if capacity == 0 {
            let only = UInt32(storage)
            storage = UInt(bitPattern: UnsafeMutablePointer<UInt32>.allocate(capacity: 4))
            capacity = 4
            pointer[0] = only
        } else {
            resize(Int(capacity) + max(Int(capacity) / 2, 4))
        }
    }

    private mutating func resize(_ newCapacity: Int) {
        let numbers = UnsafeMutablePointer<UInt32>.allocate(capacity: newCapacity)
        numbers.update(from: pointer, count: Int(count))
        pointer.deallocate()
        storage = UInt(bitPattern: numbers)
        capacity = UInt32(newCapacity)
    }
}
