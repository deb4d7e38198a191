import Messaging
import MetricModel
import Rules
import SeriesStore

/// Deliveries in, samples in the store; and what is known of the feed itself: planes, changes, losses.
struct Feed {
    let store: SeriesStore
    private(set) var planes = PlaneTable()
    private(set) var changes = ChangeLog()
    private(set) var statistics = FeedStatistics()
    private var decoder = MessageDecoder()
    /// Of the message being taken in.
    private var points = PointBatch()
    private var duplicates = DuplicateDetector()
    private var sequences = SequenceTracker()
    private var handles = HandleCache()
    /// The errors that each plane's sources report at present, so that only a change of them is news.
    private var sourceErrors: [String: Set<String>] = [:]

    init(store: SeriesStore) { self.store = store }

    /// Takes one delivery in. Nothing that it holds can fail more than itself.
    mutating func receive(_ delivery: Delivery) {
        statistics.received += 1
        statistics.receivedBytes += UInt64(delivery.body.count)
        statistics.newest = max(statistics.newest, delivery.received)
        if let id = delivery.properties.messageID, duplicates.isKnown(id) {
            statistics.duplicates += 1
            return
        }
        let message: DecodedMessage
        do {
            message = try decoder.decode(delivery, into: &points)
        } catch {
            statistics.refused[error.kind.rawValue, default: 0] += 1
            note(error, delivery)
            return
        }
        statistics.refusedParts += UInt64(message.refusedPartCount)
        for series in points.series { store(series, of: message) }
        // What a stream tells of the past happened then, not when it was read.
        let isHistory = delivery.properties.streamOffset != nil
        follow(message, received: isHistory ? min(delivery.received, message.collected) : delivery.received)
    }

    /// All messages so far that were thrown away before they came here.
    mutating func dropped(total: UInt64) { statistics.dropped = total }

    mutating func note(_ change: Change) { changes.append(change) }

    mutating func noticeSilence(at time: Timestamp) {
        for change in planes.noticeSilence(at: time) { changes.append(change) }
    }

    mutating func settlePlanes(at time: Timestamp, worst: [PlaneTable.Key: AlertState]) {
        planes.settle(at: time, worst: worst)
    }

    // MARK: - Helpers

    private mutating func store(_ series: PointBatch.Series, of message: DecodedMessage) {
        var handle = handles[series.slot]
        for index in series.samples {
            let sample = points.samples[index]
            if let known = handle {
                let outcome = store.append(known, sample)
                guard case .unknownSeries = outcome else {
                    statistics.count(outcome)
                    continue
                }
                handle = nil
            }
            guard let labels = decoder.labels(in: series.slot) else { return }
            statistics.count(store.append(labels, sample, interval: message.interval))
            if index == series.samples.lowerBound {
                handle = try? store.seriesID(for: labels, interval: message.interval)
                handles[series.slot] = handle
            }
        }
    }

    private mutating func follow(_ message: DecodedMessage, received: Timestamp) {
        if let change = planes.heard(message, received: received) { changes.append(change) }
        // Most messages bring nothing to tell.
        var subject: String { message.plane.isEmpty ? "" : "\(message.tenant)/\(message.plane)" }
        if let producer = message.producer, let sequence = message.sequence, let key = message.routingKey {
            let finding = sequences.note(
                producer: producer, routingKey: key.description, start: message.producerStart ?? .distantPast,
                sequence: sequence)
            switch finding {
            case .gap(let missing):
                changes.append(
                    Change(
                        time: received, subject: subject,
                        text: "\(missing) messages of \(producer) are missing"))
            case .restarted:
                changes.append(
                    Change(time: received, subject: subject, text: "collector \(producer) was restarted"))
            case .first, .expected, .recovered, .duplicate, .fromEarlierStart: break
            }
            statistics.missing = sequences.totals.missing
        }
        for event in message.events {
            changes.append(Change(time: event.timestamp, subject: subject, text: event.text))
        }
        followErrors(message, subject, received)
    }

    /// Errors of sources last for many messages: they are news when they begin and when they end.
    private mutating func followErrors(
        _ message: DecodedMessage, _ subject: @autoclosure () -> String, _ received: Timestamp
    ) {
        if message.errors.isEmpty && sourceErrors.isEmpty { return }
        guard let key = message.routingKey else { return }
        let place = key.description
        let current = Set(message.errors.map { "\($0.source): \($0.code)" })
        let before = sourceErrors[place] ?? []
        if current == before { return }
        sourceErrors[place] = current.isEmpty ? nil : current
        for error in message.errors where !before.contains("\(error.source): \(error.code)") {
            changes.append(
                Change(
                    time: received, subject: subject(), text: "\(error.source): \(error.text)", state: .error)
            )
        }
        for gone in before.subtracting(current).sorted() {
            changes.append(
                Change(time: received, subject: subject(), text: "\(gone) is over", state: .normal))
        }
    }

    /// The first message of its kind in a while is worth a line; the counter has them all.
    private mutating func note(_ refusal: Refusal, _ delivery: Delivery) {
        let last = statistics.lastRefusal[refusal.kind.rawValue] ?? .distantPast
        if delivery.received - last < .minutes(5) { return }
        statistics.lastRefusal[refusal.kind.rawValue] = delivery.received
        changes.append(
            Change(
                time: delivery.received, subject: "",
                text: "message `\(delivery.routingKey)` not decoded: \(refusal.reason)", state: .error))
    }
}

/// Handles of the store's series by the decoder's slots, so that labels are hashed once for many messages.
private struct HandleCache {
    private var epoch: UInt32 = .max
    private var handles: [SeriesID?] = []

    subscript(slot: SeriesSlot) -> SeriesID? {
        get { slot.epoch == epoch && Int(slot.index) < handles.count ? handles[Int(slot.index)] : nil }
        set {
            if slot.epoch != epoch {
                epoch = slot.epoch
                handles.removeAll(keepingCapacity: true)
            }
            while handles.count <= Int(slot.index) { handles.append(nil) }
            handles[Int(slot.index)] = newValue
        }
    }
}
