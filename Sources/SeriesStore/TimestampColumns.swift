import Glibc

/// Columns of irregular times, each kept once however many series have it: the series of one message share their times.
///
/// A column holds times relative to the first, so it serves blocks that start at different times too. It lives as long
/// as a block refers to it.
///
///     0  UInt32  references
///     4  UInt32  hash
///     8  Int64   smallest difference
///     16 Int64   last time - first time
///     24 UInt8   count - 1, UInt8 width, UInt8 shift
///     27 packed differences above the smallest
struct TimestampColumns: ~Copyable {
    private static let headerSize = 27
    private static let contentOffset = 8

    private var arena = ByteArena()
    /// Open addressing with linear probing: references of columns, 0 where empty.
    private var slots = PlainArray<UInt32>(repeating: 0, count: 64)
    private let scratch = UnsafeMutableRawPointer.allocate(
        byteCount: headerSize + 8 * BlockFormat.countMax, alignment: 8)
    private let numbers = UnsafeMutablePointer<UInt64>.allocate(capacity: BlockFormat.countMax)
    /// Distinct columns.
    private(set) var count = 0

    deinit {
        scratch.deallocate()
        numbers.deallocate()
    }

    var residentBytes: Int { arena.residentBytes + slots.byteCount }

    /// The column of these ascending times, with one reference more.
    mutating func retain(_ times: UnsafePointer<Int64>, count timeCount: Int) -> ArenaReference {
        let byteCount = encode(times, timeCount)
        let contentSize = byteCount - Self.contentOffset
        let content = scratch + Self.contentOffset
        let hash = UInt32(
            truncatingIfNeeded: hashBytes(
                UnsafeBufferPointer(start: content.assumingMemoryBound(to: UInt8.self), count: contentSize),
                seed: 0))
        if count * 4 >= slots.count * 3 { grow() }
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let reference = ArenaReference(unit: slots[slot])
            let cell = arena.pointer(reference)
            if cell.load(fromByteOffset: 4, as: UInt32.self) == hash,
                arena.cellSize(of: reference) >= byteCount,
                memcmp(cell + Self.contentOffset, content, contentSize) == 0
            {
                let references = cell.load(as: UInt32.self)
                cell.storeBytes(of: references + 1, as: UInt32.self)
                return reference
            }
            slot = (slot + 1) & mask
        }
        let reference = arena.allocate(byteCount)
        let cell = arena.pointer(reference)
        cell.copyMemory(from: scratch, byteCount: byteCount)
        cell.storeBytes(of: 1, as: UInt32.self)
        cell.storeBytes(of: hash, toByteOffset: 4, as: UInt32.self)
        slots[slot] = reference.unit
        count += 1
        return reference
    }

    mutating func release(_ reference: ArenaReference) {
        let cell = arena.pointer(reference)
        let references = cell.load(as: UInt32.self)
        if references > 1 {
            cell.storeBytes(of: references - 1, as: UInt32.self)
            return
        }
        let mask = slots.count - 1
        var hole = Int(cell.load(fromByteOffset: 4, as: UInt32.self)) & mask
        while slots[hole] != reference.unit { hole = (hole + 1) & mask }
        // Close the gap: a later column moves into the hole unless that would put it before its own place.
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            let home =
                Int(arena.pointer(ArenaReference(unit: slots[next])).load(fromByteOffset: 4, as: UInt32.self))
                & mask
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
        count -= 1
        arena.free(reference)
    }

    /// The time from the first sample to the last.
    func span(_ reference: ArenaReference) -> Int64 {
        arena.pointer(reference).load(fromByteOffset: 16, as: Int64.self)
    }

    /// Decodes all times of a column that begins at `start`; returns how many there are.
    func decode(_ reference: ArenaReference, start: Int64, to times: UnsafeMutablePointer<Int64>) -> Int {
        let cell = UnsafeRawPointer(arena.pointer(reference))
        let smallest = cell.load(fromByteOffset: 8, as: Int64.self)
        let timeCount = Int(cell.load(fromByteOffset: 24, as: UInt8.self)) + 1
        let width = Int(cell.load(fromByteOffset: 25, as: UInt8.self))
        let shift = UInt64(cell.load(fromByteOffset: 26, as: UInt8.self))
        let mask = BitPacking.mask(width)
        var time = start
        times[0] = time
        for index in 0..<timeCount - 1 {
            let number = BitPacking.unpack(cell + Self.headerSize, index, width: width, mask: mask) &<< shift
            time = time &+ smallest &+ Int64(bitPattern: number)
            times[index + 1] = time
        }
        return timeCount
    }

    /// Writes the column to scratch memory; returns its size.
    private func encode(_ times: UnsafePointer<Int64>, _ timeCount: Int) -> Int {
        var smallest = Int64.max
        for index in 1..<timeCount { smallest = min(smallest, times[index] &- times[index - 1]) }
        var used: UInt64 = 0
        var largest: UInt64 = 0
        for index in 1..<timeCount {
            let number = UInt64(bitPattern: times[index] &- times[index - 1] &- smallest)
            numbers[index - 1] = number
            used |= number
            largest = max(largest, number)
        }
        let shift = used == 0 ? 0 : used.trailingZeroBitCount
        let width = BitPacking.width(for: largest >> UInt64(shift))
        for index in 0..<timeCount - 1 { numbers[index] >>= UInt64(shift) }
        scratch.storeBytes(of: smallest, toByteOffset: 8, as: Int64.self)
        scratch.storeBytes(of: times[timeCount - 1] &- times[0], toByteOffset: 16, as: Int64.self)
        scratch.storeBytes(of: UInt8(timeCount - 1), toByteOffset: 24, as: UInt8.self)
        scratch.storeBytes(of: UInt8(width), toByteOffset: 25, as: UInt8.self)
        scratch.storeBytes(of: UInt8(shift), toByteOffset: 26, as: UInt8.self)
        BitPacking.pack(numbers, count: timeCount - 1, width: width, to: scratch + Self.headerSize)
        return Self.headerSize + BitPacking.byteCount(timeCount - 1, width: width)
    }

    private mutating func grow() {
        var larger = PlainArray<UInt32>(repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for index in 0..<slots.count where slots[index] != 0 {
            let hash = arena.pointer(ArenaReference(unit: slots[index])).load(
                fromByteOffset: 4, as: UInt32.self)
            var slot = Int(hash) & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = slots[index]
        }
        swap(&slots, &larger)
    }
}
