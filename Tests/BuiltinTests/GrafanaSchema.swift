/// What a stock Grafana (10.4 to 12) takes in a dashboard, as far as the built-in dashboards use it: names of members and words.
///
/// From the dashboard kind and the `panelcfg` files of its panels, `alertlist/types.ts`, and the transformers and reducers of
/// `@grafana/data`. What stands here is known there; not all that is known there stands here.
enum GrafanaSchema {
    static let dashboard: Set<String> = [
        "uid", "title", "description", "tags", "schemaVersion", "version", "editable", "graphTooltip",
        "timezone", "refresh",
        "time", "timepicker", "fiscalYearStartMonth", "weekStart", "links", "annotations", "templating",
        "panels", "liveNow",
    ]
    static let panel: Set<String> = [
        "id", "type", "title", "description", "gridPos", "datasource", "targets", "options", "fieldConfig",
        "transformations",
        "transparent", "links", "repeat", "repeatDirection", "maxPerRow", "interval", "maxDataPoints",
        "timeFrom", "timeShift",
        "hideTimeOverride", "pluginVersion",
    ]
    static let variable: Set<String> = [
        "name", "label", "type", "description", "hide", "skipUrlSync", "query", "definition", "datasource",
        "current", "multi",
        "includeAll", "allValue", "options", "refresh", "sort", "regex",
    ]
    static let target: Set<String> = [
        "datasource", "expr", "refId", "editorMode", "legendFormat", "instant", "range", "format", "interval",
        "hide", "exemplar",
    ]
    static let annotation: Set<String> = [
        "builtIn", "datasource", "enable", "hide", "iconColor", "name", "type", "target", "filter",
    ]
    static let fieldDefaults: Set<String> = [
        "unit", "decimals", "min", "max", "displayName", "noValue", "color", "thresholds", "mappings",
        "links", "custom", "description",
    ]

    /// Options of the panels that come with Grafana.
    static let options: [String: Set<String>] = [
        "stat": [
            "reduceOptions", "colorMode", "graphMode", "justifyMode", "orientation", "textMode", "wideLayout",
            "text",
            "showPercentChange", "percentChangeColorMode",
        ],
        "timeseries": ["legend", "tooltip", "timezone", "orientation"],
        "state-timeline": [
            "mergeValues", "showValue", "alignValue", "rowHeight", "legend", "tooltip", "timezone", "perPage",
        ],
        "table": ["frameIndex", "showHeader", "showTypeIcons", "sortBy", "footer", "cellHeight"],
        "alertlist": [
            "viewMode", "groupMode", "groupBy", "maxItems", "sortOrder", "dashboardAlerts", "alertName",
            "alertInstanceLabelFilter",
            "datasource", "folder", "showInstances", "showInactiveAlerts", "stateFilter",
        ],
        "annolist": [
            "onlyFromThisDashboard", "onlyInTimeRange", "tags", "limit", "showUser", "showTime", "showTags",
            "navigateToPanel",
            "navigateBefore", "navigateAfter",
        ],
    ]
    static let reduceOptions: Set<String> = ["values", "limit", "calcs", "fields"]
    static let legend: Set<String> = [
        "displayMode", "placement", "showLegend", "asTable", "sortBy", "sortDesc", "width", "calcs",
    ]
    static let tooltip: Set<String> = ["mode", "sort", "maxWidth", "maxHeight", "hideZeros"]
    static let tableFooter: Set<String> = ["show", "reducer", "fields", "enablePagination", "countRows"]
    static let alertStates: Set<String> = [
        "firing", "pending", "recovering", "noData", "normal", "error", "inactive",
    ]

    /// Members of `fieldConfig.defaults.custom`, also `custom.NAME` of overrides.
    static let custom: [String: Set<String>] = [
        "stat": [],
        "timeseries": [
            "drawStyle", "lineInterpolation", "lineWidth", "lineStyle", "fillOpacity", "gradientMode",
            "showPoints", "pointSize",
            "spanNulls", "axisPlacement", "axisLabel", "axisSoftMin", "axisSoftMax", "axisCenteredZero",
            "axisColorMode",
            "axisBorderShow", "barAlignment", "scaleDistribution", "stacking", "thresholdsStyle", "hideFrom",
            "fillBelowTo",
            "insertNulls", "transform",
        ],
        "state-timeline": ["fillOpacity", "lineWidth", "hideFrom"],
        "table": ["align", "cellOptions", "width", "minWidth", "inspect", "filterable", "hidden"],
        "alertlist": [], "annolist": [],
    ]

    static let words: [String: Set<String>] = [
        "colorMode": ["value", "background", "background_solid", "none"], "graphMode": ["none", "area"],
        "justifyMode": ["auto", "center"], "orientation": ["auto", "horizontal", "vertical"],
        "textMode": ["auto", "value", "value_and_name", "name", "none"],
        "displayMode": ["list", "table", "hidden"],
        "placement": ["bottom", "right"], "showValue": ["auto", "always", "never"],
        "alignValue": ["center", "left", "right"],
        "cellHeight": ["sm", "md", "lg"], "viewMode": ["list", "stat"], "groupMode": ["default", "custom"],
        "drawStyle": ["line", "bars", "points"],
        "lineInterpolation": ["linear", "smooth", "stepBefore", "stepAfter"],
        "showPoints": ["auto", "never", "always"], "axisPlacement": ["auto", "left", "right", "hidden"],
        "align": ["auto", "left", "center", "right"], "editorMode": ["code", "builder"],
        "format": ["time_series", "table", "heatmap"],
    ]
    static let cellTypes: Set<String> = [
        "auto", "color-text", "color-background", "gauge", "sparkline", "json-view", "image", "data-links",
        "actions",
    ]
    static let colorModes: Set<String> = [
        "thresholds", "palette-classic", "palette-classic-by-name", "fixed", "shades", "continuous-GrYlRd",
    ]
    static let calcs: Set<String> = [
        "lastNotNull", "last", "firstNotNull", "first", "min", "max", "mean", "median", "sum", "count",
        "range", "delta", "diff",
    ]
    static let transformations: [String: Set<String>] = [
        "merge": [], "organize": ["excludeByName", "indexByName", "renameByName", "includeByName"],
        "sortBy": ["fields", "sort"],
        "joinByField": ["byField", "mode"], "timeSeriesTable": [],
        "filterFieldsByName": ["include", "exclude"],
    ]
    static let variableTypes: Set<String> = [
        "query", "datasource", "custom", "constant", "interval", "textbox", "adhoc", "switch",
    ]
}
