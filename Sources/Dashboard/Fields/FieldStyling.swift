import MetricModel

/// A field ready to be drawn: its values, its name, its looks.
struct StyledField: Sendable {
    var field: Field
    var name: String
    var display: FieldDisplay
    var frameIndex: Int

    var config: FieldConfig { display.config }
}

/// Lays a panel's field configuration over its frames.
struct FieldStyling: Sendable {
    var defaults: FieldConfig
    var overrides: [FieldOverride]
    /// Of fields that choose no colours themselves.
    var standardScheme: ColorScheme
    /// Whether the scale may come from the data when the configuration does not set it.
    var scaleFromData = true
    var zone: ZoneClock
    /// Replaces the dashboard's variables in display names and texts.
    var scope: VariableScope

    /// The fields of `frames`, in order, frame by frame.
    func style(_ frames: [Frame]) -> [[StyledField]] {
        let names = FieldNames(frames)
        var panelScale: FieldDisplay.Scale??
        var seriesIndex = 0
        var result: [[StyledField]] = []
        for (frameIndex, frame) in frames.enumerated() {
            var fields: [StyledField] = []
            for (index, field) in frame.fields.enumerated() {
                let plainName = names.name(at: index, in: frame)
                var config = defaults.overlaid(with: field.config)
                for override in overrides
                where override.matcher.matches(field, in: frame, name: plainName) {
                    config = config.overlaid(with: override.config)
                }
                let name = displayName(config, field, frame, plainName)
                if let noValue = config.noValue { config.noValue = scope.replacing(noValue, standard: .text) }
                let scale = scale(config, field) {
                    if let known = panelScale { return known }
                    let found = Self.dataScale(frames)
                    panelScale = .some(found)
                    return found
                }
                let display = FieldDisplay(
                    field: field, config: config, name: name, seriesIndex: seriesIndex, scale: scale,
                    standardScheme: standardScheme, zone: zone)
                if field.kind == .number { seriesIndex += 1 }
                fields.append(
                    StyledField(field: field, name: name, display: display, frameIndex: frameIndex))
            }
            result.append(fields)
        }
        return result
    }

    private func displayName(
        _ config: FieldConfig, _ field: Field, _ frame: Frame, _ plainName: String
    ) -> String {
        guard let template = config.displayName, field.kind != .time || template != Frame.timeName else {
            return plainName
        }
        return scope.replacing(template, standard: .text) { mention in
            FieldMacros.text(mention, field: field, frame: frame, name: plainName)
        }
    }

    private func scale(
        _ config: FieldConfig, _ field: Field, _ data: () -> FieldDisplay.Scale?
    ) -> FieldDisplay.Scale? {
        guard field.kind == .number || field.kind == .series else { return nil }
        if let min = config.min, let max = config.max { return FieldDisplay.Scale(min: min, max: max) }
        let standard: (min: Double, max: Double)? =
            switch config.unit {
            case "percent": (0, 100)
            case "percentunit": (0, 1)
            default: scaleFromData ? nil : (0, 100)
            }
        if let standard {
            return FieldDisplay.Scale(min: config.min ?? standard.min, max: config.max ?? standard.max)
        }
        guard
            let found = config.usesFieldMinMax == true
                ? Self.dataScale([Frame(refID: "", fields: [field])]) : data()
        else { return nil }
        return FieldDisplay.Scale(min: config.min ?? found.min, max: config.max ?? found.max)
    }

    private static func dataScale(_ frames: [Frame]) -> FieldDisplay.Scale? {
        var least = Double.infinity
        var greatest = -Double.infinity
        for frame in frames {
            for field in frame.fields {
                guard case .numbers(let values) = field.values else { continue }
                for case let value? in values where value.isFinite {
                    least = Swift.min(least, value)
                    greatest = Swift.max(greatest, value)
                }
            }
        }
        guard least <= greatest else { return nil }
        // One value alone stands at the top of a scale from zero.
        if least == greatest {
            return FieldDisplay.Scale(min: Swift.min(0, least), max: Swift.max(0, greatest))
        }
        return FieldDisplay.Scale(min: least, max: greatest)
    }
}

/// Names of a field, a series and a row that texts of a panel may mention.
enum FieldMacros {
    static func text(
        _ mention: TemplateText.Mention, field: Field, frame: Frame, name: String, row: Int? = nil
    ) -> String? {
        switch mention.name {
        case "__field":
            guard let path = mention.path else { return name }
            if path == "name" || path == "displayName" { return name }
            if let label = labelName(path) { return field.labels?[label] ?? "" }
            return nil
        case "__field_name": return name
        case "__series", "__series_name": return frame.name ?? name
        case "__labels":
            return mention.path.flatMap { field.labels?[$0] } ?? ""
        case "__value":
            let value = row.map { field.values[$0] } ?? ReduceCalc.lastNotNull.reduce(field.values)
            return value.plain
        case "__data":
            guard let path = mention.path, path.hasPrefix("fields") else { return nil }
            let name = fieldReference(path.dropFirst(6))
            guard
                let other = Int(name).flatMap({ $0 < frame.fields.count ? frame.fields[$0] : nil })
                    ?? frame.fields.first(where: { $0.name == name })
            else { return "" }
            return (row.map { other.values[$0] } ?? ReduceCalc.lastNotNull.reduce(other.values)).plain
        default:
            guard mention.name.hasPrefix("__cell_"), let index = Int(mention.name.dropFirst(7)),
                index < frame.fields.count
            else { return nil }
            return frame.fields[index].values[row ?? 0].plain
        }
    }

    /// `labels.job`, `labels["job"]`.
    private static func labelName(_ path: String) -> String? {
        guard path.hasPrefix("labels") else { return nil }
        return fieldReference(path.dropFirst(6))
    }

    /// `.name`, `["name"]`, `[2]`, with or without a final `.text`, `.numeric`.
    private static func fieldReference(_ path: Substring) -> String {
        var rest = path
        if rest.first == "." {
            rest.removeFirst()
            return String(rest.prefix { $0 != "." })
        }
        guard rest.first == "[", let close = rest.firstIndex(of: "]") else { return String(rest) }
        rest = rest[rest.index(after: rest.startIndex)..<close]
        return rest.filter { $0 != "\"" && $0 != "'" }
    }
}
