import JSON
import Messaging
import Testing

private let docs = String(#filePath.prefix(upTo: #filePath.range(of: "/Tests/")!.lowerBound)) + "/docs/"

private func schema() throws -> JSONSchema {
    let bytes = try #require(readFile(docs + "envelope-v1.schema.json"))
    return JSONSchema(root: try JSONValue.parse(bytes, file: "envelope-v1.schema.json"))
}

/// Golden messages with a fault that JSON Schema has no words for: order, sums, repeated keys, clocks, other properties.
private let beyondSchema: Set<String> = [
    "042-label-speaks-for-another-tenant", "043-label-twice", "044-points-out-of-order",
    "053-point-in-the-future",
    "054-unit-disagrees", "055-member-twice", "071-ts-too-old", "079-id-is-not-the-message-id",
    "080-other-tenant",
    "081-other-plane", "082-common-label-of-other-tenant", "088-too-deep", "089-member-twice",
    "098-routing-key-short", "099-routing-key-upper-case", "100-routing-key-unknown-kind",
    "101-type-of-a-later-version", "102-unknown-encoding", "103-not-gzip",
]

@Test("the schema and the decoder agree", arguments: GoldenMessage.all("envelope"))
func schemaAgreesWithDecoder(_ golden: GoldenMessage) throws {
    guard let value = try? JSONValue.parse(golden.body), !beyondSchema.contains(golden.name) else { return }
    var decoder = MessageDecoder()
    let message = try? decoder.decode(golden.delivery)
    let isTaken = message.map { $0.refusedPartCount == 0 } ?? false
    let fault = try schema().fault(value)
    #expect((fault == nil) == isTaken, "\(fault ?? "valid"); decoded: \(isTaken)")
}

@Test(
    "every metric that the schema refuses is refused, and no other", arguments: GoldenMessage.all("envelope"))
func schemaAgreesMetricByMetric(_ golden: GoldenMessage) throws {
    guard let value = try? JSONValue.parse(golden.body), !beyondSchema.contains(golden.name) else { return }
    var decoder = MessageDecoder()
    guard let message = try? decoder.decode(golden.delivery),
        message.refusedPartCount == message.refusedParts.count
    else { return }
    // One message for each metric, so that the schema judges it alone.
    for (index, metric) in (value["metrics"]?.elements ?? []).enumerated() {
        var single = try #require(value.object)
        single["metrics"] = JSONValue(.array([metric]))
        single["events"] = nil
        single["errors"] = nil
        let isValid = try schema().fault(JSONValue(.object(single))) == nil
        let isRefused = message.refusedParts.contains { $0.place == "metrics[\(index)]" }
        // What the schema cannot say about distributions: sums, order, equal quantiles.
        let isBeyond = ["051-histogram-faults", "052-summary-faults", "057-number-too-large"].contains(
            golden.name)
        #expect(isValid != isRefused || isBeyond && isValid, "metrics[\(index)]: \(metric)")
    }
}

@Test func exampleOfTheDocumentationIsValid() throws {
    let text = String(decoding: try #require(readFile(docs + "message-format.md")), as: UTF8.self)
    let example = try #require(text.range(of: "```json\n").map { text[$0.upperBound...] })
    let json = String(example.prefix(upTo: try #require(example.range(of: "```")).lowerBound))
    #expect(try schema().fault(try JSONValue.parse(json)) == nil)
    var delivery = GoldenMessage(format: "envelope", name: "001-one-gauge").delivery
    delivery.body = Array(json.utf8)
    var decoder = MessageDecoder()
    let message = try decoder.decode(delivery)
    #expect(message.series.count == 5 && message.refusedPartCount == 0 && message.events.count == 1)
}

extension StringProtocol {
    /// Where `part` comes first.
    fileprivate func range(of part: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            formIndex(after: &start)
        }
        return nil
    }
}
