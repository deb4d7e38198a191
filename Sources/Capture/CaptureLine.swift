import JSON
import Messaging
import MetricModel

/// Writes records as lines: `{"t":<19 digits of ns>,"i":<index>,"k":"<kind>",…,"c":"<CRC-32>"}`.
///
/// The checksum is that of the line up to the comma before `"c"`.
struct CaptureLineWriter {
    /// Lines written and not yet taken.
    private(set) var bytes: [UInt8] = []
    private var lineStart = 0
    /// The checksum of the line written last.
    private(set) var checksum: UInt32 = 0

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// - Parameters:
    ///   - wall: the clock's time where that is not `record.time`, because it stepped back.
    ///   - index: counts the records of a section from 0, so that one that is missing or comes twice is noticed.
    mutating func append(_ record: CaptureRecord, index: Int, wall: Timestamp? = nil) {
        lineStart = bytes.count
        text("{\"t\":")
        nanoseconds(record.time)
        if let wall, wall != record.time {
            text(",\"w\":")
            nanoseconds(wall)
        }
        text(",\"i\":\(index)")
        switch record.content {
        case .header(let header):
            text(",\"k\":\"h\"")
            member("v", header.version)
            member("app", header.program)
            member("host", Redaction.redacted(header.host))
            member("sec", header.section)
            if header.continues { text(",\"cont\":true,\"cut\":\(header.cutBytes)") }
        case .message(let delivery):
            text(",\"k\":\"m\"")
            message(delivery)
        case .state(let state):
            text(",\"k\":\"s\"")
            member("of", state.kind)
            member("s", Redaction.redacted(state.subject))
            if !state.from.isEmpty { member("from", state.from) }
            member("to", state.to)
            if !state.text.isEmpty { member("text", Redaction.redacted(state.text)) }
        case .note(let note):
            text(",\"k\":\"n\"")
            member("text", Redaction.redacted(note))
        case .footer(let footer):
            text(",\"k\":\"f\",\"n\":\(footer.records),\"m\":\(footer.messages),\"lost\":\(footer.lost)")
            member("sum", hexadecimal(footer.checksum))
        }
        checksum = bytes.withUnsafeBytes { crc32(UnsafeRawBufferPointer(rebasing: $0[lineStart...])) }
        text(",\"c\":\"\(hexadecimal(checksum))\"}\n")
    }

    private mutating func message(_ delivery: Delivery) {
        if !delivery.exchange.isEmpty { member("x", delivery.exchange) }
        member("rk", delivery.routingKey)
        let properties = delivery.properties
        let start = bytes.count
        text(",\"p\":{")
        let texts = [
            ("ct", properties.contentType), ("ce", properties.contentEncoding), ("ty", properties.type),
            ("id", properties.messageID), ("app", properties.appID), ("user", properties.userID),
            ("exp", properties.expiration),
        ]
        for (name, value) in texts {
            guard let value else { continue }
            member(name, Redaction.redacted(value))
        }
        if let timestamp = properties.timestamp { text(",\"ts\":\(timestamp)") }
        if let mode = properties.deliveryMode { text(",\"dm\":\(mode)") }
        if let offset = properties.streamOffset { text(",\"so\":\(offset)") }
        if bytes.count == start + 6 {
            bytes.removeLast(6)
        } else {
            // Each member came with a comma; the first has none before it.
            bytes.remove(at: start + 6)
            bytes.append(UInt8(ascii: "}"))
        }
        if delivery.redelivered { text(",\"rd\":1") }
        let isText = delivery.body.withUnsafeBufferPointer { firstInvalidUTF8($0) == nil }
        if isText {
            text(",\"b\":")
            quoted(delivery.body)
        } else {
            text(",\"b64\":\"")
            appendBase64(delivery.body, to: &bytes)
            text("\"")
        }
    }

    private mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func member(_ name: String, _ value: String) {
        text(",\"\(name)\":")
        quoted(Array(value.utf8))
    }

    /// A JSON string; runs of plain bytes are copied at once.
    private mutating func quoted(_ value: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for (index, byte) in value.enumerated() {
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: value[start..<index])
            start = index + 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0a: text("\\n")
            default: text("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            }
        }
        bytes.append(contentsOf: value[start...])
        bytes.append(UInt8(ascii: "\""))
    }

    /// Nineteen digits for every time since 2001, so that it stands at the same place in every line.
    private mutating func nanoseconds(_ time: Timestamp) {
        let milliseconds = min(max(time.milliseconds, 0), Int64.max / 1_000_000)
        text(milliseconds == 0 ? "0" : "\(milliseconds)000000")
    }
}

/// What a line turned out to be.
enum CaptureLine {
    case record(CaptureRecord, index: Int?, checksum: UInt32)
    /// Whole, but of a kind that this version does not know.
    case unknownKind
    /// The checksum is wrong, or the line is none of ours.
    case damaged
    /// The header of a later major version.
    case newerVersion(String)

    /// Reads one line, without its line end.
    static func read(_ line: UnsafeBufferPointer<UInt8>) -> CaptureLine {
        // `,"c":"01234567"}`
        guard line.count > 30, let sum = checksum(line) else { return .damaged }
        let content = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(line)[..<(line.count - 16)])
        guard crc32(content) == sum else { return .damaged }
        do throws(JSONError) {
            var reader = CaptureLineReader()
            return try reader.read(line, checksum: sum)
        } catch {
            return .damaged
        }
    }

    /// The time of a line, by its place and without looking at the rest.
    static func time(_ line: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        guard line.starts(with: "{\"t\":".utf8) else { return nil }
        var nanoseconds: Int64 = 0
        for byte in line[5...].prefix(20) {
            if byte == UInt8(ascii: ",") { return Timestamp(milliseconds: nanoseconds / 1_000_000) }
            guard byte &- 0x30 <= 9 else { return nil }
            nanoseconds = nanoseconds &* 10 &+ Int64(byte &- 0x30)
        }
        return nil
    }

    private static func checksum(_ line: UnsafeBufferPointer<UInt8>) -> UInt32? {
        let end = line[(line.count - 16)...]
        guard end.starts(with: ",\"c\":\"".utf8), end.suffix(2).elementsEqual("\"}".utf8) else { return nil }
        var sum: UInt32 = 0
        for byte in end.dropFirst(6).prefix(8) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): sum = sum << 4 | UInt32(byte - 0x30)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): sum = sum << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return sum
    }
}

/// Reads the members of a line in any order; unknown ones are read over.
private struct CaptureLineReader {
    private var time: Timestamp?
    private var wall: Timestamp?
    private var kind = ""
    private var exchange = ""
    private var routingKey = ""
    private var texts: [String: String] = [:]
    private var numbers: [String: Int64] = [:]
    private var flags: Set<String> = []
    private var properties = Delivery.Properties()
    private var body: [UInt8] = []

    mutating func read(_ line: UnsafeBufferPointer<UInt8>, checksum: UInt32) throws(JSONError) -> CaptureLine
    {
        var scanner = try JSONScanner(line, depthMax: 16)
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch try scanner.peek() {
            case .number:
                let value = try scanner.number().integer ?? 0
                if key.isEqual(to: "t") {
                    time = Timestamp(milliseconds: value / 1_000_000)
                } else if key.isEqual(to: "w") {
                    wall = Timestamp(milliseconds: value / 1_000_000)
                } else {
                    numbers[key.string] = value
                }
            case .string:
                let text = try scanner.string()
                if key.isEqual(to: "b") {
                    body = text.bytes
                } else if key.isEqual(to: "b64") {
                    guard let bytes = decodedBase64(text.raw) else {
                        throw JSONError(.refusedByReader, at: scanner.position)
                    }
                    body = bytes
                } else if key.isEqual(to: "k") {
                    kind = text.string
                } else if key.isEqual(to: "rk") {
                    routingKey = text.string
                } else if key.isEqual(to: "x") {
                    exchange = text.string
                } else if !key.isEqual(to: "c") {
                    texts[key.string] = text.string
                }
            case .bool: if try scanner.bool() { flags.insert(key.string) }
            case .object where key.isEqual(to: "p"): try readProperties(&scanner)
            default: try scanner.skipValue()
            }
        }
        try scanner.finish()
        guard let time else { return .damaged }
        guard let content = content(received: wall ?? time) else { return .unknownKind }
        if case .header(let header) = content {
            let major = header.version.prefix { $0 != "." }
            guard let number = Int(major) else { return .damaged }
            if number > CaptureFormat.major { return .newerVersion(header.version) }
        }
        return .record(
            CaptureRecord(time: time, content: content), index: numbers["i"].map { Int(clamping: $0) },
            checksum: checksum)
    }

    private mutating func readProperties(_ scanner: inout JSONScanner) throws(JSONError) {
        var common = properties.common
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch try scanner.peek() {
            case .string:
                let text = try scanner.string().string
                switch key.string {
                case "ct": common.contentType = text
                case "ce": common.contentEncoding = text
                case "ty": common.type = text
                case "id": properties.messageID = text
                case "app": common.appID = text
                case "user": common.userID = text
                case "exp": common.expiration = text
                default: break
                }
            case .number:
                let value = try scanner.number().integer ?? 0
                switch key.string {
                case "ts": properties.timestamp = UInt64(clamping: value)
                case "dm": common.deliveryMode = UInt8(clamping: value)
                case "so": properties.streamOffset = UInt64(clamping: value)
                default: break
                }
            default: try scanner.skipValue()
            }
        }
        properties.common = common
    }

    private func content(received: Timestamp) -> CaptureRecord.Content? {
        switch kind {
        case "m":
            .message(
                Delivery(
                    received: received, exchange: exchange, routingKey: routingKey,
                    properties: properties, body: body, redelivered: numbers["rd"] == 1))
        case "h":
            .header(
                CaptureHeader(
                    program: texts["app"] ?? "", host: texts["host"] ?? "", section: texts["sec"] ?? "",
                    version: texts["v"] ?? "", continues: flags.contains("cont"),
                    cutBytes: Int(clamping: numbers["cut"] ?? 0)))
        case "s":
            .state(
                CaptureState(
                    kind: texts["of"] ?? "", subject: texts["s"] ?? "", from: texts["from"] ?? "",
                    to: texts["to"] ?? "", text: texts["text"] ?? ""))
        case "n": .note(texts["text"] ?? "")
        case "f":
            .footer(
                CaptureFooter(
                    records: Int(clamping: numbers["n"] ?? 0), messages: Int(clamping: numbers["m"] ?? 0),
                    lost: Int(clamping: numbers["lost"] ?? 0),
                    checksum: UInt32(texts["sum"] ?? "", radix: 16) ?? 0))
        default: nil
        }
    }
}

/// Eight hexadecimal digits.
func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}
