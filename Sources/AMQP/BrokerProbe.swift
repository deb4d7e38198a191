import CRabbitMQ
import Diagnostics
import MetricModel

/// Looks step by step at what a broker allows, for `planetop doctor`. Leaves nothing behind on the broker.
///
/// Waits for the broker: at most a few time-outs of `Endpoint.Timing` in all. Not for the thread that draws.
package struct BrokerProbe {
    package struct Finding: Sendable, Equatable {
        package enum Verdict: String, Sendable {
            case good
            case warning
            case bad
            /// Could not be looked at, since something before it failed.
            case skipped
        }

        /// What was looked at: `login`, `exchange`…
        package var subject: String
        package var verdict: Verdict
        package var text: String
        package var fix: String?
    }

    package var endpoint: Endpoint
    package var exchange = "metrics"
    /// `nil`: all tenants are meant to be seen.
    package var tenant: String?
    package var bindingKeys: [String]
    package var stream: String?

    package init(endpoint: Endpoint, bindingKeys: [String]) {
        self.endpoint = endpoint
        self.bindingKeys = bindingKeys
    }

    /// Runs all steps, in the order in which a viewer depends on them.
    package func run() -> [Finding] {
        var report = ProbeReport()
        let uri = endpoint.uri
        let version = amqp_version_number()
        report.add(
            "library", .good,
            "librabbitmq \(version >> 24).\(version >> 16 & 255).\(version >> 8 & 255)")
        if uri.isPlaintextBeyondLoopback {
            report.add(
                "transport", .warning, "password and messages travel readable to \(uri.host)",
                fix: "use amqps:// (port 5671)")
        } else if uri.isUnverified {
            report.add(
                "transport", .warning, "anybody in between can pretend to be \(uri.host)",
                fix: "remove verify=verify_none and give cacertfile")
        } else {
            report.add(
                "transport", .good, uri.scheme == .amqps ? "TLS, certificate verified" : "this machine only")
        }
        let watchdog = Watchdog(limit: endpoint.timing.stall)
        defer { watchdog.retire() }
        do throws(BrokerError) {
            let connection = try Connection.open(endpoint, watchdog: watchdog) {}
            report.add("login", .good, "\(endpoint.credentials.user) at \(uri): \(connection.product)")
            inspect(ProbeSession(connection), &report)
            connection.sayGoodbye()
        } catch {
            report.add("login", .bad, error.problem.what, fix: error.problem.fix)
            for subject in ["exchange", "queue", "binding", "other tenants", "stream"] {
                report.add(subject, .skipped, "needs a connection")
            }
        }
        return report.findings
    }

    private func inspect(_ session: ProbeSession, _ report: inout ProbeReport) {
        report.note(
            "exchange", good: "`\(exchange)` exists", fix: "the collector declares it; check --exchange"
        ) {
            () throws(BrokerError) in
            try session.ask { connection, channel throws(BrokerError) in
                try connection.lookForExchange(exchange, channel: channel)
            }
        }
        var queue = ""
        let hasQueue = report.note(
            "queue", good: "a temporary queue may be declared and read",
            fix: "grant configure, write and read on ^amq\\.gen"
        ) { () throws(BrokerError) in
            try session.ask { connection, channel throws(BrokerError) in
                queue = try connection.declareTemporaryQueue([], channel: channel)
                try connection.consume(queue: queue, tag: "probe", arguments: [], channel: channel)
                // The queue must outlive the channel's other uses: only the consumer goes, and with it the queue.
            }
        }
        if hasQueue {
            inspectBindings(session, queue: queue, &report)
        } else {
            report.add("binding", .skipped, "needs a queue")
            report.add("other tenants", .skipped, "needs a queue")
        }
        inspectStream(session, &report)
    }

    private func inspectBindings(_ session: ProbeSession, queue: String, _ report: inout ProbeReport) {
        report.note(
            "binding", good: bindingKeys.joined(separator: ", "),
            fix: "grant read on the exchange and on the topic, see --print-permissions"
        ) { () throws(BrokerError) in
            for key in bindingKeys { try bind(session, queue, key) }
        }
        guard let tenant else {
            return report.add("other tenants", .skipped, "no tenant was asked for: all are shown")
        }
        // Somebody else's metrics, and everybody's: both must be refused.
        for key in ["metrics.\(tenant)-not.#", "#"] {
            do throws(BrokerError) {
                try bind(session, queue, key)
                return report.add(
                    "other tenants", .warning, "the user may also read `\(key)`, which is not \(tenant)'s",
                    fix: "set a topic permission: without one every key is allowed")
            } catch {
                guard error.kind == .accessRefused else {
                    return report.add("other tenants", .bad, error.problem.what, fix: error.problem.fix)
                }
            }
        }
        report.add("other tenants", .good, "refused")
    }

    private func bind(_ session: ProbeSession, _ queue: String, _ key: String) throws(BrokerError) {
        try session.ask { connection, channel throws(BrokerError) in
            try connection.bind(queue: queue, to: exchange, key: key, channel: channel)
            try connection.unbind(queue: queue, from: exchange, key: key, channel: channel)
        }
    }

    private func inspectStream(_ session: ProbeSession, _ report: inout ProbeReport) {
        guard let stream else {
            return report.add("stream", .skipped, "none was asked for: a new screen starts empty")
        }
        report.note(
            "stream", good: "`\(stream)` can be read from the past",
            fix: "declare it with x-queue-type=stream, bind it to the exchange, and grant read on it"
        ) { () throws(BrokerError) in
            try session.ask { connection, channel throws(BrokerError) in
                try connection.lookForQueue(stream, channel: channel)
                try connection.limitPrefetch(1, channel: channel)
                try connection.consume(
                    queue: stream, tag: "probe-stream",
                    arguments: [FieldValue.Field(streamOffsetKey, .string("next"))], channel: channel)
            }
        }
    }
}

/// Asks each question on a channel of its own: a refusal closes the channel.
private final class ProbeSession {
    private let connection: Connection
    private var nextChannel: UInt16 = 1

    init(_ connection: Connection) { self.connection = connection }

    func ask(_ body: (Connection, UInt16) throws(BrokerError) -> Void) throws(BrokerError) {
        let channel = nextChannel
        nextChannel += 1
        try connection.openChannel(channel)
        try body(connection, channel)
    }
}

private struct ProbeReport {
    var findings: [BrokerProbe.Finding] = []

    mutating func add(
        _ subject: String, _ verdict: BrokerProbe.Finding.Verdict, _ text: String, fix: String? = nil
    ) {
        findings.append(BrokerProbe.Finding(subject: subject, verdict: verdict, text: text, fix: fix))
    }

    /// Notes whether `body` went through.
    @discardableResult
    mutating func note(
        _ subject: String, good: String, fix: String, _ body: () throws(BrokerError) -> Void
    ) -> Bool {
        do throws(BrokerError) {
            try body()
            add(subject, .good, good)
            return true
        } catch {
            add(subject, .bad, error.problem.what, fix: fix)
            return false
        }
    }
}
