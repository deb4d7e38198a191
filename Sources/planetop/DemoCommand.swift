import ArgumentParser
import Diagnostics
import Glibc
import MetricModel
import Monitor
import Terminal

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "The same screen fed by a simulated data plane with faults; needs no broker.")

    @OptionGroup var options: ScreenOptions

    @Option(help: "The seed of the simulated world.")
    var seed: UInt64 = 1

    func run() throws {
        let code = try orFail { () throws(Problem) in
            var setup = try ScreenSetup(options, try Settings.load())
            setup.observatory.processFigures = ProcessFigures.read
            setup.observatory.limits.seriesPerTenantMax = 20_000
            let signals = Signals()
            let screen = try Screen()
            let observatory = Observatory(setup.observatory)
            observatory.load(setup.groups)
            let monitor = Monitor(
                observatory, dashboards: setup.dashboards, link: .demonstration, settings: setup.monitor)
            let source = DemoSource(seed: seed, present: wallClock(), recording: nil)
            let app = App(
                monitor: monitor, source: source, wakeUp: WakeUp(), signals: signals, screen: screen, theme: setup.theme)
            return app.run()
        }
        if code != 0 { throw ExitCode(code) }
    }
}
