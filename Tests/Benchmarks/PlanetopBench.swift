import Glibc
import MetricModel

/// Runs one benchmark: `planetop-bench NAME [N] [options]`.
@main
struct PlanetopBench {
    static let usage = """
        usage: planetop-bench store [SERIES] [--rounds N]
               planetop-bench queries [SERIES] [--repeat N]
               planetop-bench rules [SERIES] [--repeat N]
               planetop-bench codec [--rounds N]
               planetop-bench churn [DAYS]
               planetop-bench capture FILE [MIB] [--seeks N]
               planetop-bench soak [DAYS]
               planetop-bench serve [SERIES] [--end MILLISECONDS]

        store     append rate, growth of the process, bytes per sample, decode and select times
        queries   CPU time of each of the benchmark queries
        rules     CPU time of the benchmark rules, per rule and evaluation
        codec     bytes and times per sample for values and times of different kinds
        churn     memory accounted and resident while series come and go for DAYS of virtual time
        capture   bytes per sample, seek and replay times of a capture; one of MIB (1024) is written when there is none
        soak      memory while simulated planes, rules and screen run for DAYS (14) of virtual time
        serve     keeps the data and answers lines, for prometheus.py

        SERIES series (default 10000) have one hour of samples every 15 s, as BenchmarkData.swift describes.
        All times are CPU times of this process. Build with -c release.
        """

    struct Options {
        /// Series or days, as the benchmark counts.
        var size: Int?
        /// How often the samples are read back.
        var rounds = 5
        /// How often each query runs.
        var repeats = 5
        /// The time of the newest sample.
        var end: Timestamp?
        /// How often a place in the capture is looked for.
        var seeks = 50
        var path: String?
    }

    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.isEmpty || arguments == ["--help"] {
            print(usage)
            exit(arguments.isEmpty ? 64 : 0)
        }
        let name = arguments.removeFirst()
        var options = Options()
        if name == "capture" {
            guard let path = arguments.first else { fail("capture needs a file") }
            options.path = path
            arguments.removeFirst()
        }
        while !arguments.isEmpty {
            let argument = arguments.removeFirst()
            if let size = Int(argument), size > 0 {
                options.size = size
                continue
            }
            guard let text = arguments.first, let number = Int(text), number > 0 else {
                fail("\(argument) needs a positive number")
            }
            arguments.removeFirst()
            switch argument {
            case "--rounds": options.rounds = number
            case "--repeat": options.repeats = number
            case "--seeks": options.seeks = number
            case "--end": options.end = Timestamp(milliseconds: Int64(number))
            default: fail("unknown option \(argument)")
            }
        }
        switch name {
        case "store": storeBenchmark(options)
        case "queries": queryBenchmark(options)
        case "rules": ruleBenchmark(options)
        case "codec": codecBenchmark(options)
        case "churn": churnBenchmark(options)
        case "capture": captureBenchmark(options)
        case "soak": soakBenchmark(options)
        case "serve": serveBenchmark(options)
        default: fail("unknown benchmark \(name)")
        }
    }

    private static func fail(_ message: String) -> Never {
        let text = Array("planetop-bench: \(message)\n\n\(usage)\n".utf8)
        write(2, text, text.count)
        exit(64)
    }
}
