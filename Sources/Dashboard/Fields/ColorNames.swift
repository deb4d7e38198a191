/// Colours as dashboards write them: Grafana's names, CSS hex and `rgb()` forms.
enum ColorNames {
    /// - Returns: the state colours for the plain green, yellow, orange and red that thresholds are made of, so that a
    ///   theme draws them as its own states; everything else as red, green and blue; `nil` for what is no colour.
    static func color(_ text: String) -> PanelColor? {
        let name = text.trimmed.lowercased()
        if let state = states[name] { return state }
        if let rgb = names[name] { return .rgb(rgb) }
        if name.hasPrefix("#") { return hex(name.dropFirst()).map(PanelColor.rgb) }
        if name.hasPrefix("rgb") { return function(name).map(PanelColor.rgb) }
        if name == "text" || name == "transparent" || name == "panel-bg" { return .standard }
        return nil
    }

    /// The colour as red, green and blue, also that of a state.
    static func rgb(_ color: PanelColor) -> UInt32? {
        switch color {
        case .rgb(let value): value
        case .ok: names["green"]
        case .warning: names["orange"]
        case .critical: names["red"]
        case .palette(let index): palette[index % palette.count]
        case .standard: nil
        }
    }

    private static func hex(_ digits: Substring) -> UInt32? {
        guard digits.allSatisfy(\.isHexDigit) else { return nil }
        switch digits.count {
        case 3, 4: return UInt32(digits.prefix(3).map { "\($0)\($0)" }.joined(), radix: 16)
        case 6, 8: return UInt32(digits.prefix(6), radix: 16)
        default: return nil
        }
    }

    private static func function(_ text: String) -> UInt32? {
        guard let open = text.firstIndex(of: "("), let close = text.firstIndex(of: ")"), open < close else {
            return nil
        }
        let parts = text[text.index(after: open)..<close].split { ", /".contains($0) }
        guard parts.count >= 3 else { return nil }
        var value: UInt32 = 0
        for part in parts.prefix(3) {
            guard let number = Double(part), number >= 0, number <= 255 else { return nil }
            value = value << 8 | UInt32(number)
        }
        return value
    }

    /// The hues that thresholds use, and the same as old dashboards spell them.
    private static let states: [String: PanelColor] = [
        "green": .ok, "semi-dark-green": .ok, "dark-green": .ok, "light-green": .ok, "super-light-green": .ok,
        "yellow": .warning, "semi-dark-yellow": .warning, "dark-yellow": .warning, "light-yellow": .warning,
        "orange": .warning, "semi-dark-orange": .warning, "dark-orange": .warning, "light-orange": .warning,
        "red": .critical, "semi-dark-red": .critical, "dark-red": .critical, "light-red": .critical,
        "#299c46": .ok, "#37872d": .ok, "#73bf69": .ok, "#56a64b": .ok, "#7eb26d": .ok, "#508642": .ok,
        "rgba(50, 172, 45, 0.97)": .ok, "rgba(50, 172, 45, 0.9)": .ok, "rgba(50, 168, 82, 0.97)": .ok,
        "rgba(237, 129, 40, 0.89)": .warning, "#eab839": .warning, "#ed8128": .warning, "#fade2a": .warning,
        "#ff9830": .warning, "#f2cc0c": .warning, "#ef843c": .warning,
        "#d44a3a": .critical, "#c4162a": .critical, "#e24d42": .critical, "#f2495c": .critical,
        "#bf1b00": .critical, "#890f02": .critical, "rgba(245, 54, 54, 0.9)": .critical,
        "rgba(245, 54, 54, 0.97)": .critical, "rgb(255, 0, 0)": .critical,
    ]

    /// The named hues of Grafana's dark theme, and a few of CSS.
    private static let names: [String: UInt32] = [
        "super-light-red": 0xffa6b0, "light-red": 0xff7383, "red": 0xf2495c, "semi-dark-red": 0xe02f44,
        "dark-red": 0xc4162a,
        "super-light-orange": 0xffcb7d, "light-orange": 0xffb357, "orange": 0xff9830,
        "semi-dark-orange": 0xff780a, "dark-orange": 0xfa6400,
        "super-light-yellow": 0xfff899, "light-yellow": 0xffee52, "yellow": 0xfade2a,
        "semi-dark-yellow": 0xf2cc0c, "dark-yellow": 0xe0b400,
        "super-light-green": 0xc8f2c2, "light-green": 0x96d98d, "green": 0x73bf69,
        "semi-dark-green": 0x56a64b, "dark-green": 0x37872d,
        "super-light-blue": 0xc0d8ff, "light-blue": 0x8ab8ff, "blue": 0x5794f2, "semi-dark-blue": 0x3274d9,
        "dark-blue": 0x1f60c4,
        "super-light-purple": 0xdeb6f2, "light-purple": 0xca95e5, "purple": 0xb877d9,
        "semi-dark-purple": 0xa352cc, "dark-purple": 0x8f3bb8,
        "white": 0xffffff, "black": 0x000000, "gray": 0x808080, "grey": 0x808080, "cyan": 0x00ffff,
        "magenta": 0xff00ff, "pink": 0xffc0cb, "brown": 0xa52a2a, "navy": 0x000080, "teal": 0x008080,
        "aqua": 0x00ffff, "lime": 0x00ff00, "olive": 0x808000, "maroon": 0x800000, "silver": 0xc0c0c0,
        "violet": 0xee82ee, "indigo": 0x4b0082, "gold": 0xffd700, "lightblue": 0xadd8e6,
        "lightgreen": 0x90ee90, "darkred": 0x8b0000, "darkgreen": 0x006400, "darkblue": 0x00008b,
        "steelblue": 0x4682b4, "tomato": 0xff6347, "salmon": 0xfa8072, "coral": 0xff7f50,
    ]

    /// The first hues of the classic palette, for shades and mixes of them.
    private static let palette: [UInt32] = [
        0x73bf69, 0xf2cc0c, 0x8ab8ff, 0xff780a, 0xf2495c, 0x5794f2, 0xb877d9, 0x705da0,
    ]
}
