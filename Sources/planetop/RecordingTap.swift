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
    private var writer: CaptureWriter?
    /// Why nothing is kept at present.
    private(set) var problem: Problem?
    private var lastFlush = Timestamp.distantPast

    /// What a crash may cost at most.
    private static let flushInterval = TimeSpan.seconds(5)

    init(path: String, now: Timestamp) throws(Problem) {
        self.path = path
        do {
            writer = try CaptureWriter(path: path, header: Self.header(now), now: now)
        } catch {
            throw error.problem
        }
    }

    /// Messages kept so far.
    private(set) var messageCount = 0

    func take(_ delivery: Delivery) {
        do throws(CaptureError) {
            try writer?.append(delivery)
            messageCount = writer?.messages ?? messageCount
            if delivery.received - lastFlush > Self.flushInterval {
                lastFlush = delivery.received
                try writer?.flush()
                problem = nil
            }
        } catch {
            problem = error.problem
        }
    }

    func finish() {
        do throws(CaptureError) { try writer?.close() } catch { problem = error.problem }
        writer = nil
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
