extension Canvas {
    /// The canvas as lines of text without styles, blanks at the ends of lines left out.
    package var plainText: String {
        text.map { line in
            var line = Substring(line)
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// The canvas as lines with ANSI colours; every line ends in the terminal's own style.
    package func ansiText(theme: Theme, depth: ColorDepth) -> String {
        var resolver = StyleResolver(theme: theme, depth: depth)
        var result = ""
        for y in 0..<height {
            var current = ResolvedStyle.plain
            var end = width
            while end > 0, isBlank(self[end - 1, y], &resolver) { end -= 1 }
            for x in 0..<end {
                let cell = self[x, y]
                if cell.character == "\0" { continue }
                let style = resolver(cell.style)
                if style != current {
                    result += sgr(style)
                    current = style
                }
                result.append(cell.character)
            }
            if current != .plain { result += "\u{1b}[0m" }
            result += "\n"
        }
        return result
    }

    private func isBlank(_ cell: Cell, _ resolver: inout StyleResolver) -> Bool {
        guard cell.character == " " else { return false }
        let style = resolver(cell.style)
        return style.background == nil && style.attributes.isDisjoint(with: [.reverse, .underline])
    }
}

/// The escape sequence that sets `style` whatever was set before.
package func sgr(_ style: ResolvedStyle) -> String {
    var codes = "0"
    if style.attributes.contains(.bold) { codes += ";1" }
    if style.attributes.contains(.dim) { codes += ";2" }
    if style.attributes.contains(.underline) { codes += ";4" }
    if style.attributes.contains(.reverse) { codes += ";7" }
    if let color = style.foreground { codes += code(color, basic: 30, bright: 90, extended: 38) }
    if let color = style.background { codes += code(color, basic: 40, bright: 100, extended: 48) }
    return "\u{1b}[\(codes)m"
}

private func code(_ color: UInt8, basic: Int, bright: Int, extended: Int) -> String {
    switch color {
    case 0..<8: ";\(basic + Int(color))"
    case 8..<16: ";\(bright + Int(color) - 8)"
    default: ";\(extended);5;\(color)"
    }
}
