import Capture
import Glibc
import Messaging
import MetricModel
import Testing

@Test("everything recorded reads back", arguments: ["a.ptcap", "a.jsonl"])
func recordsReadBack(_ name: String) throws {
    let folder = TemporaryFolder()
    let path = folder.file(name)
    var full = Delivery(
        received: start + .seconds(2), exchange: "metrics", routingKey: "metrics.acme.eu.log.x",
        body: Array("{\"quote\\\"\\u0000\u{1}\n\t\u{7f}é😀\":1}".utf8), redelivered: true)
    full.properties.contentType = "application/json"
    full.properties.contentEncoding = "gzip"
    full.properties.type = "planetop.metrics.v1"
    full.properties.messageID = "01a0f9e9-2000-7da8-8b43-5c8e74616796"
    full.properties.appID = "planetop-collector/1.0.0"
    full.properties.userID = "collector"
    full.properties.timestamp = 1_790_899_200
    full.properties.expiration = "3000000"
    full.properties.deliveryMode = 2
    full.properties.streamOffset = 12_345_678_901
    let bare = Delivery(received: start + .seconds(3), routingKey: "", body: [])
    let binary = Delivery(received: start + .seconds(4), routingKey: "k", body: (0...255).map { UInt8($0) })
    let state = CaptureState(
        kind: "alert", subject: "HighLag{dag=\"x\"}", from: "pending", to: "firing", text: "lag 7")
    let writer = try CaptureWriter(path: path, header: header(), now: start)
    try writer.append(full)
    try writer.append(bare)
    try writer.append(binary)
    try writer.state(state, at: start + .seconds(5))
    try writer.note("deployed\nnew version", at: start + .seconds(6))
    try writer.close()

    let reader = try CaptureReader(paths: [path])
    #expect(reader.span == start...(start + .seconds(6)))
    var contents: [CaptureRecord.Content] = []
    var times: [Timestamp] = []
    while let record = try reader.next() {
        contents.append(record.content)
        times.append(record.time)
    }
    #expect(
        contents.prefix(6) == [
            .header(header()), .message(full), .message(bare), .message(binary), .state(state),
            .note("deployed\nnew version"),
        ])
    guard case .footer(let footer) = contents.last else {
        Issue.record("no footer")
        return
    }
    #expect(footer.records == 6 && footer.messages == 3 && footer.lost == 0)
    #expect(times == [0, 2, 3, 4, 5, 6, 6].map { start + .seconds($0) })
    #expect(reader.damage.isNone)
}

@Test func linesAreWhatTheFormatSays() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.jsonl")
    let writer = try CaptureWriter(path: path, header: header(), now: start)
    var delivery = Delivery(received: start, exchange: "x", routingKey: "a.b", body: Array("hi \"".utf8))
    delivery.properties.type = "t"
    try writer.append(delivery)
    try writer.append(Delivery(received: start, routingKey: "", body: [0xff]))
    try writer.close()
    let lines = String(decoding: readFile(path), as: UTF8.self).split(separator: "\n").map(String.init)
    let time = "{\"t\":1790899200000000000,"
    #expect(
        lines.map { String($0.dropLast(16)) } == [
            time + #""i":0,"k":"h","v":"1.0","app":"planetop 1.0.0","host":"bastion","sec":"s1""#,
            time + #""i":1,"k":"m","x":"x","rk":"a.b","p":{"ty":"t"},"b":"hi \"""#,
            time + #""i":2,"k":"m","rk":"","b64":"/w==""#,
            time + #""i":3,"k":"f","n":3,"m":2,"lost":0,"sum":"\#(lines[3].suffix(25).prefix(8))""#,
        ])
    // CRC-32 of zlib, bit by bit.
    for line in lines {
        var crc: UInt32 = .max
        for byte in line.utf8.dropLast(16) {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        let hexadecimal = String(~crc, radix: 16)
        #expect(line.hasSuffix(String(repeating: "0", count: 8 - hexadecimal.count) + hexadecimal + "\"}"))
    }
}

@Test func fileIsItsOwnersAndHasOneWriter() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.ptcap")
    let writer = try CaptureWriter(path: path, header: header(), now: start)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(throws: CaptureError.inUse(path: path)) {
        try CaptureWriter(path: path, header: header("s2"), now: start)
    }
    try writer.close()
}

@Test func whatIsFlushedCanBeReadWhileRecordingGoesOn() throws {
    let folder = TemporaryFolder()
    for name in ["a.ptcap", "a.jsonl"] {
        let path = folder.file(name)
        let writer = try CaptureWriter(path: path, header: header(), now: start)
        for number in 0..<50 {
            try writer.append(delivery(number))
            try writer.flush()
            #expect(try messages(path).count == number + 1)
        }
        try writer.close()
    }
}

@Test func flushingOftenCostsLittle() throws {
    let folder = TemporaryFolder()
    let deliveries = (0..<2_000).map { delivery($0) }
    try record(deliveries, to: folder.file("a.ptcap"))
    try record(deliveries, to: folder.file("b.ptcap"), flushesEach: 5)
    let whole = readFile(folder.file("a.ptcap")).count
    let flushed = readFile(folder.file("b.ptcap")).count
    #expect(flushed < whole * 2, "\(flushed) and \(whole) bytes")
    #expect(try messages(folder.file("b.ptcap")) == deliveries)
}

@Test func recordingGoesOnInTheSameFile() throws {
    let folder = TemporaryFolder()
    for name in ["a.ptcap", "a.jsonl"] {
        let path = folder.file(name)
        try record((0..<5).map { delivery($0) }, to: path)
        let before = readFile(path)
        try record((5..<9).map { delivery($0) }, to: path, section: "s2")
        #expect(readFile(path).starts(with: before))
        #expect(try messages(path) == (0..<9).map { delivery($0) })
        let info = try CaptureReader(paths: [path]).info()
        #expect(info.sections.map(\.header.section) == ["s1", "s2"])
        #expect(info.sections.allSatisfy { $0.hasFooter && !$0.header.continues })
        #expect(info.damage.isNone)
    }
}

@Test func clockThatStepsBackKeepsTheOrder() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.ptcap")
    let times: [Int64] = [10, 20, 5, 6, 30]
    let deliveries = times.enumerated().map { delivery($0.offset, at: start + .seconds($0.element)) }
    try record(deliveries, to: path)
    let reader = try CaptureReader(paths: [path])
    var recorded: [Timestamp] = []
    var received: [Delivery] = []
    while let record = try reader.next() {
        guard case .message(let delivery) = record.content else { continue }
        recorded.append(record.time)
        received.append(delivery)
    }
    #expect(recorded == [10, 20, 20, 20, 30].map { start + .seconds($0) })
    // What a decoder is told is what it was told then.
    #expect(received == deliveries)
    // Another recording whose clock is behind does not go back either.
    try record([delivery(99, at: start)], to: path, section: "s2")
    #expect(try CaptureReader(paths: [path]).span == (start + .seconds(10))...(start + .seconds(30)))
}

@Test func secretsAroundMessagesAreNotKept() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.jsonl")
    let writer = try CaptureWriter(
        path: path, header: CaptureHeader(program: "p", host: "amqps://ops:hunter2@h/v", section: "s"),
        now: start)
    var message = delivery(1)
    message.properties.appID = "collector amqp://me:hunter2@broker:5672/x?token=hunter2"
    try writer.append(message)
    try writer.note("see https://a:hunter2@b/c and password=hunter2 or API_KEY=hunter2", at: start)
    try writer.state(
        CaptureState(kind: "link", subject: "amqp://u:hunter2@h", to: "down", text: "auth-token=hunter2"),
        at: start)
    try writer.close()
    let text = String(decoding: readFile(path), as: UTF8.self)
    #expect(!text.contains("hunter2"))
    #expect(text.contains("see https://[redacted]@b/c and password=[redacted] or API_KEY=[redacted]"))
    #expect(text.contains("amqp://[redacted]@broker:5672/x?token=[redacted]"))
    #expect(try messages(path).count == 1)
}

@Test func whatIsNoCaptureIsRefusedInWords() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.ptcap")
    for text in ["hello\n", "# TYPE up gauge\nup 1\n", "{\"v\":1}", "PK\u{3}\u{4}"] {
        writeFile(path, Array(text.utf8))
        #expect(throws: CaptureError.notACapture(path: path)) { try CaptureReader(paths: [path]) }
        #expect(throws: CaptureError.notACapture(path: path)) {
            try CaptureWriter(path: path, header: header(), now: start)
        }
        #expect(readFile(path) == Array(text.utf8))
        #expect(!CaptureReader.recognises(Array(text.utf8)))
    }
    #expect(throws: CaptureError.self) { try CaptureReader(paths: [folder.file("missing")]) }
    #expect(throws: CaptureError.self) { try CaptureReader(paths: [folder.path]) }
    writeFile(path, [])
    #expect(try messages(path).isEmpty)
    #expect(try CaptureReader(paths: [path]).span == nil)
    #expect(
        CaptureError.notACapture(path: "x").problem.description
            == "`x` is not a capture\n  at x\n  fix: captures are made by `planetop record` and by `--record`"
    )
}

/// A line of the format around `content`, its checksum right.
private func line(_ content: String) -> String {
    let text = "{\"t\":1790899200000000000," + content
    var crc: UInt32 = .max
    for byte in text.utf8 {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    let hexadecimal = String(~crc, radix: 16)
    return text + ",\"c\":\"" + String(repeating: "0", count: 8 - hexadecimal.count) + hexadecimal + "\"}\n"
}

@Test func laterVersionsAreReadAsFarAsPossible() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.jsonl")
    let message = #""k":"m","rk":"k","new":{"a":[1]},"p":{"ty":"t","zz":"y","n":[]},"b":"x""#
    writeFile(
        path,
        Array((line(#""k":"h","v":"1.7","extra":1"#) + line(#""k":"zz","any":[{}]"#) + line(message)).utf8))
    let reader = try CaptureReader(paths: [path])
    #expect(try messages(reader).map(\.routingKey) == ["k"])
    #expect(reader.damage.unknownRecords == 1 && reader.damage.damagedRecords == 0)

    writeFile(path, Array((line(#""k":"h","v":"2.0""#) + line(message)).utf8))
    #expect(throws: CaptureError.newerVersion(path: path, version: "2.0")) { try messages(path) }
    let problem = CaptureError.newerVersion(path: "x", version: "2.0").problem
    #expect(problem.what == "capture `x` has format version 2.0, this program reads version 1")
}
