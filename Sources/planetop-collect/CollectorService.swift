import Collect
import Diagnostics
import Glibc
import Logging
import Messaging
import MetricModel
import Synchronization

/// Runs the readers on their schedules, each on a thread of its own, so that a source that hangs delays only itself.
final class CollectorService: Sendable {
    /// Takes a finished message; `false` when it was refused.
    typealias Outlet = @Sendable (OutgoingMessage) -> Bool

    private let configuration: CollectorConfiguration
    private let logger: Logger
    private let outlet: Outlet
    private let encoder: Mutex<ReportEncoder>
    private let stop = StopSignal()
    private let running = Mutex(0)

    init(_ configuration: CollectorConfiguration, logger: Logger, user: String?, outlet: @escaping Outlet) {
        self.configuration = configuration
        self.logger = logger
        self.outlet = outlet
        encoder = Mutex(ReportEncoder(configuration, user: user))
    }

    /// Starts the threads of the configured sources.
    func start() {
        if let airflow = configuration.airflow {
            begin("airflow", every: airflow.interval) {
                var reader = AirflowReader(airflow, client: HTTPClient())
                return { clock in reader.cycle(clock: clock) }
            }
        }
        if let prometheus = configuration.prometheus {
            begin("prometheus", every: prometheus.interval) {
                var reader = SparkReader(prometheus, client: HTTPClient())
                return { clock in reader.cycle(clock: clock) }
            }
        }
    }

    /// Ends the schedules; cycles under way are finished first.
    func finish(within span: TimeSpan) {
        stop.raise()
        let deadline = wallClock() + span
        while running.withLock({ $0 }) > 0, wallClock() < deadline { usleep(20_000) }
    }

    private typealias Cycle = (@escaping () -> Timestamp) -> [CollectedReport]

    private func begin(_ name: String, every interval: TimeSpan, _ make: @escaping @Sendable () -> Cycle) {
        running.withLock { $0 += 1 }
        Thread.start { [self] in
            let cycle = make()
            var next = wallClock()
            while true {
                run(name, cycle)
                // On a grid from the first cycle on: a long cycle makes the next one late, not all later ones.
                next = next + interval
                let now = wallClock()
                if next <= now {
                    let missed = (now - next).milliseconds / interval.milliseconds + 1
                    logger.warning(
                        "cycle took longer than its interval",
                        metadata: ["source": "\(name)", "missed": "\(missed)"])
                    next = next + TimeSpan(milliseconds: missed * interval.milliseconds)
                }
                if stop.wait(next - now) { break }
            }
            running.withLock { $0 -= 1 }
        }
    }

    private func run(_ name: String, _ cycle: Cycle) {
        let begun = wallClock()
        let reports = cycle(wallClock)
        var count = 0
        var errors: [SourceProblem] = []
        for report in reports {
            if report.kind == "collector" { errors += report.errors }
            for message in encoder.withLock({ $0.messages(report, logger: logger) }) where outlet(message) {
                count += 1
            }
        }
        for error in errors {
            logger.warning(
                "source answered badly",
                metadata: ["source": "\(error.source)", "code": "\(error.code)", "what": "\(error.text)"])
        }
        logger.info(
            "cycle done",
            metadata: [
                "source": "\(name)", "messages": "\(count)",
                "series": "\(reports.reduce(0) { $0 + $1.series.count })",
                "errors": "\(errors.count)", "ms": "\((wallClock() - begun).milliseconds)",
            ])
    }
}

/// Milliseconds since the epoch by the machine's clock.
@Sendable func wallClock() -> Timestamp {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
}
