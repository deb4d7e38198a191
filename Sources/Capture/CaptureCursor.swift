import Glibc
import MetricModel

/// What was found wrong while reading.
package struct CaptureDamage: Sendable, Equatable {
    /// Lines whose checksum is wrong.
    package var damagedRecords = 0
    /// Places where the compressed stream was broken; reading went on at the next frame.
    package var damagedFrames = 0
    /// Bytes of lines that have no end.
    package var tornBytes = 0
    /// Records of kinds that a later minor version added.
    package var unknownRecords = 0
    /// Sections whose footer counts otherwise than what was read.
    package var wrongFooters = 0

    package init() {}

    package var isNone: Bool { self == CaptureDamage() }

    static func + (a: CaptureDamage, b: CaptureDamage) -> CaptureDamage {
        var sum = a
        sum.damagedRecords += b.damagedRecords
        sum.damagedFrames += b.damagedFrames
        sum.tornBytes += b.tornBytes
        sum.unknownRecords += b.unknownRecords
        sum.wrongFooters += b.wrongFooters
        return sum
    }
}

/// Reads the records of one section, one after another, passing over what is damaged.
final class CaptureCursor {
    private let section: CaptureSection
    private let decompressor: ZstdDecompressor?
    private(set) var damage = CaptureDamage()

    /// The next byte of the file to be read.
    private var offset: Int
    /// Where the frame being read began.
    private var frameStart: Int
    /// Bytes read and not yet decompressed.
    private var input: [UInt8] = []
    private var inputOffset = 0
    /// Lines, the first `lineStart` bytes of which are done with.
    private var lines: [UInt8] = []
    private var lineStart = 0
    private var searchStart = 0
    /// Where in `lines` a frame began while a line was open.
    private var join: Int?
    private var hasEnded = false

    // Since the section's header, to compare with its footer.
    private var records = 0
    private var messages = 0
    private var sum: UInt32?

    init(_ section: CaptureSection) {
        self.section = section
        offset = section.range.lowerBound
        frameStart = offset
        if case .frames = section.layout { decompressor = ZstdDecompressor() } else { decompressor = nil }
    }

    /// The next record; `nil` at the end.
    func next() throws(CaptureError) -> CaptureRecord? {
        while let range = try nextLine() {
            if range.isEmpty { continue }
            switch read(range) {
            case .record(let record, let checksum):
                account(record, checksum)
                return record
            case .unknownKind: damage.unknownRecords += 1
            case .damaged: damage.damagedRecords += 1
            case .newerVersion(let version):
                throw .newerVersion(path: section.file.path, version: version)
            }
        }
        return nil
    }

    private func read(_ range: Range<Int>) -> CaptureLine {
        lines.withUnsafeBufferPointer { all in
            let line = CaptureLine.read(UnsafeBufferPointer(rebasing: all[range]))
            guard case .damaged = line, let join, range.contains(join) else { return line }
            // The line before was torn off, this one only stands behind it.
            self.join = nil
            damage.tornBytes += join - range.lowerBound
            return CaptureLine.read(UnsafeBufferPointer(rebasing: all[join..<range.upperBound]))
        }
    }

    private func account(_ record: CaptureRecord, _ checksum: UInt32) {
        switch record.content {
        case .header:
            (records, messages) = (1, 0)
            sum = 0
            addChecksum(checksum)
        case .footer(let footer):
            if sum != nil,
                footer.records != records || footer.messages != messages || footer.checksum != sumOfChecksums
            {
                damage.wrongFooters += 1
            }
            sum = nil
        case .message:
            messages += 1
            records += 1
            addChecksum(checksum)
        case .note, .state:
            records += 1
            addChecksum(checksum)
        }
    }

    private func addChecksum(_ checksum: UInt32) {
        guard let known = sum else { return }
        sum = chained(known, checksum)
    }

    private var sumOfChecksums: UInt32 { sum ?? 0 }

    // MARK: Seeking

    /// Moves to where the first record at or after `time` can be found by reading on.
    func seek(to time: Timestamp) throws(CaptureError) {
        switch section.layout {
        case .plain: try seekPlain(time)
        case .frames(let index?): restart(at: section.range.lowerBound + Self.frame(index, before: time))
        case .frames(nil): try seekFrames(time)
        }
        sum = nil
    }

    private func restart(at offset: Int) {
        self.offset = offset
        frameStart = offset
        input = []
        inputOffset = 0
        lines.removeAll(keepingCapacity: true)
        lineStart = 0
        searchStart = 0
        join = nil
        hasEnded = false
        decompressor?.reset()
    }

    /// The offset of the last frame that begins before `time`, so that nothing of `time` itself is missed.
    private static func frame(_ index: SectionIndex, before time: Timestamp) -> Int {
        var low = 0
        var high = index.frames.count
        while low < high {
            let middle = (low + high) / 2
            if index.frames[middle].first < time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? index.frames[low - 1].offset : 0
    }

    /// Bisects over the frames, reading the first record of each that it looks at.
    private func seekFrames(_ time: Timestamp) throws(CaptureError) {
        var low = section.range.lowerBound
        var high = section.range.upperBound
        // `low` begins a frame before `time`, or is the beginning.
        while high - low > 256 << 10 {
            let middle = low + (high - low) / 2
            guard
                let frame = try CaptureSection.nextFrame(
                    section.file, after: middle, end: section.range.upperBound),
                frame < high
            else {
                high = middle
                continue
            }
            let cursor = CaptureCursor(section)
            cursor.restart(at: frame)
            guard let first = try cursor.next(), first.time < time else {
                high = middle
                continue
            }
            low = frame
        }
        restart(at: low)
    }

    /// Bisects over the bytes, each time going on to the next line.
    private func seekPlain(_ time: Timestamp) throws(CaptureError) {
        var low = section.range.lowerBound
        var high = section.range.upperBound
        while high - low > 64 << 10 {
            let middle = low + (high - low) / 2
            guard let (line, first) = try firstLine(after: middle), line < high, first < time else {
                high = middle
                continue
            }
            low = line
        }
        restart(at: low)
    }

    /// Where the first whole line after `offset` begins, and its time.
    private func firstLine(after offset: Int) throws(CaptureError) -> (Int, Timestamp)? {
        var start = offset
        var piece: [UInt8] = []
        while start + piece.count < section.range.upperBound {
            let more = try section.file.piece(
                at: start + piece.count,
                count: min(64 << 10, section.range.upperBound - start - piece.count))
            if more.isEmpty { return nil }
            piece += more
            guard let end = piece.firstIndex(of: 0x0a) else {
                if piece.count > CaptureFormat.lineBytesMax { return nil }
                continue
            }
            let time = piece[(end + 1)...].withUnsafeBufferPointer { CaptureLine.time($0) }
            if let time { return (start + end + 1, time) }
            if piece.count - end < 64, more.count == 64 << 10 { continue }
            // A line that is none of ours: the next one may be.
            start += end + 1
            piece = []
        }
        return nil
    }

    // MARK: Lines

    /// The next line in `lines`, without its end.
    private func nextLine() throws(CaptureError) -> Range<Int>? {
        while true {
            if let end = lineEnd() {
                let range = lineStart..<end
                lineStart = end + 1
                searchStart = lineStart
                if let join, join < range.lowerBound { self.join = nil }
                return range
            }
            searchStart = lines.count
            if lines.count - lineStart > CaptureFormat.lineBytesMax { dropLine() }
            if try !fill() {
                damage.tornBytes += lines.count - lineStart
                lineStart = lines.count
                return nil
            }
        }
    }

    private func lineEnd() -> Int? {
        lines.withUnsafeBytes { all in
            guard searchStart < all.count, let base = all.baseAddress,
                let found = memchr(base + searchStart, 0x0a, all.count - searchStart)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Gives up the line being read.
    private func dropLine() {
        damage.tornBytes += lines.count - lineStart
        lines.removeAll(keepingCapacity: true)
        lineStart = 0
        searchStart = 0
        join = nil
    }

    /// Reads on; `false` when there is no more.
    private func fill() throws(CaptureError) -> Bool {
        if hasEnded { return false }
        if lineStart > 0 {
            lines.removeSubrange(..<lineStart)
            searchStart -= lineStart
            join = join.map { $0 - lineStart }
            lineStart = 0
        }
        if inputOffset == input.count, try !readPiece() {
            hasEnded = true
            return false
        }
        guard let decompressor else {
            lines.append(contentsOf: input)
            inputOffset = input.count
            return true
        }
        do throws(ZstdDecompressor.Damage) {
            let (consumed, hasFrameEnded) = try decompressor.decompress(
                input, from: inputOffset, into: &lines)
            inputOffset += consumed
            if hasFrameEnded {
                frameStart = offset - (input.count - inputOffset)
                if lineStart < lines.count { join = lines.count }
            }
        } catch {
            damage.damagedFrames += 1
            // What was decompressed before the fault may still hold whole lines; the open line is lost.
            if let end = lines.lastIndex(of: 0x0a) {
                damage.tornBytes += lines.count - end - 1
                lines.removeSubrange((end + 1)...)
            } else {
                dropLine()
            }
            return try resume()
        }
        return true
    }

    private func readPiece() throws(CaptureError) -> Bool {
        input = try section.file.piece(at: offset, count: min(128 << 10, section.range.upperBound - offset))
        offset += input.count
        inputOffset = 0
        return !input.isEmpty
    }

    /// Goes on at the frame after the damaged one.
    private func resume() throws(CaptureError) -> Bool {
        var next: Int?
        if case .frames(let index?) = section.layout {
            next = index.frames.first { $0.offset + section.range.lowerBound > frameStart }
                .map { $0.offset + section.range.lowerBound }
        } else {
            next = try CaptureSection.nextFrame(
                section.file, after: frameStart, end: section.range.upperBound)
        }
        decompressor?.reset()
        input = []
        inputOffset = 0
        searchStart = min(searchStart, lines.count)
        guard let next else {
            hasEnded = true
            return searchStart < lines.count
        }
        offset = next
        frameStart = next
        return true
    }
}

/// The checksum of a section so far, `next` added.
func chained(_ sum: UInt32, _ next: UInt32) -> UInt32 {
    withUnsafeBytes(of: (sum.bigEndian, next.bigEndian)) { crc32($0) }
}
