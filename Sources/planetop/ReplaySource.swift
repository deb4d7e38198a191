import Capture
import Diagnostics
import Messaging
import MetricModel
import Monitor
import Terminal

/// A capture, handed over up to where the cursor stands.
///
/// What was handed over stays in the store, so that going back costs nothing; going further than that reads on.
final class ReplaySource: Source {
    private let reader: CaptureReader
    private var waiting: Delivery?
    private var hasEnded = false
    private(set) var problem: Problem?
    /// Reads on until an alert changes its state.
    private var isSeekingTransition = false
    let span: ClosedRange<Timestamp>

    /// Keys are answered between two slices of reading.
    private static let slice: UInt64 = 8_000_000
    /// Reading that takes longer is seen on the screen; shorter, the frame waits for it.
    private static let patience: UInt64 = 150_000_000
    /// Deliveries between two looks at the clock.
    private static let batch = 64

    /// Reading that has not caught up with the cursor: when it began and from where in the capture.
    private var reading: (began: UInt64, from: Timestamp)?
    private var newest = Timestamp.distantPast
    private(set) var isAboutToCatchUp = false

    /// - Parameter start: what came before is not read, if the capture is no pipe.
    init(paths: [String], from start: Timestamp? = nil) throws(Problem) {
        do throws(CaptureError) {
            reader = try CaptureReader(paths: paths)
        } catch {
            throw error.problem
        }
        guard var span = reader.span else {
            throw Problem("there is nothing to play in \(paths.joined(separator: ", "))")
        }
        if let start, start > span.lowerBound {
            do throws(CaptureError) {
                try reader.seek(to: min(start, span.upperBound))
                span = min(start, span.upperBound)...span.upperBound
            } catch .notSeekable {
                // A pipe is read from its beginning.
            } catch {
                throw error.problem
            }
        }
        self.span = span
    }

    func feed(_ monitor: Monitor, clock: Timestamp) -> Bool {
        let target = isSeekingTransition ? span.upperBound : monitor.time(clock: clock)
        let began = monotonicNanoseconds()
        repeat {
            if handOver(to: monitor, through: target) {
                (reading, isAboutToCatchUp, monitor.readShare) = (nil, false, nil)
                settle(monitor, clock)
                return false
            }
        } while monotonicNanoseconds() - began < Self.slice
        fallBehind(monitor, began: began, target: target)
        return true
    }

    /// - Returns: whether all that was wanted was handed over.
    private func handOver(to monitor: Monitor, through target: Timestamp) -> Bool {
        let transitions = monitor.observatory.transitionCount
        for _ in 0..<Self.batch {
            guard let delivery = peek(), delivery.received <= target else {
                monitor.observatory.advance(to: target)
                return true
            }
            waiting = nil
            newest = delivery.received
            monitor.observatory.receive(delivery)
            if isSeekingTransition, monitor.observatory.transitionCount > transitions { return true }
        }
        return false
    }

    private func fallBehind(_ monitor: Monitor, began: UInt64, target: Timestamp) {
        let reading = self.reading ?? (began, newest)
        self.reading = reading
        isAboutToCatchUp = monotonicNanoseconds() - reading.began < Self.patience
        let from = max(reading.from, span.lowerBound)
        let whole = (target - from).milliseconds
        monitor.readShare = whole > 0 ? Double((newest - from).milliseconds) / Double(whole) : 0
    }

    /// A search for the next change of an alert ends where one was found, or at the end.
    private func settle(_ monitor: Monitor, _ clock: Timestamp) {
        guard isSeekingTransition else { return }
        isSeekingTransition = false
        let now = monitor.time(clock: clock)
        if let next = monitor.observatory.history.neighbour(of: now, direction: 1) {
            _ = monitor.hold(at: next.time, clock)
        } else {
            monitor.say("no later change of an alert")
        }
    }

    func nextDue(_ monitor: Monitor, clock: Timestamp) -> Timestamp? { nil }

    func seek(to time: Timestamp, _ monitor: Monitor, clock: Timestamp) {
        if time == .distantFuture { isSeekingTransition = true }
    }

    /// Hands over everything up to `time`, for commands without a screen.
    func readAll(into observatory: Observatory, through time: Timestamp) {
        while let delivery = peek(), delivery.received <= time {
            waiting = nil
            observatory.receive(delivery)
        }
        observatory.advance(to: time)
    }

    /// The next delivery; `nil` at the end.
    func take() -> Delivery? {
        defer { waiting = nil }
        return peek()
    }

    private func peek() -> Delivery? {
        if waiting != nil || hasEnded { return waiting }
        do throws(CaptureError) {
            while let record = try reader.next() {
                if case .message(let delivery) = record.content {
                    waiting = delivery
                    // The writer's times never step back; the reader's clock is the replay's.
                    waiting!.received = record.time
                    return waiting
                }
            }
        } catch {
            problem = error.problem
        }
        hasEnded = true
        return nil
    }
}
