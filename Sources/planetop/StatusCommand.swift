import AMQP
import ArgumentParser
import Dashboard
import Diagnostics
import DisplayText
import Glibc
import MetricModel
import Monitor
import Rules
import Terminal

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "One line and a Nagios exit code: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
        discussion:
            "No data and no alert rules are UNKNOWN, never OK. Looks at loaded data, or with --broker at what comes in for a while."
    )

    @OptionGroup var data: LoadOptions
    @OptionGroup var broker: BrokerOptions

    @Option(
        parsing: .upToNextOption,
        help: "Prometheus rule files, or folders of them, in place of the built-in rules.",
        completion: .file())
    var rules: [String] = []

    @Option(help: "The time to look at: RFC 3339 or seconds since the epoch. Default: the newest sample.")
    var time: TimeArgument?

    @Option(help: "How long to listen to the broker, like 20s.")
    var wait = TimeSpan.seconds(20)

    func validate() throws {
        if !data.load.isEmpty, broker.broker != nil {
            throw ValidationError("--load and --broker exclude each other")
        }
        if data.load.isEmpty, time != nil { throw ValidationError("--time belongs to --load") }
    }

    func run() throws {
        let status: ServiceStatus
        do throws(Problem) {
            let settings = try Settings.load()
            let groups = try ScreenSetup.rules(rules.isEmpty ? settings.rules : rules)
            if let absence = ServiceStatus.absence(of: groups) {
                // No need to listen: nothing could come of it.
                status = ServiceStatus(ignorance: absence)
            } else if data.load.isEmpty {
                status = try LiveStatus.listen(try broker.consumer(settings), groups, for: wait)
            } else {
                let run = try RuleReplay.run(data.load, groups, until: time?.timestamp)
                status = run.status(of: groups)
            }
        } catch {
            // A check that cannot be made knows nothing; the details go where problems go.
            report("\(error)")
            status = ServiceStatus(ignorance: error.what)
        }
        output(status.line)
        if status.verdict != .ok { throw ExitCode(status.verdict.rawValue) }
    }
}

/// Listens to a broker for a while, without a screen.
enum LiveStatus {
    /// How often the connection and what is due are looked at when nothing arrives.
    private static let patience: CInt = 200

    /// - Returns: `unknown` without a connection or a message, whatever an earlier run left behind.
    static func listen(
        _ configuration: Consumer.Configuration, _ groups: [RuleGroup], for span: TimeSpan
    ) throws(Problem) -> ServiceStatus {
        var settings = Observatory.Settings()
        settings.pace = .live(behindMax: 2)
        let observatory = Observatory(settings)
        observatory.load(groups)
        // What fired while the screen was watching goes on; a short look could not find out how long.
        do throws(Problem) {
            try AlertJournal(endpoint: configuration.endpoint.uri.description).restore(observatory)
        } catch {
            report("\(error)")
        }
        let monitor = Monitor(
            observatory, dashboards: [], link: .connecting(reason: "connecting", retry: nil))
        let wakeUp = WakeUp()
        let source = try BrokerSource(configuration, wakeUp: wakeUp, recording: nil)
        let end = monotonicNanoseconds() + UInt64(max(0, span.milliseconds)) * 1_000_000
        var wasLive = false
        while monotonicNanoseconds() < end {
            let hasMore = source.feed(monitor, clock: wallClock())
            if source.status.state.isLive { wasLive = true }
            if hasMore { continue }
            var descriptor = pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&descriptor, 1, patience) > 0 {
                var count: UInt64 = 0
                _ = read(wakeUp.descriptor, &count, 8)
            }
        }
        let lastError = source.status.lastError?.problem.what
        source.stop()
        // The newest messages count too: the rules look once more, on the next point of their grid.
        if let due = observatory.nextDue { observatory.advance(to: due) }
        var ignorance: String?
        if !wasLive {
            ignorance = "not connected: \(lastError ?? "the broker did not answer within \(span)")"
        } else if observatory.statistics.received == 0 {
            ignorance = "connected, but no message within \(span)"
        }
        return ServiceStatus(
            observatory.alerts.sorted(by: AlertOrder.isWorse), of: groups, ignorance: ignorance)
    }
}
