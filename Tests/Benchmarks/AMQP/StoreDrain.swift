import AMQP
import Builtin
import Glibc
import Messaging
import MetricModel
import Monitor
import Rules

/// From the broker into the store as the live screen does it, without a screen: consumer, mailbox, decoder, store.
final class StoreDrain {
    private struct Letter: Sendable {
        var delivery: Delivery
        var tag: DeliveryTag
    }

    private final class Sink: DeliverySink {
        let mailbox = Mailbox<Letter>(countMax: 20_000, bytesMax: 64 << 20)
        let signal: WakeSignal

        init(signal: WakeSignal) { self.signal = signal }

        func offer(_ delivery: Delivery, tag: DeliveryTag) -> Bool {
            switch mailbox.offerIfRoom(Letter(delivery: delivery, tag: tag), bytes: delivery.body.count) {
            case .refused: return false
            case .taken(let wasEmpty):
                if wasEmpty { signal.raise() }
                return true
            }
        }
    }

    private static let batchMax = 2_000

    let observatory: Observatory
    private let signal = WakeSignal()
    private let sink: Sink
    private let consumer: Consumer
    private let isHistory: Bool
    private var newest = Timestamp.distantPast

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
        sink = Sink(signal: signal)
        isHistory = configuration.stream != nil
        consumer = Consumer(configuration, sink: sink) { signal.raise() }
    }

    /// Takes `count` messages in.
    func run(count: Int) throws {
        try consumer.start()
        while observatory.statistics.received < count {
            // What waits is worked off before sleeping, as the loop of the screen does.
            if takeBatch() { continue }
            var poller = pollfd(fd: signal.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&poller, 1, 100)
            signal.clear()
        }
    }

    func stop() { consumer.stop() }

    private func takeBatch() -> Bool {
        var (letters, dropped) = sink.mailbox.drain(max: Self.batchMax)
        let clock = wallTime()
        observatory.dropped(dropped, at: clock)
        for index in letters.indices {
            placeInTime(&letters[index].delivery)
            observatory.receive(letters[index].delivery)
        }
        if let last = letters.last { consumer.acknowledge(upTo: last.tag) }
        if letters.count == Self.batchMax { consumer.resume() }
        if !isHistory { observatory.advance(to: clock) }
        return letters.count == Self.batchMax
    }

    private func placeInTime(_ delivery: inout Delivery) {
        if delivery.properties.streamOffset != nil, let seconds = delivery.properties.timestamp,
            seconds < 1 << 40
        {
            delivery.received = min(delivery.received, Timestamp(milliseconds: Int64(seconds) * 1000))
        }
        delivery.received = max(delivery.received, newest)
        newest = delivery.received
    }
}

private func wallTime() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
}
