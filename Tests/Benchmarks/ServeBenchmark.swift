import Glibc
import MetricModel
import PromQL
import Rules
import SeriesStore

/// Keeps the benchmark data in a store and answers lines of standard input, so that another program can be measured
/// with it in turns: `prometheus.py`.
///
/// First line: `ready SERIES SAMPLES BYTES NANOSECONDS`, the growth of the process and the CPU time of taking the samples in.
///
///     queries                 the number of queries, then a line for each: name, step in seconds or `i`, expression
///     rulefile                the number of lines, then the rules
///     query N MS              evaluates query N until MS ms of CPU have gone: `RUNS NANOSECONDS` of one
///     json N MS               likewise, parsing it and writing the answer as JSON each time
///     answer N                the answer to query N as JSON
///     ask EXPRESSION          the answer to another instant query
///     rules N MS shared|each  N evaluations of each rule from the time MS on: `EVALUATIONS NANOSECONDS FAILING` of one
func serveBenchmark(_ options: PlanetopBench.Options) {
    BenchmarkServer(series: options.size ?? 10_000, end: options.end ?? BenchmarkSeries.end).run()
}

private struct BenchmarkServer {
    let store = SeriesStore(limits: benchmarkLimits)
    let evaluator = Evaluator()
    let end: Timestamp

    init(series count: Int, end: Timestamp) {
        self.end = end
        let series = benchmarkSeries(count)
        // What making up the values costs is measured by itself and taken off.
        var sum = 0.0
        let making = cpuSeconds {
            for scrape in 0..<BenchmarkSeries.scrapes { for one in series { sum += one.value(scrape) } }
        }
        precondition(sum > 0)
        let before = residentBytes()
        let store = store
        let taking = cpuSeconds {
            for scrape in 0..<BenchmarkSeries.scrapes {
                let time = BenchmarkSeries.timestamp(scrape, end: end)
                for one in series { store.append(one.labels, Sample(time, one.value(scrape))) }
            }
        }
        let growth = residentBytes() - before
        answer("ready \(count) \(store.sampleCount) \(growth) \(nanoseconds(taking - making))")
    }

    func run() {
        while let line = readLine() {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            let rest = words.count > 1 ? words[1] : ""
            let numbers = rest.split(separator: " ").compactMap { Int64($0) }
            do {
                switch words.first {
                case "queries": listQueries()
                case "rulefile":
                    let lines = benchmarkRules().split(separator: "\n")
                    answer("\(lines.count)\n\(lines.joined(separator: "\n"))")
                case "query": try measure(numbers, asText: false)
                case "json": try measure(numbers, asText: true)
                case "answer":
                    let query = try self.query(numbers)
                    answer(prometheusJSON(try evaluate(try parse(query.expression), query.kind)))
                case "ask":
                    answer(prometheusJSON(try evaluate(try parse(rest), .instant)))
                case "rules": try rules(numbers, shares: rest.hasSuffix("shared"))
                default: answer("failed: unknown command")
                }
            } catch {
                answer("failed: \(error)")
            }
        }
    }

    private func answer(_ text: String) {
        print(text)
        fflush(nil)
    }

    private func listQueries() {
        answer("\(benchmarkQueries.count)")
        for query in benchmarkQueries {
            switch query.kind {
            case .instant: answer("\(query.name)\ti\t\(query.expression)")
            case .range(let step): answer("\(query.name)\t\(step.milliseconds / 1000)\t\(query.expression)")
            }
        }
    }

    private struct NoSuchQuery: Error {}

    private func query(_ numbers: [Int64]) throws -> BenchmarkQuery {
        guard let number = numbers.first, benchmarkQueries.indices.contains(Int(number)) else {
            throw NoSuchQuery()
        }
        return benchmarkQueries[Int(number)]
    }

    private func evaluate(_ expression: Expression, _ kind: BenchmarkQuery.Kind) throws -> QueryResult {
        // Between two scrapes: windows that are closed on both sides, as those of Prometheus 2 are, and those that
        // are open on the left then hold the same samples.
        let last = end + .seconds(7)
        switch kind {
        case .instant: return try evaluator.instant(expression, at: last, in: store)
        case .range(let step):
            return try evaluator.range(
                expression, from: last - .hours(1), through: last, step: step, in: store)
        }
    }

    private func measure(_ numbers: [Int64], asText: Bool) throws {
        let query = try self.query(numbers)
        let spentMin = Double(numbers.count > 1 ? numbers[1] : 50) / 1000
        let expression = try parse(query.expression)
        var runs = 0
        let start = cpuSeconds()
        var spent = 0.0
        repeat {
            if asText {
                let text = prometheusJSON(
                    try evaluate(try parse(query.expression), query.kind), query: query.expression)
                precondition(!text.isEmpty)
            } else {
                _ = try evaluate(expression, query.kind)
            }
            runs += 1
            spent = cpuSeconds() - start
        } while spent < spentMin
        answer("\(runs) \(nanoseconds(spent / Double(runs)))")
    }

    private func rules(_ numbers: [Int64], shares: Bool) throws {
        guard numbers.count == 2 else { return answer("failed: two numbers and a word are needed") }
        let cost = try measureRules(
            in: store, from: Timestamp(milliseconds: numbers[1]), rounds: Int(numbers[0]), shares: shares)
        answer("\(cost.evaluations) \(nanoseconds(cost.secondsOfOne)) \(cost.failing)")
    }
}

private func nanoseconds(_ seconds: Double) -> Int { Int((seconds * 1e9).rounded()) }
