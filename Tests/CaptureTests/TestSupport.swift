import Capture
import Glibc
import Messaging
import MetricModel

/// A folder of its own that is removed afterwards.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array(
            "\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/planetop-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    private var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { names.append(String(cString: $0)) }
            }
        }
        return names
    }
}

func readFile(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return bytes }
        bytes.append(contentsOf: buffer[..<count])
    }
}

func writeFile(_ path: String, _ bytes: some Collection<UInt8>) {
    guard let file = fopen(path, "wb") else { fatalError("cannot write \(path)") }
    let bytes = Array(bytes)
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}

/// A small generator whose numbers are the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

let start = Timestamp(milliseconds: 1_790_899_200_000)

func header(_ section: String = "s1") -> CaptureHeader {
    CaptureHeader(program: "planetop 1.0.0", host: "bastion", section: section)
}

/// Delivery `number`, received `number` seconds after the start unless said otherwise.
func delivery(_ number: Int, at time: Timestamp? = nil) -> Delivery {
    let body =
        #"{"v":1,"id":"id-\#(number)","producer":{"name":"c","version":"1","instance":"i","start_ms":1},"seq":\#(number),"#
        + #""ts":\#(start.milliseconds + Int64(number) * 1000),"interval_s":15,"metrics":[{"name":"m","type":"gauge","#
        + #""labels":{"n":"\#(number % 10)"},"points":[[\#(start.milliseconds + Int64(number) * 1000),\#(number)]]}]}"#
    var delivery = Delivery(
        received: time ?? start + .seconds(Int64(number)), exchange: "metrics",
        routingKey: "metrics.acme.eu.airflow.\(number % 2 == 0 ? "dag" : "task")", body: Array(body.utf8))
    delivery.properties.type = "planetop.metrics.v1"
    delivery.properties.messageID = "id-\(number)"
    return delivery
}

/// The messages of captures, in the order of reading.
func messages(_ reader: CaptureReader) throws -> [Delivery] {
    var deliveries: [Delivery] = []
    while let record = try reader.next() {
        if case .message(let delivery) = record.content { deliveries.append(delivery) }
    }
    return deliveries
}

func messages(_ paths: String...) throws -> [Delivery] { try messages(CaptureReader(paths: paths)) }

/// Writes a capture of `deliveries` with one section.
func record(_ deliveries: [Delivery], to path: String, section: String = "s1", flushesEach count: Int = 0)
    throws
{
    let writer = try CaptureWriter(
        path: path, header: header(section), now: deliveries.first?.received ?? start)
    for (index, delivery) in deliveries.enumerated() {
        try writer.append(delivery)
        if count > 0, index % count == count - 1 { try writer.flush() }
    }
    try writer.close()
}

/// An output in memory that can be told to fail.
final class MemoryOutput: CaptureOutput {
    let path = "memory"
    var bytes: [UInt8] = []
    /// Bytes that still fit.
    var room = Int.max
    var canTruncate = true

    var length: Int { bytes.count }

    func write(_ source: UnsafeRawBufferPointer) -> Int? {
        let count = min(room, source.count)
        guard count > 0 || source.isEmpty else {
            errno = ENOSPC
            return nil
        }
        bytes.append(contentsOf: source.prefix(count))
        room -= count
        return count
    }

    func truncate(to length: Int) -> Bool {
        guard canTruncate else { return false }
        room += bytes.count - length
        bytes.removeLast(bytes.count - length)
        return true
    }

    func synchronise() -> Bool { true }
}
