/// A style as a terminal of known depth is asked for it.
package struct ResolvedStyle: Sendable, Hashable {
    /// Palette indices; `nil` is the terminal's own colour.
    package var foreground: UInt8?
    package var background: UInt8?
    package var attributes: Style.Attributes

    package init(foreground: UInt8? = nil, background: UInt8? = nil, attributes: Style.Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    package static let plain = ResolvedStyle()
}

extension Theme {
    /// What to ask a terminal of `depth` for, to show `style`.
    ///
    /// Where there is no colour, roles that must be seen are bold, and a coloured background is reverse.
    package func resolve(_ style: Style, at depth: ColorDepth) -> ResolvedStyle {
        let text = entry(for: style.foreground)
        var attributes = style.attributes.union(text.attributes)
        if depth == .mono {
            attributes.formUnion(Self.monoAttributes(style.foreground))
            if style.background != .standard { attributes.insert(.reverse) }
            return ResolvedStyle(attributes: attributes)
        }
        // With eight colours there is no grey: the dim attribute is all there is.
        if style.foreground == .dim && depth == .eight { attributes.insert(.dim) }
        let foreground = style.foreground == .dim && depth == .eight ? nil : text.color.index(at: depth)
        let background =
            style.background == .standard ? nil : entry(for: style.background).color.index(at: depth)
        return ResolvedStyle(foreground: foreground, background: background, attributes: attributes)
    }

    private static func monoAttributes(_ role: ColorRole) -> Style.Attributes {
        switch role {
        case .firing, .critical, .error, .warning, .noData, .accent: .bold
        case .dim: .dim
        default: []
        }
    }
}

/// Resolves the styles of many cells; asks the theme once for each style.
package struct StyleResolver: Sendable {
    package let theme: Theme
    package let depth: ColorDepth
    private var known: [Style: ResolvedStyle] = [:]
    /// Dashboards may name any number of colours.
    private static let knownMax = 4096

    package init(theme: Theme, depth: ColorDepth) {
        self.theme = theme
        self.depth = depth
    }

    package mutating func callAsFunction(_ style: Style) -> ResolvedStyle {
        if style == .standard { return .plain }
        if let resolved = known[style] { return resolved }
        if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
        let resolved = theme.resolve(style, at: depth)
        known[style] = resolved
        return resolved
    }
}
