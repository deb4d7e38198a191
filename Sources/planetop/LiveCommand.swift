import AMQP
import ArgumentParser
import Diagnostics
import Glibc
import MetricModel
import Monitor
import Terminal

/// Which broker, and what of it.
struct BrokerOptions: ParsableArguments {
    @Option(help: "amqp:// or amqps:// URL of the broker, without a password.")
    var broker: String?

    @Option(help: "The topic exchange.")
    var exchange: String?

    @Option(parsing: .upToNextOption, help: "Only these tenants.")
    var tenant: [String] = []

    @Option(parsing: .upToNextOption, help: "Only these planes.")
    var plane: [String] = []

    @Option(parsing: .upToNextOption, help: "Binding keys, in place of those of tenants and planes.")
    var bind: [String] = []

    @Option(help: "A stream queue to read the last hours from.")
    var stream: String?

    @Option(help: "How far back to read the stream, like 6h.")
    var since: TimeSpan?

    @Option(help: "A file with the password, for you alone (mode 0600).", completion: .file())
    var passwordFile: String?

    @Flag(help: "Declare the exchange, for a broker that has none yet.")
    var declareExchange = false

    @Flag(help: .hidden)
    var insecurePasswordOnCommandLine = false

    /// Puts flags and settings together.
    func consumer(_ settings: Settings) throws(Problem) -> Consumer.Configuration {
        let endpoint = try endpoint(settings)
        var configuration = Consumer.Configuration(endpoint: endpoint, bindingKeys: bindings(settings))
        configuration.exchange = exchange ?? settings.exchange ?? "metrics"
        configuration.declaresExchange = declareExchange
        if let name = stream ?? settings.stream {
            configuration.stream = StreamRequest(
                name: name, start: .time(wallClock() - (since ?? settings.since ?? .hours(1))))
        }
        return configuration
    }

    func endpoint(_ settings: Settings) throws(Problem) -> Endpoint {
        guard let url = broker ?? settings.broker else {
            throw Problem(
                "no broker to watch",
                fix:
                    "name one with --broker amqps://user@host/vhost, or try `planetop demo`, which needs none"
            )
        }
        let uri = try BrokerURI(
            parsing: url, passwords: broker == nil || insecurePasswordOnCommandLine ? .allowed : .refused)
        var sources = CredentialSources()
        sources.passwordFile = passwordFile
        sources.configuredPasswordFile = settings.passwordFile
        let credentials: Credentials
        switch try sources.resolve(for: uri) {
        case .found(let found): credentials = found
        case .passwordMissing(let user):
            guard let password = PasswordPrompt.ask("Password of \(user) at \(uri.host): ") else {
                throw Problem(
                    "no password for the broker's user `\(user)`", fix: "name a file with --password-file")
            }
            credentials = Credentials(user: user, password: Secret(password))
        }
        return Endpoint(uri: uri, credentials: credentials, connectionName: "planetop")
    }

    /// `metrics.<tenant>.<plane>.#` for every combination asked for.
    func bindings(_ settings: Settings) -> [String] {
        let own = bind.isEmpty ? settings.bindings : bind
        if !own.isEmpty { return own }
        let tenants = tenants(settings)
        let planes = planes(settings)
        if tenants.isEmpty, planes.isEmpty { return ["metrics.#"] }
        return (tenants.isEmpty ? ["*"] : tenants).flatMap { tenant in
            planes.isEmpty ? ["metrics.\(tenant).#"] : planes.map { "metrics.\(tenant).\($0).#" }
        }
    }

    func tenants(_ settings: Settings) -> [String] { tenant.isEmpty ? settings.tenants : tenant }
    func planes(_ settings: Settings) -> [String] { plane.isEmpty ? settings.planes : plane }
}

struct LiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live",
        abstract: "Watch an exchange. This is what planetop does when nothing else is said.")

    @OptionGroup var broker: BrokerOptions
    @OptionGroup var options: ScreenOptions

    @Option(help: "Record what arrives into this capture.", completion: .file())
    var record: String?

    func run() throws {
        let code = try orFail { () throws(Problem) in
            let settings = try Settings.load()
            let consumer = try broker.consumer(settings)
            var setup = try ScreenSetup(options, settings)
            setup.observatory.pace = .live(behindMax: 2)
            setup.observatory.processFigures = ProcessFigures.read
            setup.monitor.tenants = broker.tenants(settings)
            setup.monitor.planes = broker.planes(settings)
            let recorder = Recorder()
            if let record { try recorder.begin(at: record) }
            let signals = Signals()
            let wakeUp = WakeUp()
            let screen = try Screen()
            let observatory = Observatory(setup.observatory)
            observatory.load(setup.groups)
            let journal = AlertJournal(
                endpoint: consumer.endpoint.uri.description, wakeUp: wakeUp)
            let monitor = Monitor(
                observatory, dashboards: setup.dashboards,
                link: .connecting(reason: "connecting", retry: nil),
                settings: setup.monitor)
            journal.restore(monitor, clock: wallClock())
            if consumer.endpoint.uri.isPlaintextBeyondLoopback { monitor.notices.append(.init("PLAINTEXT")) }
            if consumer.endpoint.uri.isUnverified { monitor.notices.append(.init("UNVERIFIED")) }
            let source = try BrokerSource(consumer, wakeUp: wakeUp, recording: recorder.take)
            let app = App(
                monitor: monitor, source: source, wakeUp: wakeUp, signals: signals, screen: screen,
                theme: setup.theme,
                ruleWatch: RuleWatch(paths: options.rules.isEmpty ? settings.rules : options.rules),
                recorder: recorder, journal: journal)
            let code = app.run()
            do throws(Problem) { try journal.finish(observatory) } catch { report("\(error)") }
            return recorder.finishing(with: code)
        }
        if code != 0 { throw ExitCode(code) }
    }
}

/// Asks for a password on the terminal without echo.
enum PasswordPrompt {
    static func ask(_ question: String) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var modes = termios()
        guard tcgetattr(terminal, &modes) == 0 else { return nil }
        var silent = modes
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer {
            tcsetattr(terminal, TCSAFLUSH, &modes)
            _ = write(terminal, "\n", 1)
        }
        _ = question.withCString { write(terminal, $0, strlen($0)) }
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(terminal, &byte, 1) == 1, byte != 10, byte != 13, bytes.count < 1024 { bytes.append(byte) }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
