import MetricModel

/// The state of a `SeriesStore`. A struct behind one pointer, so that its parts are reached without the run-time
/// checks that properties of a class get.
struct StoreCore: ~Copyable {
    let limits: StoreLimits
    var table: SeriesTable
    var index: LabelIndex
    var samples = SamplePool()
    var tenants = TenantTable()
    var counters = StoreCounters()

    /// Where retention has moved the start of the window.
    var retentionFloor = Int64.min
    /// The time that `advance(to:)` was last given; `.min` before.
    var now = Int64.min
    /// Later samples are too new.
    var newestAllowed = Int64.max
    /// Memory of the samples when it was last compared with the limit.
    private var checkedBytes = 0

    /// Grows with every change. Each metric name keeps the value of its last change, so "the last change to any of
    /// these names" is a maximum, which grows whatever comes and goes.
    private var stamp: UInt64 = 0
    /// By metric number; number 0 is shared by the series without a name.
    private var metricStamps = PlainArray<UInt64>(repeating: 0, count: 1)
    private var metricNumbers: [UInt32: UInt32] = [:]
    private var freeMetrics: [UInt32] = []
    /// When a metric name last lost its last series: the stamp of all names that are not there.
    private var lastMetricRemoval: UInt64 = 0

    init(limits: StoreLimits, seed: UInt64) {
        self.limits = limits
        table = SeriesTable(seed: seed)
        index = LabelIndex(seed: seed)
    }

    // MARK: Series

    enum Resolution {
        case series(UInt32)
        case refused(SeriesRefusal)
        /// The series is not there, and its first sample lies outside of the window.
        case outsideWindow(AppendOutcome)
    }

    /// The number of the series with these labels, which is created if need be, unless its first sample, at `time`,
    /// would not be taken in.
    mutating func resolve(
        _ labels: UnsafeBufferPointer<UInt8>, origin: SampleOrigin, time: Int64?
    ) -> Resolution {
        let hash = table.hash(labels)
        if let number = table.find(labels, hash: hash) { return .series(number) }
        return create(labels, hash: hash, origin: origin, time: time)
    }

    private mutating func create(
        _ labels: UnsafeBufferPointer<UInt8>, hash: UInt32, origin: SampleOrigin, time: Int64?
    ) -> Resolution {
        guard labels.count <= limits.labelSetBytesMax, labels.count <= ByteArena.cellSizeMax else {
            return refuse(.labelsTooLong)
        }
        let source = Self.sourceLabels(labels)
        let tenant = tenants.tenant(
            source.tenant, countMax: limits.tenantsMax, retentionFloor: retentionFloor)
        guard let tenant else { return refuse(.tenantLimit) }
        if let time {
            if time <= tenants.tenants[Int(tenant)].floor {
                counters.tooOld += 1
                return .outsideWindow(.tooOld)
            }
            if time > newestAllowed {
                counters.tooNew += 1
                return .outsideWindow(.tooNew)
            }
        }
        if tenants.tenants[Int(tenant)].seriesCount >= limits.seriesPerTenantMax {
            refuse(labels, of: tenant)
            return refuse(.tenantSeriesLimit)
        }
        if table.count >= limits.seriesMax { return refuse(.seriesLimit) }
        if overheadBytes > limits.memoryLimit / 4 * 3 { return refuse(.memoryLimit) }
        enforceMemoryLimit()

        let number = table.insert(labels, hash: hash)
        let record = table.record(number)
        let sourceNumber = tenants.source(tenant, plane: source.plane, isDerived: origin == .derived)
        record.pointee.source = sourceNumber
        tenants.addSeries(sourceNumber)
        let entry = index.insert(number, record.pointee.labels)
        record.pointee.metric = entry.map { metricNumber($0) } ?? 0
        touch(record.pointee.metric)
        counters.createdSeries += 1
        return .series(number)
    }

    private mutating func refuse(_ reason: SeriesRefusal) -> Resolution {
        counters.countRefused(reason)
        return .refused(reason)
    }

    private mutating func refuse(_ labels: UnsafeBufferPointer<UInt8>, of tenant: UInt32) {
        var own: [LabelSet] = []
        if tenants.tenants[Int(tenant)].sketch == nil {
            // The series that were taken in tell as much about the label that runs away as the refused ones.
            for number in table.live.numbers() {
                let record = table.record(number)
                if tenants.source(record.pointee.source).pointee.tenant == tenant {
                    own.append(record.pointee.labels)
                }
            }
        }
        tenants.refuse(tenant, labels) { sketch in
            for set in own { set.bytes.withUnsafeBufferPointer { sketch.insert($0) } }
        }
    }

    /// The values of the labels `tenant` and `plane`; empty where there is none.
    private static func sourceLabels(
        _ labels: UnsafeBufferPointer<UInt8>
    ) -> (tenant: UnsafeBufferPointer<UInt8>, plane: UnsafeBufferPointer<UInt8>) {
        let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        var found = (tenant: none, plane: none)
        var cursor = LabelCursor(labels)
        while cursor.next() {
            if cursor.name.elementsEqual("plane".utf8) {
                found.plane = cursor.value
            } else if cursor.name.elementsEqual("tenant".utf8) {
                found.tenant = cursor.value
            }
        }
        return found
    }

    // MARK: Samples

    @inline(__always)
    mutating func append(
        _ record: UnsafeMutablePointer<SeriesRecord>, _ time: Int64, _ value: Double
    ) -> AppendOutcome {
        let source = tenants.source(record.pointee.source)
        guard time > source.pointee.floor else {
            counters.tooOld &+= 1
            return .tooOld
        }
        guard time <= newestAllowed else {
            counters.tooNew &+= 1
            return .tooNew
        }
        let outcome: AppendOutcome
        switch samples.append(&record.pointee.log, time, value) {
        case .appended:
            counters.appended &+= 1
            outcome = .appended
        case .insertedLate:
            counters.insertedLate &+= 1
            outcome = .insertedLate
        case .duplicate:
            counters.duplicates &+= 1
            return .duplicate
        case .conflict:
            counters.conflicts &+= 1
            return .conflict
        }
        touch(record.pointee.metric)
        if time > source.pointee.newest { source.pointee.newest = time }
        if samples.arena.residentBytes != checkedBytes {
            checkedBytes = samples.arena.residentBytes
            enforceMemoryLimit()
        }
        return outcome
    }

    /// Counts a change to the series of a metric name.
    @inline(__always)
    mutating func touch(_ metric: UInt32) {
        stamp &+= 1
        metricStamps[Int(metric)] = stamp
    }

    // MARK: Change counts

    /// Equal numbers promise that nothing changed that `matchers` could select.
    func changeCount(_ matchers: [LabelMatcher]) -> UInt64 {
        for matcher in matchers where matcher.name == LabelSet.metricName {
            guard let (found, missing) = index.literalEntries(matcher) else { continue }
            var newest = missing ? lastMetricRemoval : 0
            for entry in found {
                if let metric = metricNumbers[entry] { newest = max(newest, metricStamps[Int(metric)]) }
            }
            return newest
        }
        return stamp
    }

    private mutating func metricNumber(_ entry: UInt32) -> UInt32 {
        if let number = metricNumbers[entry] { return number }
        let number: UInt32
        if let free = freeMetrics.popLast() {
            number = free
        } else {
            number = UInt32(metricStamps.count)
            metricStamps.append(0)
        }
        metricNumbers[entry] = number
        return number
    }

    /// Takes series out of table and index whose samples are freed already.
    mutating func remove(_ gone: borrowing SeriesSet) {
        let numbers = gone.numbers()
        let labels = numbers.map { table.record($0).pointee.labels }
        var emptied: [UInt32] = []
        index.remove(gone, labels: labels) { emptied.append($0) }
        for entry in emptied {
            guard let metric = metricNumbers.removeValue(forKey: entry) else { continue }
            stamp &+= 1
            lastMetricRemoval = stamp
            freeMetrics.append(metric)
        }
        // From the largest down, so that the smallest is used again first: the lists of the index then grow in order.
        for number in numbers.reversed() {
            tenants.removeSeries(
                table.record(number).pointee.source, seriesPerTenantMax: limits.seriesPerTenantMax)
            table.remove(number)
        }
        counters.removedSeries += UInt64(numbers.count)
    }

    // MARK: Memory

    /// Bytes of memory in use, everything included.
    var memoryInUse: Int {
        table.byteCount + index.byteCount + tenants.byteCount + metricStamps.byteCount
            + metricNumbers.count * 24 + samples.residentBytes
    }

    /// What the series take before their first sealed block.
    private var overheadBytes: Int {
        table.byteCount + index.byteCount + tenants.byteCount
            + table.count * samples.arena.cellSize(for: SampleHead.byteCount)
    }
}
