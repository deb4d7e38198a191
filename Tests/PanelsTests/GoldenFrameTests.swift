import Canvas
import Dashboard
import DisplayText
import MetricModel
import Panels
import Rules
import Testing

/// Expected frames of every kind of panel and of every part of the screen, in all glyph sets and at many sizes.
struct GoldenFrameTests {
    private static let looks: [(name: String, glyphs: GlyphSet, isMono: Bool)] = [
        ("braille", .braille, false), ("block", .block, false), ("ascii", .ascii, true),
        ("braille mono", .braille, true),
    ]

    @Test("every kind of panel", arguments: Samples.panels.map(\.name))
    func panel(_ name: String) throws {
        let view = try #require(Samples.panels.first { $0.name == name }).view
        var text = ""
        for look in Self.looks {
            text += frame(look.name, 78, 12) {
                $0.drawPanel(view, in: $1, Samples.context(look.glyphs, isMono: look.isMono))
            }
        }
        for (width, height) in [(40, 8), (24, 5), (16, 3), (20, 1), (6, 2)] {
            text += frame("braille", width, height) { $0.drawPanel(view, in: $1, Samples.context()) }
        }
        var canvas = Canvas(width: 40, height: 8)
        canvas.drawPanel(view, in: canvas.bounds, Samples.context())
        text += "== roles 40×8\n" + roles(canvas)
        Golden.expect(text, "panel-\(name).txt")
    }

    @Test func valueCursorAndSelection() {
        var context = Samples.context()
        context.focusedPanel = 1
        context.valueCursor = Samples.ago(.minutes(21))
        var text = frame("cursor", 78, 14) { $0.drawPanel(Samples.panels[0].view, in: $1, context) }
        context = Samples.context(.ascii, isMono: true)
        context.focusedPanel = 1
        context.valueCursor = Samples.ago(.minutes(60))
        text += frame("cursor at the left edge", 50, 8) {
            $0.drawPanel(Samples.panels[0].view, in: $1, context)
        }
        context = Samples.context()
        context.focusedPanel = 24
        context.selectedRow = 30
        let table = Samples.panel(24, "DAGs", .table(Samples.wideTable()))
        text += frame("selected row 30", 60, 8) { $0.drawPanel(table, in: $1, context) }
        Golden.expect(text, "cursor-and-selection.txt")
    }

    @Test(arguments: [(80, 24), (120, 40), (200, 50)])
    func screens(width: Int, height: Int) {
        for (name, dashboard) in [("overview", Screens.overview()), ("spark", Screens.spark())] {
            var text = ""
            for look in Self.looks {
                let canvas = Screens.draw(
                    dashboard, width: width, height: height, Samples.context(look.glyphs, isMono: look.isMono)
                )
                text += "== \(look.name)\n" + canvas.plainText
            }
            let replayed = Screens.draw(
                dashboard, width: width, height: height, source: .replay(speed: 10, isPlaying: true))
            text += "== replay\n" + replayed.plainText
            Golden.expect(text, "screen-\(name)-\(width)x\(height).txt")
        }
    }

    @Test func smallScreens() {
        var text = ""
        for (width, height) in [
            (79, 50), (60, 12), (40, 10), (30, 8), (20, 6), (12, 5), (40, 4), (40, 3), (40, 2), (40, 1),
            (24, 1), (10, 1), (5, 1), (3, 1), (1, 1), (1, 5), (2, 2),
        ] {
            for (name, source) in [
                ("live", SourceState.live), ("paused", .paused(behind: .seconds(192))),
                ("replay", .replay(speed: 10, isPlaying: true)),
            ] {
                let canvas = Screens.draw(
                    Screens.spark(), width: width, height: height, source: source, focused: 6)
                text += "== \(name) \(width)×\(height)\n" + canvas.plainText
            }
        }
        Golden.expect(text, "screen-small.txt")
    }

    @Test func topLines() {
        var text = ""
        let sources: [SourceState] = [
            .live, .connecting("retry in 4s"), .loading(0.42), .loading(nil), .paused(behind: .seconds(192)),
            .replay(speed: 10, isPlaying: true), .replay(speed: 0.5, isPlaying: false), .ended,
            .failed("broker refused the login"),
        ]
        for source in sources {
            for width in [120, 80, 60, 40, 24, 12, 6, 1] {
                text += frame("top", width, 1) {
                    $0.drawTopLine(Screens.topLine(source), in: $1, Samples.context())
                }
            }
        }
        for look in Self.looks {
            text += frame(look.name, 100, 1) {
                $0.drawTopLine(
                    Screens.topLine(.replay(speed: 10, isPlaying: true)), in: $1,
                    Samples.context(look.glyphs, isMono: look.isMono))
            }
        }
        Golden.expect(text, "chrome-top.txt")
    }

    @Test func verdicts() {
        let quiet = VerdictModel(counts: [.normal: 44], cursor: Samples.cursor)
        let unknown = VerdictModel(counts: [:], note: "no rules loaded", cursor: Samples.cursor)
        let nothing = VerdictModel(counts: [:], cursor: Samples.cursor)
        let refused = VerdictModel(
            counts: [.normal: 14], note: "no data yet: cannot reach the broker: Connection refused",
            shortNote: "no data yet", cursor: Samples.cursor)
        let unwatched = VerdictModel(
            counts: [:], note: "no rules loaded, no data yet: cannot reach the broker",
            shortNote: "no rules loaded", cursor: Samples.cursor)
        let silent = VerdictModel(
            counts: [.noData: 2, .error: 1, .recovering: 1, .normal: 7],
            worst: .init(subject: "initech/prod", since: Samples.ago(.hours(30))),
            silenced: 3, cursor: Samples.cursor)
        var text = ""
        for model in [Screens.verdict(), quiet, unknown, nothing, silent, refused, unwatched] {
            for width in [100, 80, 60, 40, 30, 24, 16, 10, 5, 2, 1] {
                text += frame("verdict", width, 1) { $0.drawVerdict(model, in: $1, Samples.context()) }
            }
        }
        for look in Self.looks {
            text += frame(look.name, 80, 1) {
                $0.drawVerdict(silent, in: $1, Samples.context(look.glyphs, isMono: look.isMono))
            }
        }
        Golden.expect(text, "chrome-verdict.txt")
    }

    @Test func bottomLines() {
        var text = ""
        var scrolled = Screens.hints
        scrolled.position = "12 rows below"
        let problem = BottomLineModel(
            hints: [], message: "cannot write planetop-1042.svg: no space left on device",
            messageIsProblem: true)
        for width in [120, 80, 40, 20, 8, 1] {
            for model in [scrolled, problem] {
                text += frame("bottom", width, 1) { $0.drawBottomLine(model, in: $1, Samples.context()) }
            }
            for prompt in [
                PromptModel(label: "/", text: "prod-eu", cursor: 4),
                PromptModel(label: "go to", text: "", cursor: 0, hint: "10:28, -15m, 2026-11-20 10:28:14"),
                PromptModel(label: "go to", text: "25:00", cursor: 5, error: "no such time"),
            ] {
                text += frame("prompt", width, 1) { $0.drawPrompt(prompt, in: $1, Samples.context()) }
            }
        }
        Golden.expect(text, "chrome-bottom.txt")
    }

    @Test func scrubbers() {
        var text = ""
        for look in Self.looks {
            text += frame(look.name, 90, 2) {
                $0.drawScrubber(Screens.scrubber(), in: $1, Samples.context(look.glyphs, isMono: look.isMono))
            }
        }
        for width in [60, 30, 12, 8, 1] {
            text += frame("scrubber", width, 2) {
                $0.drawScrubber(Screens.scrubber(), in: $1, Samples.context())
            }
        }
        Golden.expect(text, "chrome-scrubber.txt")
    }

    @Test(arguments: ["help", "picker", "variables", "detail", "alerts", "notes"])
    func overlays(_ name: String) {
        var text = ""
        for (look, width, height) in [
            (Self.looks[0], 100, 32), (Self.looks[2], 80, 21), (Self.looks[1], 50, 14),
            (Self.looks[0], 24, 8), (Self.looks[0], 12, 3), (Self.looks[0], 1, 1),
        ] {
            let context = Samples.context(look.glyphs, isMono: look.isMono)
            text += frame(look.name, width, height) { canvas, area in
                switch name {
                case "help": canvas.drawHelp(Screens.help, in: area, context)
                case "picker": canvas.drawPicker(Screens.picker, in: area, context)
                case "variables": canvas.drawVariablePicker(Screens.variables, in: area, context)
                case "detail": canvas.drawAlertDetail(Screens.detail(), in: area, context)
                case "notes": canvas.drawNotes(NotesModel(about: Screens.troubled()), in: area, context)
                default: canvas.drawAlertBrowser(Screens.browser(), in: area, context)
                }
            }
        }
        Golden.expect(text, "chrome-\(name).txt")
    }

    @Test("no alerts, and what that is worth")
    func noAlerts() {
        var text = ""
        for coverage in [RuleCoverage.watched(14), .notEvaluated, .noRules, .noAlertRules] {
            for width in [60, 20] {
                text += frame("\(coverage)", width, 2) {
                    $0.drawAlertBrowser(Screens.browser(coverage), in: $1, Samples.context())
                }
            }
        }
        Golden.expect(text, "chrome-no-alerts.txt")
    }

    private func frame(
        _ title: String, _ width: Int, _ height: Int, _ draw: (inout Canvas, Rectangle) -> Void
    ) -> String {
        var canvas = Canvas(width: width, height: height)
        draw(&canvas, canvas.bounds)
        return "== \(title) \(width)×\(height)\n" + canvas.plainText
    }

    /// One letter a cell: what its colour means; capital when bold, `!` when reversed.
    private func roles(_ canvas: Canvas) -> String {
        var text = ""
        for y in 0..<canvas.height {
            for x in 0..<canvas.width {
                let cell = canvas[x, y]
                if cell.style.attributes.contains(.reverse) {
                    text += "!"
                    continue
                }
                let letter =
                    switch cell.style.foreground {
                    case .standard: cell.character == " " ? "." : "t"
                    case .series(let index): "\(index % 10)"
                    case .rgb: "x"
                    default: String(cell.style.foreground.name.prefix(1))
                    }
                text += cell.style.attributes.contains(.bold) ? letter.uppercased() : letter
            }
            text += "\n"
        }
        return text
    }
}
