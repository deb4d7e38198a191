import AMQP
import ArgumentParser
import Builtin
import Canvas
import Dashboard
import Diagnostics
import Glibc
import MetricModel
import Monitor
import PromQL
import Rules
import SeriesStore
import Terminal

/// What is shown, and with which rules.
struct ScreenOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: "Grafana dashboards, or folders of them, in place of the built-in ones.",
        completion: .file())
    var dashboard: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: "Prometheus rule files, or folders of them, in place of the built-in rules.",
        completion: .file())
    var rules: [String] = []

    @Option(help: "Show this much time in place of the dashboards' own range, like 1h.")
    var range: TimeSpan?

    @Option(
        help:
            "A theme: default, high-contrast, color-blind, solarized-light, terminal, mono, one of your own, or a file.",
        completion: .custom { _, _, prefix in ThemeShelf.completions(of: prefix) })
    var theme: String?

    @Option(
        help: "Characters to draw with: auto, braille, block, ascii.",
        completion: .list(["auto", "braille", "block", "ascii"]))
    var glyphs: String?

    @Option(help: "Memory of the store, like 512MB.")
    var memory: ByteCountArgument?

    @Option(help: "How long samples are kept, like 6h.")
    var retention: TimeSpan?

    func validate() throws {
        if let range, range <= .zero { throw ValidationError("--range must be longer than nothing") }
        if let retention, retention <= .zero {
            throw ValidationError("--retention must be longer than nothing")
        }
        do throws(Problem) {
            // What is in a file is looked at later: a mistake there is none of the command line.
            if let theme, !ThemeShelf.isFile(theme), !ThemeShelf.has(theme) {
                throw ThemeShelf.unknown(theme)
            }
            if let glyphs { _ = try ScreenSetup.glyphs(glyphs) }
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// The settings of a screen, put together from flags, environment, files and defaults.
struct ScreenSetup {
    var dashboards: [Dashboard]
    var groups: [RuleGroup]
    var observatory: Observatory.Settings
    var monitor: Monitor.Settings
    var theme: ChosenTheme

    init(_ options: ScreenOptions, _ settings: Settings) throws(Problem) {
        dashboards = try Self.dashboards(options.dashboard.isEmpty ? settings.dashboards : options.dashboard)
        groups = try Self.rules(options.rules.isEmpty ? settings.rules : options.rules)
        observatory = Observatory.Settings()
        observatory.limits.memoryBytesMax =
            options.memory?.bytes ?? settings.memoryBytes ?? observatory.limits.memoryBytesMax
        observatory.limits.retention = options.retention ?? settings.retention ?? observatory.limits.retention
        monitor = Monitor.Settings()
        monitor.range = options.range ?? settings.range
        monitor.zoneOffset = LocalZone.offset
        monitor.zoneName = LocalZone.name
        monitor.evaluation = QueryDeadline.options(limit: QueryDeadline.screenLimit)
        theme = try ThemeShelf.theme(options.theme ?? settings.theme ?? "default")
        let profile = TerminalProfile.ofEnvironment()
        monitor.glyphs =
            try Self.glyphs(options.glyphs ?? settings.glyphs ?? "auto")
            ?? (profile.hasBraille ? .braille : profile.isUTF8 ? .block : .ascii)
        monitor.isMono = profile.colors == 0
    }

    /// - Returns: `nil` for what the terminal can do.
    static func glyphs(_ name: String) throws(Problem) -> GlyphSet? {
        if name == "auto" { return nil }
        if let glyphs = GlyphSet(rawValue: name) { return glyphs }
        throw Problem("no glyphs `\(name)`", fix: "use auto, braille, block or ascii")
    }

    private static func dashboards(_ paths: [String]) throws(Problem) -> [Dashboard] {
        var dashboards: [Dashboard] = []
        for path in paths {
            for file in try Files.expand(path, extensions: ["json"]) {
                dashboards.append(try Dashboard.read(try Files.read(file), file: file))
            }
        }
        if paths.isEmpty {
            for (name, json) in Builtin.dashboards { dashboards.append(try Dashboard.read(json, file: name)) }
        }
        return dashboards
    }

    static func rules(_ paths: [String]) throws(Problem) -> [RuleGroup] {
        var groups: [RuleGroup] = []
        func add(_ bytes: [UInt8], _ name: String) throws(Problem) {
            do throws(RuleFile.Refusal) {
                groups += try RuleFile.parse(text: String(decoding: bytes, as: UTF8.self), file: name).groups
            } catch {
                throw error.problems.first ?? Problem("cannot read the rules", at: SourcePlace(file: name))
            }
        }
        for path in paths {
            for file in try Files.expand(path, extensions: ["yml", "yaml"]) {
                try add(try Files.read(file), file)
            }
        }
        if paths.isEmpty { try add(Builtin.rules.yaml, Builtin.rules.name) }
        return groups
    }
}

/// The machine's time zone.
enum LocalZone {
    /// Seconds east of UTC at `time`; `nil` for zones other than the machine's own and UTC.
    @Sendable static func offset(_ name: String?, _ time: Timestamp) -> Int? {
        if name == "utc" || name == "UTC" { return 0 }
        guard name == nil || name == "browser" || name == "" else { return nil }
        return local(time).tm_gmtoff
    }

    @Sendable static func name(_ time: Timestamp) -> String {
        let date = local(time)
        return date.tm_zone.map { String(cString: $0) } ?? "UTC"
    }

    private static func local(_ time: Timestamp) -> tm {
        var seconds = time_t(time.milliseconds / 1000)
        var date = tm()
        localtime_r(&seconds, &date)
        return date
    }
}
