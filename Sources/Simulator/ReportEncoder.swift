import JSON
import Messaging
import MetricModel

/// Turns reports into the messages that a collector would publish.
struct ReportEncoder {
    private var sequences: [String: UInt64] = [:]
    private var random: RandomSource
    private let start: Timestamp

    init(seed: UInt64, start: Timestamp) {
        random = RandomSource(seed: seed ^ 0xe4c0)
        self.start = start
    }

    mutating func delivery(_ report: Report) -> Delivery {
        let key = "metrics.\(report.tenant).\(report.plane).\(report.kind).\(report.source)"
        let sequence = sequences[key, default: 0]
        sequences[key] = sequence + 1
        let id = "\(hexadecimal(UInt64(report.time.milliseconds)))-\(hexadecimal(random.next()))"
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("v"); writer.integer(1)
        writer.key("id"); writer.string(id)
        writer.key("producer")
        writer.beginObject()
        writer.key("name"); writer.string("planetop-demo")
        writer.key("version"); writer.string("1.0.0")
        writer.key("instance"); writer.string("\(report.tenant)-\(report.plane)")
        writer.key("start_ms"); writer.integer(start.milliseconds)
        writer.endObject()
        writer.key("seq"); writer.integer(sequence)
        writer.key("ts"); writer.integer(report.time.milliseconds)
        writer.key("interval_s"); writer.integer(report.intervalSeconds)
        writer.key("metrics")
        writer.beginArray()
        for metric in report.metrics { write(metric, at: report.time, to: &writer) }
        writer.endArray()
        if !report.events.isEmpty {
            writer.key("events")
            writer.beginArray()
            for event in report.events {
                writer.beginObject()
                writer.key("ts"); writer.integer(event.time.milliseconds)
                writer.key("kind"); writer.string(event.kind)
                writer.key("subject"); writer.string(event.subject)
                writer.key("from"); writer.string(event.from)
                writer.key("to"); writer.string(event.to)
                writer.key("text"); writer.string(event.text)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        var properties = Delivery.Properties()
        properties.contentType = "application/json"
        properties.type = "planetop.metrics.v1"
        properties.messageID = id
        properties.timestamp = UInt64(max(0, report.time.milliseconds / 1000))
        return Delivery(
            received: report.time + TimeSpan(milliseconds: 40), exchange: "metrics", routingKey: key,
            properties: properties, body: writer.bytes)
    }

    private func write(_ metric: Report.Metric, at time: Timestamp, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("name"); writer.string(metric.name)
        writer.key("type"); writer.string(metric.isCounter ? "counter" : "gauge")
        if !metric.labels.isEmpty {
            writer.key("labels")
            writer.beginObject()
            for (name, value) in metric.labels { writer.key(name); writer.string(value) }
            writer.endObject()
        }
        writer.key("points")
        writer.beginArray()
        writer.beginArray()
        writer.integer(time.milliseconds)
        if let value = metric.value { writer.number(value) } else { writer.null() }
        writer.endArray()
        writer.endArray()
        writer.endObject()
    }

    private func hexadecimal(_ number: UInt64) -> String { String(number, radix: 16) }
}
