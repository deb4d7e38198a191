import DisplayText

/// How a unit writes a value: Grafana's `unit` of a field, found by its id or made from the id itself.
struct UnitFormat: Sendable {
    enum Kind: Sendable {
        /// The number with a text after it, a space between them.
        case suffix(String)
        /// A text before the number.
        case prefix(String)
        /// The number with a text directly after it, and a factor before formatting: percent.
        case percent(factor: Double)
        /// The number divided by powers of `factor`, each power with its own suffix; `base` is the suffix of the value
        /// as it is.
        case scaled(factor: Double, suffixes: [String], base: Int)
        /// Thousands as K, M, B, T, then a space and the symbol.
        case count(String)
        case currency(String, isAfter: Bool)
        case duration(DurationUnit)
        case date(DateUnit)
        case boolean(yes: String, no: String)
        case hexadecimal(prefix: String)
        case scientific
        case grouped
        /// The value as text, never counted as a number.
        case text
    }

    var kind: Kind
    /// False when the id is not among Grafana's and only stands after the number.
    var isKnown = true

    init(_ kind: Kind) { self.kind = kind }

    /// Grafana's `none`: the number alone.
    static let none = UnitFormat(.suffix(""))

    /// The unit with this id: of the table, of one of the forms `suffix:`, `prefix:`, `time:`, `si:`, `count:`,
    /// `currency:`, `bool:`, else the id itself as a text after the number.
    static func named(_ id: String?) -> UnitFormat {
        guard let id, !id.isEmpty else { return none }
        if let known = UnitTable.formats[id] { return UnitFormat(known) }
        if let made = made(from: id) { return UnitFormat(made) }
        var free = UnitFormat(.suffix(id))
        free.isKnown = false
        return free
    }

    private static func made(from id: String) -> Kind? {
        guard let colon = id.firstIndex(of: ":"), colon > id.startIndex else { return nil }
        let rest = String(id[id.index(after: colon)...])
        switch id[..<colon] {
        case "prefix": return .prefix(rest)
        case "suffix": return .suffix(rest)
        case "time": return .date(.pattern(rest))
        case "count": return .count(rest)
        case "currency": return .currency(rest, isAfter: false)
        case "si":
            if let first = rest.first, let offset = UnitTable.siOffset(of: first), offset != 0 {
                return UnitTable.si(String(rest.dropFirst()), offset)
            }
            return UnitTable.si(rest)
        case "bool":
            guard let slash = rest.firstIndex(of: "/") else { return .boolean(yes: rest, no: "-") }
            return .boolean(yes: String(rest[..<slash]), no: String(rest[rest.index(after: slash)...]))
        default: return nil
        }
    }

    /// Whether values are points in time.
    var isDate: Bool {
        if case .date = kind { true } else { false }
    }

    var isText: Bool {
        if case .text = kind { true } else { false }
    }

    /// Writes `value`.
    ///
    /// - Parameters:
    ///   - decimals: places after the point; `nil` to choose by the value.
    ///   - zone: for units that are dates.
    func format(_ value: Double, decimals: Int? = nil, zone: ZoneClock = .utc) -> FormattedValue {
        switch kind {
        case .suffix(let text):
            return FormattedValue(
                text: SafeText(NumberText.fixed(value, decimals: decimals)),
                suffix: SafeText(text.isEmpty ? "" : " " + text))
        case .prefix(let text):
            return FormattedValue(
                prefix: SafeText(text), text: SafeText(NumberText.fixed(value, decimals: decimals)))
        case .percent(let factor):
            return FormattedValue(
                text: SafeText(NumberText.fixed(value * factor, decimals: decimals)), suffix: "%")
        case .scaled(let factor, let suffixes, let base):
            return scaled(value, decimals, factor: factor, suffixes: suffixes, base: base)
        case .count(let symbol):
            var result = scaled(value, decimals, factor: 1000, suffixes: UnitTable.thousands, base: 0)
            result.suffix = SafeText(result.suffix.string + " " + symbol)
            return result
        case .currency(let symbol, let isAfter):
            var result = scaled(
                value.magnitude, decimals, factor: 1000, suffixes: UnitTable.thousands, base: 0)
            if isAfter {
                result.suffix = SafeText(result.suffix.string + symbol)
            } else {
                result.prefix = SafeText(symbol)
            }
            if value < 0 { result.prefix = SafeText("-" + result.prefix.string) }
            return result
        case .duration(let unit): return unit.format(value, decimals: decimals)
        case .date(let unit): return FormattedValue(text: SafeText(unit.text(value, zone: zone)))
        case .boolean(let yes, let no):
            return FormattedValue(text: SafeText(value != 0 && !value.isNaN ? yes : no))
        case .hexadecimal(let prefix):
            let rounded =
                decimals.flatMap { NumberText.parse(NumberText.fixed(value, decimals: $0)) } ?? value
            let text = NumberText.hexadecimal(rounded)
            return FormattedValue(
                text: SafeText(
                    text.hasPrefix("-") ? "-" + prefix + text.dropFirst() : prefix + text))
        case .scientific:
            return FormattedValue(text: SafeText(NumberText.scientific(value, decimals: decimals)))
        case .grouped: return FormattedValue(text: SafeText(NumberText.grouped(value, decimals: decimals)))
        case .text: return FormattedValue(text: SafeText(NumberText.shortest(value)))
        }
    }

    private func scaled(
        _ value: Double, _ decimals: Int?, factor: Double, suffixes: [String], base: Int
    ) -> FormattedValue {
        guard value.isFinite, !suffixes.isEmpty else {
            return FormattedValue(text: SafeText(NumberText.fixed(value)))
        }
        // Dividing step by step finds the power without a logarithm's rounding: 1000 is 1 K, never 1000.
        var power = 0
        var size = value.magnitude
        if size >= 1 {
            while size >= factor && base + power < suffixes.count - 1 {
                size /= factor
                power += 1
            }
        } else if size > 0 {
            while size < 1 && base + power > 0 {
                size *= factor
                power -= 1
            }
        }
        return FormattedValue(
            text: SafeText(NumberText.fixed(value < 0 ? -size : size, decimals: decimals)),
            suffix: SafeText(suffixes[base + power]))
    }
}
