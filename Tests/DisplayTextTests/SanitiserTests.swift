import DisplayText
import Testing

private struct Example {
    var text: String
    var shown: String

    init(_ text: String, _ shown: String) {
        self.text = text
        self.shown = shown
    }
}

@Test(
    "what steers or hides becomes visible",
    arguments: [
        Example("", ""), Example("plain text", "plain text"), Example("a\nb\r\nc\td", "a␊b␍␊c␉d"),
        Example("\u{1b}[31mred\u{7}", "␛[31mred␇"), Example("\u{0}\u{7f}", "␀␡"),
        Example("\u{9b}31m", "\\u{9b}31m"), Example("a\u{85}b", "a\\u{85}b"),
        Example("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
        Example("abc\u{202e}fdp.exe", "abc\\u{202e}fdp.exe"),
        Example("\u{200e}\u{200f}\u{61c}\u{2066}\u{2069}", "\\u{200e}\\u{200f}\\u{61c}\\u{2066}\\u{2069}"),
        Example("pay\u{200b}load\u{feff}", "pay\\u{200b}load\\u{feff}"),
        Example("a\u{200d}b", "a\\u{200d}b"), Example("a\u{200c}b\u{2060}", "a\\u{200c}b\\u{2060}"),
        Example("👩\u{200d}💻", "👩\u{200d}💻"), Example("👩\u{200d}", "👩\\u{200d}"),
        Example("\u{200d}💻", "\\u{200d}💻"), Example("👩🏽\u{200d}💻", "👩🏽\u{200d}💻"),
        Example("🏳\u{fe0f}\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"), Example("❤\u{fe0f}", "❤"),
        Example("a\u{fe0f}", "a\\u{fe0f}"), Example("1\u{fe0f}\u{20e3}", "1\\u{fe0f}\u{20e3}"),
        Example("x\u{e000}\u{f8ff}\u{10fffd}", "x\\u{e000}\\u{f8ff}\\u{10fffd}"),
        Example(String(Unicode.Scalar(0xfffe)!), "\\u{fffe}"),
        Example(String(Unicode.Scalar(0xfdd0)!), "\\u{fdd0}"), Example("\u{e0041}", "\\u{e0041}"),
        Example("a\u{ad}b", "a\\u{ad}b"), Example("\u{3164}", "\\u{3164}"),
        Example("e\u{301}", "e\u{301}"), Example("\u{301}e", "◌\u{301}e"),
        Example(
            "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
            "e\u{301}\u{302}\u{303}\u{304}\\u{305}\\u{306}"),
        Example("a\n\u{301}b", "a␊\u{301}b"), Example("größe 日本 한글 emoji 😀🇩🇪", "größe 日本 한글 emoji 😀🇩🇪"),
        Example("␛ \\u{9b}", "␛ \\u{9b}"),
    ])
private func sanitises(_ example: Example) {
    let shown = SafeText(example.text).string
    #expect(Array(shown.unicodeScalars) == Array(example.shown.unicodeScalars), "\(shown)")
}

/// What the promise of `SafeText` comes to, checked without the sanitiser's own helpers.
private func isClosed(_ text: String) -> Bool {
    var marks = 0
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
        let value = scalar.value
        switch value {
        case 0x20..<0x7f: break
        case 0..<0xa0, 0xad, 0x61c, 0x200b, 0x200c, 0x200e, 0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff,
            0xe000..<0xf900, 0xfff0...0xfffb, 0xe0000..<0xe1000, 0xf0000...:
            return false
        case 0x200d, 0xfe0f:
            let before = index > 0 ? scalars[index - 1].value : 0
            guard index > 0, index + 1 < scalars.count, before > 0xa8, before != 0x200d else { return false }
        case 0xfe00...0xfe0e: return false
        default:
            if value & 0xfffe == 0xfffe || (0xfdd0...0xfdef).contains(value) { return false }
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: marks += index == 0 ? 99 : 1
        default: marks = 0
        }
        if marks > 4 { return false }
    }
    return true
}

@Test func everyScalarComesOutDrawable() {
    var failures: [String] = []
    for value: UInt32 in 0...0x10ffff {
        guard let scalar = Unicode.Scalar(value) else { continue }
        let between = SafeText("a\(scalar)b")
        // What is spelled out in ASCII has shown that it is.
        if value >= 0x80, between.string.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { continue }
        let alone = SafeText(String(scalar))
        if !isClosed(between.string) || !isClosed(alone.string) || SafeText(between.string) != between
            || between.width != between.string.map(characterWidth).reduce(0, +)
            || between.string.contains(where: { !(1...2).contains(characterWidth($0)) })
            || !(1...2).contains(characterWidth(alone.string.first ?? "\0"))
        {
            failures.append(String(value, radix: 16))
        }
    }
    #expect(failures.isEmpty, "\(failures.count): \(failures.prefix(20))")
}

@Test func randomTextsComeOutDrawable() {
    let alphabet: [Unicode.Scalar] = [
        "a", "Z", " ", "\u{1b}", "\u{a}", "\u{d}", "\u{9b}", "\u{301}", "\u{302}", "\u{489}", "\u{200d}",
        "\u{200b}",
        "\u{fe0f}", "\u{fe0e}", "\u{202e}", "👩", "💻", "🏽", "❤", "🇩", "🇪", "日", "\u{1100}", "\u{1161}",
        "\u{11a8}", "각", "क", "\u{94d}", "ष", "\u{93f}", "ि", "\u{e0041}", "\u{20e3}", "1", "\u{600}",
        "\u{302a}",
        "\u{e000}", "ก", "\u{e33}", "\u{25cc}",
    ]
    var random = SplitMix(state: 7)
    for _ in 0..<20_000 {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...24, using: &random) {
            text.append(alphabet.randomElement(using: &random)!)
        }
        let safe = SafeText(String(text))
        let scalars = Array(text)
        #expect(isClosed(safe.string), "\(scalars)")
        #expect(SafeText(safe.string) == safe, "\(scalars)")
        #expect(safe.string.allSatisfy { (1...2).contains(characterWidth($0)) }, "\(scalars)")
        // Scalar by scalar, as a terminal without graphemes counts, emoji sequences aside.
        for character in safe.string where !character.unicodeScalars.contains(where: { $0.value == 0x200d }) {
            let parts = character.unicodeScalars.map { characterWidth(Character($0)) }
            let isToned = character.unicodeScalars.contains { $0.properties.isEmojiModifier }
            #expect(isToned || parts.reduce(0, +) == characterWidth(character), "\(scalars)")
        }
        for columns in [0, 1, 2, 5, 11] {
            #expect(safe.prefix(width: columns).width <= columns)
            #expect(safe.shortened(to: columns).width <= columns)
            #expect(safe.padded(to: columns, alignment: .centre).width == columns, "\(scalars)")
            #expect(isClosed(safe.shortened(to: columns).string))
        }
    }
}

/// A small generator whose numbers are the same everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
