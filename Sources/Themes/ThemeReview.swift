import Canvas

/// Which states of alerts a theme draws alike. Their shapes and words still differ, but nobody sees that from afar.
package enum ThemeReview {
    /// The states, by their keys in a theme, as the screen draws them: those that need somebody are bold in any theme.
    private static let states: [(key: String, style: Style)] = [
        ("ok", Style(.ok)), ("pending", Style(.pending)), ("firing", Style(.firing, .bold)),
        ("no_data", Style(.noData, .bold)), ("error", Style(.error, .bold)),
        ("recovering", Style(.recovering)),
    ]

    /// Groups of states of the same colour and attributes on a terminal of `depth`, by their keys.
    package static func alike(in theme: Theme, at depth: ColorDepth) -> [[String]] {
        var groups: [(look: ResolvedStyle, keys: [String])] = []
        for (key, style) in states {
            let look = theme.resolve(style, at: depth)
            if let known = groups.firstIndex(where: { $0.look == look }) {
                groups[known].keys.append(key)
            } else {
                groups.append((look, [key]))
            }
        }
        return groups.map(\.keys).filter { $0.count > 1 }
    }
}
