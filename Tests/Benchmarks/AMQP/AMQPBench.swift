import AMQP
import Glibc
import Messaging
import MetricModel
import Synchronization
import TestSupport

/// Measures the consumer beside `baselines/drain.c` on the same queue; `amqp.sh` runs both in turns.
///
///     amqp-bench serve                               a private broker until standard input ends; prints its port
///     amqp-bench bodies FILE                         what drain.c fills queues with; prints the mean size
///     amqp-bench drain PORT QUEUE COUNT classic|stream [owner|store|rules]
///
/// The consumer's thread only counts deliveries; `owner` hands them through a bounded list to another thread, which
/// acknowledges them; `store` does all that the live screen does but drawing: mailbox, decoder, store; `rules`
/// evaluates the built-in rules besides.
@main
enum AMQPBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        switch arguments.dropFirst().first {
        case "serve":
            let broker = try PrivateBroker()
            print(broker.port)
            fflush(nil)
            while getchar() != EOF {}
            broker.shutDown()
        case "bodies" where arguments.count == 3: try MessageTemplates.write(to: arguments[2])
        case "drain" where arguments.count >= 6:
            guard let port = UInt16(arguments[2]), let count = Int(arguments[4]) else { return usage() }
            let configuration = configuration(
                port: port, queue: arguments[3], isStream: arguments[5] == "stream")
            switch arguments.dropFirst(6).first ?? "swift" {
            case "swift": try drain(configuration, count: count, byOwner: false)
            case "owner": try drain(configuration, count: count, byOwner: true)
            case "store": try drainIntoStore(configuration, count: count, withRules: false)
            case "rules": try drainIntoStore(configuration, count: count, withRules: true)
            default: usage()
            }
        default: usage()
        }
    }

    private static func usage() {
        print(
            "usage: amqp-bench serve | bodies FILE | drain PORT QUEUE COUNT classic|stream [owner|store|rules]"
        )
    }

    private static func configuration(port: UInt16, queue: String, isStream: Bool) -> Consumer.Configuration {
        let endpoint = Endpoint(
            uri: BrokerURI(host: "127.0.0.1", port: port),
            credentials: Credentials(user: "guest", password: Secret("guest")), connectionName: "amqp-bench")
        var configuration = Consumer.Configuration(endpoint: endpoint, bindingKeys: ["#"])
        if isStream {
            configuration.stream = StreamRequest(name: queue, start: .first)
        } else {
            configuration.existingQueue = queue
        }
        return configuration
    }

    private static func drainIntoStore(
        _ configuration: Consumer.Configuration, count: Int, withRules: Bool
    ) throws {
        let drain = try StoreDrain(configuration, withRules: withRules)
        let (wall, busy, own) = (wallSeconds(), cpuSeconds(), threadSeconds())
        try drain.run(count: count)
        let (seconds, spent) = (wallSeconds() - wall, cpuSeconds() - busy)
        let owner = threadSeconds() - own
        report(
            withRules ? "rules" : "store", count, seconds, spent,
            "of it the owner \(padded(owner / Double(count) * 1e6, 2)) us")
        let statistics = drain.observatory.statistics
        let lost =
            statistics.duplicates + statistics.refusedTotal + statistics.refusedParts
            + statistics.conflicts + statistics.tooOld + statistics.refusedSeries + statistics.missing
            + statistics.dropped
        if lost > 0 {
            print("\(lost) messages or samples did not get into the store: \(statistics)")
            exit(1)
        }
        drain.stop()
    }

    private static func report(
        _ who: String, _ count: Int, _ seconds: Double, _ spent: Double, _ more: String = ""
    ) {
        let rate = Int(Double(count) / seconds)
        print(
            "\(who) \(padded(count, 8)) messages \(padded(seconds, 3)) s \(padded(rate, 8)) /s "
                + "\(padded(spent / Double(count) * 1e6, 2)) us \(more)")
    }

    private static func drain(
        _ configuration: Consumer.Configuration, count: Int, byOwner: Bool
    ) throws {
        var configuration = configuration
        configuration.acknowledgement = byOwner ? .byOwner : .onHandover
        let sink = CountingSink(room: byOwner ? 1024 : nil)
        let signal = WakeSignal()
        let consumer = Consumer(configuration, sink: sink) { signal.raise() }
        let (wall, busy) = (wallSeconds(), cpuSeconds())
        try consumer.start()
        while sink.count < count {
            var poller = pollfd(fd: signal.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&poller, 1, 100)
            signal.clear()
            if byOwner, let tag = sink.takeAll() {
                consumer.acknowledge(upTo: tag)
                if sink.wasFull { consumer.resume() }
            }
        }
        let seconds = wallSeconds() - wall
        let spent = cpuSeconds() - busy
        report(byOwner ? "owner" : "swift", count, seconds, spent)
        consumer.stop()
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func padded(_ number: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int((number * scale).rounded())
        let fraction = "\(whole % Int(scale))"
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return padded(whole / Int(scale), 3) + "." + zeros + fraction
    }
}

/// Counts deliveries; with `room` it also keeps them until they are taken, as a mailbox does.
private final class CountingSink: DeliverySink {
    private struct Contents {
        var count = 0
        var bytes = 0
        var waiting: [Delivery] = []
        var newest: DeliveryTag?
        var wasFull = false
    }

    private let room: Int?
    private let contents = Mutex(Contents())

    init(room: Int?) { self.room = room }

    func offer(_ delivery: Delivery, tag: DeliveryTag) -> Bool {
        contents.withLock { contents in
            if let room {
                guard contents.waiting.count < room else {
                    contents.wasFull = true
                    return false
                }
                contents.waiting.append(delivery)
            }
            contents.count += 1
            contents.bytes += delivery.body.count
            contents.newest = tag
            return true
        }
    }

    var count: Int { contents.withLock { $0.count } }
    var wasFull: Bool {
        contents.withLock { contents in
            defer { contents.wasFull = false }
            return contents.wasFull
        }
    }

    func takeAll() -> DeliveryTag? {
        let (taken, tag) = contents.withLock { contents in
            defer { contents.waiting.removeAll(keepingCapacity: true) }
            return (contents.waiting, contents.newest)
        }
        return taken.isEmpty ? nil : tag
    }
}

private func wallSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Of the thread that asks.
private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
