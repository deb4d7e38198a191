import MetricModel

/// A message as it arrived, before anything looked into it: what a capture holds and a decoder reads.
package struct Delivery: Sendable, Equatable {
    /// When it arrived here; in a replay, when it arrived then.
    package var received: Timestamp
    package var exchange: String
    package var routingKey: String
    package var properties: Properties
    package var body: [UInt8]
    package var redelivered: Bool

    /// The AMQP properties that matter here.
    package struct Properties: Sendable, Equatable {
        package var contentType: String?
        package var contentEncoding: String?
        /// Selects the decoder, `planetop.metrics.v1` for instance.
        package var type: String?
        package var messageID: String?
        package var appID: String?
        package var userID: String?
        /// Seconds since the epoch, as AMQP counts.
        package var timestamp: UInt64?
        package var expiration: String?
        package var deliveryMode: UInt8?
        /// The offset in the stream queue that the message was read from (header `x-stream-offset`).
        package var streamOffset: UInt64?

        package init() {}
    }

    package init(
        received: Timestamp, exchange: String = "", routingKey: String, properties: Properties = Properties(),
        body: [UInt8], redelivered: Bool = false
    ) {
        self.received = received
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
        self.redelivered = redelivered
    }
}
