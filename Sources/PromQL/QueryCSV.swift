import MetricModel

/// `result` as comma-separated values (RFC 4180): one line a value, a column for each label of any series, then `timestamp`
/// in seconds and `value`.
package func queryCSV(_ result: QueryResult) -> String {
    switch result.value {
    case .scalar(let sample):
        return csv([(.empty, [(sample.timestamp.milliseconds, NumberText.value(sample.value))])])
    case .string(let time, let text):
        return csv([(.empty, [(time.milliseconds, text)])])
    case .vector(let elements):
        return csv(elements.map { ($0.labels, [($0.timestamp.milliseconds, NumberText.value($0.value))]) })
    case .matrix(let series):
        return csv(
            series.map { series in
                let points = series.points
                return (
                    series.labels,
                    points.timestamps.indices.map {
                        (points.timestamps[$0], NumberText.value(points.values[$0]))
                    }
                )
            })
    }
}

private func csv(_ series: [(labels: LabelSet, points: [(time: Int64, value: String)])]) -> String {
    let names = Set(series.flatMap { $0.labels.labels.map(\.name) }).sorted()
    var text = line(names + ["timestamp", "value"])
    for (labels, points) in series {
        let cells = names.map { labels[$0] ?? "" }
        for (time, value) in points { text += line(cells + [NumberText.seconds(time), value]) }
    }
    return text
}

private func line(_ cells: [String]) -> String {
    cells.map(cell).joined(separator: ",") + "\r\n"
}

private func cell(_ text: String) -> String {
    let special: Set<UInt8> = [0x22, 0x2c, 0x0a, 0x0d]
    guard text.utf8.contains(where: special.contains) else { return text }
    var quoted = "\""
    for character in text.unicodeScalars {
        if character == "\"" { quoted += "\"" }
        quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
}
