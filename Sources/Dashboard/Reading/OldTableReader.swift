import JSON

/// Reads tables from before Grafana 7: `styles` by column, and one `transform`.
enum OldTableReader {
    static func read(
        _ root: TrackedJSON, _ panel: inout PanelDefinition, _ notices: inout Notices
    ) -> PanelKind {
        var options = TableOptions()
        options.showsHeader = root["showHeader"].bool ?? true
        if let sort = root["sort"].json, let column = FieldConfigReader.integer(sort["col"]), column >= 0 {
            options.sortColumn = (column, sort["desc"]?.bool ?? false)
        }
        _ = root["sort"].whole
        func add(_ transformation: any FrameTransformation) {
            panel.transformations.append(TransformationStep(transformation: transformation))
        }
        let columns = root["columns"].whole?.elements ?? []
        switch root["transform"].string {
        case "timeseries_to_rows": add(SeriesToRows())
        case "timeseries_to_columns": add(JoinByField(fieldName: nil))
        case "timeseries_aggregations":
            let calcs = columns.compactMap { $0["value"]?.string }
            add(
                ReduceFields(
                    ["reducers": .init(.array((calcs.isEmpty ? ["avg"] : calcs).map { .init(.string($0)) }))],
                    "columns", &notices))
            // The titles that styles of such tables mean.
            var titles = JSONObject()
            titles["Field"] = "Metric"
            for column in columns {
                guard let calc = (column["value"]?.string).flatMap({ ReduceCalc($0) }) else { continue }
                titles[calc.title] = column["text"]
            }
            add(OrganizeFields(["renameByName": .init(.object(titles))], path: "columns", &notices))
        case "table", nil: add(MergeFrames())
        case let name?: notices.add("transform", text: name, .value)
        }
        // The first style that means a column decides, so later overrides must not win.
        var overrides: [FieldOverride] = []
        for style in root["styles"].elements {
            if let override = override(style, &notices) { overrides.insert(override, at: 0) }
        }
        panel.overrides = overrides + panel.overrides
        return .table(options)
    }

    private static func override(_ style: TrackedJSON, _ notices: inout Notices) -> FieldOverride? {
        let json = style.whole
        guard let pattern = json?["pattern"]?.string, !pattern.isEmpty else { return nil }
        let matcher: FieldMatcher
        if pattern.hasPrefix("/") {
            guard let regex = readPattern(pattern, "\(style.path).pattern", &notices) else { return nil }
            matcher = .regex(regex.regex)
        } else {
            matcher = .name(pattern)
        }
        var config = FieldConfig()
        config.displayName = json?["alias"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        switch json?["align"]?.string {
        case "left": config.custom.alignment = .left
        case "right": config.custom.alignment = .right
        case "center": config.custom.alignment = .center
        default: break
        }
        switch json?["type"]?.string {
        case "hidden": config.custom.isHidden = true
        case "date": config.unit = "time:" + (json?["dateFormat"]?.string ?? "YYYY-MM-DD HH:mm:ss")
        case "number":
            config.unit = json?["unit"]?.string ?? "short"
            config.decimals = FieldConfigReader.integer(json?["decimals"])
            readColors(json, &config)
        case "string":
            readColors(json, &config)
            config.mappings = OldSingleStatReader.mappings(TrackedJSON(json))
        default: break
        }
        return FieldOverride(matcher: matcher, config: config)
    }

    private static func readColors(_ json: JSONValue?, _ config: inout FieldConfig) {
        let mode = json?["colorMode"]?.string
        guard mode == "cell" || mode == "value" || mode == "row" else { return }
        config.custom.cell = mode == "value" ? .colorText : .colorBackground
        config.custom.appliesToRow = mode == "row"
        let bounds = json?["thresholds"]?.elements.compactMap { FieldConfigReader.number($0) } ?? []
        let colors = json?["colors"]?.elements.compactMap { $0.string.flatMap(ColorNames.color) } ?? []
        config.color = ColorScheme(mode: .thresholds)
        config.thresholds = OldSingleStatReader.thresholds(bounds, colors)
    }
}
