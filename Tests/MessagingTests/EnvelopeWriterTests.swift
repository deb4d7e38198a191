import Diagnostics
import JSON
import Messaging
import MetricModel
import Testing

private let start = Timestamp(milliseconds: 1_790_890_000_000)
private let now = Timestamp(milliseconds: 1_790_899_200_000)
private let key = RoutingKey(tenant: "acme", plane: "eu", kind: .airflow, source: "dag")

private func writer() -> EnvelopeWriter {
    EnvelopeWriter(
        producer: EnvelopeProducer(
            name: "planetop-collector", version: "1.0.0", instance: "col-1", start: start),
        userID: "collector")
}

@Test func whatIsWrittenReadsBack() throws {
    var content = EnvelopeContent(collected: now, interval: .minutes(5))
    content.labels = [Label("region", "eu \"west\"\n")]
    content.isPartial = true
    content.metrics = [
        EnvelopeMetric("airflow_dags", .gauge, labels: [Label("state", "active")], help: "DAGs.", 3, at: now),
        EnvelopeMetric(
            "v", .gauge,
            .points([
                Sample(now - .seconds(3), .nan), Sample(now - .seconds(2), -.infinity),
                Sample(now - .seconds(1), 0.1),
                Sample(now, StaleMarker.value),
            ])),
        EnvelopeMetric(
            "s_seconds", .summary, unit: "s",
            .summary(EnvelopeMetric.Distribution(count: 2, sum: 3, min: 1, max: 2), quantiles: [(0.5, 1.5)])),
        EnvelopeMetric(
            "h", .histogram,
            .histogram(EnvelopeMetric.Distribution(count: 2), buckets: [(1, 1), (.infinity, 2)])),
    ]
    content.events = [
        DecodedMessage.Event(timestamp: now, kind: "run", subject: "d", from: "a", to: "b", text: "t")
    ]
    content.errors = [DecodedMessage.SourceError(source: "airflow", code: "503", text: "x")]
    var writer = writer()
    var random = SplitMix(state: 5)
    let messages = try writer.messages(content, key: key, now: now, random: &random)
    #expect(messages.count == 1)
    let sent = try #require(messages.first)
    #expect(sent.routingKey == "metrics.acme.eu.airflow.dag")
    #expect(sent.headers == [Label("tenant-plane", "acme.eu")])
    #expect(
        sent.properties.type == "planetop.metrics.v1" && sent.properties.contentType == "application/json")
    #expect(sent.properties.appID == "planetop-collector/1.0.0" && sent.properties.userID == "collector")
    #expect(sent.properties.timestamp == 1_790_899_200 && sent.properties.expiration == "3000000")
    #expect(sent.properties.deliveryMode == 2 && sent.properties.contentEncoding == nil)

    var decoder = MessageDecoder()
    let message = try decoder.decode(sent.delivery(received: now))
    #expect(message.refusedPartCount == 0 && message.isPartial && message.sequence == 0)
    #expect(message.messageID == sent.properties.messageID && message.interval == .minutes(5))
    #expect(message.producerStart == start && message.producer == "col-1")
    #expect(message.events == content.events && message.errors == content.errors)
    #expect(message.metadata.first == MetricMetadata(name: "airflow_dags", type: .gauge, help: "DAGs."))
    let names = message.series.map { $0.labels.name ?? "" }
    #expect(
        names == [
            "airflow_dags", "v", "s_seconds", "s_seconds_count", "s_seconds_sum", "s_seconds_min",
            "s_seconds_max",
            "h_bucket", "h_bucket", "h_count",
        ])
    #expect(
        message.series[0].labels["region"] == "eu \"west\"\n" && message.series[0].labels["tenant"] == "acme")
    #expect(message.series[1].samples[0].value.isNaN && message.series[1].samples[1].value == -.infinity)
    #expect(StaleMarker.isStale(message.series[1].samples[3].value))
    #expect(message.series[7].labels["le"] == "1.0")
}

@Test func sequencesCountPerRoutingKey() throws {
    var writer = writer()
    var random = SplitMix(state: 5)
    let other = RoutingKey(tenant: "acme", plane: "eu", kind: .airflow, source: "task")
    let content = EnvelopeContent(collected: now, interval: .seconds(15))
    var sequences: [UInt64?] = []
    var ids: Set<String?> = []
    for key in [key, key, other, key, other] {
        for message in try writer.messages(content, key: key, now: now, random: &random) {
            var decoder = MessageDecoder()
            let decoded = try decoder.decode(message.delivery(received: now))
            sequences.append(decoded.sequence)
            ids.insert(decoded.messageID)
        }
    }
    #expect(sequences == [0, 1, 0, 2, 1])
    #expect(ids.count == 5)
}

@Test func helpIsSentOnceAnHour() throws {
    var writer = writer()
    var random = SplitMix(state: 5)
    var helps: [Bool] = []
    for minutes in [0, 5, 59, 60, 61] {
        var content = EnvelopeContent(collected: now, interval: .minutes(5))
        content.metrics = [EnvelopeMetric("a", .gauge, help: "words", 1, at: now)]
        let sent = try writer.messages(
            content, key: key, now: now + .minutes(Int64(minutes)), random: &random)
        helps.append(String(decoding: sent[0].body, as: UTF8.self).contains("words"))
    }
    #expect(helps == [true, false, false, true, false])
}

@Test func whatIsTooMuchForOneMessageBecomesSeveral() throws {
    var writer = writer()
    var random = SplitMix(state: 5)
    var content = EnvelopeContent(collected: now, interval: .minutes(5))
    content.metrics = (0..<4_500).map {
        EnvelopeMetric("m", .gauge, labels: [Label("n", "\($0)")], Double($0), at: now)
    }
    // More points than one metric may have, and long values that fill the body first.
    content.metrics.append(
        EnvelopeMetric(
            "long", .gauge, .points((0..<150).map { Sample(now - .seconds(150 - $0), Double($0)) })))
    content.metrics += (0..<2_500).map {
        EnvelopeMetric(
            "wide", .gauge, labels: [Label("n", "\($0)"), Label("x", String(repeating: "w", count: 512))], 1,
            at: now)
    }
    content.events = (0..<1_200).map {
        DecodedMessage.Event(timestamp: now, kind: "run", subject: "\($0)", from: "", to: "", text: "")
    }
    let messages = try writer.messages(content, key: key, now: now, random: &random)
    var decoder = MessageDecoder()
    var series = 0
    var samples = 0
    var events = 0
    for message in messages {
        let decoded = try decoder.decode(message.delivery(received: now))
        #expect(decoded.refusedPartCount == 0)
        series += decoded.series.count
        samples += decoded.series.map(\.samples.count).reduce(0, +)
        events += decoded.events.count
    }
    #expect(messages.count > 4)
    #expect(series == 4_500 + 3 + 2_500 && samples == 4_500 + 150 + 2_500 && events == 1_200)
}

@Test func longTextsAreCut() throws {
    var writer = writer()
    var random = SplitMix(state: 5)
    var content = EnvelopeContent(collected: now, interval: .minutes(5))
    content.metrics = [
        EnvelopeMetric("a", .gauge, labels: [Label("x", String(repeating: "é", count: 400))], 1, at: now)
    ]
    let sent = try writer.messages(content, key: key, now: now, random: &random)
    var decoder = MessageDecoder()
    let message = try decoder.decode(sent[0].delivery(received: now))
    let value = try #require(message.series.first?.labels["x"])
    #expect(value.utf8.count <= 512 && value.utf8.count > 500 && value.hasSuffix("é…"))
}

@Test func namesThatNobodyTakesAreNotSent() {
    var writer = writer()
    var random = SplitMix(state: 5)
    for metric in [
        EnvelopeMetric("a-b", .gauge, 1, at: now), EnvelopeMetric("", .gauge, 1, at: now),
        EnvelopeMetric("a", .gauge, labels: [Label("__x", "y")], 1, at: now),
        EnvelopeMetric("a", .gauge, labels: [Label("a b", "y")], 1, at: now),
        EnvelopeMetric("a", .gauge, unit: "seconds", 1, at: now),
    ] {
        var content = EnvelopeContent(collected: now, interval: .minutes(5))
        content.metrics = [metric]
        #expect(throws: Problem.self) { try writer.messages(content, key: key, now: now, random: &random) }
    }
}

@Test func largeBodiesAreCompressedWhenAsked() throws {
    var writer = writer()
    writer.compressionBytesMin = 200
    var random = SplitMix(state: 5)
    var content = EnvelopeContent(collected: now, interval: .minutes(5))
    content.metrics = (0..<50).map { EnvelopeMetric("m", .gauge, labels: [Label("n", "\($0)")], 1, at: now) }
    let sent = try writer.messages(content, key: key, now: now, random: &random)[0]
    #expect(sent.properties.contentEncoding == "gzip" && sent.body.count < 1_000)
    var decoder = MessageDecoder()
    #expect(try decoder.decode(sent.delivery(received: now)).series.count == 50)
}

@Test func messageIDsSortByTimeAndReadAsUUIDs() {
    var random = SplitMix(state: 9)
    var last = ""
    for step in 0..<1_000 {
        let id = UUIDv7.make(at: now + TimeSpan(milliseconds: Int64(step)), random: &random)
        #expect(id > last && id.utf8.count == 36)
        let characters = Array(id)
        #expect(characters[14] == "7" && "89ab".contains(characters[19]))
        last = id
    }
    #expect(
        UUIDv7.make(at: Timestamp(milliseconds: 0x0123_4567_89ab), random: &random).hasPrefix(
            "01234567-89ab-7"))
}
