/// One measured value at one time.
package struct Sample: Sendable, Equatable {
    package var timestamp: Timestamp
    package var value: Double

    @inlinable package init(_ timestamp: Timestamp, _ value: Double) {
        self.timestamp = timestamp
        self.value = value
    }
}

/// The one NaN that means "this series ended here", with the bits that Prometheus uses.
///
/// It differs from an ordinary NaN by its bits alone, so it must never go through arithmetic.
package enum StaleMarker {
    package static let bits: UInt64 = 0x7ff0_0000_0000_0002
    package static let value = Double(bitPattern: bits)

    @inlinable package static func isStale(_ value: Double) -> Bool {
        value.bitPattern == 0x7ff0_0000_0000_0002
    }
}
