import DisplayText
import MetricModel

/// Builds state timelines and status histories.
enum StateTimelineBuilder {
    static let bandsMax = 200

    static func build(_ input: PanelInput, _ options: StateTimelineOptions) -> BuiltPanel {
        var bands: [StateTimelineView.Band] = []
        var leftOut = 0
        var legend: [(text: SafeText, color: PanelColor)] = []
        var hasThresholds: FieldDisplay?
        for (frame, fields) in zip(input.frames, input.styled) {
            guard case .times(let times)? = frame.timeField?.values else { continue }
            for field in fields
            where field.field.kind != .time && field.config.custom.isHiddenFromView != true {
                guard bands.count < bandsMax else {
                    leftOut += 1
                    continue
                }
                bands.append(
                    StateTimelineView.Band(
                        name: SafeText(field.name), spans: spans(field, times, input, options)))
                addMappings(field, &legend)
                if case .thresholds = field.display.scheme.mode {
                    hasThresholds = hasThresholds ?? field.display
                }
            }
        }
        if legend.isEmpty, let display = hasThresholds { legend = brackets(display) }
        let view = StateTimelineView(
            from: input.range.from, to: input.range.to, bands: bands, showsValues: options.showsValues,
            legend: options.showsLegend ? legend : [], zoneOffsetSeconds: input.zone.offsetSeconds)
        var built = BuiltPanel(content: .stateTimeline(view), valueCount: bands.count)
        if leftOut > 0 { built.notes.append("\(leftOut) more series are not drawn") }
        return built
    }

    private static func spans(
        _ field: StyledField, _ times: [Int64?], _ input: PanelInput, _ options: StateTimelineOptions
    ) -> [StateTimelineView.Span] {
        let step = smallestStep(times) ?? input.grid.step.milliseconds
        let connects = field.config.custom.spanNulls ?? .never
        var spans: [StateTimelineView.Span] = []
        var previous: Int64?
        for (row, time) in times.enumerated() {
            guard let time else { continue }
            let value = field.field.values[row]
            let mapped = field.display.mapped(value)
            // Nothing is a hole, unless the dashboard gave it a name.
            if value.isNull && mapped == nil { continue }
            let shown = field.display.show(value)
            let text = shown.text.joined
            let end = time + step
            if let last = spans.last, let before = previous {
                let gap = time - before
                let isClosed = gap <= step + step / 2 || bridges(connects, gap)
                if isClosed {
                    if options.merges && last.text == text && last.color == shown.color {
                        spans[spans.count - 1].to = clamped(end, input)
                        previous = time
                        continue
                    }
                    spans[spans.count - 1].to = clamped(time, input)
                }
            }
            spans.append(
                StateTimelineView.Span(
                    from: clamped(time, input), to: clamped(end, input), text: text, color: shown.color))
            previous = time
        }
        return spans.filter { $0.from < $0.to }
    }

    private static func bridges(_ spans: CustomConfig.NullSpan, _ gap: Int64) -> Bool {
        switch spans {
        case .never: false
        case .always: true
        case .upTo(let span): gap <= span.milliseconds
        }
    }

    private static func clamped(_ time: Int64, _ input: PanelInput) -> Timestamp {
        min(max(Timestamp(milliseconds: time), input.range.from), input.range.to)
    }

    private static func smallestStep(_ times: [Int64?]) -> Int64? {
        zip(times, times.dropFirst()).compactMap { a, b in
            guard let a, let b, b > a else { return nil }
            return b - a
        }.min()
    }

    private static func addMappings(
        _ field: StyledField, _ legend: inout [(text: SafeText, color: PanelColor)]
    ) {
        func add(_ outcome: ValueMapping.Outcome) {
            guard let text = outcome.text, let color = outcome.color, legend.count < 30,
                !legend.contains(where: { $0.text.string == text })
            else { return }
            legend.append((SafeText(text), color))
        }
        for mapping in field.config.mappings ?? [] {
            switch mapping {
            case .values(let outcomes):
                for key in outcomes.keys.sorted(by: naturalOrder) {
                    if let outcome = outcomes[key] { add(outcome) }
                }
            case .range(_, _, let outcome), .special(_, let outcome): add(outcome)
            case .regex: break
            }
        }
    }

    /// `< 80`, `80+`: the brackets between thresholds.
    private static func brackets(_ display: FieldDisplay) -> [(text: SafeText, color: PanelColor)] {
        let steps = display.thresholds.steps
        return steps.enumerated().map { index, step in
            func text(_ value: Double) -> String {
                display.thresholds.isPercentage
                    ? NumberText.fixed(value) + "%" : display.format(value, decimals: nil).joined.string
            }
            if step.value == -.infinity {
                return (
                    SafeText(index + 1 < steps.count ? "< " + text(steps[index + 1].value) : "all"),
                    step.color
                )
            }
            return (SafeText(text(step.value) + "+"), step.color)
        }
    }
}
