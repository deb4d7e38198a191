/// Where the samples of one series are: a head of a few uncompressed samples, and before it sealed blocks.
///
/// Invariant: blocks and head do not overlap in time, the head is the newest. Memory belongs to the `SamplePool`.
struct SampleLog: BitwiseCopyable {
    /// Times of the newest and the oldest sample in memory; `.min` and `.max` when there is none.
    var newest = Int64.min
    var oldest = Int64.max
    /// Time of the head's first sample.
    var headBase: Int64 = 0
    var head = ArenaReference.none
    /// A cell of `BlockEntry`, oldest first, no larger than `blockCount` needs.
    var directory = ArenaReference.none
    var blockCount: UInt16 = 0
    var headCount: UInt8 = 0

    var isEmpty: Bool { newest == .min }
}

/// A block in a series' directory.
struct BlockEntry: BitwiseCopyable {
    /// Time of the first sample.
    var start: Int64
    var block: ArenaReference
    var count: UInt32
}

/// The uncompressed samples of a series: up to `countMax` times, as milliseconds after the log's `headBase`, and values,
/// side by side, so that an append touches one line of the cache.
enum SampleHead {
    static let countMax = 16
    static let stride = 12
    static let byteCount = countMax * stride

    @inline(__always)
    static func offset(_ head: UnsafeRawPointer, _ index: Int) -> UInt32 {
        head.load(fromByteOffset: index &* stride, as: UInt32.self)
    }

    @inline(__always)
    static func value(_ head: UnsafeRawPointer, _ index: Int) -> Double {
        head.loadUnaligned(fromByteOffset: index &* stride &+ 4, as: Double.self)
    }

    @inline(__always)
    static func store(_ head: UnsafeMutableRawPointer, _ index: Int, _ offset: UInt32, _ value: Double) {
        head.storeBytes(of: offset, toByteOffset: index &* stride, as: UInt32.self)
        head.storeBytes(of: value, toByteOffset: index &* stride &+ 4, as: Double.self)
    }
}
