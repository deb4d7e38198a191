import MetricModel
import PromQL

/// Turns answers to queries into frames, in the shapes that Grafana's Prometheus source gives them.
struct AnswerFrames {
    /// Series of one query that a panel takes; a legend of more helps nobody, and a mistake must not stop the screen.
    static let seriesMax = 1000

    var target: TargetDefinition
    /// The query with its variables replaced.
    var expression: String
    /// With variables replaced, labels not yet.
    var legend: String

    /// One frame a series.
    func frames(_ value: QueryValue, grid: TimeGrid?) -> [Frame] {
        switch value {
        case .scalar(let sample):
            return [frame(.empty, [sample.timestamp.milliseconds], [sample.value])]
        case .string(let time, let text):
            return [
                Frame(
                    refID: target.refID,
                    fields: [
                        Field(Frame.timeName, .times([time.milliseconds])),
                        Field(Frame.valueName, .texts([text])),
                    ])
            ]
        case .vector(let elements):
            return elements.prefix(Self.seriesMax).map { element in
                frame(element.labels, [element.timestamp.milliseconds], [element.value])
            }
        case .matrix(let series):
            let times = grid?.times ?? []
            return series.prefix(Self.seriesMax).map { series in
                // Most series have a point at every step: they share one column of times.
                let isWhole = !times.isEmpty && series.points.count == times.count
                var result = frame(
                    series.labels, isWhole ? times : series.points.timestamps.map { $0 },
                    series.points.values.map { $0 })
                if let grid, let last = series.points.timestamps.last, last < grid.end.milliseconds {
                    result.fields[1].isStale = true
                }
                return result
            }
        }
    }

    private func frame(_ labels: LabelSet, _ times: [Int64?], _ values: [Double?]) -> Frame {
        let name = LegendTemplate.name(of: labels, format: legend, expression: expression)
        return Frame(
            refID: target.refID, name: name,
            fields: [
                Field(Frame.timeName, .times(times)),
                Field(Frame.valueName, .numbers(values), labels: labels, legend: name),
            ])
    }

    /// One frame for all series: time, a column a label, value.
    ///
    /// - Parameter valueName: `Value`, or `Value #A` where several queries of a panel give tables.
    static func table(_ frames: [Frame], refID: String, valueName: String) -> Frame {
        var names: [String] = []
        var seen: Set<String> = []
        for frame in frames {
            for label in frame.fields[1].labels?.labels ?? [] where seen.insert(label.name).inserted {
                names.append(label.name)
            }
        }
        var times: [Int64?] = []
        var values: [FieldValue] = []
        var labels = [[String?]](repeating: [], count: names.count)
        var isStale = false
        for frame in frames {
            let count = min(frame.rowCount, Transformations.rowsMax - times.count)
            for row in 0..<count {
                if case .time(let time) = frame.fields[0].values[row] {
                    times.append(time)
                } else {
                    times.append(nil)
                }
                values.append(frame.fields[1].values[row])
            }
            for (index, name) in names.enumerated() {
                labels[index] += Array(repeating: frame.fields[1].labels?[name] ?? "", count: count)
            }
            isStale = isStale || frame.fields[1].isStale
        }
        var value = Field(valueName, values.isEmpty ? .numbers([]) : FieldValues(values))
        value.isStale = isStale
        let table = Frame(
            refID: refID,
            fields: [Field(Frame.timeName, .times(times))]
                + zip(names, labels).map { Field($0, .texts($1)) } + [value])
        let isAscending = zip(times, times.dropFirst()).allSatisfy { ($0 ?? 0) <= ($1 ?? 0) }
        if isAscending { return table }
        return table.picking(
            times.indices.sorted { ((times[$0] ?? 0), $0) < ((times[$1] ?? 0), $1) })
    }

    /// Cumulative buckets as counts of their own, lowest bound first.
    static func heatmap(_ frames: [Frame], grid: TimeGrid?) -> [Frame] {
        // Series that differ in more than their bound are buckets of different histograms.
        var groups: [LabelSet: [Frame]] = [:]
        var order: [LabelSet] = []
        for frame in frames {
            let key = frame.fields[1].labels?.dropping(["le"]) ?? .empty
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(frame)
        }
        return order.flatMap { key -> [Frame] in
            var sorted = (groups[key] ?? []).sorted { bound($0) < bound($1) }
            let columns = sorted.map { byTime($0) }
            for index in sorted.indices {
                if sorted[index].name == nil
                    || sorted[index].name == sorted[index].fields[1].labels?.description
                {
                    sorted[index].name = sorted[index].fields[1].labels?["le"] ?? sorted[index].name
                    sorted[index].fields[1].legend = sorted[index].name
                }
                guard index > 0, case .times(let times) = sorted[index].fields[0].values else { continue }
                sorted[index].fields[1].values = .numbers(
                    times.map { time in
                        guard let time, let above = columns[index][time] else { return nil }
                        let rest = above - (columns[index - 1][time] ?? 0)
                        return rest < 1e-9 ? 0 : rest
                    })
            }
            return sorted
        }
    }

    private static func byTime(_ frame: Frame) -> [Int64: Double] {
        guard case .times(let times) = frame.fields[0].values else { return [:] }
        var result: [Int64: Double] = [:]
        for (time, value) in zip(times, frame.fields[1].values.numbers) {
            if let time, let value { result[time] = value }
        }
        return result
    }

    static func bound(_ frame: Frame) -> Double {
        let text = frame.fields[1].labels?["le"] ?? frame.name ?? ""
        return NumberText.parse(text) ?? .infinity
    }
}
