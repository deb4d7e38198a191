import Diagnostics
import MetricModel
import PromQL

/// States by identity, handed out once each: those of the same group first.
struct StatePool<State> {
    private struct Entry {
        var file: String
        var group: String
        var state: State
    }

    private var entries: [RuleIdentity: [Entry]] = [:]

    mutating func add(_ state: State, of rule: RuleIdentity, group: String, file: String) {
        entries[rule, default: []].append(Entry(file: file, group: group, state: state))
    }

    mutating func take(_ rule: RuleIdentity, group: String, file: String, onlyHere: Bool) -> State? {
        guard var waiting = entries[rule], !waiting.isEmpty else { return nil }
        let here = waiting.firstIndex { $0.group == group && $0.file == file }
        guard let index = here ?? (onlyHere ? nil : waiting.startIndex) else { return nil }
        let entry = waiting.remove(at: index)
        entries[rule] = waiting
        return entry.state
    }

    var rest: [State] { entries.values.flatMap { $0.map(\.state) } }
}

extension RuleEngine {
    /// Reads rule files and, when all of them are good, goes on with their rules.
    ///
    /// - Parameter files: names and texts, in the order in which their groups are evaluated.
    /// - Returns: what is odd about the files.
    /// - Throws: every problem of every file; the rules so far stay as they are.
    @discardableResult
    package mutating func load(
        _ files: [(name: String, text: String)], options: RuleFileOptions = RuleFileOptions()
    ) throws(RuleFile.Refusal) -> [Problem] {
        var groups: [RuleGroup] = []
        var notes: [Problem] = []
        var problems: [Problem] = []
        for file in files {
            do {
                let parsed = try RuleFile.parse(text: file.text, file: file.name, options: options)
                groups += parsed.groups
                notes += parsed.notes
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw RuleFile.Refusal(problems: problems) }
        load(groups)
        return notes
    }

    /// Goes on with these rules. A rule whose name, labels and expression are unchanged keeps its state, wherever it
    /// stands now; alerts of rules that are gone end, and so do their series.
    package mutating func load(_ newGroups: [RuleGroup]) {
        var pool = StatePool<RuleState>()
        for group in groups {
            for state in group.rules {
                pool.add(state, of: state.identity, group: group.group.name, file: group.group.file)
            }
        }
        let old = groups
        groups = newGroups.map { GroupState($0, defaultInterval: options.interval) }
        for index in groups.indices {
            let group = groups[index].group
            // The grid of a group that was there goes on.
            if let before = old.first(where: {
                $0.group.name == group.name && $0.group.file == group.file
                    && $0.interval == groups[index].interval
            }) {
                groups[index].continueSchedule(of: before)
            }
        }
        for onlyHere in [true, false] { adopt(&pool, onlyHere: onlyHere) }
        for var state in pool.rest {
            state.removeAll(becoming: .normal)
            unreported += state.takeChanges()
            abandoned += state.writtenSeries
        }
        abandonRun()
        abandoned.sort()
        unreported.sort { $0.alert.labels < $1.alert.labels }
        prepareQueries()
    }

    private mutating func adopt(_ pool: inout StatePool<RuleState>, onlyHere: Bool) {
        for group in groups.indices {
            for rule in groups[group].rules.indices where !groups[group].rules[rule].isAdopted {
                let state = groups[group].rules[rule]
                let found = pool.take(
                    state.identity, group: groups[group].group.name, file: groups[group].group.file,
                    onlyHere: onlyHere)
                if let found { groups[group].rules[rule].adopt(found) }
            }
        }
    }

    private mutating func prepareQueries() {
        let prepared = RuleQueries.prepare(
            groups.flatMap { $0.rules.map(\.rule) }, shares: options.sharesResults)
        var start = 0
        for index in groups.indices {
            let count = groups[index].rules.count
            groups[index].prepared = Array(prepared[start..<start + count])
            start += count
        }
    }
}

extension RuleEngine.GroupState {
    init(_ group: RuleGroup, defaultInterval: TimeSpan) {
        self.init(
            group: group, rules: group.rules.map { RuleState(rule: $0) }, prepared: [],
            interval: group.interval ?? defaultInterval)
    }

    mutating func continueSchedule(of other: Self) {
        nextDue = other.nextDue
        lastEvaluation = other.lastEvaluation
        evaluationCount = other.evaluationCount
        missedCount = other.missedCount
        lateCount = other.lateCount
    }
}
