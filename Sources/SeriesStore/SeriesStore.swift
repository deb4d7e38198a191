import MetricModel

/// Rolling windows of labelled series, in memory: what every query and every rule reads.
///
/// One owner, one thread; nothing here takes a lock or reads a clock. Queries go through `SeriesSource`.
///
/// - Every tenant has a window that starts after `floor(ofTenant:)`. Retention moves it (`advance(to:)`), and so does a
///   shortage of memory, first for the tenants that use most. Samples before it are not seen and not taken in.
/// - Samples of one series may come in any order; the first value at a time stays.
/// - New series are refused at the limits of `StoreLimits`; series that are there are never touched for new ones.
package final class SeriesStore: SeriesSource {
    package let limits: StoreLimits
    private let core: UnsafeMutablePointer<StoreCore>

    /// - Parameter hashSeed: of the hash tables. Random unless given, so that nobody can make their entries collide;
    ///   no answer depends on it.
    package init(limits: StoreLimits = StoreLimits(), hashSeed: UInt64? = nil) {
        self.limits = limits
        core = .allocate(capacity: 1)
        core.initialize(to: StoreCore(limits: limits, seed: hashSeed ?? .random(in: 0 ... .max)))
    }

    deinit {
        core.deinitialize(count: 1)
        core.deallocate()
    }

    // MARK: Taking samples in

    /// Takes one sample in.
    ///
    /// - Parameters:
    ///   - interval: the declared cadence of the series; `nil` leaves it as it was.
    ///   - origin: counts when the series is new; received samples alone make a source look alive.
    @discardableResult
    package func append(
        _ labels: LabelSet, _ sample: Sample, interval: TimeSpan? = nil, origin: SampleOrigin = .received
    ) -> AppendOutcome {
        labels.bytes.withUnsafeBufferPointer {
            append(encodedLabels: $0, sample, interval: interval, origin: origin)
        }
    }

    /// As `append` with labels in the encoding of `LabelSet`, sorted and without empty values: for a decoder that has
    /// them in its scratch memory.
    @discardableResult
    package func append(
        encodedLabels: UnsafeBufferPointer<UInt8>, _ sample: Sample, interval: TimeSpan? = nil,
        origin: SampleOrigin = .received
    ) -> AppendOutcome {
        switch core.pointee.resolve(encodedLabels, origin: origin, time: sample.timestamp.milliseconds) {
        case .refused(let reason): return .refused(reason)
        case .outsideWindow(let outcome): return outcome
        case .series(let number):
            let record = core.pointee.table.record(number)
            if let interval { Self.declare(interval, record) }
            return core.pointee.append(record, sample.timestamp.milliseconds, sample.value)
        }
    }

    /// Takes one sample in by handle, without looking at labels.
    @discardableResult
    package func append(_ id: SeriesID, _ sample: Sample) -> AppendOutcome {
        guard let record = core.pointee.table.record(id) else { return .unknownSeries }
        return core.pointee.append(record, sample.timestamp.milliseconds, sample.value)
    }

    /// The handle of a series, which is created if need be. A series that gets no sample is removed again when the
    /// window next moves.
    package func seriesID(
        for labels: LabelSet, interval: TimeSpan? = nil, origin: SampleOrigin = .received
    ) throws(SeriesRefusal) -> SeriesID {
        let resolution = labels.bytes.withUnsafeBufferPointer {
            core.pointee.resolve($0, origin: origin, time: nil)
        }
        return try handle(resolution, interval)
    }

    /// As `seriesID(for:interval:origin:)` with labels in the encoding of `LabelSet`.
    package func seriesID(
        forEncodedLabels labels: UnsafeBufferPointer<UInt8>, interval: TimeSpan? = nil,
        origin: SampleOrigin = .received
    ) throws(SeriesRefusal) -> SeriesID {
        try handle(core.pointee.resolve(labels, origin: origin, time: nil), interval)
    }

    /// Sets the declared cadence of a series; ignored when the series is gone.
    package func declare(interval: TimeSpan, of id: SeriesID) {
        if let record = core.pointee.table.record(id) { Self.declare(interval, record) }
    }

    /// Tells the store the time: the start of the window moves, what lies before it is freed. Steps back are ignored.
    package func advance(to now: Timestamp) { core.pointee.advance(to: now) }

    // MARK: Queries

    package func select(
        _ matchers: [LabelMatcher], after: Timestamp, through: Timestamp
    ) -> [SelectedSeries] {
        core.pointee.select(matchers, after: after, through: through)
    }

    package func read(
        _ series: SelectedSeries, after: Timestamp, through: Timestamp, into buffer: inout SampleBuffer
    ) {
        core.pointee.read(series, after: after, through: through, into: &buffer)
    }

    /// Precise to the metric name when a matcher names one (or a choice of literal ones), else for the whole store.
    package func changeCount(_ matchers: [LabelMatcher]) -> UInt64 { core.pointee.changeCount(matchers) }

    /// Label sets of the matching series that may have samples in the time, in their order.
    package func series(
        matching matchers: [LabelMatcher] = [], after: Timestamp = .distantPast,
        through: Timestamp = .distantFuture
    ) -> [LabelSet] {
        core.pointee.numbers(matchers, after: after, through: through)
            .map { core.pointee.table.record($0).pointee.labels }
            .sorted()
    }

    /// Distinct values of a label among the matching series, ascending.
    package func labelValues(
        of label: String, matching matchers: [LabelMatcher] = [], after: Timestamp = .distantPast,
        through: Timestamp = .distantFuture
    ) -> [String] {
        core.pointee.labelValues(
            label, among: core.pointee.numbers(matchers, after: after, through: through))
    }

    /// Names of the labels that the matching series have, ascending.
    package func labelNames(
        matching matchers: [LabelMatcher] = [], after: Timestamp = .distantPast,
        through: Timestamp = .distantFuture
    ) -> [String] {
        core.pointee.labelNames(among: core.pointee.numbers(matchers, after: after, through: through))
    }

    /// The newest sample within the window, a stale marker too; `nil` when the series is not there.
    package func newestSample(of labels: LabelSet) -> Sample? {
        let number = labels.bytes.withUnsafeBufferPointer {
            core.pointee.table.find($0, hash: core.pointee.table.hash($0))
        }
        return number.flatMap { core.pointee.newestSample(core.pointee.table.record($0)) }
    }

    package func newestSample(of id: SeriesID) -> Sample? {
        core.pointee.table.record(id).flatMap { core.pointee.newestSample($0) }
    }

    // MARK: State

    package var seriesCount: Int { core.pointee.table.count }
    /// Samples in memory, those before the start of the window included that share a block with later ones.
    package var sampleCount: Int { core.pointee.samples.sampleCount }
    /// Bytes of memory that samples, labels and index take; at most `limits.memoryBytesMax`.
    package var memoryInUse: Int { core.pointee.memoryInUse }

    package var counters: StoreCounters {
        var counters = core.pointee.counters
        counters.evictedSamples += core.pointee.samples.crowdedOut
        return counters
    }

    /// Every tenant seen, by name.
    package var tenants: [TenantUsage] { core.pointee.tenants.tenantUsage }

    /// Every tenant's planes with the time of the newest received sample, by name.
    package var sources: [SourceUsage] { core.pointee.tenants.sourceUsage }

    /// Samples of the tenant at or before this time are gone; `distantPast` when none are.
    package func floor(ofTenant tenant: String) -> Timestamp {
        let number = core.pointee.tenants.tenant(named: Array(tenant.utf8))
        return Timestamp(
            milliseconds: number.map { core.pointee.tenants.tenants[Int($0)].floor }
                ?? core.pointee.retentionFloor)
    }

    // MARK: Helpers

    private func handle(
        _ resolution: StoreCore.Resolution, _ interval: TimeSpan?
    ) throws(SeriesRefusal) -> SeriesID {
        switch resolution {
        case .refused(let reason): throw reason
        // Without a sample there is nothing to lie outside.
        case .outsideWindow: preconditionFailure("a handle was asked for, not a place for a sample")
        case .series(let number):
            let record = core.pointee.table.record(number)
            if let interval { Self.declare(interval, record) }
            return SeriesID(index: number, generation: record.pointee.generation)
        }
    }

    private static func declare(_ interval: TimeSpan, _ record: UnsafeMutablePointer<SeriesRecord>) {
        record.pointee.interval = UInt32(clamping: interval.milliseconds)
    }
}
