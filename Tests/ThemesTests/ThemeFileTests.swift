import Canvas
import Diagnostics
import Foundation
import Testing
import Themes

/// Theme files: what they say, and what is wrong with them.
struct ThemeFileTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appendingPathComponent("../../themes").standardizedFileURL

    private static func read(_ text: String, file: String = "dark/mine.yaml") throws(ThemeFile.Refusal)
        -> ThemeFile
    {
        try ThemeFile(parsing: Array(text.utf8), file: file)
    }

    @Test(arguments: Theme.builtIn.map(\.name))
    func theFilesThatComeAlongAreTheBuiltInThemes(_ name: String) throws {
        let theme = try #require(Theme.builtIn(named: name))
        let text = try String(
            contentsOf: Self.folder.appendingPathComponent("\(name).yaml"), encoding: .utf8)
        let file = try Self.read(text)
        #expect(file.theme == theme)
        #expect(file.base == nil)
        // Nothing is left to `default`: over another theme it would be the same.
        #expect(file.styleCount == theme.series.count + 13)
    }

    @Test func thereIsAFileForEachBuiltInTheme() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(names.sorted() == Theme.builtIn.map { "\($0.name).yaml" }.sorted())
    }

    @Test func aThemeMayChangeAnother() throws {
        let file = try Self.read(
            """
            base: color-blind
            firing: "#ff0000 underline"
            series2: 201
            """)
        #expect(file.theme.name == "mine")
        #expect(file.base == "color-blind")
        #expect(file.styleCount == 2)
        #expect(file.theme.entry(for: .firing) == Theme.Entry(.rgb(0xff0000), .underline))
        #expect(file.theme.entry(for: .ok) == Theme.colorBlind.entry(for: .ok))
        var series = Theme.colorBlind.series
        series[1] = Theme.Entry(.palette(201))
        #expect(file.theme.series == series)
        // One more than the base has.
        #expect(try Self.read("base: mono\nseries2: red").theme.series.count == 2)
    }

    @Test func withoutABaseTheSeriesNamedAreAll() throws {
        let theme = try Self.read("name: night\nok: bright-green\nseries1: red\nseries2: blue bold").theme
        #expect(theme.name == "night")
        #expect(theme.series == [Theme.Entry(.palette(1)), Theme.Entry(.palette(4), .bold)])
        #expect(theme.entry(for: .firing) == Theme.standard.entry(for: .firing))
    }

    @Test(arguments: ["", "# nothing\n", "base: default", "{}"])
    func aFileThatChangesNothingIsTheDefault(_ text: String) throws {
        let file = try Self.read(text)
        #expect(file.theme == Theme(name: "mine", colors: [:]))
        #expect(file.styleCount == 0)
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var yaml: String
        var problems: [String]
        var testDescription: String { yaml }
    }

    @Test(arguments: [
        Mistake(
            yaml: "ok: green\nfirng: red",
            problems: [
                "unknown theme key `firng`\n  at t.yaml:2, column 1\n  fix: did you mean `firing`?"
            ]),
        Mistake(
            yaml: "ok: greenish\n  \ndim: 256",
            problems: [
                "`greenish` of `ok` is not a colour\n  at t.yaml:1, column 5\n  fix: write #rrggbb, 0 to 255, a name "
                    + "such as bright-red, or default, then bold, dim, reverse or underline",
                "`256` of `dim` is not a colour\n  at t.yaml:3, column 6\n  fix: write #rrggbb, 0 to 255, a name such as "
                    + "bright-red, or default, then bold, dim, reverse or underline",
            ]),
        Mistake(
            yaml: "firing: #ff0000",
            problems: [
                "`firing` has no value\n  at t.yaml:1, column 1\n"
                    + "  fix: a colour that begins with # needs quotes: \"#5fafff\""
            ]),
        Mistake(
            yaml: "ok: green\nok: red",
            problems: [
                "cannot read YAML: mapping key \"ok\" already defined at line 1\n  at t.yaml:2, column 1\n"
                    + "  fix: remove one of the two"
            ]),
        Mistake(
            yaml: "base: midnight",
            problems: [
                "base: there is no built-in theme `midnight`\n  at t.yaml:1, column 7\n  fix: use default, "
                    + "high-contrast, color-blind, solarized-light, terminal, mono"
            ]),
        Mistake(
            yaml: "series1: red\nseries3: blue",
            problems: [
                "`series3` is named and `series2` is not\n  at t.yaml:2, column 1\n  fix: name series without gaps"
            ]),
        Mistake(
            yaml: "base: terminal\nseries8: red",
            problems: [
                "`series8` is named and `series7` is not\n  at t.yaml:2, column 1\n  fix: name series without gaps"
            ]),
        Mistake(
            yaml: "name: ''",
            problems: [
                "`name` is empty\n  at t.yaml:1, column 7\n  fix: give the theme a name, or remove the line"
            ]),
        Mistake(
            yaml: "ok: [green]",
            problems: ["ok: a text is wanted here, this is a list\n  at t.yaml:1, column 5"]),
        Mistake(
            yaml: "- ok", problems: ["a mapping is wanted here, this is a list\n  at t.yaml:1, column 1"]),
        Mistake(
            yaml: "ok: \"green",
            problems: [
                "cannot read YAML: found unexpected end of stream while scanning a quoted scalar\n  at t.yaml:1, column 11"
            ]),
    ])
    func mistakesSayWhereAndWhatToDo(_ mistake: Mistake) {
        do {
            _ = try Self.read(mistake.yaml, file: "t.yaml")
            Issue.record("it was taken")
        } catch {
            #expect(error.problems.map(\.description) == mistake.problems)
        }
    }

    @Test func statesThatLookAlikeAreFound() throws {
        for theme in Theme.builtIn where theme.name != "mono" {
            #expect(ThemeReview.alike(in: theme, at: .palette256) == [], "\(theme.name)")
        }
        #expect(
            ThemeReview.alike(in: .mono, at: .palette256) == [
                ["ok", "pending", "recovering"], ["firing", "no_data", "error"],
            ])
        let same = try Self.read("base: default\nno_data: '#ff5f5f'").theme
        #expect(ThemeReview.alike(in: same, at: .palette256) == [["firing", "no_data"]])
        // Two colours in the file, one in the palette of the terminal.
        let near = try Self.read("base: default\nerror: '#ff6060'").theme
        #expect(ThemeReview.alike(in: near, at: .palette256) == [["firing", "error"]])
        // Firing is bold on the screen whether the theme says so or not.
        let bold = try Self.read("base: default\nno_data: '#ff5f5f bold'").theme
        #expect(ThemeReview.alike(in: bold, at: .palette256) == [["firing", "no_data"]])
        #expect(!ThemeReview.alike(in: .standard, at: .mono).isEmpty)
    }
}
