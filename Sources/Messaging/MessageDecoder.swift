import MetricModel

/// Turns deliveries into samples: finds the format, checks the limits, hands over to that format's decoder.
///
/// One value belongs to one thread; it remembers the series that it has seen.
package struct MessageDecoder: Sendable {
    /// What became of the deliveries so far.
    package struct Counts: Sendable, Equatable {
        package var decoded = 0
        package var refused: [Refusal.Kind: Int] = [:]
        /// Refused messages by the format that they were taken for.
        package var refusedByFormat: [MessageFormat: Int] = [:]
        /// Parts of decoded messages that were refused.
        package var refusedParts = 0
        package var series = 0
        package var samples = 0
        package var bytes = 0

        package var refusedTotal: Int { refused.values.reduce(0, +) }
    }

    /// Routing keys whose particulars are remembered.
    package static let routingKeysMax = 65_536

    package private(set) var counts = Counts()
    private var contexts: [PlaneContext] = []
    private var contextIndices: [String: Int] = [:]
    private var identities = IdentityTable()
    private var cache: SeriesCache
    /// For callers that want the labels.
    private var ownPoints = PointBatch()
    private var envelope = EnvelopeDecoder()
    private var exposition = ExpositionDecoder(.prometheusText)

    package init(cache: SeriesCache = SeriesCache()) { self.cache = cache }

    /// The labels behind a slot of the message decoded last, and of those before until the cache was full.
    package func labels(in slot: SeriesSlot) -> LabelSet? { cache.labels(in: slot) }

    /// Decodes one delivery.
    ///
    /// - Throws: why it was refused; it was counted, and the next one is unaffected.
    package mutating func decode(_ delivery: Delivery) throws(Refusal) -> DecodedMessage {
        var points = PointBatch()
        swap(&points, &ownPoints)
        defer { swap(&points, &ownPoints) }
        var message = try decode(delivery, into: &points)
        message.series = points.labelled(by: cache)
        return message
    }

    /// Decodes one delivery without touching the labels of series that came before.
    ///
    /// - Parameter points: what the message says about its series; `labels(in:)` has the labels until the next message.
    /// - Returns: the rest of the message, its `series` empty.
    /// - Throws: why it was refused; it was counted, and the next one is unaffected. `points` then mean nothing.
    package mutating func decode(
        _ delivery: Delivery, into points: inout PointBatch
    ) throws(Refusal) -> DecodedMessage {
        counts.bytes += delivery.body.count
        points.removeAll()
        cache.makeRoom()
        do throws(Refusal) {
            let message = try decoded(delivery, &points)
            counts.decoded += 1
            counts.refusedParts += message.refusedPartCount
            counts.series += points.series.count
            counts.samples += points.samples.count
            return message
        } catch {
            counts.refused[error.kind, default: 0] += 1
            if let format = error.format { counts.refusedByFormat[format, default: 0] += 1 }
            throw error
        }
    }

    private mutating func decoded(
        _ delivery: Delivery, _ points: inout PointBatch
    ) throws(Refusal) -> DecodedMessage {
        guard delivery.body.count <= EnvelopeLimits.bodyBytesMax else {
            throw Refusal(
                .tooLarge, "\(delivery.body.count) bytes; at most \(EnvelopeLimits.bodyBytesMax) are allowed")
        }
        let context = try context(delivery.routingKey)
        let encoding = delivery.properties.contentEncoding ?? ""
        switch encoding.lowercased() {
        // Some libraries say which character set the text has here.
        case "", "identity", "utf-8":
            return try delivery.body.withUnsafeBufferPointer { body throws(Refusal) in
                try decode(body, delivery, context, &points)
            }
        case "gzip":
            let body = try delivery.body.withUnsafeBufferPointer { body throws(Refusal) in
                try inflatedGzip(body)
            }
            return try body.withUnsafeBufferPointer { body throws(Refusal) in
                try decode(body, delivery, context, &points)
            }
        default:
            throw Refusal(.encoding, "content_encoding `\(encoding)` is not read; send gzip or none")
        }
    }

    private mutating func decode(
        _ body: UnsafeBufferPointer<UInt8>, _ delivery: Delivery, _ context: Int, _ points: inout PointBatch
    ) throws(Refusal) -> DecodedMessage {
        let format: MessageFormat?
        switch declaredFormat(delivery.properties) {
        case .format(let declared): format = declared
        case .laterEnvelope(let type):
            throw Refusal(
                .newerSchema, "type `\(type)` is newer than version 1, which this program reads",
                format: .envelope)
        // Our own envelopes begin like this, and looking through all of one costs as much as decoding it.
        case .json, .none: format = body.starts(with: Self.envelopeStart) ? .envelope : sniffedFormat(body)
        }
        switch format {
        case .envelope:
            return try envelope.decode(
                body, plane: &contexts[context], identities: &identities, cache: &cache,
                messageID: delivery.properties.messageID, received: delivery.received, points: &points)
        case .prometheusText:
            return try decode(body, delivery, context, &points, exposition: .prometheusText)
        case .openMetrics:
            return try decode(body, delivery, context, &points, exposition: .openMetrics)
        case .some(let known):
            throw Refusal(.notReadYet, "\(known) is not read yet", format: known)
        case nil:
            throw Refusal(.undecodable, "the body is of no format that is known here")
        }
    }

    private static let envelopeStart = Array("{\"v\":".utf8)

    private mutating func decode(
        _ body: UnsafeBufferPointer<UInt8>, _ delivery: Delivery, _ context: Int, _ points: inout PointBatch,
        exposition format: MessageFormat
    ) throws(Refusal) -> DecodedMessage {
        let key = contexts[context].routingKey
        var message = DecodedMessage(
            tenant: key?.tenant ?? "", plane: key?.plane ?? "", collected: delivery.received, format: format)
        message.routingKey = key
        message.messageID = delivery.properties.messageID
        exposition.begin(format)
        let identity = identities.number(tenant: message.tenant, plane: message.plane, labelsJSON: [])
        try exposition.read(
            body, identity: identity, latest: delivery.received + EnvelopeLimits.aheadMax, cache: &cache,
            into: &message, points: &points)
        try exposition.finish(into: &message)
        return message
    }

    /// The index of what is known about `routingKey`; the empty key stands for files and pipes, which have none.
    private mutating func context(_ routingKey: String) throws(Refusal) -> Int {
        if let known = contextIndices[routingKey] { return known }
        let key: RoutingKey? = routingKey.isEmpty ? nil : try RoutingKey(routingKey)
        if contexts.count >= Self.routingKeysMax {
            contexts.removeAll()
            contextIndices.removeAll()
        }
        contexts.append(PlaneContext(key))
        contextIndices[routingKey] = contexts.count - 1
        return contexts.count - 1
    }
}
