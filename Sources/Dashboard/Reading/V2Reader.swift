import Diagnostics
import JSON
import MetricModel

/// Reads dashboards of the `dashboard.grafana.app/v2` form: elements apart from their layout.
///
/// Each element becomes the classic JSON of the same panel, so that both forms are read by the same code.
extension DashboardReader {
    /// - Parameter name: of the resource, which is the dashboard's uid.
    func readV2(_ spec: JSONValue, name: String?) throws(Problem) -> Dashboard {
        var classic = JSONObject()
        classic["title"] = spec["title"]
        classic["uid"] = name.map { .init(.string($0)) } ?? spec["uid"]
        classic["tags"] = spec["tags"]
        classic["description"] = spec["description"]
        let time = spec["timeSettings"]
        classic["time"] = ["from": time?["from"] ?? "now-6h", "to": time?["to"] ?? "now"]
        classic["refresh"] = time?["autoRefresh"]
        classic["timezone"] = time?["timezone"]
        classic["templating"] = [
            "list": .init(.array((spec["variables"]?.elements ?? []).map(V2Classic.variable)))
        ]
        classic["annotations"] = [
            "list": .init(.array((spec["annotations"]?.elements ?? []).map(V2Classic.annotation)))
        ]
        var dashboard = readClassic(JSONValue(.object(classic)))
        var sources = DataSources()
        for variable in spec["variables"]?.elements ?? []
        where variable["kind"]?.string == "DatasourceVariable" {
            guard let name = variable["spec"]?["name"]?.string,
                let plugin = variable["spec"]?["pluginId"]?.string
            else { continue }
            sources.plugins[name] = plugin
        }
        var layout = V2Layout(
            elements: spec["elements"]?.object ?? JSONObject(), reader: PanelReader(sources: sources))
        dashboard.sections = layout.sections(spec["layout"] ?? [:], path: "layout", depth: 0)
        dashboard.notices += layout.notices.all
        return dashboard
    }
}

/// Classic forms of v2's kinds.
enum V2Classic {
    static func variable(_ json: JSONValue) -> JSONValue {
        let spec = json["spec"]?.object ?? JSONObject()
        var classic = spec
        let types = [
            "QueryVariable": "query", "CustomVariable": "custom", "TextVariable": "textbox",
            "ConstantVariable": "constant", "IntervalVariable": "interval",
            "DatasourceVariable": "datasource",
            "AdhocVariable": "adhoc", "SwitchVariable": "switch", "GroupByVariable": "groupby",
        ]
        let kind = json["kind"]?.string ?? ""
        classic["type"] = .init(.string(types[kind] ?? kind))
        switch kind {
        case "QueryVariable":
            let query = spec["query"]
            classic["query"] = query?["spec"] ?? query
            classic["datasource"] = source(query, spec["datasource"])
        case "DatasourceVariable": classic["query"] = spec["pluginId"]
        case "AdhocVariable":
            classic["datasource"] = source(json, spec["datasource"])
        default: break
        }
        classic["pluginId"] = nil
        return .init(.object(classic))
    }

    static func annotation(_ json: JSONValue) -> JSONValue {
        var classic = json["spec"]?.object ?? JSONObject()
        let query = classic["query"]
        classic["datasource"] = source(query, classic["datasource"])
        classic["expr"] = query?["spec"]?["expr"]
        for key in ["titleFormat", "textFormat", "step", "useValueForTime"] {
            classic[key] = query?["spec"]?[key] ?? classic["legacyOptions"]?[key] ?? classic[key]
        }
        return .init(.object(classic))
    }

    /// Where a query goes: by the group of a query, or its kind in the first form of v2, and the source's name.
    static func source(_ query: JSONValue?, _ own: JSONValue?) -> JSONValue? {
        var kind = query?["group"]?.string
        if kind == nil || kind == "" {
            let old = query?["kind"]?.string ?? ""
            kind = old == "DataQuery" || old.isEmpty || old.hasSuffix("Variable") ? nil : old
        }
        let name = query?["datasource"]?["name"]?.string ?? own?["uid"]?.string ?? own?["name"]?.string
        var source = JSONObject()
        if let type = kind ?? own?["type"]?.string { source["type"] = .init(.string(type)) }
        if let name { source["uid"] = .init(.string(name)) }
        return source.isEmpty ? nil : .init(.object(source))
    }

    /// The classic panel of an element; `nil` for what is no panel.
    static func panel(_ element: JSONValue) -> JSONObject? {
        let spec = element["spec"]
        if element["kind"]?.string == "LibraryPanel" {
            var panel = JSONObject()
            panel["id"] = spec?["id"]
            panel["title"] = spec?["title"]
            panel["type"] = "timeseries"
            panel["libraryPanel"] = spec?["libraryPanel"] ?? ["name": "unnamed"]
            return panel
        }
        guard spec?.object != nil else { return nil }
        var panel = JSONObject()
        for key in ["id", "title", "description", "links", "transparent"] { panel[key] = spec?[key] }
        let visual = spec?["vizConfig"]
        let kind = visual?["kind"]?.string
        panel["type"] = visual?["group"] ?? (kind == "VizConfig" ? nil : visual?["kind"]) ?? "timeseries"
        panel["options"] = visual?["spec"]?["options"]
        panel["fieldConfig"] = visual?["spec"]?["fieldConfig"]
        let data = spec?["data"]?["spec"]
        var targets: [JSONValue] = []
        for query in data?["queries"]?.elements ?? [] {
            let outer = query["spec"]
            let inner = outer?["query"]
            var target = inner?["spec"]?.object ?? JSONObject()
            target["refId"] = outer?["refId"]
            target["hide"] = outer?["hidden"]
            target["datasource"] = source(inner, outer?["datasource"])
            targets.append(.init(.object(target)))
        }
        panel["targets"] = .init(.array(targets))
        var transformations: [JSONValue] = []
        for item in data?["transformations"]?.elements ?? [] {
            var step = item["spec"]?.object ?? JSONObject()
            // The id moved from `kind` into `group`, and in between stood in the specification.
            step["id"] = step["id"] ?? item["group"] ?? item["kind"]
            transformations.append(.init(.object(step)))
        }
        panel["transformations"] = .init(.array(transformations))
        for key in ["maxDataPoints", "interval", "timeFrom", "timeShift", "hideTimeOverride"] {
            panel[key] = data?["queryOptions"]?[key]
        }
        return panel
    }
}

/// Turns v2's layouts into rows of panels on the grid.
struct V2Layout {
    private static let depthMax = 8

    let elements: JSONObject
    let reader: PanelReader
    var notices = Notices()
    private var ids = PanelIDs()

    init(elements: JSONObject, reader: PanelReader) {
        self.elements = elements
        self.reader = reader
    }

    mutating func sections(_ layout: JSONValue, path: String, depth: Int) -> [SectionDefinition] {
        guard depth < Self.depthMax else {
            notices.add(
                path, text: "nested more than \(Self.depthMax) deep", .leftOut("the rest is not read"))
            return []
        }
        let spec = layout["spec"]
        switch layout["kind"]?.string {
        case "RowsLayout":
            return spec?["rows"]?.elements.enumerated().flatMap { index, row in
                group(
                    row, title: row["spec"]?["title"]?.string ?? "", path: "\(path).rows[\(index)]",
                    depth: depth
                ) {
                    row["spec"]?["collapse"]?.bool ?? false
                }
            } ?? []
        case "TabsLayout":
            // One page under the other, all but the first closed: a terminal's keys open rows.
            return spec?["tabs"]?.elements.enumerated().flatMap { index, tab in
                group(
                    tab, title: tab["spec"]?["title"]?.string ?? "", path: "\(path).tabs[\(index)]",
                    depth: depth
                ) {
                    index > 0
                }
            } ?? []
        case "AutoGridLayout", "ResponsiveGridLayout": return [autoGrid(spec, path: path)]
        default: return [grid(spec, path: path)]
        }
    }

    /// A row or a tab: a header, then what it contains.
    private mutating func group(
        _ json: JSONValue, title: String, path: String, depth: Int, isCollapsed: () -> Bool
    ) -> [SectionDefinition] {
        let spec = json["spec"]
        let header = SectionDefinition.Header(
            id: ids.next(nil), title: title, isCollapsed: isCollapsed(),
            repeated: (spec?["repeat"]?["value"]?.string).map { RepeatWish(variable: $0) },
            isHidden: spec?["hideHeader"]?.bool ?? false,
            conditions: conditions(spec?["conditionalRendering"], path: "\(path).conditionalRendering"))
        var inner = sections(spec?["layout"] ?? [:], path: "\(path).layout", depth: depth + 1)
        if spec?["variables"]?.elements.isEmpty == false {
            notices.add("\(path).variables", spec?["variables"])
        }
        if inner.count == 1, inner[0].header == nil {
            inner[0].header = header
            return inner
        }
        return [SectionDefinition(header: header, panels: [])] + inner
    }

    private mutating func grid(_ spec: JSONValue?, path: String) -> SectionDefinition {
        var section = SectionDefinition(header: nil, panels: [])
        for (index, item) in (spec?["items"]?.elements ?? []).enumerated() {
            let body = item["spec"]
            // The first form of v2 kept rows inside of the grid.
            if item["kind"]?.string == "GridLayoutRow" {
                let y = FieldConfigReader.integer(body?["y"]) ?? 0
                for (inner, element) in (body?["elements"]?.elements ?? []).enumerated() {
                    add(
                        element["spec"], path: "\(path).items[\(index)].elements[\(inner)]", yOffset: y + 1,
                        &section)
                }
                continue
            }
            add(body, path: "\(path).items[\(index)]", yOffset: 0, &section)
        }
        return section
    }

    private mutating func add(
        _ body: JSONValue?, path: String, yOffset: Int, _ section: inout SectionDefinition
    ) {
        let place: JSONValue = [
            "x": body?["x"] ?? 0, "y": body?["y"] ?? 0, "w": body?["width"] ?? 12, "h": body?["height"] ?? 8,
        ]
        var grid = DashboardReader.grid(place)
        grid.y += yOffset
        guard var panel = panel(body, path: path, grid: grid) else { return }
        if let repeated = body?["repeat"], let variable = repeated["value"]?.string {
            panel.repeated = RepeatWish(
                variable: variable, isHorizontal: repeated["direction"]?.string != "v",
                perRowMax: FieldConfigReader.integer(repeated["maxPerRow"]))
        }
        section.panels.append(panel)
    }

    private mutating func autoGrid(_ spec: JSONValue?, path: String) -> SectionDefinition {
        let columns = min(
            max(FieldConfigReader.integer(spec?["maxColumnCount"]) ?? 3, 1), GridPosition.columns)
        let height: Int =
            switch spec?["rowHeightMode"]?.string ?? spec?["rowHeight"]?.string {
            case "short": 5
            case "tall": 13
            case "custom":
                FieldConfigReader.integer(spec?["rowHeight"]).map { min(max(3, $0 / 38), 100) } ?? 9
            default: 9
            }
        let width = GridPosition.columns / columns
        var section = SectionDefinition(header: nil, panels: [])
        for (index, item) in (spec?["items"]?.elements ?? []).enumerated() {
            let grid = GridPosition(
                x: index % columns * width, y: index / columns * height, width: width, height: height)
            guard var panel = panel(item["spec"], path: "\(path).items[\(index)]", grid: grid) else {
                continue
            }
            if let variable = item["spec"]?["repeat"]?["value"]?.string {
                panel.repeated = RepeatWish(variable: variable, perRowMax: columns)
            }
            section.panels.append(panel)
        }
        return section
    }

    private mutating func panel(_ body: JSONValue?, path: String, grid: GridPosition) -> PanelDefinition? {
        guard let name = body?["element"]?["name"]?.string else { return nil }
        guard let element = elements[name], let classic = V2Classic.panel(element) else {
            notices.add("\(path).element.name", text: name, .invalid("there is no such element"))
            return nil
        }
        guard ids.count < Dashboard.panelsMax else { return nil }
        var panel = reader.panel(
            JSONValue(.object(classic)), path: "elements.\(name)", id: ids.next(classic["id"]?.integer),
            grid: grid)
        panel.conditions = conditions(body?["conditionalRendering"], path: "\(path).conditionalRendering")
        return panel
    }

    private mutating func conditions(_ json: JSONValue?, path: String) -> [VisibilityCondition] {
        guard let spec = json?["spec"], let items = spec["items"]?.array, !items.isEmpty else { return [] }
        var tests: [VisibilityCondition.Test] = []
        for (index, item) in items.enumerated() {
            let body = item["spec"]
            switch item["kind"]?.string {
            case "ConditionalRenderingVariable":
                tests.append(
                    .variable(
                        name: body?["variable"]?.string ?? "",
                        operation: body?["operator"]?.string ?? "equals",
                        value: body?["value"]?.string ?? ""))
            case "ConditionalRenderingTimeRangeSize":
                if let span = (body?["value"]?.string).flatMap({ IntervalText.parse($0) }) {
                    tests.append(.rangeAtMost(span))
                }
            default: notices.add("\(path).items[\(index)].kind", item["kind"], .value)
            }
        }
        guard !tests.isEmpty else { return [] }
        return [
            VisibilityCondition(
                tests: tests, matchesAll: spec["condition"]?.string != "or",
                hides: spec["visibility"]?.string == "hide")
        ]
    }
}
