import Glibc
import Messaging
import MetricModel
import Testing

/// Messages in `Golden/<format>`, each beside what decoding it gives: `NNN-name.expected`.
///
/// After a change that is meant to change what is decoded, run with `PLANETOP_REGENERATE=1` and read the difference.
struct GoldenMessage: CustomTestStringConvertible, Sendable {
    var format: String
    var name: String

    var testDescription: String { "\(format)/\(name)" }

    private static let folder =
        String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)) + "/Golden/"
    static let regenerates = getenv("PLANETOP_REGENERATE") != nil

    var path: String { Self.folder + format + "/" + name }

    static func all(_ format: String) -> [GoldenMessage] {
        fileNames(folder + format)
            .filter { $0.hasSuffix(".json") || $0.hasSuffix(".txt") }
            .sorted()
            .map { GoldenMessage(format: format, name: String($0.prefix(upTo: $0.lastIndex(of: ".")!))) }
    }

    var body: [UInt8] { readFile(path + ".json") ?? readFile(path + ".txt") ?? [] }

    /// The delivery: an ordinary one of its format, changed by `NNN-name.properties` where that is there.
    var delivery: Delivery {
        var delivery = Delivery(
            received: Timestamp(milliseconds: 1_790_899_205_000), exchange: "metrics",
            routingKey: "metrics.acme.eu-west.airflow.dag", body: body)
        switch format {
        case "envelope": delivery.properties.type = "planetop.metrics.v1"
        case "prometheus": delivery.properties.type = "prometheus.text"
        default: delivery.properties.contentType = "application/openmetrics-text; version=1.0.0"
        }
        let lines = String(decoding: readFile(path + ".properties") ?? [], as: UTF8.self).split(
            separator: "\n")
        for line in lines {
            let colon = line.firstIndex(of: ":")!
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            let property = value.isEmpty ? nil : value
            switch line[..<colon] {
            case "routing-key": delivery.routingKey = value
            case "type": delivery.properties.type = property
            case "content-type": delivery.properties.contentType = property
            case "content-encoding": delivery.properties.contentEncoding = property
            case "message-id": delivery.properties.messageID = property
            default: Issue.record("unknown property in \(path).properties")
            }
        }
        return delivery
    }
}

/// What a decoder made of a message, line by line.
func listing(_ delivery: Delivery, _ decoder: inout MessageDecoder) -> String {
    do throws(Refusal) {
        return listing(try decoder.decode(delivery))
    } catch {
        return "refused, \(error.kind.rawValue): \(error)\n"
    }
}

func listing(_ message: DecodedMessage) -> String {
    var lines = ["format \(message.format)"]
    lines.append("tenant `\(message.tenant)` plane `\(message.plane)`")
    if let producer = message.producer {
        lines.append(
            "producer \(message.producerName ?? "") \(message.producerVersion ?? "") \(producer) started \(message.producerStart?.description ?? "")"
        )
    }
    if let sequence = message.sequence { lines.append("sequence \(sequence)") }
    if let id = message.messageID { lines.append("id \(id)") }
    lines.append("collected \(message.collected)" + (message.interval.map { " every \($0)" } ?? ""))
    if let ahead = message.clockAhead { lines.append("clock ahead \(ahead)") }
    if message.isPartial { lines.append("partial") }
    for series in message.series {
        let samples = series.samples.map {
            "\($0.timestamp.milliseconds) \(StaleMarker.isStale($0.value) ? "stale" : $0.value.description)"
        }
        lines.append("\(series.labels)")
        lines += samples.map { "    \($0)" }
    }
    for event in message.events {
        lines.append(
            "event \(event.timestamp) \(event.kind) `\(event.subject)` `\(event.from)` -> `\(event.to)`: \(event.text)"
        )
    }
    for error in message.errors { lines.append("error \(error.source) `\(error.code)`: \(error.text)") }
    for metadata in message.metadata {
        lines.append(
            "metric \(metadata.name) is \(metadata.type.rawValue)"
                + (metadata.unit.isEmpty ? "" : " in \(metadata.unit)")
                + (metadata.help.isEmpty ? "" : ": \(metadata.help.debugDescription)"))
    }
    for part in message.refusedParts { lines.append("refused \(part)") }
    if message.refusedPartCount > message.refusedParts.count {
        lines.append("refused \(message.refusedPartCount) parts in all")
    }
    return lines.map { $0 + "\n" }.joined()
}

private func check(_ golden: GoldenMessage) throws {
    var decoder = MessageDecoder()
    let decoded = listing(golden.delivery, &decoder)
    if GoldenMessage.regenerates {
        writeFile(golden.path + ".expected", Array(decoded.utf8))
        return
    }
    let expected = try #require(readFile(golden.path + ".expected"), "no \(golden.path).expected")
    #expect(decoded == String(decoding: expected, as: UTF8.self))
    // What a decoder remembers must not change what it gives.
    let again = listing(golden.delivery, &decoder)
    #expect(withoutMetadata(again) == withoutMetadata(decoded))
}

/// Types and units are told when a series is new.
private func withoutMetadata(_ listing: String) -> String {
    listing.split(separator: "\n").filter { !$0.hasPrefix("metric ") }.joined(separator: "\n")
}

@Test("envelope v1 decodes as its golden files say", arguments: GoldenMessage.all("envelope"))
func goldenEnvelopes(_ golden: GoldenMessage) throws { try check(golden) }

@Test("Prometheus text decodes as its golden files say", arguments: GoldenMessage.all("prometheus"))
func goldenPrometheusTexts(_ golden: GoldenMessage) throws { try check(golden) }

@Test("OpenMetrics decodes as its golden files say", arguments: GoldenMessage.all("openmetrics"))
func goldenOpenMetrics(_ golden: GoldenMessage) throws { try check(golden) }

@Test func thereAreGoldenFilesOfEveryFormat() {
    for format in ["envelope", "prometheus", "openmetrics"] {
        #expect(GoldenMessage.all(format).count >= 40)
    }
}

@Test("one decoder for all golden messages, in any order, gives the same")
func messagesDoNotInfluenceEachOther() throws {
    var golden = ["envelope", "prometheus", "openmetrics"].flatMap(GoldenMessage.all)
    var random = SplitMix(state: 3)
    var decoder = MessageDecoder()
    for _ in 0..<3 {
        golden.shuffle(using: &random)
        for message in golden {
            let expected = String(decoding: readFile(message.path + ".expected") ?? [], as: UTF8.self)
            #expect(
                withoutMetadata(listing(message.delivery, &decoder)) == withoutMetadata(expected),
                "\(message.testDescription)")
        }
    }
}
