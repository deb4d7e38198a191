import MetricModel

/// What a decoder made of one delivery.
package struct DecodedMessage: Sendable, Equatable {
    /// One series' points in the message, with the plane's labels (`tenant`, `plane`) already added.
    package struct Series: Sendable, Equatable {
        package var labels: LabelSet
        package var samples: [Sample]
        /// Where the decoder keeps `labels`, so that a store can keep its own handle beside it and need not look the
        /// labels up again; `nil` when made by hand.
        package var slot: SeriesSlot?

        package init(labels: LabelSet, samples: [Sample], slot: SeriesSlot? = nil) {
            self.labels = labels
            self.samples = samples
            self.slot = slot
        }

        /// The slot is an aid to speed and says nothing about the series.
        package static func == (a: Series, b: Series) -> Bool {
            a.labels == b.labels
                && a.samples.elementsEqual(b.samples) {
                    $0.timestamp == $1.timestamp && $0.value.bitPattern == $1.value.bitPattern
                }
        }
    }

    /// Something that happened, in words: a run that failed, a query that ended.
    package struct Event: Sendable, Equatable {
        package var timestamp: Timestamp
        package var kind: String
        package var subject: String
        package var from: String
        package var to: String
        package var text: String

        package init(
            timestamp: Timestamp, kind: String, subject: String, from: String, to: String, text: String
        ) {
            self.timestamp = timestamp
            self.kind = kind
            self.subject = subject
            self.from = from
            self.to = to
            self.text = text
        }
    }

    /// A part that the producer could not collect.
    package struct SourceError: Sendable, Equatable {
        package var source: String
        package var code: String
        package var text: String

        package init(source: String, code: String, text: String) {
            self.source = source
            self.code = code
            self.text = text
        }
    }

    /// A part of the message that broke a rule and cost only itself.
    package struct RefusedPart: Sendable, Equatable, CustomStringConvertible {
        /// `metrics[3]`, `line 12`.
        package var place: String
        package var reason: String

        package init(place: String, reason: String) {
            self.place = place
            self.reason = reason
        }

        package var description: String { "\(place): \(reason)" }
    }

    /// How many refused parts are described; the rest is only counted.
    package static let refusedPartsMax = 16

    package var format: MessageFormat
    /// `nil` for what came without a key, from a file or a pipe.
    package var routingKey: RoutingKey?
    /// Empty when neither key nor body name them; then the labels of the series are as they came.
    package var tenant: String
    package var plane: String
    /// The producer's instance; together with the routing key it names one sequence of messages.
    package var producer: String?
    package var producerName: String?
    package var producerVersion: String?
    /// When the producer started, which restarts its sequence and its counters.
    package var producerStart: Timestamp?
    package var sequence: UInt64?
    package var messageID: String?
    /// When the values were collected.
    package var collected: Timestamp
    /// The declared cadence.
    package var interval: TimeSpan?
    /// How far the producer's clock was ahead, when it was corrected for that.
    package var clockAhead: TimeSpan?
    package var isPartial: Bool
    package var series: [Series]
    package var events: [Event]
    package var errors: [SourceError]
    /// Types, units and help texts; a decoder that has told them once may leave them out for a while.
    package var metadata: [MetricMetadata]
    /// The first of the refused parts.
    package var refusedParts: [RefusedPart]
    /// All of them.
    package var refusedPartCount: Int

    package init(tenant: String, plane: String, collected: Timestamp, format: MessageFormat = .envelope) {
        self.format = format
        self.tenant = tenant
        self.plane = plane
        self.collected = collected
        isPartial = false
        series = []
        events = []
        errors = []
        metadata = []
        refusedParts = []
        refusedPartCount = 0
    }

    mutating func refuse(_ place: @autoclosure () -> String, _ reason: String) {
        refusedPartCount += 1
        if refusedParts.count < Self.refusedPartsMax {
            refusedParts.append(RefusedPart(place: place(), reason: reason))
        }
    }
}
