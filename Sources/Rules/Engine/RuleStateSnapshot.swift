import Diagnostics
import MetricModel

/// The state of all alerts at one time, as text that a journal keeps across restarts.
///
/// One line a rule and one an alert; texts are quoted as in Go. The last line says how many lines there are, so that a
/// file that was cut off is told from a whole one. Reading and writing files is the caller's.
package struct RuleStateSnapshot: Sendable, Equatable {
    /// The state of one rule's alerts.
    struct RuleRecord: Sendable, Equatable {
        var file: String
        var group: String
        var name: String
        var expression: String
        var labels: [String]
        var lastEvaluation: Timestamp
        var alerts: [ActiveAlert]
    }

    /// The newest evaluation that the snapshot knows of.
    package var time: Timestamp
    var rules: [RuleRecord]

    /// Alerts that a snapshot may hold.
    package static let alertsMax = 1_000_000

    package var alertCount: Int { rules.reduce(0) { $0 + $1.alerts.count } }

    private static let header = "planetop rule state 1"

    // MARK: Writing

    package var text: String {
        var lines = [Self.header, "time \(time.milliseconds)"]
        for rule in rules {
            lines.append(
                (["rule"]
                    + ([rule.file, rule.group, rule.name, rule.expression] + rule.labels).map { goQuoted($0) }
                    + ["\(rule.lastEvaluation.milliseconds)"]).joined(separator: " "))
            for alert in rule.alerts { lines.append(Self.line(alert)) }
        }
        lines.append("end \(lines.count + 1)")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ alert: ActiveAlert) -> String {
        func time(_ time: Timestamp?) -> String { time.map { "\($0.milliseconds)" } ?? "-" }
        func pairs(_ labels: LabelSet) -> [String] {
            ["{"] + labels.labels.flatMap { [goQuoted($0.name), goQuoted($0.value)] } + ["}"]
        }
        let fields =
            [
                "alert", alert.phase.rawValue, String(alert.value.bitPattern, radix: 16),
                time(alert.activeAt),
                time(alert.firedAt), time(alert.resolvedAt), time(alert.keepFiringSince),
                time(alert.silentSince),
            ] + pairs(alert.labels) + pairs(alert.element)
        return fields.joined(separator: " ")
    }

    init(time: Timestamp, rules: [RuleRecord]) {
        self.time = time
        self.rules = rules
    }

    // MARK: Reading

    /// Reads what `text` wrote.
    ///
    /// - Throws: what is wrong and in which line: cut off, another version, damaged.
    package init(parsing text: String, file: String? = nil) throws(Problem) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        func problem(_ what: String, _ line: Int) -> Problem {
            Problem(
                "cannot read the rule state: \(what)", at: SourcePlace(file: file, line: line),
                fix: "remove the file to begin without the state of before")
        }
        guard lines.first.map(String.init) == Self.header else {
            throw problem("it does not begin with `\(Self.header)`", 1)
        }
        guard let last = lines.last, last == "end \(lines.count)" else {
            throw problem("it was cut off", lines.count)
        }
        time = Timestamp(milliseconds: 0)
        rules = []
        var count = 0
        for (index, line) in lines.enumerated().dropFirst().dropLast() {
            guard var fields = StateLine(line) else { throw problem("the line is damaged", index + 1) }
            switch fields.word() {
            case "time":
                guard let newest = fields.time() else { throw problem("the time is damaged", index + 1) }
                time = newest
            case "rule":
                guard let rule = fields.rule() else { throw problem("the rule is damaged", index + 1) }
                rules.append(rule)
            case "alert":
                guard !rules.isEmpty, let alert = fields.alert() else {
                    throw problem("the alert is damaged", index + 1)
                }
                count += 1
                guard count <= Self.alertsMax else {
                    throw problem("more than \(Self.alertsMax) alerts", index + 1)
                }
                rules[rules.count - 1].alerts.append(alert)
            default: throw problem("the line is damaged", index + 1)
            }
        }
    }
}

/// The fields of one line of a snapshot.
private struct StateLine {
    private enum Field {
        case word(String)
        case text(String)
    }

    private var fields: ArraySlice<Field> = []

    /// - Returns: `nil` when a quoted text is broken.
    init?(_ line: Substring) {
        var rest = line.utf8
        while let first = rest.first {
            if first == UInt8(ascii: " ") {
                rest = rest.dropFirst()
                continue
            }
            if first == UInt8(ascii: "\"") {
                var end = rest.index(after: rest.startIndex)
                while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
                    if rest[end] == UInt8(ascii: "\\") { end = rest.index(after: end) }
                    guard end < rest.endIndex else { return nil }
                    end = rest.index(after: end)
                }
                guard end < rest.endIndex, let text = goUnquoted(String(line[rest.startIndex...end])) else {
                    return nil
                }
                fields.append(.text(text))
                rest = rest[rest.index(after: end)...]
            } else {
                let word = rest.prefix { $0 != UInt8(ascii: " ") }
                fields.append(.word(String(line[word.startIndex..<word.endIndex])))
                rest = rest[word.endIndex...]
            }
        }
    }

    mutating func word() -> String? {
        guard case .word(let word)? = fields.popFirst() else { return nil }
        return word
    }

    mutating func time() -> Timestamp? { word().flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) } }

    /// The outer `nil` for a damaged field, the inner one for `-`.
    private mutating func optionalTime() -> Timestamp?? {
        guard let word = word() else { return nil }
        if word == "-" { return .some(nil) }
        return Int64(word).map { Timestamp(milliseconds: $0) }
    }

    mutating func rule() -> RuleStateSnapshot.RuleRecord? {
        var texts: [String] = []
        while case .text(let text)? = fields.first {
            texts.append(text)
            fields.removeFirst()
        }
        guard texts.count >= 4, texts.count % 2 == 0, let time = time(), fields.isEmpty else { return nil }
        return RuleStateSnapshot.RuleRecord(
            file: texts[0], group: texts[1], name: texts[2], expression: texts[3], labels: Array(texts[4...]),
            lastEvaluation: time, alerts: [])
    }

    mutating func alert() -> ActiveAlert? {
        guard let phase = word().flatMap({ ActiveAlert.Phase(rawValue: $0) }),
            let bits = word().flatMap({ UInt64($0, radix: 16) }), let activeAt = time(),
            let firedAt = optionalTime(), let resolvedAt = optionalTime(),
            let keepFiringSince = optionalTime(),
            let silentSince = optionalTime(), let labels = labelSet(), let element = labelSet(),
            fields.isEmpty
        else { return nil }
        var alert = ActiveAlert(
            labels: labels, element: element, value: Double(bitPattern: bits), activeAt: activeAt)
        alert.phase = phase
        alert.firedAt = firedAt
        alert.resolvedAt = resolvedAt
        alert.keepFiringSince = keepFiringSince
        alert.silentSince = silentSince
        alert.reported = alert.state
        return alert
    }

    private mutating func labelSet() -> LabelSet? {
        guard word() == "{" else { return nil }
        var builder = LabelSetBuilder()
        while true {
            switch fields.popFirst() {
            case .word("}"): return builder.labels()
            case .text(let name):
                guard case .text(let value)? = fields.popFirst() else { return nil }
                builder.set(name, value)
            default: return nil
            }
        }
    }
}

extension RuleEngine {
    /// The state of all alerts, for the journal.
    package func snapshot() -> RuleStateSnapshot {
        var records: [RuleStateSnapshot.RuleRecord] = []
        for group in groups {
            for state in group.rules where !state.alerts.isEmpty {
                guard let last = state.lastEvaluation ?? state.restoredFrom else { continue }
                let identity = state.identity
                records.append(
                    RuleStateSnapshot.RuleRecord(
                        file: group.group.file, group: group.group.name, name: identity.name,
                        expression: identity.expression, labels: identity.labels, lastEvaluation: last,
                        alerts: state.alerts))
            }
        }
        let times = groups.compactMap(\.lastEvaluation) + records.map(\.lastEvaluation)
        return RuleStateSnapshot(time: times.max() ?? Timestamp(milliseconds: 0), rules: records)
    }

    /// Takes over the state of a snapshot for rules whose name, labels and expression are unchanged and that were not
    /// evaluated yet.
    ///
    /// What fired goes on firing. What was pending keeps the time for which it had been: the time from the snapshot's last
    /// evaluation to the next one counts as one interval, however long it was.
    /// - Returns: the number of alerts taken over.
    @discardableResult
    package mutating func restore(_ snapshot: RuleStateSnapshot) -> Int {
        var pool = StatePool<RuleStateSnapshot.RuleRecord>()
        for record in snapshot.rules {
            let identity = RuleIdentity(
                isAlerting: true, name: record.name, expression: record.expression, labels: record.labels)
            pool.add(record, of: identity, group: record.group, file: record.file)
        }
        var count = 0
        for onlyHere in [true, false] {
            for group in groups.indices {
                for rule in groups[group].rules.indices {
                    let state = groups[group].rules[rule]
                    guard state.rule.isAlerting, state.lastEvaluation == nil, state.restoredFrom == nil,
                        let record = pool.take(
                            state.identity, group: groups[group].group.name,
                            file: groups[group].group.file, onlyHere: onlyHere)
                    else { continue }
                    groups[group].rules[rule].restore(record.alerts, from: record.lastEvaluation)
                    count += record.alerts.count
                }
            }
        }
        return count
    }
}
