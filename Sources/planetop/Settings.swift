import Diagnostics
import Glibc
import MetricModel
import YAML

/// Settings from files and the environment, below the flags: `$XDG_CONFIG_HOME/planetop/planetop.yaml`, then
/// `/etc/planetop/planetop.yaml`; `PLANETOP_*` variables go before both.
struct Settings {
    var broker: String?
    var passwordFile: String?
    var exchange: String?
    var tenants: [String] = []
    var planes: [String] = []
    var bindings: [String] = []
    var stream: String?
    var since: TimeSpan?
    var dashboards: [String] = []
    var rules: [String] = []
    var theme: String?
    var range: TimeSpan?
    var glyphs: String?
    var memoryBytes: Int?
    var retention: TimeSpan?

    static let fields = [
        "broker", "password_file", "exchange", "tenants", "planes", "bindings", "stream", "since",
        "dashboards", "rules",
        "theme", "range", "glyphs", "memory", "retention",
    ]

    /// The file that counts: the user's, else the machine's; `nil` when there is none.
    static var path: String? {
        [configFolder, machineFolder].compactMap { $0.map { $0 + "/planetop.yaml" } }
            .first { access($0, F_OK) == 0 }
    }

    /// Where the user's settings and themes are: `$XDG_CONFIG_HOME/planetop`.
    static var configFolder: String? {
        let home = environment("XDG_CONFIG_HOME") ?? environment("HOME").map { $0 + "/.config" }
        return home.map { $0 + "/planetop" }
    }

    /// Where those of the machine are.
    static let machineFolder = "/etc/planetop"

    /// Where state is kept: `$XDG_STATE_HOME/planetop`.
    static var stateFolder: String? {
        let home = environment("XDG_STATE_HOME") ?? environment("HOME").map { $0 + "/.local/state" }
        return home.map { $0 + "/planetop" }
    }

    /// Files and environment together.
    static func load() throws(Problem) -> Settings {
        var settings = Settings()
        if let path { settings = try read(Files.read(path), file: path) }
        try settings.takeEnvironment()
        return settings
    }

    /// Reads a settings file.
    static func read(_ bytes: [UInt8], file: String) throws(Problem) -> Settings {
        var settings = Settings()
        let root = YAMLField(try YAMLNode(parsing: bytes, file: file))
        if root.isNull { return settings }
        let object = try root.object("settings", fields: fields)
        func span(_ name: String) throws(Problem) -> TimeSpan? {
            guard let milliseconds = try object.durationMilliseconds(name) else { return nil }
            if milliseconds <= 0, let field = object[name] {
                throw field.problem("must be longer than nothing")
            }
            return TimeSpan(milliseconds: milliseconds)
        }
        /// Gives a refusal of a value its place in the file.
        func check(_ name: String, _ body: (String) throws(Problem) -> Void) throws(Problem) {
            guard let text = try object.string(name), let field = object[name] else { return }
            do throws(Problem) {
                try body(text)
            } catch {
                // A mistake in another file is told where it is.
                throw error.place == nil ? field.problem(error.what, fix: error.fix) : error
            }
        }
        settings.broker = try object.string("broker")
        settings.passwordFile = try object.string("password_file")
        settings.exchange = try object.string("exchange")
        settings.tenants = try object.strings("tenants")
        settings.planes = try object.strings("planes")
        settings.bindings = try object.strings("bindings")
        settings.stream = try object.string("stream")
        settings.since = try span("since")
        settings.dashboards = try object.strings("dashboards")
        settings.rules = try object.strings("rules")
        settings.theme = try object.string("theme")
        settings.range = try span("range")
        settings.glyphs = try object.string("glyphs")
        try check("theme") { name throws(Problem) in _ = try ThemeShelf.theme(name) }
        try check("glyphs") { name throws(Problem) in _ = try ScreenSetup.glyphs(name) }
        if let field = object["memory"] {
            guard let bytes = ByteCount(try field.string()) else {
                throw field.problem("not an amount of memory", fix: "write 512MB or 2GB")
            }
            settings.memoryBytes = bytes.bytes
        }
        settings.retention = try span("retention")
        return settings
    }

    private mutating func takeEnvironment() throws(Problem) {
        func list(_ name: String) -> [String]? {
            environment(name).map { $0.split(separator: ",").map(String.init) }
        }
        func span(_ name: String) throws(Problem) -> TimeSpan? {
            guard let text = environment(name) else { return nil }
            guard let span = TimeSpan(text: text) else {
                throw Problem("\(name) is not a duration: `\(text)`", fix: "write 90s, 15m or 6h")
            }
            return span
        }
        broker = environment("PLANETOP_BROKER") ?? broker
        passwordFile = environment("PLANETOP_AMQP_PASSWORD_FILE") ?? passwordFile
        exchange = environment("PLANETOP_EXCHANGE") ?? exchange
        tenants = list("PLANETOP_TENANT") ?? tenants
        planes = list("PLANETOP_PLANE") ?? planes
        stream = environment("PLANETOP_STREAM") ?? stream
        since = try span("PLANETOP_SINCE") ?? since
        dashboards = list("PLANETOP_DASHBOARDS") ?? dashboards
        rules = list("PLANETOP_RULES") ?? rules
        theme = environment("PLANETOP_THEME") ?? theme
        range = try span("PLANETOP_RANGE") ?? range
        glyphs = environment("PLANETOP_GLYPHS") ?? glyphs
    }
}

/// An amount of memory as people write it: `512MB`, `2GB`, `100000`.
struct ByteCount {
    var bytes: Int

    init?(_ text: String) {
        let units: [(String, Int)] = [
            ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000),
            ("kB", 1000),
            ("B", 1), ("", 1),
        ]
        for (suffix, size) in units where text.hasSuffix(suffix) {
            guard let number = Double(text.dropLast(suffix.count)), number > 0, number * Double(size) < 1e15
            else { return nil }
            bytes = Int(number * Double(size))
            return
        }
        return nil
    }
}
