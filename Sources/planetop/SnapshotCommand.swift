import ArgumentParser
import Canvas
import Dashboard
import Diagnostics
import MetricModel
import Monitor
import Rules
import Simulator

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Draw one dashboard once.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, ansi, svg, json }

    @OptionGroup var data: LoadOptions
    @OptionGroup var options: ScreenOptions

    @Flag(help: "Draw the simulated data plane in place of loaded data.")
    var demo = false

    @Option(help: "The seed of the simulated world.")
    var seed: UInt64 = 1

    @Option(help: "The time to draw: RFC 3339 or seconds since the epoch. Default: the newest data.")
    var at: TimeArgument?

    @Option(help: "Columns and rows.")
    var size = SizeArgument(argument: "120x40")!

    @Option(help: "text, ansi, svg or json.")
    var format: Format = .text

    @Option(help: "Which of the dashboards, counted from 1.")
    var page = 1

    @OptionGroup var exit: ExitStateOption

    @Option(help: .hidden)
    var keys = ""

    func run() throws {
        try exit.orFail { isAsked throws(Problem) in
            var setup = try ScreenSetup(options, try Settings.load())
            if options.glyphs == nil { setup.monitor.glyphs = .braille }
            setup.monitor.isMono = format == .text
            let loaded: LoadedScreen
            if demo {
                loaded = LoadedScreen.demo(setup, seed: seed, at: at?.timestamp ?? wallClock())
            } else {
                loaded = try LoadedScreen.load(data.load, setup, at: at?.timestamp, looksForData: isAsked)
            }
            var cursor = Cursor.live()
            if !demo { cursor.hold(at: loaded.time, clock: loaded.time) }
            let monitor = Monitor(
                loaded.observatory, dashboards: setup.dashboards, cursor: cursor,
                link: demo ? .demonstration : .replay(start: loaded.start, end: loaded.end),
                settings: setup.monitor)
            _ = monitor.frame(width: size.width, height: size.height, clock: loaded.time)
            guard setup.dashboards.indices.contains(page - 1) else {
                throw Problem(
                    "there is no dashboard \(page)", fix: "use --page 1 to \(setup.dashboards.count)")
            }
            let tabs = Array(repeating: Key.tab, count: page - 1)
            for key in tabs + keys.map({ KeyText.key($0) }) {
                _ = monitor.press(key, clock: loaded.time)
                _ = monitor.frame(width: size.width, height: size.height, clock: loaded.time)
            }
            let canvas = monitor.frame(width: size.width, height: size.height, clock: loaded.time)
            switch format {
            case .text: output(canvas.plainText)
            case .ansi: output(canvas.ansiText(theme: setup.theme.theme, depth: .palette256))
            case .svg: output(canvas.svg(theme: setup.theme.theme))
            case .json: output(canvas.json)
            }
            return isAsked ? loaded.status(of: setup.groups) : nil
        }
    }
}

/// Keys as one character each, for `--keys`.
enum KeyText {
    static func key(_ character: Character) -> Key {
        switch character {
        case "↵": .enter
        case "⎋": .escape
        case "↑": .up
        case "↓": .down
        case "←": .left
        case "→": .right
        case "⇥": .tab
        default: .character(character)
        }
    }
}

/// An observatory with data in it, and the time to look at it.
struct LoadedScreen {
    var observatory: Observatory
    var start: Timestamp
    var end: Timestamp
    var time: Timestamp
    /// Whether anything was known at `time`; nothing when that was not asked.
    var hasData = true

    /// What `planetop status` makes of it.
    func status(of groups: [RuleGroup]) -> ServiceStatus {
        ServiceStatus(
            observatory.alerts.sorted(by: AlertOrder.isWorse), of: groups, hasData: hasData, at: time,
            newest: end)
    }

    /// An hour of the simulated plane up to `time`.
    static func demo(_ setup: ScreenSetup, seed: UInt64, at time: Timestamp) -> LoadedScreen {
        let observatory = Observatory(setup.observatory)
        observatory.load(setup.groups)
        var simulation = Simulation(seed: seed, start: time - DemoSource.history, present: time)
        for delivery in simulation.deliveries(through: time) { observatory.receive(delivery) }
        observatory.advance(to: time)
        return LoadedScreen(observatory: observatory, start: time - DemoSource.history, end: time, time: time)
    }

    /// Captures and expositions, with the rules evaluated over them, up to `time`.
    ///
    /// - Parameter looksForData: whether `hasData` is wanted, which takes a look at every series.
    static func load(
        _ paths: [String], _ setup: ScreenSetup, at time: Timestamp?, looksForData: Bool
    ) throws(Problem) -> LoadedScreen {
        var settings = setup.observatory
        settings.limits = ExpositionLoad.limits
        let observatory = Observatory(settings)
        observatory.load(setup.groups)
        let captures = paths.filter { CaptureFiles.isCapture($0) }
        let expositions = paths.filter { !captures.contains($0) }
        var span: ClosedRange<Timestamp>?
        if !expositions.isEmpty { span = try LoadedData.fill(observatory.store, expositions) }
        if captures.isEmpty {
            guard let span else {
                throw Problem("no data to look at", fix: "name captures or OpenMetrics files with --load")
            }
            let end = time ?? span.upperBound
            // Asked before the rules write anything: what they record is no sign of life.
            let hasData = looksForData ? try RuleReplay.hasData(observatory, at: end) : true
            // The grid begins after the time given first: a first sample that lies on the grid belongs to it.
            observatory.advance(to: span.lowerBound - TimeSpan(milliseconds: 1))
            observatory.advance(to: end)
            return LoadedScreen(
                observatory: observatory, start: span.lowerBound, end: span.upperBound, time: end,
                hasData: hasData)
        }
        let source = try ReplaySource(paths: captures)
        let end = time ?? source.span.upperBound
        source.readAll(into: observatory, through: end)
        if let problem = source.problem { throw problem }
        return LoadedScreen(
            observatory: observatory, start: min(source.span.lowerBound, span?.lowerBound ?? .distantFuture),
            end: source.span.upperBound, time: end, hasData: RuleReplay.hasPlane(observatory, at: end))
    }
}
