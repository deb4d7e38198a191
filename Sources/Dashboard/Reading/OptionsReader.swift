import JSON

/// Reads a panel's `options`.
enum OptionsReader {
    /// `reduceOptions`, or `fieldOptions` of Grafana 6.
    static func reduce(_ options: TrackedJSON, _ notices: inout Notices) -> ReduceOptions {
        var result = ReduceOptions()
        let old = options.json?["fieldOptions"] != nil && options.json?["reduceOptions"] == nil
        let json = old ? options["fieldOptions"] : options["reduceOptions"]
        var calcs: [ReduceCalc] = []
        for calc in json["calcs"].elements {
            if let known = calc.string.flatMap({ ReduceCalc($0) }) {
                calcs.append(known)
            } else {
                notices.add(calc.path, calc.json, .value)
            }
        }
        if !calcs.isEmpty { result.calcs = calcs }
        result.showsAllValues = json["values"].bool ?? false
        result.limit = json["limit"].integer.flatMap { $0 > 0 ? $0 : nil }
        if let fields = json["fields"].text {
            if fields == "/.*/" {
                result.fields = .all
            } else if fields.hasPrefix("/") {
                if let pattern = readPattern(fields, "\(json.path).fields", &notices) {
                    result.fields = .matching(pattern)
                }
            } else {
                result.fields = .named(fields)
            }
        }
        return result
    }

    static func stat(_ options: TrackedJSON, _ notices: inout Notices) -> StatOptions {
        var result = StatOptions(reduce: reduce(options, &notices))
        switch options["colorMode"].string {
        case "background", "background_solid": result.colorMode = .background
        case "none": result.colorMode = .none
        default: result.colorMode = .value
        }
        result.showsSparkline = options["graphMode"].string.map { $0 != "none" } ?? false
        switch options["textMode"].string {
        case "value": result.text = .value
        case "value_and_name": result.text = .valueAndName
        case "name": result.text = .name
        case "none": result.text = .none
        default: result.text = .auto
        }
        return result
    }

    static func pie(_ options: TrackedJSON, _ notices: inout Notices) -> ReduceOptions {
        let legend = options["legend"]
        for key in ["values", "showLegend", "displayMode", "placement", "asTable", "isVisible", "calcs"] {
            _ = legend[key].whole
        }
        return reduce(options, &notices)
    }

    static func legend(_ json: TrackedJSON) -> LegendOptions {
        var legend = LegendOptions()
        let mode = json["displayMode"].string
        legend.isShown = json["showLegend"].bool ?? json["isVisible"].bool ?? (mode != "hidden")
        if mode == "hidden" { legend.isShown = false }
        legend.isTable = mode == "table" || json["asTable"].bool == true
        legend.placement = json["placement"].string == "right" ? .right : .bottom
        if !legend.isShown { legend.placement = .hidden }
        legend.calcs = json["calcs"].strings.compactMap { ReduceCalc($0) }
        if let sortBy = json["sortBy"].text {
            legend.sortBy = calc(titled: sortBy)
            legend.sortsByName = legend.sortBy == nil
        }
        legend.sortsDescending = json["sortDesc"].bool ?? false
        legend.hidesEmpty = json["hideEmpty"].bool ?? false
        legend.hidesZero = json["hideZero"].bool ?? false
        return legend
    }

    /// The calculation whose column has this title, in today's words or in those of old legends.
    static func calc(titled title: String) -> ReduceCalc? {
        if let calc = ReduceCalc(title) ?? ReduceCalc(title.lowercased()) { return calc }
        let all: [ReduceCalc] = [
            .lastNotNull, .last, .firstNotNull, .first, .min, .max, .mean, .median, .sum, .count, .range,
            .delta,
            .step, .diff, .diffPercent, .logMin, .changeCount, .distinctCount, .variance, .stdDev,
        ]
        return all.first { $0.title == title }
    }

    static func barChart(_ options: TrackedJSON, _ notices: inout Notices) -> BarChartOptions {
        var result = BarChartOptions(legend: legend(options["legend"]))
        result.xField = options["xField"].text
        result.isHorizontal = options["orientation"].string == "horizontal"
        switch options["stacking"].string {
        case "normal": result.stacking = .normal(group: "A")
        case "percent": result.stacking = .percent(group: "A")
        default: break
        }
        return result
    }

    static func table(_ options: TrackedJSON, _ notices: inout Notices) -> TableOptions {
        var result = TableOptions()
        result.showsHeader = options["showHeader"].bool ?? true
        result.frameIndex = max(0, options["frameIndex"].integer ?? 0)
        result.sort = options["sortBy"].elements.compactMap { item in
            item["displayName"].text.map { ($0, item["desc"].bool ?? false) }
        }
        let footer = options["footer"]
        result.showsFooter = footer["show"].bool ?? false
        let calcs = footer["reducer"].strings + (footer["reducer"].string.map { [$0] } ?? [])
        result.footerCalc = calcs.first.flatMap { ReduceCalc($0) }
        result.footerCountsRows = footer["countRows"].bool ?? false
        let fields = footer["fields"]
        result.footerFields = fields.strings + (fields.text.map { [$0] } ?? [])
        return result
    }

    static func stateTimeline(_ options: TrackedJSON, isHistory: Bool) -> StateTimelineOptions {
        var result = StateTimelineOptions(isHistory: isHistory)
        result.merges = options["mergeValues"].bool ?? !isHistory
        result.showsValues = options["showValue"].string != "never"
        let legend = legend(options["legend"])
        result.showsLegend = legend.isShown
        return result
    }

    /// Heatmaps of Grafana 9 and later, and the ones before, whose keys stand in the panel itself.
    static func heatmap(_ options: TrackedJSON, _ root: TrackedJSON, _ notices: inout Notices)
        -> HeatmapOptions
    {
        var result = HeatmapOptions()
        if options.json?["calculate"] == nil, root.json?["dataFormat"] != nil {
            result.calculates = root["dataFormat"].string != "tsbuckets"
            result.isReversed = root["reverseYBuckets"].bool ?? false
            result.bucketCount = root["yBucketNumber"].integer
            result.bucketSize = root["yBucketSize"].number
            let axis = root["yAxis"]
            result.unit = axis["format"].text
            result.decimals = axis["decimals"].integer
            result.min = axis["min"].number
            result.max = axis["max"].number
            return result
        }
        result.calculates = options["calculate"].bool ?? false
        let buckets = options["calculation"]["yBuckets"]
        if buckets["mode"].string == "size" {
            result.bucketSize = buckets["value"].number
        } else {
            result.bucketCount = buckets["value"].integer
        }
        let axis = options["yAxis"]
        result.unit = axis["unit"].text
        result.decimals = axis["decimals"].integer
        result.min = axis["min"].number
        result.max = axis["max"].number
        result.isReversed = axis["reverse"].bool ?? false
        return result
    }
}

/// Reads the options of alert lists.
enum AlertListReader {
    static func read(_ options: TrackedJSON, _ root: TrackedJSON, _ notices: inout Notices)
        -> AlertListOptions
    {
        var result = AlertListOptions()
        // Before Grafana 8 the options stood in the panel itself, before that under other names.
        let at = options.isObject ? options : root
        result.countMax = (at["maxItems"].integer ?? at["limit"].integer).flatMap { $0 > 0 ? $0 : nil }
        switch at["sortOrder"].integer {
        case 1: result.order = .alphabetical
        case 2: result.order = .reversed
        case 4: result.order = .timeAscending
        case 5: result.order = .timeDescending
        default: result.order = .importance
        }
        result.name = at["alertName"].text ?? at["nameFilter"].text
        result.labelFilter = at["alertInstanceLabelFilter"].text
        result.onlyThisDashboard =
            (at["dashboardAlerts"].bool ?? false) || (at["onlyAlertsOnDashboard"].bool ?? false)
        result.showsCountOnly = at["viewMode"].string == "stat"
        result.groupBy = at["groupMode"].string == "custom" ? at["groupBy"].strings : []
        let filter = at["stateFilter"]
        if let list = filter.json?.array {
            _ = filter.whole
            if !list.isEmpty { result.states = Set(list.compactMap(\.string)) }
        } else if let flags = filter.json?.object {
            _ = filter.whole
            result.states = Set(flags.filter { $0.value.bool == true }.map(\.key))
        }
        if at["showInactiveAlerts"].bool == true { result.states?.insert("normal") }
        if at["show"].string == "changes" {
            notices.add("\(at.path).show", at.json?["show"], .leftOut("only what is active is listed"))
        }
        return result
    }
}
