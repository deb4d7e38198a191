import Diagnostics
import JSON
import MetricModel

extension Dashboard {
    /// A dashboard's file is smaller than this, in bytes.
    package static let sizeMax = 32 << 20

    /// Reads a dashboard from Grafana's JSON: the classic form of any age, that of Grafana's API, or a v2 resource.
    ///
    /// - Parameter file: named in problems.
    /// - Throws: what is wrong, where, and what to do about it.
    package static func read(_ bytes: [UInt8], file: String? = nil) throws(Problem) -> Dashboard {
        guard bytes.count <= sizeMax else {
            throw Problem(
                "the file is larger than \(sizeMax >> 20) MiB", at: file.map { SourcePlace(file: $0) },
                fix: "give a Grafana dashboard, exported as JSON")
        }
        let json = try JSONValue.parse(bytes, file: file)
        return try read(json, file: file)
    }

    package static func read(_ json: JSONValue, file: String? = nil) throws(Problem) -> Dashboard {
        guard json.object != nil else {
            throw json.problem(
                "expected a dashboard, found \(json.kindName)", file: file,
                fix: "export the dashboard in Grafana as JSON")
        }
        // Grafana's API wraps a dashboard; a provisioning resource holds it in `spec`, some tools as a text.
        if let inner = json["dashboard"], inner.object != nil { return try read(inner, file: file) }
        if json["elements"]?.object != nil { return try DashboardReader(file: file).readV2(json, name: nil) }
        if let spec = json["spec"], spec.object != nil {
            if spec["elements"]?.object != nil {
                return try DashboardReader(file: file).readV2(spec, name: json["metadata"]?["name"]?.string)
            }
            if let text = spec["json"]?.string {
                return try read(try JSONValue.parse(text, file: file), file: file)
            }
            if spec["panels"] != nil || spec["rows"] != nil || spec["title"] != nil {
                return try read(spec, file: file)
            }
        }
        if json["type"] != nil, json["targets"] != nil, json["panels"] == nil {
            throw json.problem(
                "this is a single panel, not a dashboard", file: file,
                fix: "export the whole dashboard in Grafana as JSON")
        }
        guard json["panels"]?.array != nil || json["rows"]?.array != nil || json["title"]?.string != nil
        else {
            throw json.problem(
                "this is no Grafana dashboard: it has neither `panels` nor `rows` nor `elements`", file: file,
                fix: "export the dashboard in Grafana as JSON")
        }
        return DashboardReader(file: file).readClassic(json)
    }
}

/// Reads dashboards of the classic form.
struct DashboardReader {
    var file: String?

    func readClassic(_ json: JSONValue) -> Dashboard {
        let root = TrackedJSON(json)
        var notices = Notices()
        let templating = root["templating"]["list"]
        let sources = dataSources(root, templating)
        let time = root["time"]
        var dashboard = Dashboard(
            title: root["title"].text ?? "Untitled", uid: root["uid"].text ?? "",
            description: json["description"]?.string, tags: root["tags"].strings,
            refresh: root["refresh"].text.flatMap { IntervalText.parse($0) }, timeZone: nil, file: file,
            from: range(time["from"], "now-6h", &notices), to: range(time["to"], "now", &notices),
            variables: VariableReader.variables(templating, sources: sources, &notices), sections: [],
            showsAlertMarks: true, annotations: [], notices: [])
        dashboard.timeZone = Self.timeZone(root["timezone"].string)
        readAnnotations(root["annotations"]["list"], sources, &dashboard, &notices)
        var ids = PanelIDs()
        let reader = PanelReader(sources: sources)
        _ = root["panels"].whole
        _ = root["rows"].whole
        if let rows = json["rows"]?.array,
            !(json["panels"]?.elements.contains { $0["gridPos"] != nil } ?? false)
        {
            dashboard.sections = OldRowsReader.sections(rows, reader: reader, &ids, &notices)
        } else {
            dashboard.sections = sections(json["panels"]?.elements ?? [], reader, &ids, &notices)
        }
        root.log.noteUnread(json, path: "", &notices) { path, key in
            HarmlessKeys.dashboard.contains(path.prefix { $0 != "." && $0 != "[" }.description)
                || HarmlessKeys.everywhere.contains(key) || path.hasPrefix("annotations.")
                || path.hasPrefix("templating.")
        }
        dashboard.notices = notices.all
        return dashboard
    }

    static func timeZone(_ name: String?) -> String? {
        switch name {
        case nil, "", "browser", "default": nil
        case let name?: name.lowercased() == "utc" ? "utc" : name
        }
    }

    private func range(_ json: TrackedJSON, _ standard: String, _ notices: inout Notices) -> TimeExpression {
        let text = json.string ?? json.number.map(NumberText.shortest)
        if let text, !text.isEmpty {
            if let expression = TimeExpression(text) { return expression }
            notices.add(json.path, json.json, .invalid("is no time"))
        }
        return TimeExpression(standard) ?? .now
    }

    private func dataSources(_ root: TrackedJSON, _ templating: TrackedJSON) -> DataSources {
        var sources = DataSources()
        for input in root["__inputs"].whole?.elements ?? [] {
            guard let name = input["name"]?.string, let plugin = input["pluginId"]?.string else { continue }
            sources.plugins[name] = plugin
        }
        for variable in templating.json?.elements ?? [] where variable["type"]?.string == "datasource" {
            guard let name = variable["name"]?.string, let plugin = variable["query"]?.string else {
                continue
            }
            sources.plugins[name] = plugin
        }
        return sources
    }

    // MARK: Annotations

    func readAnnotations(
        _ list: TrackedJSON, _ sources: DataSources, _ dashboard: inout Dashboard, _ notices: inout Notices
    ) {
        for item in list.elements {
            let json = item.whole
            let isEnabled = json?["enable"]?.bool ?? true
            let isBuiltIn = json?["builtIn"]?.number == 1 || json?["builtIn"]?.bool == true
            if isBuiltIn {
                dashboard.showsAlertMarks = isEnabled
                continue
            }
            guard isEnabled else { continue }
            let name = json?["name"]?.string ?? ""
            let expression = json?["expr"]?.string ?? json?["target"]?["expr"]?.string ?? ""
            switch sources.choice(json?["datasource"]) {
            case .prometheus, .unset:
                guard !expression.isEmpty else {
                    notices.add(item.path, text: name, .leftOut("it has no query"))
                    continue
                }
                dashboard.annotations.append(
                    AnnotationDefinition(
                        name: name, expression: expression, title: json?["titleFormat"]?.string ?? "",
                        text: json?["textFormat"]?.string ?? "", step: json?["step"]?.string,
                        usesValueForTime: json?["useValueForTime"]?.bool ?? false))
            case .other(let kind):
                notices.add(item.path, text: name, .leftOut("annotations of \(kind) are not answered"))
            case .mixed, .dashboard: notices.add(item.path, text: name, .value)
            }
        }
    }

    // MARK: Panels

    private func sections(
        _ panels: [JSONValue], _ reader: PanelReader, _ ids: inout PanelIDs, _ notices: inout Notices
    ) -> [SectionDefinition] {
        // Files hold panels in any order; rows own what stands below them.
        let sorted = panels.enumerated().filter { $0.element.object != nil && !isClone($0.element) }.map {
            (index: $0.offset, json: $0.element, grid: Self.grid($0.element["gridPos"]))
        }.sorted {
            ($0.grid.y, $0.grid.x, $0.index) < ($1.grid.y, $1.grid.x, $1.index)
        }
        var result: [SectionDefinition] = []
        var current = SectionDefinition(header: nil, panels: [])
        var base = 0
        for item in sorted {
            guard ids.count < Dashboard.panelsMax else {
                notices.add(
                    "panels", text: "more than \(Dashboard.panelsMax)", .leftOut("the rest is not read"))
                break
            }
            let path = "panels[\(item.index)]"
            if item.json["type"]?.string == "row" {
                if current.header != nil || !current.panels.isEmpty { result.append(current) }
                base = item.grid.y + 1
                current = SectionDefinition(header: header(item.json, &ids), panels: [])
                let inner = item.json["panels"]?.elements ?? []
                let tops = inner.map { Self.grid($0["gridPos"]).y }
                // Panels in a collapsed row keep the places that they had when it was open.
                let top = tops.min() ?? 0
                for (index, json) in inner.enumerated() where json.object != nil && !isClone(json) {
                    guard ids.count < Dashboard.panelsMax else { break }
                    var grid = Self.grid(json["gridPos"])
                    grid.y -= top
                    current.panels.append(
                        reader.panel(
                            json, path: "\(path).panels[\(index)]", id: ids.next(json["id"]?.integer),
                            grid: grid))
                }
                continue
            }
            var grid = item.grid
            grid.y = max(0, grid.y - base)
            current.panels.append(
                reader.panel(item.json, path: path, id: ids.next(item.json["id"]?.integer), grid: grid))
        }
        if current.header != nil || !current.panels.isEmpty { result.append(current) }
        return result
    }

    private func header(_ json: JSONValue, _ ids: inout PanelIDs) -> SectionDefinition.Header {
        SectionDefinition.Header(
            id: ids.next(json["id"]?.integer), title: json["title"]?.string ?? "",
            isCollapsed: json["collapsed"]?.bool ?? false,
            repeated: json["repeat"]?.string.flatMap { $0.isEmpty ? nil : RepeatWish(variable: $0) })
    }

    /// Copies that Grafana made for a repeated panel when the file was saved; they are made anew.
    private func isClone(_ json: JSONValue) -> Bool {
        guard let id = json["repeatPanelId"]?.integer else { return false }
        return id != json["id"]?.integer
    }

    /// A position inside of the grid, whatever the file says.
    static func grid(_ json: JSONValue?) -> GridPosition {
        func part(_ key: String, _ standard: Int, _ range: ClosedRange<Int>) -> Int {
            let value = FieldConfigReader.integer(json?[key]) ?? standard
            return min(max(value, range.lowerBound), range.upperBound)
        }
        let x = part("x", 0, 0...(GridPosition.columns - 1))
        let width = part("w", 12, 1...GridPosition.columns)
        return GridPosition(
            x: x, y: part("y", 0, 0...1_000_000), width: min(width, GridPosition.columns - x),
            height: part("h", 8, 1...1000))
    }
}

/// Gives each panel an id of its own.
struct PanelIDs {
    private var used: Set<Int> = []
    private var free = 1_000_000
    private(set) var count = 0

    /// The id that the file gives, unless it gives none or gave it before.
    mutating func next(_ wanted: Int64?) -> Int {
        count += 1
        if let wanted, let id = Int(exactly: wanted), used.insert(id).inserted { return id }
        while !used.insert(free).inserted { free += 1 }
        return free
    }
}

/// Rows of dashboards before schema 16: each row is a list of panels with a share of its width.
enum OldRowsReader {
    static func sections(
        _ rows: [JSONValue], reader: PanelReader, _ ids: inout PanelIDs, _ notices: inout Notices
    ) -> [SectionDefinition] {
        // A line was about 30 pixels and a bit of space.
        func lines(_ json: JSONValue?) -> Int? {
            let text = json?.string.map { $0.filter { $0.isNumber || $0 == "." } }
            guard let pixels = json?.number ?? text.flatMap({ Double($0) }), pixels > 0, pixels < 100_000
            else {
                return nil
            }
            return max(3, Int((pixels / 38).rounded(.up)))
        }
        // Titles of rows are drawn only when one of them has a reason to be a row.
        let usesHeaders = rows.contains {
            $0["showTitle"]?.bool == true || $0["collapse"]?.bool == true
                || !($0["repeat"]?.string ?? "").isEmpty
        }
        var result: [SectionDefinition] = []
        for (rowIndex, row) in rows.enumerated() {
            var section = SectionDefinition(header: nil, panels: [])
            if usesHeaders {
                section.header = SectionDefinition.Header(
                    id: ids.next(nil), title: row["title"]?.string ?? "",
                    isCollapsed: row["collapse"]?.bool ?? false,
                    repeated: row["repeat"]?.string.flatMap { $0.isEmpty ? nil : RepeatWish(variable: $0) },
                    isHidden: row["showTitle"]?.bool != true && row["collapse"]?.bool != true
                        && (row["repeat"]?.string ?? "").isEmpty)
            }
            let rowHeight = lines(row["height"]) ?? 7
            var x = 0
            var y = 0
            var lineHeight = 0
            for (index, json) in (row["panels"]?.elements ?? []).enumerated() where json.object != nil {
                guard ids.count < Dashboard.panelsMax else {
                    notices.add(
                        "rows", text: "more than \(Dashboard.panelsMax) panels",
                        .leftOut("the rest is not read"))
                    return result + [section]
                }
                if let id = json["repeatPanelId"]?.integer, id != json["id"]?.integer { continue }
                // Twelve columns became twenty-four.
                let span = min(max(FieldConfigReader.number(json["span"]) ?? 4, 0.5), 12)
                let width = Int((span * 2).rounded(.down))
                let height = lines(json["height"]) ?? rowHeight
                if x + width > GridPosition.columns {
                    x = 0
                    y += lineHeight
                    lineHeight = 0
                }
                section.panels.append(
                    reader.panel(
                        json, path: "rows[\(rowIndex)].panels[\(index)]", id: ids.next(json["id"]?.integer),
                        grid: GridPosition(x: x, y: y, width: width, height: height)))
                x += width
                lineHeight = max(lineHeight, height)
            }
            result.append(section)
        }
        return result
    }
}
