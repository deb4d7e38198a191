import MetricModel

/// One place of a capture where something is damaged: between two records that could be read.
package struct CaptureGap: Sendable, Equatable {
    /// The file as it was named.
    package var path: String
    /// Time of the last whole record before it; `nil` when there is none.
    package var after: Timestamp?
    /// Time of the first whole record behind it; `nil` when there is none.
    package var before: Timestamp?
    /// What was found wrong there.
    package var damage: CaptureDamage

    package init(path: String, after: Timestamp?, before: Timestamp?, damage: CaptureDamage) {
        self.path = path
        self.after = after
        self.before = before
        self.damage = damage
    }
}

/// Makes gaps out of damage that is counted while records are read.
///
/// The first ones only: a file that is damaged everywhere has one for each record.
struct CaptureGapLog {
    let path: String
    private(set) var gaps: [CaptureGap] = []
    private var counted = CaptureDamage()
    private var last: Timestamp?

    /// So many are told apart; all damage is counted.
    static let gapsMax = 100

    init(path: String) { self.path = path }

    /// - Parameters:
    ///   - damage: all that was counted so far.
    ///   - time: that of the record just read; `nil` at the end.
    mutating func note(_ damage: CaptureDamage, readTo time: Timestamp?) {
        if damage != counted, gaps.count < Self.gapsMax {
            gaps.append(CaptureGap(path: path, after: last, before: time, damage: damage - counted))
        }
        counted = damage
        if let time { last = time }
    }
}
