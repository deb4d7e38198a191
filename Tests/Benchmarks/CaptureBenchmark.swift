import Capture
import Glibc
import Messaging
import MetricModel
import Monitor
import Simulator

/// A capture of about a GiB: bytes a sample, the time from opening it to the first message at some time, replay at full
/// speed.
///
/// The file is written unless it is there: simulated planes with one report after another, flushed every 5 s as a
/// recording is.
func captureBenchmark(_ options: PlanetopBench.Options) {
    guard let path = options.path else { fatalError("main() asks for the path") }
    do {
        if access(path, F_OK) != 0 { try writeCapture(path, bytes: (options.size ?? 1024) << 20) }
        try measureCapture(path, seeks: options.seeks)
    } catch {
        report("capture", "failed", "\(error)")
        exit(1)
    }
}

private func writeCapture(_ path: String, bytes: Int) throws {
    let end = BenchmarkSeries.end
    let flushInterval = TimeSpan.seconds(5)
    let writer = try CaptureWriter(
        path: path,
        header: CaptureHeader(
            program: "planetop-bench", host: "localhost", section: "01930000-0000-7000-8000-000000000000"),
        now: end)
    var simulation = Simulation(seed: 1, start: end, present: end)
    var flushed = Timestamp.distantPast
    var checked = end
    let cpu = try cpuSeconds {
        while true {
            for delivery in simulation.deliveries(through: simulation.nextDue + .minutes(5)) {
                try writer.append(delivery)
                if delivery.received - flushed > flushInterval {
                    flushed = delivery.received
                    try writer.flush()
                }
            }
            if simulation.nextDue - checked > .hours(6) {
                checked = simulation.nextDue
                if fileBytes(path) >= bytes { break }
            }
        }
        try writer.close()
    }
    print("written: \(fileBytes(path)) bytes, \(fixed(cpu, 1)) s of CPU, \(writer.messages) messages")
    // Pages that are not on the disk yet could not be taken out of memory.
    let descriptor = open(path, O_RDWR)
    fsync(descriptor)
    close(descriptor)
}

private func measureCapture(_ path: String, seeks: Int) throws {
    let size = fileBytes(path)
    let reader = try CaptureReader(paths: [path])
    guard let span = reader.span else { return report("capture", "empty") }
    print(
        "\(fixed(Double(size) / 1_048_576, 0)) MiB, \((span.upperBound - span.lowerBound).description), "
            + "load average \(loadAverage())\n")

    print("| seek, ms from opening to the first message decoded | median | 95 % | greatest |")
    print("|---|---|---|---|")
    for isCold in [true, false] {
        var random = BenchmarkRandom()
        var whole: [Double] = []
        var opening: [Double] = []
        var resident = 0.0
        for _ in 0..<seeks {
            let range = span.lowerBound.milliseconds...span.upperBound.milliseconds
            let time = Timestamp(milliseconds: .random(in: range, using: &random))
            if isCold { resident = max(resident, evict(path, size)) }
            let (open, all) = try measureSeek(path, to: time)
            opening.append(open)
            whole.append(all)
        }
        let word =
            isCold
            ? "not in the page cache (at most \(fixed(resident * 100, 1)) % left)" : "in the page cache"
        for (name, times) in [(word, whole), ("  of it opening", opening)] {
            let sorted = times.sorted()
            let figures = [sorted.count / 2, sorted.count * 95 / 100, sorted.count - 1].map {
                fixed(sorted[min($0, sorted.count - 1)] * 1000, 2)
            }
            print("| \(name) | \(figures.joined(separator: " | ")) |")
        }
    }

    print("\n| replay at full speed | samples | samples a second of CPU | of wall time | bytes a sample |")
    print("|---|---|---|---|---|")
    var decoder = MessageDecoder()
    var samples = 0
    var messages = 0
    var isWhole = false
    let decoding = try measureReplay(path) { delivery in
        guard let delivery else {
            isWhole = true
            return false
        }
        for series in try decoder.decode(delivery).series { samples += series.samples.count }
        messages += 1
        return samples < samplesMax
    }
    reportReplay("read, checked and decoded", decoding, samples, bytes: isWhole ? size : nil)
    let observatory = Observatory()
    var left = messages
    let storing = try measureReplay(path) { delivery in
        guard let delivery else { return false }
        observatory.receive(delivery)
        left -= 1
        return left > 0
    }
    let kept = observatory.store.limits.retention.description
    reportReplay("and into a store of \(kept), without rules", storing, samples, bytes: nil)
}

/// Samples after which a replay is broken off.
private let samplesMax = 20_000_000

private func measureSeek(_ path: String, to time: Timestamp) throws -> (opening: Double, all: Double) {
    let start = wallSeconds()
    let reader = try CaptureReader(paths: [path])
    let opened = wallSeconds()
    try reader.seek(to: time)
    var decoder = MessageDecoder()
    while let record = try reader.next() {
        guard case .message(let delivery) = record.content else { continue }
        _ = try decoder.decode(delivery)
        break
    }
    return (opened - start, wallSeconds() - start)
}

/// Plays the capture as fast as it goes, as long as `receive` wants more; at the end it gets nothing.
private func measureReplay(
    _ path: String, _ receive: (Delivery?) throws -> Bool
) throws -> (cpu: Double, wall: Double) {
    let reader = try CaptureReader(paths: [path])
    let wall = wallSeconds()
    let cpu = try cpuSeconds {
        while true {
            guard let record = try reader.next() else {
                _ = try receive(nil)
                return
            }
            guard case .message(var delivery) = record.content else { continue }
            delivery.received = record.time
            if try !receive(delivery) { return }
        }
    }
    return (cpu, wallSeconds() - wall)
}

private func reportReplay(
    _ name: String, _ times: (cpu: Double, wall: Double), _ samples: Int, bytes: Int?
) {
    let figures = [
        name, "\(samples)", fixed(Double(samples) / times.cpu, 0), fixed(Double(samples) / times.wall, 0),
        bytes.map { fixed(Double($0) / Double(samples), 2) } ?? "",
    ]
    print("| \(figures.joined(separator: " | ")) |")
}

/// Takes the file out of the page cache.
///
/// - Returns: the share of it that stayed.
private func evict(_ path: String, _ size: Int) -> Double {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return 1 }
    defer { close(descriptor) }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    guard let map = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), map != MAP_FAILED else {
        return 1
    }
    defer { munmap(map, size) }
    let pageBytes = Int(sysconf(CInt(_SC_PAGESIZE)))
    var pages = [UInt8](repeating: 0, count: (size + pageBytes - 1) / pageBytes)
    guard mincore(map, size, &pages) == 0 else { return 1 }
    return Double(pages.count { $0 & 1 == 1 }) / Double(pages.count)
}

private func fileBytes(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
