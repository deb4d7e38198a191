import Canvas
import Testing

/// Themes, colours and what terminals of few colours get of them.
struct ThemeTests {
    private static let roles: [ColorRole] = [
        .dim, .accent, .ok, .pending, .firing, .critical, .warning, .noData, .error, .recovering,
    ]

    @Test func complaintsNameWhatIsWrong() {
        let complaints = Theme.complaints(about: [
            "firng": "red", "ok": "greenish", "zzz": "red", "accent": "bright-blue bold", "dim": "",
            "series3": "#12345", "series99": "red",
            "picture_background": "default", "error": "bold blinking",
        ])
        #expect(
            complaints.map(\.description) == [
                "`` of `dim` is not a colour; write #rrggbb, 0 to 255, a name such as bright-red, or default, then bold, dim, reverse or underline",
                "`bold blinking` of `error` is not a colour; write #rrggbb, 0 to 255, a name such as bright-red, or default, then bold, dim, reverse or underline",
                "unknown theme key `firng`; did you mean `firing`?",
                "`greenish` of `ok` is not a colour; write #rrggbb, 0 to 255, a name such as bright-red, or default, then bold, dim, reverse or underline",
                "`default` of `picture_background` is not a colour; write #rrggbb, 0 to 255, a name such as bright-red",
                "`#12345` of `series3` is not a colour; write #rrggbb, 0 to 255, a name such as bright-red, or default, then bold, dim, reverse or underline",
                "unknown theme key `series99`; did you mean `series9`?",
                "unknown theme key `zzz`; use one of text, dim, accent, ok, …, series1 to series24",
            ])
        // What is wrong costs only itself.
        let theme = Theme(name: "mine", colors: ["ok": "greenish", "firing": "201"])
        #expect(theme.entry(for: .firing).color == .palette(201))
        #expect(theme.entry(for: .ok) == Theme.standard.entry(for: .ok))
        #expect(theme.series == Theme.standard.series)
        #expect(Theme(name: "mine", colors: ["series1": "red"]).series.count == 1)
        let mixed = Theme(name: "mine", colors: ["series2": "red"], keepsSeries: true)
        #expect(mixed.series.count == Theme.standard.series.count)
        #expect(mixed.series[0] == Theme.standard.series[0] && mixed.series[1].color == .palette(1))
    }

    @Test(arguments: [
        ("default", Color.terminal), ("red", .palette(1)), ("bright-white", .palette(15)), ("0", .palette(0)),
        ("255", .palette(255)),
        ("#ff8000", .rgb(0xff8000)),
    ])
    func colorsAreRead(_ text: String, _ color: Color) { #expect(Color(text) == color) }

    @Test(arguments: ["", "256", "-1", "#ff80", "#ff80000", "#gg0000", "#+12345", "Red", "# ff800"])
    func otherTextIsNoColor(_ text: String) { #expect(Color(text) == nil) }

    @Test func everyColorOfTheCubeIsItself() {
        for index in 16..<256 {
            let rgb = xtermPalette[index]
            let found = Color.rgb(rgb).index(at: .palette256)
            // A few greys are in the cube too.
            #expect(found.map { xtermPalette[Int($0)] } == rgb)
        }
    }

    @Test func colorsKeepTheirHueOnFewerColors() {
        let cases: [(UInt32, UInt8, UInt8, UInt8)] = [
            // colour, of 256, of 16, of 8
            (0xff0000, 196, 9, 1), (0x00ff00, 46, 10, 2), (0x0000ff, 21, 4, 4), (0xffffff, 231, 15, 7),
            (0x000000, 16, 0, 0), (0x808080, 244, 8, 7),
        ]
        for (rgb, of256, of16, of8) in cases {
            #expect(Color.rgb(rgb).index(at: .palette256) == of256)
            #expect(Color.rgb(rgb).index(at: .sixteen) == of16)
            #expect(Color.rgb(rgb).index(at: .eight) == of8 || rgb == 0x808080)
            #expect(Color.rgb(rgb).index(at: .mono) == nil)
        }
        #expect(Color.palette(203).index(at: .sixteen) == Color.rgb(0xff5f5f).index(at: .sixteen))
        #expect(Color.palette(9).index(at: .eight) == 1)
        #expect(Color.palette(9).index(at: .sixteen) == 9)
        #expect(Color.terminal.index(at: .palette256) == nil)
    }

    @Test func oklabGoesBothWays() {
        for rgb in [0x000000, 0xffffff, 0x123456, 0xff8000, 0x00ff00, 0xd55e00] as [UInt32] {
            let back = OklabColor(rgb).rgb
            for shift in [0, 8, 16] as [UInt32] {
                #expect(abs(Int(back >> shift & 255) - Int(rgb >> shift & 255)) <= 1)
            }
        }
    }

    @Test(arguments: Theme.builtIn.map(\.name))
    func statesStayApart(_ name: String) throws {
        let theme = try #require(Theme.builtIn(named: name))
        if theme.name == "mono" { return }
        for depth in [ColorDepth.palette256, .sixteen, .eight] {
            let good = theme.resolve(Style(.ok), at: depth)
            for bad in [ColorRole.firing, .critical, .noData, .error] {
                #expect(
                    theme.resolve(Style(bad), at: depth).foreground != good.foreground,
                    "\(bad) of \(name) at \(depth)")
            }
        }
    }

    @Test func withoutColorsAttributesRemain() {
        for theme in Theme.builtIn {
            for role in Self.roles {
                let style = theme.resolve(Style(role, on: .firing), at: .mono)
                #expect(style.foreground == nil && style.background == nil)
                #expect(style.attributes.contains(.reverse))
            }
            #expect(theme.resolve(Style(.firing), at: .mono).attributes.contains(.bold))
            #expect(theme.resolve(Style(.dim), at: .mono).attributes.contains(.dim))
            #expect(theme.resolve(.standard, at: .mono).attributes.isSubset(of: .bold))
        }
        #expect(Theme.standard.resolve(Style(.dim), at: .eight) == ResolvedStyle(attributes: .dim))
    }

    @Test func dashboardColorsStayLegible() {
        #expect(Theme.standard.entry(for: .rgb(0x000000)).color != .rgb(0x000000))
        #expect(Theme.solarizedLight.entry(for: .rgb(0xffffff)).color != .rgb(0xffffff))
        #expect(Theme.standard.entry(for: .rgb(0xff8000)).color == .rgb(0xff8000))
        #expect(Theme.solarizedLight.isLight && !Theme.standard.isLight)
    }

    @Test func seriesBeginAgain() {
        let theme = Theme.standard
        #expect(theme.entry(for: .series(0)) == theme.entry(for: .series(theme.series.count)))
        #expect(theme.entry(for: .series(-1)) == theme.entry(for: .series(1)))
        #expect(theme.entry(for: .series(Int.min)) == theme.entry(for: .series(Int.min)))
    }

    @Test func aResolverAnswersAsItsTheme() {
        var resolver = StyleResolver(theme: .colorBlind, depth: .palette256)
        for role in Self.roles + Self.roles {
            #expect(
                resolver(Style(role, .underline))
                    == Theme.colorBlind.resolve(Style(role, .underline), at: .palette256))
        }
        // More colours than it keeps.
        for rgb in 0..<5000 as Range<UInt32> { _ = resolver(Style(.rgb(rgb))) }
        #expect(resolver(Style(.ok)) == Theme.colorBlind.resolve(Style(.ok), at: .palette256))
    }
}
