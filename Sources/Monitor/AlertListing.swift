import Dashboard
import DisplayText
import MetricModel
import Panels
import Rules

/// Alerts as the alert view lists them: grouped by plane, worst group and worst alert first.
struct AlertListing {
    struct Entry {
        var instance: AlertInstance
        var item: AlertListView.Item
    }

    private(set) var groups: [(title: String, entries: [Entry])] = []

    /// - Parameter filter: words of which all must occur in an alert's name, labels or summary, whatever their case.
    init(_ alerts: [AlertInstance], filter: String) {
        let words = filter.lowercased().split(separator: " ").map(String.init)
        var byPlane: [String: [Entry]] = [:]
        for alert in alerts where alert.state != .normal {
            let item = Self.item(alert)
            if !words.isEmpty {
                let text = "\(alert.labels) \(item.summary.string) \(alert.state.rawValue)".lowercased()
                if !words.allSatisfy({ text.contains($0) }) { continue }
            }
            byPlane[subject(of: alert.labels), default: []].append(Entry(instance: alert, item: item))
        }
        groups = byPlane.map { title, entries in
            (
                title: title.isEmpty ? "everything" : title,
                entries: entries.sorted { Self.isWorse($0.instance, $1.instance) }
            )
        }
        groups.sort { a, b in
            let (first, second) = (a.entries[0].instance, b.entries[0].instance)
            if first.state != second.state || severity(first) != severity(second) {
                return Self.isWorse(first, second)
            }
            return a.title < b.title
        }
    }

    var entries: [Entry] { groups.flatMap(\.entries) }

    /// Worse state, then worse severity, then longer.
    static func isWorse(_ a: AlertInstance, _ b: AlertInstance) -> Bool {
        if a.state != b.state { return a.state.severityRank > b.state.severityRank }
        let (left, right) = (severityRank(severity(a)), severityRank(severity(b)))
        if left != right { return left > right }
        let (since, other) = (a.firedAt ?? a.activeSince, b.firedAt ?? b.activeSince)
        return since != other ? since < other : a.labels < b.labels
    }

    static func item(_ alert: AlertInstance) -> AlertListView.Item {
        let place = subject(of: alert.labels)
        let what = detail(of: alert.labels)
        return AlertListView.Item(
            state: alert.state, severity: SafeText(severity(alert)), name: SafeText(alert.name),
            subject: SafeText(what.isEmpty ? place : "\(place) \(what)"), value: SafeText(valueText(alert)),
            summary: SafeText(alert.annotations["summary"] ?? ""), since: alert.firedAt ?? alert.activeSince)
    }

    static func valueText(_ alert: AlertInstance) -> String {
        if let reason = alert.reason { return reason }
        let magnitude = abs(alert.value)
        if alert.value == alert.value.rounded(), magnitude < 1e6 { return "\(Int(alert.value))" }
        if magnitude >= 100, magnitude < 1e15 { return "\(Int(alert.value.rounded()))" }
        guard magnitude < 1e15 else { return "\(alert.value)" }
        let hundredths = Int((alert.value * 100).rounded())
        let rest = String(abs(hundredths) % 100 + 100).dropFirst()
        return "\(alert.value < 0 ? "-" : "")\(abs(hundredths) / 100).\(rest)"
    }
}

func severity(_ alert: AlertInstance) -> String { alert.labels["severity"] ?? "" }

func severityRank(_ name: String) -> Int {
    switch name {
    case "critical", "page", "error": 3
    case "warning", "ticket": 2
    case "info", "none": 0
    default: 1
    }
}
