import Messaging
import MetricModel
import Testing

private let now = Timestamp(milliseconds: 1_790_899_205_000)
private let key = "metrics.acme.eu-west.airflow.dag"

private func envelope(metrics: String, extra: String = "") -> Delivery {
    let body =
        #"{"v":1,"id":"x","producer":{"name":"c","version":"1","instance":"i","start_ms":1},"seq":1,"ts":1790899200000,"#
        + #""interval_s":60\#(extra),"metrics":[\#(metrics)]}"#
    var delivery = Delivery(received: now, routingKey: key, body: Array(body.utf8))
    delivery.properties.type = "planetop.metrics.v1"
    return delivery
}

private func refusal(_ delivery: Delivery) -> Refusal? {
    var decoder = MessageDecoder()
    do throws(Refusal) {
        _ = try decoder.decode(delivery)
        return nil
    } catch {
        return error
    }
}

@Test func metricsAndPointsHaveLimits() throws {
    let metric = #"{"name":"a","type":"gauge","points":[[1790899200000,1]]}"#
    var decoder = MessageDecoder()
    let largest = try decoder.decode(
        envelope(metrics: Array(repeating: metric, count: 2_000).joined(separator: ",")))
    #expect(largest.series.count == 2_000)
    #expect(
        refusal(envelope(metrics: Array(repeating: metric, count: 2_001).joined(separator: ",")))
            == Refusal(.tooLarge, "more than 2000 metrics", format: .envelope))
    let points = (0..<50).map { "[\(1_790_899_200_000 + $0),1]" }.joined(separator: ",")
    let many = #"{"name":"a","type":"gauge","points":[\#(points)]}"#
    #expect(refusal(envelope(metrics: Array(repeating: many, count: 100).joined(separator: ","))) == nil)
    #expect(
        refusal(envelope(metrics: Array(repeating: many, count: 101).joined(separator: ",")))
            == Refusal(.tooLarge, "more than 5000 points", format: .envelope))
}

@Test func onlyTheFirstRefusedPartsAreDescribed() throws {
    var decoder = MessageDecoder()
    let message = try decoder.decode(
        envelope(metrics: Array(repeating: "{}", count: 100).joined(separator: ",")))
    #expect(message.refusedPartCount == 100 && message.refusedParts.count == DecodedMessage.refusedPartsMax)
    #expect(decoder.counts.refusedParts == 100 && decoder.counts.decoded == 1)
}

@Test func eventsAndErrorsHaveLimits() {
    let event = #"{"ts":1790899200000,"kind":"run"}"#
    func extra(_ name: String, _ part: String, _ count: Int) -> Delivery {
        envelope(
            metrics: "",
            extra: ",\"\(name)\":[" + Array(repeating: part, count: count).joined(separator: ",") + "]")
    }
    #expect(refusal(extra("events", event, 500)) == nil)
    #expect(refusal(extra("events", event, 501))?.reason == "more than 500 events")
    #expect(refusal(extra("errors", #"{"source":"a"}"#, 50)) == nil)
    #expect(refusal(extra("errors", #"{"source":"a"}"#, 51))?.reason == "more than 50 errors")
}

@Test func bodyHasALimit() {
    var delivery = envelope(metrics: "")
    delivery.body += Array(repeating: UInt8(ascii: " "), count: (1 << 20) - delivery.body.count)
    #expect(refusal(delivery) == nil)
    delivery.body.append(UInt8(ascii: " "))
    #expect(refusal(delivery) == Refusal(.tooLarge, "1048577 bytes; at most 1048576 are allowed"))
}

@Test func hostileTextsAreRefusedQuickly() {
    var delivery = envelope(metrics: "")
    for body in [
        String(repeating: "[", count: 100_000), "{\"a\":" + String(repeating: "{\"a\":", count: 50_000),
        "{" + (0..<60_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}",
        "{\"v\":1,\"id\":\"" + String(repeating: "x", count: 1_000_000) + "\"}",
    ] {
        delivery.body = Array(body.utf8)
        #expect(refusal(delivery) != nil)
    }
}

@Test func gzipIsInflatedWithinLimits() throws {
    var delivery = envelope(metrics: #"{"name":"a","type":"gauge","points":[[1790899200000,1]]}"#)
    let plain = delivery.body
    delivery.properties.contentEncoding = "gzip"
    delivery.body = deflatedGzip(plain)
    var decoder = MessageDecoder()
    #expect(try decoder.decode(delivery).series.count == 1)
    // The content of several members is that of all, one after another.
    delivery.body = deflatedGzip(Array(plain[..<50])) + deflatedGzip(Array(plain[50...]))
    #expect(try decoder.decode(delivery).series.count == 1)

    let whole = deflatedGzip(plain)
    for length in 0..<whole.count {
        delivery.body = Array(whole[..<length])
        #expect(refusal(delivery)?.kind == .encoding, "\(length) of \(whole.count) bytes")
    }
    delivery.body = deflatedGzip(Array(repeating: UInt8(ascii: " "), count: 1 << 20))
    #expect(refusal(delivery)?.reason == "more than 200 times as large after decompression")
    // Hardly compressible, so that the size is the first limit reached.
    var random = SplitMix(state: 1)
    var text: [UInt8] = []
    while text.count < 9 << 20 {
        text += Array("word \(random.next() % 100) ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 60)
    }
    delivery.body = deflatedGzip(text)
    #expect(refusal(delivery)?.reason == "more than 8 MiB after decompression")
    delivery.body = whole + [1, 2, 3]
    #expect(refusal(delivery)?.kind == .encoding)
}

@Test func countsAreKeptByReason() {
    var decoder = MessageDecoder()
    var delivery = envelope(metrics: "")
    _ = try? decoder.decode(delivery)
    delivery.body = Array("x".utf8)
    _ = try? decoder.decode(delivery)
    delivery.routingKey = "nonsense"
    _ = try? decoder.decode(delivery)
    delivery.routingKey = key
    delivery.properties.type = nil
    delivery.body = Array("{\"resourceMetrics\":[]}".utf8)
    _ = try? decoder.decode(delivery)
    #expect(decoder.counts.decoded == 1)
    #expect(decoder.counts.refused == [.syntax: 1, .routingKey: 1, .notReadYet: 1])
    #expect(decoder.counts.refusedByFormat == [.envelope: 1, .otlpJSON: 1])
    #expect(decoder.counts.refusedTotal == 3)
}
