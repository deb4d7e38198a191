import Capture
import Diagnostics
import MetricModel

/// What is wrong with captures, in words: where, how much is lost, what to do.
enum CaptureReport {
    /// More than anybody reads; the rest is counted.
    private static let gapsMax = 20

    /// A line for each damaged place, then what is lost; none for a capture that is whole.
    ///
    /// - Parameter paths: files as they were named; with several each line names its own.
    static func damage(_ info: CaptureInfo, _ paths: [String]) -> [String] {
        if info.damage.isNone { return [] }
        var lines = info.gaps.prefix(gapsMax).map { gap in
            "\(paths.count > 1 ? "\(gap.path), " : "")\(place(gap)): \(gap.damage)"
        }
        if info.gaps.count > gapsMax { lines.append("and more places after those") }
        lines.append("lost: \(loss(info, paths))")
        return lines
    }

    /// What is no damage and must be known all the same.
    static func remarks(_ info: CaptureInfo) -> [String] {
        if info.records == 0 { return ["there is no record in it"] }
        return info.sections.filter { !$0.hasFooter }.map {
            "the recording that began at \(CalendarTime.rfc3339($0.first)) has no end: its recorder was killed, goes on, "
                + "or the file was cut off; the last record is of \(CalendarTime.rfc3339($0.last))"
        }
    }

    static func problem(_ info: CaptureInfo, _ paths: [String]) -> Problem {
        var rest = info.damage
        rest.unknownRecords = 0
        return Problem(
            "the capture is damaged: \(info.damage)", at: SourcePlace(file: paths.joined(separator: ", ")),
            fix: rest.isNone
                ? "read it with a newer planetop"
                : "play what is whole: `planetop replay` passes over the rest; look for what is lost in another recording of that time"
        )
    }

    private static func place(_ gap: CaptureGap) -> String {
        switch (gap.after.map(CalendarTime.rfc3339), gap.before.map(CalendarTime.rfc3339)) {
        case (let after?, let before?): after == before ? "at \(after)" : "between \(after) and \(before)"
        case (let after?, nil): "after \(after), at the end"
        case (nil, let before?): "before \(before), at the beginning"
        case (nil, nil): "everywhere"
        }
    }

    private static func loss(_ info: CaptureInfo, _ paths: [String]) -> String {
        var counts: [String] = []
        // The next block can only be looked for where one can go back.
        if paths == ["-"], info.damage.damagedFrames > 0, info.gaps.last?.before == nil {
            return "all that follows, for it comes through a pipe: put it into a file, and more can be read"
        }
        if info.damage.missingRecords > 0 {
            counts.append("\(info.damage.missingRecords) records by their numbers")
        }
        if info.sequences.missing > 0 {
            counts.append("\(info.sequences.missing) messages by the producers' counts")
        }
        if !counts.isEmpty { return counts.joined(separator: ", ") }
        if info.damage.damagedRecords > 0 { return "at least \(info.damage.damagedRecords) records" }
        if info.damage.damagedFrames > 0 {
            return "at least part of a block, which may hold minutes"
        }
        if info.damage.tornBytes > 0 { return "a record that has no end" }
        return info.damage.unknownRecords > 0
            ? "nothing that this version could show" : "how much is not known"
    }
}
