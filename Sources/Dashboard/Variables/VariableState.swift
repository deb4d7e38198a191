import DisplayText
import MetricModel
import RegularExpressions

/// A variable as the screen shows and changes it.
package struct VariableState: Sendable {
    package struct Option: Sendable, Hashable {
        /// What the option is called.
        package var text: String
        /// What stands in queries.
        package var value: String
    }

    package enum Kind: Sendable {
        /// One or several of the options.
        case choice
        /// Any text.
        case text
        /// Cannot be changed.
        case fixed
    }

    package var name: String
    package var label: SafeText
    package var kind: Kind
    /// False for variables that the dashboard hides.
    package var isShown: Bool
    package var isMulti: Bool
    package var includesAll: Bool
    /// "All" is not among them.
    package var options: [Option]
    /// The chosen options' values; a single one unless `isMulti`.
    package var selected: [String]
    package var isAll: Bool
    /// Why the options could not be found.
    package var problem: SafeText?

    /// The choice in words: `All`, `a + b`.
    package var text: SafeText {
        if isAll { return "All" }
        return SafeText(
            selected.map { value in options.first { $0.value == value }?.text ?? value }.joined(
                separator: " + "))
    }
}

/// Finds the options of a dashboard's variables and the values that are chosen of them.
struct VariableResolver {
    /// Options of one variable; a picker of more cannot be used, and a query of more cannot be answered.
    static let optionsMax = 5000

    let definitions: [VariableDefinition]
    /// What was chosen on the screen, by name; `$__all` for all.
    let chosen: [String: [String]]
    let context: DashboardContext
    let range: TimeRange
    let zone: ZoneClock

    private(set) var states: [String: VariableState] = [:]
    private(set) var values: [String: VariableValue] = [:]
    /// Conditions of ad hoc variables on every query.
    private(set) var matchers: [LabelMatcher] = []

    init(
        _ definitions: [VariableDefinition], chosen: [String: [String]], range: TimeRange, zone: ZoneClock,
        _ context: DashboardContext
    ) {
        self.definitions = definitions
        self.chosen = chosen
        self.context = context
        self.range = range
        self.zone = zone
        resolveAll()
    }

    /// The values, to replace variables with.
    var scope: VariableScope {
        var scope = VariableScope(range: range, zone: zone, values: values)
        scope.order = definitions.map(\.name).filter { values[$0] != nil }
        return scope
    }

    private mutating func resolveAll() {
        var pending: Set<String> = []
        let byName = Dictionary(definitions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        func visit(_ definition: VariableDefinition, _ resolver: inout VariableResolver) {
            guard resolver.states[definition.name] == nil, pending.insert(definition.name).inserted else {
                return
            }
            // What a query mentions comes first; of a circle the one that the file names first goes on without.
            for mention in TemplateText.mentions(in: definition.query + " " + definition.regex) {
                if let other = byName[mention.name] { visit(other, &resolver) }
            }
            resolver.resolve(definition)
        }
        for definition in definitions { visit(definition, &self) }
    }

    private mutating func resolve(_ definition: VariableDefinition) {
        var state = VariableState(
            name: definition.name, label: SafeText(definition.label), kind: .choice,
            isShown: definition.hiding != .hidden, isMulti: definition.isMulti,
            includesAll: definition.includesAll, options: [], selected: [], isAll: false)
        switch definition.kind {
        case .query:
            if let other = definition.otherSource {
                state.problem = SafeText("not this data source: \(other)")
            } else {
                findOptions(definition, &state)
            }
        case .custom: state.options = Self.customOptions(replaced(definition.query))
        case .toggle: state.options = definition.options.map { .init(text: $0.text, value: $0.value) }
        case .interval:
            state.options = Self.customOptions(definition.query)
            if definition.isAuto {
                state.options.insert(.init(text: "auto", value: Self.auto(definition.name)), at: 0)
            }
        case .textBox: state.kind = .text
        case .constant, .dataSource: state.kind = .fixed
        case .adHoc:
            state.kind = .fixed
            addMatchers(definition)
            state.selected = definition.filters.map {
                "\($0.key) \($0.operation) \($0.values.joined(separator: "|"))"
            }
            states[definition.name] = state
            return
        case .unknown(let type):
            state.kind = .fixed
            state.problem = SafeText("variables of type \(type) are not known")
        }
        select(definition, &state)
        states[definition.name] = state
        values[definition.name] = value(definition, state)
    }

    private static func auto(_ name: String) -> String { "$__auto_interval_\(name)" }

    // MARK: Options

    private func replaced(_ text: String) -> String {
        VariableScope(range: range, zone: zone, values: values).replacing(text, standard: .query)
    }

    private func findOptions(_ definition: VariableDefinition, _ state: inout VariableState) {
        var scope = VariableScope(range: range, zone: zone, values: values)
        // Queries of variables may hold interval macros; a hundred points is what Grafana assumes.
        scope.step = StepChoice(
            range: range.length, wish: StepChoice.Wish(points: 100, cadence: context.cadence))
        let query = scope.replacing(definition.query, standard: .query)
        switch VariableQuery(query).texts(range: range, context) {
        case .failure(let problem): state.problem = SafeText(problem.text)
        case .success(let texts):
            var options = Self.matching(
                scope.replacing(definition.regex, standard: .glob), texts, &state)
            var seen: Set<String> = []
            options.removeAll { !seen.insert($0.value).inserted }
            if options.count > Self.optionsMax {
                state.problem = SafeText("\(options.count) options, only \(Self.optionsMax) are offered")
                options.removeLast(options.count - Self.optionsMax)
            }
            state.options = Self.sorted(options, definition.sort)
        }
    }

    /// What the variable's pattern makes of the texts: only those that match, cut to the group when it has one.
    static func matching(_ pattern: String, _ texts: [String], _ state: inout VariableState) -> [VariableState
        .Option]
    {
        guard !pattern.isEmpty else { return texts.map { .init(text: $0, value: $0) } }
        let script: ScriptPattern
        do {
            script = try ScriptPattern(pattern)
        } catch {
            state.problem = SafeText("pattern `\(shortened(pattern))`: \(error.message)")
            return texts.map { .init(text: $0, value: $0) }
        }
        let regex = script.regex
        var names: [String: Int] = [:]
        for index in 1..<max(1, regex.groupCount + 1) { names[regex.groupName(index) ?? ""] = index }
        var options: [VariableState.Option] = []
        for text in texts {
            let bytes = Array(text.utf8)
            func group(_ match: [Range<Int>?], _ index: Int?) -> String? {
                index.flatMap { $0 < match.count ? match[$0] : nil }.map {
                    String(decoding: bytes[$0], as: UTF8.self)
                }
            }
            var start = 0
            while let match = regex.firstMatch(in: text, from: start), let whole = match[0] {
                let value = group(match, names["value"])
                let title = group(match, names["text"])
                if value != nil || title != nil {
                    options.append(.init(text: title ?? value ?? "", value: value ?? title ?? ""))
                } else if regex.groupCount > 0 {
                    let first = (1...regex.groupCount).lazy.compactMap { group(match, $0) }.first
                    if let first { options.append(.init(text: first, value: first)) }
                } else {
                    options.append(.init(text: text, value: text))
                }
                start = max(whole.upperBound, whole.lowerBound + 1)
                if !script.isGlobal || start > bytes.count || regex.groupCount == 0 { break }
            }
        }
        return options
    }

    static func sorted(
        _ options: [VariableState.Option], _ sort: VariableDefinition.Sort
    ) -> [VariableState.Option] {
        func number(_ text: String) -> Double {
            let digits = text.drop { !($0.isASCII && $0.isNumber) }.prefix { $0.isASCII && $0.isNumber }
            return Double(digits) ?? -1
        }
        func stable(_ isBefore: (String, String) -> Bool) -> [VariableState.Option] {
            options.enumerated().sorted { a, b in
                if isBefore(a.element.text, b.element.text) { return true }
                if isBefore(b.element.text, a.element.text) { return false }
                return a.offset < b.offset
            }.map(\.element)
        }
        switch sort {
        case .none: return options
        case .alphabetical: return stable { $0 < $1 }
        case .alphabeticalDescending: return stable { $0 > $1 }
        case .numerical: return stable { number($0) < number($1) }
        case .numericalDescending: return stable { number($0) > number($1) }
        case .caseless: return stable { $0.lowercased() < $1.lowercased() }
        case .caselessDescending: return stable { $0.lowercased() > $1.lowercased() }
        case .natural: return stable(naturalOrder)
        case .naturalDescending: return stable { naturalOrder($1, $0) }
        }
    }

    /// `a, b, name : value`; a comma after a backslash is part of the value.
    static func customOptions(_ query: String) -> [VariableState.Option] {
        var parts: [String] = []
        var current = ""
        var isEscaped = false
        for character in query {
            if isEscaped {
                if character != "," { current.append("\\") }
                current.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                parts.append(current)
                current = ""
            } else {
                current.append(character)
            }
        }
        if isEscaped { current.append("\\") }
        parts.append(current)
        return parts.map(\.trimmed).filter { !$0.isEmpty }.map { part in
            guard let colon = part.range(of: " : ") else { return .init(text: part, value: part) }
            return .init(text: part[..<colon.lowerBound].trimmed, value: part[colon.upperBound...].trimmed)
        }
    }

    // MARK: Choice

    private func select(_ definition: VariableDefinition, _ state: inout VariableState) {
        let own = chosen[definition.name]
        switch definition.kind {
        case .textBox:
            state.selected = own ?? [definition.current.first?.value ?? definition.query]
            return
        case .constant:
            state.selected = [
                definition.query.isEmpty ? definition.current.first?.value ?? "" : definition.query
            ]
            return
        case .dataSource:
            state.selected = [definition.current.first?.text ?? "default"]
            return
        case .unknown:
            state.selected = definition.current.map(\.value)
            return
        default: break
        }
        if let own {
            state.isAll = own.contains(VariableDefinition.all)
            if !state.isAll { state.selected = state.isMulti ? own : Array(own.prefix(1)) }
            return
        }
        let saved = definition.current.map(\.value).filter { !$0.isEmpty }
        if definition.includesAll, saved.contains(VariableDefinition.all) || saved == ["All"] {
            state.isAll = true
            return
        }
        // Without options there is nothing to check the saved choice against: it stands.
        let known =
            state.options.isEmpty
            ? saved
            : saved.filter { value in
                state.options.contains { $0.value == value || $0.text == value }
            }
        if !known.isEmpty {
            state.selected = state.isMulti ? known : Array(known.prefix(1))
        } else if definition.includesAll {
            state.isAll = true
        } else {
            state.selected = state.options.first.map { [$0.value] } ?? []
        }
    }

    private func value(_ definition: VariableDefinition, _ state: VariableState) -> VariableValue {
        let allowsSeveral = definition.isMulti || definition.includesAll
        if state.isAll {
            if let own = definition.allValue {
                let text = VariableScope(range: range, zone: zone, values: values).replacing(
                    own, standard: .query)
                var value = VariableValue([text], texts: ["All"], isMulti: true)
                value.isOwnAll = true
                return value
            }
            return VariableValue(
                state.options.map(\.value), texts: ["All"], isMulti: true)
        }
        var values = state.selected
        if definition.kind == .interval {
            values = values.map { value in
                value == Self.auto(definition.name) || value == "$__auto"
                    || value.hasPrefix("$__auto_interval")
                    ? automaticInterval(definition) : value
            }
        }
        // An automatic interval is called by what it comes to.
        let texts =
            values != state.selected
            ? values
            : state.selected.map { value in state.options.first { $0.value == value }?.text ?? value }
        return VariableValue(values, texts: texts, isMulti: allowsSeveral)
    }

    /// The range in as many parts as the variable asks for, not shorter than its minimum.
    private func automaticInterval(_ definition: VariableDefinition) -> String {
        let part = StepChoice.rounded(range.length.milliseconds / Int64(max(1, definition.autoCount)))
        let minimum = IntervalText.parse(definition.autoMinimum) ?? .seconds(10)
        return IntervalText.text(max(TimeSpan(milliseconds: part), minimum))
    }

    private mutating func addMatchers(_ definition: VariableDefinition) {
        for filter in definition.filters {
            let value = filter.values.map(VariableFormat.escapedForRegex).joined(separator: "|")
            let matcher: LabelMatcher? =
                switch filter.operation {
                case "=": LabelMatcher(name: filter.key, equals: filter.values.first ?? "")
                case "!=": try? LabelMatcher(filter.key, .notEqual, filter.values.first ?? "")
                case "=~": try? LabelMatcher(filter.key, .matchesRegex, filter.values.first ?? "")
                case "!~": try? LabelMatcher(filter.key, .matchesNotRegex, filter.values.first ?? "")
                case "=|": try? LabelMatcher(filter.key, .matchesRegex, value)
                case "!=|": try? LabelMatcher(filter.key, .matchesNotRegex, value)
                default: nil
                }
            if let matcher { matchers.append(matcher) }
        }
    }
}
