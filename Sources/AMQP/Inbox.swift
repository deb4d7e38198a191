import Messaging
import MetricModel

/// A consumer's deliveries for the loop: through a mailbox between the two threads, each put at its place in time, and
/// acknowledged once the loop has it.
///
/// One owner, the loop; only the mailbox is shared with the consumer's thread.
package final class Inbox {
    /// Deliveries taken at a time, so that the loop can look at other things in between.
    package static let batchMax = 2_000

    package let consumer: Consumer
    /// The time of the delivery taken last.
    package private(set) var newest = Timestamp.distantPast

    private let mailbox = Mailbox(countMax: 20_000, bytesMax: 64 << 20)
    /// Taken out of the mailbox, the oldest at the end: there it can be moved away.
    private var taken: [Mailbox.Letter] = []

    /// - Parameter wake: called on the consumer's thread when there is something to look at.
    package init(
        _ configuration: Consumer.Configuration, wake: @escaping @Sendable () -> Void
    ) {
        consumer = Consumer(configuration, sink: mailbox, wake: wake)
    }

    /// Gives what waits to `body`, oldest first, and lets the broker forget it.
    ///
    /// - Returns: how many those were; with `batchMax` more may be waiting.
    package func take(_ body: (Delivery) -> Void) -> Int {
        var last: DeliveryTag?
        var (count, bytes) = (0, 0)
        while count < Self.batchMax {
            if taken.isEmpty {
                mailbox.exchange(&taken)
                taken.reverse()
            }
            guard var letter = taken.popLast() else { break }
            placeInTime(&letter.delivery)
            body(letter.delivery)
            last = letter.tag
            count += 1
            bytes += letter.delivery.body.count
        }
        guard let last else { return 0 }
        mailbox.release(count: count, bytes: bytes)
        consumer.acknowledge(upTo: last)
        if count == Self.batchMax { consumer.resume() }
        return count
    }

    /// A message of the past stands where it was published, so that alerts begin when they began and a capture of it
    /// plays as it was.
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
}
