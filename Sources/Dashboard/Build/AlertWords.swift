import Rules

/// What the screen says of an alert, the same in lists, in the alert view and in the order of both.
package enum AlertWords {
    /// `0.66 < 0.95`, where the rule says what the value is compared with; why there is none, where it could not be found.
    package static func value(of alert: AlertInstance) -> String {
        if let reason = alert.reason { return reason }
        if let words = alert.annotations["value"] { return oneLine(words) }
        let text = NumberText.fixed(alert.value)
        guard let threshold = alert.annotations["threshold"] else { return text }
        return "\(text) \(oneLine(threshold))"
    }

    /// What the rule's author says in one line; empty when he said nothing.
    package static func summary(of alert: AlertInstance) -> String {
        oneLine(
            alert.annotations["summary"] ?? alert.annotations["message"] ?? alert.annotations["description"]
                ?? "")
    }

    package static func severity(of alert: AlertInstance) -> String { alert.labels["severity"] ?? "" }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
