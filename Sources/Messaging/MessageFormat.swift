/// The formats that are told apart, those without a decoder among them.
package enum MessageFormat: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case envelope = "envelope v1"
    case prometheusText = "Prometheus text"
    case openMetrics = "OpenMetrics"
    case otlpJSON = "OTLP/JSON"
    case graphite = "Graphite"
    case beam = "Beam JSON"
    case openLineage = "OpenLineage"
    case logLine = "JSON log line"

    package var description: String { rawValue }
}

/// What the properties say about the format, before anyone looks into the body.
enum DeclaredFormat: Equatable {
    case format(MessageFormat)
    /// `planetop.metrics.vN` with an N that is not 1.
    case laterEnvelope(String)
    /// JSON of some kind.
    case json
    /// Nothing that helps.
    case none
}

/// The value of property `type` that names the envelope; the major version follows.
let envelopeTypePrefix = "planetop.metrics.v"

/// `type` first, then `content_type`.
func declaredFormat(_ properties: Delivery.Properties) -> DeclaredFormat {
    if let type = properties.type {
        if type == "planetop.metrics.v1" { return .format(.envelope) }
        if type.hasPrefix(envelopeTypePrefix) { return .laterEnvelope(type) }
        switch type {
        case "prometheus.text": return .format(.prometheusText)
        case "openmetrics.text": return .format(.openMetrics)
        default: break
        }
    }
    guard let contentType = properties.contentType else { return .none }
    if contentType == "application/json" { return .json }
    let end = contentType.firstIndex(of: ";") ?? contentType.endIndex
    let media = contentType[..<end].filter { $0 != " " }.lowercased()
    let parameters = contentType[end...].filter { $0 != " " && $0 != "\"" }.lowercased()
    switch media {
    case "application/json": return .json
    case "application/openmetrics-text": return .format(.openMetrics)
    case "text/plain" where parameters.contains("version=0.0.4"): return .format(.prometheusText)
    case "application/x-otlp+json": return .format(.otlpJSON)
    case "text/x-graphite": return .format(.graphite)
    case "application/x-beam-metrics+json": return .format(.beam)
    case "application/x-openlineage+json": return .format(.openLineage)
    case "application/x-log+json": return .format(.logLine)
    default: return .none
    }
}
