import MetricModel

/// What has to happen to the end of an existing capture before a recorder may append to it.
struct CaptureRepair: Equatable {
    /// Bytes that stay; what comes after them is an unfinished record.
    var keptLength = 0
    /// What makes the last frame whole, to be written behind them.
    var ending: [UInt8] = []
    /// Bytes that are cut off.
    var cutBytes = 0
    /// The time of the last record; the next one must not be earlier.
    var lastTime: Timestamp?
    /// Whether the last recording ended without a footer.
    var isUnfinished = false

    /// Looks at the end of the file at `path`, which has `size` bytes.
    static func inspect(path: String, size: Int, isPlain: Bool) throws(CaptureError) -> CaptureRepair {
        if size == 0 { return CaptureRepair() }
        let file = try CaptureFile(path: path)
        switch try CaptureKind(of: try file.piece(at: 0, count: 16), path: path) {
        case .empty: return CaptureRepair()
        case .plain:
            guard isPlain else { throw .file(path: path, doing: "append to", reason: "it is not compressed") }
            return try plain(file, size)
        case .compressed:
            guard !isPlain else { throw .file(path: path, doing: "append to", reason: "it is compressed") }
            return try framed(file, size)
        }
    }

    private static func plain(_ file: CaptureFile, _ size: Int) throws(CaptureError) -> CaptureRepair {
        var repair = CaptureRepair()
        var end = size
        // Backwards to the last line end.
        while end > 0 {
            let start = max(0, end - (64 << 10))
            if let index = try file.piece(at: start, count: end - start).lastIndex(of: 0x0a) {
                end = start + index + 1
                break
            }
            end = start
        }
        repair.keptLength = end
        repair.cutBytes = size - end
        let section = CaptureSection(file: file, range: max(0, end - (1 << 20))..<end, layout: .plain)
        repair.settle(from: CaptureCursor(section))
        return repair
    }

    private static func framed(_ file: CaptureFile, _ size: Int) throws(CaptureError) -> CaptureRepair {
        var repair = CaptureRepair()
        repair.keptLength = size
        guard let section = try CaptureSection.all(of: file, size: size).last else { return repair }
        if case .frames(let index?) = section.layout {
            repair.lastTime = index.last
            return repair
        }
        // The last frames: the last one may be cut, the one before it tells the time when nothing is left of that.
        var frames: [Int] = []
        var offset = section.range.lowerBound
        repair.keptLength = offset
        while offset < size {
            switch try ZstdFrame.walk(file, at: offset, end: size) {
            case .whole(let length, _):
                frames.append(offset)
                offset += length
                repair.keptLength = offset
                repair.ending = []
                continue
            case .cut(let blocks?):
                frames.append(offset)
                repair.keptLength = offset + blocks
                repair.ending = ZstdFrame.ending
            case .cut(nil), .notAFrame: break
            }
            guard let next = try CaptureSection.nextFrame(file, after: offset, end: size) else { break }
            offset = next
        }
        repair.cutBytes = size - repair.keptLength
        let start = frames.suffix(2).first ?? repair.keptLength
        let tail = CaptureSection(file: file, range: start..<repair.keptLength, layout: .frames(nil))
        repair.settle(from: CaptureCursor(tail))
        return repair
    }

    /// Takes time and state over from the last records.
    private mutating func settle(from cursor: CaptureCursor) {
        isUnfinished = true
        while let record = try? cursor.next() {
            lastTime = max(lastTime ?? record.time, record.time)
            if case .footer = record.content { isUnfinished = false } else { isUnfinished = true }
        }
    }
}
