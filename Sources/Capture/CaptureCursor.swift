import Glibc
import MetricModel

/// Reads the records of one section, one after another, passing over what is damaged.
final class CaptureCursor {
    private let section: CaptureSection
    private let decompressor: ZstdDecompressor?
    private(set) var damage = CaptureDamage()
    private var gapLog: CaptureGapLog
    /// Damage that was met while lines before it still wait to be read.
    private var damageAhead = CaptureDamage()

    /// The next byte of the file to be read.
    private var offset: Int
    /// Where what can belong to the frame being read ends; `nil` between two frames.
    private var frameEnd: Int?
    /// Bytes read and not yet decompressed.
    private var input: [UInt8] = []
    private var inputOffset = 0
    /// Lines, the first `lineStart` bytes of which are done with.
    private var lines: [UInt8] = []
    private var lineStart = 0
    private var searchStart = 0
    /// Where in `lines` frames began, ascending.
    private var joins: [Int] = []
    private var hasEnded = false

    /// The number of the record read last; `nil` when the next one may have any.
    private var lastIndex: Int?
    // Since the section's header, to compare with its footer.
    private var records = 0
    private var messages = 0
    private var sum: UInt32?

    init(_ section: CaptureSection) {
        self.section = section
        gapLog = CaptureGapLog(path: section.file.path)
        offset = section.range.lowerBound
        if case .frames = section.layout { decompressor = ZstdDecompressor() } else { decompressor = nil }
    }

    /// The next record; `nil` at the end.
    func next() throws(CaptureError) -> CaptureRecord? {
        while let range = try nextLine() {
            if range.isEmpty { continue }
            let begins = joins.first.map { $0 < range.upperBound } ?? false
            let line = read(range)
            joins.removeAll { $0 < range.upperBound }
            if begins { damageAhead = CaptureDamage() }
            switch line {
            case .record(let record, let index, let checksum):
                guard isNext(index, record, beginsFrame: begins) else {
                    damage.damagedRecords += 1
                    continue
                }
                account(record, checksum)
                gapLog.note(damage - damageAhead, readTo: record.time)
                return record
            case .unknownKind: damage.unknownRecords += 1
            case .damaged: damage.damagedRecords += 1
            case .newerVersion(let version):
                throw .newerVersion(path: section.file.path, version: version)
            }
        }
        damageAhead = CaptureDamage()
        gapLog.note(damage, readTo: nil)
        return nil
    }

    /// Where the damage is.
    var gaps: [CaptureGap] { gapLog.gaps }

    private func read(_ range: Range<Int>) -> CaptureLine {
        lines.withUnsafeBufferPointer { all in
            let line = CaptureLine.read(UnsafeBufferPointer(rebasing: all[range]))
            guard case .damaged = line, let join = joins.first, range.contains(join), join > range.lowerBound
            else { return line }
            // The line before was torn off, this one only stands behind it.
            damage.tornBytes += join - range.lowerBound
            return CaptureLine.read(UnsafeBufferPointer(rebasing: all[join..<range.upperBound]))
        }
    }

    /// Checks a record's number, and counts those that are missing before it.
    ///
    /// A damaged frame may give whole lines twice, as if nothing were wrong with them.
    private func isNext(_ index: Int?, _ record: CaptureRecord, beginsFrame: Bool) -> Bool {
        guard let index else { return true }
        defer { lastIndex = index }
        if case .header = record.content { return true }
        guard let last = lastIndex else { return true }
        if index <= last {
            // The header of another section was lost, or this is a line that came before.
            if beginsFrame || decompressor == nil { return true }
            lastIndex = last
            return false
        }
        damage.missingRecords += index - last - 1
        return true
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
        frameEnd = nil
        lastIndex = nil
        input = []
        inputOffset = 0
        lines.removeAll(keepingCapacity: true)
        lineStart = 0
        searchStart = 0
        joins = []
        hasEnded = false
        decompressor?.reset()
    }

    /// The offset of the last frame that begins before `time`, so that nothing of `time` itself is missed.
    private static func frame(_ index: SectionIndex, before time: Timestamp) -> Int {
        let next = index.frames.partitioningIndex { $0.first >= time }
        return next > 0 ? index.frames[next - 1].offset : 0
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
        joins = []
    }

    /// Reads on; `false` when there is no more.
    private func fill() throws(CaptureError) -> Bool {
        if hasEnded { return false }
        if lineStart > 0 {
            lines.removeSubrange(..<lineStart)
            searchStart -= lineStart
            joins = joins.map { $0 - lineStart }.filter { $0 >= 0 }
            lineStart = 0
        }
        guard let decompressor else {
            guard try readPiece(end: section.range.upperBound) else {
                hasEnded = true
                return false
            }
            lines.append(contentsOf: input)
            return true
        }
        if frameEnd == nil {
            guard offset < dataEnd else {
                hasEnded = true
                return false
            }
            frameEnd = try end(ofFrameAt: offset)
            joins.append(lines.count)
            decompressor.reset()
        }
        guard let frameEnd else { return false }
        if inputOffset == input.count, try !readPiece(end: frameEnd) {
            // The frame asks for more than there is.
            if frameEnd == section.range.upperBound, case .frames(nil) = section.layout {
                hasEnded = true
                return false
            }
            leaveFrame(at: frameEnd)
            return true
        }
        do throws(ZstdDecompressor.Damage) {
            let (consumed, hasFrameEnded) = try decompressor.decompress(
                input, from: inputOffset, into: &lines)
            inputOffset += consumed
            guard hasFrameEnded else { return true }
            let isWhole = offset - (input.count - inputOffset) == frameEnd
            self.frameEnd = nil
            if !isWhole { leaveFrame(at: frameEnd) }
        } catch {
            leaveFrame(at: frameEnd)
        }
        return true
    }

    /// Gives up the rest of a damaged frame; whole lines that came out of it stay, for their checksums tell what they are.
    private func leaveFrame(at end: Int) {
        let before = damage
        damage.damagedFrames += 1
        if let last = lines[lineStart...].lastIndex(of: 0x0a) {
            damage.tornBytes += lines.count - last - 1
            lines.removeSubrange((last + 1)...)
        } else {
            dropLine()
        }
        damageAhead = damageAhead + (damage - before)
        searchStart = min(searchStart, lines.count)
        offset = end
        frameEnd = nil
        input = []
        inputOffset = 0
    }

    private func readPiece(end: Int) throws(CaptureError) -> Bool {
        input = try section.file.piece(at: offset, count: max(0, min(128 << 10, end - offset)))
        offset += input.count
        inputOffset = 0
        return !input.isEmpty
    }

    /// Where the frames of the section end.
    private var dataEnd: Int {
        guard case .frames(let index?) = section.layout else { return section.range.upperBound }
        return section.range.upperBound - index.length
    }

    /// Where the next frame begins, so that damage in this one cannot reach into it.
    private func end(ofFrameAt start: Int) throws(CaptureError) -> Int {
        if case .frames(let index?) = section.layout {
            let base = section.range.lowerBound
            let next = index.frames.partitioningIndex { base + $0.offset > start }
            return next < index.frames.count ? min(base + index.frames[next].offset, dataEnd) : dataEnd
        }
        let end = section.range.upperBound
        if case .whole(let length, _) = try ZstdFrame.walk(section.file, at: start, end: end) {
            let next = start + length
            if next == end { return next }
            if try ZstdFrame.walk(section.file, at: next, end: end) != .notAFrame { return next }
        }
        return try CaptureSection.nextFrame(section.file, after: start, end: end) ?? end
    }
}

extension Array {
    /// The first index whose element satisfies `predicate`, which holds for none before and all after it.
    fileprivate func partitioningIndex(_ predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// The checksum of a section so far, `next` added.
func chained(_ sum: UInt32, _ next: UInt32) -> UInt32 {
    withUnsafeBytes(of: (sum.bigEndian, next.bigEndian)) { crc32($0) }
}
