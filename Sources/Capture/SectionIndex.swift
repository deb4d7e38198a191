import MetricModel

/// Where the frames of a finished section begin, and what time each begins with.
///
/// It stands behind the section in a skippable zstd frame, which every decompressor passes over. Its end can be found
/// from the section's end, so a file of many sections is taken apart from behind without reading their contents.
struct SectionIndex: Equatable {
    struct Frame: Equatable {
        /// From the beginning of the section.
        var offset: Int
        /// The time of its first record.
        var first: Timestamp
    }

    var frames: [Frame] = []
    var first = Timestamp(milliseconds: 0)
    var last = Timestamp(milliseconds: 0)
    var records = 0
    var messages = 0

    /// Bytes of the section with its index, once that was read.
    private(set) var sectionLength = 0
    /// Bytes of the index itself.
    var length: Int { 20 + frames.count * 16 + Self.trailerLength }

    private static let magic: UInt32 = 0x184d_2a5a
    private static let beginning = Array("PTIX".utf8)
    private static let ending = Array("PTCAPEND".utf8)
    static let trailerLength = 64
    /// Larger ones are not believed: a million frames are several hundred gigabytes of lines.
    private static let framesMax = 1 << 24

    /// The index as it stands behind `dataLength` bytes of frames.
    ///
    /// Everything little-endian: "PTIX", version, frame count, for each frame its offset and its time in ms; then the
    /// trailer: length of the section with this index, first and last time, records, messages, length of this index,
    /// CRC-32 of all from "PTIX" to here, and "PTCAPEND".
    func encoded(dataLength: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        append(UInt64(Self.magic), 4, to: &bytes)
        append(UInt64(length - 8), 4, to: &bytes)
        bytes += Self.beginning
        append(1, 4, to: &bytes)
        append(UInt64(frames.count), 4, to: &bytes)
        for frame in frames {
            append(UInt64(frame.offset), 8, to: &bytes)
            append(UInt64(bitPattern: frame.first.milliseconds), 8, to: &bytes)
        }
        append(UInt64(dataLength + length), 8, to: &bytes)
        append(UInt64(bitPattern: first.milliseconds), 8, to: &bytes)
        append(UInt64(bitPattern: last.milliseconds), 8, to: &bytes)
        append(UInt64(records), 8, to: &bytes)
        append(UInt64(messages), 8, to: &bytes)
        append(UInt64(length), 8, to: &bytes)
        append(0, 4, to: &bytes)
        append(
            UInt64(bytes.withUnsafeBytes { crc32(UnsafeRawBufferPointer(rebasing: $0[8...])) }), 4, to: &bytes
        )
        bytes += Self.ending
        return bytes
    }

    /// The index that ends at `end` of `file`; `nil` when none does.
    static func read(_ file: CaptureFile, endingAt end: Int) throws(CaptureError) -> SectionIndex? {
        guard end >= trailerLength + 20 else { return nil }
        let trailer = try file.piece(at: end - trailerLength, count: trailerLength)
        guard trailer.count == trailerLength, trailer[56...].elementsEqual(ending) else { return nil }
        let length = Int(clamping: number(trailer, at: 40, 8))
        let sectionLength = Int(clamping: number(trailer, at: 0, 8))
        guard length >= trailerLength + 20, length <= 20 + framesMax * 16 + trailerLength,
            length <= sectionLength,
            sectionLength <= end
        else { return nil }
        let bytes = try file.piece(at: end - length, count: length)
        let crc = UInt32(number(trailer, at: 52, 4))
        guard bytes.count == length, number(bytes, at: 0, 4) == UInt64(magic),
            bytes.withUnsafeBytes({ crc32(UnsafeRawBufferPointer(rebasing: $0[8..<(length - 12)])) }) == crc
        else { return nil }
        let count = Int(number(bytes, at: 16, 4))
        guard length == 20 + count * 16 + trailerLength else { return nil }
        var index = SectionIndex()
        index.frames = (0..<count).map {
            Frame(
                offset: Int(clamping: number(bytes, at: 20 + $0 * 16, 8)),
                first: Timestamp(milliseconds: Int64(bitPattern: number(bytes, at: 28 + $0 * 16, 8))))
        }
        index.first = Timestamp(milliseconds: Int64(bitPattern: number(trailer, at: 8, 8)))
        index.last = Timestamp(milliseconds: Int64(bitPattern: number(trailer, at: 16, 8)))
        index.records = Int(clamping: number(trailer, at: 24, 8))
        index.messages = Int(clamping: number(trailer, at: 32, 8))
        index.sectionLength = sectionLength
        return index
    }

    private func append(_ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
    }

    private static func number(_ bytes: [UInt8], at offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
