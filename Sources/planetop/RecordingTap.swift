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
    private var isFinished = false
    private var lastFlush = Timestamp.distantPast

    /// What a crash may cost at most.
    private static let flushInterval = TimeSpan.seconds(5)

    /// - Throws: when the file cannot be written. It is begun with the first delivery, whose time may lie in the past.
    init(path: String) throws(Problem) {
        self.path = path
        guard path != "-" else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Problem("cannot record: \(String(cString: strerror(errno)))", at: SourcePlace(file: path))
        }
        close(descriptor)
    }

    /// Messages kept so far.
    private(set) var messageCount = 0

    func take(_ delivery: Delivery) {
        if isFinished { return }
        do throws(CaptureError) {
            if writer == nil {
                let begin = delivery.received
                writer = try CaptureWriter(path: path, header: Self.header(begin), now: begin)
            }
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
        isFinished = true
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
