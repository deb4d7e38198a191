import AMQP
import Diagnostics
import Messaging
import MetricModel
import Monitor
import Panels
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
            switch mailbox.offerIfRoom(Letter(delivery: delivery, tag: tag), bytes: delivery.body.count) {
            case .refused: return false
            case .taken(let wasEmpty):
                if wasEmpty { wakeUp.signal() }
                return true
            }
        }
    }

    private let consumer: Consumer
    private let sink: Sink
    private let recording: ((Delivery) -> Void)?
    /// History is still being read from the stream: time goes on with the messages, not with the clock.
    private var isCatchingUp: Bool
    private var lastArrival: Timestamp?
    private var newest = Timestamp.distantPast
    /// Deliveries taken in at a time, so that keys are answered in between.
    private static let batchMax = 2_000

    init(_ configuration: Consumer.Configuration, wakeUp: WakeUp, recording: ((Delivery) -> Void)?)
        throws(Problem)
    {
        sink = Sink(wakeUp: wakeUp)
        self.recording = recording
        isCatchingUp = configuration.stream != nil
        consumer = Consumer(configuration, sink: sink) { wakeUp.signal() }
        try consumer.start()
    }

    var status: Consumer.Status { consumer.status }

    func feed(_ monitor: Monitor, clock: Timestamp) -> Bool {
        follow(monitor, clock)
        var (letters, dropped) = sink.mailbox.drain(max: Self.batchMax)
        monitor.observatory.dropped(dropped, at: clock)
        for index in letters.indices {
            placeInTime(&letters[index].delivery)
            recording?(letters[index].delivery)
            monitor.observatory.receive(letters[index].delivery)
        }
        if !letters.isEmpty { lastArrival = clock }
        if let last = letters.last { consumer.acknowledge(upTo: last.tag) }
        if letters.count == Self.batchMax { consumer.resume() }
        watchHistory(monitor, clock)
        if !isCatchingUp { monitor.observatory.advance(to: clock) }
        return letters.count == Self.batchMax
    }

    /// A message of the past stands where it was published, so that alerts begin when they began and a capture of it plays
    /// as it was.
    private func placeInTime(_ delivery: inout Delivery) {
        if delivery.properties.streamOffset != nil, let seconds = delivery.properties.timestamp,
            seconds < 1 << 40
        {
            delivery.received = min(delivery.received, Timestamp(milliseconds: Int64(seconds) * 1000))
        }
        // Times never step back: producers' clocks differ a little.
        delivery.received = max(delivery.received, newest)
        newest = delivery.received
    }

    /// History ends when it has reached the present, or when nothing more comes.
    private func watchHistory(_ monitor: Monitor, _ clock: Timestamp) {
        guard isCatchingUp else { return }
        if case .live(let since) = consumer.status.state {
            let quiet = clock - max(lastArrival ?? since, since)
            if newest >= clock - .seconds(15) || quiet > .seconds(2) { isCatchingUp = false }
        }
        if isCatchingUp, monitor.link == .live { monitor.link = .loading(nil) }
    }

    func nextDue(_ monitor: Monitor, clock: Timestamp) -> Timestamp? {
        isCatchingUp ? clock + .seconds(1) : monitor.observatory.nextDue
    }

    func retry() { consumer.retryNow() }

    func stop() { consumer.stop() }

    private func follow(_ monitor: Monitor, _ clock: Timestamp) {
        let status = consumer.status
        monitor.link = link(status.state)
        for event in consumer.takeEvents().events {
            if case .streamUnavailable = event { isCatchingUp = false }
            guard let text = words(event) else { continue }
            monitor.observatory.note(Change(time: clock, subject: "broker", text: text))
        }
    }

    private func link(_ state: LinkState) -> LinkStatus {
        switch state {
        case .live: return .live
        case .blocked(_, let reason): return .impaired("broker blocked: \(reason)")
        case .waiting(let until, let reason): return .connecting(reason: reason.problem.what, retry: until)
        case .idle, .connecting, .authenticating, .preparing:
            return .connecting(reason: "connecting", retry: nil)
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
        case .blind(let from, let to): return "nothing could be received for \(formatAge(to - from))"
        case .refused(let delivery):
            return "message `\(delivery.routingKey)` of \(delivery.bytes) bytes is too large"
        case .overflow(let key): return "message `\(key)` thrown away: no room"
        case .returned(let message): return "message `\(message.routingKey)` returned: \(message.text)"
        case .discarded(let key, _, let reason): return "message `\(key)` given up: \(reason)"
        }
    }
}
