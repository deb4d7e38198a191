import DisplayText
import MetricModel
import Rules

package struct AlertListView: Sendable {
    package struct Item: Sendable {
        package var state: AlertState
        package var severity: SafeText
        package var name: SafeText
        /// What tells this alert apart: plane, DAG, query.
        package var subject: SafeText
        /// Value and threshold in words when known: `0.66 < 0.95`.
        package var value: SafeText
        package var summary: SafeText
        package var since: Timestamp
        /// Whether it is getting worse, where that is known.
        package var course: AlertCourse?

        package init(
            state: AlertState, severity: SafeText, name: SafeText, subject: SafeText, value: SafeText,
            summary: SafeText, since: Timestamp, course: AlertCourse? = nil
        ) {
            self.state = state
            self.severity = severity
            self.name = name
            self.subject = subject
            self.value = value
            self.summary = summary
            self.since = since
            self.course = course
        }
    }
    /// Worst first.
    package var items: [Item]
    /// Counts by state, of all alerts that passed the panel's filters.
    package var counts: [AlertState: Int]
    /// What it says when no alert is active.
    package var coverage: RuleCoverage
    /// Drawn as one number in place of a list.
    package var showsCountOnly: Bool
    /// The time that ages count to.
    package var cursor: Timestamp

    package init(
        items: [Item], counts: [AlertState: Int], coverage: RuleCoverage = .notEvaluated,
        showsCountOnly: Bool = false, cursor: Timestamp
    ) {
        self.items = items
        self.coverage = coverage
        self.counts = counts
        self.showsCountOnly = showsCountOnly
        self.cursor = cursor
    }
}

/// What changed, in words.
package struct EventListView: Sendable {
    package struct Item: Sendable {
        package var time: Timestamp
        /// What it is about: a plane; empty for planetop itself.
        package var subject: SafeText
        package var text: SafeText
        /// The state that it led to, where it is an alert's.
        package var state: AlertState?

        package init(time: Timestamp, subject: SafeText, text: SafeText, state: AlertState? = nil) {
            self.time = time
            self.subject = subject
            self.text = text
            self.state = state
        }
    }
    /// Newest first.
    package var items: [Item]
    package var zoneOffsetSeconds: Int

    package init(items: [Item], zoneOffsetSeconds: Int = 0) {
        self.items = items
        self.zoneOffsetSeconds = zoneOffsetSeconds
    }
}

package struct TextView: Sendable {
    package enum Line: Sendable, Equatable {
        case heading(SafeText)
        case paragraph(SafeText)
        case item(SafeText)
        case code(SafeText)
        case blank
    }
    package var lines: [Line]

    package init(lines: [Line]) { self.lines = lines }
}
