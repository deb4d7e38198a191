import DequeModule
import Synchronization

/// Hands values from I/O threads to the loop; when full the oldest is dropped and counted.
///
/// Bounded both in count and in bytes, so that neither a burst of small messages nor a few large ones take more memory
/// than was meant for them.
package final class Mailbox<Element: Sendable>: Sendable {
    private struct Contents {
        var waiting: Deque<(element: Element, bytes: Int)> = []
        /// Without elements: the memory that `waiting` had before the last time when all was taken.
        var spare: Deque<(element: Element, bytes: Int)> = []
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

    package enum Offer: Sendable, Equatable {
        /// There is no room without a loss: a reader of a socket may wait for that.
        case refused
        /// `wasEmpty`: the reader has to be woken.
        case taken(wasEmpty: Bool)
    }

    /// Adds `element` as the newest when nothing has to be dropped for it.
    package func offerIfRoom(_ element: Element, bytes: Int = 0) -> Offer {
        contents.withLock { contents in
            let wasEmpty = contents.waiting.isEmpty
            guard contents.waiting.count < countMax, wasEmpty || contents.bytes + bytes <= bytesMax else {
                return .refused
            }
            contents.waiting.append((element, bytes))
            contents.bytes += bytes
            return .taken(wasEmpty: wasEmpty)
        }
    }

    package var count: Int { contents.withLock { $0.waiting.count } }

    /// Takes up to `max` elements, oldest first, and the number dropped since the last call.
    package func drain(max: Int = .max) -> (elements: [Element], dropped: Int) {
        var elements: [Element] = []
        // Elements are moved, not copied: each may hold many references, which both threads would count up and down.
        var (all, dropped) = contents.withLock { contents in
            let dropped = contents.dropped
            contents.dropped = 0
            var all: Deque<(element: Element, bytes: Int)> = []
            if max >= contents.waiting.count {
                swap(&all, &contents.waiting)
                swap(&contents.waiting, &contents.spare)
                contents.bytes = 0
            } else {
                elements.reserveCapacity(max)
                for _ in 0..<max {
                    let entry = contents.waiting.removeFirst()
                    contents.bytes -= entry.bytes
                    elements.append(entry.element)
                }
            }
            return (all, dropped)
        }
        if all.isEmpty { return (elements, dropped) }
        elements.reserveCapacity(all.count)
        while let entry = all.popFirst() { elements.append(entry.element) }
        contents.withLock { swap(&all, &$0.spare) }
        return (elements, dropped)
    }
}
