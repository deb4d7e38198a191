import MetricModel

/// A stretch of a file whose records follow each other in time: one run of a recorder, as far as that can be told.
struct CaptureSection {
    enum Layout {
        /// Lines as they are.
        case plain
        /// zstd frames; with an index when the recorder ended in order.
        case frames(SectionIndex?)
    }

    let file: CaptureFile
    /// Bytes of the file.
    let range: Range<Int>
    let layout: Layout

    /// Takes a file apart into its sections.
    static func all(of file: CaptureFile, size: Int) throws(CaptureError) -> [CaptureSection] {
        switch try CaptureKind(of: try file.piece(at: 0, count: 16), path: file.path) {
        case .empty: return []
        case .plain: return [CaptureSection(file: file, range: 0..<size, layout: .plain)]
        case .compressed: return try framed(file, size: size)
        }
    }

    private static func framed(_ file: CaptureFile, size: Int) throws(CaptureError) -> [CaptureSection] {
        var sections: [CaptureSection] = []
        var end = size
        while end > 0 {
            guard let index = try SectionIndex.read(file, endingAt: end) else { break }
            sections.append(
                CaptureSection(file: file, range: end - index.sectionLength..<end, layout: .frames(index)))
            end -= index.sectionLength
        }
        // Before them, or at the very end of a file that is being written: sections that nobody finished. Finished ones
        // may stand before those.
        if end > 0 { sections += try unfinished(file, end: end).reversed() }
        return sections.reversed()
    }

    /// Takes apart the first `end` bytes, which do not end with an index, from the front.
    private static func unfinished(_ file: CaptureFile, end: Int) throws(CaptureError) -> [CaptureSection] {
        var sections: [CaptureSection] = []
        var start = 0
        var offset = 0
        while offset < end {
            guard case .whole(let length, let isSkippable) = try ZstdFrame.walk(file, at: offset, end: end)
            else {
                guard let next = try nextFrame(file, after: offset, end: end) else { break }
                offset = next
                continue
            }
            offset += length
            if isSkippable, let index = try SectionIndex.read(file, endingAt: offset) {
                let own = offset - index.sectionLength
                if own > start {
                    sections.append(CaptureSection(file: file, range: start..<own, layout: .frames(nil)))
                }
                sections.append(
                    CaptureSection(file: file, range: max(start, own)..<offset, layout: .frames(index)))
                start = offset
            }
        }
        if start < end {
            sections.append(CaptureSection(file: file, range: start..<end, layout: .frames(nil)))
        }
        return sections
    }

    /// Where the next frame begins after `offset`, found by looking for one; `nil` when there is none before `end`.
    static func nextFrame(_ file: CaptureFile, after offset: Int, end: Int) throws(CaptureError) -> Int? {
        var start = offset + 1
        while start + 4 <= end {
            let piece = try file.piece(at: start, count: min(64 << 10, end - start))
            if piece.count < 4 { return nil }
            for index in 0...piece.count - 4
            where piece[index] == ZstdFrame.magicBytes[0]
                && piece[index..<index + 4].elementsEqual(ZstdFrame.magicBytes)
            {
                if try ZstdFrame.walk(file, at: start + index, end: end) != .notAFrame {
                    return start + index
                }
            }
            start += piece.count - 3
        }
        return nil
    }
}

/// What kind of file the first bytes promise.
enum CaptureKind {
    case empty, plain, compressed

    init(of head: [UInt8], path: String) throws(CaptureError) {
        if head.isEmpty {
            self = .empty
        } else if head.starts(with: ZstdFrame.magicBytes) || ZstdFrame.magicBytes.starts(with: head)
            || head.count >= 4 && head[0] & 0xf0 == 0x50 && head[1...3].elementsEqual([0x2a, 0x4d, 0x18])
        {
            self = .compressed
        } else if head.starts(with: "{\"t\":".utf8) || "{\"t\":".utf8.starts(with: head) {
            self = .plain
        } else {
            throw .notACapture(path: path)
        }
    }
}
