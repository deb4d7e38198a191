import Rules

/// Which of two alerts is worse: the one order of every list, of the verdict and of what commands print.
package enum AlertOrder {
    /// What a severity is worth to those who are called for it.
    package enum Weight: Sendable { case note, warning, critical }

    /// Worse state, then worse severity, then longer, then by name and labels.
    package static func isWorse(_ a: AlertInstance, _ b: AlertInstance) -> Bool {
        if isGraver(a, b) { return true }
        if isGraver(b, a) { return false }
        let (since, other) = (a.firedAt ?? a.activeSince, b.firedAt ?? b.activeSince)
        if since != other { return since < other }
        return a.name != b.name ? a.name < b.name : a.labels < b.labels
    }

    /// Worse state, then worse severity, whatever their age.
    package static func isGraver(_ a: AlertInstance, _ b: AlertInstance) -> Bool {
        if a.state != b.state { return a.state.severityRank > b.state.severityRank }
        return severityRank(of: a) > severityRank(of: b)
    }

    package static func weight(of alert: AlertInstance) -> Weight {
        switch severityRank(of: alert) {
        case 4...: .critical
        case 2...: .warning
        default: .note
        }
    }

    /// Higher is worse; names that nobody knows, and none, stand between a warning and a note.
    private static func severityRank(of alert: AlertInstance) -> Int {
        switch AlertWords.severity(of: alert).lowercased() {
        case "critical", "page", "emergency", "fatal", "p1", "disaster": 5
        case "error", "high", "major", "p2": 4
        case "warning", "warn", "minor", "average", "ticket", "p3": 3
        case "info", "information", "notice", "none", "p4", "p5": 1
        default: 2
        }
    }
}
