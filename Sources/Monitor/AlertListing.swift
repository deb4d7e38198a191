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
                entries: entries.sorted { AlertOrder.isWorse($0.instance, $1.instance) }
            )
        }
        groups.sort { a, b in
            let (first, second) = (a.entries[0].instance, b.entries[0].instance)
            if AlertOrder.isGraver(first, second) { return true }
            if AlertOrder.isGraver(second, first) { return false }
            return a.title < b.title
        }
    }

    var entries: [Entry] { groups.flatMap(\.entries) }

    static func item(_ alert: AlertInstance) -> AlertListView.Item {
        // The plane is the group's title.
        let what = detail(of: alert.labels)
        return AlertListView.Item(
            state: alert.state, severity: SafeText(AlertWords.severity(of: alert)),
            name: SafeText(alert.name), subject: SafeText(what.isEmpty ? subject(of: alert.labels) : what),
            value: SafeText(AlertWords.value(of: alert)), summary: SafeText(AlertWords.summary(of: alert)),
            since: alert.firedAt ?? alert.activeSince, course: alert.course)
    }
}
