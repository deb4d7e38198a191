/// The samples of all series of a store: appends to a series' head, seals full heads into compressed blocks.
struct SamplePool: ~Copyable {
    enum Outcome {
        case appended
        case insertedLate
        case duplicate
        case conflict
    }

    /// Blocks that one series may have. More would not fit into a directory; the oldest gives way.
    static let blocksPerSeriesMax = ByteArena.cellSizeMax / MemoryLayout<BlockEntry>.stride

    var arena = ByteArena()
    var columns = TimestampColumns()
    private var encoder = BlockEncoder()
    // One block and one sample more, for an insertion into a full block.
    let times = UnsafeMutablePointer<Int64>.allocate(capacity: BlockFormat.countMax + 1)
    let values = UnsafeMutablePointer<Double>.allocate(capacity: BlockFormat.countMax + 1)
    /// Samples in memory.
    var sampleCount = 0
    /// Samples that left because their series had too many blocks.
    var crowdedOut: UInt64 = 0

    deinit {
        times.deallocate()
        values.deallocate()
    }

    var residentBytes: Int { arena.residentBytes + columns.residentBytes }

    /// Takes a sample in; one that is older than the newest is put in its place.
    @inline(__always)
    mutating func append(_ log: inout SampleLog, _ time: Int64, _ value: Double) -> Outcome {
        guard time > log.newest else { return insertLate(&log, time, value) }
        if log.headCount == 0 || log.headCount == SampleHead.countMax
            || UInt64(bitPattern: time &- log.headBase) > UInt64(UInt32.max)
        {
            startHead(&log, at: time)
        }
        SampleHead.store(
            arena.pointer(log.head), Int(log.headCount), UInt32(truncatingIfNeeded: time &- log.headBase),
            value)
        log.headCount &+= 1
        log.newest = time
        sampleCount &+= 1
        return .appended
    }

    /// Frees everything; the log is empty then.
    mutating func removeAll(_ log: inout SampleLog) {
        sampleCount -= Int(log.headCount)
        for index in 0..<Int(log.blockCount) { freeBlock(directory(log)[index]) }
        if log.directory != .none { arena.free(log.directory) }
        if log.head != .none { arena.free(log.head) }
        log = SampleLog()
    }

    /// Frees the blocks whose samples are all at or before `floor`; returns how many samples that were.
    mutating func evict(_ log: inout SampleLog, upTo floor: Int64) -> Int {
        var removed = 0
        var samples = 0
        let entries = directory(log)
        while removed < Int(log.blockCount) && end(entries[removed]) <= floor {
            samples += Int(entries[removed].count)
            freeBlock(entries[removed])
            removed += 1
        }
        removeFirstEntries(&log, removed)
        return samples
    }

    /// Moves what lies in thinly used slabs, between the arena's `beginCompaction` and `endCompaction`.
    mutating func compact(_ log: inout SampleLog) {
        if log.head != .none { log.head = arena.compacted(log.head) }
        guard log.blockCount > 0 else { return }
        log.directory = arena.compacted(log.directory)
        for index in 0..<Int(log.blockCount) {
            let moved = arena.compacted(directory(log)[index].block)
            directory(log)[index].block = moved
        }
    }

    // MARK: The head

    /// Makes room for a sample at `time`, the newest of all, and lets the head begin with it if it is empty then.
    private mutating func startHead(_ log: inout SampleLog, at time: Int64) {
        if log.head == .none { log.head = arena.allocate(SampleHead.byteCount) }
        if log.headCount > 0 { sealHead(&log) }
        log.headBase = time
        if log.blockCount == 0 { log.oldest = time }
    }

    /// Puts the head's samples into the newest block, if it has room for them, else into a new one.
    ///
    /// Blocks so grow by a head at a time and are encoded anew each time: the form fits all of their samples, and few
    /// samples lie uncompressed.
    mutating func sealHead(_ log: inout SampleLog) {
        let headCount = Int(log.headCount)
        var count = 0
        var extended: BlockEntry?
        if log.blockCount > 0 {
            let entry = directory(log)[Int(log.blockCount) - 1]
            if Int(entry.count) + headCount <= BlockFormat.countMax {
                count = decode(entry)
                extended = entry
            }
        }
        let head = UnsafeRawPointer(arena.pointer(log.head))
        for index in 0..<headCount {
            times[count + index] = log.headBase &+ Int64(SampleHead.offset(head, index))
            values[count + index] = SampleHead.value(head, index)
        }
        count += headCount
        if let extended {
            freeBlock(extended)
            directory(log)[Int(log.blockCount) - 1] = encode(0..<count)
        } else {
            insertEntry(&log, encode(0..<count), at: Int(log.blockCount))
        }
        sampleCount -= headCount
        log.headCount = 0
    }

    // MARK: Blocks

    /// The entries of a series' directory; valid until the arena hands out or moves a cell of it.
    func directory(_ log: SampleLog) -> UnsafeMutablePointer<BlockEntry> {
        arena.pointer(log.directory).assumingMemoryBound(to: BlockEntry.self)
    }

    /// Decodes a whole block to `times` and `values`; returns its count.
    func decode(_ entry: BlockEntry) -> Int {
        let block = BlockDecoder(arena.pointer(entry.block))
        block.decodeValues(0..<block.count, to: values)
        if let column = block.column {
            _ = columns.decode(column, start: entry.start, to: times)
        } else {
            let step = block.step
            for index in 0..<block.count { times[index] = entry.start &+ Int64(index) &* step }
        }
        return block.count
    }

    /// Time of the last sample of a block.
    func end(_ entry: BlockEntry) -> Int64 {
        let block = BlockDecoder(arena.pointer(entry.block))
        if let column = block.column { return entry.start &+ columns.span(column) }
        return entry.start &+ Int64(block.count - 1) &* block.step
    }

    /// Bytes that a block takes, its share in a column of times not counted.
    func byteCount(_ entry: BlockEntry) -> Int { arena.cellSize(of: entry.block) }

    /// Makes a block of a part of `times` and `values`.
    mutating func encode(_ range: Range<Int>) -> BlockEntry {
        let blockTimes = UnsafePointer(times + range.lowerBound)
        let blockValues = UnsafePointer(values + range.lowerBound)
        let count = range.count
        let form: BlockEncoder.Times
        if let step = Self.regularStep(blockTimes, count) {
            form = .regular(step: step)
        } else {
            form = .column(columns.retain(blockTimes, count: count))
        }
        let plan = encoder.plan(blockValues, count: count)
        let block = arena.allocate(plan.byteCount)
        encoder.write(plan, blockValues, count: count, times: form, to: arena.pointer(block))
        sampleCount += count
        return BlockEntry(start: blockTimes[0], block: block, count: UInt32(count))
    }

    mutating func freeBlock(_ entry: BlockEntry) {
        if let column = BlockDecoder(arena.pointer(entry.block)).column { columns.release(column) }
        arena.free(entry.block)
        sampleCount -= Int(entry.count)
    }

    /// The distance of evenly spaced times; `nil` when they are not, or further apart than 49 days.
    private static func regularStep(_ times: UnsafePointer<Int64>, _ count: Int) -> UInt32? {
        guard count > 1 else { return 0 }
        let step = times[1] &- times[0]
        guard UInt64(bitPattern: step) <= UInt64(UInt32.max) else { return nil }
        var odd: Int64 = 0
        for index in 1..<count { odd |= times[index] &- times[index - 1] ^ step }
        return odd == 0 ? UInt32(step) : nil
    }

    // MARK: The directory

    mutating func insertEntry(_ log: inout SampleLog, _ entry: BlockEntry, at index: Int) {
        var index = index
        if log.blockCount == Self.blocksPerSeriesMax {
            let oldest = directory(log)[0]
            crowdedOut += UInt64(oldest.count)
            freeBlock(oldest)
            removeFirstEntries(&log, 1)
            index = max(index - 1, 0)
        }
        let count = Int(log.blockCount)
        let stride = MemoryLayout<BlockEntry>.stride
        if count == 0 || arena.cellSize(of: log.directory) < (count + 1) * stride {
            let larger = arena.allocate((count + 1) * stride)
            if count > 0 {
                arena.pointer(larger).copyMemory(from: directory(log), byteCount: count * stride)
                arena.free(log.directory)
            }
            log.directory = larger
        }
        let entries = directory(log)
        (entries + index + 1).update(from: entries + index, count: count - index)
        entries[index] = entry
        log.blockCount += 1
        log.oldest = entries[0].start
    }

    private mutating func removeFirstEntries(_ log: inout SampleLog, _ removed: Int) {
        guard removed > 0 else { return }
        let left = Int(log.blockCount) - removed
        let entries = directory(log)
        if left == 0 {
            arena.free(log.directory)
            log.directory = .none
        } else {
            entries.update(from: entries + removed, count: left)
            let size = left * MemoryLayout<BlockEntry>.stride
            if arena.cellSize(for: size) < arena.cellSize(of: log.directory) {
                let smaller = arena.allocate(size)
                arena.pointer(smaller).copyMemory(from: entries, byteCount: size)
                arena.free(log.directory)
                log.directory = smaller
            }
        }
        log.blockCount = UInt16(left)
        if left > 0 {
            log.oldest = directory(log)[0].start
        } else if log.headCount > 0 {
            log.oldest = log.headBase
        } else {
            log.newest = .min
            log.oldest = .max
        }
    }
}
