import Canvas
import Dashboard
import MetricModel
import Panels
import Testing

/// Pictures of everything, for eyes. Written only where `PLANETOP_GALLERY` names a folder.
@Suite(.enabled(if: Golden.environment("PLANETOP_GALLERY") != nil, "PLANETOP_GALLERY names no folder"))
struct GalleryTests {
    private func save(
        _ canvas: Canvas, _ name: String, theme: Theme = .standard, depth: ColorDepth = .palette256
    ) {
        guard let folder = Golden.environment("PLANETOP_GALLERY") else { return }
        Golden.write(canvas.svg(theme: theme, depth: depth), to: "\(folder)/\(name).svg")
    }

    @Test func panels() {
        for (glyphs, isMono) in [
            (GlyphSet.braille, false), (.block, false), (.ascii, true), (.braille, true),
        ] {
            for page in 0..<4 {
                var canvas = Canvas(width: 160, height: 60)
                let context = Samples.context(glyphs, isMono: isMono)
                for (index, sample) in Samples.panels.dropFirst(page * 10).prefix(10).enumerated() {
                    let area = Rectangle(x: index % 2 * 81, y: index / 2 * 12, width: 79, height: 11)
                    canvas.drawPanel(sample.view, in: area, context)
                }
                save(
                    canvas, "panels-\(glyphs.rawValue)\(isMono ? "-mono" : "")-\(page)",
                    depth: isMono ? .mono : .palette256)
            }
        }
    }

    @Test func screens() {
        for (width, height) in [(80, 24), (120, 40), (200, 50)] {
            save(Screens.draw(Screens.overview(), width: width, height: height), "overview-\(width)")
            save(Screens.draw(Screens.spark(), width: width, height: height, focused: 6), "spark-\(width)")
            save(
                Screens.draw(
                    Screens.spark(), width: width, height: height,
                    source: .replay(speed: 10, isPlaying: true), Samples.context(.block)),
                "spark-block-\(width)", theme: .solarizedLight)
        }
    }

    @Test func chrome() {
        func overlay(
            _ name: String, _ width: Int = 100, _ height: Int = 30, _ body: (inout Canvas, Rectangle) -> Void
        ) {
            var canvas = Screens.draw(Screens.spark(), width: width, height: height)
            body(&canvas, Rectangle(x: 0, y: 2, width: width, height: height - 3))
            save(canvas, "chrome-\(name)")
        }
        let context = Samples.context()
        overlay("help") { $0.drawHelp(Screens.help, in: $1, context) }
        overlay("picker") { $0.drawPicker(Screens.picker, in: $1, context) }
        overlay("variables") { $0.drawVariablePicker(Screens.variables, in: $1, context) }
        overlay("detail", 120, 40) { $0.drawAlertDetail(Screens.detail(), in: $1, context) }
        overlay("browser") {
            $0.fill($1)
            $0.drawAlertBrowser(Screens.browser(), in: $1, context)
        }
        var small = Canvas(width: 160, height: 50)
        var (x, y) = (0, 0)
        for (width, height) in [
            (60, 12), (40, 10), (30, 8), (20, 6), (12, 5), (40, 3), (40, 2), (40, 1), (24, 1), (10, 1),
            (5, 1), (1, 1),
        ] {
            for source in [
                SourceState.live, .paused(behind: .seconds(192)), .replay(speed: 10, isPlaying: true),
            ] {
                if x + width > 160 { (x, y) = (0, y + height + 1) }
                let part = Screens.draw(
                    Screens.spark(), width: width, height: height, source: source, focused: 6)
                for row in 0..<height {
                    for column in 0..<width where y + row < 50 {
                        let cell = part[column, row]
                        if cell.character != "\0" {
                            small.put(cell.character, x: x + column, y: y + row, cell.style)
                        }
                    }
                }
                x += width + 2
            }
            (x, y) = (0, y + height + 1)
        }
        save(small, "chrome-small")
        var zoomed = Canvas(width: 120, height: 30)
        var inspecting = context
        inspecting.focusedPanel = 1
        inspecting.valueCursor = Samples.ago(.minutes(21))
        zoomed.drawPanel(Samples.panels[0].view, in: zoomed.bounds, inspecting)
        save(zoomed, "chrome-inspect")
    }

    /// CPU for composing a frame, printed for whoever tunes it; no expectation, since machines differ.
    @Test func drawingTime() {
        for (width, height) in [(80, 24), (200, 50)] {
            let dashboard = Screens.spark()
            let clock = ContinuousClock()
            var cells = 0
            let time = clock.measure {
                for _ in 0..<50 { cells += Screens.draw(dashboard, width: width, height: height).cells.count }
            }
            print("\(width)×\(height): \(time / 50) a frame, \(cells / 50) cells")
        }
    }
}
