/// How many colours the terminal shows.
package enum ColorDepth: String, Sendable, Hashable, CaseIterable {
    /// None: shape, bold, reverse and underline carry everything.
    case mono
    case eight = "8"
    case sixteen = "16"
    /// The palette of xterm: 16 colours of the terminal's own, a 6 × 6 × 6 cube, 24 greys.
    case palette256 = "256"
}

/// A colour as a theme writes it, before the terminal's depth is known.
package enum Color: Sendable, Hashable {
    /// The terminal's own foreground or background.
    case terminal
    /// An index into the terminal's palette; below 16 the user's own colours.
    case palette(UInt8)
    /// 0xRRGGBB.
    case rgb(UInt32)

    /// Reads `default`, a name such as `red` or `bright-blue`, a palette index, or `#rrggbb`.
    ///
    /// - Returns: `nil` for anything else.
    package init?(_ text: String) {
        if text == "default" {
            self = .terminal
        } else if let index = Self.names.firstIndex(of: text) {
            self = .palette(UInt8(index))
        } else if let index = UInt8(text) {
            self = .palette(index)
        } else if text.utf8.first == UInt8(ascii: "#"), text.utf8.count == 7,
            let value = UInt32(text.dropFirst(), radix: 16), text.utf8.dropFirst().first != UInt8(ascii: "+")
        {
            self = .rgb(value)
        } else {
            return nil
        }
    }

    /// Names of the first sixteen palette entries, in their order.
    package static let names = [
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
        "bright-black", "bright-red", "bright-green", "bright-yellow",
        "bright-blue", "bright-magenta", "bright-cyan", "bright-white",
    ]

    /// The colour as 0xRRGGBB; palette entries as xterm shows them; `nil` for the terminal's own.
    package var rgb: UInt32? {
        switch self {
        case .terminal: nil
        case .palette(let index): xtermPalette[Int(index)]
        case .rgb(let value): value
        }
    }

    /// The palette index to ask the terminal for; `nil` for its own colour, or when it has none.
    package func index(at depth: ColorDepth) -> UInt8? {
        switch (self, depth) {
        case (.terminal, _), (_, .mono): nil
        case (.palette(let index), .palette256): index
        case (.palette(let index), .sixteen) where index < 16: index
        case (.palette(let index), .eight) where index < 8: index
        case (.palette(let index), .eight) where index < 16: index - 8
        case (.palette(let index), _): nearestIndex(to: xtermPalette[Int(index)], at: depth)
        case (.rgb(let value), _): nearestIndex(to: value, at: depth)
        }
    }
}

/// What xterm shows for each palette index, as 0xRRGGBB.
package let xtermPalette: [UInt32] = {
    var palette: [UInt32] = [
        0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
        0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
    ]
    let levels: [UInt32] = [0, 95, 135, 175, 215, 255]
    for red in levels {
        for green in levels {
            for blue in levels { palette.append(red << 16 | green << 8 | blue) }
        }
    }
    for step in 0..<24 as Range<UInt32> {
        let grey = 8 + 10 * step
        palette.append(grey << 16 | grey << 8 | grey)
    }
    return palette
}()

/// The palette entry that looks most like `rgb`.
///
/// At 256 colours the first sixteen are never chosen, since users change them.
private func nearestIndex(to rgb: UInt32, at depth: ColorDepth) -> UInt8? {
    let candidates =
        switch depth {
        case .mono: 0..<0
        case .eight: 0..<8
        case .sixteen: 0..<16
        case .palette256: 16..<256
        }
    let wanted = OklabColor(rgb)
    if depth != .palette256, wanted.chroma > 0.05 {
        // Among sixteen saturated colours the nearest to a muted one would be a grey: the hue says more.
        let best = candidates.filter { xtermOklab[$0].chroma > 0.05 }.min {
            wanted.hueDistance(to: xtermOklab[$0]) < wanted.hueDistance(to: xtermOklab[$1])
        }
        return best.map(UInt8.init)
    }
    let best = candidates.min { wanted.distance(to: xtermOklab[$0]) < wanted.distance(to: xtermOklab[$1]) }
    return best.map(UInt8.init)
}

private let xtermOklab = xtermPalette.map(OklabColor.init)
