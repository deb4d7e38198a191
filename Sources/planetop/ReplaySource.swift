import Capture
import Diagnostics
import Messaging
import MetricModel
import Monitor

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

    /// Deliveries handed over at a time, so that keys are answered in between.
    private static let batchMax = 4_000

    init(paths: [String]) throws(Problem) {
        do throws(CaptureError) {
            reader = try CaptureReader(paths: paths)
        } catch {
            throw error.problem
        }
        guard let span = reader.span else {
            throw Problem("there is nothing to play in \(paths.joined(separator: ", "))")
        }
        self.span = span
    }

    func feed(_ monitor: Monitor, clock: Timestamp) -> Bool {
        let target = isSeekingTransition ? span.upperBound : monitor.time(clock: clock)
        let before = monitor.observatory.history.entries.count
        for _ in 0..<Self.batchMax {
            guard let delivery = peek(), delivery.received <= target else {
                monitor.observatory.advance(to: target)
                settle(monitor, clock)
                return false
            }
            waiting = nil
            monitor.observatory.receive(delivery)
            if isSeekingTransition, monitor.observatory.history.entries.count > before {
                settle(monitor, clock)
                return false
            }
        }
        return true
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
