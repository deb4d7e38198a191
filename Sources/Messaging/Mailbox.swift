import DequeModule
import Synchronization

/// Hands values from I/O threads to the loop; when full the oldest is dropped and counted.
///
/// Bounded both in count and in bytes, so that neither a burst of small messages nor a few large ones take more memory
/// than was meant for them.
package final class Mailbox<Element: Sendable>: Sendable {
    private struct Contents {
        var waiting: Deque<(element: Element, bytes: Int)> = []
        var bytes = 0
        var dropped = 0
    }

    private let contents = Mutex(Contents())
    package let countMax: Int
    package let bytesMax: Int

    package init(countMax: Int, bytesMax: Int = .max) {
        precondition(countMax > 0 && bytesMax > 0, "a mailbox must hold at least one element")
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    /// Adds `element` as the newest.
    ///
    /// - Parameter bytes: what it takes; one larger than the limit is kept alone.
    /// - Returns: whether the mailbox was empty before, so that the reader has to be woken.
    @discardableResult
    package func offer(_ element: Element, bytes: Int = 0) -> Bool {
        contents.withLock { contents in
            let wasEmpty = contents.waiting.isEmpty
            // A live view prefers fresh data to complete data; the status line shows the loss.
            while let oldest = contents.waiting.first,
                contents.waiting.count >= countMax || contents.bytes + bytes > bytesMax
            {
                contents.waiting.removeFirst()
                contents.bytes -= oldest.bytes
                contents.dropped += 1
            }
            contents.waiting.append((element, bytes))
            contents.bytes += bytes
            return wasEmpty
        }
    }

    /// Whether another element of `bytes` fits without a loss: a reader of a socket may wait for that.
    package func hasRoom(bytes: Int = 0) -> Bool {
        contents.withLock {
            $0.waiting.count < countMax && ($0.waiting.isEmpty || $0.bytes + bytes <= bytesMax)
        }
    }

    package var count: Int { contents.withLock { $0.waiting.count } }

    /// Takes up to `max` elements, oldest first, and the number dropped since the last call.
    package func drain(max: Int = .max) -> (elements: [Element], dropped: Int) {
        contents.withLock { contents in
            let dropped = contents.dropped
            contents.dropped = 0
            if max >= contents.waiting.count {
                let all = contents.waiting.map(\.element)
                contents.waiting.removeAll(keepingCapacity: true)
                contents.bytes = 0
                return (all, dropped)
            }
            let taken = contents.waiting.prefix(max)
            for entry in taken { contents.bytes -= entry.bytes }
            let elements = taken.map(\.element)
            contents.waiting.removeFirst(max)
            return (elements, dropped)
        }
    }
}
