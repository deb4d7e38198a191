import ArgumentParser
import Diagnostics
import MetricModel
import Monitor
import Terminal

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Play captures on the screen.")

    @Argument(help: "Captures; several are played as one.", completion: .file())
    var files: [String]

    @Option(help: "How much faster than the clock.")
    var speed = 10.0

    @Option(
        help: """
            Where to begin: RFC 3339 or seconds since the epoch. Of what came before it, only the time of --retention is \
            read.
            """)
    var at: TimeArgument?

    @OptionGroup var options: ScreenOptions

    func validate() throws {
        guard speed > 0, speed <= 100_000 else {
            throw ValidationError("--speed must lie between 0 and 100000")
        }
    }

    func run() throws {
        let code = try orFail { () throws(Problem) in
            var setup = try ScreenSetup(options, try Settings.load())
            let source = try ReplaySource(
                paths: files, from: at.map { $0.timestamp - setup.observatory.limits.retention })
            // A capture is looked at as a whole.
            if options.retention == nil {
                setup.observatory.limits.retention = max(
                    setup.observatory.limits.retention,
                    source.span.upperBound - source.span.lowerBound + .hours(1))
            }
            let signals = Signals()
            let screen = try Screen()
            let observatory = Observatory(setup.observatory)
            observatory.load(setup.groups)
            let start = min(
                max(at?.timestamp ?? source.span.lowerBound, source.span.lowerBound), source.span.upperBound)
            let monitor = Monitor(
                observatory, dashboards: setup.dashboards,
                cursor: .replay(at: start, speed: speed, clock: wallClock()),
                link: .replay(start: source.span.lowerBound, end: source.span.upperBound),
                settings: setup.monitor)
            // Nothing was read when the first frame stands.
            monitor.readShare = 0
            let app = App(
                monitor: monitor, source: source, wakeUp: WakeUp(), signals: signals, screen: screen,
                theme: setup.theme)
            return app.run()
        }
        if code != 0 { throw ExitCode(code) }
    }
}
