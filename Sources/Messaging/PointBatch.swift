import MetricModel

/// The points of a message's series, each series named by its slot alone.
///
/// Labels of a series that came before are not touched for its next point: they lie all over the memory, and whoever
/// keeps handles by slot does not need them. A batch keeps its memory from message to message.
package struct PointBatch: Sendable {
    package struct Series: Sendable, Equatable {
        package let slot: SeriesSlot
        /// Its points, within `PointBatch.samples`.
        package fileprivate(set) var samples: Range<Int>
    }

    package private(set) var series: [Series] = []
    /// The points of all series, one series after another.
    package private(set) var samples: [Sample] = []
    /// Points from here on belong to a series that is not named yet.
    private var openFrom = 0

    package init() {}

    /// A place to go back to.
    struct Mark {
        fileprivate var seriesCount: Int
        fileprivate var openFrom: Int
    }

    var mark: Mark { Mark(seriesCount: series.count, openFrom: openFrom) }

    /// Points that `close` has not given to a series yet.
    var openCount: Int { samples.count - openFrom }

    mutating func append(_ sample: Sample) { samples.append(sample) }

    /// Gives the open points to the series in `slot`; without any there is no such series in the message.
    mutating func close(_ slot: SeriesSlot) {
        if openCount == 0 { return }
        series.append(Series(slot: slot, samples: openFrom..<samples.count))
        openFrom = samples.count
    }

    /// Adds a point of the series in `slot`, to the points before it when those are of the same series.
    mutating func append(_ sample: Sample, to slot: SeriesSlot) {
        samples.append(sample)
        guard let last = series.indices.last, series[last].slot == slot else { return close(slot) }
        openFrom = samples.count
        series[last].samples = series[last].samples.lowerBound..<openFrom
    }

    mutating func removeOpen() { samples.removeSubrange(openFrom...) }

    /// Forgets what came after `mark` was taken.
    mutating func rewind(to mark: Mark) {
        series.removeSubrange(mark.seriesCount...)
        samples.removeSubrange(mark.openFrom...)
        openFrom = mark.openFrom
    }

    /// The same with labels, which `cache` has kept since they were read.
    func labelled(by cache: SeriesCache) -> [DecodedMessage.Series] {
        series.map { one in
            guard let labels = cache.labels(in: one.slot) else {
                preconditionFailure("a cache forgets between messages only")
            }
            return DecodedMessage.Series(labels: labels, samples: Array(samples[one.samples]), slot: one.slot)
        }
    }

    mutating func removeAll() {
        series.removeAll(keepingCapacity: true)
        samples.removeAll(keepingCapacity: true)
        openFrom = 0
    }
}
