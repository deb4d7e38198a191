import Messaging
import MetricModel
import Testing

private let now = Timestamp(milliseconds: 1_790_899_200_000)

private func messages(series: Int, perMessage: Int, seed: UInt64 = 1) throws -> [Delivery] {
    var writer = EnvelopeWriter(
        producer: EnvelopeProducer(name: "c", version: "1", instance: "i", start: Timestamp(milliseconds: 1)))
    var random = SplitMix(state: seed)
    var deliveries: [Delivery] = []
    for start in stride(from: 0, to: series, by: perMessage) {
        var content = EnvelopeContent(collected: now, interval: .seconds(15))
        content.metrics = (start..<min(series, start + perMessage)).map {
            EnvelopeMetric("m\($0 % 7)", .gauge, labels: [Label("n", "\($0)")], Double($0), at: now)
        }
        let key = RoutingKey(tenant: "t\(start % 3)", plane: "p", kind: .host, source: "s")
        deliveries += try writer.messages(content, key: key, now: now, random: &random)
            .map { $0.delivery(received: now) }
    }
    return deliveries
}

@Test func smallCacheForgetsWithoutGettingAnythingWrong() throws {
    let deliveries = try messages(series: 500, perMessage: 9)
    var large = MessageDecoder()
    var small = MessageDecoder(cache: SeriesCache(countMax: 16, bytesMax: 2_000))
    var random = SplitMix(state: 2)
    for round in 0..<4 {
        for delivery in round == 0 ? deliveries : deliveries.shuffled(using: &random) {
            let expected = try large.decode(delivery)
            let decoded = try small.decode(delivery)
            #expect(decoded.series == expected.series)
        }
    }
}

@Test func slotsNameTheirLabels() throws {
    let deliveries = try messages(series: 100, perMessage: 8)
    var decoder = MessageDecoder()
    var labels: [SeriesSlot: LabelSet] = [:]
    for _ in 0..<3 {
        for delivery in deliveries {
            for series in try decoder.decode(delivery).series {
                let slot = try #require(series.slot)
                #expect(decoder.labels(in: slot) == series.labels)
                if let known = labels[slot] { #expect(known == series.labels) }
                labels[slot] = series.labels
            }
        }
    }
    #expect(labels.count == 100)
}

@Test func sameTextUnderAnotherKeyIsAnotherSeries() throws {
    var decoder = MessageDecoder()
    let golden = GoldenMessage(format: "envelope", name: "002-eight-metrics")
    var delivery = golden.delivery
    for tenant in ["acme", "globex", "acme", "globex"] {
        delivery.routingKey = "metrics.\(tenant).eu.airflow.dag"
        for series in try decoder.decode(delivery).series { #expect(series.labels["tenant"] == tenant) }
    }
}
