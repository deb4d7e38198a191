import Glibc

/// Runs one benchmark: `planetop-bench NAME [arguments]`.
@main
struct PlanetopBench {
    static let usage = """
        usage: planetop-bench store [--series N] [--rounds N]
               planetop-bench queries [--series N] [--repeat N]

        store     append rate, growth of the process, bytes per sample, decode and select times
        queries   CPU time of each of the benchmark queries

        The data is one hour of samples every 15 s of --series N series (default 10000), as BenchmarkData.swift
        describes. All times are CPU times of this process. Build with -c release.
        """

    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        guard !arguments.isEmpty else { fail(usage) }
        let name = arguments.removeFirst()
        var options = Options()
        while !arguments.isEmpty {
            let option = arguments.removeFirst()
            guard let text = arguments.first, let number = Int(text), number > 0 else {
                fail("\(option) needs a positive number\n\n\(usage)")
            }
            arguments.removeFirst()
            switch option {
            case "--series": options.seriesCount = number
            case "--rounds": options.rounds = number
            case "--repeat": options.repeats = number
            default: fail("unknown option \(option)\n\n\(usage)")
            }
        }
        switch name {
        case "store": storeBenchmark(options)
        case "queries": queryBenchmark(options)
        default: fail("unknown benchmark \(name)\n\n\(usage)")
        }
    }

    struct Options {
        var seriesCount = 10_000
        /// How often the samples are read back.
        var rounds = 5
        /// How often each query runs.
        var repeats = 5
    }

    private static func fail(_ message: String) -> Never {
        fputs(message + "\n", stderrStream())
        exit(64)
    }

    /// The C variable itself is not visible in Swift 6.
    private static func stderrStream() -> UnsafeMutablePointer<FILE>? { fdopen(2, "w") }
}
