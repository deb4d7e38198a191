import Collect
import Diagnostics
import Glibc
import Logging
import Messaging
import MetricModel

/// Turns reports into messages of this collector.
struct ReportEncoder {
    private var writer: EnvelopeWriter
    private var random = SystemRandomNumberGenerator()
    private let tenant: String
    private let plane: String

    init(_ configuration: CollectorConfiguration, user: String?) {
        tenant = configuration.tenant
        plane = configuration.plane
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        writer = EnvelopeWriter(
            producer: EnvelopeProducer(
                name: "planetop-collector", version: "1.0.0", instance: name, start: wallClock()),
            userID: user)
    }

    /// A report that cannot be encoded is logged and left out; nothing else suffers.
    mutating func messages(_ report: CollectedReport, logger: Logger) -> [OutgoingMessage] {
        guard let kind = RoutingKey.Kind(rawValue: report.kind) else { return [] }
        var content = EnvelopeContent(collected: report.time, interval: report.interval)
        content.metrics = report.series.map { series in
            EnvelopeMetric(
                series.name, series.isCounter ? .counter : .gauge, labels: series.labels,
                .points(series.points.map { Sample($0.time, $0.value ?? StaleMarker.value) }))
        }
        content.events = report.events.map {
            DecodedMessage.Event(
                timestamp: $0.time, kind: $0.kind, subject: $0.subject, from: $0.from, to: $0.to,
                text: $0.text)
        }
        content.errors = report.errors.map {
            DecodedMessage.SourceError(source: $0.source, code: $0.code, text: $0.text)
        }
        content.isPartial = report.isPartial
        let key = RoutingKey(tenant: tenant, plane: plane, kind: kind, source: report.source)
        do {
            return try writer.messages(content, key: key, now: wallClock(), random: &random)
        } catch {
            logger.error("report left out", metadata: ["source": "\(report.source)", "why": "\(error.what)"])
            return []
        }
    }
}
