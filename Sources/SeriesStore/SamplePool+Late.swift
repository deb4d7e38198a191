/// Samples that are not the newest of their series.
extension SamplePool {
    /// Puts a sample at or before the series' newest in its place; the first value at a time stays.
    mutating func insertLate(_ log: inout SampleLog, _ time: Int64, _ value: Double) -> Outcome {
        if log.headCount > 0 {
            if time >= log.headBase {
                if let outcome = insertIntoHead(&log, time, value) { return outcome }
                // Full: its samples become a block, which takes one more.
                sealHead(&log)
            } else if let outcome = extendHeadBackwards(&log, time, value) {
                return outcome
            }
        }
        return insertIntoBlocks(&log, time, value)
    }

    /// `nil` when the head is full.
    private mutating func insertIntoHead(_ log: inout SampleLog, _ time: Int64, _ value: Double) -> Outcome? {
        let head = arena.pointer(log.head)
        // Within the head's span, so it fits into 32 bits.
        let offset = UInt32(truncatingIfNeeded: time &- log.headBase)
        var index = Int(log.headCount)
        while index > 0 && SampleHead.offset(head, index - 1) > offset { index -= 1 }
        if index > 0 && SampleHead.offset(head, index - 1) == offset {
            return Self.repeated(SampleHead.value(head, index - 1), value)
        }
        guard log.headCount < SampleHead.countMax else { return nil }
        let target = head + index * SampleHead.stride
        (target + SampleHead.stride).copyMemory(
            from: target, byteCount: (Int(log.headCount) - index) * SampleHead.stride)
        SampleHead.store(head, index, offset, value)
        log.headCount += 1
        sampleCount += 1
        return .insertedLate
    }

    /// Lets the head begin earlier when the sample lies between blocks and head; `nil` when it does not, or does not fit.
    private mutating func extendHeadBackwards(
        _ log: inout SampleLog, _ time: Int64, _ value: Double
    ) -> Outcome? {
        guard log.headCount < SampleHead.countMax,
            UInt64(bitPattern: log.newest &- time) <= UInt64(UInt32.max)
        else { return nil }
        if log.blockCount > 0, end(directory(log)[Int(log.blockCount) - 1]) >= time { return nil }
        let head = arena.pointer(log.head)
        let shift = UInt32(truncatingIfNeeded: log.headBase &- time)
        for index in stride(from: Int(log.headCount) - 1, through: 0, by: -1) {
            SampleHead.store(
                head, index + 1, SampleHead.offset(head, index) + shift, SampleHead.value(head, index))
        }
        SampleHead.store(head, 0, 0, value)
        log.headBase = time
        log.headCount += 1
        if log.blockCount == 0 { log.oldest = time }
        sampleCount += 1
        return .insertedLate
    }

    private mutating func insertIntoBlocks(_ log: inout SampleLog, _ time: Int64, _ value: Double) -> Outcome
    {
        guard log.blockCount > 0 else {
            times[0] = time
            values[0] = value
            insertEntry(&log, encode(0..<1), at: 0)
            return .insertedLate
        }
        let position = max(indexOfLastBlock(log, startingAtOrBefore: time), 0)
        let entry = directory(log)[position]
        if let present = sample(of: entry, at: time) { return Self.repeated(present, value) }

        let count = decode(entry)
        var index = count
        while index > 0 && times[index - 1] > time { index -= 1 }
        (times + index + 1).update(from: times + index, count: count - index)
        (values + index + 1).update(from: values + index, count: count - index)
        times[index] = time
        values[index] = value
        freeBlock(entry)
        if count < BlockFormat.countMax {
            directory(log)[position] = encode(0..<count + 1)
            log.oldest = min(log.oldest, time)
        } else {
            let half = (count + 1) / 2
            directory(log)[position] = encode(0..<half)
            log.oldest = min(log.oldest, time)
            insertEntry(&log, encode(half..<count + 1), at: position + 1)
        }
        return .insertedLate
    }

    /// -1 when all blocks start later.
    func indexOfLastBlock(_ log: SampleLog, startingAtOrBefore time: Int64) -> Int {
        let entries = directory(log)
        var low = 0
        var high = Int(log.blockCount)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].start <= time { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// The value at exactly `time`, without decoding more than that one where times are regular.
    private func sample(of entry: BlockEntry, at time: Int64) -> Double? {
        let block = BlockDecoder(arena.pointer(entry.block))
        let index: Int
        if let column = block.column {
            let count = columns.decode(column, start: entry.start, to: times)
            guard let found = (0..<count).first(where: { times[$0] == time }) else { return nil }
            index = found
        } else {
            let distance = UInt64(bitPattern: time &- entry.start)
            let step = UInt64(block.step)
            guard time >= entry.start, step == 0 ? distance == 0 : distance % step == 0 else { return nil }
            let steps = step == 0 ? 0 : distance / step
            guard steps < UInt64(block.count) else { return nil }
            index = Int(steps)
        }
        block.decodeValues(index..<index + 1, to: values)
        return values[0]
    }

    private static func repeated(_ present: Double, _ offered: Double) -> Outcome {
        // By bits: a NaN equals nothing, and a stale marker is not any NaN.
        present.bitPattern == offered.bitPattern ? .duplicate : .conflict
    }
}
