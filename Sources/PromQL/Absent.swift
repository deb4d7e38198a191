/// Marks a step at which a series has no value.
///
/// The bits are the stale marker's: selectors drop stale markers, and no arithmetic yields a signalling NaN, so no
/// value of a query has them. Being one word of the column itself, absence needs no second array.
/// It must never go through arithmetic: every loop over a column asks first.
enum Absent {
    /// `StaleMarker.bits`, written out so that every comparison is with a constant.
    @inline(__always) static var bits: UInt64 { 0x7ff0_0000_0000_0002 }
    @inline(__always) static var value: Double { Double(bitPattern: bits) }
}

extension Double {
    /// Whether a column says here that there is no value.
    @inline(__always) var isAbsent: Bool { bitPattern == Absent.bits }
}
