import MetricModel

/// The publisher's thread: connects, lives through one session after the other, and waits in between.
final class PublisherWorker {
    private let configuration: Publisher.Configuration
    private let board: PublisherBoard
    private let watchdog: Watchdog
    private var backoff: Backoff
    private var attempt = 0
    private var liveSince: MonotonicInstant?
    /// Messages sent one at a time after the broker closed the channel, to find the one it does not like.
    private var suspects = 0

    init(_ configuration: Publisher.Configuration, _ board: PublisherBoard) {
        self.configuration = configuration
        self.board = board
        watchdog = Watchdog(limit: configuration.endpoint.timing.stall)
        backoff = configuration.backoff
    }

    func run() {
        while !board.thread.mustStop {
            attempt += 1
            set(.connecting(attempt: attempt))
            do throws(BrokerError) {
                try liveOnce()
            } catch {
                board.thread.wait(until: noteLoss(error))
            }
        }
        watchdog.retire()
        set(.stopped)
    }

    private func liveOnce() throws(BrokerError) {
        let connection = try Connection.open(configuration.endpoint, watchdog: watchdog) {
            set(.authenticating)
        }
        if board.thread.mustStop { return connection.sayGoodbye() }
        set(.preparing)
        let session = PublisherSession(configuration, connection, board: board, suspects: suspects)
        defer { suspects = session.suspects }
        try session.prepare()
        attempt = 0
        liveSince = .now
        board.change { contents in
            contents.status.counters.connections += 1
            contents.status.brokerProduct = connection.product
            contents.status.lastByte = .wallClock
        }
        set(.live(since: .wallClock))
        do throws(BrokerError) {
            try session.run { set($0) }
        } catch {
            session.end(error)
            throw error
        }
        session.end(nil)
        connection.sayGoodbye()
    }

    private func noteLoss(_ error: BrokerError) -> MonotonicInstant {
        let lived = liveSince.map { MonotonicInstant.now - $0 } ?? .zero
        let wasLive = liveSince != nil
        liveSince = nil
        // Refused while live means that one message was not allowed; the others should not wait for an operator.
        let delay = backoff.delay(
            needsOperator: error.needsOperator && !wasLive, lived: lived, random: Double.random(in: 0...1))
        board.change { contents in
            if wasLive {
                contents.status.counters.connectionsLost += 1
            } else {
                contents.status.counters.attemptsFailed += 1
            }
            contents.status.lastError = error
        }
        set(.waiting(until: .wallClock + delay, reason: error))
        return .now + delay
    }

    private func set(_ state: LinkState) {
        board.change { $0.status.state = state }
        board.thread.post(.state(state))
        board.thread.notify()
    }
}
