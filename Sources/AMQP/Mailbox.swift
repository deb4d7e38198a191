import Messaging
import Synchronization

/// Holds deliveries between the consumer's thread and the loop.
///
/// Bounded both in count and in bytes, so that neither a burst of small messages nor a few large ones take more memory
/// than was meant for them; what the loop took counts until it says that it is done with it. When there is no room the
/// consumer keeps what it has and reads no further.
final class Mailbox: DeliverySink {
    struct Letter: Sendable {
        var delivery: Delivery
        var tag: DeliveryTag
    }

    private struct Contents {
        var waiting: [Letter] = []
        /// Of those that wait and those that the loop works on.
        var count = 0
        var bytes = 0
    }

    private let contents = Mutex(Contents())
    private let countMax: Int
    private let bytesMax: Int

    /// - Parameter bytesMax: of the bodies; one that is larger is kept alone.
    init(countMax: Int, bytesMax: Int) {
        precondition(countMax > 0 && bytesMax > 0, "a mailbox must hold at least one delivery")
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    // The loop is not woken here: the consumer does that once for many deliveries. Waking it for each one that finds the
    // mailbox empty costs more than taking the delivery in.
    func offer(_ delivery: Delivery, tag: DeliveryTag) -> Bool {
        contents.withLock { contents in
            let bytes = contents.bytes + delivery.body.count
            guard contents.count < countMax, contents.count == 0 || bytes <= bytesMax else { return false }
            contents.waiting.append(Letter(delivery: delivery, tag: tag))
            contents.count += 1
            contents.bytes = bytes
            return true
        }
    }

    /// Takes all that waits, oldest first.
    ///
    /// - Parameter empty: without letters; its memory is used for what comes next.
    func exchange(_ empty: inout [Letter]) {
        precondition(empty.isEmpty, "letters that were not read yet would be lost")
        contents.withLock { swap(&$0.waiting, &empty) }
    }

    /// Makes room: the loop is done with so much of what it took.
    func release(count: Int, bytes: Int) {
        contents.withLock {
            $0.count -= count
            $0.bytes -= bytes
        }
    }
}
