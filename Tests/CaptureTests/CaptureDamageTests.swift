import Capture
import Messaging
import MetricModel
import Testing

/// A capture of two sections; minutes lie between its records, so that each has a frame of its own now and then.
private func sample(_ folder: TemporaryFolder, _ name: String) throws -> (
    bytes: [UInt8], deliveries: [Delivery]
) {
    let path = folder.file(name)
    let deliveries = (0..<12).map { small($0, at: start + .minutes(Int64($0 / 3) * 11)) }
    try record(Array(deliveries[..<7]), to: path, flushesEach: 2)
    try record(Array(deliveries[7...]), to: path, section: "s2", flushesEach: 2)
    return (readFile(path), deliveries)
}

/// A delivery with little in it, so that every byte of a capture can be tried.
private func small(_ number: Int, at time: Timestamp) -> Delivery {
    var small = delivery(number, at: time)
    small.body = Array(#"{"n":\#(number),"text":"\#(number * number * 7919)"}"#.utf8)
    return small
}

/// Whether `part` is `whole` with some left out.
private func isSubsequence(_ part: [Delivery], of whole: [Delivery]) -> Bool {
    var rest = whole[...]
    for delivery in part {
        guard let index = rest.firstIndex(of: delivery) else { return false }
        rest = rest[(index + 1)...]
    }
    return true
}

@Test("every prefix of a capture opens and gives what it holds", arguments: ["a.ptcap", "a.jsonl"])
func everyPrefixOpens(_ name: String) throws {
    let folder = TemporaryFolder()
    let (bytes, deliveries) = try sample(folder, name)
    let path = folder.file("cut-" + name)
    var most = 0
    for length in 0...bytes.count {
        writeFile(path, bytes[..<length])
        let read = try messages(path)
        #expect(read == Array(deliveries[..<read.count]), "\(length) bytes")
        #expect(read.count >= most || read.count == most)
        most = max(most, read.count)
    }
    #expect(most == deliveries.count)
}

@Test("damage is placed between the records around it")
func damageHasItsPlace() throws {
    let folder = TemporaryFolder()
    let (bytes, deliveries) = try sample(folder, "a.jsonl")
    let path = folder.file("bad.jsonl")
    // A byte of the fifth message: behind four of them and the header.
    let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
    var damaged = lines.map { Array($0) }
    damaged[5][30] ^= 1
    writeFile(path, Array(damaged.joined(separator: [0x0a])))
    let info = try CaptureReader(paths: [path]).info()
    var damage = CaptureDamage()
    damage.damagedRecords = 1
    damage.missingRecords = 1
    #expect(
        info.gaps.first
            == CaptureGap(
                path: path, after: deliveries[3].received, before: deliveries[5].received, damage: damage))
    // Its footer counts what is not there.
    #expect(info.gaps.count == 2 && info.gaps.last?.damage.description == "1 footer that counts otherwise")
    #expect(info.gaps.reduce(CaptureDamage()) { $0 + $1.damage } == info.damage)

    // An end that is torn off has nothing behind it.
    writeFile(path, Array(lines[..<4].joined(separator: [0x0a])) + [0x0a] + Array(lines[4].prefix(20)))
    let torn = try CaptureReader(paths: [path]).info()
    #expect(torn.gaps.map(\.after) == [deliveries[2].received] && torn.gaps.map(\.before) == [nil])
    #expect(torn.gaps.first?.damage.description == "20 bytes without an end")
}

@Test("a broken block is placed where records are missing")
func brokenBlocksHaveTheirPlace() throws {
    let folder = TemporaryFolder()
    let (bytes, _) = try sample(folder, "a.ptcap")
    let path = folder.file("bad.ptcap")
    for offset in stride(from: 20, to: bytes.count, by: 3) {
        var damaged = bytes
        damaged[offset] ^= 0x10
        writeFile(path, damaged)
        let info = try CaptureReader(paths: [path]).info()
        #expect(info.gaps.reduce(CaptureDamage()) { $0 + $1.damage } == info.damage, "byte \(offset)")
        for gap in info.gaps {
            if let after = gap.after, let before = gap.before { #expect(after <= before, "byte \(offset)") }
        }
        let isPlacedApart =
            info.gaps.contains { $0.damage.damagedFrames > 0 && $0.damage.missingRecords == 0 }
            && info.gaps.contains { $0.damage.damagedFrames == 0 && $0.damage.missingRecords > 0 }
        #expect(!isPlacedApart, "byte \(offset): \(info.gaps)")
    }
}

@Test(
    "a damaged byte is noticed or harmless and costs only its record or frame",
    arguments: ["a.ptcap", "a.jsonl"])
func everyDamagedByteIsContained(_ name: String) throws {
    let folder = TemporaryFolder()
    let (bytes, deliveries) = try sample(folder, name)
    let path = folder.file("bad-" + name)
    var random = SplitMix(state: 4)
    for offset in bytes.indices {
        for change in [UInt8(1) << UInt8(random.next() % 8), UInt8(truncatingIfNeeded: random.next() | 1)] {
            var damaged = bytes
            damaged[offset] ^= change
            writeFile(path, damaged)
            do {
                let reader = try CaptureReader(paths: [path])
                let read = try messages(reader)
                let numbers = read.map { $0.properties.messageID ?? "" }
                #expect(isSubsequence(read, of: deliveries), "byte \(offset): \(numbers)")
                let lost = deliveries.count - read.count
                #expect(lost <= (name == "a.jsonl" ? 2 : 3), "byte \(offset): \(lost) lost, \(reader.damage)")
                if lost > 0 { #expect(!reader.damage.isNone, "byte \(offset)") }
            } catch CaptureError.notACapture {
                #expect(offset < 8)
            }
        }
    }
}

@Test("recording goes on behind a torn end", arguments: ["a.ptcap", "a.jsonl"])
func tornEndIsCut(_ name: String) throws {
    let folder = TemporaryFolder()
    let original = folder.file(name)
    let deliveries = (0..<9).map { small($0, at: start + .minutes(Int64($0 / 3) * 11)) }
    // Never closed: as after a crash, with an end at any byte.
    let writer = try CaptureWriter(path: original, header: header(), now: start)
    for (index, delivery) in deliveries.enumerated() {
        try writer.append(delivery)
        if index % 2 == 0 { try writer.flush() }
    }
    try writer.flush()
    let bytes = readFile(original)
    let path = folder.file("torn-" + name)
    for length in 0...bytes.count {
        writeFile(path, bytes[..<length])
        let survivors = try messages(path)
        let later = small(50, at: start + .minutes(60))
        let next = try CaptureWriter(path: path, header: header("s2"), now: start + .minutes(60))
        let cut = next.cutBytes
        try next.append(later)
        try next.close()
        let reader = try CaptureReader(paths: [path])
        let read = try messages(reader)
        #expect(read.last == later && Array(read.dropLast()) == survivors, "\(length) bytes, \(cut) cut")
        // Not a byte that holds has changed.
        #expect(readFile(path).starts(with: bytes[..<(length - cut)]), "\(length) bytes, \(cut) cut")
        #expect(cut < 700, "\(length) bytes, \(cut) cut")
        if length > 200 {
            let info = try CaptureReader(paths: [path]).info()
            #expect(info.sections.count == 2 && info.sections[1].header.continues)
            #expect(info.sections[1].header.cutBytes == cut && info.unfinishedSections == 1)
        }
    }
    withExtendedLifetime(writer) {}
}

@Test func fullDiskPausesTheRecorder() throws {
    // The disk is full after every possible number of bytes; later there is room again.
    let whole = MemoryOutput()
    try fill(whole, isRoomMadeAt: 0).get()
    for room in stride(from: 0, to: whole.bytes.count, by: 7) {
        let output = MemoryOutput()
        output.room = room
        let result = fill(output, isRoomMadeAt: 15)
        guard case .success = result else {
            #expect(output.bytes.isEmpty, "the recorder does not begin at all")
            continue
        }
        let folder = TemporaryFolder()
        let path = folder.file("a.ptcap")
        writeFile(path, output.bytes)
        let reader = try CaptureReader(paths: [path])
        var lost: String?
        var numbers: [String?] = []
        while let record = try reader.next() {
            switch record.content {
            case .message(let delivery): numbers.append(delivery.properties.messageID)
            case .state(let state) where state.kind == "recorder": lost = state.text
            case .footer(let footer):
                #expect(footer.messages == numbers.count && footer.lost == 30 - numbers.count)
            default: break
            }
        }
        #expect(reader.damage.isNone, "room \(room): \(reader.damage)")
        #expect(numbers.count < 30 ? lost != nil : true, "room \(room)")
        #expect(numbers.last == "id-29" && numbers.first == "id-0")
    }
}

/// Records 30 messages, a flush after each.
private func fill(_ output: MemoryOutput, isRoomMadeAt step: Int) -> Result<Void, CaptureError> {
    do throws(CaptureError) {
        let writer = try CaptureWriter(output: output, isCompressed: true, header: header(), now: start)
        var pauses = 0
        for number in 0..<30 {
            if number == step { output.room = .max }
            do throws(CaptureError) {
                try writer.append(delivery(number))
                try writer.flush()
            } catch {
                guard case .paused(_, let reason) = error else { throw error }
                #expect(reason == "No space left on device")
                pauses += 1
            }
        }
        #expect(pauses <= 1 && writer.state == .recording)
        try writer.close()
        return .success(())
    } catch {
        return .failure(error)
    }
}

@Test func pausedRecorderNeedsNoMoreMemory() throws {
    let output = MemoryOutput()
    let writer = try CaptureWriter(output: output, isCompressed: true, header: header(), now: start)
    output.room = 0
    output.canTruncate = false
    var pauses = 0
    for number in 0..<20_000 {
        do {
            try writer.append(delivery(number))
        } catch {
            pauses += 1
        }
    }
    #expect(pauses <= 1)
    #expect(throws: Never.self) { try? writer.flush() }
    guard case .paused(let reason, let lost) = writer.state else {
        Issue.record("not paused")
        return
    }
    #expect(reason == "No space left on device" && lost + writer.messages == 20_000 && lost > 15_000)
}

@Test func fullDeviceIsNamed() throws {
    // Writing there always fails for want of room.
    #expect(throws: CaptureError.paused(path: "/dev/full", reason: "No space left on device")) {
        try CaptureWriter(path: "/dev/full", header: header(), now: start)
    }
}

@Test func garbageIsPassedOver() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.ptcap")
    var random = SplitMix(state: 8)
    for round in 0..<60 {
        try record((0..<4).map { delivery($0) }, to: folder.file("x\(round).ptcap"))
        try record((4..<8).map { delivery($0) }, to: folder.file("y\(round).ptcap"))
        let noise = (0..<Int(random.next() % 3_000)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        writeFile(
            path, readFile(folder.file("x\(round).ptcap")) + noise + readFile(folder.file("y\(round).ptcap")))
        #expect(try messages(path) == (0..<8).map { delivery($0) })
    }
    writeFile(path, readFile(folder.file("x0.ptcap")) + [UInt8](repeating: 0, count: 5_000))
    #expect(try messages(path) == (0..<4).map { delivery($0) })
    let writer = try CaptureWriter(path: path, header: header("s2"), now: start)
    #expect(writer.cutBytes == 5_000)
    try writer.close()
}
