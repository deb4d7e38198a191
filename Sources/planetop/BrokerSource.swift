import AMQP
import Diagnostics
import Messaging
import MetricModel
import Monitor
import Terminal

/// A consumer's deliveries, through the mailbox between its thread and the loop.
final class BrokerSource: Source {
    private struct Letter: Sendable {
        var delivery: Delivery
        var tag: DeliveryTag
    }

    private final class Sink: DeliverySink {
        let mailbox = Mailbox<Letter>(countMax: 20_000, bytesMax: 64 << 20)
        let wakeUp: WakeUp
        init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

        func offer(_ delivery: Delivery, tag: DeliveryTag) -> Bool {
            guard mailbox.hasRoom(bytes: delivery.body.count) else { return false }
            if mailbox.offer(Letter(delivery: delivery, tag: tag), bytes: delivery.body.count) { wakeUp.signal() }
            return true
        }
    }

    private let consumer: Consumer
    private let sink: Sink
    private let recording: RecordingTap?
    private var wasLive = false
    /// Deliveries taken in at a time, so that keys are answered in between.
    private static let batchMax = 2_000

    init(_ configuration: Consumer.Configuration, wakeUp: WakeUp, recording: RecordingTap?) throws(Problem) {
        sink = Sink(wakeUp: wakeUp)
        self.recording = recording
        consumer = Consumer(configuration, sink: sink) { wakeUp.signal() }
        try consumer.start()
    }

    var status: Consumer.Status { consumer.status }

    func feed(_ monitor: Monitor, clock: Timestamp) -> Bool {
        follow(monitor, clock)
        let (letters, dropped) = sink.mailbox.drain(max: Self.batchMax)
        monitor.observatory.dropped(dropped, at: clock)
        for letter in letters {
            recording?.take(letter.delivery)
            monitor.observatory.receive(letter.delivery)
        }
        if let last = letters.last { consumer.acknowledge(upTo: last.tag) }
        if letters.count == Self.batchMax { consumer.resume() }
        monitor.observatory.advance(to: clock)
        return letters.count == Self.batchMax
    }

    func nextDue(_ monitor: Monitor, clock: Timestamp) -> Timestamp? { monitor.observatory.nextDue }

    func retry() { consumer.retryNow() }

    func stop() { consumer.stop() }

    private func follow(_ monitor: Monitor, _ clock: Timestamp) {
        let status = consumer.status
        monitor.link = link(status.state)
        for event in consumer.takeEvents().events {
            guard let text = words(event) else { continue }
            monitor.observatory.note(Change(time: clock, subject: "broker", text: text))
        }
    }

    private func link(_ state: LinkState) -> LinkStatus {
        switch state {
        case .live: return .live
        case .blocked(_, let reason): return .impaired("broker blocked: \(reason)")
        case .waiting(let until, let reason): return .connecting(reason: reason.problem.what, retry: until)
        case .idle, .connecting, .authenticating, .preparing: return .connecting(reason: "connecting", retry: nil)
        case .stopped: return .impaired("stopped")
        }
    }

    private func words(_ event: LinkEvent) -> String? {
        switch event {
        case .state(.live): return "connected"
        case .state(.waiting(_, let reason)): return "connection lost: \(reason.problem.what)"
        case .state(.blocked(_, let reason)): return "blocked: \(reason)"
        case .state: return nil
        case .streamUnavailable(let name, let reason):
            return "no history from stream \(name): \(reason.problem.what); going on with live data"
        case .consumerCancelled: return "the queue was deleted; declaring it anew"
        case .blind(let from, let to): return "nothing could be received for \((to - from).description)"
        case .refused(let delivery): return "message `\(delivery.routingKey)` of \(delivery.bytes) bytes is too large"
        case .overflow(let key): return "message `\(key)` thrown away: no room"
        case .returned(let message): return "message `\(message.routingKey)` returned: \(message.text)"
        case .discarded(let key, _, let reason): return "message `\(key)` given up: \(reason)"
        }
    }
}
