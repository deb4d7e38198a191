import MetricModel
import Testing

@testable import SeriesStore

private let start = Timestamp(milliseconds: 1_700_000_000_000)

private func append(
    _ store: SeriesStore, _ labels: LabelSet, _ seconds: Int64 = 0, _ value: Double = 1
) -> AppendOutcome {
    store.append(labels, Sample(start + .seconds(seconds), value))
}

@Test("a tenant at its limit is refused, named with the label that runs away, and nobody else is touched")
func tenantLimit() throws {
    let store = SeriesStore(limits: StoreLimits(seriesPerTenantMax: 100))
    for index in 0..<80 {
        #expect(append(store, ["__name__": "a", "tenant": "quiet", "dag_id": "\(index)"]) == .appended)
    }
    var refused = 0
    for index in 0..<5000 {
        let labels: LabelSet = [
            "__name__": "spark_rows", "tenant": "loud", "app": "app-\(index % 20)", "run_id": "run-\(index)",
        ]
        let outcome = append(store, labels)
        if index < 100 {
            #expect(outcome == .appended)
        } else {
            #expect(outcome == .refused(.tenantSeriesLimit))
            refused += 1
        }
    }
    // What is there goes on, in both.
    #expect(
        append(store, ["__name__": "spark_rows", "tenant": "loud", "app": "app-7", "run_id": "run-7"], 15)
            == .appended)
    #expect(append(store, ["__name__": "b", "tenant": "quiet"]) == .appended)
    #expect(store.seriesCount == 181)
    let usage = store.tenants
    #expect(usage.map(\.tenant) == ["loud", "quiet"])
    #expect(usage[0].seriesCount == 100)
    #expect(usage[0].refusedSamples == UInt64(refused))
    #expect(usage[0].offendingLabel == "run_id")
    #expect(abs(usage[0].offendingValues - 5000) < 500)
    #expect(usage[1].seriesCount == 81 && usage[1].refusedSamples == 0 && usage[1].offendingLabel == nil)
    #expect(store.counters.refused == UInt64(refused))
    #expect(throws: SeriesRefusal.tenantSeriesLimit) {
        try store.seriesID(for: ["tenant": "loud", "new": "one"])
    }

    // Once the old series are gone there is room again, and nothing to complain of.
    store.advance(to: start + .hours(7))
    #expect(store.seriesCount == 0)
    #expect(append(store, ["__name__": "c", "tenant": "loud"], 7 * 3600) == .appended)
    #expect(store.tenants[0].offendingLabel == nil)
}

@Test("limits on series, tenants and the length of labels")
func otherLimits() {
    let store = SeriesStore(
        limits: StoreLimits(seriesMax: 3, tenantsMax: 2, labelSetBytesMax: 64))
    #expect(append(store, ["tenant": "a", "x": "1"]) == .appended)
    #expect(append(store, ["tenant": "b", "x": "1"]) == .appended)
    #expect(append(store, ["tenant": "c", "x": "1"]) == .refused(.tenantLimit))
    #expect(
        append(store, ["tenant": "a", "x": String(repeating: "y", count: 80)]) == .refused(.labelsTooLong))
    #expect(append(store, ["tenant": "a", "x": "2"]) == .appended)
    #expect(append(store, ["tenant": "a", "x": "3"]) == .refused(.seriesLimit))
    #expect(store.counters.refused == 3)
    for reason in [SeriesRefusal.tenantLimit, .labelsTooLong, .seriesLimit] {
        #expect(store.counters.refused(reason) == 1)
    }
    #expect(store.counters.refused(.memoryLimit) == 0)
    // A tenant without series makes room for another one.
    store.advance(to: start + .hours(7))
    #expect(append(store, ["tenant": "c", "x": "1"], 7 * 3600) == .appended)
    #expect(store.tenants.contains { $0.tenant == "c" && $0.seriesCount == 1 })
}

@Test("the memory limit holds, the oldest samples go, and the tenant that takes most gives most")
func memoryLimit() {
    let limits = StoreLimits(retention: .hours(1000), memoryBytesMax: 4 << 20)
    let store = SeriesStore(limits: limits)
    var generator = SeededGenerator(seed: 5)
    var worst = 0
    let steps = 3000
    let big: [LabelSet] = (0..<200).map { ["__name__": "m", "tenant": "big", "i": "\($0)"] }
    let small: [LabelSet] = (0..<10).map { ["__name__": "m", "tenant": "small", "i": "\($0)"] }
    for step in 0..<steps {
        for labels in big + small {
            _ = append(store, labels, Int64(step * 15), .random(in: 0...1, using: &generator))
        }
        worst = max(worst, store.memoryInUse)
    }
    #expect(worst <= limits.memoryBytesMax)
    #expect(worst > limits.memoryBytesMax / 2)
    #expect(store.counters.evictions > 0 && store.counters.evictedSamples > 0)
    #expect(store.tenants[0].evictedSamples == store.counters.evictedSamples)
    // Nothing of the small tenant is gone.
    #expect(store.floor(ofTenant: "small") == .distantPast)
    var buffer = SampleBuffer()
    for one in store.select(
        [LabelMatcher(name: "tenant", equals: "small")], after: .distantPast, through: .distantFuture)
    {
        buffer.removeAll()
        store.read(one, after: .distantPast, through: .distantFuture, into: &buffer)
        #expect(buffer.count == steps)
    }
    // The big one has the newest part, all of its series the same.
    let floor = store.floor(ofTenant: "big")
    #expect(floor > start)
    for one in store.select(
        [LabelMatcher(name: "tenant", equals: "big")], after: .distantPast, through: .distantFuture)
    {
        buffer.removeAll()
        store.read(one, after: .distantPast, through: .distantFuture, into: &buffer)
        #expect(buffer.timestamps.last == (start + .seconds(Int64(steps - 1) * 15)).milliseconds)
        // One sample of every step after the floor.
        let first = buffer.timestamps.first ?? 0
        #expect(first > floor.milliseconds && first - 15_000 <= floor.milliseconds)
        #expect(buffer.count == Int((buffer.timestamps.last ?? 0) - first) / 15_000 + 1)
    }
}

@Test("labels alone cannot fill the memory: new series are refused, samples of the others still come in")
func memoryLimitOfSeries() {
    let limits = StoreLimits(memoryBytesMax: 4 << 20, seriesPerTenantMax: .max)
    let store = SeriesStore(limits: limits)
    var refused = 0
    for index in 0..<30_000 {
        let outcome = append(store, ["__name__": "m", "id": "a-rather-long-label-value-\(index)"])
        if outcome == .refused(.memoryLimit) { refused += 1 } else { #expect(outcome == .appended) }
        if index % 1000 == 0 { #expect(store.memoryInUse <= limits.memoryBytesMax) }
    }
    #expect(refused > 10_000 && store.seriesCount > 2000)
    for step in 1..<200 {
        #expect(
            append(store, ["__name__": "m", "id": "a-rather-long-label-value-7"], Int64(step), Double(step))
                == .appended)
    }
    #expect(store.memoryInUse <= limits.memoryBytesMax)
}

@Test("a stray time far away neither empties the window nor stays for ever")
func strayTimes() {
    let store = SeriesStore(limits: StoreLimits(retention: .hours(1)))
    for step in 0..<100 { _ = append(store, ["__name__": "m"], Int64(step * 15)) }
    #expect(store.append(["__name__": "m"], Sample(Timestamp(milliseconds: .max), 1)) == .appended)
    #expect(append(store, ["__name__": "m"], 100 * 15) == .insertedLate)
    store.advance(to: start + .seconds(1500))
    #expect(store.append(["__name__": "n"], Sample(.distantFuture, 1)) == .tooNew)
    #expect(store.append(["__name__": "n"], Sample(.distantPast, 1)) == .tooOld)
    #expect(store.append(["__name__": "n"], Sample(Timestamp(milliseconds: 1_700_000_000), 1)) == .tooOld)
    #expect(store.seriesCount == 1)
    var buffer = SampleBuffer()
    let all = store.select([], after: .distantPast, through: .distantFuture)
    store.read(all[0], after: .distantPast, through: .distantFuture, into: &buffer)
    #expect(buffer.count == 102)
}

@Test("samples at the ends of time do not upset a store that was never told the time")
func endsOfTime() {
    let store = SeriesStore()
    #expect(store.append(["a": "b"], Sample(Timestamp(milliseconds: .min + 1), 1)) == .appended)
    #expect(store.append(["a": "b"], Sample(Timestamp(milliseconds: .max), 2)) == .appended)
    #expect(store.append(["a": "b"], Sample(Timestamp(milliseconds: 0), 3)) == .insertedLate)
    #expect(store.append(["a": "b"], Sample(.distantPast, 3)) == .tooOld)
    var buffer = SampleBuffer()
    let all = store.select([], after: .distantPast, through: .distantFuture)
    store.read(all[0], after: .distantPast, through: .distantFuture, into: &buffer)
    #expect(buffer.values == [1, 3, 2])
    store.advance(to: .distantFuture)
    store.advance(to: .distantPast)
    #expect(store.append(["a": "b"], Sample(Timestamp(milliseconds: 5), 3)) == .tooOld)
}

@Test("the memory limit holds for samples of the future too, and does not shut out those of today")
func memoryLimitOfTheFuture() {
    let limits = StoreLimits(memoryBytesMax: 4 << 20)
    let store = SeriesStore(limits: limits)
    store.advance(to: start)
    var generator = SeededGenerator(seed: 6)
    let ahead: [LabelSet] = (0..<200).map { ["__name__": "m", "i": "\($0)"] }
    for step in 0..<3500 {
        for labels in ahead {
            _ = append(store, labels, Int64(step + 60), .random(in: 0...1, using: &generator))
        }
        if step % 100 == 0 {
            #expect(store.memoryInUse <= limits.memoryBytesMax)
            #expect(append(store, ["__name__": "today"], Int64(1 + step / 100)) == .appended)
        }
    }
    #expect(store.counters.evictedSamples > 0)
    #expect(store.floor(ofTenant: "") <= start)
}

@Test("planes without end are counted together, and a plane that is gone makes room")
func planesAreLimited() {
    let store = SeriesStore(limits: StoreLimits(retention: .hours(1), aheadMax: .hours(10)))
    for index in 0..<1000 {
        #expect(append(store, ["__name__": "m", "tenant": "t", "plane": "p\(index)"]) == .appended)
    }
    let sources = store.sources
    #expect(sources.count == TenantTable.planesPerTenantMax + 1)
    #expect(sources[0].plane == "" && sources[0].seriesCount == 1000 - TenantTable.planesPerTenantMax)
    store.advance(to: start + .hours(2))
    #expect(append(store, ["__name__": "m", "tenant": "t", "plane": "later"], 7200) == .appended)
    #expect(store.sources.contains { $0.plane == "later" && $0.seriesCount == 1 })
    #expect(store.sources.count == TenantTable.planesPerTenantMax + 1)
}
