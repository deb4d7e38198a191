/// One sealed block of a series' samples: at most `countMax` values, and how to get at their times.
///
///     0  UInt8   bits 0-1 mapping, 2 predictor, 3 times, 4-7 decimal exponent
///     1  UInt8   bits 0-6 sample count - 1, bit 7: exceptions follow
///     2  UInt8   width of a packed number, 0...57 or 64
///     3  UInt8   shift: every number is a multiple of 2^shift
///     4  UInt32  milliseconds between samples, or the reference of a shared column of times
///     8  Int64   base: the smallest integer, or the first one
///     16 Int64   smallest difference (predictor `difference` only)
///        packed numbers, then if there are exceptions: UInt8 count, their positions, their 64 bits each
///
/// A value becomes an integer by its mapping; the integers are packed as distances above the smallest one, or as
/// distances of their differences above the smallest difference. So what is constant or climbs evenly takes no
/// packed bytes at all.
enum BlockFormat {
    static let countMax = 128
    static let exceptionsMax = 12
    static let headerSize = 16
    static let differenceHeaderSize = 24

    /// How a double becomes an integer and, bit for bit, a double again.
    enum Mapping: UInt8 {
        /// It is one, of at most 51 bits.
        case integer = 0
        /// Times a power of ten it is one; divided by it, it is the double again. So are numbers read from short decimals.
        case decimal = 1
        /// Its bit pattern.
        case bits = 2
    }

    enum Predictor: UInt8 {
        case frame = 0
        case difference = 1
    }

    static let differenceFlag: UInt8 = 1 << 2
    static let columnFlag: UInt8 = 1 << 3
    static let exceptionsFlag: UInt8 = 1 << 7

    /// Adding 1.5 * 2^52 to an integer of up to 51 bits puts it into the low bits of the sum's mantissa. Both ways are
    /// plain additions, which the compiler turns into vector instructions; conversions are not to be had for those.
    static let magic: Double = 6_755_399_441_055_744
    static let magicBits = Int64(bitPattern: magic.bitPattern)
    static let magicExponent: UInt64 = magic.bitPattern >> 52

    static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
}
