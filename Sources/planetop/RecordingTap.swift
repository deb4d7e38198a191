import Capture
import Diagnostics
import Glibc
import Messaging
import MetricModel

/// Writes deliveries into a capture as they arrive, before anything looks into them.
///
/// A disk that is full pauses the recording, never the screen.
final class RecordingTap {
    let path: String
    /// Why nothing is kept at present.
    private(set) var problem: Problem?
    /// Messages that are in the file for good.
    private(set) var kept = 0
    private let target: CaptureTarget
    private var writer: CaptureWriter?
    /// Messages that came when the file could not even be begun.
    private var lostBefore = 0
    /// Not tried with every message.
    private var mayBegin = true
    private var isFinished = false
    private var lastFlush: Timestamp?

    /// What a crash may cost at most.
    private static let flushInterval = TimeSpan.seconds(5)

    /// - Throws: when the file cannot be written, is something else, or is written by another recorder.
    init(path: String) throws(Problem) {
        self.path = path
        do throws(CaptureError) { target = try CaptureTarget(path: path) } catch { throw error.problem }
    }

    /// Bytes of the file.
    var byteCount: Int { writer?.byteCount ?? target.length }

    /// Messages that came and could not be kept.
    var lost: Int { lostBefore + (writer?.lost ?? 0) }

    func take(_ delivery: Delivery) {
        if isFinished { return }
        do throws(CaptureError) {
            // Begun with the first delivery, whose time may lie in the past.
            if writer == nil, mayBegin { try begin(at: delivery.received) }
            guard let writer else {
                lostBefore += 1
                return
            }
            try writer.append(delivery)
        } catch {
            problem = error.problem
        }
    }

    /// Flushes when that is due, and tries again when nothing could be written.
    ///
    /// - Returns: a problem that was not there the last time.
    func look(clock: Timestamp) -> Problem? {
        if let lastFlush, clock - lastFlush < Self.flushInterval, clock >= lastFlush {
            return problem == nil ? nil : news()
        }
        lastFlush = clock
        mayBegin = true
        flush { writer throws(CaptureError) in try writer.flush() }
        return news()
    }

    /// Closes the file; one that nothing came for is a whole capture too.
    func finish(clock: Timestamp) {
        if isFinished { return }
        isFinished = true
        do throws(CaptureError) { if writer == nil { try begin(at: clock) } } catch {
            problem = error.problem
        }
        flush { writer throws(CaptureError) in try writer.close() }
    }

    private var told: Problem?

    private func news() -> Problem? {
        defer { told = problem }
        return told == nil ? problem : nil
    }

    private func begin(at time: Timestamp) throws(CaptureError) {
        mayBegin = false
        writer = try CaptureWriter(target, header: Self.header(time), now: time)
        problem = nil
    }

    private func flush(_ write: (CaptureWriter) throws(CaptureError) -> Void) {
        guard let writer else { return }
        do throws(CaptureError) {
            try write(writer)
            // What stays paused is not thrown a second time.
            if case .paused(let reason, _) = writer.state { throw .paused(path: path, reason: reason) }
            kept = writer.messages
            problem = nil
        } catch {
            problem = error.problem
        }
    }

    private static func header(_ now: Timestamp) -> CaptureHeader {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        var random = SystemRandomNumberGenerator()
        return CaptureHeader(
            program: "planetop 1.0.0",
            host: String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self),
            section: UUIDv7.make(at: now, random: &random))
    }
}
