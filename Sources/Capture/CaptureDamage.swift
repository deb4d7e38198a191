/// What was found wrong while reading.
package struct CaptureDamage: Sendable, Equatable, CustomStringConvertible {
    /// Lines whose checksum is wrong.
    package var damagedRecords = 0
    /// Places where the compressed stream was broken; reading went on at the next frame.
    package var damagedFrames = 0
    /// Records that the numbering says are not there, damaged ones among them.
    package var missingRecords = 0
    /// Bytes of lines that have no end.
    package var tornBytes = 0
    /// Records of kinds that a later minor version added.
    package var unknownRecords = 0
    /// Sections whose footer counts otherwise than what was read.
    package var wrongFooters = 0

    package init() {}

    package var isNone: Bool { self == CaptureDamage() }

    /// `no damage`, or what there is of each kind.
    package var description: String {
        let kinds = [
            (damagedRecords, "damaged record", "damaged records"),
            (damagedFrames, "broken block", "broken blocks"),
            (missingRecords, "missing record", "missing records"),
            (tornBytes, "byte without an end", "bytes without an end"),
            (unknownRecords, "record of a later version", "records of a later version"),
            (wrongFooters, "footer that counts otherwise", "footers that count otherwise"),
        ]
        let found = kinds.filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }
        return found.isEmpty ? "no damage" : found.joined(separator: ", ")
    }

    package static func + (a: CaptureDamage, b: CaptureDamage) -> CaptureDamage {
        var sum = a
        sum.damagedRecords += b.damagedRecords
        sum.damagedFrames += b.damagedFrames
        sum.missingRecords += b.missingRecords
        sum.tornBytes += b.tornBytes
        sum.unknownRecords += b.unknownRecords
        sum.wrongFooters += b.wrongFooters
        return sum
    }

    package static func - (a: CaptureDamage, b: CaptureDamage) -> CaptureDamage {
        var rest = a
        rest.damagedRecords -= b.damagedRecords
        rest.damagedFrames -= b.damagedFrames
        rest.missingRecords -= b.missingRecords
        rest.tornBytes -= b.tornBytes
        rest.unknownRecords -= b.unknownRecords
        rest.wrongFooters -= b.wrongFooters
        return rest
    }
}
