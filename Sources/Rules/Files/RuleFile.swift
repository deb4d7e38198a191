import Diagnostics
import MetricModel
import PromQL
import YAML

/// How rule files are read.
package struct RuleFileOptions: Sendable {
    /// Takes any UTF-8 text for a metric or label name, as Prometheus 3 does by default; otherwise names are letters,
    /// digits, `_` (and `:` in metrics), as before.
    package var allowsAnyName = false
    /// Takes functions and modifiers that Prometheus keeps behind `--enable-feature`.
    package var allowsExperimental = false
    package var limits = YAMLLimits()

    package init() {}
}

/// A Prometheus rule file.
package struct RuleFile: Sendable {
    /// A file that is not taken: everything that is wrong with it, in the order of the file.
    package struct Refusal: Error, Sendable {
        package var problems: [Problem]

        package init(problems: [Problem]) { self.problems = problems }
    }

    /// As the operator named it.
    package var name: String
    package var groups: [RuleGroup]
    /// What is odd but no mistake: the same rule twice, further documents that nobody reads.
    package var notes: [Problem]

    package var ruleCount: Int { groups.reduce(0) { $0 + $1.rules.count } }

    /// Reads and checks a rule file as `promtool check rules` does; nothing is evaluated.
    ///
    /// - Parameter file: the name that problems give.
    /// - Throws: every problem found, each with line and column.
    package static func parse(
        text: String, file: String, options: RuleFileOptions = RuleFileOptions()
    ) throws(Refusal) -> RuleFile {
        var reader = RuleFileReader(file: file, options: options)
        let groups = reader.read(text)
        guard reader.problems.isEmpty else { throw Refusal(problems: reader.problems) }
        return RuleFile(name: file, groups: groups, notes: reader.notes + duplicates(in: groups))
    }

    /// Rules that say the same twice: the same name and labels.
    private static func duplicates(in groups: [RuleGroup]) -> [Problem] {
        struct Key: Hashable {
            var name: String
            var labels: [String]
        }
        var seen: Set<Key> = []
        var notes: [Problem] = []
        for group in groups {
            for rule in group.rules {
                let key = Key(name: rule.name, labels: rule.labels.map { "\($0.name)=\($0.text)" })
                guard !seen.insert(key).inserted else { continue }
                notes.append(
                    Problem(
                        "the rule `\(rule.name)` with the same labels stands in this file before",
                        at: rule.place, fix: "give one of them another name or another label"))
            }
        }
        return notes
    }
}

/// Reads a rule file and collects what is wrong with it.
struct RuleFileReader {
    private static let groupFields = ["name", "interval", "query_offset", "limit", "rules", "labels"]
    private static let ruleFields = [
        "record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations",
    ]

    let file: String
    let options: RuleFileOptions
    private(set) var problems: [Problem] = []
    private(set) var notes: [Problem] = []

    init(file: String, options: RuleFileOptions) {
        self.file = file
        self.options = options
    }

    mutating func read(_ text: String) -> [RuleGroup] {
        var groups: [RuleGroup] = []
        do {
            let (node, following) = try YAMLNode.parsingFirst(
                Array(text.utf8), file: file, limits: options.limits)
            if let following {
                notes.append(
                    Problem(
                        "only the first document of the file is read, as in Prometheus", at: following,
                        fix: "put the groups behind `---` into the first document or into another file"))
            }
            let root = try YAMLField(node).object()
            problems += root.unknownFields("rule file", fields: ["groups"])
            var names: Set<String> = []
            for item in try root.items("groups") {
                guard let group = group(item) else { continue }
                if !names.insert(group.name).inserted {
                    problems.append(
                        Problem(
                            "groupname: \"\(group.name)\" is repeated in the same file", at: item.place,
                            fix: "give the group another name"))
                }
                groups.append(group)
            }
        } catch {
            problems.append(error)
        }
        return groups
    }

    /// Carries out `read` and keeps its problem, if any.
    private mutating func collect<Value>(_ read: () throws(Problem) -> Value?) -> Value? {
        do {
            return try read()
        } catch {
            problems.append(error)
            return nil
        }
    }

    // MARK: Groups

    private mutating func group(_ field: YAMLField) -> RuleGroup? {
        guard let object = collect({ () throws(Problem) in try field.object() }) else { return nil }
        problems += object.unknownFields("rule group", fields: Self.groupFields)
        let name = collect { () throws(Problem) in try object.string("name") } ?? ""
        if name.isEmpty { problems.append(Problem("Groupname must not be empty", at: field.place)) }
        let interval = collect { () throws(Problem) in try object.durationMilliseconds("interval") }
        let offset = collect { () throws(Problem) in try object.durationMilliseconds("query_offset") }
        let limit = collect { () throws(Problem) in try object.int("limit") } ?? 0
        let labels = texts(object, "labels")
        for label in labels where !isLabelName(label.name) || label.name == LabelSet.metricName {
            problems.append(
                Problem("group \"\(name)\": invalid label name: \(label.name)", at: label.place))
        }
        var group = RuleGroup(
            name: name, interval: interval.flatMap { $0 == 0 ? nil : TimeSpan(milliseconds: $0) },
            queryOffset: offset.map { TimeSpan(milliseconds: $0) }, limit: limit, rules: [], file: file,
            place: field.place)
        let items = collect { () throws(Problem) in try object.items("rules") } ?? []
        for (index, item) in items.enumerated() {
            if let rule = rule(item, number: index + 1, group: name, groupLabels: labels) {
                group.rules.append(rule)
            }
        }
        return group
    }

    // MARK: Rules

    /// A name, a text and where the text stands.
    private struct PlacedText {
        var name: String
        var text: String
        var place: SourcePlace
    }

    private mutating func texts(_ object: YAMLObject, _ name: String) -> [PlacedText] {
        collect { () throws(Problem) in
            var result: [PlacedText] = []
            for entry in try object[name]?.entries() ?? [] {
                result.append(
                    PlacedText(name: entry.name, text: try entry.value.string(), place: entry.value.place))
            }
            return result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        } ?? []
    }

    private mutating func rule(
        _ field: YAMLField, number: Int, group: String, groupLabels: [PlacedText]
    ) -> Rule? {
        guard let object = collect({ () throws(Problem) in try field.object() }) else { return nil }
        problems += object.unknownFields("rule", fields: Self.ruleFields)
        let record = collect { () throws(Problem) in try object.string("record") } ?? ""
        let alert = collect { () throws(Problem) in try object.string("alert") } ?? ""
        let name = alert.isEmpty ? record : alert
        let title = "group \"\(group)\", rule \(number), \"\(name)\""
        let countBefore = problems.count

        if !record.isEmpty, !alert.isEmpty {
            problems.append(
                Problem(
                    "\(title): only one of 'record' and 'alert' must be set", at: object["record"]?.place,
                    fix: "make two rules of it"))
        } else if name.isEmpty {
            problems.append(Problem("\(title): one of 'record' or 'alert' must be set", at: field.place))
        }
        let expression = expression(object, title: title)
        let hold = collect { () throws(Problem) in try object.durationMilliseconds("for") } ?? 0
        let keep = collect { () throws(Problem) in try object.durationMilliseconds("keep_firing_for") } ?? 0
        let ownLabels = texts(object, "labels")
        let annotations = texts(object, "annotations")
        if !record.isEmpty {
            checkRecording(object, record: record, hold: hold, keep: keep, annotations, title: title)
        }
        for label in ownLabels where !isLabelName(label.name) || label.name == LabelSet.metricName {
            problems.append(Problem("\(title): invalid label name: \(label.name)", at: label.place))
        }
        for annotation in annotations where !isLabelName(annotation.name) {
            problems.append(
                Problem("\(title): invalid annotation name: \(annotation.name)", at: annotation.place))
        }
        // What the rule says itself counts more than what its group says.
        let labels =
            (ownLabels + groupLabels.filter { group in !ownLabels.contains { $0.name == group.name } })
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let labelFields = fields(labels, "label", alert: alert, title: title)
        let annotationFields = fields(annotations, "annotation", alert: alert, title: title)
        guard problems.count == countBefore, let expression else { return nil }
        return Rule(
            kind: alert.isEmpty
                ? .recording
                : .alerting(hold: TimeSpan(milliseconds: hold), keepFiring: TimeSpan(milliseconds: keep)),
            name: name, expressionText: expression.text, expression: expression.value, labels: labelFields,
            annotations: annotationFields, place: field.place)
    }

    private mutating func expression(
        _ object: YAMLObject, title: String
    ) -> (text: String, value: Expression)? {
        guard let field = object["expr"] else {
            problems.append(Problem("\(title): field 'expr' must be set in rule", at: object.field.place))
            return nil
        }
        guard let text = collect({ () throws(Problem) in try field.string() }) else { return nil }
        guard !text.isEmpty else {
            problems.append(Problem("\(title): field 'expr' must be set in rule", at: field.place))
            return nil
        }
        do {
            return (text, try PromQL.parse(text, allowsExperimental: options.allowsExperimental))
        } catch {
            problems.append(
                Problem(
                    "\(title): could not parse expression: \(error.message)",
                    at: field.node.place(ofByte: error.position.lowerBound)))
            return nil
        }
    }

    private mutating func checkRecording(
        _ object: YAMLObject, record: String, hold: Int64, keep: Int64, _ annotations: [PlacedText],
        title: String
    ) {
        func complain(_ field: String) {
            problems.append(
                Problem(
                    "\(title): invalid field '\(field)' in recording rule", at: object.keyPlace(field),
                    fix: "remove it, or write `alert` for `record`"))
        }
        if !annotations.isEmpty { complain("annotations") }
        if hold != 0 { complain("for") }
        if keep != 0 { complain("keep_firing_for") }
        let place = object["record"]?.place
        if record.contains("{") || record.contains("}") {
            problems.append(
                Problem(
                    "\(title): braces present in the recording rule name; should it be in expr?: \(record)",
                    at: place))
        } else if !isMetricName(record) {
            problems.append(Problem("\(title): invalid recording rule name: \(record)", at: place))
        }
    }

    /// Labels or annotations with their templates parsed, where they belong to an alert.
    private mutating func fields(
        _ texts: [PlacedText], _ what: String, alert: String, title: String
    ) -> [Rule.TemplateField] {
        var result: [Rule.TemplateField] = []
        for text in texts {
            var field = Rule.TemplateField(name: text.name, text: text.text)
            if !alert.isEmpty {
                do {
                    field.template = try Template(text.text, ofAlert: alert)
                } catch {
                    problems.append(
                        Problem("\(title): \(what) \"\(text.name)\": \(error.message)", at: text.place))
                }
            }
            result.append(field)
        }
        return result
    }

    // MARK: Names

    private func isLabelName(_ name: String) -> Bool {
        options.allowsAnyName ? !name.isEmpty : isName(name, allowsColon: false)
    }

    private func isMetricName(_ name: String) -> Bool {
        options.allowsAnyName ? !name.isEmpty : isName(name, allowsColon: true)
    }
}

/// Whether `name` is letters, digits and `_`, not beginning with a digit.
func isName(_ name: String, allowsColon: Bool) -> Bool {
    guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
    return name.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == UInt8(ascii: "_")
            || (allowsColon && $0 == UInt8(ascii: ":"))
    }
}
