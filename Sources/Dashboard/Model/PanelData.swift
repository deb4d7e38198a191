import DisplayText
import MetricModel

/// The answers of a panel's queries together.
struct PanelData {
    var frames: [Frame] = []
    /// The finest of the queries' grids.
    var grid: TimeGrid?
    var problems: [(refID: String, text: String)] = []
    var asked = 0
    var selectors: [[LabelMatcher]] = []
    var notes: [String] = []

    mutating func add(_ answer: TargetAnswer, _ target: TargetDefinition, isOneOfManyTables: Bool) {
        asked += 1
        selectors += answer.selectors
        if let problem = answer.problem { problems.append((target.refID, problem)) }
        if let new = answer.grid, grid.map({ new.step < $0.step }) ?? true { grid = new }
        if answer.leftOut > 0 {
            notes.append("query \(target.refID): \(answer.leftOut) more series are not taken")
        }
        guard !answer.frames.isEmpty else { return }
        switch target.format {
        case .timeSeries: frames += answer.frames
        case .heatmap: frames += AnswerFrames.heatmap(answer.frames, grid: answer.grid)
        case .table:
            let name = isOneOfManyTables ? "\(Frame.valueName) #\(target.refID)" : Frame.valueName
            frames.append(AnswerFrames.table(answer.frames, refID: target.refID, valueName: name))
        }
    }

    /// Takes over what another panel's queries gave.
    mutating func add(_ other: PanelData) {
        asked += other.asked
        frames += other.frames
        selectors += other.selectors
        problems += other.problems
        notes += other.notes
        if let new = other.grid, grid.map({ new.step < $0.step }) ?? true { grid = new }
    }
}

/// The stretch of time that a panel shows.
enum PanelRange {
    /// - Parameter range: the dashboard's.
    static func range(of panel: PanelDefinition, in range: TimeRange, zone: ZoneClock) -> TimeRange {
        var result = range
        if let text = panel.timeFrom {
            if let span = IntervalText.parse(text) {
                result.from = result.to - span
            } else if let expression = TimeExpression(text.hasPrefix("now") ? text : "now-" + text) {
                let from = expression.time(at: range.to, isEnd: false, offsetSeconds: zone.offsetSeconds)
                if from < range.to { result.from = from }
            }
        }
        if let text = panel.timeShift {
            if let span = IntervalText.parse(text) {
                result.from = result.from - span
                result.to = result.to - span
            } else if let expression = TimeExpression("now-" + text) {
                let length = result.length
                result.to = expression.time(at: result.to, isEnd: true, offsetSeconds: zone.offsetSeconds)
                result.from = result.to - length
            }
        }
        return result.withinCalendars
    }
}

/// Whether a panel's data can be believed.
enum PanelHealthCheck {
    static func health(
        _ data: PanelData, _ built: BuiltPanel, _ range: TimeRange, _ context: DashboardContext
    ) -> PanelHealth {
        if let first = data.problems.first {
            let text = data.asked > 1 ? "query \(first.refID): \(first.text)" : first.text
            let more = data.problems.count > 1 ? " (and \(data.problems.count - 1) more)" : ""
            return data.problems.count == data.asked
                ? .error(SafeText(text + more)) : .partial(SafeText(text + more))
        }
        if data.asked == 0 { return data.notes.isEmpty ? .noData : .partial(SafeText(data.notes[0])) }
        let fields = data.frames.flatMap(\.fields).filter { $0.kind != .time }
        let hasValues = fields.contains { $0.count > 0 }
        let isOld = hasValues && fields.allSatisfy(\.isStale)
        if !hasValues || isOld {
            let newest = QueryRunner.newestSample(data.selectors, range, context.source)
            if let newest {
                let age = context.cursor - newest.time
                // A fresh sample that the query filters out is an answer: nothing matched.
                if age > (newest.lookback ?? .minutes(5)) { return .stale(age: age) }
            }
            if isOld {
                let last = lastTime(data.frames)
                return last.map { .stale(age: context.cursor - $0) } ?? .noData
            }
            return .noData
        }
        if built.staleCount > 0, built.staleCount < built.valueCount {
            let age = oldestEnd(data.frames).map { ", the oldest for \(ageText(context.cursor - $0))" } ?? ""
            return .partial(SafeText("\(built.staleCount) of \(built.valueCount) series have ended\(age)"))
        }
        return .fresh
    }

    private static func lastTime(_ frames: [Frame]) -> Timestamp? {
        frames.compactMap { frame -> Int64? in
            guard case .times(let times)? = frame.timeField?.values else { return nil }
            return times.compactMap { $0 }.last
        }.max().map { Timestamp(milliseconds: $0) }
    }

    private static func oldestEnd(_ frames: [Frame]) -> Timestamp? {
        frames.compactMap { frame -> Int64? in
            guard frame.fields.contains(where: \.isStale), case .times(let times)? = frame.timeField?.values
            else {
                return nil
            }
            return times.compactMap { $0 }.last
        }.min().map { Timestamp(milliseconds: $0) }
    }

    /// The largest two units of a length of time: `14m`, `2h5m`.
    static func ageText(_ age: TimeSpan) -> String {
        let seconds = max(0, age.milliseconds / 1000)
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m" }
        if seconds < 86_400 { return "\(seconds / 3600)h\(seconds % 3600 / 60)m" }
        return "\(seconds / 86_400)d\(seconds % 86_400 / 3600)h"
    }
}

extension PanelKind {
    /// Colours of fields that choose none.
    var standardScheme: ColorScheme {
        switch self {
        case .timeSeries, .barChart, .pieChart, .histogram: ColorScheme(mode: .paletteClassic)
        default: ColorScheme(mode: .thresholds)
        }
    }

    /// Gauges have a scale of a hundred when nobody gives one; the others that of their data.
    var scalesFromData: Bool {
        if case .gauge = self { false } else { true }
    }

    var showsMarks: Bool {
        if case .timeSeries = self { true } else { false }
    }

    /// Whether the newest value counts even when it lies between two steps.
    var wantsNewest: Bool {
        let reduce: ReduceOptions
        switch self {
        case .stat(let options): reduce = options.reduce
        case .gauge(let options): reduce = options
        case .barGauge(let options): reduce = options.reduce
        case .pieChart(let options): reduce = options.reduce
        default: return false
        }
        return !reduce.showsAllValues && reduce.calcs.allSatisfy { $0 == .lastNotNull || $0 == .last }
    }

    func build(_ input: PanelInput) -> BuiltPanel {
        switch self {
        case .timeSeries(let options): TimeSeriesBuilder.build(input, options)
        case .barChart(let options): BarChartBuilder.build(input, options)
        case .stat(let options): ReducedBuilder.stat(input, options)
        case .gauge(let options): ReducedBuilder.gauge(input, options)
        case .barGauge(let options): ReducedBuilder.barGauge(input, options)
        case .pieChart(let options): ReducedBuilder.pie(input, options)
        case .table(let options): TableBuilder.build(input, options)
        case .stateTimeline(let options): StateTimelineBuilder.build(input, options)
        case .heatmap(let options): HeatmapBuilder.build(input, options)
        case .histogram(let options): HistogramBuilder.build(input, options)
        case .text(let options): BuiltPanel(content: .text(TextBuilder.build(options, scope: input.scope)))
        case .eventList: BuiltPanel(content: .unsupported("lists of changes have no queries"))
        case .alertList: BuiltPanel(content: .unsupported("alert lists have no queries"))
        case .unsupported(let reason): BuiltPanel(content: .unsupported(SafeText(reason)))
        }
    }
}
