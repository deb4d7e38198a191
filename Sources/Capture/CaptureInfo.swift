import Messaging
import MetricModel

/// What captures hold, counted by reading all of them.
package struct CaptureInfo: Sendable {
    /// One run of a recorder.
    package struct Section: Sendable, Equatable {
        package var header: CaptureHeader
        package var first: Timestamp
        package var last: Timestamp
        package var hasFooter: Bool
    }

    package struct Key: Sendable, Equatable {
        package var messages = 0
        package var bodyBytes = 0
        package var series = 0
        package var samples = 0
        package var refused = 0
        package var first = Timestamp.distantFuture
        package var last = Timestamp.distantPast
    }

    package var span: ClosedRange<Timestamp>?
    /// Bytes of the files.
    package var byteCount = 0
    package var records = 0
    package var messages = 0
    package var states = 0
    package var notes = 0
    package var redelivered = 0
    package var bodyBytes = 0
    package var samples = 0
    /// Messages that the decoders refuse.
    package var refused = 0
    package var sections: [Section] = []
    package var keys: [String: Key] = [:]
    /// What the producers' sequence numbers say about messages that are not there.
    package var sequences = SequenceTracker.Totals()
    package var damage = CaptureDamage()
    /// Where the damage is, in the order of time; not all places of a capture that is damaged all over.
    package var gaps: [CaptureGap] = []

    package var bytesPerSample: Double? { samples > 0 ? Double(byteCount) / Double(samples) : nil }

    /// Sections that end without a footer: the recorder was killed, or still records.
    package var unfinishedSections: Int { sections.count { !$0.hasFooter } }
}

extension CaptureReader {
    /// Reads everything from the beginning and counts.
    package func info() throws(CaptureError) -> CaptureInfo {
        var info = CaptureInfo()
        info.span = span
        info.byteCount = byteCount
        var decoder = MessageDecoder()
        var tracker = SequenceTracker()
        var open: [String: Int] = [:]
        if span != nil { try seek(to: .distantPast) }
        while let record = try next() {
            info.records += 1
            switch record.content {
            case .header(let header):
                open[header.section] = info.sections.count
                info.sections.append(
                    CaptureInfo.Section(
                        header: header, first: record.time, last: record.time, hasFooter: false))
            case .footer:
                // Sections overlap only where files were put together; then the footer is that of the oldest open one.
                if let (section, index) = open.min(by: { $0.value < $1.value }) {
                    info.sections[index].hasFooter = true
                    info.sections[index].last = record.time
                    open[section] = nil
                }
            case .note: info.notes += 1
            case .state: info.states += 1
            case .message(let delivery): info.count(delivery, &decoder, &tracker)
            }
            for index in open.values { info.sections[index].last = record.time }
        }
        info.sequences = tracker.totals
        info.damage = damage
        info.gaps = gaps
        if info.span == nil, let first = info.sections.first, let last = info.sections.last {
            info.span = first.first...max(first.first, last.last)
        }
        return info
    }

    /// Reads everything and tells what is wrong with it.
    package func verify() throws(CaptureError) -> CaptureDamage { try info().damage }
}

extension CaptureInfo {
    fileprivate mutating func count(
        _ delivery: Delivery, _ decoder: inout MessageDecoder, _ tracker: inout SequenceTracker
    ) {
        messages += 1
        bodyBytes += delivery.body.count
        if delivery.redelivered { redelivered += 1 }
        var key = keys[delivery.routingKey] ?? Key()
        key.messages += 1
        key.bodyBytes += delivery.body.count
        key.first = min(key.first, delivery.received)
        key.last = max(key.last, delivery.received)
        do throws(Refusal) {
            let message = try decoder.decode(delivery)
            let count = message.series.reduce(0) { $0 + $1.samples.count }
            samples += count
            key.samples += count
            key.series = max(key.series, message.series.count)
            if let producer = message.producer, let start = message.producerStart,
                let sequence = message.sequence
            {
                _ = tracker.note(
                    producer: producer, routingKey: delivery.routingKey, start: start, sequence: sequence)
            }
        } catch {
            refused += 1
            key.refused += 1
        }
        keys[delivery.routingKey] = key
    }
}
