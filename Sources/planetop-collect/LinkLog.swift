import AMQP
import Logging
import MetricModel

/// Writes what happens to the connection into the log.
final class LinkLog: Sendable {
    private let publisher: Publisher
    private let logger: Logger
    private let stop = StopSignal()

    init(publisher: Publisher, logger: Logger) {
        self.publisher = publisher
        self.logger = logger
    }

    func start() {
        Thread.start { [self] in
            while !stop.wait(.seconds(1)) { report() }
        }
    }

    /// Writes what happened since the last call.
    func report() {
        let (events, dropped) = publisher.takeEvents()
        if dropped > 0 { logger.warning("link events lost", metadata: ["count": "\(dropped)"]) }
        for event in events {
            switch event {
            case .state(.live): logger.info("connected")
            case .state(.blocked(_, let reason)):
                logger.warning("the broker takes nothing", metadata: ["why": "\(reason)"])
            case .state(.waiting(let until, let reason)):
                logger.warning(
                    "not connected", metadata: ["why": "\(reason.problem.what)", "retry": "\(until)"])
            case .state: break
            case .returned(let message):
                logger.warning(
                    "no queue took a message",
                    metadata: ["key": "\(message.routingKey)", "why": "\(message.text)"])
            case .discarded(let key, _, let reason):
                logger.error("message given up", metadata: ["key": "\(key)", "why": "\(reason)"])
            case .streamUnavailable, .consumerCancelled, .blind, .refused, .overflow: break
            }
        }
    }
}
