/// Finds the smallest form of a block of values and writes it. Has scratch memory, so it is made once.
struct BlockEncoder: ~Copyable {
    /// What a block will look like; `byteCount` is the size of its cell.
    struct Plan: BitwiseCopyable {
        var mapping = BlockFormat.Mapping.bits
        var exponent = 0
        var predictor = BlockFormat.Predictor.frame
        var width = 0
        var shift = 0
        var base: Int64 = 0
        var smallestDifference: Int64 = 0
        var exceptionCount = 0
        var byteCount = 0
    }

    /// The times of a block as its header holds them.
    enum Times {
        case regular(step: UInt32)
        case column(ArenaReference)
    }

    private let integers = UnsafeMutablePointer<Int64>.allocate(capacity: BlockFormat.countMax)
    private let numbers = UnsafeMutablePointer<UInt64>.allocate(capacity: BlockFormat.countMax)
    private let exceptions = UnsafeMutablePointer<UInt8>.allocate(capacity: BlockFormat.countMax)

    deinit {
        integers.deallocate()
        numbers.deallocate()
        exceptions.deallocate()
    }

    /// Leaves the integers of the returned plan in scratch memory for `write`.
    mutating func plan(_ values: UnsafePointer<Double>, count: Int) -> Plan {
        assert(count >= 1 && count <= BlockFormat.countMax)
        if mapIntegers(values, count) { return measured(.integer, 0, count, exceptionCount: 0) }

        // Something is no integer. The cheapest of the three mappings counts; odd values may stand as exceptions.
        var best = Plan()
        best.byteCount = .max
        let oddIntegers = collectExceptions(values, count) { Self.integer($0) }
        if oddIntegers <= BlockFormat.exceptionsMax {
            best = measured(.integer, 0, count, exceptionCount: oddIntegers)
        }
        if let exponent = Self.decimalExponent(values, count) {
            let odd = collectExceptions(values, count) { Self.decimal($0, exponent: exponent) }
            if odd <= BlockFormat.exceptionsMax {
                let plan = measured(.decimal, exponent, count, exceptionCount: odd)
                if plan.byteCount < best.byteCount { best = plan }
            }
        }
        // Bit patterns are hardly ever narrower than this.
        if best.byteCount > BlockFormat.headerSize + BitPacking.byteCount(count, width: 24) {
            let asBits = mapBits(values, count)
            let plan = measured(.bits, 0, count, exceptionCount: asBits)
            if plan.byteCount <= best.byteCount { return plan }
        } else if best.mapping == .decimal {
            // What is in scratch memory is what was measured last.
            return best
        }

        switch best.mapping {
        case .integer: _ = collectExceptions(values, count) { Self.integer($0) }
        case .decimal:
            let exponent = best.exponent
            _ = collectExceptions(values, count) { Self.decimal($0, exponent: exponent) }
        case .bits: break
        }
        return best
    }

    /// Writes the block that the last call of `plan` returned into `cell`, which has `plan.byteCount` bytes.
    func write(
        _ plan: Plan, _ values: UnsafePointer<Double>, count: Int, times: Times,
        to cell: UnsafeMutableRawPointer
    ) {
        var form = plan.mapping.rawValue | UInt8(plan.exponent) << 4
        if plan.predictor == .difference { form |= BlockFormat.differenceFlag }
        let second: UInt32
        switch times {
        case .regular(let step): second = step
        case .column(let reference):
            form |= BlockFormat.columnFlag
            second = reference.unit
        }
        var counts = UInt8(count - 1)
        if plan.exceptionCount > 0 { counts |= BlockFormat.exceptionsFlag }
        cell.storeBytes(of: form, toByteOffset: 0, as: UInt8.self)
        cell.storeBytes(of: counts, toByteOffset: 1, as: UInt8.self)
        cell.storeBytes(of: UInt8(plan.width), toByteOffset: 2, as: UInt8.self)
        cell.storeBytes(of: UInt8(plan.shift), toByteOffset: 3, as: UInt8.self)
        cell.storeBytes(of: second, toByteOffset: 4, as: UInt32.self)
        cell.storeBytes(of: plan.base, toByteOffset: 8, as: Int64.self)

        var offset = BlockFormat.headerSize
        var packedCount = count
        let shift = UInt64(plan.shift)
        switch plan.predictor {
        case .frame:
            if plan.width > 0 {
                for index in 0..<count {
                    numbers[index] = UInt64(bitPattern: integers[index] &- plan.base) &>> shift
                }
            }
        case .difference:
            cell.storeBytes(of: plan.smallestDifference, toByteOffset: 16, as: Int64.self)
            offset = BlockFormat.differenceHeaderSize
            packedCount = count - 1
            if plan.width > 0 {
                for index in 0..<packedCount {
                    let difference = integers[index + 1] &- integers[index]
                    numbers[index] = UInt64(bitPattern: difference &- plan.smallestDifference) &>> shift
                }
            }
        }
        BitPacking.pack(numbers, count: packedCount, width: plan.width, to: cell + offset)
        offset += BitPacking.byteCount(packedCount, width: plan.width)

        guard plan.exceptionCount > 0 else { return }
        cell.storeBytes(of: UInt8(plan.exceptionCount), toByteOffset: offset, as: UInt8.self)
        offset += 1
        for index in 0..<plan.exceptionCount {
            let position = exceptions[index]
            cell.storeBytes(of: position, toByteOffset: offset + index, as: UInt8.self)
            cell.storeBytes(
                of: values[Int(position)].bitPattern, toByteOffset: offset + plan.exceptionCount + 8 * index,
                as: UInt64.self)
        }
    }

    // MARK: Mappings

    /// Maps all values as integers; `false` when one of them is none (or is -0, or has more than 51 bits).
    private func mapIntegers(_ values: UnsafePointer<Double>, _ count: Int) -> Bool {
        var odd: UInt64 = 0
        for index in 0..<count {
            let value = values[index]
            let sum = value + BlockFormat.magic
            integers[index] = Int64(bitPattern: sum.bitPattern) &- BlockFormat.magicBits
            odd |= (sum - BlockFormat.magic).bitPattern ^ value.bitPattern
            odd |= sum.bitPattern >> 52 ^ BlockFormat.magicExponent
        }
        return odd == 0
    }

    @inline(__always)
    private static func integer(_ value: Double) -> Int64? {
        let sum = value + BlockFormat.magic
        guard sum.bitPattern >> 52 == BlockFormat.magicExponent,
            (sum - BlockFormat.magic).bitPattern == value.bitPattern
        else { return nil }
        return Int64(bitPattern: sum.bitPattern) &- BlockFormat.magicBits
    }

    @inline(__always)
    private static func decimal(_ value: Double, exponent: Int) -> Int64? {
        let power = BlockFormat.powersOfTen[exponent]
        let sum = value * power + BlockFormat.magic
        let scaled = sum - BlockFormat.magic
        guard sum.bitPattern >> 52 == BlockFormat.magicExponent,
            (scaled / power).bitPattern == value.bitPattern
        else { return nil }
        return Int64(bitPattern: sum.bitPattern) &- BlockFormat.magicBits
    }

    /// The smallest exponent that turns the values into integers, but for a few; `nil` when most have none.
    private static func decimalExponent(_ values: UnsafePointer<Double>, _ count: Int) -> Int? {
        var exponent = 0
        var failures = 0
        var found = 0
        for index in 0..<count {
            let value = values[index]
            guard value.isFinite, decimal(value, exponent: exponent) == nil else { continue }
            var larger = exponent + 1
            while larger < BlockFormat.powersOfTen.count && decimal(value, exponent: larger) == nil {
                larger += 1
            }
            if larger < BlockFormat.powersOfTen.count {
                exponent = larger
                found += 1
            } else if value.bitPattern != (-0.0).bitPattern {
                failures += 1
                // Full mantissas: looking further would cost more than it could save.
                if failures > BlockFormat.exceptionsMax || failures > 3 && found == 0 { return nil }
            }
        }
        return exponent > 0 ? exponent : nil
    }

    /// Maps all values, those that `mapping` refuses as exceptions; returns their number, or more than
    /// `exceptionsMax` when there are too many.
    @inline(__always)
    private func collectExceptions(
        _ values: UnsafePointer<Double>, _ count: Int, _ mapping: (Double) -> Int64?
    ) -> Int {
        var odd = 0
        var last: Int64?
        var lastDifference: Int64 = 0
        for index in 0..<count {
            if let integer = mapping(values[index]) {
                integers[index] = integer
                if let last {
                    lastDifference = integer &- last
                } else {
                    // Exceptions at the start lie where the first true value is.
                    for earlier in 0..<index { integers[earlier] = integer }
                }
                last = integer
            } else {
                if odd >= BlockFormat.exceptionsMax { return BlockFormat.exceptionsMax + 1 }
                exceptions[odd] = UInt8(index)
                odd += 1
                // What goes on as before widens neither the frame nor the differences, as far as that can be foreseen.
                if let previous = last {
                    last = previous &+ lastDifference
                    integers[index] = previous &+ lastDifference
                }
            }
        }
        // Nothing but exceptions: another mapping does better.
        return last == nil ? BlockFormat.exceptionsMax + 1 : odd
    }

    /// Maps the bit patterns; NaN and infinities among ordinary values are exceptions as long as they are few.
    private func mapBits(_ values: UnsafePointer<Double>, _ count: Int) -> Int {
        let odd = collectExceptions(values, count) { $0.isFinite ? Int64(bitPattern: $0.bitPattern) : nil }
        if odd <= BlockFormat.exceptionsMax { return odd }
        for index in 0..<count { integers[index] = Int64(bitPattern: values[index].bitPattern) }
        return 0
    }

    /// The better predictor for the integers in scratch memory, and what it costs.
    private func measured(
        _ mapping: BlockFormat.Mapping, _ exponent: Int, _ count: Int, exceptionCount: Int
    ) -> Plan {
        var plan = Plan()
        plan.mapping = mapping
        plan.exponent = exponent
        plan.exceptionCount = exceptionCount
        var smallest = integers[0]
        var largest = integers[0]
        var smallestDifference = Int64.max
        var largestDifference = Int64.min
        var previous = integers[0]
        for index in 1..<max(count, 1) {
            let integer = integers[index]
            let difference = integer &- previous
            previous = integer
            smallest = min(smallest, integer)
            largest = max(largest, integer)
            smallestDifference = min(smallestDifference, difference)
            largestDifference = max(largestDifference, difference)
        }
        let frameRange = UInt64(bitPattern: largest &- smallest)
        let differenceRange = count > 1 ? UInt64(bitPattern: largestDifference &- smallestDifference) : 0
        let frameBits = count * BitPacking.width(for: frameRange)
        let differenceBits =
            (count - 1) * BitPacking.width(for: differenceRange)
            + 8 * (BlockFormat.differenceHeaderSize - BlockFormat.headerSize)
        var packedCount = count
        var headerSize = BlockFormat.headerSize
        var range = frameRange
        plan.base = smallest
        // A tie goes to the frame, whose values are read without those before them.
        if count > 1 && differenceBits < frameBits {
            plan.predictor = .difference
            plan.base = integers[0]
            plan.smallestDifference = smallestDifference
            packedCount = count - 1
            headerSize = BlockFormat.differenceHeaderSize
            range = differenceRange
        }
        if range > 0xff { plan.shift = commonShift(plan, count) }
        plan.width = BitPacking.width(for: range >> UInt64(plan.shift))
        plan.byteCount =
            headerSize + BitPacking.byteCount(packedCount, width: plan.width)
            + (exceptionCount > 0 ? 1 + 9 * exceptionCount : 0)
        return plan
    }

    /// The power of two that divides all numbers to be packed: memory comes in pages, and short fractions leave the low
    /// bits of a mantissa empty.
    private func commonShift(_ plan: Plan, _ count: Int) -> Int {
        var used: UInt64 = 0
        switch plan.predictor {
        case .frame:
            for index in 0..<count { used |= UInt64(bitPattern: integers[index] &- plan.base) }
        case .difference:
            for index in 1..<count {
                let difference = integers[index] &- integers[index - 1]
                used |= UInt64(bitPattern: difference &- plan.smallestDifference)
            }
        }
        return used == 0 ? 0 : used.trailingZeroBitCount
    }
}
