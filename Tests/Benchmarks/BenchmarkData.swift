import MetricModel
import SeriesStore

/// One series of the benchmark data: labels, and a value for every scrape that is a fixed function of its number.
///
/// Of every 100 series: 40 counters `http_requests_total`, 36 buckets of 3 histograms
/// `http_request_duration_seconds_bucket`, 10 gauges `kafka_consumergroup_lag`, 6 and 6
/// `spark_executor_memory_used_bytes` and `…_max_bytes`, 2 `node_filesystem_avail_bytes`; an `app_info` in every 1000.
struct BenchmarkSeries {
    /// One scrape every 15 s for an hour, both ends included.
    static let step: Int64 = 15_000
    static let scrapes = 241
    static let end = Timestamp(milliseconds: 1_700_003_600_000)

    static func timestamp(_ scrape: Int, end: Timestamp = end) -> Timestamp {
        Timestamp(milliseconds: end.milliseconds - Int64(scrapes - 1 - scrape) * step)
    }

    private enum Kind { case counter, histogram, lag, memory, memoryMax, info, filesystem }

    let labels: LabelSet
    private let number: Int
    private let kind: Kind
    private let sub: Int

    private static let bounds = [
        "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf",
    ]
    private static let statuses = ["200", "201", "404", "500", "503"]

    init(_ number: Int) {
        self.number = number
        let (block, rest) = number.quotientAndRemainder(dividingBy: 100)
        let instance = "web-\(block % 50)"
        let job = "api-\(block % 10)"
        if rest < 40 {
            labels = [
                "__name__": "http_requests_total", "job": job, "instance": instance, "block": "\(block)",
                "handler": "/api/v\(rest % 3)/op\(rest % 8)", "method": rest & 1 == 0 ? "GET" : "POST",
                "status": Self.statuses[rest % 5],
            ]
            (kind, sub) = (.counter, rest)
        } else if rest < 76 {
            let (histogram, bucket) = (rest - 40).quotientAndRemainder(dividingBy: 12)
            labels = [
                "__name__": "http_request_duration_seconds_bucket", "job": job, "instance": instance,
                "block": "\(block)", "handler": "/api/h\(histogram)", "le": Self.bounds[bucket],
            ]
            (kind, sub) = (.histogram, bucket)
        } else if rest < 86 {
            labels = [
                "__name__": "kafka_consumergroup_lag", "consumergroup": "cg-\(block % 20)",
                "topic": "t-\(block)",
                "partition": "\(rest - 76)",
            ]
            (kind, sub) = (.lag, rest)
        } else if rest < 98 {
            let isUsed = rest - 86 < 6
            labels = [
                "__name__": "spark_executor_memory_\(isUsed ? "used" : "max")_bytes",
                "application_id": "app-\(block)", "executor_id": "\((rest - 86) % 6)",
                "host": "node-\(block % 30)",
            ]
            (kind, sub) = (isUsed ? .memory : .memoryMax, (rest - 86) % 6)
        } else if rest == 98 && block % 10 == 0 {
            labels = [
                "__name__": "app_info", "application_id": "app-\(block)", "version": "3.\(block % 4)",
                "team": "team-\(block % 7)",
            ]
            (kind, sub) = (.info, 0)
        } else {
            labels = [
                "__name__": "node_filesystem_avail_bytes", "instance": "node-\(block)",
                "mountpoint": "/data\(rest - 98)",
            ]
            (kind, sub) = (.filesystem, rest)
        }
    }

    /// The value at scrape number `scrape`.
    func value(_ scrape: Int) -> Double {
        switch kind {
        case .counter: return Double((1 + sub % 7) * 5 * scrape + (number * 7919 + scrape * 31) % 5)
        case .histogram: return Double(scrape * (sub + 1) * (1 + (number / 12) % 3))
        case .lag:
            return Double((number * 131 + scrape * 17 + (scrape * scrape * (number % 13)) % 97) % 5000)
        case .memory: return 1e9 + Double((number * 7 + scrape * 13) % 1000) * 2.5e6
        case .memoryMax: return 4_294_967_296
        case .info: return 1
        case .filesystem: return 5e11 - Double(scrape) * (1e6 + Double(number % 50) * 4e7)
        }
    }
}

/// No limit but the window.
let benchmarkLimits = StoreLimits(
    retention: .hours(6), memoryBytesMax: 16 << 30, seriesMax: .max, seriesPerTenantMax: .max)

/// The first `count` series of the benchmark data.
func benchmarkSeries(_ count: Int) -> [BenchmarkSeries] { (0..<count).map { BenchmarkSeries($0) } }

/// SplitMix64: fast, and the same numbers every time.
struct BenchmarkRandom: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
