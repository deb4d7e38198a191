import MetricModel

extension LabelIndex {
    /// What one matcher says about the series: they have one of these entries, or none of them.
    private struct Condition {
        var entries: [UInt32]
        /// Series in all of `entries` together.
        var seriesCount: Int
        /// Set when it is cheaper to look at the labels of the series that are left than at the lists.
        var matcher: LabelMatcher
    }

    /// The numbers of the series that satisfy all `matchers`, ascending.
    ///
    /// As in Prometheus, a matcher that the empty text satisfies also takes the series that lack the label: it is
    /// evaluated as "has none of the values that do not match".
    func matching(_ matchers: [LabelMatcher], in table: borrowing SeriesTable) -> [UInt32] {
        var required: [Condition] = []
        var excluded: [Condition] = []
        // Those that find their values by look-up come first: they may leave few series to test the others on.
        var byValue: [LabelMatcher] = []
        for matcher in matchers {
            switch lookUp(matcher) {
            case .required(let entries): required.append(condition(entries, matcher))
            case .excluded(let entries): excluded.append(condition(entries, matcher))
            case .evaluate: byValue.append(matcher)
            }
            if let last = required.last, last.seriesCount == 0 { return [] }
        }
        required.sort { $0.seriesCount < $1.seriesCount }

        var candidates: [UInt32]?
        for condition in required { candidates = intersection(candidates, condition, in: table) }
        for matcher in byValue {
            if let left = candidates {
                if left.isEmpty { return [] }
                // Fewer series than distinct values: fewer texts to match.
                if left.count < distinctCount(matcher.name) {
                    candidates = left.filter { matcher.matches(table.record($0).pointee.labels) }
                    continue
                }
            }
            if matcher.matches("") {
                excluded.append(condition(entries(of: matcher.name) { !matcher.matches($0) }, matcher))
            } else {
                let condition = condition(entries(of: matcher.name) { matcher.matches($0) }, matcher)
                if condition.seriesCount == 0 { return [] }
                candidates = intersection(candidates, condition, in: table)
            }
        }
        var result = candidates ?? table.live.numbers()
        for condition in excluded { result = difference(result, condition, in: table) }
        return result
    }

    /// The entries of all values that `matcher` takes when they can be told without trying every value of the label.
    func literalEntries(_ matcher: LabelMatcher) -> (found: [UInt32], missing: Bool)? {
        switch matcher.operation {
        case .equal:
            guard !matcher.value.isEmpty else { return nil }
            return look(for: [Array(matcher.value.utf8)], of: matcher.name)
        case .matchesRegex:
            guard let texts = LiteralAlternatives.of(matcher.value), !texts.contains([]) else { return nil }
            return look(for: texts, of: matcher.name)
        case .notEqual, .matchesNotRegex: return nil
        }
    }

    // MARK: Matchers to entries

    private enum LookUp {
        case required([UInt32])
        case excluded([UInt32])
        /// Every distinct value has to be tried.
        case evaluate
    }

    private func lookUp(_ matcher: LabelMatcher) -> LookUp {
        let value = matcher.value
        switch matcher.operation {
        case .equal where value.isEmpty: return .excluded(allEntries(of: matcher.name))
        case .notEqual where value.isEmpty: return .required(allEntries(of: matcher.name))
        case .matchesRegex where value == ".+": return .required(allEntries(of: matcher.name))
        case .matchesRegex where value == ".*": return .excluded([])
        case .equal, .matchesRegex:
            if let found = literalEntries(matcher) { return .required(found.found) }
            return .evaluate
        case .notEqual: return .excluded(look(for: [Array(value.utf8)], of: matcher.name).found)
        case .matchesNotRegex:
            if let texts = LiteralAlternatives.of(value), !texts.contains([]) {
                return .excluded(look(for: texts, of: matcher.name).found)
            }
            return .evaluate
        }
    }

    private func look(for texts: [[UInt8]], of label: String) -> (found: [UInt32], missing: Bool) {
        guard let name = name(label) else { return ([], true) }
        var found: [UInt32] = []
        var missing = false
        for text in texts {
            if let entry = text.withUnsafeBufferPointer({ self.entry(name, $0) }) {
                if !found.contains(entry) { found.append(entry) }
            } else {
                missing = true
            }
        }
        return (found, missing)
    }

    private func allEntries(of label: String) -> [UInt32] { name(label).map { entries(ofName: $0) } ?? [] }

    private func entries(of label: String, where matches: (UnsafeBufferPointer<UInt8>) -> Bool) -> [UInt32] {
        allEntries(of: label).filter { matches(value($0)) }
    }

    private func distinctCount(_ label: String) -> Int {
        name(label).map { names[Int($0)].entries.count } ?? 0
    }

    private func condition(_ entries: [UInt32], _ matcher: LabelMatcher) -> Condition {
        Condition(
            entries: entries, seriesCount: entries.reduce(0) { $0 + seriesCount($1) }, matcher: matcher)
    }

    // MARK: Sets of series

    private func intersection(
        _ candidates: [UInt32]?, _ condition: Condition, in table: borrowing SeriesTable
    ) -> [UInt32] {
        guard let candidates else {
            if condition.entries.count == 1 { return withSeries(condition.entries[0]) { Array($0) } }
            return union(condition.entries, in: table).numbers()
        }
        if Self.isCheaperByLabels(candidates, condition) {
            return candidates.filter { condition.matcher.matches(table.record($0).pointee.labels) }
        }
        if condition.entries.count == 1 {
            return withSeries(condition.entries[0]) { list in Self.select(candidates, list, keepCommon: true)
            }
        }
        let union = union(condition.entries, in: table)
        return candidates.filter { union.contains($0) }
    }

    private func difference(
        _ candidates: [UInt32], _ condition: Condition, in table: borrowing SeriesTable
    ) -> [UInt32] {
        if condition.seriesCount == 0 || candidates.isEmpty { return candidates }
        if Self.isCheaperByLabels(candidates, condition) {
            return candidates.filter { condition.matcher.matches(table.record($0).pointee.labels) }
        }
        if condition.entries.count == 1 {
            return withSeries(condition.entries[0]) { list in Self.select(candidates, list, keepCommon: false)
            }
        }
        let union = union(condition.entries, in: table)
        return candidates.filter { !union.contains($0) }
    }

    /// One look at the labels of a series costs about as much as 32 numbers of a list; for a regular expression more.
    private static func isCheaperByLabels(_ candidates: [UInt32], _ condition: Condition) -> Bool {
        candidates.count * 32 < condition.seriesCount
    }

    private func union(_ entries: [UInt32], in table: borrowing SeriesTable) -> SeriesSet {
        var union = SeriesSet(numberEnd: table.numberEnd)
        for entry in entries { withSeries(entry) { union.insert($0) } }
        return union
    }

    /// The numbers of `candidates` that are in `list`, or those that are not. Both ascend.
    private static func select(
        _ candidates: [UInt32], _ list: UnsafeBufferPointer<UInt32>, keepCommon: Bool
    ) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(keepCommon ? min(candidates.count, list.count) : candidates.count)
        var position = 0
        for number in candidates {
            while position < list.count && list[position] < number { position += 1 }
            let isCommon = position < list.count && list[position] == number
            if isCommon == keepCommon { result.append(number) }
        }
        return result
    }
}
