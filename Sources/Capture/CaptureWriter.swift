import Messaging
import MetricModel

/// Records deliveries and what else happened into a capture.
///
/// Append-only: not a byte that was ever written changes, so a crash at any moment leaves a readable file. What is not
/// flushed yet is lost in a crash; the caller flushes as often as it wants to lose no more than that. When the disk is
/// full the recorder pauses, counts what it cannot keep, and goes on with the next `flush` that succeeds.
///
/// One owner, one thread. Memory stays below about one frame and what the compressor needs.
package final class CaptureWriter {
    package enum State: Sendable, Equatable {
        case recording
        /// Why, and how many messages could not be kept.
        case paused(reason: String, lost: Int)
    }

    package private(set) var state = State.recording
    /// Bytes of an unfinished record that were cut off when an existing file was opened.
    package let cutBytes: Int
    /// Since the recorder began.
    package private(set) var messages = 0
    package private(set) var lost = 0
    /// Bytes of the file that hold.
    package var byteCount: Int { committed }

    private let output: any CaptureOutput
    private let compressor: ZstdCompressor?
    private var lines = CaptureLineWriter()
    /// Written out next: compressed, or lines as they are.
    private var pending: [UInt8] = []
    /// Bytes of the file that hold.
    private var committed: Int
    private let sectionStart: Int
    private var index = SectionIndex()
    private var frameBytes = 0
    private var frameFirst: Timestamp?
    private var lastTime: Timestamp
    private var records = 0
    private var sum: UInt32 = 0
    private var isClosed = false

    /// Opens or creates the file at `path` and begins a section.
    ///
    /// - Parameters:
    ///   - path: a name that ends in `.jsonl`, and `-` for standard output, give lines without compression.
    ///   - now: when recording begins.
    package convenience init(path: String, header: CaptureHeader, now: Timestamp) throws(CaptureError) {
        try self.init(try CaptureTarget(path: path), header: header, now: now)
    }

    /// Begins a section in `target`.
    package convenience init(
        _ target: CaptureTarget, header: CaptureHeader, now: Timestamp
    ) throws(CaptureError) {
        let (output, repair) = (target.output, target.repair)
        if output.path != "-", repair.keptLength < output.length, !output.truncate(to: repair.keptLength) {
            throw .file(path: output.path, doing: "append to", reason: systemReason())
        }
        try self.init(
            output: output, isCompressed: !target.isPlain, header: header, now: now, repair: repair)
    }

    /// Begins a section at the end of `output`.
    package convenience init(
        output: any CaptureOutput, isCompressed: Bool, header: CaptureHeader, now: Timestamp
    ) throws(CaptureError) {
        try self.init(
            output: output, isCompressed: isCompressed, header: header, now: now, repair: CaptureRepair())
    }

    private init(
        output: any CaptureOutput, isCompressed: Bool, header: CaptureHeader, now: Timestamp,
        repair: CaptureRepair
    ) throws(CaptureError) {
        self.output = output
        compressor = isCompressed ? ZstdCompressor() : nil
        cutBytes = repair.cutBytes
        committed = output.length
        lastTime = max(now, repair.lastTime ?? now)
        pending = repair.ending
        sectionStart = committed + repair.ending.count
        index.first = lastTime
        var header = header
        header.continues = repair.isUnfinished
        header.cutBytes = repair.cutBytes
        add(CaptureRecord(time: lastTime, content: .header(header)), wall: now)
        try flush()
    }

    // MARK: Recording

    /// Records a delivery at the time when it was received.
    ///
    /// - Throws: `paused`, once, when writing became impossible. While paused, deliveries are counted and not kept.
    package func append(_ delivery: Delivery) throws(CaptureError) {
        guard case .recording = state else {
            countLost()
            return
        }
        messages += 1
        index.messages += 1
        try record(.message(delivery), at: delivery.received)
    }

    /// Records what somebody wants to remember.
    package func note(_ text: String, at time: Timestamp) throws(CaptureError) {
        guard case .recording = state else { return }
        try record(.note(text), at: time)
    }

    /// Records a change of state.
    package func state(_ state: CaptureState, at time: Timestamp) throws(CaptureError) {
        guard case .recording = self.state else { return }
        try record(.state(state), at: time)
    }

    /// Hands everything recorded so far to the system; tries again to write when paused.
    package func flush() throws(CaptureError) {
        compress(end: .flush)
        try commit()
    }

    /// Flushes, and makes sure that a power failure cannot take it back.
    package func synchronise() throws(CaptureError) {
        try flush()
        guard output.synchronise() else {
            throw .file(path: output.path, doing: "write", reason: systemReason())
        }
    }

    /// Ends the section with its footer and index.
    package func close() throws(CaptureError) {
        guard !isClosed else { return }
        isClosed = true
        try flush()
        let footer = CaptureFooter(records: records, messages: messages, lost: lost, checksum: sum)
        add(CaptureRecord(time: lastTime, content: .footer(footer)), wall: nil)
        compress(end: .frame)
        if compressor != nil {
            index.last = lastTime
            index.records = records
            pending += index.encoded(dataLength: committed + pending.count - sectionStart)
        }
        try commit()
    }

    // MARK: Steps

    private func record(_ content: CaptureRecord.Content, at time: Timestamp) throws(CaptureError) {
        // A clock that steps back must not take the order with it.
        lastTime = max(lastTime, time)
        let isFrameOver =
            frameBytes >= CaptureFormat.frameBytes
            || frameFirst.map { lastTime.milliseconds - $0.milliseconds > CaptureFormat.frameMillisecondsMax }
                ?? false
        if isFrameOver { endFrame() }
        add(CaptureRecord(time: lastTime, content: content), wall: time)
        if lines.bytes.count >= 64 << 10 { compress(end: .none) }
        if pending.count >= 64 << 10 { try commit() }
    }

    private func add(_ record: CaptureRecord, wall: Timestamp?) {
        if frameFirst == nil {
            frameFirst = record.time
            index.frames.append(
                SectionIndex.Frame(offset: committed + pending.count - sectionStart, first: record.time))
        }
        let before = lines.bytes.count
        lines.append(record, index: records, wall: wall)
        frameBytes += lines.bytes.count - before
        if case .footer = record.content { return }
        records += 1
        sum = chained(sum, lines.checksum)
    }

    private func endFrame() {
        compress(end: .frame)
        frameBytes = 0
        frameFirst = nil
    }

    private func compress(end: ZstdCompressor.End) {
        if let compressor {
            // Flushing what has nothing new in it would write an empty block each time.
            if !lines.bytes.isEmpty || end == .frame {
                compressor.compress(lines.bytes, end: end, into: &pending)
            }
        } else {
            pending += lines.bytes
        }
        lines.removeAll()
    }

    /// Writes what is pending, all of it or nothing.
    private func commit() throws(CaptureError) {
        if pending.isEmpty { return resume() }
        // What a failed attempt left behind its last whole block.
        if output.length > committed, !output.truncate(to: committed) { return try pause() }
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes {
                output.write(UnsafeRawBufferPointer(rebasing: $0[written...]))
            }
            guard let count, count > 0 else {
                let reason = systemReason()
                _ = output.truncate(to: committed)
                return try pause(reason)
            }
            written += count
        }
        committed += pending.count
        pending.removeAll(keepingCapacity: true)
        resume()
    }

    private func pause(_ reason: String = systemReason()) throws(CaptureError) {
        if case .paused(_, let lost) = state {
            state = .paused(reason: reason, lost: lost)
            return
        }
        state = .paused(reason: reason, lost: 0)
        throw .paused(path: output.path, reason: reason)
    }

    private func countLost() {
        guard case .paused(let reason, let count) = state else { return }
        lost += 1
        state = .paused(reason: reason, lost: count + 1)
    }

    private func resume() {
        guard case .paused(let reason, let count) = state else { return }
        state = .recording
        add(
            CaptureRecord(
                time: lastTime,
                content: .state(
                    CaptureState(
                        kind: "recorder", subject: "recorder", from: "paused", to: "recording",
                        text: "\(count) messages not recorded: \(reason)"))), wall: nil)
    }
}
