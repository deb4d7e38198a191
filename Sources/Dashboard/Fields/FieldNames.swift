import MetricModel

/// The names that fields are shown and matched by.
struct FieldNames: Sendable {
    /// The one label that all fields have, when there is only one: then its value is name enough.
    private let onlyLabel: String?
    private let frameNamesDiffer: Bool

    /// - Parameter frames: all frames of the panel.
    init(_ frames: [Frame]) {
        var names: Set<String> = []
        for frame in frames {
            for field in frame.fields {
                field.labels?.forEachLabel { name, _ in
                    if names.count < 2 { names.insert(String(decoding: name, as: UTF8.self)) }
                }
            }
            if names.count > 1 { break }
        }
        onlyLabel = names.count == 1 ? names.first : nil
        frameNamesDiffer = zip(frames, frames.dropFirst()).contains { $0.name != $1.name }
    }

    /// The name of field `index` of `frame`: as a transformation renamed it, by its legend, its labels or its own name.
    func name(at index: Int, in frame: Frame) -> String {
        let field = frame.fields[index]
        if let renamed = field.config.displayName { return renamed }
        if let legend = field.legend, !legend.isEmpty { return legend }
        if field.kind == .time && field.labels == nil { return unique(index, in: frame) }
        var parts: [String] = []
        var hasFrameName = false
        if frameNamesDiffer, let name = frame.name, !name.isEmpty {
            parts.append(name)
            hasFrameName = true
        }
        let isPlainValue = field.name == Frame.valueName
        var isLabelled = false
        if let labels = field.labels, !labels.isEmpty {
            if let onlyLabel {
                if !isPlainValue { parts.append(field.name) }
                if let value = labels[onlyLabel] {
                    parts.append(value)
                    isLabelled = true
                }
            } else {
                // Prometheus' notation says the same as Grafana's braces and is shorter.
                if !isPlainValue && labels.name == nil { parts.append(field.name) }
                parts.append(labels.description)
                isLabelled = true
            }
        } else if !isPlainValue {
            parts.append(field.name)
        }
        if !hasFrameName, !isLabelled, isPlainValue, let name = frame.name, !name.isEmpty {
            parts.append(name)
        }
        let joined = parts.joined(separator: " ")
        if joined == field.name || joined.isEmpty { return unique(index, in: frame) }
        return joined
    }

    /// All names of `frame`'s fields.
    func names(in frame: Frame) -> [String] { frame.fields.indices.map { name(at: $0, in: frame) } }

    /// The field's own name, numbered when several of the frame have it: a join leaves `Time 1`, `Time 2`.
    private func unique(_ index: Int, in frame: Frame) -> String {
        let own = frame.fields[index].name
        let name = own.isEmpty ? Frame.valueName : own
        var before = 0
        var isAlone = true
        for (other, field) in frame.fields.enumerated() where field.name == own && other != index {
            isAlone = false
            if other < index { before += 1 }
        }
        return isAlone ? name : "\(name) \(before + 1)"
    }
}

/// Puts labels into a legend: `{{job}} on {{instance}}`.
enum LegendTemplate {
    /// The name that a query's `legendFormat` gives to a series.
    ///
    /// - Returns: `nil` for Grafana's automatic legend, which looks at all series together.
    static func name(of labels: LabelSet, format: String, expression: String) -> String? {
        if format == "__auto" { return labels.isEmpty ? expression : nil }
        if format.isEmpty { return labels.isEmpty ? expression : labels.description }
        return replacing(format, labels)
    }

    static func replacing(_ format: String, _ labels: LabelSet) -> String {
        var result = ""
        var rest = Substring(format)
        while let open = rest.range(of: "{{") {
            result += rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].range(of: "}}") else {
                return result + rest[open.lowerBound...]
            }
            let name = rest[open.upperBound..<close.lowerBound].trimmed
            result += labels[name] ?? ""
            rest = rest[close.upperBound...]
        }
        return result + rest
    }
}
