import JSON

/// Finds out what a body is from its bytes, when nothing declares it; `nil` for what no format looks like.
///
/// The order is that of the message format's documentation: JSON by the keys of its object, then text by its first line.
func sniffedFormat(_ body: UnsafeBufferPointer<UInt8>) -> MessageFormat? {
    guard let first = body.first(where: { !isSpace($0) }) else { return nil }
    if first == UInt8(ascii: "{") {
        // `{"` begins both an object and a metric whose name is in quotes; what follows the string decides.
        var keys = JSONKeys()
        keys.read(body)
        if keys.count > 0 { return keys.likelyFormat }
    }
    return sniffedText(body)
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

/// The keys of the outermost object that tell the formats apart.
private struct JSONKeys {
    /// Keys seen, whatever they are.
    private(set) var count = 0
    private var hasV = false, hasMetrics = false, hasResourceMetrics = false, hasBeam = false
    private var hasEventType = false, hasRun = false, hasJob = false, hasLevel = false, hasMessage = false

    /// Reads until the keys leave no doubt. Ill-formed JSON is judged by what came before the fault, so that the right
    /// decoder says what is wrong with it.
    mutating func read(_ body: UnsafeBufferPointer<UInt8>) {
        do throws(JSONError) {
            var scanner = try JSONScanner(body, depthMax: 64)
            try scanner.beginObject()
            while format == nil, let key = try scanner.nextKey() {
                note(key)
                try scanner.skipValue()
            }
        } catch {
            return
        }
    }

    private mutating func note(_ key: JSONText) {
        count += 1
        if key.isEqual(to: "v") { hasV = true }
        if key.isEqual(to: "metrics") { hasMetrics = true }
        if key.isEqual(to: "resourceMetrics") { hasResourceMetrics = true }
        if key.isEqual(to: "counters") || key.isEqual(to: "distributions") || key.isEqual(to: "gauges") {
            hasBeam = true
        }
        if key.isEqual(to: "eventType") { hasEventType = true }
        if key.isEqual(to: "run") { hasRun = true }
        if key.isEqual(to: "job") { hasJob = true }
        if key.isEqual(to: "level") { hasLevel = true }
        if key.isEqual(to: "message") { hasMessage = true }
    }

    var format: MessageFormat? {
        if hasResourceMetrics { return .otlpJSON }
        if hasV, hasMetrics { return .envelope }
        if hasBeam { return .beam }
        if hasEventType, hasRun, hasJob { return .openLineage }
        if hasLevel, hasMessage { return .logLine }
        return nil
    }

    /// Half of an envelope's marks are enough when nothing else fits.
    var likelyFormat: MessageFormat? { format ?? (hasV ? .envelope : nil) }
}

/// Judges by the first line that says something.
private func sniffedText(_ body: UnsafeBufferPointer<UInt8>) -> MessageFormat? {
    if endsWithEOF(body) { return .openMetrics }
    for line in body.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
        guard let start = line.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }) else { continue }
        let text = line[start...]
        if text.first == UInt8(ascii: "#") || text.first == UInt8(ascii: "{") { return .prometheusText }
        return looksLikeGraphite(text) ? .graphite : looksLikeSample(text) ? .prometheusText : nil
    }
    return nil
}

private func endsWithEOF(_ body: UnsafeBufferPointer<UInt8>) -> Bool {
    let end = body.last == 0x0a ? body.count - 1 : body.count
    guard end >= 5, body[end - 5..<end].elementsEqual("# EOF".utf8) else { return false }
    return end == 5 || body[end - 6] == 0x0a
}

/// `name{` or `name value`, the name as Prometheus allows it.
private func looksLikeSample(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard let first = line.first, isNameStart(first) else { return false }
    let rest = line.drop { isNameByte($0) }
    guard let next = rest.first else { return false }
    return next == UInt8(ascii: "{") || next == 0x20 || next == 0x09
}

/// Three words, a dot in the first, `path value time`.
private func looksLikeGraphite(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    let words = line.split(maxSplits: 3, whereSeparator: { $0 == 0x20 || $0 == 0x09 })
    guard words.count == 3, words[0].contains(UInt8(ascii: ".")), !words[0].contains(UInt8(ascii: "{")) else {
        return false
    }
    return words[1...].allSatisfy { word in
        word.allSatisfy { (0x30...0x39).contains($0) || "+-.eENnaA".utf8.contains($0) }
    }
}

/// A byte that a metric name may begin with.
func isNameStart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
        UInt8(ascii: ":"):
        true
    default: false
    }
}

/// A byte that a metric name may hold.
func isNameByte(_ byte: UInt8) -> Bool { isNameStart(byte) || byte &- 0x30 <= 9 }
