import Canvas
import DisplayText
import MetricModel
import Rules

/// What the verdict line says: is it bad, and where.
package struct VerdictModel: Sendable {
    package struct Worst: Sendable {
        /// `acme/prod-eu`
        package var subject: SafeText
        package var since: Timestamp
        package var state: AlertState
        /// Whether it is getting worse, where that is known.
        package var course: AlertCourse?

        package init(
            subject: SafeText, since: Timestamp, state: AlertState = .firing, course: AlertCourse? = nil
        ) {
            self.subject = subject
            self.since = since
            self.state = state
            self.course = course
        }
    }

    /// Alerts by state, or rules that are well.
    package var counts: [AlertState: Int]
    package var worst: Worst?
    /// Alerts that are not told to anybody.
    package var silenced: Int
    /// In place of the counts when there is nothing to count: `no rules loaded`, `waiting for data`.
    package var note: SafeText?
    /// In place of the note where it is narrow.
    package var shortNote: SafeText?
    package var cursor: Timestamp

    package init(
        counts: [AlertState: Int], worst: Worst? = nil, silenced: Int = 0, note: SafeText? = nil,
        shortNote: SafeText? = nil, cursor: Timestamp
    ) {
        self.counts = counts
        self.worst = worst
        self.silenced = silenced
        self.note = note
        self.shortNote = shortNote
        self.cursor = cursor
    }

    /// The worst state that any alert is in; `noData` when nothing is known.
    package var worstState: AlertState {
        AlertState.worstFirst.first { (counts[$0] ?? 0) > 0 } ?? .noData
    }

    /// Its segments in the order in which they stand.
    func segments(_ glyphs: GlyphSet) -> [PriorityLine.Segment] {
        var segments: [PriorityLine.Segment] = []
        for state in AlertState.worstFirst {
            let count = counts[state] ?? 0
            if count == 0 { continue }
            segments.append(segment(state, count, glyphs, isWorst: state == worstState))
        }
        if let note {
            let style = Style(.noData, .bold)
            let shape = AlertState.noData.shape(glyphs).safe
            let isAll = segments.isEmpty
            var forms = [StyledText(note, style), isAll ? StyledText(shape, style) : StyledText()]
            var priorities = [isAll ? 85 : 55, 200]
            if let shortNote {
                forms.insert(StyledText(shortNote, style), at: 1)
                // The count of what is well goes before it: alone that would look like an all-clear.
                priorities.insert(isAll ? 190 : 95, at: 1)
            }
            segments.append(.init(forms, priorities: priorities, gap: 3))
        }
        if silenced > 0 {
            segments.append(
                .init([StyledText("\(silenced) silenced", .dim), StyledText()], priority: 5, gap: 3))
        }
        return segments
    }

    private func segment(
        _ state: AlertState, _ count: Int, _ glyphs: GlyphSet, isWorst: Bool
    ) -> PriorityLine.Segment {
        let shape = state.shape(glyphs)
        // What fires is the one loud thing on the screen.
        let style = state == .firing ? Style(.firing, [.bold, .reverse]) : state.style
        let edge = state == .firing ? " " : ""
        var forms = [
            "\(edge)\(shape) \(count) \(state.loudWord.string)\(edge)", "\(shape)\(count)",
        ].map { StyledText(SafeText($0), style) }
        // All counts are shortened before one vanishes; on the smallest screen the shape of the worst is what is left.
        let priorities: [Int]
        if isWorst {
            forms.append(StyledText(shape.safe, style))
            priorities = [85, 200, 200]
        } else {
            forms.append(StyledText())
            priorities =
                switch state {
                case .normal: [10, 60, 0]
                case .recovering: [30, 65, 0]
                case .pending: [40, 90, 0]
                default: [50, 100 + state.severityRank, 0]
                }
        }
        return .init(forms, priorities: priorities, gap: 3)
    }

    func worstForms(_ glyphs: GlyphSet) -> [StyledText] {
        guard let worst else { return [StyledText()] }
        let age = formatAge(since: worst.since, at: cursor)
        let subject = StyledText(worst.subject, .strong)
        let whole = StyledText("worst ", .dim).appending(worst.subject, .strong).appending(" for ", .dim)
            .appending(age)
        var withCourse = whole
        if let course = worst.course, let words = course.words {
            withCourse.append(", ", .dim)
            withCourse.append(words, course.style(worst.state))
        }
        return [
            withCourse, whole, subject.appending(" ").appending(age), subject,
            StyledText(worst.subject.shortened(to: 12, ellipsis: glyphs.ellipsis), .strong), StyledText(),
        ]
    }
}

extension Canvas {
    /// Draws the counts of alerts by state, worst first, and the worst place.
    ///
    /// - Parameter source: given on a screen of one row, where the source's word has to stand here.
    package mutating func drawVerdict(
        _ model: VerdictModel, in area: Rectangle, source: TopLineModel? = nil, _ context: DrawingContext
    ) {
        if area.isEmpty { return }
        var line = PriorityLine()
        line.leading = model.segments(context.glyphs)
        if line.leading.isEmpty {
            let shape = AlertState.noData.shape(context.glyphs)
            line.leading = [
                .init(
                    [
                        StyledText("\(shape) nothing known yet", Style(.noData, .bold)),
                        StyledText(shape.safe, Style(.noData)),
                    ], priorities: [85, 200])
            ]
        }
        line.trailing.append(.init(model.worstForms(context.glyphs), priorities: [5, 20, 70, 80, 130, 0]))
        if let source, source.source.mustBeSeen {
            let forms = source.source.forms(source, context.glyphs)
            // The word itself goes last but for the shape of what is worst.
            let priorities = forms.indices.map {
                $0 + 2 < forms.count ? 35 : $0 + 1 < forms.count ? 150 : 190
            }
            line.trailing.append(.init(forms + [StyledText()], priorities: priorities + [0]))
        }
        let margin = area.width >= 20 ? 1 : 0
        line.draw(on: &self, x: area.x + margin, y: area.y, width: area.width - 2 * margin)
    }
}
