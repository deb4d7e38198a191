import MetricModel

extension SamplePool {
    /// Appends the samples with `after < time <= through`, oldest first.
    func read(_ log: SampleLog, after: Int64, through: Int64, into buffer: inout SampleBuffer) {
        guard log.newest > after, log.oldest <= through else { return }
        if log.blockCount > 0, log.headCount == 0 || after < log.headBase {
            let entries = directory(log)
            var index = max(indexOfLastBlock(log, startingAtOrBefore: after), 0)
            while index < Int(log.blockCount) && entries[index].start <= through {
                read(entries[index], after: after, through: through, into: &buffer)
                index += 1
            }
        }
        guard log.headCount > 0, through >= log.headBase else { return }
        let head = UnsafeRawPointer(arena.pointer(log.head))
        for index in 0..<Int(log.headCount) {
            let time = log.headBase &+ Int64(SampleHead.offset(head, index))
            if time <= after { continue }
            if time > through { break }
            buffer.append(time, SampleHead.value(head, index))
        }
    }

    /// The newest sample; `nil` for an empty log.
    func newest(_ log: SampleLog) -> (time: Int64, value: Double)? {
        if log.headCount > 0 {
            return (log.newest, SampleHead.value(arena.pointer(log.head), Int(log.headCount) - 1))
        }
        guard log.blockCount > 0 else { return nil }
        let block = BlockDecoder(arena.pointer(directory(log)[Int(log.blockCount) - 1].block))
        block.decodeValues(block.count - 1..<block.count, to: values)
        return (log.newest, values[0])
    }

    private func read(_ entry: BlockEntry, after: Int64, through: Int64, into buffer: inout SampleBuffer) {
        let block = BlockDecoder(arena.pointer(entry.block))
        let range: Range<Int>
        if let column = block.column {
            let count = columns.decode(column, start: entry.start, to: times)
            range = Self.indices(of: UnsafeBufferPointer(start: times, count: count), after, through)
            guard !range.isEmpty else { return }
            buffer.timestamps.append(
                contentsOf: UnsafeBufferPointer(start: times + range.lowerBound, count: range.count))
        } else {
            let step = block.step
            let low = Self.stepsWithin(block.count, start: entry.start, step: step, through: after)
            let high = Self.stepsWithin(block.count, start: entry.start, step: step, through: through)
            guard low < high else { return }
            range = low..<high
            let first = entry.start &+ Int64(low) &* step
            let count = range.count
            buffer.timestamps.append(addingCapacity: count) { span in
                span.withUnsafeMutableBufferPointer { target, initialized in
                    let base = target.baseAddress.unsafelyUnwrapped + initialized
                    for index in 0..<count { base[index] = first &+ Int64(index) &* step }
                    initialized += count
                }
            }
        }
        buffer.values.append(addingCapacity: range.count) { span in
            span.withUnsafeMutableBufferPointer { target, initialized in
                block.decodeValues(range, to: target.baseAddress.unsafelyUnwrapped + initialized)
                initialized += range.count
            }
        }
    }

    /// How many of `count` regular times are at or before `time`.
    @inline(__always)
    private static func stepsWithin(_ count: Int, start: Int64, step: Int64, through time: Int64) -> Int {
        guard time >= start else { return 0 }
        let distance = UInt64(bitPattern: time &- start)
        // Most queries take all of a block: no division for those.
        if distance >= UInt64(step) &* UInt64(count - 1) { return count }
        return Int(distance / UInt64(step)) + 1
    }

    private static func indices(
        of times: UnsafeBufferPointer<Int64>, _ after: Int64, _ through: Int64
    ) -> Range<Int> {
        func firstIndex(after time: Int64) -> Int {
            var low = 0
            var high = times.count
            while low < high {
                let middle = (low + high) / 2
                if times[middle] <= time { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let low = firstIndex(after: after)
        return low..<max(low, firstIndex(after: through))
    }
}
