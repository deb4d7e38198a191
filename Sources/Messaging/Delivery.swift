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
