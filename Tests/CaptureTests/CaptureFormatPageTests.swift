import Capture
import Glibc
import JSON
import Messaging
import Testing

private let page = String(
    decoding: readFile(
        String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)) + "/../../docs/capture-format.md"),
    as: UTF8.self)

/// The lines of the page between "```json" and "```".
private var example: [Substring] {
    Array(
        page.split(separator: "\n").drop { $0 != "```json" }.dropFirst().prefix { $0 != "```" })
}

@Test func exampleOfTheDocumentationIsACapture() throws {
    try #require(example.count == 3)
    let folder = TemporaryFolder()
    let path = folder.file("example.jsonl")
    let file = try #require(fopen(path, "w"))
    fputs(example.joined(separator: "\n") + "\n", file)
    fclose(file)

    let reader = try CaptureReader(paths: [path])
    var contents: [CaptureRecord.Content] = []
    while let record = try reader.next() { contents.append(record.content) }
    guard contents.count == 3, case .header(let header) = contents[0],
        case .message(let delivery) = contents[1],
        case .footer(let footer) = contents[2]
    else {
        Issue.record("\(contents)")
        return
    }
    #expect(header.version == CaptureFormat.version && !header.continues)
    var decoder = MessageDecoder()
    #expect(try decoder.decode(delivery).refusedPartCount == 0)
    // Five of the lines are left out of the page, so the footer counts otherwise.
    #expect(footer.records == 7 && footer.messages == 6)
    var expected = CaptureDamage()
    expected.missingRecords = 5
    expected.wrongFooters = 1
    #expect(reader.damage == expected)
}

@Test func pageNamesEveryMemberOfARecord() throws {
    let folder = TemporaryFolder()
    let path = folder.file("all.jsonl")
    var message = delivery(1)
    message.redelivered = true
    message.properties.contentType = "application/json"
    message.properties.contentEncoding = "identity"
    message.properties.appID = "collector"
    message.properties.userID = "someone"
    message.properties.expiration = "1"
    message.properties.timestamp = 1
    message.properties.deliveryMode = 2
    message.properties.streamOffset = 3
    var binary = delivery(2, at: start)
    binary.body = [0xff]
    let writer = try CaptureWriter(path: path, header: header(), now: start)
    try writer.append(message)
    try writer.append(binary)
    try writer.note("note", at: start)
    try writer.state(
        CaptureState(kind: "link", subject: "broker", from: "up", to: "down", text: "why"), at: start)
    try writer.close()
    var names: Set<String> = ["cont", "cut"]
    for line in String(decoding: readFile(path), as: UTF8.self).split(separator: "\n") {
        let object = try #require(try JSONValue.parse(Array(line.utf8)).object)
        names.formUnion(object.keys)
        names.formUnion(try JSONValue.parse(Array(line.utf8))["p"]?.object?.keys.map { $0 } ?? [])
    }
    #expect(names.count >= 34)
    for name in names.sorted() { #expect(page.contains("`\(name)`"), "`\(name)` is not on the page") }
}
