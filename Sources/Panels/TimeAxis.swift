import Canvas
import DisplayText
import MetricModel

/// Round local times along the bottom of a chart.
struct TimeAxis {
    struct Tick {
        var time: Timestamp
        var label: SafeText
    }

    private(set) var ticks: [Tick] = []

    /// Ticks between `start` and `end`, as many as `width` columns can label.
    init(start: Timestamp, end: Timestamp, width: Int, zoneOffsetSeconds: Int) {
        let range = (end - start).milliseconds
        // Dates that no clock shows have no ticks; what follows cannot overflow then.
        let bound: Int64 = 1 << 60
        guard range > 0, width > 0, start.milliseconds > -bound, end.milliseconds < bound else { return }
        // Room for a label and as much air again; a window that is a little longer than its round range keeps its labels.
        let countMax = Double(max(1, width / 12)) * 1.05
        let seconds = Double(range) / 1000
        guard
            let step = Self.steps.first(where: { seconds / Double($0) <= countMax })
                ?? Self.longStep(seconds, countMax)
        else { return }
        let offset = Int64(zoneOffsetSeconds) * 1000
        let local = start.milliseconds + offset
        let (quotient, remainder) = local.floorDivided(by: step * 1000)
        var tick = (remainder == 0 ? quotient : quotient + 1) * step * 1000 - offset
        while tick <= end.milliseconds {
            let time = Timestamp(milliseconds: tick)
            ticks.append(Tick(time: time, label: Self.label(time, step: step, zoneOffsetSeconds)))
            tick += step * 1000
        }
    }

    /// Seconds.
    private static let steps: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200,
        86_400, 172_800, 604_800, 1_209_600,
    ]

    /// For ranges of months and more: as many days as it takes.
    private static func longStep(_ seconds: Double, _ countMax: Double) -> Int64? {
        let days = (seconds / countMax / 86_400).rounded(.up)
        return days < 1e6 ? max(1, Int64(days)) * 86_400 : nil
    }

    private static func label(_ time: Timestamp, step: Int64, _ zoneOffsetSeconds: Int) -> SafeText {
        let civil = CivilTime(time, zoneOffsetSeconds: zoneOffsetSeconds)
        if step < 60 { return civil.clock }
        // Midnight says which day begins.
        if step >= 86_400 || (civil.hour == 0 && civil.minute == 0) { return civil.monthDay }
        return civil.hourMinute
    }

    /// Writes the labels under `row`'s ticks, never one over another; the end label stands at the right edge.
    ///
    /// - Parameters:
    ///   - column: the cell column of a time, `nil` outside of the chart.
    ///   - taken: columns that something else is drawn into.
    ///   - left: the first column that labels may use, which may be that of a value axis.
    func drawLabels(
        on canvas: inout Canvas, y: Int, columns: Range<Int>, left: Int, endLabel: SafeText,
        avoiding taken: Set<Int> = [], style: Style = .dim, column: (Timestamp) -> Int?
    ) {
        let last = columns.upperBound
        let hasEnd = endLabel.width > 0 && endLabel.width + 2 <= columns.count
        let limit = hasEnd ? last - endLabel.width - 1 : last
        var free = left
        for tick in ticks {
            guard let x = column(tick.time) else { continue }
            let width = tick.label.width
            let start = min(max(x - width / 2, left), last - width)
            if start < free || start + width > limit { continue }
            if !taken.isEmpty, !taken.isDisjoint(with: start - 1...start + width) { continue }
            free = canvas.write(tick.label, x: start, y: y, style) + 1
        }
        if hasEnd, taken.isDisjoint(with: last - endLabel.width..<last) {
            canvas.write(endLabel, x: last - endLabel.width, y: y, style)
        }
    }
}
