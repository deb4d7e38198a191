import MetricModel

/// What a Spark metric as Prometheus has it stands for.
///
/// Spark puts application and query into the *name*, so each start of an application makes new names; they are split
/// back into labels here. Three spellings exist: the servlet's own names, the same after relabelling, and the JMX exporter's.
struct SparkMetric: Equatable {
    enum Subject: Equatable {
        case query(name: String)
        case dstream
    }

    /// Tells one run of an application from another: the metrics namespace or the application id.
    var application: String
    var subject: Subject
    /// Spark's name of the gauge: `inputRate_total`, `waitingBatches`.
    var gauge: String
    /// From labels rather than from the name: where both are there, these are the better ones.
    var isLabelled: Bool

    /// The selector that finds all of them, in every spelling.
    static let selector =
        #"{__name__=~"metrics_.+_driver_spark_streaming_.+_Value|metrics_.+_driver_.+_StreamingMetrics_streaming_.+_Value|"#
        + #"spark_structured_streaming_driver_.+|spark_streaming_driver_.+|"#
        + #"spark_streaming_(inputRate_total|processingRate_total|latency|eventTime_watermark|states_rowsTotal|states_usedBytes)"}"#

    static let queryGauges = [
        "inputRate_total", "processingRate_total", "latency", "eventTime_watermark", "states_rowsTotal",
        "states_usedBytes",
    ]

    init?(_ labels: [String: String]) {
        guard let name = labels["__name__"] else { return nil }
        if name.hasPrefix("metrics_") {
            self.init(servletName: name)
        } else if let gauge = Self.suffix(of: name, after: "spark_structured_streaming_driver_"),
            let query = labels["query_name"]
        {
            self.init(
                application: labels["app_id"] ?? "", subject: .query(name: query),
                gauge: gauge.replacing("-", with: "_"),
                isLabelled: true)
        } else if let gauge = Self.suffix(of: name, after: "spark_streaming_driver_") {
            self.init(application: labels["app_id"] ?? "", subject: .dstream, gauge: gauge, isLabelled: true)
        } else if let gauge = Self.suffix(of: name, after: "spark_streaming_"), let query = labels["query"] {
            self.init(
                application: labels["app_id"] ?? "", subject: .query(name: query), gauge: gauge,
                isLabelled: true)
        } else {
            return nil
        }
    }

    private init(application: String, subject: Subject, gauge: String, isLabelled: Bool) {
        self.application = application
        self.subject = subject
        self.gauge = gauge
        self.isLabelled = isLabelled
    }

    /// `metrics_<namespace>_driver_spark_streaming_<query>_<gauge>_Value` and
    /// `metrics_<namespace>_driver_<application>_StreamingMetrics_streaming_<gauge>_Value`.
    private init?(servletName name: String) {
        guard name.hasSuffix("_Value") else { return nil }
        let middle = String(name.dropFirst("metrics_".count).dropLast("_Value".count))
        if let (namespace, rest) = Self.split(middle, at: "_driver_spark_streaming_") {
            for gauge in Self.queryGauges where rest.hasSuffix("_" + gauge) {
                self.init(
                    application: namespace, subject: .query(name: String(rest.dropLast(gauge.count + 1))),
                    gauge: gauge,
                    isLabelled: false)
                return
            }
            return nil
        }
        guard let (namespace, rest) = Self.split(middle, at: "_driver_"),
            let (_, gauge) = Self.split(rest, at: "_StreamingMetrics_streaming_")
        else { return nil }
        self.init(application: namespace, subject: .dstream, gauge: gauge, isLabelled: false)
    }

    /// Both sides of the first `separator`.
    private static func split(_ text: String, at separator: String) -> (before: String, after: String)? {
        guard let range = text.firstRange(of: separator) else { return nil }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }

    private static func suffix(of text: String, after prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }

    /// A name for the application that outlives its restarts: the namespace when somebody chose one, else the scrape job.
    func applicationName(job: String?) -> String {
        isGeneratedID(application) || application.isEmpty ? job ?? "spark" : application
    }

    /// `local_1795219990760`, `app_20261121001450_0001`, `application_1795219990760_0001`, `spark_` and 32 digits.
    private func isGeneratedID(_ text: String) -> Bool {
        for prefix in ["local_", "local-", "app_", "app-", "application_", "spark_", "spark-"]
        where text.hasPrefix(prefix) {
            let rest = text.dropFirst(prefix.count)
            let digits = rest.allSatisfy { $0.isHexDigit || $0 == "_" || $0 == "-" }
            if digits, rest.count >= 8 { return true }
        }
        return false
    }
}
