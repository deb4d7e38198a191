import JSON
import MetricModel

/// Reads the properties under `custom`, which belong to kinds of panels.
enum CustomConfigReader {
    static func set(
        _ id: String, _ value: JSONValue, in custom: inout CustomConfig, path: String,
        _ notices: inout Notices
    ) {
        switch id {
        case "drawStyle":
            switch value.string {
            case "line": custom.drawStyle = .line
            case "bars": custom.drawStyle = .bars
            case "points": custom.drawStyle = .points
            default: notices.add(path, value, .value)
            }
        case "fillOpacity": custom.fillOpacity = FieldConfigReader.number(value)
        case "lineWidth": custom.lineWidth = FieldConfigReader.number(value)
        case "lineStyle":
            let fill = value["fill"]?.string ?? value.string
            custom.isDashed = fill == "dash" || fill == "dot"
        case "lineInterpolation":
            custom.isStepped = value.string == "stepAfter" || value.string == "stepBefore"
        case "showPoints": custom.showsPoints = value.string == "always"
        case "stacking": custom.stacking = stacking(value)
        case "axisPlacement":
            custom.axisPlacement = value.string.flatMap(CustomConfig.AxisPlacement.init(rawValue:))
            if custom.axisPlacement == nil { notices.add(path, value, .value) }
        case "axisLabel": custom.axisLabel = FieldConfigReader.text(value)
        case "axisSoftMin": custom.axisSoftMin = FieldConfigReader.number(value)
        case "axisSoftMax": custom.axisSoftMax = FieldConfigReader.number(value)
        case "axisCenteredZero": custom.axisCentersZero = value.bool
        case "scaleDistribution": custom.scale = scale(value, path: path, &notices)
        case "spanNulls":
            if let milliseconds = value.number {
                custom.spanNulls = .upTo(TimeSpan(seconds: milliseconds / 1000))
            } else {
                custom.spanNulls = value.bool == true ? .always : .never
            }
        case "transform":
            switch value.string {
            case "negative-Y": custom.factor = -1
            case "constant": custom.isConstant = true
            case nil, "": break
            default: notices.add(path, value, .value)
            }
        case "hideFrom":
            if value["viz"]?.bool == true || value["graph"]?.bool == true { custom.isHiddenFromView = true }
            if value["legend"]?.bool == true { custom.isHiddenFromLegend = true }
        case "hideFrom.viz": custom.isHiddenFromView = value.bool
        case "hideFrom.legend": custom.isHiddenFromLegend = value.bool
        case "thresholdsStyle":
            switch value["mode"]?.string {
            case "line", "dashed", "area", "line+area", "dashed+area": custom.thresholdStyle = .line
            case "series", "off", nil: custom.thresholdStyle = .off
            default: notices.add("\(path).mode", value["mode"], .value)
            }
        default: setTable(id, value, in: &custom, path: path, &notices)
        }
    }

    private static func setTable(
        _ id: String, _ value: JSONValue, in custom: inout CustomConfig, path: String,
        _ notices: inout Notices
    ) {
        switch id {
        case "align":
            switch value.string {
            case "left": custom.alignment = .left
            case "right": custom.alignment = .right
            case "center": custom.alignment = .center
            case "auto", nil: custom.alignment = nil
            default: notices.add(path, value, .value)
            }
        case "width": custom.width = FieldConfigReader.number(value)
        case "hidden", "hideFrom.table": custom.isHidden = value.bool
        case "cellOptions":
            custom.cell = cell(
                value["type"]?.string, mode: value["mode"]?.string, path: "\(path).type", &notices)
            custom.appliesToRow = value["applyToRow"]?.bool
            if custom.cell == .sparkline, value["hideValue"]?.bool == true { custom.cell = .bareSparkline }
        case "displayMode": custom.cell = cell(value.string, mode: nil, path: path, &notices)
        case "footer.reducers":
            custom.footerCalcs = value.elements.compactMap { $0.string.flatMap { ReduceCalc($0) } }
        case "footer":
            if let calcs = value["reducers"]?.array {
                custom.footerCalcs = calcs.compactMap { $0.string.flatMap { ReduceCalc($0) } }
            }
        default:
            if !HarmlessKeys.custom.contains(id), !FieldConfigReader.isEmpty(value) {
                notices.add(path, value)
            }
        }
    }

    private static func stacking(_ value: JSONValue) -> CustomConfig.StackMode {
        let group = value["group"]?.string ?? "A"
        return switch value["mode"]?.string ?? value.string {
        case "normal", "value": .normal(group: group)
        case "percent": .percent(group: group)
        default: .none
        }
    }

    private static func scale(
        _ value: JSONValue, path: String, _ notices: inout Notices
    ) -> CustomConfig.ScaleKind? {
        switch value["type"]?.string {
        case "log", "symlog": return .logarithmic(base: FieldConfigReader.number(value["log"]) ?? 10)
        case "linear", "ordinal", nil: return .linear
        default:
            notices.add("\(path).type", value["type"], .value)
            return nil
        }
    }

    private static func cell(
        _ type: String?, mode: String?, path: String, _ notices: inout Notices
    ) -> CustomConfig.CellKind? {
        switch type {
        case "auto", nil, "": return .auto
        // What these show beside the text has no place in a terminal's cell.
        case "json-view", "data-links", "markdown", "basic-text", "text": return .text
        case "color-text": return .colorText
        case "color-background", "color-background-solid", "pill": return .colorBackground
        case "gauge", "basic", "lcd-gauge", "gradient-gauge": return .gauge
        case "sparkline": return .sparkline
        default:
            notices.add(path, text: type ?? "", .value)
            return nil
        }
    }
}
