import Dashboard
import DisplayText
import MetricModel
import Monitor
import Rules

/// What a Nagios plugin says: the worst of CRITICAL, WARNING, UNKNOWN, OK, in this order.
struct ServiceStatus {
    enum Verdict: Int32 {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        var word: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }
    }

    private(set) var verdict: Verdict
    /// One line; what comes from outside cannot break it.
    private(set) var line: String

    /// Why nothing is known, when that is so.
    private(set) var ignorance: String?

    /// Alerts named in the line; the others are counted.
    private static let namedMax = 3

    /// - Parameters:
    ///   - groups: where the alerts come from; without an alert rule nothing is known, whatever the data.
    ///   - ignorance: why nothing is known, when that is so.
    init(_ alerts: [AlertInstance], of groups: [RuleGroup], ignorance: String?) {
        self.init(alerts, ignorance: Self.absence(of: groups) ?? ignorance)
    }

    /// Of loaded data, looked at as it was at `time`.
    ///
    /// - Parameter newest: the time of the newest data.
    init(
        _ alerts: [AlertInstance], of groups: [RuleGroup], hasData: Bool, at time: Timestamp,
        newest: Timestamp
    ) {
        let ignorance =
            "no data at \(CalendarTime.rfc3339(time)), the newest is of \(CalendarTime.rfc3339(newest))"
        self.init(alerts, of: groups, ignorance: hasData ? nil : ignorance)
    }

    /// A check that could not be made.
    init(ignorance: String) { self.init([], ignorance: ignorance) }

    private init(_ alerts: [AlertInstance], ignorance: String?) {
        self.ignorance = ignorance
        let grave = alerts.filter { Self.verdict(of: $0) == .critical }
        let light = alerts.filter { Self.verdict(of: $0) == .warning }
        let unclear = alerts.filter { Self.verdict(of: $0) == .unknown }
        let named: [AlertInstance]
        if !grave.isEmpty {
            (verdict, named) = (.critical, grave)
        } else if !light.isEmpty {
            (verdict, named) = (.warning, light)
        } else if ignorance != nil || !unclear.isEmpty {
            (verdict, named) = (.unknown, unclear)
        } else {
            (verdict, named) = (.ok, [])
        }
        var parts: [String] = []
        if let ignorance { parts.append(ignorance) }
        parts += named.prefix(Self.namedMax).map(Self.words)
        if named.count > Self.namedMax { parts.append("and \(named.count - Self.namedMax) more") }
        if parts.isEmpty { parts.append("nothing fires") }
        func count(_ state: AlertState) -> Int { alerts.count { $0.state == state } }
        let firing = count(.firing) + count(.recovering)
        let text = "\(verdict.word): \(parts.joined(separator: "; "))"
        // Nagios takes what follows a bar for performance data.
        line = SafeText(text.split(whereSeparator: \.isNewline).joined(separator: " ")).string.map {
            $0 == "|" ? "/" : $0
        }
        .reduce(into: "") { $0.append($1) }
        line +=
            " | firing=\(firing) pending=\(count(.pending)) nodata=\(count(.noData)) errors=\(count(.error))"
    }

    /// That no rule can ever fire; `nil` when there are some.
    static func absence(of groups: [RuleGroup]) -> String? {
        let rules = groups.flatMap(\.rules)
        if rules.contains(where: \.isAlerting) { return nil }
        return "\(rules.isEmpty ? "no rules loaded" : "no alert rules loaded"): nothing is watched"
    }

    private static func verdict(of alert: AlertInstance) -> Verdict {
        let weight = AlertOrder.weight(of: alert)
        switch alert.state {
        // Kept firing by `keep_firing_for`: to Prometheus it fires.
        case .firing, .recovering:
            return weight == .critical ? .critical : weight == .warning ? .warning : .ok
        case .pending: return weight == .critical ? .warning : .ok
        case .noData, .error: return .unknown
        case .normal: return .ok
        }
    }

    private static func words(_ alert: AlertInstance) -> String {
        let labels = alert.labels.dropping([LabelSet.metricName, "alertname", "severity"])
        let state = alert.state == .firing ? "" : " \(alert.state.rawValue)"
        let summary = alert.reason ?? alert.annotations["summary"] ?? ""
        return
            "\(alert.name)\(labels.isEmpty ? "" : labels.description)\(state)\(summary.isEmpty ? "" : " (\(summary))")"
    }
}
