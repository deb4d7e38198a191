import Glibc
import Messaging
import MetricModel

/// The messages that `drain.c` fills queues with: envelopes of 8 metrics as a collector writes them, each with 8 series of
/// its own. A line for each: routing key, its place among those with the same key, how many those are, body.
///
/// The filler writes the changing parts anew for each message; here they stand as numbers of the same width.
struct MessageTemplates {
    /// 1,250 messages of 8 series: 10,000 series.
    static let planes = 25
    static let keysPerPlane = 5
    static let messagesPerKey = 10

    static let time = Timestamp(milliseconds: 1_700_000_000_000)
    static let sequence = "1000000000"
    static let changingValue = 777_777.0

    static func write(to path: String) throws {
        var random = SystemRandomNumberGenerator()
        var text: [UInt8] = []
        var bytes = 0
        for plane in 0..<planes {
            for source in 0..<keysPerPlane {
                let key = RoutingKey(
                    tenant: "tenant-\(plane / 5)", plane: "plane-\(plane)", kind: .spark,
                    source: "query-\(source)")
                for place in 0..<messagesPerKey {
                    let body = try body(key, query: "q\(source * messagesPerKey + place)", random: &random)
                    bytes += body.count
                    text += Array("\(key.text)\t\(place)\t\(messagesPerKey)\t".utf8) + body + [0x0a]
                }
            }
        }
        guard let file = fopen(path, "w") else { throw TemplateError.file(path) }
        defer { fclose(file) }
        guard fwrite(text, 1, text.count, file) == text.count else { throw TemplateError.file(path) }
        print(bytes / (planes * keysPerPlane * messagesPerKey))
    }

    private enum TemplateError: Error {
        case file(String)
        case noSequence
    }

    private static func body(
        _ key: RoutingKey, query: String, random: inout some RandomNumberGenerator
    ) throws -> [UInt8] {
        var content = EnvelopeContent(collected: time, interval: .seconds(15))
        let labels = [Label("query", query)]
        func gauge(_ name: String, _ value: Double) -> EnvelopeMetric {
            EnvelopeMetric(name, .gauge, labels: labels, value, at: time)
        }
        func counter(_ name: String, _ value: Double) -> EnvelopeMetric {
            EnvelopeMetric("\(name)_total", .counter, labels: labels, value, at: time)
        }
        // Half of them change from message to message.
        content.metrics = [
            gauge("input_rows_per_second", changingValue), gauge("batch_duration_ms", changingValue),
            counter("rows", changingValue), gauge("state_rows", changingValue),
            counter("batches_failed", 0), gauge("watermark_delay_s", 30), gauge("is_active", 1),
            gauge("sources", 2),
        ]
        var writer = EnvelopeWriter(
            producer: EnvelopeProducer(
                name: "collector", version: "1.0.0", instance: "host-1", start: time - .hours(1)))
        let messages = try writer.messages(content, key: key, now: time, random: &random)
        precondition(messages.count == 1, "8 metrics fit into one message")
        let text = String(decoding: messages[0].body, as: UTF8.self)
        let parts = text.split(separator: "\"seq\":0,", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw TemplateError.noSequence }
        return Array("\(parts[0])\"seq\":\(sequence),\(parts[1])".utf8)
    }
}
