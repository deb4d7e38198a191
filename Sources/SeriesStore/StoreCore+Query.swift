import MetricModel

extension StoreCore {
    /// Cadences up to two minutes need no more than Prometheus' own lookback of five.
    private static let lookbackDefault: Int64 = 300_000

    func select(_ matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [SelectedSeries] {
        let numbers = index.matching(matchers, in: table)
        var selected: [SelectedSeries] = []
        selected.reserveCapacity(numbers.count)
        for number in numbers {
            let record = table.record(number)
            guard isWithin(record, after: after.milliseconds, through: through.milliseconds) else { continue }
            // Two and a half times the declared interval.
            let lookback = Int64(record.pointee.interval) * 5 / 2
            selected.append(
                SelectedSeries(
                    handle: Int(number), labels: record.pointee.labels,
                    lookback: lookback > Self.lookbackDefault ? TimeSpan(milliseconds: lookback) : nil))
        }
        return selected
    }

    func read(_ series: SelectedSeries, after: Timestamp, through: Timestamp, into buffer: inout SampleBuffer)
    {
        guard series.handle >= 0, series.handle < Int(table.numberEnd) else { return }
        let record = table.record(UInt32(series.handle))
        let floor = tenants.source(record.pointee.source).pointee.floor
        samples.read(
            record.pointee.log, after: max(after.milliseconds, floor), through: through.milliseconds,
            into: &buffer)
    }

    /// The numbers of the matching series that may have samples in the time.
    func numbers(_ matchers: [LabelMatcher], after: Timestamp, through: Timestamp) -> [UInt32] {
        index.matching(matchers, in: table).filter {
            isWithin(table.record($0), after: after.milliseconds, through: through.milliseconds)
        }
    }

    func newestSample(_ record: UnsafeMutablePointer<SeriesRecord>) -> Sample? {
        let floor = tenants.source(record.pointee.source).pointee.floor
        guard let newest = samples.newest(record.pointee.log), newest.time > floor else { return nil }
        return Sample(Timestamp(milliseconds: newest.time), newest.value)
    }

    /// Values of a label among the given series, in ascending order of bytes.
    func labelValues(_ label: String, among numbers: [UInt32]) -> [String] {
        guard let name = index.name(label) else { return [] }
        let wanted = set(numbers)
        return index.entries(ofName: name)
            .filter { index.withSeries($0) { wanted.containsAny(of: $0) } }
            .map { String(decoding: index.value($0), as: UTF8.self) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Names of the labels that the given series have, in ascending order of bytes.
    func labelNames(among numbers: [UInt32]) -> [String] {
        let wanted = set(numbers)
        return index.names
            .filter { $0.entries.contains { index.withSeries($0) { wanted.containsAny(of: $0) } } }
            .map { String(decoding: $0.text, as: UTF8.self) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func set(_ numbers: [UInt32]) -> SeriesSet {
        var set = SeriesSet(numberEnd: table.numberEnd)
        for number in numbers { set.insert(number) }
        return set
    }

    private func isWithin(
        _ record: UnsafeMutablePointer<SeriesRecord>, after: Int64, through: Int64
    ) -> Bool {
        let floor = tenants.source(record.pointee.source).pointee.floor
        return record.pointee.log.newest > max(after, floor) && record.pointee.log.oldest <= through
    }
}
