import ArgumentParser
import Dashboard
import Diagnostics
import DisplayText
import JSON
import MetricModel
import Monitor
import PromQL
import Rules

struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "The alerts at a time of loaded data, or every change of their states.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @OptionGroup var data: LoadOptions

    @Option(
        parsing: .upToNextOption,
        help: "Prometheus rule files, or folders of them, in place of the built-in rules.",
        completion: .file())
    var rules: [String] = []

    @Option(help: "The time to look at: RFC 3339 or seconds since the epoch. Default: the newest sample.")
    var time: TimeArgument?

    @Flag(help: "Every change of a state up to that time, in place of the states then.")
    var transitions = false

    @Option(
        name: [.customShort("o"), .customLong("output")], help: "How to print the answer: table or json.")
    var format: Format = .table

    @OptionGroup var exit: ExitStateOption

    func run() throws {
        try exit.orFail { isAsked throws(Problem) in
            let settings = try Settings.load()
            let groups = try ScreenSetup.rules(rules.isEmpty ? settings.rules : rules)
            let run = try RuleReplay.run(data.load, groups, until: time?.timestamp)
            switch (format, transitions) {
            case (.table, false): output(AlertText.table(run.alerts), terminator: "")
            case (.table, true): output(AlertText.table(run.transitions), terminator: "")
            case (.json, false): output(AlertText.json(run.alerts, at: run.time))
            case (.json, true): output(AlertText.json(run.transitions))
            }
            return isAsked ? run.status(of: groups) : nil
        }
    }
}

/// Rules evaluated over loaded data, from its first sample on.
struct RuleReplay {
    /// The time of `alerts`.
    var time: Timestamp
    /// Whether any series has a value at `time`; without one nothing can be said.
    var hasData: Bool
    var newest: Timestamp
    /// Those that are not normal, worst first.
    var alerts: [AlertInstance]
    /// Oldest first.
    var transitions: [AlertTransition]

    /// More evaluations of a group than anybody waits for: four and a half years at the grid of 15 s.
    private static let gridPointsMax: Int64 = 10_000_000
    /// So many changes are taken out at a time that the history's own limit throws none away.
    private static let stride = TimeSpan.minutes(5)

    /// - Parameter until: `nil` for the time of the newest sample.
    static func run(_ paths: [String], _ groups: [RuleGroup], until: Timestamp?) throws(Problem) -> RuleReplay
    {
        var settings = Observatory.Settings()
        settings.limits = ExpositionLoad.limits
        let observatory = Observatory(settings)
        let captures = paths.filter { CaptureFiles.isCapture($0) }
        if !captures.isEmpty {
            let others = paths.filter { !captures.contains($0) }
            if !others.isEmpty { _ = try LoadedData.fill(observatory.store, others) }
            return try play(captures, groups, observatory, until: until)
        }
        let span = try LoadedData.fill(observatory.store, paths)
        let time = until ?? span.upperBound
        guard (time - span.lowerBound).milliseconds / Observatory.interval.milliseconds <= gridPointsMax
        else {
            throw Problem(
                "the rules would be evaluated more than \(gridPointsMax) times",
                fix: "load a shorter span, or name a time closer to the first sample with --time")
        }
        // Asked before the rules write anything: what they record is no sign of life.
        let hasData = try hasData(observatory, at: time)
        observatory.load(groups)
        // The grid begins after the time given first: a first sample that lies on the grid belongs to it.
        var reached = span.lowerBound - TimeSpan(milliseconds: 1)
        observatory.advance(to: reached)
        var transitions: [AlertTransition] = []
        while reached < time {
            let next = min(reached + stride, time)
            observatory.advance(to: next)
            transitions += observatory.history.transitions(after: reached, through: next)
            reached = next
        }
        return RuleReplay(
            time: time, hasData: hasData, newest: span.upperBound,
            alerts: observatory.alerts.sorted(by: AlertOrder.isWorse), transitions: transitions)
    }

    /// Captures are played as on the screen: the rules see each message when it came, and planes that fall silent.
    private static func play(
        _ captures: [String], _ groups: [RuleGroup], _ observatory: Observatory, until: Timestamp?
    ) throws(Problem) -> RuleReplay {
        let source = try ReplaySource(paths: captures)
        let time = until ?? source.span.upperBound
        observatory.load(groups)
        source.readAll(into: observatory, through: time)
        if let problem = source.problem { throw problem }
        return RuleReplay(
            time: time, hasData: hasPlane(observatory, at: time),
            newest: source.span.upperBound, alerts: observatory.alerts.sorted(by: AlertOrder.isWorse),
            transitions: observatory.history.transitions(after: .distantPast, through: time))
    }

    /// Whether any plane was heard of lately, for captures.
    static func hasPlane(_ observatory: Observatory, at time: Timestamp) -> Bool {
        observatory.planes.planes.values.contains { !$0.isSilent(at: time) }
    }

    /// What `planetop status` makes of it.
    func status(of groups: [RuleGroup]) -> ServiceStatus {
        ServiceStatus(alerts, of: groups, hasData: hasData, at: time, newest: newest)
    }

    /// Whether any series has a value at `time`, for data that came without messages.
    static func hasData(_ observatory: Observatory, at time: Timestamp) throws(Problem) -> Bool {
        do {
            let anything = try PromQL.parse(#"count({__name__=~".+"})"#)
            let result = try Evaluator().instant(anything, at: time, in: observatory.store)
            if case .vector(let elements) = result.value { return !elements.isEmpty }
            return false
        } catch {
            throw Problem("cannot tell whether there is data: \(error)")
        }
    }
}

/// Alerts and their changes in words, for people and for programs.
///
/// Names, labels and annotations come from outside: whatever would steer a terminal is made visible in the tables.
enum AlertText {
    static func severity(_ alert: AlertInstance) -> String { alert.labels["severity"] ?? "" }

    static func table(_ alerts: [AlertInstance]) -> String {
        if alerts.isEmpty { return "no alerts\n" }
        return columns(
            ["STATE", "SEVERITY", "ALERT", "LABELS", "SINCE", "VALUE", "SUMMARY"],
            alerts.map { alert in
                [
                    alert.state.rawValue, severity(alert), alert.name, labels(alert.labels),
                    CalendarTime.rfc3339(alert.firedAt ?? alert.activeSince),
                    alert.reason ?? number(alert.value),
                    alert.annotations["summary"] ?? "",
                ]
            })
    }

    static func table(_ transitions: [AlertTransition]) -> String {
        if transitions.isEmpty { return "no changes\n" }
        return columns(
            ["TIME", "FROM", "TO", "ALERT", "LABELS", "VALUE"],
            transitions.map { change in
                [
                    CalendarTime.rfc3339(change.time), change.from.rawValue, change.to.rawValue, change.name,
                    labels(change.labels), change.reason ?? number(change.value),
                ]
            })
    }

    /// In the shape of Prometheus' `/api/v1/alerts`, with the further facts beside.
    static func json(_ alerts: [AlertInstance], at time: Timestamp) -> String {
        envelope { writer in
            writer.key("time")
            writer.string(CalendarTime.rfc3339(time))
            writer.key("alerts")
            writer.beginArray()
            for alert in alerts {
                writer.beginObject()
                writer.key("alertname")
                writer.string(alert.name)
                writer.key("state")
                writer.string(alert.state.rawValue)
                write(alert.labels, &writer)
                writer.key("annotations")
                writer.beginObject()
                for (name, text) in alert.annotations.sorted(by: { $0.key < $1.key }) {
                    writer.key(name)
                    writer.string(text)
                }
                writer.endObject()
                writer.key("activeAt")
                writer.string(CalendarTime.rfc3339(alert.activeSince))
                if let fired = alert.firedAt {
                    writer.key("firedAt")
                    writer.string(CalendarTime.rfc3339(fired))
                }
                writer.key("value")
                writer.number(alert.value)
                if let reason = alert.reason {
                    writer.key("reason")
                    writer.string(reason)
                }
                writer.key("group")
                writer.string(alert.group)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    static func json(_ transitions: [AlertTransition]) -> String {
        envelope { writer in
            writer.key("transitions")
            writer.beginArray()
            for change in transitions {
                writer.beginObject()
                writer.key("time")
                writer.string(CalendarTime.rfc3339(change.time))
                writer.key("alertname")
                writer.string(change.name)
                writer.key("from")
                writer.string(change.from.rawValue)
                writer.key("to")
                writer.string(change.to.rawValue)
                write(change.labels, &writer)
                writer.key("value")
                writer.number(change.value)
                if let reason = change.reason {
                    writer.key("reason")
                    writer.string(reason)
                }
                writer.key("group")
                writer.string(change.group)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    // MARK: - Helpers

    private static func envelope(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("status")
        writer.string("success")
        writer.key("data")
        writer.beginObject()
        body(&writer)
        writer.endObject()
        writer.endObject()
        return writer.string
    }

    private static func write(_ labels: LabelSet, _ writer: inout JSONWriter) {
        writer.key("labels")
        writer.beginObject()
        for label in labels.labels {
            writer.key(label.name)
            writer.string(label.value)
        }
        writer.endObject()
    }

    /// What has a column of its own is left out.
    private static func labels(_ labels: LabelSet) -> String {
        labels.dropping([LabelSet.metricName, "alertname", "severity"]).description
    }

    private static func number(_ value: Double) -> String {
        if value == value.rounded(), value.magnitude < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    private static func columns(_ head: [String], _ rows: [[String]]) -> String {
        let cells = ([head] + rows).map { $0.map { SafeText($0) } }
        let widths = head.indices.map { column in cells.map { $0[column].width }.max() ?? 0 }
        var text = ""
        for row in cells {
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == head.count - 1 ? cell.string : cell.padded(to: widths[column]).string + "  "
            }
            while line.hasSuffix(" ") { line.removeLast() }
            text += line + "\n"
        }
        return text
    }
}
