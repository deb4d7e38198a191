/// Reads blocks in the form of `BlockFormat`.
struct BlockDecoder {
    private let cell: UnsafeRawPointer
    private let form: UInt8
    private let width: Int
    private let shift: UInt64
    private let base: Int64
    private let hasExceptions: Bool
    let count: Int

    @inline(__always)
    init(_ cell: UnsafeRawPointer) {
        self.cell = cell
        let head = cell.load(as: UInt32.self)
        form = UInt8(truncatingIfNeeded: head)
        let counts = UInt8(truncatingIfNeeded: head >> 8)
        count = Int(counts & ~BlockFormat.exceptionsFlag) + 1
        hasExceptions = counts & BlockFormat.exceptionsFlag != 0
        width = Int(UInt8(truncatingIfNeeded: head >> 16))
        shift = UInt64(head >> 24)
        base = cell.load(fromByteOffset: 8, as: Int64.self)
    }

    /// The shared column that holds the times; `nil` when they are regular.
    var column: ArenaReference? {
        form & BlockFormat.columnFlag == 0
            ? nil : ArenaReference(unit: cell.load(fromByteOffset: 4, as: UInt32.self))
    }

    /// Milliseconds from one sample to the next of a block with regular times.
    var step: Int64 { Int64(cell.load(fromByteOffset: 4, as: UInt32.self)) }

    /// Decodes values `range` to `target`, which has room for as many doubles.
    func decodeValues(_ range: Range<Int>, to target: UnsafeMutableRawPointer) {
        assert(range.lowerBound >= 0 && range.upperBound <= count)
        let packed: UnsafeRawPointer
        let packedCount: Int
        if form & BlockFormat.differenceFlag == 0 {
            packed = cell + BlockFormat.headerSize
            packedCount = count
            decodeFrame(packed, range, to: target)
        } else {
            packed = cell + BlockFormat.differenceHeaderSize
            packedCount = count - 1
            decodeDifferences(packed, range, to: target)
        }
        let mapping = form & 3
        if mapping == BlockFormat.Mapping.integer.rawValue {
            for index in 0..<range.count {
                let sum = target.load(fromByteOffset: 8 * index, as: Int64.self) &+ BlockFormat.magicBits
                let value = Double(bitPattern: UInt64(bitPattern: sum)) - BlockFormat.magic
                target.storeBytes(of: value, toByteOffset: 8 * index, as: Double.self)
            }
        } else if mapping == BlockFormat.Mapping.decimal.rawValue {
            let power = BlockFormat.powersOfTen[Int(form >> 4)]
            for index in 0..<range.count {
                let sum = target.load(fromByteOffset: 8 * index, as: Int64.self) &+ BlockFormat.magicBits
                let value = (Double(bitPattern: UInt64(bitPattern: sum)) - BlockFormat.magic) / power
                target.storeBytes(of: value, toByteOffset: 8 * index, as: Double.self)
            }
        }
        if hasExceptions {
            restoreExceptions(
                packed + BitPacking.byteCount(packedCount, width: width), range, to: target)
        }
    }

    private func decodeFrame(
        _ packed: UnsafeRawPointer, _ range: Range<Int>, to target: UnsafeMutableRawPointer
    ) {
        if width == 0 {
            for index in 0..<range.count {
                target.storeBytes(of: base, toByteOffset: 8 * index, as: Int64.self)
            }
            return
        }
        let mask = BitPacking.mask(width)
        var offset = 0
        for index in range {
            let number = BitPacking.unpack(packed, index, width: width, mask: mask) &<< shift
            target.storeBytes(of: base &+ Int64(bitPattern: number), toByteOffset: offset, as: Int64.self)
            offset &+= 8
        }
    }

    private func decodeDifferences(
        _ packed: UnsafeRawPointer, _ range: Range<Int>, to target: UnsafeMutableRawPointer
    ) {
        guard !range.isEmpty else { return }
        let smallest = cell.load(fromByteOffset: 16, as: Int64.self)
        if width == 0 {
            var integer = base &+ Int64(range.lowerBound) &* smallest
            for index in 0..<range.count {
                target.storeBytes(of: integer, toByteOffset: 8 * index, as: Int64.self)
                integer &+= smallest
            }
            return
        }
        let mask = BitPacking.mask(width)
        var sum: UInt64 = 0
        for index in 0..<range.lowerBound {
            sum &+= BitPacking.unpack(packed, index, width: width, mask: mask)
        }
        var integer =
            base &+ Int64(range.lowerBound) &* smallest &+ Int64(bitPattern: sum &<< shift)
        target.storeBytes(of: integer, as: Int64.self)
        var offset = 8
        for index in range.lowerBound..<range.upperBound - 1 {
            let number = BitPacking.unpack(packed, index, width: width, mask: mask) &<< shift
            integer = integer &+ smallest &+ Int64(bitPattern: number)
            target.storeBytes(of: integer, toByteOffset: offset, as: Int64.self)
            offset &+= 8
        }
    }

    private func restoreExceptions(
        _ list: UnsafeRawPointer, _ range: Range<Int>, to target: UnsafeMutableRawPointer
    ) {
        let exceptionCount = Int(list.load(as: UInt8.self))
        for index in 0..<exceptionCount {
            let position = Int(list.load(fromByteOffset: 1 + index, as: UInt8.self))
            guard range.contains(position) else { continue }
            let bits = list.loadUnaligned(fromByteOffset: 1 + exceptionCount + 8 * index, as: UInt64.self)
            target.storeBytes(of: bits, toByteOffset: 8 * (position - range.lowerBound), as: UInt64.self)
        }
    }
}
