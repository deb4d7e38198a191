import MetricModel

/// `result` as the JSON text that Prometheus' HTTP API answers with on `/api/v1/query` and `/api/v1/query_range`.
///
/// - Parameter query: the text of the query, for the positions in warnings; without it they are left out.
package func prometheusJSON(_ result: QueryResult, query: String? = nil) -> String {
    var writer = PrometheusJSONWriter()
    writer.write(result, query)
    return String(decoding: writer.bytes, as: UTF8.self)
}

/// Appends the parts of an answer to a buffer of UTF-8.
private struct PrometheusJSONWriter {
    var bytes: [UInt8] = []

    mutating func write(_ result: QueryResult, _ query: String?) {
        append(#"{"status":"success","data":{"resultType":"#)
        switch result.value {
        case .scalar(let sample):
            append(#""scalar","result":"#)
            write(sample.timestamp.milliseconds, sample.value)
        case .string(let time, let text):
            append(#""string","result":["#)
            writeTime(time.milliseconds)
            append(",")
            write(text)
            append("]")
        case .vector(let elements):
            append(#""vector","result":["#)
            writeList(elements) { writer, element in
                writer.append(#"{"metric":"#)
                writer.write(element.labels)
                writer.append(#","value":"#)
                writer.write(element.timestamp.milliseconds, element.value)
                writer.append("}")
            }
            append("]")
        case .matrix(let series):
            append(#""matrix","result":["#)
            writeList(series) { writer, series in
                writer.append(#"{"metric":"#)
                writer.write(series.labels)
                writer.append(#","values":["#)
                writer.writeList(series.points.timestamps.indices) { writer, index in
                    writer.write(series.points.timestamps[index], series.points.values[index])
                }
                writer.append("]}")
            }
            append("]")
        }
        append("}")
        writeAnnotations("warnings", result.annotations.filter { $0.severity == .warning }, query)
        writeAnnotations("infos", result.annotations.filter { $0.severity == .info }, query)
        append("}")
    }

    private mutating func writeAnnotations(_ name: String, _ annotations: [Annotation], _ query: String?) {
        if annotations.isEmpty { return }
        append(",\"\(name)\":[")
        writeList(annotations) { writer, annotation in
            writer.write(query.map { annotation.text(in: $0) } ?? annotation.message)
        }
        append("]")
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func writeList<Elements: Collection>(
        _ elements: Elements, _ write: (inout PrometheusJSONWriter, Elements.Element) -> Void
    ) {
        var isFirst = true
        for element in elements {
            if !isFirst { append(",") }
            isFirst = false
            write(&self, element)
        }
    }

    private mutating func write(_ labels: LabelSet) {
        append("{")
        writeList(labels.labels) { writer, label in
            writer.write(label.name)
            writer.append(":")
            writer.write(label.value)
        }
        append("}")
    }

    private mutating func write(_ milliseconds: Int64, _ value: Double) {
        append("[")
        writeTime(milliseconds)
        append(",\"")
        NumberText.appendValue(value, to: &bytes)
        append("\"]")
    }

    /// Seconds; the fraction, when there is one, has three digits.
    private mutating func writeTime(_ milliseconds: Int64) {
        bytes.append(contentsOf: NumberText.seconds(milliseconds).utf8)
    }

    private mutating func write(_ text: String) {
        append("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append(#"\""#)
            case UInt8(ascii: "\\"): append(#"\\"#)
            case UInt8(ascii: "\n"): append(#"\n"#)
            case UInt8(ascii: "\r"): append(#"\r"#)
            case UInt8(ascii: "\t"): append(#"\t"#)
            case 0..<0x20:
                append(#"\u00"#)
                for digit in [byte >> 4, byte & 15] {
                    bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
                }
            default: bytes.append(byte)
            }
        }
        append("\"")
    }
}
