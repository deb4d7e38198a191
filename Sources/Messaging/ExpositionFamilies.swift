import MetricModel

/// The metric families that a text exposition has spoken of, to find the type of each sample.
struct ExpositionFamilies: Sendable {
    private struct Family: Sendable {
        var name: String
        var type: MetricType?
        var unit = ""
        var help = ""
        var hasSamples = false
    }

    private var families: [Family] = []
    private var indices: [String: Int] = [:]
    /// The family of the last metadata or sample: nearly always that of the next line too.
    private var current: Int?

    /// What was said, in the order of the text.
    var metadata: [MetricMetadata] {
        families.map {
            MetricMetadata(name: $0.name, type: $0.type ?? .unknown, unit: $0.unit, help: $0.help)
        }
    }

    /// - Returns: why the line was passed over; `nil` when it was not.
    mutating func setHelp(_ help: String, of name: String) -> String? {
        guard let index = family(name) else { return Self.tooMany }
        if !families[index].help.isEmpty { return "HELP for `\(name)` comes twice" }
        families[index].help = help
        return nil
    }

    mutating func setUnit(_ unit: String, of name: String) -> String? {
        guard let index = family(name) else { return Self.tooMany }
        if !families[index].unit.isEmpty { return "UNIT for `\(name)` comes twice" }
        if !unit.isEmpty, !name.hasSuffix("_" + unit) {
            return "unit `\(unit)` is not the end of name `\(name)`"
        }
        families[index].unit = unit
        return nil
    }

    mutating func setType(_ type: MetricType, of name: String) -> String? {
        guard let index = family(name) else { return Self.tooMany }
        if families[index].type != nil { return "TYPE for `\(name)` comes twice" }
        if families[index].hasSamples { return "TYPE for `\(name)` comes after its samples" }
        families[index].type = type
        return nil
    }

    /// The type of the family that the sample `name` belongs to, and what the name has beyond the family's.
    mutating func member(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> (
        type: MetricType, suffix: StaticString
    ) {
        if families.isEmpty { return (.unknown, "") }
        if let current, let suffix = suffix(of: name, in: current) {
            families[current].hasSamples = true
            return (families[current].type ?? .unknown, suffix)
        }
        let text = String(decoding: name, as: UTF8.self)
        for suffix in ["", "_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info"]
        where text.hasSuffix(suffix) {
            guard let index = indices[String(text.dropLast(suffix.count))],
                let found = self.suffix(of: name, in: index)
            else { continue }
            current = index
            families[index].hasSamples = true
            return (families[index].type ?? .unknown, found)
        }
        return (.unknown, "")
    }

    /// What `name` has beyond the name of the family, if a sample of its type may have that.
    private func suffix(of name: Slice<UnsafeBufferPointer<UInt8>>, in index: Int) -> StaticString? {
        let family = families[index].name.utf8
        guard name.starts(with: family) else { return nil }
        let rest = name.dropFirst(family.count)
        if rest.isEmpty { return "" }
        let allowed: [StaticString] =
            switch families[index].type ?? .unknown {
            case .counter: ["_total", "_created"]
            case .summary: ["_count", "_sum", "_created"]
            case .histogram: ["_bucket", "_count", "_sum", "_created"]
            case .gaugeHistogram: ["_bucket", "_gcount", "_gsum"]
            case .info: ["_info"]
            case .gauge, .stateSet, .state, .unknown: []
            }
        return allowed.first { suffix in suffix.withUTF8Buffer { $0.elementsEqual(rest) } }
    }

    private mutating func family(_ name: String) -> Int? {
        if let index = indices[name] {
            current = index
            return index
        }
        guard families.count < ExpositionLimits.familiesMax else { return nil }
        families.append(Family(name: name))
        indices[name] = families.count - 1
        current = families.count - 1
        return current
    }

    private static let tooMany = "more than \(ExpositionLimits.familiesMax) metric families"
}
