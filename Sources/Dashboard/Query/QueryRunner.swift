import MetricModel
import PromQL
import Rules

/// The samples, labels and alerts that a dashboard draws from, and the moment that it shows.
package struct DashboardContext {
    /// The time that the screen stands at: now, or another.
    package var cursor: Timestamp
    /// The range chosen on the screen; `nil` for the dashboard's own.
    package var range: TimeRange?
    package var source: any SeriesSource
    package var labels: any LabelSource
    package var evaluator: Evaluator
    /// Alerts of all rules, at the cursor.
    package var alerts: [AlertInstance]
    /// Changes of their states; those within the range of a panel are marked on it.
    package var transitions: [AlertTransition]
    /// The newest changes after one time and up to another, newest first, at most so many.
    package var changes: (_ after: Timestamp, _ through: Timestamp, _ countMax: Int) -> [EventListView.Item] =
        {
            _, _, _ in []
        }
    /// Rules that name a panel.
    package var linkedRules: [LinkedRule]
    /// What a list without alerts is worth.
    package var coverage = RuleCoverage.notEvaluated
    /// Seconds east of UTC at the cursor of a zone by name; of the terminal's own for `nil`. `nil` for a zone not known.
    package var zoneOffset: @Sendable (_ name: String?, _ time: Timestamp) -> Int?
    /// How often series get a sample that do not declare it.
    package var cadence: TimeSpan

    package init(
        cursor: Timestamp, range: TimeRange? = nil, source: any SeriesSource, labels: any LabelSource,
        evaluator: Evaluator = Evaluator(), alerts: [AlertInstance] = [], transitions: [AlertTransition] = [],
        linkedRules: [LinkedRule] = [],
        zoneOffset: @escaping @Sendable (_ name: String?, _ time: Timestamp) -> Int? = { _, _ in 0 },
        cadence: TimeSpan = .seconds(15)
    ) {
        self.cursor = cursor
        self.range = range
        self.source = source
        self.labels = labels
        self.evaluator = evaluator
        self.alerts = alerts
        self.transitions = transitions
        self.linkedRules = linkedRules
        self.zoneOffset = zoneOffset
        self.cadence = cadence
    }
}

/// An alerting rule that belongs to a panel: its annotations `__dashboardUid__` and `__panelId__`.
package struct LinkedRule: Sendable, Hashable {
    package var name: String
    package var dashboardUID: String
    package var panelID: Int

    package init(name: String, dashboardUID: String, panelID: Int) {
        self.name = name
        self.dashboardUID = dashboardUID
        self.panelID = panelID
    }
}

/// What one query gave.
struct TargetAnswer: Sendable {
    var frames: [Frame] = []
    /// The times that the panel draws on; its newest ones may not have come yet.
    var grid: TimeGrid?
    /// Why there is no answer, as an operator reads it.
    var problem: String?
    /// What the query reads; to tell old data from none.
    var selectors: [[LabelMatcher]] = []
    /// Series that the query gave and the panel did not take.
    var leftOut = 0
}

/// What decides about an answer, apart from the samples.
struct AnswerKey: Hashable, Sendable {
    var text: String
    var legend: String
    var grid: TimeGrid?
    var instant: Timestamp?
    var matchers: String
}

/// Answers queries, and keeps the answers while what they were read from has not changed.
struct QueryRunner {
    /// Parsed texts kept; a dashboard has a few hundred queries.
    static let parsedMax = 2000

    private struct Parsed: Sendable {
        var expression: Expression?
        var problem: String?
        var selectors: [[LabelMatcher]]
    }

    private struct Kept {
        var key: AnswerKey
        var counts: [UInt64]
        var answer: TargetAnswer
        /// Of an instant query: the first time at which the answer may be another without a new sample.
        var validUntil = Timestamp.distantPast
    }

    private var parsed: [String: Parsed] = [:]
    private var kept: [String: Kept] = [:]
    /// How often what a query reads gets samples, by the query's text before replacement.
    private var cadences: [String: TimeSpan] = [:]
    /// Evaluations since the start, for tests and measurements.
    private(set) var evaluationCount = 0

    /// What a query asks, where and when.
    struct Question {
        var target: TargetDefinition
        /// Tells the panel's copy apart from others with the same query.
        var slot: String
        var range: TimeRange
        var wish: StepChoice.Wish
        var scope: VariableScope
        /// Matchers of ad hoc variables.
        var matchers: [LabelMatcher]
        /// Also the value at the end of the range itself, which may lie between two steps.
        var wantsNewest: Bool
        var window = ChartWindow.none
    }

    mutating func answer(_ question: Question, _ context: DashboardContext) -> TargetAnswer {
        var cadence = cadences[question.target.expression] ?? context.cadence
        let before = evaluationCount
        var answer = self.answer(question, cadence, context)
        // How often samples come is known only once the query has been read.
        guard evaluationCount > before else { return answer }
        let found = self.cadence(answer.selectors, question, context)
        if found != cadence {
            cadence = found
            cadences[question.target.expression] = cadence
            answer = self.answer(question, cadence, context)
        }
        return answer
    }

    private mutating func answer(
        _ question: Question, _ cadence: TimeSpan, _ context: DashboardContext
    ) -> TargetAnswer {
        var wish = question.wish
        wish.cadence = cadence
        let choice = StepChoice(range: question.range.length, wish: wish)
        var scope = question.scope
        scope.step = choice
        scope.range = question.range
        let text = scope.replacing(question.target.expression, standard: .query)
        guard !text.allSatisfy(\.isWhitespace) else { return TargetAnswer() }
        let parsed = parse(text)
        guard let expression = parsed.expression else { return TargetAnswer(problem: parsed.problem) }
        let selectors =
            question.matchers.isEmpty ? parsed.selectors : parsed.selectors.map { $0 + question.matchers }
        var result = TargetAnswer(selectors: selectors)
        let counts = selectors.map { context.source.changeCount($0) }
        let legend = scope.replacing(question.target.legend, standard: .text)
        if question.target.isRange {
            let (drawn, asked) = question.window.grids(question.range, step: choice.step)
            let newest = question.wantsNewest && asked.end < question.range.to ? question.range.to : nil
            let key = AnswerKey(
                text: text, legend: legend, grid: asked, instant: newest,
                matchers: "\(question.matchers)")
            merge(
                run(question, "\(question.slot) range", key, counts, expression, selectors, context), &result)
            result.grid = drawn
        }
        if question.target.isInstant {
            let key = AnswerKey(
                text: text, legend: legend, grid: nil, instant: question.range.to,
                matchers: "\(question.matchers)")
            merge(
                run(question, "\(question.slot) instant", key, counts, expression, selectors, context),
                &result)
        }
        return result
    }

    private func merge(_ part: TargetAnswer, _ whole: inout TargetAnswer) {
        whole.frames += part.frames
        whole.problem = whole.problem ?? part.problem
        whole.leftOut += part.leftOut
    }

    private mutating func run(
        _ question: Question, _ slot: String, _ key: AnswerKey, _ counts: [UInt64], _ expression: Expression,
        _ selectors: [[LabelMatcher]], _ context: DashboardContext
    ) -> TargetAnswer {
        if let answer = kept(slot, key, counts) { return answer }
        evaluationCount += 1
        var answer = TargetAnswer(selectors: selectors)
        let whole = expression.adding(question.matchers)
        let shape = AnswerFrames(target: question.target, expression: key.text, legend: key.legend)
        do {
            if let grid = key.grid {
                let result = try context.evaluator.range(
                    whole, from: grid.start, through: grid.end, step: grid.step, in: context.source)
                answer.frames = shape.frames(result.value, grid: grid)
                answer.leftOut = leftOut(result.value)
                if let instant = key.instant {
                    let newest = try context.evaluator.instant(whole, at: instant, in: context.source)
                    append(shape.frames(newest.value, grid: nil), at: instant, to: &answer.frames)
                }
            } else if let instant = key.instant {
                let result = try context.evaluator.instant(whole, at: instant, in: context.source)
                answer.frames = shape.frames(result.value, grid: nil)
                answer.leftOut = leftOut(result.value)
            }
        } catch {
            answer.problem = Self.text(of: error)
        }
        var entry = Kept(key: key, counts: counts, answer: answer)
        if key.grid == nil, let instant = key.instant, answer.problem == nil {
            entry.validUntil = InstantValidity.end(
                of: whole, selectors, at: instant, lookback: context.evaluator.options.lookback,
                in: context.source)
        }
        kept[slot] = entry
        return answer
    }

    /// The answer from before, where nothing can have changed it since.
    private mutating func kept(_ slot: String, _ key: AnswerKey, _ counts: [UInt64]) -> TargetAnswer? {
        guard let old = kept[slot], old.counts == counts else { return nil }
        if old.key == key { return old.answer }
        // The same question a moment later.
        guard key.grid == nil, let instant = key.instant, let before = old.key.instant, instant > before,
            instant < old.validUntil
        else { return nil }
        var earlier = key
        earlier.instant = before
        guard earlier == old.key else { return nil }
        var moved = old
        moved.key = key
        for frame in moved.answer.frames.indices { moved.answer.frames[frame].moveTimes(to: instant) }
        kept[slot] = moved
        return moved.answer
    }

    /// Puts the newest value behind the steps of the same series; a series that the steps have not is new.
    private func append(_ newest: [Frame], at time: Timestamp, to frames: inout [Frame]) {
        var byLabels: [LabelSet: Int] = [:]
        for (index, frame) in frames.enumerated() {
            if let labels = frame.fields[1].labels { byLabels[labels] = index }
        }
        var isPresent = Set<Int>()
        for frame in newest {
            guard let labels = frame.fields.count > 1 ? frame.fields[1].labels : nil else { continue }
            if let index = byLabels[labels] {
                guard case .times(let times) = frames[index].fields[0].values else { continue }
                frames[index].fields[0].values = .times(times + [time.milliseconds])
                frames[index].fields[1].values = .numbers(
                    frames[index].fields[1].values.numbers + frame.fields[1].values.numbers)
                frames[index].fields[1].isStale = false
                isPresent.insert(index)
            } else {
                frames.append(frame)
                isPresent.insert(frames.count - 1)
            }
        }
        // What has no value at the end itself has ended, whatever the last step says.
        for index in frames.indices where !isPresent.contains(index) {
            frames[index].fields[1].isStale = true
        }
    }

    private func leftOut(_ value: QueryValue) -> Int {
        switch value {
        case .vector(let elements): max(0, elements.count - AnswerFrames.seriesMax)
        case .matrix(let series): max(0, series.count - AnswerFrames.seriesMax)
        default: 0
        }
    }

    private mutating func parse(_ text: String) -> Parsed {
        if let known = parsed[text] { return known }
        if parsed.count >= Self.parsedMax { parsed.removeAll() }
        var result: Parsed
        do throws(ParseError) {
            let expression = try PromQL.parse(text)
            result = Parsed(expression: expression, selectors: expression.selectors)
        } catch {
            let place = linePosition(ofByte: error.position.lowerBound, in: text)
            let at = place.line > 1 ? "line \(place.line), column \(place.column)" : "column \(place.column)"
            result = Parsed(problem: "PromQL: \(error.message) (\(at))", selectors: [])
        }
        parsed[text] = result
        return result
    }

    /// How often the series of a query get a sample: what they declare, else what their newest samples show; of several
    /// selectors the slowest.
    ///
    /// A series declares its cadence by a lookback of two and a half times as much, where that is more than Prometheus'
    /// five minutes. What merely shows never counts as slower than that: a series of rare events has no cadence.
    private func cadence(
        _ selectors: [[LabelMatcher]], _ question: Question, _ context: DashboardContext
    ) -> TimeSpan {
        let sampledMax = 3
        let after = question.range.to - .hours(1)
        var slowest: Int64 = 0
        var buffer = SampleBuffer()
        for selector in selectors {
            var shown = Int64.max
            for (index, series) in context.source.select(selector, after: after, through: question.range.to)
                .enumerated()
            {
                if let lookback = series.lookback, lookback > .minutes(5) {
                    slowest = max(slowest, lookback.milliseconds * 2 / 5)
                }
                guard index < sampledMax else { continue }
                buffer.removeAll()
                context.source.read(series, after: after, through: question.range.to, into: &buffer)
                if let gap = Self.usualGap(buffer.timestamps) { shown = min(shown, gap) }
            }
            if shown != .max { slowest = max(slowest, min(shown, 300_000)) }
        }
        return slowest == 0 ? context.cadence : TimeSpan(milliseconds: slowest)
    }

    /// The median distance of the newest samples, rounded so that a jitter of milliseconds does not show.
    private static func usualGap(_ times: [Int64]) -> Int64? {
        let newest = times.suffix(21)
        guard newest.count > 2 else { return nil }
        let gaps = zip(newest, newest.dropFirst()).map { $1 - $0 }.sorted()
        let median = gaps[gaps.count / 2]
        let unit: Int64 = median >= 10_000 ? 5000 : 1000
        return max(unit == 1000 ? 1000 : 5000, (median + unit / 2) / unit * unit)
    }

    static func text(of error: any Error) -> String {
        switch error as? QueryError {
        case .tooManySamples(let limit): "the query reads more than \(limit) samples"
        case .timedOut(let limit): "the query took longer than \(limit)"
        case .tooDeep(let limit): "the query is nested more than \(limit) levels deep"
        case .execution(let message, _): message
        case nil: "\(error)"
        }
    }

    /// The time of the newest sample in the range that the selectors find; `nil` when there is none.
    static func newestSample(
        _ selectors: [[LabelMatcher]], _ range: TimeRange, _ source: any SeriesSource
    ) -> (time: Timestamp, lookback: TimeSpan?)? {
        // A question asked only of panels that show nothing: a few series answer it.
        let seriesMax = 200
        var newest: (time: Timestamp, lookback: TimeSpan?)?
        var buffer = SampleBuffer()
        for selector in selectors {
            for series in source.select(selector, after: range.from, through: range.to).prefix(seriesMax) {
                buffer.removeAll()
                source.read(series, after: range.from, through: range.to, into: &buffer)
                for index in buffer.timestamps.indices.reversed()
                where !StaleMarker.isStale(buffer.values[index]) {
                    let time = Timestamp(milliseconds: buffer.timestamps[index])
                    if newest.map({ $0.time < time }) ?? true { newest = (time, series.lookback) }
                    break
                }
            }
        }
        return newest
    }
}
