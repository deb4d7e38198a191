import MetricModel

/// Reads captures in the order of time, several of them as one.
///
/// What is damaged is passed over and counted. One owner, one thread.
package final class CaptureReader {
    private struct Part {
        let cursor: CaptureCursor
        let order: Int
        var head: CaptureRecord
    }

    private let sections: [CaptureSection]
    private let pipe: CapturePipe?
    /// First and last time of each section; `nil` for one without a record.
    private let spans: [ClosedRange<Timestamp>?]
    /// Sections being read, and those whose time has not come yet, the next one last.
    private var parts: [Part] = []
    private var waiting: [Int] = []
    private var start: Timestamp?
    private var damageOfClosed = CaptureDamage()
    private var gapsOfClosed: [CaptureGap] = []

    /// - Parameter paths: files; `-` for standard input, alone.
    package init(paths: [String]) throws(CaptureError) {
        var sections: [CaptureSection] = []
        var pipe: CapturePipe?
        for path in paths {
            let file = try CaptureFile(path: path)
            if let size = file.size {
                sections += try CaptureSection.all(of: file, size: size)
            } else {
                guard paths.count == 1 else { throw .notSeekable(path: path) }
                pipe = try CapturePipe(file)
            }
        }
        self.sections = sections
        self.pipe = pipe
        var spans: [ClosedRange<Timestamp>?] = []
        for section in sections { spans.append(try Self.span(of: section)) }
        self.spans = spans
        begin()
    }

    /// Whether `head`, the first bytes of a file, begin a capture.
    package static func recognises(_ head: [UInt8]) -> Bool {
        guard let kind = try? CaptureKind(of: head, path: "") else { return false }
        return kind != .empty
    }

    /// From the first record to the last; `nil` for a pipe, and when there is none.
    package var span: ClosedRange<Timestamp>? {
        let known = spans.compactMap { $0 }
        guard let first = known.map(\.lowerBound).min(), let last = known.map(\.upperBound).max() else {
            return nil
        }
        return first...last
    }

    /// What was found wrong so far.
    package var damage: CaptureDamage {
        parts.reduce(damageOfClosed + (pipe?.damage ?? CaptureDamage())) { $0 + $1.cursor.damage }
    }

    /// Where that was, in the order of time; the first ones of each section.
    package var gaps: [CaptureGap] {
        let all = parts.reduce(gapsOfClosed + (pipe?.gaps ?? [])) { $0 + $1.cursor.gaps }
        func start(_ gap: CaptureGap) -> Timestamp { gap.after ?? gap.before ?? .distantPast }
        return all.sorted { start($0) < start($1) }
    }

    /// Bytes of the files.
    package var byteCount: Int { sections.reduce(0) { $0 + $1.range.count } }

    /// The next record in time; `nil` at the end.
    package func next() throws(CaptureError) -> CaptureRecord? {
        if let pipe { return try pipe.next() }
        while true {
            // Sections that begin before the earliest record at hand must be looked into first.
            while let index = waiting.last, let span = spans[index] {
                if let earliest = parts.map(\.head.time).min(), earliest < span.lowerBound { break }
                waiting.removeLast()
                try open(index)
            }
            var best: Int?
            for index in parts.indices {
                guard let known = best else {
                    best = index
                    continue
                }
                if (parts[index].head.time, parts[index].order) < (parts[known].head.time, parts[known].order)
                {
                    best = index
                }
            }
            guard let best else { return nil }
            let record = parts[best].head
            if let head = try parts[best].cursor.next() {
                parts[best].head = head
            } else {
                close(parts.remove(at: best).cursor)
            }
            if let start, record.time < start { continue }
            return record
        }
    }

    /// Goes to `time`: the next record is the first one at or after it.
    package func seek(to time: Timestamp) throws(CaptureError) {
        if let pipe { throw .notSeekable(path: pipe.path) }
        damageOfClosed = CaptureDamage()
        gapsOfClosed = []
        parts = []
        begin()
        start = time
        waiting.removeAll { spans[$0].map { $0.upperBound < time } ?? true }
        // What lies around `time` is opened at once, the rest when its time comes.
        let around = waiting.filter { spans[$0].map { $0.lowerBound < time } ?? false }
        waiting.removeAll { around.contains($0) }
        for index in around { try open(index, at: time) }
    }

    private func begin() {
        start = nil
        waiting = sections.indices.filter { spans[$0] != nil }
        waiting.sort { a, b in
            let left = (spans[a]!.lowerBound, a)
            let right = (spans[b]!.lowerBound, b)
            return left > right
        }
    }

    private func open(_ index: Int, at time: Timestamp? = nil) throws(CaptureError) {
        let cursor = CaptureCursor(sections[index])
        if let time { try cursor.seek(to: time) }
        // Records before `time` that share a frame with it are passed over here rather than given to the caller.
        var head = try cursor.next()
        if let time { while let record = head, record.time < time { head = try cursor.next() } }
        if let head {
            parts.append(Part(cursor: cursor, order: index, head: head))
        } else {
            close(cursor)
        }
    }

    private func close(_ cursor: CaptureCursor) {
        damageOfClosed = damageOfClosed + cursor.damage
        gapsOfClosed += cursor.gaps
    }

    /// First and last time of a section, reading as little of it as can be.
    private static func span(of section: CaptureSection) throws(CaptureError) -> ClosedRange<Timestamp>? {
        if case .frames(let index?) = section.layout, index.records > 0, index.first <= index.last {
            return index.first...index.last
        }
        let cursor = CaptureCursor(section)
        guard let first = try cursor.next() else { return nil }
        // The last record stands behind everything that begins before the end of time.
        var last = first.time
        try cursor.seek(to: .distantFuture)
        while let record = try cursor.next() { last = max(last, record.time) }
        return first.time...last
    }
}

/// A capture that comes through a pipe: read once, forwards.
private final class CapturePipe {
    let path: String
    private let file: CaptureFile
    private let decompressor: ZstdDecompressor?
    private var input: [UInt8]
    private var inputOffset = 0
    private var lines: [UInt8] = []
    private var lineStart = 0
    private(set) var damage = CaptureDamage()
    private var gapLog: CaptureGapLog
    var gaps: [CaptureGap] { gapLog.gaps }

    init(_ file: CaptureFile) throws(CaptureError) {
        self.file = file
        path = file.path
        gapLog = CaptureGapLog(path: file.path)
        input = try file.next(count: 64 << 10)
        switch try CaptureKind(of: input, path: file.path) {
        case .compressed: decompressor = ZstdDecompressor()
        case .plain, .empty: decompressor = nil
        }
    }

    func next() throws(CaptureError) -> CaptureRecord? {
        while true {
            while let end = lines[lineStart...].firstIndex(of: 0x0a) {
                let range = lineStart..<end
                lineStart = end + 1
                if range.isEmpty { continue }
                let line = lines.withUnsafeBufferPointer {
                    CaptureLine.read(UnsafeBufferPointer(rebasing: $0[range]))
                }
                switch line {
                case .record(let record, _, _):
                    gapLog.note(damage, readTo: record.time)
                    return record
                case .unknownKind: damage.unknownRecords += 1
                case .damaged: damage.damagedRecords += 1
                case .newerVersion(let version): throw .newerVersion(path: path, version: version)
                }
            }
            lines.removeSubrange(..<lineStart)
            lineStart = 0
            if lines.count > CaptureFormat.lineBytesMax {
                damage.tornBytes += lines.count
                lines.removeAll()
            }
            if try !fill() {
                damage.tornBytes += lines.count
                lines = []
                gapLog.note(damage, readTo: nil)
                return nil
            }
        }
    }

    private func fill() throws(CaptureError) -> Bool {
        if inputOffset == input.count {
            input = try file.next(count: 64 << 10)
            inputOffset = 0
            if input.isEmpty { return false }
        }
        guard let decompressor else {
            lines += input[inputOffset...]
            inputOffset = input.count
            return true
        }
        do throws(ZstdDecompressor.Damage) {
            let (consumed, _) = try decompressor.decompress(input, from: inputOffset, into: &lines)
            inputOffset += consumed
            return true
        } catch {
            // Nobody can go back to look for the next frame, so this is the end.
            damage.damagedFrames += 1
            input = []
            inputOffset = 0
            return false
        }
    }
}
