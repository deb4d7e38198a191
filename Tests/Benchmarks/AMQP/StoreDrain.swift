import AMQP
import Builtin
import Glibc
import Messaging
import MetricModel
import Monitor
import Rules

/// From the broker into the store as the live screen does it, without a screen: consumer, mailbox, decoder, store.
final class StoreDrain {
    let observatory: Observatory
    private let signal = WakeSignal()
    private let inbox: Inbox
    private let isHistory: Bool

    init(_ configuration: Consumer.Configuration, withRules: Bool) throws {
        var settings = Observatory.Settings()
        settings.pace = .live(behindMax: 2)
        observatory = Observatory(settings)
        if withRules {
            let (name, yaml) = Builtin.rules
            observatory.load(
                try RuleFile.parse(text: String(decoding: yaml, as: UTF8.self), file: name).groups)
        }
        let signal = signal
        isHistory = configuration.stream != nil
        inbox = Inbox(configuration) { signal.raise() }
    }

    /// Takes `count` messages in.
    func run(count: Int) throws {
        try inbox.consumer.start()
        while observatory.statistics.received < count {
            // What waits is worked off before sleeping, as the loop of the screen does.
            if takeBatch() { continue }
            var poller = pollfd(fd: signal.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&poller, 1, 100)
            signal.clear()
        }
    }

    func stop() { inbox.consumer.stop() }

    /// Whether more may be waiting.
    private func takeBatch() -> Bool {
        let count = inbox.take { observatory.receive($0) }
        let clock = wallTime()
        if !isHistory { observatory.advance(to: clock) }
        return count == Inbox.batchMax
    }
}

private func wallTime() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
}
