import AMQP
import ArgumentParser
import Diagnostics
import Glibc
import MetricModel
import Monitor
import Terminal

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record without a screen.")

    @Argument(help: "The capture to write or to go on with; `-` is standard output.", completion: .file())
    var file: String

    @OptionGroup var broker: BrokerOptions

    @Option(name: .customLong("for"), help: "End after this much time, like 15m.")
    var duration: TimeSpan?

    func run() throws {
        try orFail { () throws(Problem) in
            let settings = try Settings.load()
            let consumer = try broker.consumer(settings)
            let tap = try RecordingTap(path: file)
            let signals = Signals()
            let wakeUp = WakeUp()
            // Rules and dashboards have nothing to do here: deliveries go straight into the file.
            let monitor = Monitor(
                Observatory(), dashboards: [], link: .connecting(reason: "connecting", retry: nil))
            let source = try BrokerSource(consumer, wakeUp: wakeUp, recording: tap.take)
            let end = duration.map { wallClock() + $0 }
            let loop = EventLoop(input: -1, signals: signals, wakeUp: wakeUp)
            var lastState = ""
            var wasLive = false
            while true {
                let clock = wallClock()
                if let end, clock >= end { break }
                _ = source.feed(monitor, clock: clock)
                if let problem = tap.look(clock: clock) { report("\(problem)") }
                let state = words(monitor.link)
                if state != lastState {
                    report(state)
                    lastState = state
                }
                if source.status.state.isLive { wasLive = true }
                let readiness = loop.wait(until: monotonicNanoseconds() + 1_000_000_000)
                if readiness.signals,
                    signals.drain().contains(where: { if case .end = $0 { true } else { false } })
                {
                    break
                }
            }
            source.stop()
            tap.finish(clock: wallClock())
            report("\(tap.kept) messages recorded")
            if let problem = tap.problem { throw problem }
            if !wasLive {
                throw Problem(
                    "nothing was recorded: \(lastState)", fix: "`planetop doctor` tries every step of it")
            }
        }
    }

    private func words(_ link: LinkStatus) -> String {
        switch link {
        case .connecting(let reason, let retry): retry == nil ? reason : "\(reason); trying again"
        case .impaired(let reason): reason
        case .loading: "reading history"
        case .live, .replay, .demonstration: "connected"
        }
    }
}
