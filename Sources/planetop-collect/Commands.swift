import AMQP
import ArgumentParser
import Collect
import Diagnostics
import Glibc
import Logging
import Messaging
import MetricModel

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Read on schedule and publish, until told to end.")

    @OptionGroup var file: ConfigurationOption

    @Option(
        help: "What to log: trace, debug, info, notice, warning, error.",
        completion: .list(["trace", "debug", "info", "notice", "warning", "error"]))
    var logLevel = "info"

    func run() throws {
        let configuration = try file.load()
        let logger = try makeLogger(logLevel)
        let endpoint = try orFail { () throws(Problem) in try brokerEndpoint(configuration) }
        var settings = Publisher.Configuration(endpoint: endpoint)
        settings.exchange = configuration.exchange
        let publisher = Publisher(settings)
        try orFail { () throws(Problem) in try publisher.start() }
        let service = CollectorService(configuration, logger: logger, user: endpoint.credentials.user) {
            message in
            switch publisher.publish(
                routingKey: message.routingKey, properties: message.properties, body: message.body)
            {
            case .accepted: return true
            case let refusal:
                logger.error(
                    "message not taken for publishing",
                    metadata: ["key": "\(message.routingKey)", "why": "\(refusal)"])
                return false
            }
        }
        logger.info(
            "started",
            metadata: [
                "tenant": "\(configuration.tenant)", "plane": "\(configuration.plane)",
                "broker": "\(endpoint.uri)",
            ])
        service.start()
        let watch = LinkLog(publisher: publisher, logger: logger)
        watch.start()
        let signal = SignalWait.wait()
        logger.info("ending", metadata: ["signal": "\(signal)"])
        service.finish(within: .seconds(5))
        let isFlushed = publisher.flush(.seconds(5))
        watch.report()
        publisher.stop()
        let counters = publisher.status.counters
        logger.info(
            "ended",
            metadata: [
                "published": "\(counters.published)", "confirmed": "\(counters.confirmed)",
                "flushed": "\(isFlushed)",
            ])
    }
}

struct OnceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "once", abstract: "Read each source once and print the messages; publish nothing.")

    @OptionGroup var file: ConfigurationOption

    func run() throws {
        let configuration = try file.load()
        let logger = try makeLogger("warning")
        var encoder = ReportEncoder(configuration, user: nil)
        var reports: [CollectedReport] = []
        if let airflow = configuration.airflow {
            var reader = AirflowReader(airflow, client: HTTPClient())
            reports += reader.cycle(clock: wallClock)
        }
        if let prometheus = configuration.prometheus {
            var reader = SparkReader(prometheus, client: HTTPClient())
            reports += reader.cycle(clock: wallClock)
        }
        for report in reports {
            for message in encoder.messages(report, logger: logger) {
                print("\(message.routingKey) \(String(decoding: message.body, as: UTF8.self))")
            }
        }
        if reports.contains(where: { !$0.errors.isEmpty }) { throw ExitCode(1) }
    }
}

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read the configuration, ask both sources once, try the broker.")

    @OptionGroup var file: ConfigurationOption

    func run() throws {
        let configuration = try file.load()
        var failed = false
        func say(_ name: String, _ reports: [CollectedReport], _ requests: Int) {
            let errors = reports.filter { $0.kind == "collector" }.flatMap(\.errors)
            let series = reports.reduce(0) { $0 + $1.series.count }
            print(
                "\(name): \(errors.isEmpty ? "ok" : "problems"), \(series) series from \(requests) requests")
            for error in errors { print("  \(error.code): \(error.text)") }
            failed = failed || !errors.isEmpty
        }
        if let airflow = configuration.airflow {
            var reader = AirflowReader(airflow, client: HTTPClient())
            let reports = reader.cycle(clock: wallClock)
            say("airflow", reports, reader.requestCount)
        }
        if let prometheus = configuration.prometheus {
            var reader = SparkReader(prometheus, client: HTTPClient())
            let reports = reader.cycle(clock: wallClock)
            say("prometheus", reports, reader.requestCount)
        }
        if configuration.brokerURL != nil {
            do {
                let endpoint = try brokerEndpoint(configuration)
                var probe = BrokerProbe(
                    endpoint: endpoint, bindingKeys: ["metrics.\(configuration.tenant).#"])
                probe.exchange = configuration.exchange
                for finding in probe.run() {
                    print("broker, \(finding.subject): \(finding.verdict.rawValue), \(finding.text)")
                }
            } catch {
                print("broker: \(error)")
                failed = true
            }
        }
        if failed { throw ExitCode(1) }
    }
}

/// Where to publish, with the password from where the configuration or the environment says.
private func brokerEndpoint(_ configuration: CollectorConfiguration) throws(Problem) -> Endpoint {
    guard let url = configuration.brokerURL ?? environment("PLANETOP_BROKER") else {
        throw Problem("no broker to publish to", fix: "add `broker:` with its `url:` to the configuration")
    }
    let uri = try BrokerURI(parsing: url, passwords: .allowed)
    var sources = CredentialSources()
    sources.configuredPasswordFile = configuration.brokerPasswordFile
    switch try sources.resolve(for: uri) {
    case .found(let credentials):
        return Endpoint(
            uri: uri, credentials: credentials,
            connectionName: "planetop-collect \(configuration.tenant)/\(configuration.plane)")
    case .passwordMissing(let user):
        throw Problem(
            "no password for the broker's user `\(user)`", fix: "name a `password_file:` in the configuration"
        )
    }
}

private func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}

private func makeLogger(_ level: String) throws -> Logger {
    guard let level = Logger.Level(rawValue: level) else {
        throw ValidationError("no log level `\(level)`: use trace, debug, info, notice, warning or error")
    }
    var logger = Logger(label: "planetop-collect") { _ in LogLine() }
    logger.logLevel = level
    return logger
}

/// Runs `body`; a problem is printed and ends the program with 1.
private func orFail<Value>(_ body: () throws(Problem) -> Value) throws -> Value {
    do {
        return try body()
    } catch {
        standardError("\(error)")
        throw ExitCode(1)
    }
}
