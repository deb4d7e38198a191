/// A set of series numbers, one bit each. Iterates in ascending order.
struct SeriesSet: ~Copyable {
    private var words: [UInt64]

    init() { words = [] }

    /// Empty, with room for numbers below `numberEnd`.
    init(numberEnd: UInt32) { words = Array(repeating: 0, count: (Int(numberEnd) + 63) / 64) }

    init(copying other: borrowing SeriesSet) { words = other.words }

    var byteCount: Int { words.capacity * 8 }

    mutating func insert(_ number: UInt32) {
        let word = Int(number >> 6)
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(number & 63)
    }

    mutating func insert(_ numbers: UnsafeBufferPointer<UInt32>) {
        for number in numbers { insert(number) }
    }

    mutating func remove(_ number: UInt32) {
        let word = Int(number >> 6)
        if word < words.count { words[word] &= ~(1 << UInt64(number & 63)) }
    }

    func contains(_ number: UInt32) -> Bool {
        let word = Int(number >> 6)
        return word < words.count && words[word] & 1 << UInt64(number & 63) != 0
    }

    func containsAny(of numbers: UnsafeBufferPointer<UInt32>) -> Bool {
        for number in numbers where contains(number) { return true }
        return false
    }

    func forEach(_ body: (UInt32) -> Void) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(UInt32(index * 64 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
    }

    func numbers() -> [UInt32] {
        var numbers: [UInt32] = []
        forEach { numbers.append($0) }
        return numbers
    }
}
