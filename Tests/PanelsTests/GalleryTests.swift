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
}
