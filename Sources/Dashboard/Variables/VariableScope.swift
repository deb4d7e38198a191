import DisplayText
import MetricModel

/// What the variables of a dashboard stand for at one place: chosen values, the values of a repeated panel, and
/// Grafana's own macros.
struct VariableScope: Sendable {
    /// The step's macros; `nil` outside of queries, where they stand for themselves.
    var step: StepChoice?
    var range: TimeRange
    var dashboardTitle = ""
    var dashboardUID = ""
    var zone: ZoneClock
    /// By name.
    var values: [String: VariableValue]
    /// In the file's order, for `$__all_variables`.
    var order: [String] = []

    init(range: TimeRange, zone: ZoneClock, values: [String: VariableValue]) {
        self.range = range
        self.zone = zone
        self.values = values
    }

    /// `text` with its variables replaced.
    ///
    /// - Parameter own: looked at first: the names that belong to a field, a series or a value.
    func replacing(
        _ text: String, standard: VariableFormat.Standard,
        own: (TemplateText.Mention) -> String? = { _ in nil }
    ) -> String {
        TemplateText.replacing(text) { mention in
            own(mention) ?? self.text(of: mention, standard: standard)
        }
    }

    private func text(of mention: TemplateText.Mention, standard: VariableFormat.Standard) -> String? {
        if let value = values[mention.name] {
            return VariableFormat.text(value, format: mention.format, standard: standard, name: mention.name)
        }
        guard mention.name.hasPrefix("__") || mention.name == "timeFilter" else { return nil }
        return macro(mention)
    }

    private func macro(_ mention: TemplateText.Mention) -> String? {
        switch mention.name {
        case "__interval": return step.map { IntervalText.text($0.interval) }
        case "__interval_ms": return step.map { String($0.interval.milliseconds) }
        case "__rate_interval": return step.map { IntervalText.text($0.rateInterval) }
        case "__rate_interval_ms": return step.map { String($0.rateInterval.milliseconds) }
        case "__range": return "\(rangeSeconds)s"
        case "__range_s": return "\(rangeSeconds)"
        case "__range_ms": return "\(range.length.milliseconds)"
        case "__from": return time(range.from, mention.format)
        case "__to": return time(range.to, mention.format)
        case "__dashboard": return mention.path == "uid" ? dashboardUID : dashboardTitle
        case "__timezone": return zone.offsetSeconds == 0 ? "utc" : "browser"
        case "__org": return mention.path == "name" ? "" : "1"
        case "__user": return ""
        case "__url_time_range":
            return "from=\(range.from.milliseconds)&to=\(range.to.milliseconds)"
        case "__all_variables":
            return order.compactMap { name in
                values[name].map {
                    VariableFormat.text($0, format: "queryparam", standard: .text, name: name)
                }
            }.joined(separator: "&")
        // In InfluxDB's and SQL's queries only; none of them is answered.
        default: return nil
        }
    }

    private var rangeSeconds: Int64 { (range.length.milliseconds + 500) / 1000 }

    private func time(_ time: Timestamp, _ format: String?) -> String {
        guard let format, format.hasPrefix("date") else { return String(time.milliseconds) }
        let pattern = format.dropFirst(4).drop { $0 == ":" }
        switch pattern {
        case "", "iso":
            let civil = CivilTime(time)
            return DatePattern.text(of: civil, "YYYY-MM-DD[T]HH:mm:ss.SSS[Z]")
        case "seconds": return String(time.milliseconds / 1000)
        default:
            return DatePattern.text(
                of: CivilTime(time, zoneOffsetSeconds: zone.offsetSeconds),
                String(pattern))
        }
    }

    /// Names that stand for something even though no variable has them.
    static let macros: Set<String> = [
        "__interval", "__interval_ms", "__rate_interval", "__rate_interval_ms", "__range", "__range_s",
        "__range_ms", "__from", "__to", "__dashboard", "__timezone", "__org", "__user", "__url_time_range",
        "__all_variables", "__field", "__series", "__data", "__value", "__name", "__cell", "__calc",
    ]
}
