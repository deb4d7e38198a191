import MetricModel

/// Prepared queries by their text: panels and rules that ask the same share one answer.
///
/// Holds `countMax` of them at most; the one not asked for the longest gives way.
package struct QueryCache: Sendable {
    /// Why there is no answer: the text is no query, or the query has none.
    package enum CacheError: Error, Sendable {
        case parse(ParseError)
        case query(QueryError)
    }

    /// What makes two questions one: the same text for another time range is kept beside it.
    private struct Key: Hashable {
        var text: String
        var span: TimeSpan
        var step: TimeSpan
    }

    private struct Entry {
        var query: PreparedQuery
        var lastUse: UInt64
    }

    package let countMax: Int
    private let evaluator: Evaluator
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0

    package init(evaluator: Evaluator, countMax: Int = 256) {
        precondition(countMax > 0, "a cache must hold at least one query")
        self.evaluator = evaluator
        self.countMax = countMax
    }

    /// How many queries are held.
    package var count: Int { entries.count }

    /// The value of `text` at `time`.
    package mutating func instant(
        _ text: String, at time: Timestamp, in source: any SeriesSource
    ) throws(CacheError) -> QueryResult {
        try withQuery(Key(text: text, span: .zero, step: .zero)) { query throws(QueryError) in
            try query.instant(at: time, in: source)
        }
    }

    /// The values of `text` from `start` through `end`.
    package mutating func range(
        _ text: String, from start: Timestamp, through end: Timestamp, step: TimeSpan,
        in source: any SeriesSource
    ) throws(CacheError) -> QueryResult {
        try withQuery(Key(text: text, span: end - start, step: step)) { query throws(QueryError) in
            try query.range(from: start, through: end, step: step, in: source)
        }
    }

    private mutating func withQuery(
        _ key: Key, _ body: (inout PreparedQuery) throws(QueryError) -> QueryResult
    ) throws(CacheError) -> QueryResult {
        uses += 1
        var entry: Entry
        if let known = entries.removeValue(forKey: key) {
            entry = known
        } else {
            do throws(ParseError) {
                let expression = try parse(
                    key.text, allowsExperimental: evaluator.options.allowsExperimental)
                entry = Entry(query: PreparedQuery(expression, evaluator: evaluator), lastUse: uses)
            } catch {
                throw .parse(error)
            }
            makeRoom()
        }
        entry.lastUse = uses
        defer { entries[key] = entry }
        do throws(QueryError) {
            return try body(&entry.query)
        } catch {
            throw .query(error)
        }
    }

    private mutating func makeRoom() {
        guard entries.count >= countMax,
            let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return }
        entries[oldest.key] = nil
    }
}
