import AMQP
import Glibc
import Messaging
import MetricModel
import Synchronization
import TestSupport

/// Measures the consumer beside `baselines/drain.c` on the same queue; `amqp.sh` runs both in turns.
///
///     amqp-bench serve                               a private broker until standard input ends; prints its port
///     amqp-bench drain PORT QUEUE COUNT classic|stream [owner]
///
/// `owner` hands deliveries through a bounded list to another thread, which acknowledges them, as the live screen
/// does; otherwise the consumer's thread only counts them.
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
        case "drain" where arguments.count >= 6:
            guard let port = UInt16(arguments[2]), let count = Int(arguments[4]) else { return usage() }
            try drain(
                port: port, queue: arguments[3], count: count, isStream: arguments[5] == "stream",
                byOwner: arguments.last == "owner")
        default: usage()
        }
    }

    private static func usage() {
        print("usage: amqp-bench serve | drain PORT QUEUE COUNT classic|stream [owner]")
    }

    private static func drain(port: UInt16, queue: String, count: Int, isStream: Bool, byOwner: Bool) throws {
        let endpoint = Endpoint(
            uri: BrokerURI(host: "127.0.0.1", port: port),
            credentials: Credentials(user: "guest", password: Secret("guest")), connectionName: "amqp-bench")
        var configuration = Consumer.Configuration(endpoint: endpoint, bindingKeys: ["#"])
        if isStream {
            configuration.stream = StreamRequest(name: queue, start: .first)
        } else {
            configuration.existingQueue = queue
        }
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
        let rate = Int(Double(count) / seconds)
        print(
            "\(byOwner ? "owner" : "swift") \(padded(count, 8)) messages \(padded(seconds, 3)) s \(padded(rate, 8)) /s "
                + "\(padded(spent / Double(count) * 1e6, 2)) us")
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
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
