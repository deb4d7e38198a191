import Capture
import Glibc
import Messaging
import MetricModel
import Testing

private func shuffledTimes(_ count: Int, seed: UInt64, stepMax: UInt64) -> [Delivery] {
    var random = SplitMix(state: seed)
    var time = start
    return (0..<count).map {
        time = time + TimeSpan(milliseconds: Int64(random.next() % stepMax))
        return delivery($0 + Int(seed) * 10_000, at: time)
    }
}

@Test("seeking finds the first record of a time", arguments: ["a.ptcap", "a.jsonl", "open.ptcap"])
func seeks(_ name: String) throws {
    let folder = TemporaryFolder()
    let path = folder.file(name)
    // Several frames, several records at one time, pauses longer than a frame may last.
    let deliveries = shuffledTimes(6_000, seed: 3, stepMax: 4_000).enumerated().map {
        $0.offset % 3 == 0 ? $0.element : delivery($0.offset, at: $0.element.received)
    }
    if name == "open.ptcap" {
        let writer = try CaptureWriter(path: path, header: header(), now: start)
        for delivery in deliveries { try writer.append(delivery) }
        try writer.flush()
        withExtendedLifetime(writer) {}
    } else {
        try record(deliveries, to: path)
    }
    let reader = try CaptureReader(paths: [path])
    let span = try #require(reader.span)
    #expect(span == start...deliveries.last!.received || span.lowerBound == deliveries[0].received)
    var random = SplitMix(state: 6)
    var times = (0..<60).map { _ in deliveries.randomElement(using: &random)!.received }
    times += (0..<60).map { _ in
        start + TimeSpan(milliseconds: Int64(random.next() % UInt64((span.upperBound - start).milliseconds)))
    }
    times += [.distantPast, start, span.upperBound, span.upperBound + .seconds(1), .distantFuture]
    for time in times {
        try reader.seek(to: time)
        let expected = deliveries.firstIndex { $0.received >= time }
        for offset in 0..<3 {
            var next: Delivery?
            while next == nil, let record = try reader.next() {
                if case .message(let delivery) = record.content { next = delivery }
            }
            let index = expected.map { $0 + offset }
            #expect(next == index.flatMap { $0 < deliveries.count ? deliveries[$0] : nil }, "\(time)")
        }
    }
    #expect(reader.damage.isNone || name == "open.ptcap")
}

@Test func filesAreReadAsOneInTheOrderOfTime() throws {
    let folder = TemporaryFolder()
    var all: [Delivery] = []
    var paths: [String] = []
    for seed in 1...4 {
        let deliveries = shuffledTimes(500, seed: UInt64(seed), stepMax: 8_000)
        let path = folder.file(seed == 2 ? "\(seed).jsonl" : "\(seed).ptcap")
        try record(deliveries, to: path, section: "s\(seed)")
        all += deliveries
        paths.append(path)
    }
    // One that begins when the others are over.
    let late = (0..<50).map { delivery($0, at: start + .hours(24) + .seconds(Int64($0))) }
    try record(late, to: folder.file("late.ptcap"), section: "late")
    paths.append(folder.file("late.ptcap"))
    all += late
    let sorted = all.enumerated().sorted {
        ($0.element.received, $0.offset) < ($1.element.received, $1.offset)
    }.map(\.element)
    let reader = try CaptureReader(paths: paths)
    #expect(try messages(reader).map(\.received) == sorted.map(\.received))
    #expect(
        Set(try messages(CaptureReader(paths: paths)).map(\.properties.messageID)).count
            == Set(all.map(\.properties.messageID)).count)
    for seconds in [0, 100, 1_000, 1_999, 5_000, 86_400, 86_449, 100_000] {
        let time = start + .seconds(Int64(seconds))
        try reader.seek(to: time)
        #expect(try messages(reader).map(\.received) == sorted.map(\.received).filter { $0 >= time })
    }
}

@Test func filesPutTogetherAreTheirUnion() throws {
    let folder = TemporaryFolder()
    var parts: [[UInt8]] = []
    var all: [Delivery] = []
    for seed in 1...3 {
        let deliveries = shuffledTimes(300, seed: UInt64(seed), stepMax: 5_000)
        try record(deliveries, to: folder.file("\(seed).ptcap"), section: "s\(seed)")
        parts.append(readFile(folder.file("\(seed).ptcap")))
        all += deliveries
    }
    let path = folder.file("all.ptcap")
    writeFile(path, parts.joined())
    let reader = try CaptureReader(paths: [path])
    let read = try messages(reader)
    #expect(read.map(\.received) == all.map(\.received).sorted())
    #expect(Set(read.map(\.properties.messageID)) == Set(all.map(\.properties.messageID)))
    let info = try CaptureReader(paths: [path]).info()
    #expect(info.sections.count == 3 && info.unfinishedSections == 0 && info.damage.isNone)
}

@Test func infoCounts() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.ptcap")
    // Numbers 5 and 6 of key `task` and `dag` are missing: every key counts by itself in steps of two here.
    let writer = try CaptureWriter(path: path, header: header(), now: start)
    for number in 0..<20 { try writer.append(delivery(number)) }
    var broken = delivery(21)
    broken.body = Array("nonsense".utf8)
    broken.redelivered = true
    try writer.append(broken)
    try writer.note("here", at: start + .seconds(30))
    try writer.state(CaptureState(kind: "link", subject: "broker", to: "down"), at: start + .seconds(31))
    try writer.close()
    let info = try CaptureReader(paths: [path]).info()
    #expect(info.records == 25 && info.messages == 21 && info.notes == 1 && info.states == 1)
    #expect(info.refused == 1 && info.redelivered == 1 && info.samples == 20)
    #expect(info.span == start...(start + .seconds(31)))
    #expect(info.byteCount == readFile(path).count)
    #expect(info.keys.keys.sorted() == ["metrics.acme.eu.airflow.dag", "metrics.acme.eu.airflow.task"])
    #expect(info.keys["metrics.acme.eu.airflow.dag"]?.messages == 10)
    #expect(info.keys["metrics.acme.eu.airflow.task"]?.refused == 1)
    // Each key sees every second number.
    #expect(info.sequences.missing == 18)
    #expect(info.damage.isNone)
    #expect(try CaptureReader(paths: [path]).verify().isNone)
}

@Test func wrongFooterIsNoticed() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.jsonl")
    try record((0..<5).map { delivery($0) }, to: path)
    let lines = String(decoding: readFile(path), as: UTF8.self).split(separator: "\n")
    writeFile(path, Array((lines[..<2] + lines[3...]).map { $0 + "\n" }.joined().utf8))
    #expect(try CaptureReader(paths: [path]).verify().wrongFooters == 1)
}

@Test func pipesAreReadForwards() throws {
    let folder = TemporaryFolder()
    for name in ["a.ptcap", "a.jsonl"] {
        let path = folder.file(name)
        let deliveries = (0..<3_000).map { delivery($0) }
        try record(deliveries, to: path)
        let pipe = folder.file("pipe-\(name)")
        #expect(mkfifo(pipe, 0o600) == 0)
        let bytes = readFile(path)
        let thread = Writer(pipe, bytes)
        let reader = try CaptureReader(paths: [pipe])
        #expect(reader.span == nil)
        #expect(throws: CaptureError.notSeekable(path: pipe)) { try reader.seek(to: start) }
        #expect(try messages(reader) == deliveries)
        thread.join()
    }
}

/// Writes into a pipe from a thread of its own.
private final class Writer {
    private final class Job {
        let path: String
        let bytes: [UInt8]
        init(_ path: String, _ bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }
    }

    private var thread = pthread_t()

    init(_ path: String, _ bytes: [UInt8]) {
        let job = Unmanaged.passRetained(Job(path, bytes))
        pthread_create(
            &thread, nil,
            { argument in
                let job = Unmanaged<Job>.fromOpaque(argument!).takeRetainedValue()
                writeFile(job.path, job.bytes)
                return nil
            }, job.toOpaque())
    }

    func join() { pthread_join(thread, nil) }
}

private let zstd = "/usr/bin/zstd"

@Test(
    "the file is ordinary zstd, and lines compressed by others are read",
    .enabled(if: access(zstd, X_OK) == 0, "skipped: the zstd program is not installed"))
func isOrdinaryZstd() throws {
    let folder = TemporaryFolder()
    let deliveries = (0..<3_000).map { delivery($0) }
    try record(deliveries, to: folder.file("a.ptcap"), flushesEach: 100)
    try record(deliveries, to: folder.file("b.jsonl"))
    #expect(
        system("\(zstd) -q -d -c --no-check < \(folder.file("a.ptcap")) > \(folder.file("a.jsonl"))") == 0)
    #expect(readFile(folder.file("a.jsonl")) == readFile(folder.file("b.jsonl")))
    #expect(system("\(zstd) -q -19 \(folder.file("b.jsonl")) -o \(folder.file("c.zst"))") == 0)
    let reader = try CaptureReader(paths: [folder.file("c.zst")])
    #expect(try messages(reader) == deliveries)
    try reader.seek(to: start + .seconds(2_990))
    #expect(try messages(reader) == Array(deliveries[2_990...]))
}
