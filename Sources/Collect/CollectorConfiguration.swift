import Diagnostics
import MetricModel
import YAML

/// What `planetop-collect` reads from its YAML file.
package struct CollectorConfiguration: Sendable {
    package struct Airflow: Sendable {
        package var url: String
        package var authorisation: HTTPRequest.Authorisation = .none
        package var interval: TimeSpan = .minutes(5)
        package var timeout: TimeSpan = .seconds(10)
        package var authorityFile: String?
        package var readsTasks = true
        /// How far back finished runs are read at the start, to know what a DAG did last.
        package var history: TimeSpan = .hours(6)

        package init(url: String) { self.url = url }
    }

    package struct Prometheus: Sendable {
        package struct Query: Sendable, Equatable {
            package var name: String
            package var expression: String
        }

        package var url: String
        package var authorisation: HTTPRequest.Authorisation = .none
        package var interval: TimeSpan = .minutes(1)
        package var timeout: TimeSpan = .seconds(10)
        package var authorityFile: String?
        /// Trigger intervals by query name: Spark does not expose them.
        package var triggers: [String: TimeSpan] = [:]
        /// Further PromQL whose answers are published under a name of their own.
        package var queries: [Query] = []

        package init(url: String) { self.url = url }
    }

    package var tenant: String
    package var plane: String
    package var brokerURL: String?
    package var brokerPasswordFile: String?
    package var exchange = "metrics"
    package var airflow: Airflow?
    package var prometheus: Prometheus?

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - secret: reads a password file; the file system belongs to the rim.
    package init(
        yaml text: [UInt8], file: String,
        secret: (_ path: String, _ place: SourcePlace) throws(Problem) -> String
    ) throws(Problem) {
        let root = YAMLField(try YAMLNode(parsing: text, file: file))
        let top = try root.object(
            "configuration", fields: ["tenant", "plane", "broker", "airflow", "prometheus"])
        tenant = try Self.word(top.required("tenant"))
        plane = try Self.word(top.required("plane"))
        if let field = top["broker"] {
            let broker = try field.object("broker", fields: ["url", "password_file", "exchange"])
            brokerURL = try broker.string("url")
            brokerPasswordFile = try broker.string("password_file")
            exchange = try broker.string("exchange") ?? exchange
        }
        if let field = top["airflow"] {
            let fields = [
                "url", "user", "password_file", "token_file", "interval", "timeout", "ca_file", "tasks",
                "history",
            ]
            let object = try field.object("airflow", fields: fields)
            var airflow = Airflow(url: try Self.url(object.required("url")))
            airflow.authorisation = try Self.authorisation(object, secret: secret)
            airflow.interval = try Self.span(object, "interval", 5_000...86_400_000) ?? airflow.interval
            airflow.timeout = try Self.span(object, "timeout", 100...120_000) ?? airflow.timeout
            airflow.history = try Self.span(object, "history", 0...604_800_000) ?? airflow.history
            airflow.authorityFile = try object.string("ca_file")
            airflow.readsTasks = try object.bool("tasks") ?? true
            self.airflow = airflow
        }
        if let field = top["prometheus"] {
            let fields = [
                "url", "user", "password_file", "token_file", "interval", "timeout", "ca_file", "triggers",
                "queries",
            ]
            let object = try field.object("prometheus", fields: fields)
            var prometheus = Prometheus(url: try Self.url(object.required("url")))
            prometheus.authorisation = try Self.authorisation(object, secret: secret)
            prometheus.interval = try Self.span(object, "interval", 1_000...86_400_000) ?? prometheus.interval
            prometheus.timeout = try Self.span(object, "timeout", 100...120_000) ?? prometheus.timeout
            prometheus.authorityFile = try object.string("ca_file")
            if let triggers = object["triggers"] {
                for (name, _, value) in try triggers.entries() {
                    prometheus.triggers[name] = TimeSpan(milliseconds: try value.durationMilliseconds())
                }
            }
            for item in try object.items("queries") {
                let query = try item.object("query", fields: ["name", "expr"])
                prometheus.queries.append(
                    Prometheus.Query(
                        name: try Self.metricName(query.required("name")),
                        expression: try query.required("expr").string()))
            }
            self.prometheus = prometheus
        }
        if airflow == nil, prometheus == nil {
            throw root.problem(
                "nothing to collect", fix: "add an `airflow:` or a `prometheus:` section with its `url:`")
        }
    }

    /// A word of the routing key.
    private static func word(_ field: YAMLField) throws(Problem) -> String {
        let text = try field.string()
        let isValid =
            text.utf8.count <= 63 && text.utf8.first.map { isLowerOrDigit($0) } == true
            && text.utf8.allSatisfy {
                isLowerOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
        guard isValid else {
            throw field.problem(
                "`\(text)` cannot be a word of the routing key",
                fix: "use lower-case letters, digits, `-` and `_`, 63 at most")
        }
        return text
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func metricName(_ field: YAMLField) throws(Problem) -> String {
        let text = try field.string()
        let isValid =
            text.utf8.count <= 200
            && text.utf8.enumerated().allSatisfy { index, byte in
                let letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
                return letter || byte == 0x5f || byte == 0x3a || (index > 0 && byte >= 0x30 && byte <= 0x39)
            } && !text.isEmpty
        guard isValid else { throw field.problem("`\(text)` is not a metric name") }
        return text
    }

    private static func url(_ field: YAMLField) throws(Problem) -> String {
        let text = try field.string()
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw field.problem("`\(text)` is not an http or https URL")
        }
        // A password in a URL ends up in logs.
        let authority =
            text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).dropFirst().first ?? ""
        guard !authority.contains("@") else {
            throw field.problem("the URL holds a user or a password", fix: "use `user:` and `password_file:`")
        }
        return text
    }

    private static func span(
        _ object: YAMLObject, _ name: String, _ range: ClosedRange<Int64>
    ) throws(Problem) -> TimeSpan? {
        guard let milliseconds = try object.durationMilliseconds(name) else { return nil }
        guard range.contains(milliseconds) else {
            throw object.field.problem(
                "`\(name)` must lie between \(TimeSpan(milliseconds: range.lowerBound)) and \(TimeSpan(milliseconds: range.upperBound))"
            )
        }
        return TimeSpan(milliseconds: milliseconds)
    }

    private static func authorisation(
        _ object: YAMLObject, secret: (_ path: String, _ place: SourcePlace) throws(Problem) -> String
    ) throws(Problem) -> HTTPRequest.Authorisation {
        if let token = object["token_file"] { return .bearer(try secret(token.string(), token.place)) }
        guard let user = try object.string("user") else { return .none }
        let password = try object.required("password_file")
        return .basic(user: user, password: try secret(password.string(), password.place))
    }
}
