/// Which colours and attributes the roles have.
///
/// Made from a flat dictionary, as a theme file holds it: keys are `Theme.keys`, values a colour (`#rrggbb`, 0-255, a name
/// such as `bright-red`, `default`), attributes (`bold`, `dim`, `reverse`, `underline`), or a colour and attributes.
package struct Theme: Sendable, Equatable {
    /// A role's look before the depth of the terminal is known.
    package struct Entry: Sendable, Hashable {
        package var color: Color
        package var attributes: Style.Attributes

        package init(_ color: Color, _ attributes: Style.Attributes = []) {
            self.color = color
            self.attributes = attributes
        }
    }

    /// What is wrong with one entry of a theme; the entry alone is ignored.
    package struct Complaint: Sendable, Hashable, CustomStringConvertible {
        package var key: String
        package var what: String
        package var fix: String

        package var description: String { "\(what); \(fix)" }
    }

    package let name: String
    private var roles: [ColorRole: Entry]
    /// Colours of series, in their order; more series begin again.
    package private(set) var series: [Entry]
    /// Background and foreground of pictures, 0xRRGGBB: a terminal keeps its own.
    package private(set) var pictureBackground: UInt32
    package private(set) var pictureForeground: UInt32

    /// Series that a theme can colour.
    package static let seriesMax = 24

    private static let roleKeys: [(key: String, role: ColorRole)] = [
        ("text", .standard), ("dim", .dim), ("accent", .accent), ("ok", .ok), ("pending", .pending),
        ("firing", .firing), ("critical", .critical), ("warning", .warning), ("no_data", .noData),
        ("error", .error), ("recovering", .recovering),
    ]

    /// All keys that a theme may have.
    package static let keys: [String] =
        roleKeys.map(\.key) + (1...seriesMax).map { "series\($0)" }
        + ["picture_background", "picture_foreground"]

    /// Reads a theme; entries that `complaints(about:)` names are ignored, missing ones are those of `base`.
    ///
    /// - Parameter keepsSeries: whether series that are not named are those of `base` too. Otherwise a theme that names
    ///   any series has those and no others.
    package init(name: String, colors: [String: String], base: Theme = .standard, keepsSeries: Bool = false) {
        self.init(name: name, copying: base)
        apply(colors, keepsSeries: keepsSeries)
    }

    init(name: String, builtIn colors: [String: String]) {
        self.name = name
        roles = [:]
        series = []
        pictureBackground = 0x111417
        pictureForeground = 0xd4d8dc
        apply(colors, keepsSeries: false)
    }

    private init(name: String, copying base: Theme) {
        self.name = name
        roles = base.roles
        series = base.series
        pictureBackground = base.pictureBackground
        pictureForeground = base.pictureForeground
    }

    private mutating func apply(_ colors: [String: String], keepsSeries: Bool) {
        for (key, role) in Self.roleKeys {
            if let entry = colors[key].flatMap(Self.entry) { roles[role] = entry }
        }
        let named = (1...Self.seriesMax).map { colors["series\($0)"].flatMap(Self.entry) }
        if keepsSeries {
            series = named.indices.compactMap {
                named[$0] ?? (series.indices.contains($0) ? series[$0] : nil)
            }
        } else if named.contains(where: { $0 != nil }) {
            series = named.compactMap(\.self)
        }
        if let color = colors["picture_background"].flatMap(Color.init)?.rgb { pictureBackground = color }
        if let color = colors["picture_foreground"].flatMap(Color.init)?.rgb { pictureForeground = color }
    }

    /// What cannot be used in `colors`: unknown keys with the one probably meant, and values that are no colour.
    package static func complaints(about colors: [String: String]) -> [Complaint] {
        colors.keys.sorted().compactMap { key in
            guard keys.contains(key) else {
                let near = keys.min { distance($0, key) < distance($1, key) }
                let hint = near.flatMap { distance($0, key) <= 2 ? "did you mean `\($0)`?" : nil }
                return Complaint(
                    key: key, what: "unknown theme key `\(key)`",
                    fix: hint ?? "use one of text, dim, accent, ok, …, series1 to series\(seriesMax)")
            }
            let value = colors[key] ?? ""
            let isPicture = key.hasPrefix("picture_")
            let isGood = isPicture ? Color(value)?.rgb != nil : entry(value) != nil
            if isGood { return nil }
            return Complaint(
                key: key, what: "`\(value)` of `\(key)` is not a colour",
                fix: "write #rrggbb, 0 to 255, a name such as bright-red"
                    + (isPicture ? "" : ", or default, then bold, dim, reverse or underline"))
        }
    }

    private static func entry(_ text: String) -> Entry? {
        var entry = Entry(.terminal)
        var words = text.split(separator: " ").map(String.init)
        guard let first = words.first else { return nil }
        if let color = Color(first) {
            entry.color = color
            words.removeFirst()
        }
        for word in words {
            switch word {
            case "bold": entry.attributes.insert(.bold)
            case "dim": entry.attributes.insert(.dim)
            case "reverse": entry.attributes.insert(.reverse)
            case "underline": entry.attributes.insert(.underline)
            default: return nil
            }
        }
        return entry
    }

    package var isLight: Bool { OklabColor(pictureBackground).lightness > 0.6 }

    /// The look of `role`, before the depth is known.
    package func entry(for role: ColorRole) -> Entry {
        switch role {
        case .series(let index):
            if series.isEmpty { return Entry(.terminal) }
            return series[abs(index % series.count)]
        case .rgb(let value): return Entry(.rgb(legible(value)))
        default: return roles[role] ?? Entry(.terminal)
        }
    }

    /// A dashboard's colour moved just far enough from the background to be seen on it.
    private func legible(_ rgb: UInt32) -> UInt32 {
        var color = OklabColor(rgb)
        if isLight {
            if color.lightness <= 0.75 { return rgb }
            color.lightness = 0.75
        } else {
            if color.lightness >= 0.4 { return rgb }
            color.lightness = 0.4
        }
        return color.rgb
    }
}

/// Edits that turn `a` into `b`; words of a few letters only.
private func distance(_ a: String, _ b: String) -> Int {
    let (left, right) = (Array(a.utf8), Array(b.utf8.prefix(64)))
    var row = Array(0...right.count)
    for (i, letter) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in right.enumerated() {
            let kept = diagonal + (letter == other ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = Swift.min(kept, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[right.count]
}
