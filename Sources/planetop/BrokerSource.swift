import AMQP
import Diagnostics
import Messaging
import MetricModel
import Monitor
import Panels
import Terminal

/// A consumer's deliveries, as they wait in its inbox, and what its link to the broker does.
final class BrokerSource: Source {
    private let inbox: Inbox
    private let recording: ((Delivery) -> Void)?
    /// History is still being read from the stream: time goes on with the messages, not with the clock.
    private var isCatchingUp: Bool
    private var lastArrival: Timestamp?

    init(_ configuration: Consumer.Configuration, wakeUp: WakeUp, recording: ((Delivery) -> Void)?)
        throws(Problem)
    {
        self.recording = recording
        isCatchingUp = configuration.stream != nil
        inbox = Inbox(configuration) { wakeUp.signal() }
        try inbox.consumer.start()
    }

    var status: Consumer.Status { inbox.consumer.status }

    func feed(_ monitor: Monitor, clock: Timestamp) -> Bool {
        follow(monitor, clock)
        let count = inbox.take { delivery in
            recording?(delivery)
            monitor.observatory.receive(delivery)
        }
        if count > 0 { lastArrival = clock }
        watchHistory(monitor, clock)
        if !isCatchingUp { monitor.observatory.advance(to: clock) }
        return count == Inbox.batchMax
    }

    /// History ends when it has reached the present, or when nothing more comes.
    private func watchHistory(_ monitor: Monitor, _ clock: Timestamp) {
        guard isCatchingUp else { return }
        if case .live(let since) = status.state {
            let quiet = clock - max(lastArrival ?? since, since)
            if inbox.newest >= clock - .seconds(15) || quiet > .seconds(2) { isCatchingUp = false }
        }
        if isCatchingUp, monitor.link == .live { monitor.link = .loading(nil) }
    }

    func nextDue(_ monitor: Monitor, clock: Timestamp) -> Timestamp? {
        isCatchingUp ? clock + .seconds(1) : monitor.observatory.nextDue
    }

    func retry() { inbox.consumer.retryNow() }

    func stop() { inbox.consumer.stop() }

    private func follow(_ monitor: Monitor, _ clock: Timestamp) {
        let status = status
        monitor.link = link(status.state)
        monitor.observatory.dropped(total: status.counters.overflowed + status.counters.refused)
        for event in inbox.consumer.takeEvents().events {
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
