import JSON

/// Reads panels of type `singlestat`, and the pie charts of the same age.
enum OldSingleStatReader {
    static func read(
        _ root: TrackedJSON, _ panel: inout PanelDefinition, _ notices: inout Notices
    ) -> PanelKind {
        var reduce = ReduceOptions()
        readValueName(root, &reduce, &notices)
        if let column = root["tableColumn"].text { reduce.fields = .named(column) }
        readNumbers(root, &panel)

        let colors = root["colors"].strings.map { ColorNames.color($0) ?? .standard }
        let bounds = (root["thresholds"].string ?? root["thresholds"].number.map(NumberText.shortest) ?? "")
            .split(separator: ",").compactMap { NumberText.parse($0) }
        let colorsValue = root["colorValue"].bool ?? false
        let colorsBackground = root["colorBackground"].bool ?? false
        let gauge = root["gauge"]
        let isGauge = gauge["show"].bool ?? false
        if colorsValue || colorsBackground || isGauge {
            panel.defaults.thresholds = thresholds(bounds, colors)
        }
        panel.defaults.mappings = mappings(root)
        panel.defaults.color = ColorScheme(mode: .thresholds)
        if root["nullPointMode"].string == "null as zero" {
            notices.add("nullPointMode", text: "null as zero", .leftOut(FieldConfigReader.absenceIsNotZero))
        }
        if isGauge {
            panel.defaults.min = gauge["minValue"].number ?? 0
            panel.defaults.max = gauge["maxValue"].number ?? 100
            _ = gauge["thresholdMarkers"]
            _ = gauge["thresholdLabels"]
            return .gauge(reduce)
        }
        var stat = StatOptions(reduce: reduce)
        stat.colorMode = colorsBackground ? .background : colorsValue ? .value : .none
        stat.showsSparkline = root["sparkline"]["show"].bool ?? false
        stat.text = reduce.calcs == [.name] ? .name : .auto
        return .stat(stat)
    }

    /// The pie chart plugin from before Grafana had its own.
    static func readPie(
        _ root: TrackedJSON, _ panel: inout PanelDefinition, _ notices: inout Notices
    ) -> PanelKind {
        var reduce = ReduceOptions()
        readValueName(root, &reduce, &notices)
        panel.defaults.unit = root["format"].text
        panel.defaults.decimals = root["decimals"].integer
        panel.defaults.color = ColorScheme(mode: .paletteClassic)
        _ = root["legend"].whole
        for (name, color) in root["aliasColors"].whole?.object ?? JSONObject() {
            guard let color = color.string.flatMap(ColorNames.color) else { continue }
            var config = FieldConfig()
            config.color = ColorScheme(mode: .fixed, fixed: color)
            panel.overrides.append(FieldOverride(matcher: .name(name), config: config))
        }
        return .pieChart(PieOptions(reduce: reduce))
    }

    private static func readValueName(
        _ root: TrackedJSON, _ reduce: inout ReduceOptions, _ notices: inout Notices
    ) {
        guard let name = root["valueName"].text else {
            reduce.calcs = [.mean]
            return
        }
        if let calc = ReduceCalc(name) {
            reduce.calcs = [calc]
        } else {
            notices.add("valueName", text: name, .value)
        }
    }

    private static func readNumbers(_ root: TrackedJSON, _ panel: inout PanelDefinition) {
        panel.defaults.unit = root["format"].text
        panel.defaults.decimals = root["decimals"].integer
        panel.defaults.prefix = root["prefix"].text
        panel.defaults.postfix = root["postfix"].text
        panel.defaults.noValue = root["nullText"].text
    }

    /// Two bounds part three colours; one bound two.
    static func thresholds(_ bounds: [Double], _ colors: [PanelColor]) -> Thresholds {
        guard let base = colors.first else { return .standard }
        var steps = [ThresholdStep(value: -.infinity, color: base)]
        for (index, bound) in bounds.enumerated() {
            steps.append(
                ThresholdStep(
                    value: bound,
                    color: index + 1 < colors.count ? colors[index + 1] : colors[colors.count - 1]))
        }
        return Thresholds(steps: steps)
    }

    /// `valueMaps` or `rangeMaps`, whichever `mappingType` says.
    static func mappings(_ root: TrackedJSON) -> [ValueMapping] {
        var result: [ValueMapping] = []
        let type = root["mappingType"].integer ?? 1
        let values = root["valueMaps"].whole
        let ranges = root["rangeMaps"].whole
        if type == 2 {
            for item in ranges?.elements ?? [] {
                guard let text = item["text"]?.string else { continue }
                if item["from"]?.string == "null" {
                    result.append(.special(.null, .init(text: text)))
                } else if let from = FieldConfigReader.number(item["from"]),
                    let to = FieldConfigReader.number(item["to"])
                {
                    result.append(.range(from: from, to: to, .init(text: text)))
                }
            }
        } else if type == 1 {
            for item in values?.elements ?? [] { ValueMappingReader.appendOld(item, into: &result) }
        }
        return result
    }
}
