import JSON
import MetricModel

/// Reads one panel in the form of Grafana 5 and later; older types are brought to the newer ones on the way.
struct PanelReader {
    let sources: DataSources

    /// - Parameters:
    ///   - json: the panel; its members stand under `path` in the file.
    ///   - id: unique in the dashboard.
    func panel(_ json: JSONValue, path: String, id: Int, grid: GridPosition) -> PanelDefinition {
        let root = TrackedJSON(json)
        var notices = Notices()
        let typeName = root["type"].string ?? "graph"
        _ = root["id"]
        _ = root["gridPos"].whole
        var panel = PanelDefinition(
            id: id, typeName: typeName, kind: .unsupported(""), title: root["title"].string ?? "", grid: grid)
        panel.path = path
        panel.description = root["description"].text
        readRepeat(root, &panel)
        panel.maxDataPoints = root["maxDataPoints"].integer.flatMap { $0 > 0 ? $0 : nil }
        panel.interval = root["interval"].text
        panel.timeFrom = root["timeFrom"].text
        panel.timeShift = root["timeShift"].text
        let source = sources.choice(root["datasource"].whole)
        panel.kind = kind(typeName, root, &panel, &notices)
        if case .unsupported = panel.kind {
            // What a panel that is not drawn asks for need not be listed in parts.
            notices.add("type", text: typeName, .leftOut(Self.reason(panel.kind)))
            panel.notices = located(notices, path)
            return panel
        }
        if drawsQueries(panel.kind) {
            panel.targets = TargetReader.targets(root["targets"], panelSource: source, sources: sources)
            refuseOtherSources(&panel, &notices)
        } else {
            _ = root["targets"].whole
        }
        if let name = root["libraryPanel"].whole?["name"]?.string, root["targets"].elements.isEmpty {
            panel.kind = .unsupported("library panel `\(name)` is not in this file")
            notices.add("libraryPanel.name", text: name, .leftOut("its definition is not in this file"))
        }
        if let alert = root["alert"].whole, alert.object != nil {
            notices.add(
                "alert", text: alert["name"]?.string ?? "", .leftOut("alert rules are read from rule files"))
        }
        if case .unsupported = panel.kind {
        } else {
            readFields(root, &panel, &notices)
            panel.transformations += Transformations.read(
                root["transformations"].whole, path: "transformations", &notices)
            root.log.noteUnread(json, path: "", &notices, harmless: HarmlessKeys.isHarmless)
        }
        panel.notices = located(notices, path)
        return panel
    }

    private func located(_ notices: Notices, _ path: String) -> [Notice] {
        notices.all.map { notice in
            var notice = notice
            notice.path = path.isEmpty ? notice.path : "\(path).\(notice.path)"
            return notice
        }
    }

    private static func reason(_ kind: PanelKind) -> String {
        if case .unsupported(let reason) = kind { reason } else { "" }
    }

    private func readRepeat(_ root: TrackedJSON, _ panel: inout PanelDefinition) {
        let perRow = root["maxPerRow"].integer
        let direction = root["repeatDirection"].string
        guard let variable = root["repeat"].text else { return }
        panel.repeated = RepeatWish(
            variable: variable, isHorizontal: direction != "v",
            perRowMax: perRow.flatMap { $0 > 0 ? $0 : nil })
    }

    private func drawsQueries(_ kind: PanelKind) -> Bool {
        switch kind {
        case .text, .alertList, .unsupported: false
        default: true
        }
    }

    /// A panel whose queries are all for another source is not drawn; single ones are noted.
    private func refuseOtherSources(_ panel: inout PanelDefinition, _ notices: inout Notices) {
        var others: [String] = []
        for target in panel.targets {
            guard case .other(let kind) = target.source else { continue }
            if !others.contains(kind) { others.append(kind) }
            notices.add("\(target.path).datasource", text: kind, .leftOut("only Prometheus is answered"))
        }
        let isAnswered = panel.targets.contains { if case .other = $0.source { false } else { true } }
        if !others.isEmpty && !isAnswered {
            panel.kind = .unsupported("not this data source: \(others.joined(separator: ", "))")
        }
    }

    private func readFields(_ root: TrackedJSON, _ panel: inout PanelDefinition, _ notices: inout Notices) {
        let config = root["fieldConfig"].whole
        let old = root["options"]["fieldOptions"].whole
        let base = panel.defaults
        panel.defaults = base.overlaid(
            with: FieldConfigReader.defaults(
                config?["defaults"] ?? old?["defaults"], path: "fieldConfig.defaults", &notices))
        // What an old form says about single series stands over what its field configuration says.
        panel.overrides =
            FieldConfigReader.overrides(
                config?["overrides"] ?? old?["overrides"], path: "fieldConfig.overrides", &notices)
            + panel.overrides
    }

    // MARK: Types

    private func kind(
        _ name: String, _ root: TrackedJSON, _ panel: inout PanelDefinition, _ notices: inout Notices
    ) -> PanelKind {
        let options = root["options"]
        switch name {
        case "timeseries":
            return .timeSeries(TimeSeriesOptions(legend: OptionsReader.legend(options["legend"])))
        case "graph", "graph-old": return OldGraphReader.read(root, &panel, &notices)
        case "barchart": return .barChart(OptionsReader.barChart(options, &notices))
        case "stat": return .stat(OptionsReader.stat(options, &notices))
        case "gauge", "radialbar": return .gauge(OptionsReader.reduce(options, &notices))
        case "bargauge":
            var bars = BarGaugeOptions(reduce: OptionsReader.reduce(options, &notices))
            switch options["orientation"].string {
            case "horizontal": bars.isHorizontal = true
            case "vertical": bars.isHorizontal = false
            default: break
            }
            _ = options["displayMode"]
            return .barGauge(bars)
        case "singlestat", "grafana-singlestat-panel":
            return OldSingleStatReader.read(root, &panel, &notices)
        case "table"
        where root.json?["styles"]?.array != nil && root.json?["fieldConfig"]?["defaults"] == nil,
            "table-old":
            return OldTableReader.read(root, &panel, &notices)
        case "table": return .table(OptionsReader.table(options, &notices))
        case "text", "text2":
            let mode = options["mode"].text ?? root["mode"].text
            var text = TextOptions(content: options["content"].string ?? root["content"].string ?? "")
            text.mode = mode == "html" ? .html : mode == "code" ? .code : .markdown
            return .text(text)
        case "state-timeline": return .stateTimeline(OptionsReader.stateTimeline(options, isHistory: false))
        case "status-history": return .stateTimeline(OptionsReader.stateTimeline(options, isHistory: true))
        case "alertlist", "alertlist-old": return .alertList(AlertListReader.read(options, root, &notices))
        case "heatmap", "heatmap-new": return .heatmap(OptionsReader.heatmap(options, root, &notices))
        case "piechart": return .pieChart(PieOptions(reduce: OptionsReader.pie(options, &notices)))
        case "grafana-piechart-panel": return OldSingleStatReader.readPie(root, &panel, &notices)
        case "annolist":
            // How far one looks around an annotation has no meaning where all of them are listed.
            for key in [
                "navigateBefore", "navigateAfter", "navigateToPanel", "showTags", "showTime", "showUser",
            ] {
                _ = options[key].json
            }
            for key in ["onlyFromThisDashboard", "tags", "onlyInTimeRange"] { _ = options[key].json }
            return .eventList(max(1, options["limit"].integer ?? 50))
        case "histogram":
            return .histogram(
                HistogramOptions(
                    bucketSize: options["bucketSize"].number,
                    bucketOffset: options["bucketOffset"].number ?? 0,
                    bucketCount: options["bucketCount"].integer, combines: options["combine"].bool ?? false))
        default: return .unsupported(Self.unsupported[name] ?? "panel type `\(name)` is not drawn")
        }
    }

    private static let unsupported: [String: String] = [
        "dashlist": "lists of dashboards are not drawn",
        "news": "news feeds are not drawn",
        "logs": "logs are not drawn",
        "traces": "traces are not drawn",
        "nodeGraph": "graphs of nodes are not drawn",
        "geomap": "maps are not drawn",
        "grafana-worldmap-panel": "maps are not drawn",
        "canvas": "canvases are not drawn",
        "xychart": "scatter charts are not drawn",
        "candlestick": "candlesticks are not drawn",
        "flamegraph": "flame graphs are not drawn",
        "trend": "trends over something else than time are not drawn",
        "datagrid": "data grids are not drawn",
    ]
}
