import JSON
import RegularExpressions

/// Reads panels of type `graph`, Grafana's time series until version 8.
enum OldGraphReader {
    static func read(
        _ root: TrackedJSON, _ panel: inout PanelDefinition, _ notices: inout Notices
    ) -> PanelKind {
        var custom = CustomConfig()
        custom.drawStyle = style(
            lines: root["lines"].bool ?? true, bars: root["bars"].bool ?? false,
            points: root["points"].bool ?? false)
        custom.isStepped = root["steppedLine"].bool
        custom.showsPoints = root["points"].bool
        custom.fillOpacity = root["fill"].number.map { $0 * 10 }
        custom.isDashed = root["dashes"].bool
        if root["stack"].bool == true {
            custom.stacking = root["percentage"].bool == true ? .percent(group: "A") : .normal(group: "A")
        }
        setNullMode(root["nullPointMode"].string, &custom, root, &notices)
        readThresholds(root, &panel, &custom, &notices)

        let axes = axes(root)
        let left = axes.first ?? Axis()
        let right = axes.count > 1 ? axes[1] : Axis()
        left.apply(to: &panel.defaults, &custom)
        panel.defaults.decimals = root["decimals"].integer ?? panel.defaults.decimals
        panel.defaults.custom = custom
        panel.defaults.color = ColorScheme(mode: .paletteClassic)

        for (name, color) in root["aliasColors"].whole?.object ?? JSONObject() {
            guard let color = color.string.flatMap(ColorNames.color) else {
                notices.add("aliasColors.\(name)", color, .value)
                continue
            }
            var config = FieldConfig()
            config.color = ColorScheme(mode: .fixed, fixed: color)
            panel.overrides.append(FieldOverride(matcher: .name(name), config: config))
        }
        for item in root["seriesOverrides"].elements {
            readSeriesOverride(item, right: right, percent: root["percentage"].bool == true, &panel, &notices)
        }
        let legend = legend(root["legend"])
        return axis(root["xaxis"], legend, &notices)
    }

    // MARK: Axes

    private struct Axis {
        var unit: String?
        var label: String?
        var min: Double?
        var max: Double?
        var decimals: Int?
        var logBase: Double?
        var isShown = true

        func apply(to config: inout FieldConfig, _ custom: inout CustomConfig) {
            config.unit = unit
            config.min = min
            config.max = max
            config.decimals = decimals
            custom.axisLabel = label
            if let logBase, logBase > 1 { custom.scale = .logarithmic(base: logBase) }
            if !isShown { custom.axisPlacement = .hidden }
        }
    }

    private static func axes(_ root: TrackedJSON) -> [Axis] {
        let list = root["yaxes"].elements
        if !list.isEmpty {
            return list.map { json in
                Axis(
                    unit: json["format"].text, label: json["label"].text, min: json["min"].number,
                    max: json["max"].number, decimals: json["decimals"].integer,
                    logBase: json["logBase"].number,
                    isShown: json["show"].bool ?? true)
            }
        }
        // Before schema 12: one list of units, and limits in `grid`.
        let units = root["y_formats"].strings
        let grid = root["grid"]
        return [
            Axis(
                unit: units.first, label: root["leftYAxisLabel"].text, min: grid["leftMin"].number,
                max: grid["leftMax"].number, logBase: grid["leftLogBase"].number),
            Axis(
                unit: units.count > 1 ? units[1] : nil, label: root["rightYAxisLabel"].text,
                min: grid["rightMin"].number, max: grid["rightMax"].number,
                logBase: grid["rightLogBase"].number),
        ]
    }

    private static func axis(
        _ json: TrackedJSON, _ legend: LegendOptions, _ notices: inout Notices
    ) -> PanelKind {
        var options = TimeSeriesOptions(legend: legend)
        switch json["mode"].string {
        case "series":
            options.barsOfSeries = json["values"].strings.first.flatMap { ReduceCalc($0) } ?? .sum
        case "histogram":
            options.histogram = HistogramOptions(bucketCount: json["buckets"].integer, combines: true)
        default: break
        }
        return .timeSeries(options)
    }

    private static func style(lines: Bool, bars: Bool, points: Bool) -> TimeSeriesView.DrawStyle {
        if bars && !lines { return .bars }
        if lines { return .line }
        return points ? .points : bars ? .bars : .line
    }

    private static func setNullMode(
        _ mode: String?, _ custom: inout CustomConfig, _ json: TrackedJSON, _ notices: inout Notices
    ) {
        switch mode {
        case "connected": custom.spanNulls = .always
        case "null as zero":
            notices.add(
                json.path.isEmpty ? "nullPointMode" : "\(json.path).nullPointMode", text: "null as zero",
                .leftOut(FieldConfigReader.absenceIsNotZero))
        default: break
        }
    }

    // MARK: Legends

    static func legend(_ json: TrackedJSON) -> LegendOptions {
        var legend = LegendOptions()
        guard json.isObject else { return legend }
        legend.isShown = json["show"].bool ?? true
        legend.isTable = json["alignAsTable"].bool ?? false
        legend.placement = !legend.isShown ? .hidden : json["rightSide"].bool == true ? .right : .bottom
        let known: [(String, ReduceCalc)] = [
            ("min", .min), ("max", .max), ("avg", .mean), ("current", .lastNotNull), ("total", .sum),
        ]
        let shows = json["values"].bool ?? false
        for (key, calc) in known where json[key].bool == true && shows { legend.calcs.append(calc) }
        legend.sortBy = json["sort"].text.flatMap { ReduceCalc($0) }
        legend.sortsDescending = json["sortDesc"].bool ?? false
        legend.hidesEmpty = json["hideEmpty"].bool ?? false
        legend.hidesZero = json["hideZero"].bool ?? false
        return legend
    }

    // MARK: Thresholds

    private static func readThresholds(
        _ root: TrackedJSON, _ panel: inout PanelDefinition, _ custom: inout CustomConfig,
        _ notices: inout Notices
    ) {
        var steps: [ThresholdStep] = []
        for item in root["thresholds"].elements {
            let json = item.whole
            guard let value = FieldConfigReader.number(json?["value"]) else { continue }
            let named: PanelColor =
                switch json?["colorMode"]?.string {
                case "ok": .ok
                case "warning": .warning
                case "custom":
                    ((json?["lineColor"] ?? json?["fillColor"])?.string).flatMap(ColorNames.color)
                        ?? .critical
                default: .critical
                }
            steps.append(ThresholdStep(value: value, color: named))
        }
        let grid = root["grid"]
        for key in ["threshold1", "threshold2"] {
            if let value = grid[key].number {
                steps.append(ThresholdStep(value: value, color: key == "threshold1" ? .warning : .critical))
            }
        }
        guard !steps.isEmpty else { return }
        custom.thresholdStyle = .line
        panel.defaults.thresholds = Thresholds(
            steps: [ThresholdStep(value: -.infinity, color: .standard)] + steps)
    }

    // MARK: Series overrides

    private static func readSeriesOverride(
        _ item: TrackedJSON, right: Axis, percent: Bool, _ panel: inout PanelDefinition,
        _ notices: inout Notices
    ) {
        guard let alias = item["alias"].text else { return }
        let matcher: FieldMatcher
        if alias.hasPrefix("/") {
            guard let pattern = readPattern(alias, "\(item.path).alias", &notices) else { return }
            matcher = .regex(pattern.regex)
        } else {
            matcher = .name(alias)
        }
        var config = FieldConfig()
        var custom = CustomConfig()
        let json = item.json?.object ?? JSONObject()
        for (key, value) in json {
            _ = item[key]
            switch key {
            case "alias", "$$hashKey", "zindex", "linewidth", "pointradius", "hideTooltip", "fillGradient",
                "hashKey", "dashLength", "spaceLength", "legendLink":
                break
            case "color":
                if let color = value.string.flatMap(ColorNames.color) {
                    config.color = ColorScheme(mode: .fixed, fixed: color)
                } else {
                    notices.add("\(item.path).color", value, .value)
                }
            case "yaxis":
                if value.number == 2 {
                    right.apply(to: &config, &custom)
                    custom.axisPlacement = .right
                }
            case "fill": custom.fillOpacity = FieldConfigReader.number(value).map { $0 * 10 }
            case "lines":
                if value.bool == true { custom.drawStyle = .line }
            case "bars":
                if value.bool == true { custom.drawStyle = .bars }
            case "points":
                if value.bool == true, json["lines"]?.bool == false { custom.drawStyle = .points }
                custom.showsPoints = value.bool
            case "dashes": custom.isDashed = value.bool
            case "steppedLine": custom.isStepped = value.bool
            case "stack":
                if value.bool == false {
                    custom.stacking = CustomConfig.StackMode.none
                } else {
                    let group = value.string ?? "A"
                    custom.stacking = percent ? .percent(group: group) : .normal(group: group)
                }
            case "transform":
                if value.string == "negative-Y" {
                    custom.factor = -1
                } else if value.string == "constant" {
                    custom.isConstant = true
                }
            case "legend": custom.isHiddenFromLegend = value.bool == false
            case "hiddenSeries": custom.isHiddenFromView = value.bool
            case "nullPointMode": setNullMode(value.string, &custom, item, &notices)
            case "decimals": config.decimals = FieldConfigReader.integer(value)
            default: notices.add("\(item.path).\(key)", value)
            }
        }
        config.custom = custom
        panel.overrides.append(FieldOverride(matcher: matcher, config: config))
    }
}
