/// Keys that planetop passes over on purpose: what they ask for has no meaning in a terminal, or belongs to Grafana's
/// own editor and storage. Nothing that a reader of the dashboard would miss may stand here.
enum HarmlessKeys {
    /// Of a field.
    static let field: Set<String> = [
        // Links lead out of the panel; nothing can be clicked.
        "links", "actions",
        // Written by Grafana's editor and its data sources.
        "filterable", "writeable", "path", "description", "interval", "type", "displayNameFromDS",
        "unitScale",
    ]

    /// Under `custom`.
    static let custom: Set<String> = [
        // Strokes finer than a terminal's dots.
        "lineInterpolation", "pointSize", "gradientMode", "barAlignment", "barWidthFactor", "barMaxWidth",
        "lineStyle.dash", "dashPattern", "pointColor", "pointSymbol", "insertNulls", "fillGradient",
        // Where and how the browser puts things.
        "axisColorMode", "axisGridShow", "axisBorderShow", "axisWidth", "axisTickLength", "tooltip",
        "hideFrom.tooltip", "inspect", "filterable", "minWidth", "wrapHeaderText", "wrapText", "cellHeight",
        "links",
    ]

    /// Wherever it stands.
    static let everywhere: Set<String> = ["$$hashKey", "hashKey", "tooltip"]

    /// Of a panel, whatever its type.
    private static let panel: Set<String> = [
        "links", "pluginVersion", "transparent", "hideTimeOverride", "cacheTimeout", "queryCachingTTL",
        // Grafana's storage, and what its editor leaves behind.
        "editable", "error", "isNew", "renderer", "scopedVars", "version", "repeatIteration", "repeatPanelId",
        "repeatedByRow", "snapshotData", "libraryPanel", "h", "w", "x", "y", "editMode", "collapsed",
        // Heights and widths of rows before the grid came.
        "height", "minHeight", "span", "minSpan", "fontSize", "pageSize", "scroll", "legendType",
        "valueFontSize", "prefixFontSize", "postfixFontSize", "postfixFontColor", "mappingTypes",
        // Strokes and the browser's canvas.
        "linewidth", "pointradius", "dashLength", "spaceLength", "dashlength", "spacelength", "paceLength",
        "fillGradient", "hiddenSeries", "zerofill", "strokeWidth", "pieType", "breakPoint", "combine",
        "highlightCards", "cards", "dataFormat", "color", "legend", "tooltipDecimals", "xAxis",
        "xBucketNumber", "xBucketSize",
        "hideZeroBuckets", "yBucketBound", "yaxis", "x-axis", "y-axis", "headings", "search", "starred",
        "percentage", "displayName", "format_", "nullpointmode", "timeRegions", "datasourceUid",
        // A panel that has moved on from its old type keeps the old keys without using them.
        "lines", "bars", "points", "fill", "stack", "steppedLine", "dashes", "nullPointMode", "yaxes",
        "xaxis",
        "aliasColors", "seriesOverrides", "grid", "thresholds", "decimals", "format", "colors", "colorValue",
        "colorBackground", "gauge", "sparkline", "valueName", "valueMaps", "rangeMaps", "mappingType",
        "postfix",
        "prefix", "nullText", "styles", "columns", "transform", "sort", "showHeader", "content", "mode",
        "maxDataPoints", "repeatDirection", "maxPerRow", "options.alertThreshold",
    ]

    /// Of a panel's `options`.
    private static let options: Set<String> = [
        "timezone", "justifyMode", "wideLayout", "text", "percentChangeColorMode", "sizing", "alertThreshold",
        "minVizHeight", "minVizWidth", "maxVizHeight", "namePlacement", "showThresholdLabels", "showUnfilled",
        "showThresholdMarkers", "cellHeight", "maxRowHeight", "enablePagination", "perPage", "rowHeight",
        "colWidth", "alignValue", "pieType", "barWidth", "groupWidth", "barRadius", "xTickLabelMaxLength",
        "xTickLabelRotation", "xTickLabelSpacing", "fullHighlight", "tooltipOptions", "barShape", "effects",
        "barWidthFactor", "segmentCount", "segmentSpacing", "endpointMarker", "glow", "shape", "valueMode",
        "exemplars", "selectionMode", "annotations", "enableSharedCrosshair", "disableKeyboardEvents",
        "disableTextWrap", "code", "displayMode", "displayLabels", "orientation", "showValue", "rowsFrame",
        "cellGap", "cellRadius", "cellValues", "color", "filterValues", "legend", "mode", "showColorScale",
        "folder", "showInstances", "datasource", "colorMode", "graphMode", "textMode", "content",
        "nestedRows",
        "typeInfo", "sortOrder", "orgId", "xTickLabel", "nameFilter", "fieldOptions", "reduceOptions",
        "showHeader", "showLegend", "calculation",
    ]

    /// Of a dashboard.
    static let dashboard: Set<String> = [
        "id", "version", "iteration", "editable", "gnetId", "hideControls", "sharedCrosshair", "graphTooltip",
        "style", "links", "fiscalYearStartMonth", "liveNow", "weekStart", "timepicker", "__requires",
        "__elements", "originalTitle", "overwrite", "message", "preload", "revision", "isStarred", "folderId",
        "folderUid", "meta", "description", "schemaVersion", "nav", "snapshot", "slug", "url", "inputs",
        "folder",
        "hideTimepicker", "scopeMeta", "dashboardId", "isFolder", "originalTags", "system", "public",
        "nowDelay",
    ]

    /// Of a query for Prometheus.
    private static let target: Set<String> = [
        // The editor's state.
        "editorMode", "useBackend", "disableTextWrap", "fullMetaSearch", "includeNullMetadata", "metric",
        "requestId", "queryType", "prometheusQueryType", "useMetricsBrowser", "prometheusLink",
        "showMetricName",
        "calculatedInterval", "datasourceErrors", "errors", "key", "intervalMs", "maxDataPoints",
        "datasourceId",
        "fromExploreMetrics", "utcOffsetSec", "hideTimeOverride", "version", "scopes", "adhocFilters",
        // Marks that no series of planetop carries.
        "exemplar",
        // Left over from a query for another source in the same place.
        "target", "dsType", "groupBy", "measurement", "orderByTime", "policy", "resultFormat", "select",
        "tags",
        "query", "rawQuery", "alias", "bucketAggs", "metrics", "timeField", "aggregation", "decimals",
        "displayAliasType", "displayType", "displayValueWithAlias", "units", "valueHandler", "logBase",
        "textEditor",
        "intervalfactor", "refid", "application", "functions", "group", "host", "item", "mode", "options",
        "label",
        "type", "displayAliases", "aliasMode", "tick", "hidden", "bucketize", "dimensions", "period",
        "namespace",
        "metricName", "region", "statistic", "statistics",
    ]

    /// Of a variable.
    static let variable: Set<String> = [
        "skipUrlSync", "refresh", "definition", "tagsQuery", "tags", "tagValuesQuery", "tagValues", "useTags",
        "description", "datasource", "id", "rootStateKey", "state", "error", "global", "index", "hideLabel",
        "allowCustomValue", "current", "options", "multi", "includeAll", "allValue", "regex", "sort", "auto",
        "auto_count", "auto_min", "queryValue", "query", "canSelectGroups", "multiFormat", "refresh_on_load",
        "selected", "allFormat", "initLock", "hideVariable", "origin", "defaultKeys", "regexApplyTo",
        "filters",
        "enabledValue", "disabledValue", "optionsLoaded", "usedInRepeat", "$$hashKey", "showPairs",
    ]

    /// Whether a panel's member that nothing reads is passed over on purpose.
    ///
    /// - Parameter path: from the panel.
    static func isHarmless(_ path: String, _ key: String) -> Bool {
        if everywhere.contains(key) { return true }
        let parts = path.split(separator: ".", maxSplits: 2)
        switch parts.first {
        case "options"?: return parts.count > 2 ? innerOptions.contains(key) : options.contains(key)
        case let first? where first.hasPrefix("targets["): return target.contains(key)
        case "legend"?, "gauge"?, "sparkline"?, "yaxes"?, "xaxis"?, "grid"?, "yAxis"?: return true
        default: return parts.count > 1 && parts[0].hasPrefix("yaxes[") || panel.contains(key)
        }
    }

    /// Inside of an object among the options.
    private static let innerOptions: Set<String> = [
        "width", "enablePagination", "sortBy", "sortDesc", "isVisible", "showLegend", "displayMode",
        "placement",
        "calcs", "asTable", "values", "xBuckets", "yBuckets", "axisPlacement", "axisLabel", "axisColorMode",
        "axisCenteredZero", "axisGridShow", "axisWidth", "scaleDistribution", "limit", "overrides",
        "thresholds",
        "mode", "defaults", "fields", "override", "scale", "value", "show",
    ]
}
