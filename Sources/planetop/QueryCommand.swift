import ArgumentParser
import Diagnostics
import Glibc
import MetricModel
import PromQL
import SeriesStore

struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Evaluate PromQL over loaded data.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, csv }

    @Argument(help: "The PromQL expression.")
    var expression: String

    @OptionGroup var data: LoadOptions

    @Option(
        help: "The time of an instant query: RFC 3339 or seconds since the epoch. Default: the newest sample."
    )
    var time: TimeArgument?

    @Option(help: "The first time of a range query.")
    var start: TimeArgument?

    @Option(help: "The last time of a range query.")
    var end: TimeArgument?

    @Option(help: "The step of a range query, like 30s.")
    var step: TimeSpan?

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print the answer.")
    var format: Format = .table

    @Option(help: "Evaluate this many times and print the CPU milliseconds of each on standard error.")
    var `repeat` = 1

    @Flag(help: "Also what Prometheus keeps behind --enable-feature.")
    var experimental = false

    func validate() throws {
        if (start == nil) != (end == nil) {
            throw ValidationError("a range query needs both --start and --end")
        }
        if step != nil, start == nil {
            throw ValidationError("--step belongs to a range query: add --start and --end")
        }
        if time != nil, start != nil {
            throw ValidationError("--time is for instant queries, --start and --end for ranges")
        }
        if let start, let end, end.timestamp < start.timestamp {
            throw ValidationError("--end lies before --start")
        }
        if let step, step <= .zero { throw ValidationError("--step must be longer than nothing") }
        if `repeat` < 1 { throw ValidationError("--repeat must be 1 or more") }
    }

    func run() throws {
        try orFail { () throws(Problem) in
            let expression: Expression
            do throws(ParseError) {
                expression = try PromQL.parse(self.expression, allowsExperimental: experimental)
            } catch {
                throw problem(error, in: self.expression)
            }
            let loaded = try LoadedData.read(data.load)
            let evaluator = Evaluator(
                options: QueryDeadline.options(limit: .minutes(2), experimental: experimental))
            var result: QueryResult?
            for _ in 0..<`repeat` {
                let before = cpuNanoseconds()
                do throws(QueryError) {
                    result = try evaluate(expression, evaluator, loaded)
                } catch {
                    throw Problem("\(error)")
                }
                if `repeat` > 1 { report(milliseconds(cpuNanoseconds() - before)) }
            }
            guard let result else { return }
            for annotation in result.annotations { report(annotation.message) }
            switch format {
            case .json: output(prometheusJSON(result, query: self.expression))
            case .table: output(queryTable(result), terminator: "")
            case .csv: output(queryCSV(result), terminator: "")
            }
        }
    }

    private func evaluate(
        _ expression: Expression, _ evaluator: Evaluator, _ loaded: LoadedData
    ) throws(QueryError) -> QueryResult {
        if let start, let end {
            let step =
                step
                ?? max(
                    .seconds(1), TimeSpan(milliseconds: (end.timestamp - start.timestamp).milliseconds / 250))
            return try evaluator.range(
                expression, from: start.timestamp, through: end.timestamp, step: step, in: loaded.store)
        }
        return try evaluator.instant(expression, at: time?.timestamp ?? loaded.newest, in: loaded.store)
    }
}

/// CPU time of this process so far.
func cpuNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// `12.345`: milliseconds with three decimals.
func milliseconds(_ nanoseconds: UInt64) -> String {
    let microseconds = nanoseconds / 1000
    let rest = String(microseconds % 1000)
    return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
}
