import ArgumentParser
import Diagnostics
import Glibc
import MetricModel
import Monitor
import Simulator
import Terminal

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "The same screen fed by a simulated data plane with faults; needs no broker.")

    @OptionGroup var options: ScreenOptions

    @Option(help: "The seed of the simulated world.")
    var seed: UInt64 = 1

    @Flag(help: "Draw nothing: let virtual time pass as fast as it goes.")
    var headless = false

    @Option(name: .customLong("for"), help: "How much virtual time passes without a screen, like 2h.")
    var duration: TimeSpan?

    @Option(help: "Record the messages into this capture.", completion: .file())
    var record: String?

    func validate() throws {
        if headless, duration == nil || record == nil {
            throw ValidationError(
                "--headless needs --for and --record: without them nothing would come of it")
        }
        if !headless, duration != nil { throw ValidationError("--for belongs to --headless") }
    }

    func run() throws {
        if headless {
            try orFail { () throws(Problem) in try recordHeadless() }
            return
        }
        let code = try orFail { () throws(Problem) in
            let settings = try Settings.load()
            var setup = try ScreenSetup(options, settings)
            setup.observatory.processFigures = ProcessFigures.read
            setup.observatory.limits.seriesPerTenantMax = 20_000
            let recorder = Recorder()
            if let record { try recorder.begin(at: record) }
            let signals = Signals()
            let screen = try Screen()
            let observatory = Observatory(setup.observatory)
            observatory.load(setup.groups)
            let monitor = Monitor(
                observatory, dashboards: setup.dashboards, link: .loading(0), settings: setup.monitor)
            let now = wallClock()
            let source = DemoSource(seed: seed, present: now, recording: recorder.take)
            let app = App(
                monitor: monitor, source: source, wakeUp: WakeUp(), signals: signals, screen: screen,
                theme: setup.theme,
                ruleWatch: RuleWatch(paths: options.rules.isEmpty ? settings.rules : options.rules),
                recorder: recorder)
            let code = app.run()
            return recorder.finishing(with: code)
        }
        if code != 0 { throw ExitCode(code) }
    }

    /// The same seed and duration give the same messages: they end at a fixed time.
    private func recordHeadless() throws(Problem) {
        guard let duration, let record else { return }
        let end = Timestamp(milliseconds: 1_795_219_200_000)
        let start = end - duration
        let tap = try RecordingTap(path: record)
        var simulation = Simulation(seed: seed, start: start, present: max(start, end - .minutes(30)))
        while simulation.nextDue <= end {
            for delivery in simulation.deliveries(through: min(end, simulation.nextDue + .minutes(5))) {
                tap.take(delivery)
            }
        }
        tap.finish(clock: end)
        if let problem = tap.problem { throw problem }
        report("\(duration) of virtual time recorded, \(tap.kept) messages")
    }
}
