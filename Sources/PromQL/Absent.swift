import MetricModel

/// Marks a step at which a series has no value.
///
/// The bits are the stale marker's: selectors drop stale markers, and no arithmetic yields a signalling NaN, so no
/// value of a query has them. Being one word of the column itself, absence needs no second array.
/// It must never go through arithmetic: every loop over a column asks first.
enum Absent {
    static let bits: UInt64 = StaleMarker.bits
    static let value = Double(bitPattern: bits)
}

extension Double {
    @inline(__always) var isAbsent: Bool { bitPattern == Absent.bits }
}
