import MetricModel

/// `result` as lines for people: a line for each series of a vector, a block of times and values for each of a matrix.
///
/// Control characters of label values are written as escapes, so that they cannot steer a terminal.
package func queryTable(_ result: QueryResult) -> String {
    switch result.value {
    case .scalar(let sample): NumberText.value(sample.value) + "\n"
    case .string(_, let text): visible(text) + "\n"
    case .vector(let elements): vectorTable(elements)
    case .matrix(let series): matrixTable(series)
    }
}

private func vectorTable(_ elements: [VectorElement]) -> String {
    let rows = elements.map { (visible($0.labels.description), NumberText.value($0.value)) }
    let labelWidth = rows.map(\.0.count).max() ?? 0
    let valueWidth = rows.map(\.1.count).max() ?? 0
    var text = ""
    for (labels, value) in rows {
        text += labels + String(repeating: " ", count: labelWidth - labels.count + 2)
        text += String(repeating: " ", count: valueWidth - value.count) + value + "\n"
    }
    return text
}

private func matrixTable(_ series: [RangeSeries]) -> String {
    var text = ""
    for series in series {
        text += visible(series.labels.description) + "\n"
        for index in 0..<series.points.count {
            let time = utcText(series.points.timestamps[index])
            text += "  \(time)  \(NumberText.value(series.points.values[index]))\n"
        }
    }
    return text
}

/// `text` with control characters as `\x1b`.
private func visible(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        if scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) {
            let digits = String(scalar.value, radix: 16)
            result += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// `milliseconds` since the epoch as `2026-11-21T10:00:00Z`, with milliseconds where there are any.
func utcText(_ milliseconds: Int64) -> String {
    let time = CivilTime(Timestamp(milliseconds: milliseconds))
    func two(_ number: Int) -> String { zeroPadded(number, 2) }
    return "\(zeroPadded(time.year, 4))-\(two(time.month))-\(two(time.day))"
        + "T\(two(time.hour)):\(two(time.minute)):\(two(time.second))"
        + (time.millisecond == 0 ? "" : ".\(zeroPadded(time.millisecond, 3))") + "Z"
}
