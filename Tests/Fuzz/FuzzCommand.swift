import Glibc

/// `planetop-fuzz TARGET [--iterations N] [--seed N] [--corpus FILE]…`
///
/// Feeds generated input to a reader of untrusted text and checks that it neither crashes nor hangs and keeps its laws.
/// The first argument names the reader; each one lives in a file of its own and is listed in `targets`.
@main
struct FuzzCommand {
    struct Target {
        var summary: String
        /// Runs the target; returns a description of the first input that broke a law, `nil` when none did.
        var run: (FuzzOptions) -> FuzzReport
    }

    static var targets: KeyValuePairs<String, Target> {
        [
            "promql": Target(summary: "the PromQL parser and printer") { options in
                fuzzParser(
                    iterations: options.iterations, seed: options.seed, corpus: options.corpusExpressions,
                    progress: { say("promql: \($0)") })
            },
            "messages": Target(summary: "the message decoders; each corpus file is one message") { options in
                fuzzDecoders(
                    iterations: options.iterations, seed: options.seed,
                    corpus: options.corpus.map { Array((readText($0) ?? "").utf8) },
                    progress: { say("messages: \($0)") })
            },
            "promql-evaluation": Target(summary: "the evaluator, over a few series") { options in
                fuzzEvaluation(
                    iterations: options.iterations, seed: options.seed, corpus: options.corpusExpressions,
                    progress: { say("promql-evaluation: \($0)") })
            },
            "series-notation": Target(summary: "the readers of series notation and of test scripts") {
                options in
                fuzzSeriesNotation(
                    iterations: options.iterations, seed: options.seed,
                    progress: { say("series-notation: \($0)") })
            },
            "templates": Target(summary: "the templates of labels and annotations") { options in
                fuzzTemplates(
                    iterations: options.iterations, seed: options.seed,
                    progress: { say("templates: \($0)") })
            },
            "rule-files": Target(summary: "the readers of YAML, rule files, rule tests and rule states") {
                options in
                fuzzRuleFiles(
                    iterations: options.iterations, seed: options.seed,
                    corpus: options.corpus.compactMap { readText($0) },
                    progress: { say("rule-files: \($0)") })
            },
        ]
    }

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let name = arguments.first, let options = FuzzOptions(arguments.dropFirst()),
            let target = targets.first(where: { $0.key == name })?.value
        else {
            say("usage: planetop-fuzz TARGET [--iterations N] [--seed N] [--corpus FILE]...\ntargets:")
            for (name, target) in targets { say("  \(name)  \(target.summary)") }
            exit(64)
        }
        let report = target.run(options)
        say("\(name): \(report)")
        exit(report.failure == nil ? 0 : 1)
    }
}

/// What the command line asked for.
struct FuzzOptions {
    var iterations = 1_000_000
    var seed: UInt64 = 1
    /// Files with inputs to start from.
    var corpus: [String] = []

    /// The expressions that the corpus files hold.
    var corpusExpressions: [String] { corpus.flatMap { expressions(inScript: readText($0) ?? "") } }

    /// `nil` when `arguments` are not understood.
    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            switch flag {
            case "--iterations":
                guard let count = Int(value) else { return nil }
                iterations = count
            case "--seed":
                guard let number = UInt64(value) else { return nil }
                seed = number
            case "--corpus": corpus.append(value)
            default: return nil
            }
        }
    }
}

/// What a run found.
package struct FuzzReport: CustomStringConvertible {
    package var iterations = 0
    /// Inputs that were accepted.
    package var accepted = 0
    /// CPU time of the slowest input.
    package var slowestMilliseconds = 0.0
    package var cpuSeconds = 0.0
    /// The first broken law and the input that broke it.
    package var failure: String?

    package var description: String {
        if let failure { return "FAILED after \(iterations) inputs: \(failure)" }
        return "\(iterations) inputs, \(accepted) accepted, \(Int(cpuSeconds)) s of CPU, "
            + "slowest \(Int(slowestMilliseconds)) ms, no law broken"
    }
}

/// The text of the file at `path`; `nil` when it cannot be read.
func readText(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { break }
        bytes.append(contentsOf: buffer[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Writes a line to standard output at once, so that a long run can be watched.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

/// CPU time that this thread has used.
func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
