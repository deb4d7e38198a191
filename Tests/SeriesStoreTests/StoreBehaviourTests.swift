import MetricModel
import Testing

@testable import SeriesStore

private let start = Timestamp(milliseconds: 1_700_000_000_000)

private func all(_ store: SeriesStore, _ matchers: [LabelMatcher] = []) -> [SelectedSeries] {
    store.select(matchers, after: .distantPast, through: .distantFuture)
}

private func name(_ value: String) -> LabelMatcher { LabelMatcher(name: "__name__", equals: value) }

struct LookbackCase {
    var interval: TimeSpan?
    var lookback: TimeSpan?
}

@Test(
    "lookback is two and a half intervals, and said only when longer than five minutes",
    arguments: [
        LookbackCase(interval: nil, lookback: nil),
        LookbackCase(interval: .seconds(15), lookback: nil),
        LookbackCase(interval: .minutes(2), lookback: nil),
        LookbackCase(interval: TimeSpan(milliseconds: 120_001), lookback: TimeSpan(milliseconds: 300_002)),
        LookbackCase(interval: .minutes(5), lookback: TimeSpan(milliseconds: 750_000)),
        LookbackCase(interval: .hours(24), lookback: .hours(60)),
        LookbackCase(interval: .seconds(-5), lookback: nil),
    ])
func lookback(_ example: LookbackCase) {
    let store = SeriesStore()
    store.append(["a": "b"], Sample(start, 1), interval: example.interval)
    #expect(all(store)[0].lookback == example.lookback)
    // Not said again, it stays.
    store.append(["a": "b"], Sample(start + .seconds(1), 1))
    #expect(all(store)[0].lookback == example.lookback)
}

@Test("stale markers are samples like others, bit for bit")
func staleMarkers() {
    let store = SeriesStore()
    store.append(["a": "b"], Sample(start, 1))
    store.append(["a": "b"], Sample(start + .seconds(15), StaleMarker.value))
    #expect(store.append(["a": "b"], Sample(start + .seconds(15), StaleMarker.value)) == .duplicate)
    #expect(store.append(["a": "b"], Sample(start + .seconds(15), .nan)) == .conflict)
    var buffer = SampleBuffer()
    store.read(all(store)[0], after: .distantPast, through: .distantFuture, into: &buffer)
    #expect(buffer.count == 2 && StaleMarker.isStale(buffer.values[1]))
    #expect(store.newestSample(of: ["a": "b"]).map { StaleMarker.isStale($0.value) } == true)
}

@Test("a handle serves until its series is gone, and is not taken for the next one in its place")
func handles() throws {
    let store = SeriesStore(limits: StoreLimits(retention: .hours(1), aheadMax: .hours(10)))
    let id = try store.seriesID(for: ["a": "old"], interval: .minutes(5))
    #expect(try store.seriesID(for: ["a": "old"]) == id)
    #expect(store.newestSample(of: id) == nil)
    #expect(store.append(id, Sample(start, 1)) == .appended)
    #expect(store.newestSample(of: id) == Sample(start, 1))
    #expect(all(store)[0].lookback == TimeSpan(milliseconds: 750_000))
    store.advance(to: start + .hours(2))
    #expect(store.seriesCount == 0)
    #expect(store.append(id, Sample(start + .hours(2), 1)) == .unknownSeries)
    let next = try store.seriesID(for: ["a": "new"])
    #expect(next.index == id.index && next != id)
    #expect(store.append(id, Sample(start + .hours(2), 1)) == .unknownSeries)
    #expect(store.append(next, Sample(start + .hours(2), 1)) == .appended)
    #expect(all(store).map(\.labels) == [["a": "new"]])
    #expect(all(store)[0].lookback == nil)
    // Taken but never used, it goes when the window moves.
    let unused = try store.seriesID(for: ["a": "unused"])
    store.advance(to: start + .hours(2) + .minutes(5))
    #expect(store.append(unused, Sample(start + .hours(2), 1)) == .unknownSeries)
}

@Test("change counts grow with every change to what a matcher can select, and stand still otherwise")
func changeCounts() throws {
    let store = SeriesStore(limits: StoreLimits(retention: .hours(1), aheadMax: .hours(100)))
    let either = [try LabelMatcher("__name__", .matchesRegex, "x|y")]
    let pattern = [try LabelMatcher("__name__", .matchesRegex, "x.*")]
    let everything = [LabelMatcher(name: "job", equals: "j")]
    func counts() -> [UInt64] {
        [[name("x")], [name("y")], either, pattern, everything].map { store.changeCount($0) }
    }
    func grown(_ change: () -> Void) -> [Bool] {
        let before = counts()
        change()
        return zip(before, counts()).map { old, new in
            #expect(new >= old)
            return new > old
        }
    }
    #expect(grown {} == [false, false, false, false, false])
    #expect(grown { store.append(["__name__": "x"], Sample(start, 1)) } == [true, false, true, true, true])
    #expect(grown { store.append(["__name__": "y"], Sample(start, 1)) } == [false, true, true, true, true])
    #expect(grown { store.append(["__name__": "z"], Sample(start, 1)) } == [false, false, false, true, true])
    #expect(grown { store.append(["no": "name"], Sample(start, 1)) } == [false, false, false, true, true])
    #expect(
        grown { store.append(["__name__": "x"], Sample(start, 1)) } == [false, false, false, false, false])
    #expect(
        grown { store.append(["__name__": "x"], Sample(start, 2)) } == [false, false, false, false, false])
    #expect(grown { store.append(["__name__": "y"], Sample(start + .hours(1), 2)) }[1])
    #expect(
        grown { store.append(["__name__": "y"], Sample(start + .minutes(30), 2)) } == [
            false, true, true, true, true,
        ])
    // Only x, z and the nameless lose their samples, but y loses its oldest.
    #expect(grown { store.advance(to: start + .hours(1) + .minutes(10)) } == [true, true, true, true, true])
    #expect(store.seriesCount == 1)
    // Less than a step of the window.
    #expect(
        grown { store.advance(to: start + .hours(1) + .minutes(10) + .seconds(50)) }
            == [false, false, false, false, false])
    // A name that went and comes again does not fall back.
    #expect(grown { store.append(["__name__": "x"], Sample(start + .hours(1), 1)) }[0])
    #expect(grown { store.advance(to: start + .hours(9)) } == [true, true, true, true, true])
    #expect(grown { store.append(["__name__": "w"], Sample(start + .hours(9), 1)) }[0] == false)
}

@Test("sources tell when each plane last sent something; what rules write back does not count")
func sources() {
    let store = SeriesStore()
    store.append(["__name__": "a", "tenant": "t1", "plane": "p1"], Sample(start, 1))
    store.append(["__name__": "b", "tenant": "t1", "plane": "p1"], Sample(start + .seconds(30), 1))
    store.append(["__name__": "b", "tenant": "t1", "plane": "p1"], Sample(start + .seconds(10), 1))
    store.append(["__name__": "a", "tenant": "t2", "plane": "p1"], Sample(start + .seconds(5), 1))
    store.append(
        ["__name__": "ALERTS", "tenant": "t2", "plane": "p1"], Sample(start + .hours(1), 1), origin: .derived)
    store.append(["__name__": "up"], Sample(start, 1))
    #expect(
        store.sources == [
            SourceUsage(tenant: "", plane: "", seriesCount: 1, newest: start),
            SourceUsage(tenant: "t1", plane: "p1", seriesCount: 2, newest: start + .seconds(30)),
            SourceUsage(tenant: "t2", plane: "p1", seriesCount: 1, newest: start + .seconds(5)),
        ])
    #expect(store.tenants.map(\.seriesCount) == [1, 2, 2])
    // A silent plane is still known, with the age of what it last said.
    store.advance(to: start + .hours(8))
    #expect(store.seriesCount == 0)
    #expect(store.sources.map(\.seriesCount) == [0, 0, 0])
    #expect(store.sources[1].newest == start + .seconds(30))
}

@Test("values and names for variables, within matchers and time")
func variables() {
    let store = SeriesStore()
    for (index, dag) in ["etl", "ml", "report"].enumerated() {
        store.append(
            ["__name__": "airflow_dag_runs", "tenant": "t\(index % 2)", "dag_id": dag],
            Sample(start + .hours(Int64(index)), 1))
    }
    store.append(["__name__": "spark_up", "tenant": "t1", "app": "a"], Sample(start, 1))
    #expect(store.labelValues(of: "dag_id") == ["etl", "ml", "report"])
    #expect(
        store.labelValues(of: "dag_id", matching: [LabelMatcher(name: "tenant", equals: "t0")]) == [
            "etl", "report",
        ])
    #expect(store.labelValues(of: "dag_id", after: start + .minutes(30)) == ["ml", "report"])
    #expect(store.labelValues(of: "dag_id", through: start + .hours(1)) == ["etl", "ml"])
    #expect(store.labelValues(of: "nothing") == [])
    #expect(store.labelNames() == ["__name__", "app", "dag_id", "tenant"])
    #expect(store.labelNames(matching: [name("spark_up")]) == ["__name__", "app", "tenant"])
    #expect(
        store.series(matching: [name("spark_up")]) == [["__name__": "spark_up", "tenant": "t1", "app": "a"]])
}

@Test("a series is read only where it can have samples")
func selectionByTime() {
    let store = SeriesStore()
    for step in 0..<100 { store.append(["a": "b"], Sample(start + .seconds(Int64(step) * 15), 1)) }
    #expect(store.select([], after: start + .hours(1), through: start + .hours(2)).isEmpty)
    #expect(store.select([], after: start - .hours(1), through: start - .seconds(1)).isEmpty)
    #expect(store.select([], after: start - .hours(1), through: start).count == 1)
    // A handle of another source reads nothing.
    var buffer = SampleBuffer()
    for handle in [-1, 1, Int.max] {
        store.read(
            SelectedSeries(handle: handle, labels: .empty), after: .distantPast, through: .distantFuture,
            into: &buffer)
    }
    #expect(buffer.isEmpty)
    // The window is open on the left and closed on the right.
    store.read(all(store)[0], after: start, through: start + .seconds(30), into: &buffer)
    #expect(buffer.timestamps == [15, 30].map { (start + .seconds($0)).milliseconds })
}

@Test("weeks of churn leave no more memory in use than the first days")
func churnForWeeks() {
    let seed = testSeed()
    var generator = SeededGenerator(seed: seed)
    let store = SeriesStore(limits: StoreLimits(retention: .hours(6)), hashSeed: seed)
    var now = start
    var afterDay: [Int] = []
    for day in 0..<24 {
        for hour in 0..<24 {
            // 40 applications an hour, each with a name of its own, 6 series and its own jitter; 30 series stay.
            for application in 0..<40 {
                let id = "app-\(day)-\(hour)-\(application)-\(generator.next() % 1000)"
                let jitter = Int64.random(in: 0...400, using: &generator)
                for step in 0..<4 {
                    for metric in 0..<6 {
                        store.append(
                            ["__name__": "spark_\(metric)", "tenant": "t\(application % 3)", "app": id],
                            Sample(
                                now + .minutes(Int64(step) * 15)
                                    + TimeSpan(milliseconds: jitter * Int64(step)), Double(step)))
                    }
                }
            }
            for index in 0..<30 {
                for step in 0..<12 {
                    store.append(
                        ["__name__": "airflow", "dag_id": "d\(index)"],
                        Sample(now + .minutes(Int64(step) * 5), .random(in: 0...1, using: &generator)))
                }
            }
            now = now + .hours(1)
            store.advance(to: now)
        }
        afterDay.append(store.memoryInUse)
        #expect(store.seriesCount <= 40 * 6 * 8 + 30)
    }
    #expect(afterDay.max()! <= afterDay[1] * 3 / 2, "seed \(seed): \(afterDay)")
    #expect(store.counters.removedSeries > 100_000)
}
