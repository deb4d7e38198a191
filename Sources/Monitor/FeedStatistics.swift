import MetricModel
import SeriesStore

/// What came in and what became of it.
package struct FeedStatistics: Sendable {
    package var received: UInt64 = 0
    package var receivedBytes: UInt64 = 0
    package var duplicates: UInt64 = 0
    /// Messages not decoded, by reason.
    package var refused: [String: UInt64] = [:]
    /// Metrics of decoded messages that broke a rule.
    package var refusedParts: UInt64 = 0
    /// Received and thrown away before they were looked into: too large, or too fast for this machine.
    package var dropped: UInt64 = 0
    /// Published by somebody and never seen.
    package var missing: UInt64 = 0
    package var conflicts: UInt64 = 0
    package var tooOld: UInt64 = 0
    package var refusedSeries: UInt64 = 0
    package var newest = Timestamp.distantPast
    var lastRefusal: [String: Timestamp] = [:]

    package var refusedTotal: UInt64 { refused.values.reduce(0, +) }

    mutating func count(_ outcome: AppendOutcome) {
        switch outcome {
        case .appended, .insertedLate, .duplicate, .unknownSeries: break
        case .conflict: conflicts += 1
        case .tooOld, .tooNew: tooOld += 1
        case .refused: refusedSeries += 1
        }
    }

    /// As series of the dashboard Self.
    func samples(store: SeriesStore) -> [(name: String, labels: [Label], value: Double)] {
        var samples: [(name: String, labels: [Label], value: Double)] = [
            ("planetop_messages_received_total", [], Double(received)),
            ("planetop_messages_received_bytes_total", [], Double(receivedBytes)),
            ("planetop_messages_duplicate_total", [], Double(duplicates)),
            ("planetop_messages_dropped_total", [], Double(dropped)),
            ("planetop_messages_missing_total", [], Double(missing)),
            ("planetop_metrics_refused_total", [], Double(refusedParts)),
            ("planetop_samples_conflicting_total", [], Double(conflicts)),
            ("planetop_samples_out_of_window_total", [], Double(tooOld)),
            ("planetop_series_refused_total", [], Double(refusedSeries)),
            ("planetop_store_series", [], Double(store.seriesCount)),
            ("planetop_store_samples", [], Double(store.sampleCount)),
            ("planetop_store_bytes", [], Double(store.memoryInUse)),
            ("planetop_store_evicted_samples_total", [], Double(store.counters.evictedSamples)),
        ]
        samples.append(
            ("planetop_messages_undecodable_total", [Label("reason", "any")], Double(refusedTotal)))
        for (reason, count) in refused.sorted(by: { $0.key < $1.key }) {
            samples.append(
                ("planetop_messages_undecodable_by_reason_total", [Label("reason", reason)], Double(count)))
        }
        return samples
    }
}
