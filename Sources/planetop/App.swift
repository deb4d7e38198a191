import AMQP
import Canvas
import Diagnostics
import Glibc
import MetricModel
import Monitor
import Terminal

/// The loop of a live screen: waits, feeds, draws.
///
/// One thread owns everything. It sleeps until a key, a signal, a delivery or a time that matters, draws at most so often, and
/// never while the terminal has not taken the frame before.
final class App {
    private let monitor: Monitor
    private let source: any Source
    private let screen: Screen
    private let signals: Signals
    private let wakeUp: WakeUp
    private let loop: EventLoop
    private let ruleWatch: RuleWatch?
    private let journal: AlertJournal?
    /// `nil` in a replay.
    private let recorder: Recorder?
    private var theme: ChosenTheme
    /// That of the command line or the settings.
    private let givenTheme: ChosenTheme
    private var shown: (changes: UInt64, clock: Timestamp)?
    private var exitCode: Int32?

    /// Milliseconds between two frames that data alone asks for.
    private static let frameInterval: Int64 = 100

    init(
        monitor: Monitor, source: any Source, wakeUp: WakeUp, signals: Signals, screen: Screen,
        theme: ChosenTheme,
        ruleWatch: RuleWatch? = nil, recorder: Recorder? = nil, journal: AlertJournal? = nil
    ) {
        self.monitor = monitor
        self.journal = journal
        self.recorder = recorder
        self.ruleWatch = ruleWatch
        self.source = source
        self.screen = screen
        self.signals = signals
        self.wakeUp = wakeUp
        self.theme = theme
        givenTheme = theme
        loop = EventLoop(input: STDIN_FILENO, signals: signals, wakeUp: wakeUp)
    }

    /// Runs until the user, a signal or the terminal's end.
    ///
    /// - Returns: the exit code.
    func run() -> Int32 {
        // The frame stands before anything is connected or read.
        draw(wallClock())
        while exitCode == nil {
            let clock = wallClock()
            QueryDeadline.begin(QueryDeadline.screenLimit)
            let hasMore = source.feed(monitor, clock: clock)
            ruleWatch?.look(monitor, clock: clock)
            journal?.look(monitor, clock: clock)
            recorder?.look(monitor, clock: clock)
            let isDue = shown.map { clock.milliseconds - $0.clock.milliseconds >= Self.frameInterval } ?? true
            if screen.isReady, isDue, !source.isAboutToCatchUp, needsFrame(clock) { draw(clock) }
            let readiness = loop.wait(until: hasMore ? 0 : deadline(clock), output: screen.outputDescriptor)
            if readiness.hungUp {
                exitCode = 128 + SIGHUP
                break
            }
            if readiness.writable { screen.continueSending() }
            if readiness.signals { for signal in signals.drain() { handle(signal) } }
            if readiness.input { pressKeys() }
        }
        source.stop()
        screen.restore()
        return exitCode ?? 0
    }

    private func needsFrame(_ clock: Timestamp) -> Bool {
        guard let shown else { return true }
        if shown.changes != monitor.changeCount { return true }
        guard let next = monitor.nextChange(clock: shown.clock) else { return false }
        return clock >= next
    }

    /// When the loop must look again by itself, on the monotonic clock.
    private func deadline(_ clock: Timestamp) -> UInt64? {
        var next = source.nextDue(monitor, clock: clock)
        func consider(_ time: Timestamp?) {
            guard let time else { return }
            next = next.map { min($0, time) } ?? time
        }
        consider(monitor.nextChange(clock: clock))
        consider(recorder?.nextDue)
        if let shown, shown.changes != monitor.changeCount, screen.isReady {
            consider(shown.clock + TimeSpan(milliseconds: Self.frameInterval))
        }
        guard let next else { return nil }
        let left = max(0, (next - clock).milliseconds)
        return monotonicNanoseconds() + UInt64(min(left, 3_600_000)) * 1_000_000
    }

    private func draw(_ clock: Timestamp) {
        QueryDeadline.begin(QueryDeadline.screenLimit)
        let canvas = monitor.frame(width: screen.width, height: screen.height, clock: clock)
        let theme = theme.theme
        let depth: ColorDepth =
            screen.profile.colors >= 256
            ? .palette256
            : screen.profile.colors >= 16 ? .sixteen : screen.profile.colors >= 8 ? .eight : .mono
        screen.present(canvas) { theme.resolve($0, at: depth) }
        shown = (monitor.changeCount, clock)
    }

    private func pressKeys() {
        for key in screen.keys() {
            for effect in monitor.press(key, clock: wallClock()) { carryOut(effect) }
        }
        // A key is answered at once, whatever data is doing.
        if exitCode == nil, screen.isReady, !source.isAboutToCatchUp { draw(wallClock()) }
    }

    private func carryOut(_ effect: Effect) {
        switch effect {
        case .quit(let code): exitCode = code
        case .redraw: screen.redrawAll()
        case .changeTheme:
            changeTheme()
        case .snapshot: writeSnapshot()
        case .toggleRecording:
            if let recorder {
                recorder.toggle(monitor, clock: wallClock())
            } else {
                monitor.say("not recording: this is a recording already, being played", isProblem: true)
            }
        case .seek(let time): source.seek(to: time, monitor, clock: wallClock())
        case .retryConnection: (source as? BrokerSource)?.retry()
        case .stop: exitCode = 0
        }
    }

    private func changeTheme() {
        let (next, problem) = ThemeShelf.next(after: theme, given: givenTheme)
        theme = next
        screen.forgetStyles()
        if let problem {
            let place = problem.place.map { "\($0): " } ?? ""
            monitor.say("\(next.words); passed over \(place)\(problem.what)", isProblem: true)
        } else {
            monitor.say(next.words)
        }
    }

    /// Two files: the text, to paste, and the picture.
    private func writeSnapshot() {
        let clock = wallClock()
        let canvas = monitor.frame(width: screen.width, height: screen.height, clock: clock)
        let base = "planetop-\(FileStamp.text(clock))"
        do throws(Problem) {
            try Files.write(Array((canvas.plainText + "\n").utf8), to: "\(base).txt", mode: 0o644)
            try Files.write(Array(canvas.svg(theme: theme.theme).utf8), to: "\(base).svg", mode: 0o644)
            monitor.say("written: \(base).txt and .svg")
        } catch {
            monitor.say(error.what, isProblem: true)
        }
    }

    private func handle(_ signal: Signals.Signal) {
        switch signal {
        case .end(let number): exitCode = number == SIGTERM || number == SIGINT ? 0 : 128 + number
        case .stop:
            screen.suspend()
            shown = nil
        case .resume:
            screen.resume()
            shown = nil
        case .resize:
            screen.resize()
            shown = nil
        }
    }
}

/// What Self shows of the process.
enum ProcessFigures {
    @Sendable static func read() -> [(name: String, value: Double)] {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        let cpu =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        return [("process_resident_memory_bytes", residentBytes()), ("process_cpu_seconds_total", cpu)]
    }

    private static func residentBytes() -> Double {
        guard let bytes = try? Files.read("/proc/self/statm") else { return 0 }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        return words.count > 1 ? (Double(words[1]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
