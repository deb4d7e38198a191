import Glibc

/// A place in a `ByteArena`, counted in units of 16 bytes: four bytes, because a store holds millions of them.
struct ArenaReference: Equatable, BitwiseCopyable {
    static let none = ArenaReference(unit: 0)

    let unit: UInt32
}

/// Memory for many small cells that come and go for weeks.
///
/// Regions of 16 MiB are reserved from the kernel and cut into slabs of 32 KiB; a slab holds cells of one size class.
/// A freed cell is the next one handed out in its slab; a slab without live cells serves any class, and beyond a small
/// reserve its pages go back to the kernel. Since all references to a cell are known to its owner, `beginCompaction`
/// can name the thinly used slabs, whose cells the owner then moves: memory in use stays near memory needed whatever
/// the order in which cells end.
///
/// Reading up to 15 bytes past the end of a cell is safe: the packed columns are read by the word.
struct ByteArena: ~Copyable {
    static let unitSize = 16
    /// The largest cell, in bytes.
    static let cellSizeMax = 16 << 10

    private static let unitsPerSlab = 2048
    private static let slabShift: UInt32 = 11
    private static let slabsPerRegion = 512
    private static let regionShift: UInt32 = 20
    private static let regionBytes = slabsPerRegion * unitsPerSlab * unitSize
    private static let regionsMax = 4096
    /// Empty slabs that keep their pages, so that a cell that comes and goes costs no system calls.
    private static let reserveMax = 16

    private struct Slab: BitwiseCopyable {
        var sizeClass: UInt8 = 0
        /// In its class's list of slabs with room.
        var isListed = false
        /// Being emptied: hands out nothing.
        var isSparse = false
        /// Cells in use.
        var live: UInt16 = 0
        /// Cells handed out at least once.
        var bump: UInt16 = 0
        /// The cell freed last, plus one; that cell holds the one before it.
        var free: UInt16 = 0
        /// Units whose pages have been written to since the kernel gave them.
        var touched: UInt16 = 0
        var previous: UInt32 = 0
        var next: UInt32 = 0
    }

    /// Units of each size class, ascending: by 16 bytes first, then by about an eighth.
    private static let classUnits: [UInt16] = {
        var units = Array(stride(from: UInt16(1), through: 16, by: 1))
        for (end, step): (UInt16, UInt16) in [(32, 2), (64, 4), (128, 8), (256, 32), (512, 64), (1024, 128)] {
            while let last = units.last, last < end { units.append(last + step) }
        }
        return units
    }()

    private let regions: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var regionCount = 0
    private var slabs = PlainArray<Slab>(capacity: 64)
    /// The size class for each number of units.
    private let classOfUnits: UnsafeMutablePointer<UInt8>
    private let unitsOfClass: UnsafeMutablePointer<UInt16>
    /// First slab with room of each class; slab 0 is never used, so 0 means none.
    private let roomy: UnsafeMutablePointer<UInt32>
    /// Empty slabs with pages, and without.
    private var reserve: [UInt32] = []
    private var bare: [UInt32] = []

    /// Bytes of live cells, their rounding included.
    private(set) var liveBytes = 0
    /// Bytes of pages that were written to and not given back: what this arena adds to the process.
    private(set) var residentBytes = 0

    init() {
        regions = .allocate(capacity: Self.regionsMax)
        let classes = Self.classUnits
        unitsOfClass = .allocate(capacity: classes.count)
        unitsOfClass.update(from: classes, count: classes.count)
        classOfUnits = .allocate(capacity: Self.cellSizeMax / Self.unitSize + 1)
        var sizeClass = 0
        for units in 0...Self.cellSizeMax / Self.unitSize {
            if units > Int(classes[sizeClass]) { sizeClass += 1 }
            classOfUnits[units] = UInt8(sizeClass)
        }
        roomy = .allocate(capacity: classes.count)
        roomy.initialize(repeating: 0, count: classes.count)
    }

    deinit {
        for index in 0..<regionCount { munmap(regions[index], Self.regionBytes + Self.unitSize) }
        regions.deallocate()
        classOfUnits.deallocate()
        unitsOfClass.deallocate()
        roomy.deallocate()
    }

    /// Where the cell is; valid until it is freed or moved.
    @inline(__always)
    func pointer(_ reference: ArenaReference) -> UnsafeMutableRawPointer {
        regions[Int(reference.unit >> Self.regionShift)]
            + Int(reference.unit & (1 << Self.regionShift - 1)) * Self.unitSize
    }

    /// The size of the cell that `byteCount` bytes get.
    func cellSize(for byteCount: Int) -> Int {
        Int(unitsOfClass[Int(classOfUnits[(byteCount + Self.unitSize - 1) / Self.unitSize])]) * Self.unitSize
    }

    func cellSize(of reference: ArenaReference) -> Int {
        Int(unitsOfClass[Int(slabs[Int(reference.unit >> Self.slabShift)].sizeClass)]) * Self.unitSize
    }

    /// A cell of at least `byteCount` bytes with undefined content.
    mutating func allocate(_ byteCount: Int) -> ArenaReference {
        precondition(byteCount > 0 && byteCount <= Self.cellSizeMax, "no cell is that large")
        let sizeClass = Int(classOfUnits[(byteCount + Self.unitSize - 1) / Self.unitSize])
        let units = Int(unitsOfClass[sizeClass])
        var index = roomy[sizeClass]
        if index == 0 {
            index = takeSlab(sizeClass)
            list(index)
        }
        let slab = slabs.pointer(at: Int(index))
        let cell: Int
        if slab.pointee.free != 0 {
            cell = Int(slab.pointee.free) - 1
            slab.pointee.free = pointer(reference(index, cell, units)).load(as: UInt16.self)
        } else {
            cell = Int(slab.pointee.bump)
            slab.pointee.bump += 1
            let touched = (cell + 1) * units
            if touched > slab.pointee.touched {
                residentBytes += (touched - Int(slab.pointee.touched)) * Self.unitSize
                slab.pointee.touched = UInt16(touched)
            }
        }
        slab.pointee.live += 1
        liveBytes += units * Self.unitSize
        if slab.pointee.free == 0 && (Int(slab.pointee.bump) + 1) * units > Self.unitsPerSlab {
            unlist(index)
        }
        return reference(index, cell, units)
    }

    mutating func free(_ freed: ArenaReference) {
        let index = freed.unit >> Self.slabShift
        let slab = slabs.pointer(at: Int(index))
        let units = Int(unitsOfClass[Int(slab.pointee.sizeClass)])
        let cell = Int(freed.unit & (1 << Self.slabShift - 1)) / units
        pointer(freed).storeBytes(of: slab.pointee.free, as: UInt16.self)
        slab.pointee.free = UInt16(cell + 1)
        slab.pointee.live -= 1
        liveBytes -= units * Self.unitSize
        if slab.pointee.live == 0 {
            if slab.pointee.isListed { unlist(index) }
            giveBack(index)
        } else if !slab.pointee.isListed && !slab.pointee.isSparse {
            list(index)
        }
    }

    // MARK: Compaction

    /// Whether a quarter of the memory or more, and more than a megabyte, is held by slabs without need.
    var isFragmented: Bool { residentBytes - liveBytes > max(residentBytes / 4, 1 << 20) }

    /// Marks the slabs that are less than three quarters full; until `endCompaction` they hand out no cells.
    mutating func beginCompaction() {
        for index in 1..<max(slabs.count, 1) {
            let slab = slabs.pointer(at: index)
            guard slab.pointee.live > 0 else { continue }
            let capacity = Self.unitsPerSlab / Int(unitsOfClass[Int(slab.pointee.sizeClass)])
            guard Int(slab.pointee.live) * 4 < capacity * 3 else { continue }
            if slab.pointee.isListed { unlist(UInt32(index)) }
            slab.pointee.isSparse = true
        }
    }

    /// The new place of the cell when it lies in a thinly used slab, else the old one. The content goes along.
    mutating func compacted(_ reference: ArenaReference) -> ArenaReference {
        let slab = slabs[Int(reference.unit >> Self.slabShift)]
        guard slab.isSparse else { return reference }
        let size = Int(unitsOfClass[Int(slab.sizeClass)]) * Self.unitSize
        let moved = allocate(size)
        pointer(moved).copyMemory(from: pointer(reference), byteCount: size)
        free(reference)
        return moved
    }

    mutating func endCompaction() {
        for index in 1..<max(slabs.count, 1) where slabs[index].isSparse {
            slabs.pointer(at: index).pointee.isSparse = false
            if slabs[index].live > 0 && !slabs[index].isListed { list(UInt32(index)) }
        }
    }

    // MARK: Slabs

    private func reference(_ slab: UInt32, _ cell: Int, _ units: Int) -> ArenaReference {
        ArenaReference(unit: slab << Self.slabShift + UInt32(cell * units))
    }

    private func address(ofSlab index: UInt32) -> UnsafeMutableRawPointer {
        pointer(ArenaReference(unit: index << Self.slabShift))
    }

    private mutating func takeSlab(_ sizeClass: Int) -> UInt32 {
        let index: UInt32
        if let kept = reserve.popLast() ?? bare.popLast() {
            index = kept
        } else {
            if slabs.count == regionCount * Self.slabsPerRegion { addRegion() }
            index = UInt32(slabs.count)
            slabs.append(Slab())
        }
        let slab = slabs.pointer(at: Int(index))
        slab.pointee = Slab(sizeClass: UInt8(sizeClass), touched: slab.pointee.touched)
        return index
    }

    private mutating func giveBack(_ index: UInt32) {
        let slab = slabs.pointer(at: Int(index))
        slab.pointee = Slab(touched: slab.pointee.touched)
        if reserve.count < Self.reserveMax {
            reserve.append(index)
            return
        }
        madvise(address(ofSlab: index), Self.unitsPerSlab * Self.unitSize, MADV_DONTNEED)
        residentBytes -= Int(slab.pointee.touched) * Self.unitSize
        slab.pointee.touched = 0
        bare.append(index)
    }

    private mutating func addRegion() {
        precondition(regionCount < Self.regionsMax, "the arena's references reach no further")
        // One unit more than is handed out: the last cell too may be read past its end.
        let memory = mmap(
            nil, Self.regionBytes + Self.unitSize, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory, memory != MAP_FAILED else { fatalError("out of memory") }
        // Huge pages would come whole for the first byte written, and would undo what `giveBack` returns.
        madvise(memory, Self.regionBytes, MADV_NOHUGEPAGE)
        (regions + regionCount).initialize(to: memory)
        regionCount += 1
        // Unit 0 must not name a cell; its slab stays untouched and so costs nothing.
        if regionCount == 1 { slabs.append(Slab()) }
    }

    private mutating func list(_ index: UInt32) {
        let slab = slabs.pointer(at: Int(index))
        let sizeClass = Int(slab.pointee.sizeClass)
        slab.pointee.isListed = true
        slab.pointee.previous = 0
        slab.pointee.next = roomy[sizeClass]
        if roomy[sizeClass] != 0 { slabs.pointer(at: Int(roomy[sizeClass])).pointee.previous = index }
        roomy[sizeClass] = index
    }

    private mutating func unlist(_ index: UInt32) {
        let slab = slabs.pointer(at: Int(index))
        slab.pointee.isListed = false
        if slab.pointee.previous != 0 {
            slabs.pointer(at: Int(slab.pointee.previous)).pointee.next = slab.pointee.next
        } else {
            roomy[Int(slab.pointee.sizeClass)] = slab.pointee.next
        }
        if slab.pointee.next != 0 {
            slabs.pointer(at: Int(slab.pointee.next)).pointee.previous = slab.pointee.previous
        }
    }
}
