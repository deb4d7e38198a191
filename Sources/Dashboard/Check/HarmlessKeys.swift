/// Keys that planetop passes over on purpose: what they ask for has no meaning in a terminal, or belongs to Grafana's
/// own editor and storage. Nothing that a reader of the dashboard would miss may stand here.
enum HarmlessKeys {
    /// Of a field.
    static let field: Set<String> = [
        // Links lead out of the panel; nothing can be clicked.
        "links", "actions",
        "filterable", "writeable", "path", "description", "interval", "type", "displayNameFromDS",
        // Written by Grafana's editor.
        "id", "unitScale",
    ]

    /// Under `custom`.
    static let custom: Set<String> = [
        // Strokes finer than a terminal's dots.
        "lineInterpolation", "pointSize", "gradientMode", "barAlignment", "barWidthFactor", "barMaxWidth",
        "lineStyle.dash", "pointColor", "pointSymbol", "insertNulls", "fillColor", "fillGradient",
        // Where the browser puts things.
        "axisColorMode", "axisGridShow", "axisBorderShow", "axisWidth", "axisTickLength", "tooltip",
        "hideFrom.tooltip", "inspect", "filterable", "minWidth", "wrapHeaderText", "wrapText", "cellHeight",
        "inline", "links",
    ]

    /// Of a panel, whatever its type.
    static let panel: Set<String> = [
        "links", "pluginVersion", "transparent", "tooltip", "hideTimeOverride", "cacheTimeout",
        "queryCachingTTL", "editable", "error", "height", "minHeight", "span", "isNew", "renderer", "scopedVars",
        "version", "$$hashKey", "hashKey", "percentage", "repeatIteration", "repeatPanelId", "repeatedByRow",
        "snapshotData", "key", "vizConfigKind", "grid", "leftYAxisLabel", "rightYAxisLabel", "zerofill",
        "x-axis", "y-axis", "dashes", "dashLength", "spaceLength", "hiddenSeries", "pointradius", "linewidth",
        "fillGradient", "timeRegions", "datasourceErrors", "iteration", "mode", "hideTimeFrom", "hideTimeShift",
        "headings", "interval_", "fontSize", "showHeader_", "scroll", "pageSize", "mappingTypes",
        "valueFontSize", "prefixFontSize", "postfixFontSize", "nullText_", "libraryPanelVersion",
        "timezone", "type_", "panelDescription", "savedQueryLink", "annotationFilter",
        "dataFormat_", "strokeWidth", "sideWidth", "cornerRadius", "labelSpacing",
    ]

    /// Of a panel's `options`.
    static let options: Set<String> = [
        "tooltip", "timezone", "justifyMode", "wideLayout", "text", "percentChangeColorMode", "sizing",
        "minVizHeight", "minVizWidth", "maxVizHeight", "namePlacement", "showThresholdLabels",
        "cellHeight", "frameIndex", "enablePagination", "perPage", "rowHeight", "colWidth", "alignValue",
        "pieType", "barWidth", "groupWidth", "barRadius", "xTickLabelMaxLength", "xTickLabelRotation",
        "xTickLabelSpacing", "fullHighlight", "tooltipOptions", "barShape", "effects", "barWidthFactor",
        "segmentCount", "segmentSpacing", "sparkline", "endpointMarker", "glow", "neutral", "shape",
        "showThresholdMarkers", "valueMode", "exemplars", "rowsFrame", "filterValues", "selectionMode",
        "annotations", "timeCompare", "maxHeight", "enableSharedCrosshair", "disableKeyboardEvents",
        "disableTextWrap", "textMode_", "code", "showUnfilled", "fontSize", "fieldOptions",
        "displayLabels", "combine", "bucketCount", "dataLinks", "timeShift_", "showLegend_",
    ]

    /// Of a dashboard.
    static let dashboard: Set<String> = [
        "id", "version", "iteration", "editable", "gnetId", "hideControls", "sharedCrosshair", "graphTooltip",
        "style", "links", "fiscalYearStartMonth", "liveNow", "weekStart", "timepicker", "__requires",
        "__elements", "originalTitle", "overwrite", "message", "preload", "revision", "isStarred", "folderId",
        "folderUid", "meta", "description", "schemaVersion", "nav", "snapshot", "slug", "url", "cursorSync",
        "fiscalYear", "public", "scopeMeta", "__tests", "dashboardId", "isFolder", "canSave", "$$hashKey",
    ]

    /// Of a target.
    static let target: Set<String> = [
        "exemplar", "editorMode", "useBackend", "disableTextWrap", "fullMetaSearch", "includeNullMetadata",
        "hideTimeOverride", "metric", "requestId", "utcOffsetSec", "queryType", "$$hashKey", "hashKey",
        "target", "errors", "showMetricName", "prometheusQueryType", "crossSeriesReducer", "scope",
        "calculatedInterval", "datasourceErrors", "key", "displayAliases", "aliasMode", "adhocFilters",
        "intervalMs", "maxDataPoints", "datasourceId", "groupBy", "labelSelector", "aggregation", "type",
        "queryHistoryId", "fromExploreMetrics", "resultFormat", "slug", "refCount", "operation", "dsType",
        "alias", "measurement", "orderByTime", "policy", "select", "tags", "query", "rawQuery", "bucketAggs",
        "metrics", "timeField", "hidden", "legendLink", "useMetricsBrowser", "tick", "qryType", "expression",
        "version",
    ]
}
