import Messaging
import MetricModel

/// Names one delivery for its acknowledgement. Tags of one connection ascend; an older connection's are void.
package struct DeliveryTag: Sendable, Hashable, Comparable {
    /// Counts the connections of this consumer.
    package var connection: UInt64
    /// AMQP's delivery tag, from 1.
    package var number: UInt64

    package init(connection: UInt64, number: UInt64) {
        self.connection = connection
        self.number = number
    }

    package static func < (a: Self, b: Self) -> Bool {
        (a.connection, a.number) < (b.connection, b.number)
    }
}

/// Takes deliveries from the consumer's thread.
package protocol DeliverySink: Sendable {
    /// Takes `delivery`, without waiting.
    ///
    /// - Returns: `false` when there is no room: the consumer offers it again soon and reads no further meanwhile.
    func offer(_ delivery: Delivery, tag: DeliveryTag) -> Bool
}

/// A message that was too large to be kept: only its envelope is known.
package struct RefusedDelivery: Sendable, Equatable {
    package var received: Timestamp
    package var exchange: String
    package var routingKey: String
    package var messageID: String?
    package var appID: String?
    /// Size of the body as announced.
    package var bytes: UInt64
    /// The size that would have been accepted.
    package var bytesMax: Int
}

/// A published message that no queue wanted.
package struct ReturnedMessage: Sendable, Equatable {
    package var code: UInt16
    package var text: String
    package var exchange: String
    package var routingKey: String
    package var messageID: String?
}
