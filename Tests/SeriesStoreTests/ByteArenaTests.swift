import Testing

@testable import SeriesStore

@Test("cells keep their content through allocation, freeing and compaction, and memory follows need")
func arenaAgainstModel() {
    let seed = testSeed()
    var generator = SeededGenerator(seed: seed)
    var arena = ByteArena()
    var cells: [(reference: ArenaReference, size: Int, mark: UInt8)] = []

    func fill(_ arena: borrowing ByteArena, _ reference: ArenaReference, _ size: Int, _ mark: UInt8) {
        arena.pointer(reference).initializeMemory(as: UInt8.self, repeating: mark, count: size)
    }
    func isIntact(_ arena: borrowing ByteArena, _ cell: (reference: ArenaReference, size: Int, mark: UInt8))
        -> Bool
    {
        UnsafeRawBufferPointer(start: arena.pointer(cell.reference), count: cell.size)
            .allSatisfy { $0 == cell.mark }
    }

    for phase in 0..<12 {
        // Growing, shrinking and a change of the sizes in turn.
        let largest = [64, 300, 2000, 16_384][phase % 4]
        for _ in 0..<4000 {
            if cells.isEmpty || generator.chance(phase % 3 == 1 ? 30 : 60) {
                let size = Int.random(in: 1...largest, using: &generator)
                let reference = arena.allocate(size)
                let given = arena.cellSize(of: reference)
                let promised = arena.cellSize(for: size)
                #expect(given >= size && given == promised)
                let mark = UInt8.random(in: 0...255, using: &generator)
                fill(arena, reference, size, mark)
                cells.append((reference, size, mark))
            } else {
                let index = Int.random(in: 0..<cells.count, using: &generator)
                let cell = cells.remove(at: index)
                let intact = isIntact(arena, cell)
                #expect(intact, "seed \(seed)")
                arena.free(cell.reference)
            }
        }
        arena.beginCompaction()
        for index in cells.indices { cells[index].reference = arena.compacted(cells[index].reference) }
        arena.endCompaction()
        var damaged = 0
        var needed = 0
        for cell in cells {
            if !isIntact(arena, cell) { damaged += 1 }
            needed += arena.cellSize(for: cell.size)
        }
        #expect(damaged == 0, "seed \(seed)")
        #expect(arena.liveBytes == needed)
        // Slabs three quarters full, one part-filled slab of each class, and the reserve.
        #expect(arena.residentBytes <= arena.liveBytes * 4 / 3 + (64 + 16) * 32_768, "seed \(seed)")
    }
    for cell in cells {
        let intact = isIntact(arena, cell)
        #expect(intact)
        arena.free(cell.reference)
    }
    #expect(arena.liveBytes == 0)
    #expect(arena.residentBytes <= 16 * 32_768)
}

@Test("cells of one time do not overlap")
func arenaCellsAreDisjoint() {
    var arena = ByteArena()
    for size in [1, 16, 17, 48, 192, 1152, 16_384] {
        var ranges: [Range<UInt>] = []
        for _ in 0..<300 {
            let start = UInt(bitPattern: arena.pointer(arena.allocate(size)))
            #expect(start % 16 == 0)
            ranges.append(start..<start + UInt(size))
        }
        ranges.sort { $0.lowerBound < $1.lowerBound }
        for (a, b) in zip(ranges, ranges.dropFirst()) { #expect(a.upperBound <= b.lowerBound) }
    }
}

@Test("columns of times are shared, and gone with their last user")
func timestampColumnsAreShared() {
    let seed = testSeed()
    var generator = SeededGenerator(seed: seed)
    var columns = TimestampColumns()
    var held: [(reference: ArenaReference, times: [Int64])] = []
    for round in 0..<4000 {
        if held.isEmpty || generator.chance(60) {
            // Few distinct columns, so that some are met again; starting anywhere.
            var shape = SeededGenerator(seed: UInt64(Int.random(in: 0..<300, using: &generator)))
            var time = Int64.random(in: -1_000_000_000_000...1_700_000_000_000, using: &generator)
            let spread = [1, 1000, 1 << 20, 1 << 40].randomElement(using: &shape)!
            let times = (0..<Int.random(in: 2...128, using: &shape)).map { _ -> Int64 in
                time += Int64.random(in: 1...Int64(spread), using: &shape)
                return time
            }
            held.append((columns.retain(times, count: times.count), times))
        } else {
            let entry = held.remove(at: Int.random(in: 0..<held.count, using: &generator))
            columns.release(entry.reference)
        }
        if round % 50 == 0, let entry = held.randomElement(using: &generator) {
            let decoded = [Int64](unsafeUninitializedCapacity: 128) { target, count in
                count = columns.decode(entry.reference, start: entry.times[0], to: target.baseAddress!)
            }
            #expect(decoded == entry.times, "seed \(seed)")
            let span = columns.span(entry.reference)
            #expect(span == entry.times.last! - entry.times[0])
            let distinct = Set(held.map { one in one.times.map { $0 - one.times[0] } }).count
            #expect(columns.count == distinct, "seed \(seed)")
        }
    }
    for entry in held { columns.release(entry.reference) }
    #expect(columns.count == 0)
}
