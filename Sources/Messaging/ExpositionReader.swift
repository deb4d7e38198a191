import MetricModel

/// Reads an exposition from a file or a pipe, piece by piece, so that its size does not matter.
///
/// There is no routing key, so labels stay as they are; samples without a timestamp get the time given here.
package struct ExpositionReader: Sendable {
    package static let lineBytesMax = 1 << 20

    private let format: MessageFormat
    private let time: Timestamp
    private var decoder: ExpositionDecoder
    private var cache = SeriesCache()
    private var points = PointBatch()
    private var rest: [UInt8] = []

    /// - Parameter format: `.prometheusText` or `.openMetrics`.
    package init(_ format: MessageFormat, time: Timestamp) {
        precondition(format == .prometheusText || format == .openMetrics, "not an exposition")
        self.format = format
        self.time = time
        decoder = ExpositionDecoder(format)
    }

    /// Reads the lines that `bytes` completes.
    package mutating func read(_ bytes: [UInt8]) throws(Refusal) -> DecodedMessage {
        var message = DecodedMessage(tenant: "", plane: "", collected: time, format: format)
        guard let end = bytes.lastIndex(of: 0x0a) else {
            rest.append(contentsOf: bytes)
            if rest.count > Self.lineBytesMax {
                throw Refusal(.tooLarge, "a line of more than \(Self.lineBytesMax) bytes", format: format)
            }
            return message
        }
        // With OpenMetrics the line end before a piece's end must stay, or the last line would look cut off.
        rest.append(contentsOf: bytes[...end])
        try readRest(into: &message)
        rest = Array(bytes[(end + 1)...])
        return message
    }

    /// Reads what is left and checks that the text is complete.
    package mutating func finish() throws(Refusal) -> DecodedMessage {
        var message = DecodedMessage(tenant: "", plane: "", collected: time, format: format)
        try readRest(into: &message)
        rest = []
        try decoder.finish(into: &message)
        return message
    }

    private mutating func readRest(into message: inout DecodedMessage) throws(Refusal) {
        points.removeAll()
        cache.makeRoom()
        try rest.withUnsafeBufferPointer { bytes throws(Refusal) in
            try decoder.read(
                bytes, identity: 0, latest: .distantFuture, cache: &cache, into: &message, points: &points)
        }
        message.series = points.labelled(by: cache)
    }
}
