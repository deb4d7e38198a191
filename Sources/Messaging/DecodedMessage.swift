import MetricModel

/// What a decoder made of one delivery.
package struct DecodedMessage: Sendable, Equatable {
    /// One series' points in the message, with the plane's labels (`tenant`, `plane`) already added.
    package struct Series: Sendable, Equatable {
        package var labels: LabelSet
        package var samples: [Sample]

        package init(labels: LabelSet, samples: [Sample]) {
            self.labels = labels
            self.samples = samples
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

    package var tenant: String
    package var plane: String
    /// The producer's instance; together with the routing key it names one sequence of messages.
    package var producer: String?
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

    package init(tenant: String, plane: String, collected: Timestamp) {
        self.tenant = tenant
        self.plane = plane
        self.collected = collected
        isPartial = false
        series = []
        events = []
        errors = []
    }
}
