import Diagnostics
import JSON
import MetricModel

/// One metric to be sent.
package struct EnvelopeMetric: Sendable {
    package enum Content: Sendable {
        /// Ascending in time; a stale marker is sent as `null`.
        case points([Sample])
        case summary(Distribution, quantiles: [(quantile: Double, value: Double)])
        /// Cumulative counts by upper bound, the last one's bound infinite.
        case histogram(Distribution, buckets: [(bound: Double, count: Double)])
    }

    package struct Distribution: Sendable {
        package var count: Double
        package var sum: Double?
        package var min: Double?
        package var max: Double?

        package init(count: Double, sum: Double? = nil, min: Double? = nil, max: Double? = nil) {
            self.count = count
            self.sum = sum
            self.min = min
            self.max = max
        }
    }

    package var name: String
    package var type: MetricType
    package var unit: String
    package var help: String
    package var labels: [Label]
    package var content: Content

    package init(
        _ name: String, _ type: MetricType, labels: [Label] = [], unit: String = "", help: String = "",
        _ content: Content
    ) {
        self.name = name
        self.type = type
        self.labels = labels
        self.unit = unit
        self.help = help
        self.content = content
    }

    /// A single value of a gauge or a counter.
    package init(
        _ name: String, _ type: MetricType, labels: [Label] = [], unit: String = "", help: String = "",
        _ value: Double, at time: Timestamp
    ) {
        self.init(name, type, labels: labels, unit: unit, help: help, .points([Sample(time, value)]))
    }
}

/// What one cycle of a collector found.
package struct EnvelopeContent: Sendable {
    package var collected: Timestamp
    package var interval: TimeSpan
    package var labels: [Label] = []
    package var metrics: [EnvelopeMetric] = []
    package var events: [DecodedMessage.Event] = []
    package var errors: [DecodedMessage.SourceError] = []
    package var isPartial = false

    package init(collected: Timestamp, interval: TimeSpan) {
        self.collected = collected
        self.interval = interval
    }
}

/// A message ready to be published.
package struct OutgoingMessage: Sendable, Equatable {
    package var routingKey: String
    package var properties: Delivery.Properties
    /// Flat texts only; no key is empty.
    package var headers: [Label]
    package var body: [UInt8]

    package init(routingKey: String, properties: Delivery.Properties, headers: [Label], body: [UInt8]) {
        self.routingKey = routingKey
        self.properties = properties
        self.headers = headers
        self.body = body
    }

    /// The message as whoever reads the exchange gets it.
    package func delivery(received: Timestamp, exchange: String = "metrics") -> Delivery {
        Delivery(
            received: received, exchange: exchange, routingKey: routingKey, properties: properties, body: body
        )
    }
}

/// Writes envelope v1 with everything that belongs to it: ids, sequence numbers, AMQP properties.
///
/// What is more than a message may hold becomes several messages. Label values and texts that are too long are cut.
package struct EnvelopeWriter: Sendable {
    /// How often a metric's help text is sent.
    package static let helpInterval = TimeSpan.hours(1)

    package let producer: EnvelopeProducer
    package let userID: String?
    /// Bodies of at least so many bytes are compressed; `nil` for none.
    package var compressionBytesMin: Int?
    private var sequences: [String: UInt64] = [:]
    private var helpSent: [String: Timestamp] = [:]

    /// - Parameter userID: the broker's user, which it checks against the connection's.
    package init(producer: EnvelopeProducer, userID: String? = nil, compressionBytesMin: Int? = nil) {
        self.producer = producer
        self.userID = userID
        self.compressionBytesMin = compressionBytesMin
    }

    /// The messages for `content`; one that fits is one.
    ///
    /// - Parameters:
    ///   - now: for the message ids.
    ///   - random: likewise.
    /// - Throws: a name that no reader would take.
    package mutating func messages(
        _ content: EnvelopeContent, key: RoutingKey, now: Timestamp, random: inout some RandomNumberGenerator
    ) throws(Problem) -> [OutgoingMessage] {
        try check(content)
        var messages: [OutgoingMessage] = []
        var batch = Batch()
        let header =
            2_048 + content.labels.reduce(0) { $0 + 6 * ($1.name.utf8.count + $1.value.utf8.count) + 6 }
        func isFull(_ metrics: Int, _ points: Int, _ bytes: Int) -> Bool {
            metrics > EnvelopeLimits.metricsMax || points > EnvelopeLimits.pointsMax
                || header + bytes > EnvelopeLimits.bodyBytesMax
        }
        for metric in content.metrics {
            let isHelpDue = isHelpDue(metric, key, now)
            for (index, part) in parts(metric).enumerated() {
                let json = Self.json(part, hasHelp: isHelpDue && index == 0)
                let points = Self.pointCount(part)
                if isFull(batch.metricCount + 1, batch.points + points, batch.byteCount + json.count + 1) {
                    messages.append(message(batch, content, key, now, &random))
                    batch = Batch()
                }
                batch.metrics.append(json)
                batch.metricCount += 1
                batch.points += points
                batch.byteCount += json.count + 1
            }
        }
        for event in content.events {
            let json = Self.json(event)
            if batch.events.count == EnvelopeLimits.eventsMax
                || isFull(0, 0, batch.byteCount + json.count + 1)
            {
                messages.append(message(batch, content, key, now, &random))
                batch = Batch()
            }
            batch.events.append(json)
            batch.byteCount += json.count + 1
        }
        for error in content.errors {
            let json = Self.json(error)
            if batch.errors.count == EnvelopeLimits.errorsMax
                || isFull(0, 0, batch.byteCount + json.count + 1)
            {
                messages.append(message(batch, content, key, now, &random))
                batch = Batch()
            }
            batch.errors.append(json)
            batch.byteCount += json.count + 1
        }
        messages.append(message(batch, content, key, now, &random))
        return messages
    }

    /// What goes into one message, already JSON.
    private struct Batch {
        var metrics: [[UInt8]] = []
        var events: [[UInt8]] = []
        var errors: [[UInt8]] = []
        var metricCount = 0
        var points = 0
        var byteCount = 0
    }

    // MARK: The message

    private mutating func message(
        _ batch: Batch, _ content: EnvelopeContent, _ key: RoutingKey, _ now: Timestamp,
        _ random: inout some RandomNumberGenerator
    ) -> OutgoingMessage {
        let sequence = sequences[key.text, default: 0]
        sequences[key.text] = sequence + 1
        let id = UUIDv7.make(at: now, random: &random)
        var common = Delivery.Properties.Common()
        common.contentType = "application/json"
        common.type = "planetop.metrics.v1"
        common.appID = "\(producer.name)/\(producer.version)"
        common.userID = userID
        // A consumer that was away must not read history as news.
        common.expiration = String(max(1, content.interval.milliseconds) * 10)
        common.deliveryMode = 2
        var body = body(batch, content, id: id, sequence: sequence)
        if let compressionBytesMin, body.count >= compressionBytesMin {
            body = deflatedGzip(body)
            common.contentEncoding = "gzip"
        }
        var properties = Delivery.Properties(common)
        properties.messageID = id
        properties.timestamp = UInt64(clamping: content.collected.milliseconds / 1000)
        return OutgoingMessage(
            routingKey: key.text, properties: properties,
            headers: [Label("tenant-plane", "\(key.tenant).\(key.plane)")], body: body)
    }

    private func body(_ batch: Batch, _ content: EnvelopeContent, id: String, sequence: UInt64) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("v")
        writer.integer(1)
        writer.key("id")
        writer.string(id)
        writer.key("producer")
        writer.beginObject()
        writer.key("name")
        writer.string(cut(producer.name, EnvelopeLimits.producerBytesMax))
        writer.key("version")
        writer.string(cut(producer.version, EnvelopeLimits.producerBytesMax))
        writer.key("instance")
        writer.string(cut(producer.instance, EnvelopeLimits.producerBytesMax))
        writer.key("start_ms")
        writer.integer(producer.start.milliseconds)
        writer.endObject()
        writer.key("seq")
        writer.integer(sequence)
        writer.key("ts")
        writer.integer(content.collected.milliseconds)
        writer.key("interval_s")
        writer.number(content.interval.seconds)
        if content.isPartial {
            writer.key("partial")
            writer.bool(true)
        }
        if !content.labels.isEmpty { Self.write(content.labels, to: &writer) }
        writer.key("metrics")
        writer.array(batch.metrics)
        if !batch.events.isEmpty {
            writer.key("events")
            writer.array(batch.events)
        }
        if !batch.errors.isEmpty {
            writer.key("errors")
            writer.array(batch.errors)
        }
        writer.endObject()
        return writer.bytes
    }

    // MARK: Metrics

    /// `metric` in pieces of as many points as one may have.
    private func parts(_ metric: EnvelopeMetric) -> [EnvelopeMetric] {
        guard case .points(let samples) = metric.content, samples.count > EnvelopeLimits.pointsPerMetricMax
        else { return [metric] }
        return stride(from: 0, to: samples.count, by: EnvelopeLimits.pointsPerMetricMax).map { start in
            var part = metric
            part.content = .points(
                Array(samples[start..<min(samples.count, start + EnvelopeLimits.pointsPerMetricMax)]))
            return part
        }
    }

    private static func pointCount(_ metric: EnvelopeMetric) -> Int {
        switch metric.content {
        case .points(let samples): samples.count
        case .summary(_, let quantiles): quantiles.count
        case .histogram(_, let buckets): buckets.count
        }
    }

    private mutating func isHelpDue(_ metric: EnvelopeMetric, _ key: RoutingKey, _ now: Timestamp) -> Bool {
        if metric.help.isEmpty { return false }
        let name = "\(key.text) \(metric.name)"
        if let sent = helpSent[name], now - sent < Self.helpInterval { return false }
        helpSent[name] = now
        return true
    }

    private static func json(_ metric: EnvelopeMetric, hasHelp: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("name")
        writer.string(metric.name)
        writer.key("type")
        writer.string(metric.type.rawValue)
        if !metric.unit.isEmpty {
            writer.key("unit")
            writer.string(metric.unit)
        }
        if hasHelp {
            writer.key("help")
            writer.string(cut(metric.help, EnvelopeLimits.helpBytesMax))
        }
        if !metric.labels.isEmpty { write(metric.labels, to: &writer) }
        switch metric.content {
        case .points(let samples):
            writer.key("points")
            writer.beginArray()
            for sample in samples {
                writer.beginArray()
                writer.integer(sample.timestamp.milliseconds)
                if StaleMarker.isStale(sample.value) { writer.null() } else { writer.number(sample.value) }
                writer.endArray()
            }
            writer.endArray()
        case .summary(let distribution, let quantiles):
            write(distribution, to: &writer)
            guard !quantiles.isEmpty else { break }
            writer.key("quantiles")
            writer.beginObject()
            for (quantile, value) in quantiles {
                writer.key(quantile.description)
                writer.number(value)
            }
            writer.endObject()
        case .histogram(let distribution, let buckets):
            write(distribution, to: &writer)
            writer.key("buckets")
            writer.beginArray()
            for (bound, count) in buckets {
                writer.beginArray()
                writer.number(bound)
                writer.number(count)
                writer.endArray()
            }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ distribution: EnvelopeMetric.Distribution, to writer: inout JSONWriter) {
        writer.key("count")
        writer.number(distribution.count)
        for (name, value) in [
            ("sum", distribution.sum), ("min", distribution.min), ("max", distribution.max),
        ] {
            guard let value else { continue }
            writer.key(name)
            writer.number(value)
        }
    }

    private static func write(_ labels: [Label], to writer: inout JSONWriter) {
        writer.key("labels")
        writer.beginObject()
        for label in labels {
            writer.key(label.name)
            writer.string(cut(label.value, EnvelopeLimits.labelValueBytesMax))
        }
        writer.endObject()
    }

    // MARK: Events and errors

    private static func json(_ event: DecodedMessage.Event) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("ts")
        writer.integer(event.timestamp.milliseconds)
        let names = [
            ("kind", event.kind), ("subject", event.subject), ("from", event.from), ("to", event.to),
        ]
        for (key, text) in names where !text.isEmpty {
            writer.key(key)
            writer.string(cut(text, EnvelopeLimits.eventNameBytesMax))
        }
        if !event.text.isEmpty {
            writer.key("text")
            writer.string(cut(event.text, EnvelopeLimits.eventTextBytesMax))
        }
        writer.endObject()
        return writer.bytes
    }

    private static func json(_ error: DecodedMessage.SourceError) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("source")
        writer.string(cut(error.source, EnvelopeLimits.eventNameBytesMax))
        writer.key("code")
        writer.string(cut(error.code, EnvelopeLimits.eventNameBytesMax))
        writer.key("text")
        writer.string(cut(error.text, EnvelopeLimits.eventTextBytesMax))
        writer.endObject()
        return writer.bytes
    }

    // MARK: Checks

    private func check(_ content: EnvelopeContent) throws(Problem) {
        for label in content.labels { try check(label) }
        if content.labels.count > EnvelopeLimits.commonLabelsMax {
            throw Problem(
                "\(content.labels.count) common labels; at most \(EnvelopeLimits.commonLabelsMax) can be sent"
            )
        }
        for metric in content.metrics {
            guard let first = metric.name.utf8.first, isNameStart(first),
                metric.name.utf8.allSatisfy(isNameByte),
                metric.name.utf8.count <= EnvelopeLimits.nameBytesMax
            else { throw Problem("`\(metric.name)` cannot be the name of a metric") }
            if metric.labels.count > EnvelopeLimits.labelsPerMetricMax {
                throw Problem(
                    "metric `\(metric.name)` has \(metric.labels.count) labels; at most "
                        + "\(EnvelopeLimits.labelsPerMetricMax) can be sent")
            }
            for label in metric.labels { try check(label) }
            if let reason = unitFault(metric.unit, name: metric.name) { throw Problem(reason) }
        }
    }

    private func check(_ label: Label) throws(Problem) {
        if let reason = labelFault(label.name, "") { throw Problem(reason) }
    }
}

/// `text` cut to at most `bytesMax` bytes between characters, with `…` at its end when something is missing.
private func cut(_ text: String, _ bytesMax: Int) -> String {
    guard text.utf8.count > bytesMax else { return text }
    var result = ""
    var count = "…".utf8.count
    for scalar in text.unicodeScalars {
        count += UTF8.width(scalar)
        if count > bytesMax { break }
        result.unicodeScalars.append(scalar)
    }
    return result + "…"
}
