import TestSupport
import Testing

/// Everything that talks to a real broker: one test after the other, since some of them stop it.
@Suite(.serialized, .enabled(if: PrivateBroker.isAvailable, "\(PrivateBroker.skipReason)"))
enum BrokerSuites {}

/// A name that no other test uses.
func unique(_ name: String) -> String {
    "test.\(name).\(UInt32.random(in: .min ... .max))"
}

/// Declares the exchange `name` and gives a publisher to it.
func rawPublisher(_ broker: PrivateBroker, exchange name: String) throws -> RawPublisher {
    let publisher = try RawPublisher(port: broker.port)
    try publisher.declareExchange(name)
    return publisher
}
