import MetricModel
import Testing

@testable import SeriesStore

@Test("a series record is one line of the cache")
func recordSize() {
    #expect(MemoryLayout<SeriesRecord>.stride == 64)
    #expect(MemoryLayout<BlockEntry>.stride == 16)
}

private func contents(_ pool: borrowing SamplePool, _ log: SampleLog, _ after: Int64, _ through: Int64)
    -> SampleBuffer
{
    var buffer = SampleBuffer()
    pool.read(log, after: after, through: through, into: &buffer)
    return buffer
}

@Test("samples in any order read back as from a sorted list")
func samplesAgainstModel() {
    let seed = testSeed()
    for round in 0..<30 {
        var generator = SeededGenerator(seed: seed &+ UInt64(round))
        var pool = SamplePool()
        var log = SampleLog()
        var model: [Int64: Double] = [:]
        var newest = Int64.min
        let latePercent = [0, 2, 20, 60, 100][round % 5]
        let isRegular = round % 3 > 0
        let origin: Int64 = round % 7 == 0 ? -4_000_000_000_000 : 1_700_000_000_000
        var time = origin
        for step in 0..<900 {
            if generator.chance(latePercent) {
                // Anywhere in the past, on the grid of the others or not.
                let back = Int64.random(in: 0...(time - origin + 60_000) / 1000, using: &generator)
                let late = isRegular ? time - back / 15 * 15_000 : time - back * 1000
                let value = generator.chance(50) ? 1 : Double(step)
                let outcome = pool.append(&log, late, value)
                if let present = model[late] {
                    #expect(outcome == (present.bitPattern == value.bitPattern ? .duplicate : .conflict))
                } else if late > newest {
                    #expect(outcome == .appended)
                    model[late] = value
                    newest = late
                } else {
                    #expect(outcome == .insertedLate)
                    model[late] = value
                }
            } else {
                let gap: Int64 = generator.chance(1) ? 5_000_000_000 : 15_000
                time += isRegular ? gap : Int64.random(in: 1...30_000, using: &generator)
                if newest >= time { time = newest + 15_000 }
                newest = time
                let value =
                    generator.chance(5)
                    ? specialDoubles.randomElement(using: &generator)! : Double(step % 50)
                let outcome = pool.append(&log, time, value)
                #expect(outcome == .appended)
                model[time] = value
            }
            guard step % 97 == 0 || step == 899 else { continue }
            let sorted = model.sorted { $0.key < $1.key }
            #expect(pool.sampleCount == sorted.count)
            #expect(log.newest == sorted.last?.key && log.oldest == sorted.first?.key)
            let last = pool.newest(log)
            #expect(last?.time == sorted.last?.key)
            #expect(last?.value.bitPattern == sorted.last?.value.bitPattern)
            var bounds: [(Int64, Int64)] = [(.min, .max), (log.newest - 300_000, log.newest)]
            for _ in 0..<8 {
                let a =
                    sorted.randomElement(using: &generator)!.key + Int64.random(in: -1...1, using: &generator)
                let b =
                    sorted.randomElement(using: &generator)!.key + Int64.random(in: -1...1, using: &generator)
                bounds.append((min(a, b), max(a, b)))
            }
            for (after, through) in bounds {
                let read = contents(pool, log, after, through)
                let expected = sorted.filter { $0.key > after && $0.key <= through }
                #expect(read.timestamps == expected.map(\.key), "seed \(seed) round \(round)")
                #expect(bits(read.values) == bits(expected.map(\.value)), "seed \(seed) round \(round)")
            }
        }
        // From the old end, a part at a time.
        var sorted = model.sorted { $0.key < $1.key }
        while let floor = sorted.dropLast(sorted.count / 3).last?.key, sorted.count > 3 {
            let before = pool.sampleCount
            let removed = pool.evict(&log, upTo: floor)
            #expect(pool.sampleCount == before - removed)
            sorted.removeAll { $0.key <= floor }
            let kept = contents(pool, log, floor, .max)
            #expect(kept.timestamps == sorted.map(\.key))
            pool.arena.beginCompaction()
            pool.compact(&log)
            pool.arena.endCompaction()
            let moved = contents(pool, log, floor, .max)
            #expect(bits(moved.values) == bits(sorted.map(\.value)))
        }
        pool.removeAll(&log)
        #expect(log.isEmpty && pool.sampleCount == 0)
        #expect(pool.arena.liveBytes == 0 && pool.columns.count == 0)
    }
}

@Test("a series with too many blocks loses its oldest")
func blocksPerSeriesAreLimited() {
    var pool = SamplePool()
    var log = SampleLog()
    let total = (SamplePool.blocksPerSeriesMax + 10) * BlockFormat.countMax
    for index in 0..<total { _ = pool.append(&log, Int64(index) * 1000, 1) }
    #expect(Int(log.blockCount) == SamplePool.blocksPerSeriesMax)
    #expect(pool.crowdedOut > 0)
    #expect(pool.sampleCount + Int(pool.crowdedOut) == total)
    let read = contents(pool, log, .min, .max)
    #expect(read.count == pool.sampleCount)
    #expect(read.timestamps.last == Int64(total - 1) * 1000)
    pool.removeAll(&log)
    #expect(pool.arena.liveBytes == 0)
}
