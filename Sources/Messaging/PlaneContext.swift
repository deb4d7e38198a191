import MetricModel

/// What a decoder remembers about the messages of one routing key, since nearly all of it comes again each time.
struct PlaneContext: Sendable {
    /// `nil` for what came without a key.
    let routingKey: RoutingKey?
    /// The producer of the last message, and the JSON that it was read from.
    var producerJSON: [UInt8] = []
    var producer = EnvelopeProducer()
    /// The common labels of the last message as JSON, the identity that follows from them, and the labels themselves.
    var labelsJSON: [UInt8]?
    var identity: UInt32?
    var commonLabels: [Label] = []

    init(_ routingKey: RoutingKey?) { self.routingKey = routingKey }
}

/// Who sent a message.
package struct EnvelopeProducer: Sendable, Hashable {
    package var name = ""
    package var version = ""
    /// Unique among the producers of this name that run at the same time.
    package var instance = ""
    package var start = Timestamp(milliseconds: 0)

    package init() {}

    package init(name: String, version: String, instance: String, start: Timestamp) {
        self.name = name
        self.version = version
        self.instance = instance
        self.start = start
    }
}

/// Numbers for what all series of a message share, tenant, plane and common labels, to begin cache keys with.
struct IdentityTable: Sendable {
    private static let countMax = 65_536
    private var numbers: [[UInt8]: UInt32] = [:]
    private var next: UInt32 = 0

    /// Equal arguments give equal numbers, different ones different numbers.
    mutating func number(tenant: String, plane: String, labelsJSON: some Sequence<UInt8>) -> UInt32 {
        var key = Array(tenant.utf8)
        key.append(0)
        key.append(contentsOf: plane.utf8)
        key.append(0)
        key.append(contentsOf: labelsJSON)
        if let known = numbers[key] { return known }
        // Numbers are never used again, so forgetting some only costs later cache entries.
        if numbers.count >= Self.countMax { numbers.removeAll() }
        next &+= 1
        numbers[key] = next
        return next
    }
}
