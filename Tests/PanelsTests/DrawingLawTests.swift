import Canvas
import Dashboard
import DisplayText
import MetricModel
import Panels
import Rules
import Testing

/// What holds for every view at every size: nothing is drawn outside, nothing steers the terminal, the same gives the same.
struct DrawingLawTests {
    private static let looks: [(glyphs: GlyphSet, isMono: Bool)] = [
        (.braille, false), (.block, false), (.ascii, true), (.braille, true),
    ]

    @Test("samples at many sizes", arguments: Samples.panels.map(\.name))
    func samples(_ name: String) throws {
        let view = try #require(Samples.panels.first { $0.name == name }).view
        var numbers = SeededNumbers(seed: 7)
        for round in 0..<60 {
            let width = round < 8 ? round % 3 : Int.random(in: 0...100, using: &numbers)
            let height = round < 8 ? round / 3 : Int.random(in: 0...30, using: &numbers)
            check(view, width, height, round, &numbers)
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func randomViews(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for round in 0..<120 {
            let view = RandomViews.panel(&numbers)
            check(
                view, Int.random(in: 0...90, using: &numbers), Int.random(in: 0...25, using: &numbers), round,
                &numbers)
        }
    }

    private func check(
        _ view: PanelView, _ width: Int, _ height: Int, _ round: Int, _ numbers: inout SeededNumbers
    ) {
        let look = Self.looks[round % Self.looks.count]
        var context = Samples.context(look.glyphs, isMono: look.isMono)
        if round % 3 == 0 {
            context.focusedPanel = view.id
            context.valueCursor = Samples.ago(.minutes(Int64.random(in: -10...80, using: &numbers)))
            context.selectedRow = Int.random(in: 0...50, using: &numbers)
        }
        if round % 5 == 0 { context.endLabel = nil }
        let area = Rectangle(x: 3, y: 2, width: width, height: height)
        func drawn() -> Canvas {
            var canvas = Canvas(width: width + 7, height: height + 5)
            canvas.fill(canvas.bounds, with: "~", Style(.accent))
            canvas.fill(area)
            canvas.drawPanel(view, in: area, hasSeparator: round % 2 == 0, context)
            return canvas
        }
        let canvas = drawn()
        for y in 0..<canvas.height {
            for x in 0..<canvas.width {
                let cell = canvas[x, y]
                if !area.contains(x: x, y: y) {
                    #expect(
                        cell == Cell("~", Style(.accent)),
                        "drawn outside at \(x),\(y) in \(width)×\(height), seed round \(round)")
                    if cell != Cell("~", Style(.accent)) { return }
                }
                let isGood =
                    cell.character == "\0"
                    || cell.character.unicodeScalars.allSatisfy {
                        $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value)
                    }
                #expect(isGood)
            }
        }
        #expect(drawn().cells == canvas.cells)
        #expect(wideCharactersAreWhole(canvas))
    }

    private func wideCharactersAreWhole(_ canvas: Canvas) -> Bool {
        for y in 0..<canvas.height {
            for x in 0..<canvas.width {
                let isWide = characterWidth(canvas[x, y].character) == 2
                let isFollowed = x + 1 < canvas.width && canvas[x + 1, y].character == "\0"
                if isWide != isFollowed { return false }
            }
        }
        return true
    }

    @Test func asciiScreensAreASCII() {
        // Everything but what the data itself says.
        for (width, height) in [(80, 24), (200, 50), (30, 8)] {
            let canvas = Screens.draw(
                Screens.spark(), width: width, height: height, source: .replay(speed: 10, isPlaying: true),
                focused: 6, Samples.context(.ascii, isMono: true))
            #expect(canvas.plainText.utf8.allSatisfy { $0 < 0x80 })
        }
    }

    @Test func wholeScreensAtEverySize() {
        for width in [0, 1, 2, 3, 5, 8, 13, 21, 34, 39, 40, 55, 79, 80] {
            for height in [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 22, 24, 60] {
                for source in [SourceState.live, .replay(speed: 1, isPlaying: false)] {
                    let canvas = Screens.draw(
                        Screens.spark(), width: width, height: height, source: source, focused: 6)
                    // Never an empty screen, however small.
                    #expect(width * height == 0 || canvas.text.contains { $0.contains { $0 != " " } })
                }
            }
        }
    }

    @Test func chromeStaysInItsArea() {
        var numbers = SeededNumbers(seed: 11)
        for round in 0..<600 {
            let width = round < 12 ? round % 4 : Int.random(in: 0...130, using: &numbers)
            let height = round < 12 ? round / 4 : Int.random(in: 0...45, using: &numbers)
            let area = Rectangle(x: 2, y: 3, width: width, height: height)
            let look = Self.looks[round % Self.looks.count]
            let context = Samples.context(look.glyphs, isMono: look.isMono)
            var canvas = Canvas(width: width + 6, height: height + 6)
            canvas.fill(canvas.bounds, with: "~", Style(.accent))
            switch round % 11 {
            case 0: canvas.drawHelp(Screens.help, in: area, context)
            case 1: canvas.drawPicker(Screens.picker, in: area, context)
            case 2: canvas.drawVariablePicker(Screens.variables, in: area, context)
            case 3: canvas.drawAlertDetail(Screens.detail(), in: area, context)
            case 4: canvas.drawAlertBrowser(Screens.browser(), in: area, context)
            case 5:
                canvas.drawTopLine(Screens.topLine(.replay(speed: 0.5, isPlaying: true)), in: area, context)
            case 6:
                canvas.drawVerdict(
                    Screens.verdict(), in: area, source: Screens.topLine(.paused(behind: .hours(30))), context
                )
            case 7: canvas.drawScrubber(Screens.scrubber(), in: area, context)
            case 8:
                canvas.drawPrompt(
                    PromptModel(label: "go to", text: "実行中 10:28", cursor: round % 9, error: "no such time"),
                    in: area, context)
            default: canvas.drawBottomLine(Screens.hints, in: area, context)
            }
            let outside = (0..<canvas.width * canvas.height).filter {
                !area.contains(x: $0 % canvas.width, y: $0 / canvas.width)
            }
            #expect(
                outside.allSatisfy { canvas.cells[$0] == Cell("~", Style(.accent)) },
                "part \(round % 11) at \(width)×\(height)")
        }
    }
}
