import JSON
import MetricModel

/// Tells which queries are for Prometheus.
struct DataSources: Sendable {
    /// Plugin ids of what a name in the file stands for: `__inputs` and variables of type datasource.
    var plugins: [String: String] = [:]

    private static let promQL: Set<String> = [
        "prometheus", "grafana-amazonprometheus-datasource", "grafana-azureprometheus-datasource",
        "grafana-googleprometheus-datasource", "victoriametrics-metrics-datasource",
        "victoriametrics-datasource", "thanos", "cortex", "mimir",
    ]

    /// Names that say by themselves that a source is not Prometheus; of kinds that people name sources after.
    private static let others = [
        "loki", "influx", "elastic", "opensearch", "graphite", "cloudwatch", "tempo", "jaeger", "zipkin",
        "mysql",
        "postgres", "mssql", "clickhouse", "opentsdb", "stackdriver", "azure", "zabbix", "bigquery",
        "snowflake",
        "testdata", "sqlite", "mongodb", "datadog", "splunk",
    ]

    enum Choice: Equatable {
        case prometheus
        /// Another panel's answers.
        case dashboard
        /// Each query names its own.
        case mixed
        /// Nothing was said.
        case unset
        case other(String)
    }

    func choice(_ json: JSONValue?) -> Choice {
        guard let json, !json.isNull else { return .unset }
        if let name = json.string { return named(name) }
        let uid = json["uid"]?.string ?? json["name"]?.string ?? ""
        switch uid {
        case "-- Mixed --": return .mixed
        case "-- Dashboard --": return .dashboard
        case "__expr__", "-100": return .other("server-side expression")
        default: break
        }
        switch json["type"]?.string {
        case nil, "", "datasource": return uid.isEmpty ? .unset : named(uid)
        case "grafana": return .other("Grafana itself")
        case "__expr__": return .other("server-side expression")
        case "mixed": return .mixed
        case "dashboard": return .dashboard
        case let type?:
            // `${DS_X}` may stand even where a type should.
            if type.hasPrefix("$") { return named(type) }
            return Self.promQL.contains(type.lowercased()) ? .prometheus : .other(type)
        }
    }

    private func named(_ name: String) -> Choice {
        switch name {
        case "", "default": return .unset
        case "-- Mixed --": return .mixed
        case "-- Dashboard --": return .dashboard
        case "-- Grafana --", "grafana": return .other("Grafana itself")
        default: break
        }
        if let mention = TemplateText.mentions(in: name).first {
            guard let plugin = plugins[mention.name] else { return .unset }
            return Self.promQL.contains(plugin.lowercased()) ? .prometheus : .other(plugin)
        }
        if let plugin = plugins[name] {
            return Self.promQL.contains(plugin.lowercased()) ? .prometheus : .other(plugin)
        }
        let lowered = name.lowercased()
        if let kind = Self.others.first(where: { lowered.range(of: $0) != nil }) { return .other(kind) }
        return .unset
    }
}

/// Reads the queries of a panel.
enum TargetReader {
    static func targets(
        _ json: TrackedJSON, panelSource: DataSources.Choice, sources: DataSources
    ) -> [TargetDefinition] {
        var targets: [TargetDefinition] = []
        for item in json.elements where item.isObject {
            let expression = item["expr"].string
            let own = sources.choice(item["datasource"].whole)
            let chosen = own == .unset || own == .mixed ? panelSource : own
            let source: TargetDefinition.Source =
                switch chosen {
                case .prometheus: .prometheus
                case .dashboard:
                    .panel(
                        id: item["panelId"].integer ?? -1,
                        withTransformations: item["withTransforms"].bool ?? false)
                case .other(let kind): .other(kind)
                case .unset, .mixed:
                    // Nothing says what the source is: its queries do.
                    expression != nil || item.json?.object?.isEmpty == true || onlyNames(item)
                        ? .prometheus : .other(guess(item))
                }
            if case .other = source { _ = item.whole }
            let wantsInstant = item["instant"].bool ?? false
            let wantsRange = item["range"].bool
            targets.append(
                TargetDefinition(
                    refID: item["refId"].text ?? letter(targets.count), source: source,
                    expression: expression ?? "", legend: item["legendFormat"].string ?? "",
                    isInstant: wantsInstant,
                    // Neither of the two is what files from before the choice say: a range.
                    isRange: wantsInstant ? wantsRange ?? false : true,
                    format: format(item["format"].string), interval: item["interval"].text,
                    oldStep: item["step"].number.flatMap { $0 > 0 ? TimeSpan(seconds: $0) : nil },
                    intervalFactor: max(1, item["intervalFactor"].integer ?? 1),
                    isHidden: item["hide"].bool ?? false, path: item.path))
        }
        // Two queries of the same name could not be told apart by overrides or transformations.
        var seen: Set<String> = []
        for index in targets.indices where !seen.insert(targets[index].refID).inserted {
            var number = index
            while seen.contains(letter(number)) { number += 1 }
            targets[index].refID = letter(number)
            seen.insert(targets[index].refID)
        }
        return targets
    }

    private static func onlyNames(_ item: TrackedJSON) -> Bool {
        let known: Set<String> = [
            "refId", "datasource", "hide", "legendFormat", "format", "interval", "intervalFactor", "step",
            "instant", "range", "exemplar", "editorMode", "metric",
        ]
        return item.json?.object?.keys.allSatisfy(known.contains) ?? true
    }

    private static func guess(_ item: TrackedJSON) -> String {
        let keys = Set(item.json?.object?.keys ?? [])
        if keys.contains("measurement") { return "influxdb" }
        if keys.contains("rawSql") { return "sql" }
        if keys.contains("bucketAggs") { return "elasticsearch" }
        if keys.contains("target") { return "graphite" }
        if keys.contains("namespace") && keys.contains("metricName") { return "cloudwatch" }
        if keys.contains("scenarioId") { return "testdata" }
        return "unknown"
    }

    private static func format(_ name: String?) -> TargetDefinition.Format {
        switch name {
        case "table": .table
        case "heatmap": .heatmap
        default: .timeSeries
        }
    }

    /// A, B, …, Z, AA, AB, …
    static func letter(_ index: Int) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        return (index >= 26 ? letter(index / 26 - 1) : "") + String(letters[index % 26])
    }
}
