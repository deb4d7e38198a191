import MetricModel
import Testing

@testable import SeriesStore

/// The store as it is meant to be: a sorted list for every series, everything looked at every time.
private struct NaiveStore {
    struct Series {
        var samples: [Int64: Double] = [:]
        var newest = Int64.min
        var interval: TimeSpan?

        mutating func insert(_ time: Int64, _ value: Double) {
            samples[time] = value
            newest = max(newest, time)
        }
    }

    var series: [LabelSet: Series] = [:]
    var newestAllowed = Int64.max

    func outcome(_ labels: LabelSet, _ time: Int64, _ value: Double, floor: Int64) -> AppendOutcome {
        if time <= floor { return .tooOld }
        if time > newestAllowed { return .tooNew }
        let samples = series[labels]?.samples ?? [:]
        if let present = samples[time] {
            return present.bitPattern == value.bitPattern ? .duplicate : .conflict
        }
        return time > series[labels]?.newest ?? .min ? .appended : .insertedLate
    }

    mutating func expire(_ floor: (LabelSet) -> Int64) {
        for (labels, one) in series {
            let limit = floor(labels)
            series[labels]!.samples = one.samples.filter { $0.key > limit }
            if one.newest <= limit { series[labels] = nil }
        }
    }
}

private func floorMilliseconds(_ store: SeriesStore, _ labels: LabelSet) -> Int64 {
    store.floor(ofTenant: labels["tenant"] ?? "").milliseconds
}

private func expectEqual(
    _ store: SeriesStore, _ naive: NaiveStore, _ generator: inout SeededGenerator, _ comment: Comment
) {
    #expect(store.seriesCount == naive.series.count, comment)
    let times = naive.series.values.flatMap(\.samples.keys)
    var windows: [(Int64, Int64)] = [(.min, .max)]
    if let a = times.randomElement(using: &generator), let b = times.randomElement(using: &generator) {
        windows.append((min(a, b), max(a, b)))
        windows.append((max(a, b) - 300_000, max(a, b)))
    }
    var buffer = SampleBuffer()
    for (after, through) in windows {
        let selected = store.select(
            [], after: Timestamp(milliseconds: after), through: Timestamp(milliseconds: through))
        var seen: Set<LabelSet> = []
        for one in selected {
            buffer.removeAll()
            store.read(
                one, after: Timestamp(milliseconds: after), through: Timestamp(milliseconds: through),
                into: &buffer)
            guard let known = naive.series[one.labels] else {
                Issue.record("\(one.labels) should be gone; \(comment)")
                continue
            }
            seen.insert(one.labels)
            let expected = known.samples.filter { $0.key > after && $0.key <= through }.sorted {
                $0.key < $1.key
            }
            #expect(buffer.timestamps == expected.map(\.key), comment)
            #expect(bits(buffer.values) == bits(expected.map(\.value)), comment)
            #expect(buffer.startTimestamps.isEmpty)
            let lookback = known.interval.map { max(300_000, $0.milliseconds * 5 / 2) } ?? 300_000
            #expect(one.lookback?.milliseconds == (lookback > 300_000 ? lookback : nil), comment)
        }
        // A series may be named without samples in the window, but none with samples may be left out.
        for (labels, known) in naive.series where !seen.contains(labels) {
            #expect(!known.samples.keys.contains { $0 > after && $0 <= through }, comment)
        }
    }
    for (labels, known) in naive.series {
        let newest = store.newestSample(of: labels)
        let expected = known.samples.max { $0.key < $1.key }
        #expect(newest?.timestamp.milliseconds == expected?.key, comment)
        #expect(newest?.value.bitPattern == expected?.value.bitPattern, comment)
    }
}

/// - Parameter memoryBytesMax: with the least possible, memory runs short; then no samples lie in the future.
private func runAgainstModel(seed: UInt64, rounds: Int, memoryBytesMax: Int, seriesCount: Int) {
    let isShort = memoryBytesMax == StoreLimits.memoryBytesFloor
    var generator = SeededGenerator(seed: seed)
    let limits = StoreLimits(
        retention: isShort ? .hours(40) : .hours(2), memoryBytesMax: memoryBytesMax, aheadMax: .minutes(30))
    let store = SeriesStore(limits: limits, hashSeed: seed)
    var naive = NaiveStore()
    var counts = (appended: 0, late: 0, duplicates: 0, conflicts: 0, old: 0, new: 0)
    var now: Int64 = 1_700_000_000_000
    var churn = 0
    var evictions: UInt64 = 0
    var handles: [LabelSet: SeriesID] = [:]
    for round in 0..<rounds {
        now += Int64.random(in: 5_000...120_000, using: &generator)
        if generator.chance(isShort ? 1 : 10) { churn += 1 }
        if generator.chance(2) { now += 3_600_000 * 3 }
        let comment: Comment = "seed \(seed) round \(round)"
        for index in 0..<seriesCount where generator.chance(80) {
            // A third of the series get a new name now and then, as pods and applications do.
            let labels: LabelSet = [
                "__name__": "m\(index % 3)", "tenant": index % 4 == 0 ? "" : "t\(index % 4)",
                "pod": index % 3 == 0 ? "p\(index)-\(churn)" : "p\(index)",
            ]
            var time = now
            if generator.chance(8) { time -= Int64.random(in: 0...9_000_000, using: &generator) }
            if generator.chance(3) { time = now - 60_000 }
            if !isShort && generator.chance(1) { time += Int64.random(in: 0...5_000_000, using: &generator) }
            let value: Double
            switch index % 4 {
            case 0: value = Double(round)
            case 1: value = Double.random(in: 0...1, using: &generator)
            case 2: value = specialDoubles.randomElement(using: &generator)!
            default: value = Double((round * 7 + index) % 100) / 10
            }
            let interval: TimeSpan? = index % 5 == 0 ? .seconds(Int64(index % 7) * 60) : nil
            let repeats = generator.chance(3) ? 2 : 1
            for repetition in 0..<repeats {
                let offered = repetition > 0 && generator.chance(50) ? 77.5 : value
                let before = floorMilliseconds(store, labels)
                let expected = naive.outcome(labels, time, offered, floor: before)
                var outcome: AppendOutcome
                if generator.chance(30), let id = handles[labels] {
                    outcome = store.append(id, Sample(Timestamp(milliseconds: time), offered))
                    if outcome == .unknownSeries {
                        handles[labels] = nil
                        outcome = store.append(
                            labels, Sample(Timestamp(milliseconds: time), offered), interval: interval)
                    } else if let interval {
                        store.declare(interval: interval, of: id)
                    }
                } else {
                    outcome = store.append(
                        labels, Sample(Timestamp(milliseconds: time), offered), interval: interval)
                    if case .refused = outcome {
                    } else if outcome != .tooOld && outcome != .tooNew && generator.chance(20) {
                        handles[labels] = try? store.seriesID(for: labels)
                    }
                }
                #expect(outcome == expected, comment)
                switch outcome {
                case .appended, .insertedLate:
                    naive.series[labels, default: .init()].insert(time, offered)
                    if outcome == .appended { counts.appended += 1 } else { counts.late += 1 }
                case .duplicate: counts.duplicates += 1
                case .conflict: counts.conflicts += 1
                case .tooOld: counts.old += 1
                case .tooNew: counts.new += 1
                case .refused, .unknownSeries: Issue.record("unexpected \(outcome); \(comment)")
                }
                if let interval, naive.series[labels] != nil { naive.series[labels]!.interval = interval }
                // The append may have run out of memory, and so moved the start of a window.
                if store.counters.evictions != evictions {
                    evictions = store.counters.evictions
                    naive.expire { floorMilliseconds(store, $0) }
                }
            }
        }
        if generator.chance(30) {
            store.advance(to: Timestamp(milliseconds: now))
            naive.newestAllowed =
                naive.newestAllowed == .max ? now + 1_800_000 : max(naive.newestAllowed, now + 1_800_000)
            naive.expire { floorMilliseconds(store, $0) }
            for tenant in store.tenants { #expect(tenant.floor.milliseconds <= now, comment) }
        }
        #expect(store.memoryInUse <= limits.memoryBytesMax, comment)
        if round % 37 == 0 || round == rounds - 1 { expectEqual(store, naive, &generator, comment) }
    }
    let counters = store.counters
    #expect((counters.evictions > 0) == isShort)
    #expect(counters.appended == UInt64(counts.appended))
    #expect(counters.insertedLate == UInt64(counts.late))
    #expect(counters.duplicates == UInt64(counts.duplicates))
    #expect(counters.conflicts == UInt64(counts.conflicts))
    #expect(counters.tooOld == UInt64(counts.old))
    #expect(counters.tooNew == UInt64(counts.new))
    #expect(counters.createdSeries - counters.removedSeries == UInt64(store.seriesCount))
    let taken = Int(counters.appended + counters.insertedLate)
    #expect(taken - store.sampleCount == Int(counters.expiredSamples + counters.evictedSamples))
}

@Test("appends in any order, churn and expiry: every select and read as the naive store has it")
func storeAgainstModel() {
    let seed = testSeed()
    for run in 0..<3 {
        runAgainstModel(
            seed: seed &+ UInt64(run), rounds: 260, memoryBytesMax: 512 << 20, seriesCount: 40)
    }
}

@Test("the same with too little memory")
func storeAgainstModelShortOfMemory() {
    let seed = testSeed()
    runAgainstModel(
        seed: seed, rounds: 350, memoryBytesMax: StoreLimits.memoryBytesFloor, seriesCount: 1500)
}
