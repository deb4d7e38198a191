import Builtin
import Dashboard
import Messaging
import MetricModel
import Monitor
import Rules
import SeriesStore
import Simulator

/// Whether memory stays what it is: the simulated planes for DAYS of virtual time, with the built-in rules evaluated and
/// the built-in dashboards drawn, one frame a virtual minute; a line for each day.
func soakBenchmark(_ options: PlanetopBench.Options) {
    do {
        try soak(days: options.size ?? 14)
    } catch {
        report("soak", "failed", "\(error)")
    }
}

private func soak(days: Int) throws {
    let start = BenchmarkSeries.end
    let observatory = Observatory()
    observatory.load(
        try RuleFile.parse(
            text: String(decoding: Builtin.rules.yaml, as: UTF8.self), file: Builtin.rules.name
        )
        .groups)
    let dashboards = try Builtin.dashboards.map { try Dashboard.read($0.json, file: $0.name) }
    let monitor = Monitor(
        observatory, dashboards: dashboards, link: .demonstration, settings: Monitor.Settings())
    var simulation = Simulation(seed: 1, start: start, present: start)
    print(
        "The store keeps \(observatory.store.limits.retention.description); load average \(loadAverage()).\n")
    print("| day | messages | series | samples kept | store, MB | resident, MB | CPU s | frames |")
    print("|---|---|---|---|---|---|---|---|")
    var frames = 0
    var lines = 0
    for day in 1...days {
        let cpu = cpuSeconds {
            for minute in 1...(24 * 60) {
                let now = start + TimeSpan(milliseconds: Int64((day - 1) * 24 * 60 + minute) * 60_000)
                for delivery in simulation.deliveries(through: now) { observatory.receive(delivery) }
                observatory.advance(to: now)
                // Another dashboard every ten minutes.
                if minute % 10 == 0 { _ = monitor.press(.tab, clock: now) }
                lines += monitor.frame(width: 200, height: 50, clock: now).height
                frames += 1
            }
        }
        let store = observatory.store
        print(
            "| \(day) | \(observatory.statistics.received) | \(store.seriesCount) | \(store.sampleCount) "
                + "| \(fixed(Double(store.memoryInUse) / 1e6, 1)) | \(fixed(Double(residentBytes()) / 1e6, 1)) "
                + "| \(fixed(cpu, 1)) | \(frames) |")
    }
    precondition(lines > 0)
}
