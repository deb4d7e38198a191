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
    func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a % b < 0 ? a / b - 1 : a / b }
    func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let seconds = floorDivide(milliseconds, 1000)
    let days = floorDivide(seconds, 86_400)
    let date = CivilDate(daysSinceEpoch: days)
    let rest = seconds - days * 86_400
    let fraction = milliseconds - seconds * 1000
    let clock = [rest / 3600, rest / 60 % 60, rest % 60].map { padded($0, 2) }.joined(separator: ":")
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock)"
        + (fraction == 0 ? "" : ".\(padded(fraction, 3))") + "Z"
}
