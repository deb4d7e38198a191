import Glibc
import MetricModel

/// What a store keeps of one series besides its samples and its place in the index: one line of the cache.
struct SeriesRecord {
    var log = SampleLog()
    /// Of the label bytes; looked at before the bytes themselves.
    var hash: UInt32 = 0
    var labels = LabelSet.empty
    /// Counts the series that had this place, so that a handle of an earlier one is recognised.
    var generation: UInt32 = 0
    /// Whose change stamp this series moves.
    var metric: UInt32 = 0
    /// Tenant, plane and origin.
    var source: UInt32 = 0
    /// Declared cadence; 0 when there is none.
    var interval: UInt32 = 0
}

/// Series by number and by labels. Numbers are small and used again, records never move.
struct SeriesTable: ~Copyable {
    private static let recordsPerSlab = 512
    private static let slabShift: UInt32 = 9

    private var slabs = PlainArray<UnsafeMutablePointer<SeriesRecord>>(capacity: 16)
    /// Open addressing with linear probing: hash in the upper half, number + 1 in the lower; 0 where empty.
    private var slots = PlainArray<UInt64>(repeating: 0, count: 256)
    private var freeNumbers: [UInt32] = []
    private let seed: UInt64
    /// The numbers in use.
    private(set) var live = SeriesSet()
    private(set) var count = 0
    /// One more than the largest number ever used.
    private(set) var numberEnd: UInt32 = 0
    private var labelBytes = 0

    init(seed: UInt64) { self.seed = seed }

    deinit {
        for slab in slabs.buffer {
            slab.deinitialize(count: Self.recordsPerSlab)
            free(slab)
        }
    }

    var byteCount: Int {
        slabs.count * Self.recordsPerSlab * MemoryLayout<SeriesRecord>.stride + slots.byteCount + labelBytes
            + freeNumbers.capacity * 4 + live.byteCount
    }

    @inline(__always)
    func record(_ number: UInt32) -> UnsafeMutablePointer<SeriesRecord> {
        slabs[Int(number >> Self.slabShift)] + Int(number & (1 << Self.slabShift - 1))
    }

    /// The record of a handle; `nil` when its series is gone.
    @inline(__always)
    func record(_ id: SeriesID) -> UnsafeMutablePointer<SeriesRecord>? {
        guard id.index < numberEnd else { return nil }
        let record = record(id.index)
        return record.pointee.generation == id.generation ? record : nil
    }

    func hash(_ labels: UnsafeBufferPointer<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: hashBytes(labels, seed: seed) >> 32)
    }

    func find(_ labels: UnsafeBufferPointer<UInt8>, hash: UInt32) -> UInt32? {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if UInt32(truncatingIfNeeded: entry >> 32) == hash {
                let number = UInt32(truncatingIfNeeded: entry) &- 1
                if has(record(number), labels) { return number }
            }
            slot = (slot + 1) & mask
        }
    }

    /// Adds a series with labels that are not there yet.
    mutating func insert(_ labels: UnsafeBufferPointer<UInt8>, hash: UInt32) -> UInt32 {
        if (count + 1) * 8 > slots.count * 7 { growSlots() }
        let number: UInt32
        if let free = freeNumbers.popLast() {
            number = free
        } else {
            number = numberEnd
            numberEnd += 1
            if Int(number) == slabs.count * Self.recordsPerSlab { addSlab() }
        }
        let record = record(number)
        let generation = record.pointee.generation
        // Copied, so that the array is no larger than its content.
        record.pointee = SeriesRecord(
            hash: hash, labels: LabelSet(encoded: Array(labels)), generation: generation)
        labelBytes += Self.allocationSize(labels.count)
        place(hash, number)
        live.insert(number)
        count += 1
        return number
    }

    /// Forgets a series whose samples are freed already; handles to it become stale.
    mutating func remove(_ number: UInt32) {
        let record = record(number)
        let mask = slots.count - 1
        let wanted = UInt64(record.pointee.hash) << 32 | UInt64(number + 1)
        var hole = Int(record.pointee.hash) & mask
        while slots[hole] != wanted { hole = (hole + 1) & mask }
        // Close the gap: a later entry moves into the hole unless that would put it before its own place.
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            let home = Int(slots[next] >> 32) & mask
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
        labelBytes -= Self.allocationSize(record.pointee.labels.bytes.count)
        let generation = record.pointee.generation &+ 1
        record.pointee = SeriesRecord(generation: generation)
        live.remove(number)
        freeNumbers.append(number)
        count -= 1
    }

    private func has(
        _ record: UnsafeMutablePointer<SeriesRecord>, _ labels: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        record.pointee.labels.bytes.withUnsafeBufferPointer { own in
            guard own.count == labels.count else { return false }
            guard let a = own.baseAddress, let b = labels.baseAddress else { return true }
            return areEqual(a, b, count: own.count)
        }
    }

    private func place(_ hash: UInt32, _ number: UInt32) {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt64(hash) << 32 | UInt64(number + 1)
    }

    private mutating func growSlots() {
        var old = PlainArray<UInt64>(repeating: 0, count: slots.count * 2)
        swap(&slots, &old)
        for entry in old.buffer where entry != 0 {
            place(UInt32(truncatingIfNeeded: entry >> 32), UInt32(truncatingIfNeeded: entry) - 1)
        }
    }

    private mutating func addSlab() {
        let stride = MemoryLayout<SeriesRecord>.stride
        guard let memory = aligned_alloc(64, Self.recordsPerSlab * stride) else {
            fatalError("out of memory")
        }
        let slab = memory.bindMemory(to: SeriesRecord.self, capacity: Self.recordsPerSlab)
        slab.initialize(repeating: SeriesRecord(), count: Self.recordsPerSlab)
        slabs.append(slab)
    }

    /// What an array of bytes takes from the allocator: 32 bytes of its own, rounded as glibc rounds.
    private static func allocationSize(_ byteCount: Int) -> Int { (byteCount + 32 + 8 + 15) & ~15 }
}
