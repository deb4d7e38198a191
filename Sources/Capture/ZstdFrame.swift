/// The outside of one zstd frame (RFC 8878), found by walking over its blocks without decompressing them.
struct ZstdFrame {
    enum Walk: Equatable {
        /// A whole frame or skippable frame of so many bytes.
        case whole(length: Int, isSkippable: Bool)
        /// The file ends inside of the frame. Its blocks are whole for the first `blocks` bytes; `nil` when not even the
        /// frame's header is.
        case cut(blocks: Int?)
        case notAFrame
    }

    static let magic: UInt32 = 0xfd2f_b528
    /// The four magic bytes as they stand in a file.
    static let magicBytes: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    /// An empty last block: it ends a frame that was cut between two blocks.
    static let ending: [UInt8] = [0x01, 0x00, 0x00]

    /// Walks over the frame that begins at `start`, in a file that ends at `end`.
    static func walk(_ file: CaptureFile, at start: Int, end: Int) throws(CaptureError) -> Walk {
        let head = try file.bytes(at: start, count: min(18, end - start))
        guard head.count >= 4 else {
            let isBeginning = magicBytes.starts(with: head) || (head.first.map { $0 & 0xf0 == 0x50 } ?? true)
            return isBeginning ? .cut(blocks: nil) : .notAFrame
        }
        let magic = littleEndian(head[0..<4])
        if magic & 0xffff_fff0 == 0x184d_2a50 {
            guard head.count >= 8 else { return .cut(blocks: nil) }
            let length = 8 + Int(littleEndian(head[4..<8]))
            return start + length <= end ? .whole(length: length, isSkippable: true) : .cut(blocks: nil)
        }
        guard magic == Self.magic else { return .notAFrame }
        guard head.count >= 5 else { return .cut(blocks: nil) }
        let descriptor = head[4]
        let isSingleSegment = descriptor & 0x20 != 0
        let hasChecksum = descriptor & 0x04 != 0
        let contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
        let dictionarySize = [0, 1, 2, 4][Int(descriptor & 3)]
        if descriptor & 0x08 != 0 { return .notAFrame }
        var offset = start + 5 + (isSingleSegment ? 0 : 1) + dictionarySize + contentSize
        if offset > end { return .cut(blocks: nil) }
        while true {
            // With a checksum behind it, a frame cannot be ended by an empty block alone.
            guard offset + 3 <= end else { return .cut(blocks: hasChecksum ? nil : offset - start) }
            let block = Int(littleEndian(try file.bytes(at: offset, count: 3)[...]))
            let isLast = block & 1 == 1
            let size = block >> 3
            let length: Int
            switch block >> 1 & 3 {
            case 0, 2: length = size
            case 1: length = 1
            default: return .notAFrame
            }
            // No block decompresses to more than 128 KiB, and none is larger compressed.
            if size > 128 << 10 { return .notAFrame }
            guard offset + 3 + length <= end else { return .cut(blocks: hasChecksum ? nil : offset - start) }
            offset += 3 + length
            guard isLast else { continue }
            if hasChecksum {
                guard offset + 4 <= end else { return .cut(blocks: nil) }
                offset += 4
            }
            return .whole(length: offset - start, isSkippable: false)
        }
    }

    private static func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
