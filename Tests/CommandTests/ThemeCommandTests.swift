import Foundation
import Testing

extension CommandSuites {
    /// Themes of the user's own: found by name, given as a file, checked, and gone through with a key.
    @Suite struct ThemeCommandTests {
        private let folder: String
        private var environment: [String: String] { ["XDG_CONFIG_HOME": "\(folder)/config"] }

        init() throws {
            folder = try temporaryFolder()
            try FileManager.default.createDirectory(
                atPath: "\(folder)/config/planetop/themes", withIntermediateDirectories: true)
            try write("base: default\npicture_background: '#010203'\n", "config/planetop/themes/dusk.yaml")
            try write("# TYPE lag gauge\nlag 1 1700000010\n# EOF\n", "lag.om")
        }

        private func write(_ text: String, _ name: String) throws {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }

        /// A picture in a theme, `@` standing for the folder.
        private func picture(_ arguments: String...) throws -> Command.Result {
            try Command.run(
                ["snapshot", "--load", "\(folder)/lag.om", "--size", "80x24", "--format", "svg"]
                    + arguments.map { $0.replacing("@", with: folder) }, environment: environment)
        }

        private func check(_ arguments: String...) throws -> Command.Result {
            try Command.run(
                ["check", "theme"] + arguments.map { $0.replacing("@", with: folder) },
                environment: environment)
        }

        @Test func aThemeIsFoundByNameAndByFile() throws {
            let byName = try picture("--theme", "dusk")
            #expect(byName.code == 0, "\(byName.errors)")
            #expect(byName.output.contains("#010203"))
            let byFile = try picture("--theme", "@/config/planetop/themes/dusk.yaml")
            #expect(byFile.output == byName.output)
            #expect(try !picture().output.contains("#010203"))
            // The files that come along are the built-in themes.
            let file = #filePath.replacing(
                "Tests/CommandTests/ThemeCommandTests.swift", with: "themes/mono.yaml")
            #expect(try picture("--theme", file).output == picture("--theme", "mono").output)
            // A file of a built-in theme's name does not hide it.
            try write("picture_background: '#040506'\n", "config/planetop/themes/mono.yaml")
            #expect(try !picture("--theme", "mono").output.contains("#040506"))
        }

        @Test func theSettingsNameThemesToo() throws {
            try write("theme: dusk\n", "config/planetop/planetop.yaml")
            #expect(try picture().output.contains("#010203"))
            try write("theme: dawn\n", "config/planetop/planetop.yaml")
            let unknown = try picture()
            #expect(unknown.code == 1, "\(unknown)")
            #expect(unknown.errors.contains("planetop.yaml:1, column 8"), "\(unknown)")
            // A mistake in the theme is told where it is.
            try write("theme: '\(folder)/bad.yaml'\n", "config/planetop/planetop.yaml")
            try write("ok: green\nfiring: reddish\n", "bad.yaml")
            let bad = try Command.run(["check", "config"], environment: environment)
            #expect(bad.code == 1, "\(bad)")
            #expect(bad.errors.contains("bad.yaml:2, column 9"), "\(bad)")
        }

        @Test func whatIsNoThemeIsSaid() throws {
            let unknown = try picture("--theme", "dawn")
            #expect(unknown.code == 64, "\(unknown)")
            #expect(unknown.errors.contains("no theme `dawn`"), "\(unknown)")
            #expect(
                unknown.errors.contains("mono, dusk, or write \(folder)/config/planetop/themes/dawn.yaml"))
            let absent = try picture("--theme", "@/absent.yaml")
            #expect(absent.code == 1, "\(absent)")
            #expect(absent.errors.contains("absent.yaml"), "\(absent)")
            try write("ok: green\nfirng: red\n", "config/planetop/themes/dawn.yaml")
            let bad = try picture("--theme", "dawn")
            #expect(bad.code == 1, "\(bad)")
            #expect(bad.output.isEmpty)
            #expect(bad.errors.contains("dawn.yaml:2, column 1\n  fix: did you mean `firing`?"), "\(bad)")
        }

        @Test func checkTellsWhatIsWrongAndWhatIsNotHonoured() throws {
            let good = try check("@/config/planetop/themes/dusk.yaml")
            #expect(good.code == 0, "\(good)")
            #expect(good.output.contains("dusk.yaml: ok, theme dusk, 1 styles over default\n"), "\(good)")
            #expect(!good.output.contains("warning"))
            try write("name: mono\nbase: default\nno_data: '#ff5f5f'\n", "same.yaml")
            let same = try check("@/same.yaml")
            #expect(same.code == 0, "\(same)")
            #expect(same.output.contains("warning: firing and no_data look the same"), "\(same)")
            #expect(same.output.contains("`--theme mono` is the built-in theme"), "\(same)")
            try write("ok: greenish\nfirng: red\n", "bad.yaml")
            let bad = try check("@/bad.yaml", "@/same.yaml")
            #expect(bad.code == 1, "\(bad)")
            // All of it at once, and the good ones all the same.
            #expect(bad.errors.contains("bad.yaml:1, column 5"), "\(bad)")
            #expect(bad.errors.contains("bad.yaml:2, column 1"), "\(bad)")
            #expect(bad.errors.contains("1 of the theme files are not taken"), "\(bad)")
            #expect(bad.output.contains("same.yaml: ok"), "\(bad)")
            // A folder stands for its files.
            #expect(try check("@/config/planetop/themes").output.contains("dusk.yaml: ok"))
        }

        @Test func aKeyGoesThroughAllThemes() throws {
            try write("ok: greenish\n", "config/planetop/themes/broken.yaml")
            try write("base: mono\n", "own.yaml")
            let terminal = try PseudoTerminal(
                PseudoTerminal.program("planetop"), ["demo", "--theme", "\(folder)/own.yaml"], columns: 200,
                rows: 24, environment: environment)
            try #require(terminal.shows("Overview"), "\(terminal.screen.text)")
            let names = ["default", "high-contrast", "color-blind", "solarized-light", "terminal", "mono"]
            for name in names {
                terminal.type("T")
                #expect(terminal.shows("theme \(name)"), "\(terminal.screen.text)")
            }
            terminal.type("T")
            #expect(terminal.shows("theme dusk, from "), "\(terminal.screen.text)")
            #expect(terminal.shows("broken.yaml:1, column 5"), "\(terminal.screen.text)")
            terminal.type("T")
            #expect(terminal.shows("theme own, from "), "\(terminal.screen.text)")
            terminal.type("T")
            #expect(terminal.shows("theme default"), "\(terminal.screen.text)")
            terminal.type("q")
            #expect(terminal.waitForEnd(seconds: 20) == 0)
        }
    }
}
