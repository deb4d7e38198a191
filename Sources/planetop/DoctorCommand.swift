import AMQP
import ArgumentParser
import Diagnostics
import DisplayText
import Glibc
import MetricModel
import Terminal

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "What the terminal can do, and with --broker what the broker allows.",
        discussion: "Leaves nothing behind on the broker. Ends with 1 when something fails.")

    @OptionGroup var broker: BrokerOptions

    @Flag(
        help: "Print the commands that give the broker's users no more than they need, and do nothing else.")
    var printPermissions = false

    func run() throws {
        let failed = try orFail { () throws(Problem) -> Bool in
            let settings = try Settings.load()
            if printPermissions {
                output(try permissions(settings), terminator: "")
                return false
            }
            var findings = TerminalFindings.all()
            if let path = Settings.path {
                findings.append(Finding("settings", .good, path))
            } else {
                findings.append(
                    Finding("settings", .good, "no settings file: defaults, flags and PLANETOP_* count"))
            }
            show(findings, under: "This machine")
            var all = findings
            if (broker.broker ?? settings.broker) != nil {
                let probed = try probe(settings)
                output("")
                show(probed, under: "The broker")
                all += probed
            }
            return all.contains { $0.verdict == .bad }
        }
        if failed { throw ExitCode(1) }
    }

    private func probe(_ settings: Settings) throws(Problem) -> [Finding] {
        let consumer = try broker.consumer(settings)
        var probe = BrokerProbe(endpoint: consumer.endpoint, bindingKeys: consumer.bindingKeys)
        probe.exchange = consumer.exchange
        // Several tenants are one user's to see: only a single one can be kept apart from others.
        let tenants = broker.tenants(settings)
        probe.tenant = tenants.count == 1 ? tenants[0] : nil
        probe.stream = consumer.stream?.name
        return probe.run().map { Finding($0) }
    }

    /// The commands need names, not a connection: no password is asked for.
    private func permissions(_ settings: Settings) throws(Problem) -> String {
        var virtualHost = "/"
        if let url = broker.broker ?? settings.broker {
            virtualHost = try BrokerURI(parsing: url, passwords: .allowed).virtualHost
        }
        let tenants = broker.tenants(settings)
        let exchange = broker.exchange ?? settings.exchange ?? "metrics"
        let stream = broker.stream ?? settings.stream
        func commands(_ tenant: String?) -> String {
            BrokerPermissions.commands(
                virtualHost: virtualHost, exchange: exchange, tenant: tenant, stream: stream)
        }
        return tenants.isEmpty ? commands(nil) : tenants.map { commands($0) }.joined(separator: "\n")
    }

    private func show(_ findings: [Finding], under title: String) {
        output(title)
        let width = findings.map { SafeText($0.subject).width }.max() ?? 0
        for finding in findings {
            let subject = SafeText(finding.subject).padded(to: width).string
            output("  \(word(finding.verdict))  \(subject)  \(SafeText(finding.text).string)")
            if let fix = finding.fix, finding.verdict == .bad || finding.verdict == .warning {
                output("        \(String(repeating: " ", count: width))  fix: \(SafeText(fix).string)")
            }
        }
    }

    private func word(_ verdict: BrokerProbe.Finding.Verdict) -> String {
        switch verdict {
        case .good: "ok  "
        case .warning: "warn"
        case .bad: "FAIL"
        case .skipped: "-   "
        }
    }
}

/// One thing that was looked at, here or at the broker.
private struct Finding {
    var subject: String
    var verdict: BrokerProbe.Finding.Verdict
    var text: String
    var fix: String?

    init(_ subject: String, _ verdict: BrokerProbe.Finding.Verdict, _ text: String, fix: String? = nil) {
        self.subject = subject
        self.verdict = verdict
        self.text = text
        self.fix = fix
    }

    init(_ finding: BrokerProbe.Finding) {
        self.init(finding.subject, finding.verdict, finding.text, fix: finding.fix)
    }
}

/// What can be said of the terminal and the locale without drawing.
private enum TerminalFindings {
    static func all() -> [Finding] {
        let profile = TerminalProfile.ofEnvironment()
        var findings = [terminal(), type(profile), locale(profile)]
        // `colours: 256 (terminfo of xterm-256color says 256)`
        for reason in profile.reasons {
            let parts = reason.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            findings.append(.init(String(parts[0]), .good, String(parts[1].drop { $0 == " " })))
        }
        return findings
    }

    private static func terminal() -> Finding {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            return .init(
                "terminal", .warning,
                "standard input or output is none: there is nowhere to draw a live screen",
                fix: "use `planetop snapshot`, `planetop alerts` or `planetop status` here")
        }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return .init(
                "terminal", .warning, "does not tell its size", fix: "set it with `stty cols 80 rows 24`")
        }
        let words = "\(size.ws_col) columns, \(size.ws_row) rows"
        if size.ws_col < 80 || size.ws_row < 24 {
            return .init(
                "terminal", .warning, "\(words): panels are shown one at a time",
                fix: "80x24 shows dashboards whole")
        }
        return .init("terminal", .good, words)
    }

    private static func type(_ profile: TerminalProfile) -> Finding {
        let term = environment("TERM") ?? ""
        if profile.isKnown { return .init("TERM", .good, "\(term), known to terminfo") }
        return .init(
            "TERM", .bad, term.isEmpty ? "not set" : "\(term) is not known to terminfo, or says too little",
            fix: "set TERM to a type that terminfo knows, xterm-256color for instance")
    }

    private static func locale(_ profile: TerminalProfile) -> Finding {
        let variable = ["LC_ALL", "LC_CTYPE", "LANG"].first { environment($0) != nil }
        let words = variable.map { "\($0)=\(environment($0) ?? "")" } ?? "none is set"
        if profile.isUTF8 { return .init("locale", .good, words) }
        return .init(
            "locale", .warning, "\(words): only ASCII can be drawn",
            fix: "set LC_ALL to a UTF-8 locale, C.UTF-8 for instance")
    }
}
