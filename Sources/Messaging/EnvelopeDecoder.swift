import JSON
import MetricModel

/// Reads envelope v1: the header of a message, then its metrics, events and errors.
///
/// What breaks a rule of the header refuses the message; what breaks one inside a metric, an event or an error costs
/// that part alone. Unknown fields are read over. Nothing is allocated for a series that came before.
struct EnvelopeDecoder: Sendable {
    // Why the walk was broken off, when the reason is not the JSON itself.
    var refusal: Refusal?
    // Why the current part was refused, likewise.
    var partReason: String?
    // The member being read, to name in errors.
    var field: StaticString = ""

    // Of the message being read.
    var shift: Int64 = 0
    var latest: Int64 = .max
    var pointCount = 0
    /// What cache keys begin with, and the labels that all series share.
    var identity: UInt32 = 0
    var commonLabels: [Label] = []
    /// What was read of the metrics; its memory is the caller's.
    var points = PointBatch()
    /// Where the text from `points` to the value of its first point stands, and that point's time.
    var knownTime: (text: Range<Int>, time: Timestamp)?

    /// The series read last, in this message or the one before: the cache knows what usually follows.
    var previous: SeriesSlot?

    // Scratch that keeps its memory from message to message.
    var quantiles: [(quantile: Double, value: Double)] = []
    var buckets: [(bound: Double, count: Double)] = []
    var key: [UInt8] = []
    var labels = LabelAssembler()

    /// - Parameters:
    ///   - body: JSON, decompressed.
    ///   - messageID: the property, which `id` must equal.
    ///   - points: empty; gets the points of the metrics.
    /// - Throws: why the whole message is refused.
    mutating func decode(
        _ body: UnsafeBufferPointer<UInt8>, plane: inout PlaneContext, identities: inout IdentityTable,
        cache: inout SeriesCache, messageID: String?, received: Timestamp, points: inout PointBatch
    ) throws(Refusal) -> DecodedMessage {
        swap(&points, &self.points)
        defer { swap(&points, &self.points) }
        var message = DecodedMessage(
            tenant: plane.routingKey?.tenant ?? "", plane: plane.routingKey?.plane ?? "", collected: received)
        message.routingKey = plane.routingKey
        refusal = nil
        partReason = nil
        field = ""
        shift = 0
        latest = (received + EnvelopeLimits.aheadMax).milliseconds
        pointCount = 0
        knownTime = nil
        do throws(JSONError) {
            var scanner = try JSONScanner(body, depthMax: EnvelopeLimits.depthMax)
            try read(
                &scanner, into: &message, plane: &plane, identities: &identities, cache: &cache,
                messageID: messageID, received: received)
        } catch {
            throw explanation(of: error, body)
        }
        return message
    }

    // MARK: The outermost object

    private struct Fields: OptionSet {
        let rawValue: UInt16

        static let v = Fields(rawValue: 1 << 0)
        static let id = Fields(rawValue: 1 << 1)
        static let producer = Fields(rawValue: 1 << 2)
        static let seq = Fields(rawValue: 1 << 3)
        static let ts = Fields(rawValue: 1 << 4)
        static let interval = Fields(rawValue: 1 << 5)
        static let metrics = Fields(rawValue: 1 << 6)
        static let tenant = Fields(rawValue: 1 << 7)
        static let plane = Fields(rawValue: 1 << 8)
        static let labels = Fields(rawValue: 1 << 9)
        static let events = Fields(rawValue: 1 << 10)
        static let errors = Fields(rawValue: 1 << 11)
        static let partial = Fields(rawValue: 1 << 12)

        static let required: [(Fields, StaticString)] = [
            (.v, "v"), (.id, "id"), (.producer, "producer"), (.seq, "seq"), (.ts, "ts"),
            (.interval, "interval_s"),
            (.metrics, "metrics"),
        ]
    }

    private mutating func read(
        _ scanner: inout JSONScanner, into message: inout DecodedMessage, plane: inout PlaneContext,
        identities: inout IdentityTable, cache: inout SeriesCache, messageID: String?, received: Timestamp
    ) throws(JSONError) {
        var seen: Fields = []
        var metrics: JSONScanner.Mark?
        // Metrics are read where they stand when all that they depend on came before, as our own producers write it.
        var areMetricsRead = false
        var labelsJSON = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        var events: JSONScanner.Mark?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            guard let (name, field) = Self.field(key) else {
                try scanner.skipValue()
                continue
            }
            self.field = name
            guard seen.insert(field).inserted else { throw refuse(.rule, "`\(name)` comes twice") }
            switch field {
            case .v: try readVersion(&scanner)
            case .id: try readID(&scanner, messageID, into: &message)
            case .producer: try readProducer(&scanner, plane: &plane)
            case .seq: message.sequence = UInt64(try integer(&scanner, "seq"))
            case .ts: try readTime(&scanner, received, into: &message)
            case .interval: try readInterval(&scanner, into: &message)
            case .tenant: try readIdentity(&scanner, plane.routingKey?.tenant, into: &message.tenant)
            case .plane: try readIdentity(&scanner, plane.routingKey?.plane, into: &message.plane)
            case .labels:
                labelsJSON = try span(&scanner)
                if areMetricsRead {
                    areMetricsRead = false
                    points.removeAll()
                    message.metadata.removeAll()
                    message.refusedParts.removeAll()
                    message.refusedPartCount = 0
                }
            case .metrics:
                metrics = scanner.mark
                if plane.routingKey != nil, seen.isSuperset(of: [.v, .ts]) {
                    try settleLabels(
                        labelsJSON, tenant: message.tenant, planeName: message.plane, plane: &plane,
                        identities: &identities)
                    try readMetrics(&scanner, into: &message, cache: &cache)
                    areMetricsRead = true
                } else {
                    try scanner.skipValue()
                }
            case .events:
                // Their times need correcting as `ts` does, wherever that stands.
                events = scanner.mark
                try scanner.skipValue()
            case .errors: try readErrors(&scanner, into: &message)
            case .partial: message.isPartial = try scanner.bool()
            default: try scanner.skipValue()
            }
        }
        try scanner.finish()
        for (field, name) in Fields.required where !seen.contains(field) {
            throw refuse(.rule, "`\(name)` is missing")
        }
        if !areMetricsRead, let metrics {
            scanner.rewind(to: metrics)
            pointCount = 0
            try settleLabels(
                labelsJSON, tenant: message.tenant, planeName: message.plane, plane: &plane,
                identities: &identities)
            try readMetrics(&scanner, into: &message, cache: &cache)
        }
        if let events {
            scanner.rewind(to: events)
            try readEvents(&scanner, into: &message)
        }
        message.producer = plane.producer.instance
        message.producerName = plane.producer.name
        message.producerVersion = plane.producer.version
        message.producerStart = plane.producer.start
    }

    private static func field(_ key: JSONText) -> (StaticString, Fields)? {
        if key.hasEscapes {
            // Nobody writes these names with escapes, but JSON allows it.
            var unescaped = key.string
            return unescaped.withUTF8 { field(JSONText(raw: $0, hasEscapes: false)) }
        }
        switch (key.raw.count, key.word) {
        case (1, JSONText.word("v")): return ("v", .v)
        case (2, JSONText.word("id")): return ("id", .id)
        case (2, JSONText.word("ts")): return ("ts", .ts)
        case (3, JSONText.word("seq")): return ("seq", .seq)
        case (5, JSONText.word("plane")): return ("plane", .plane)
        case (6, JSONText.word("labels")): return ("labels", .labels)
        case (6, JSONText.word("tenant")): return ("tenant", .tenant)
        case (6, JSONText.word("events")): return ("events", .events)
        case (6, JSONText.word("errors")): return ("errors", .errors)
        case (7, JSONText.word("metrics")): return ("metrics", .metrics)
        case (7, JSONText.word("partial")): return ("partial", .partial)
        case (8, JSONText.word("producer")): return ("producer", .producer)
        case (10, _) where key.isEqual(to: "interval_s"): return ("interval_s", .interval)
        default: return nil
        }
    }

    // MARK: Members

    private mutating func readVersion(_ scanner: inout JSONScanner) throws(JSONError) {
        let version = try scanner.number()
        if version.integer == 1 { return }
        let text = String(decoding: version.raw, as: UTF8.self)
        if let number = version.integer, number > 1 { throw refuse(.newerSchema, Self.newer(number)) }
        throw refuse(.rule, "`v` is \(text); it must be 1")
    }

    private static func newer(_ version: Int64) -> String {
        "schema version \(version) is newer than version 1, which this program reads"
    }

    private mutating func readID(
        _ scanner: inout JSONScanner, _ messageID: String?, into message: inout DecodedMessage
    ) throws(JSONError) {
        let id = try scanner.string()
        guard !id.raw.isEmpty, id.raw.count <= EnvelopeLimits.idBytesMax else {
            throw refuse(
                .rule, "`id` has \(id.raw.count) bytes; 1 to \(EnvelopeLimits.idBytesMax) are allowed")
        }
        if var messageID {
            let isSame = messageID.withUTF8 { property in
                property.count == id.raw.count && !id.hasEscapes
                    && equalBytes(property.baseAddress!, UnsafeRawBufferPointer(id.raw))
            }
            guard isSame || messageID == id.string else {
                throw refuse(.rule, "`id` is not the message_id property")
            }
            message.messageID = messageID
        } else {
            message.messageID = id.string
        }
    }

    private mutating func readTime(
        _ scanner: inout JSONScanner, _ received: Timestamp, into message: inout DecodedMessage
    ) throws(JSONError) {
        let collected = Timestamp(milliseconds: try integer(&scanner, "ts"))
        let ahead = collected - received
        if ahead > EnvelopeLimits.aheadMax {
            // The whole message moves, so that its points keep their distances.
            message.clockAhead = ahead
            shift = -ahead.milliseconds
            message.collected = received
        } else if -ahead > EnvelopeLimits.ageMax {
            throw refuse(
                .rule,
                "collected \(-ahead) before it arrived; at most \(EnvelopeLimits.ageMax) are allowed")
        } else {
            message.collected = collected
        }
    }

    private mutating func readInterval(
        _ scanner: inout JSONScanner, into message: inout DecodedMessage
    ) throws(JSONError) {
        let number = try scanner.number()
        let seconds = number.double
        guard seconds >= EnvelopeLimits.intervalSecondsMin, seconds <= EnvelopeLimits.intervalSecondsMax
        else {
            throw refuse(
                .rule,
                "`interval_s` is \(String(decoding: number.raw, as: UTF8.self)); 1 to 86400 are allowed")
        }
        message.interval = TimeSpan(seconds: seconds)
    }

    /// `tenant` or `plane`: equal to the routing key's, or the only source of it where there is no key.
    private mutating func readIdentity(
        _ scanner: inout JSONScanner, _ ofKey: String?, into value: inout String
    ) throws(JSONError) {
        let text = try scanner.string().string
        if let ofKey {
            guard text == ofKey else {
                throw refuse(.identity, "`\(field)` is `\(text)`, but the routing key says `\(ofKey)`")
            }
        } else {
            guard text.utf8.count <= EnvelopeLimits.labelValueBytesMax else {
                throw refuse(
                    .rule,
                    "`\(field)` has \(text.utf8.count) bytes; at most "
                        + "\(EnvelopeLimits.labelValueBytesMax) are allowed")
            }
            value = text
        }
    }

    private mutating func readProducer(
        _ scanner: inout JSONScanner, plane: inout PlaneContext
    ) throws(JSONError) {
        _ = try scanner.peek()
        let mark = scanner.mark
        if begins(scanner, with: plane.producerJSON) {
            scanner.skipKnown(plane.producerJSON.count, asValue: true)
            return
        }
        let json = try span(&scanner)
        let end = scanner.mark
        scanner.rewind(to: mark)
        var producer = EnvelopeProducer()
        var missing: Set<String> = ["name", "version", "instance", "start_ms"]
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            let name = key.string
            switch name {
            case "name": producer.name = try producerText(&scanner, name)
            case "version": producer.version = try producerText(&scanner, name)
            case "instance": producer.instance = try producerText(&scanner, name)
            case "start_ms":
                producer.start = Timestamp(milliseconds: try integer(&scanner, "producer.start_ms"))
            default:
                try scanner.skipValue()
                continue
            }
            if missing.remove(name) == nil { throw refuse(.rule, "`producer.\(name)` comes twice") }
        }
        for name in ["name", "version", "instance", "start_ms"] where missing.contains(name) {
            throw refuse(.rule, "`producer.\(name)` is missing")
        }
        scanner.rewind(to: end)
        plane.producer = producer
        plane.producerJSON = Array(json)
    }

    private mutating func producerText(
        _ scanner: inout JSONScanner, _ name: String
    ) throws(JSONError) -> String {
        let text = try scanner.string().string
        guard text.utf8.count <= EnvelopeLimits.producerBytesMax else {
            throw refuse(
                .rule,
                "`producer.\(name)` has \(text.utf8.count) bytes; at most \(EnvelopeLimits.producerBytesMax) are allowed"
            )
        }
        return text
    }

    /// Makes `plane` hold the common labels `json` of this message and the identity that cache keys begin with.
    private mutating func settleLabels(
        _ json: UnsafeBufferPointer<UInt8>, tenant: String, planeName: String, plane: inout PlaneContext,
        identities: inout IdentityTable
    ) throws(JSONError) {
        // Without a routing key the body names the plane, so nothing can be kept from the message before.
        if plane.routingKey != nil, let known = plane.labelsJSON, let identity = plane.identity,
            isEqual(known, json)
        {
            self.identity = identity
            commonLabels = plane.commonLabels
            return
        }
        field = "labels"
        var common: [Label] = []
        if !json.isEmpty {
            var scanner = try JSONScanner(json)
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let label = Label(key.string, try scanner.string().string)
                if common.count == EnvelopeLimits.commonLabelsMax {
                    throw refuse(.rule, "more than \(EnvelopeLimits.commonLabelsMax) common labels")
                }
                if common.contains(where: { $0.name == label.name }) {
                    throw refuse(.rule, "common label `\(label.name)` comes twice")
                }
                if let reason = labelFault(label.name, label.value) {
                    throw refuse(.rule, "common \(reason)")
                }
                for (name, own) in [("tenant", tenant), ("plane", planeName)]
                where label.name == name && !own.isEmpty && label.value != own {
                    throw refuse(
                        .identity,
                        "common label `\(name)` is `\(label.value)`, but the message is of `\(own)`")
                }
                common.append(label)
            }
        }
        plane.commonLabels = common
        plane.labelsJSON = Array(json)
        identity = identities.number(tenant: tenant, plane: planeName, labelsJSON: json)
        plane.identity = identity
        commonLabels = common
    }

    // MARK: Parts

    /// An integer from 0 to 2⁵³ − 1.
    mutating func integer(_ scanner: inout JSONScanner, _ name: StaticString) throws(JSONError) -> Int64 {
        let number = try scanner.number()
        guard let value = number.integer, value >= 0, value <= EnvelopeLimits.integerMax else {
            throw refuse(
                .rule,
                "`\(name)` is \(String(decoding: number.raw.prefix(40), as: UTF8.self)); an integer from 0 to 2⁵³ − 1 is expected"
            )
        }
        return value
    }

    /// Reads over an object and gives the bytes that it stands in.
    private func span(_ scanner: inout JSONScanner) throws(JSONError) -> UnsafeBufferPointer<UInt8> {
        guard case .object = try scanner.peek() else {
            throw JSONError(.expected(.init("an object")), at: scanner.position)
        }
        let start = scanner.position
        try scanner.skipValue()
        return UnsafeBufferPointer(rebasing: scanner.bytes[start..<scanner.position])
    }

    /// Whether the text goes on with `known`, which is not empty.
    private func begins(_ scanner: JSONScanner, with known: [UInt8]) -> Bool {
        guard !known.isEmpty, known.count <= scanner.bytes.count - scanner.position else { return false }
        let end = scanner.position + known.count
        return isEqual(known, UnsafeBufferPointer(rebasing: scanner.bytes[scanner.position..<end]))
    }

    private func isEqual(_ known: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        known.count == bytes.count
            && known.withUnsafeBytes { known in
                known.isEmpty || equalBytes(known.baseAddress!, UnsafeRawBufferPointer(bytes))
            }
    }

    /// Notes why the message is refused; the error returned only ends the walk.
    mutating func refuse(_ kind: Refusal.Kind, _ reason: String) -> JSONError {
        refusal = Refusal(kind, reason, format: .envelope)
        return JSONError(.refusedByReader, at: 0)
    }

    /// What `error` means for the message: a fault of the JSON, or of what stands in it.
    private func explanation(of error: JSONError, _ body: UnsafeBufferPointer<UInt8>) -> Refusal {
        if let refusal, refusal.kind == .newerSchema { return refusal }
        do throws(JSONError) {
            var scanner = try JSONScanner(body, depthMax: EnvelopeLimits.depthMax)
            // Another major version may have other rules, so it is told before any rule is.
            if let version = try Self.majorVersion(&scanner), version > 1 {
                return Refusal(.newerSchema, Self.newer(version), format: .envelope)
            }
        } catch {
            if let refusal { return refusal }
            if case .tooDeep = error.reason { return Refusal(.tooLarge, error.message, format: .envelope) }
            let place = error.problem(in: body).place
            return Refusal(
                .syntax, "\(error.message) at \(place.map(String.init(describing:)) ?? "its start")",
                format: .envelope)
        }
        let place = field.utf8CodeUnitCount > 0 ? "`\(field)`" : "the message"
        return refusal ?? Refusal(.rule, "\(place): \(error.message)", format: .envelope)
    }

    /// The value of `v`, all of the text checked.
    private static func majorVersion(_ scanner: inout JSONScanner) throws(JSONError) -> Int64? {
        var version: Int64?
        guard case .object = try scanner.peek() else {
            try scanner.skipValue()
            try scanner.finish()
            return nil
        }
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key.isEqual(to: "v"), case .number = try scanner.peek() {
                version = try scanner.number().integer
            } else {
                try scanner.skipValue()
            }
        }
        try scanner.finish()
        return version
    }
}

/// What is wrong with a label's name or value by the envelope's rules; `nil` when nothing is.
func labelFault(_ name: some StringProtocol, _ value: some StringProtocol) -> String? {
    if name.utf8.count > EnvelopeLimits.labelNameBytesMax {
        return
            "label name of \(name.utf8.count) bytes; at most \(EnvelopeLimits.labelNameBytesMax) are allowed"
    }
    if name.hasPrefix("__") { return "label `\(name)`: names that begin with `__` are reserved" }
    guard let first = name.utf8.first, isNameStart(first), first != UInt8(ascii: ":"),
        name.utf8.allSatisfy({ isNameByte($0) && $0 != UInt8(ascii: ":") })
    else { return "label name `\(name)` is not of the form [a-zA-Z_][a-zA-Z0-9_]*" }
    if value.utf8.count > EnvelopeLimits.labelValueBytesMax {
        return
            "label `\(name)` has \(value.utf8.count) bytes; at most \(EnvelopeLimits.labelValueBytesMax) are allowed"
    }
    return nil
}
