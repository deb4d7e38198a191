import Canvas
import DisplayText
import Testing

/// Lines, dots, columns and bars.
struct PlotTests {
    private func lines(_ glyphs: GlyphSet = .braille, _ draw: (inout BoxLines) -> Void) -> [String] {
        var canvas = Canvas(width: 7, height: 5)
        var lines = BoxLines(area: canvas.bounds)
        draw(&lines)
        lines.draw(on: &canvas, glyphs, Style(.dim))
        return canvas.text
    }

    @Test func panelsThatTouchShareOneLine() {
        // Two panels side by side, one below them.
        let shared = lines { lines in
            lines.horizontal(y: 0, columns: 0..<3)
            lines.horizontal(y: 0, columns: 3..<7)
            lines.vertical(x: 3, rows: 0..<3)
            lines.horizontal(y: 3, columns: 0..<7)
        }
        #expect(shared == ["───┬───", "   │   ", "   │   ", "───┴───", "       "])
        // Four panels in a square.
        let square = lines { lines in
            for y in [0, 2] {
                lines.horizontal(y: y, columns: 0..<3)
                lines.horizontal(y: y, columns: 3..<7)
                lines.vertical(x: 3, rows: y..<y + 2)
            }
        }
        #expect(square == ["───┬───", "   │   ", "───┼───", "   │   ", "       "])
        // Two on the right beside a tall one on the left.
        let beside = lines { lines in
            lines.horizontal(y: 0, columns: 0..<3)
            for y in [0, 2] {
                lines.horizontal(y: y, columns: 3..<7)
                lines.vertical(x: 3, rows: y..<y + 2)
            }
        }
        #expect(beside == ["───┬───", "   │   ", "   ├───", "   │   ", "       "])
        // Two on the left beside a tall one on the right.
        let left = lines { lines in
            lines.horizontal(y: 0, columns: 0..<3)
            lines.horizontal(y: 2, columns: 0..<3)
            lines.horizontal(y: 0, columns: 3..<7)
            lines.vertical(x: 3, rows: 0..<4)
        }
        #expect(left == ["───┬───", "   │   ", "───┤   ", "   │   ", "       "])
    }

    @Test func framesAndOutside() {
        #expect(
            lines { $0.frame(Rectangle(x: 1, y: 1, width: 4, height: 3)) } == [
                "       ", " ┌──┐  ", " │  │  ", " └──┘  ", "       ",
            ])
        #expect(lines(.ascii) { $0.frame(Rectangle(x: 1, y: 1, width: 4, height: 3)) }[1] == " +--+  ")
        #expect(lines { $0.frame(Rectangle(x: 0, y: 0, width: 1, height: 3)) }.allSatisfy { $0 == "       " })
        // What is scrolled off leaves the rest as it was.
        let scrolled = lines { lines in
            lines.horizontal(y: -2, columns: 0..<7)
            lines.vertical(x: 3, rows: -2..<2)
            lines.horizontal(y: 2, columns: -5..<99)
        }
        #expect(scrolled == ["   │   ", "   │   ", "───┴───", "       ", "       "])
    }

    @Test func dotsBecomeBraille() {
        var plot = DotPlot(width: 2, height: 1)
        plot.set(0, 0, .ok)
        plot.set(3, 3, .firing)
        plot.set(9, 9, .firing)
        plot.set(-1, 0, .firing)
        var canvas = Canvas(width: 3, height: 1)
        canvas.write("...", x: 0, y: 0)
        plot.draw(on: &canvas, x: 0, y: 0)
        #expect(canvas.text == ["⠁⢀."])
        #expect(canvas[1, 0].style == Style(.firing))
        plot.line(from: (0, 0), to: (3, 3), .ok)
        plot.draw(on: &canvas, x: 0, y: 0)
        #expect(canvas.text == ["⠑⢄."])
        plot.line(from: (0, 100), to: (3, -100), .ok)
        #expect(plot.isEmpty(0, 0) == false)
    }

    private func column(_ layers: [Canvas.ColumnLayer], _ glyphs: GlyphSet = .block, rows: Int = 3) -> [Cell]
    {
        var canvas = Canvas(width: 1, height: rows)
        canvas.drawColumn(x: 0, base: rows - 1, rows: rows, layers: layers, glyphs)
        return canvas.cells
    }

    @Test func columnsGrowInEighths() {
        for (top, text) in [(0, "   "), (1, "  ▁"), (8, "  █"), (11, " ▃█"), (24, "███"), (99, "███")] {
            #expect(String(column([.init(top: top, role: .ok)]).map(\.character)) == text)
        }
        #expect(String(column([.init(top: 12, role: .ok)], .ascii).map(\.character)) == " .#")
    }

    @Test func layersShareACell() {
        let cells = column([.init(top: 4, role: .ok), .init(top: 16, role: .firing)])
        #expect(cells == [.blank, Cell("█", Style(.firing)), Cell("▄", Style(.ok, on: .firing))])
        // A thin top layer does not fill the empty half above it.
        let thin = column([.init(top: 2, role: .ok), .init(top: 4, role: .firing)])
        #expect(thin[2] == Cell("▂", Style(.ok)))
        let patterns = column([
            .init(top: 11, role: .ok, pattern: "#"), .init(top: 24, role: .firing, pattern: "="),
        ])
        #expect(patterns.map(\.character) == ["=", "=", "#"])
        #expect(column([.init(top: 8, role: .ok), .init(top: 8, role: .firing)])[2] == Cell("█", Style(.ok)))
    }

    @Test func barsShowTheirTrack() {
        func bar(_ fraction: Double, _ glyphs: GlyphSet = .braille) -> String {
            var canvas = Canvas(width: 8, height: 1)
            canvas.drawBar(x: 0, y: 0, width: 8, fraction: fraction, Style(.ok), track: Style(.dim), glyphs)
            return canvas.text[0]
        }
        #expect(bar(0) == "────────")
        #expect(bar(0.001) == "▏───────")
        #expect(bar(0.5) == "████────")
        #expect(bar(0.52) == "████▏───")
        #expect(bar(1) == "████████")
        #expect(bar(7) == "████████")
        #expect(bar(.nan) == "────────")
        #expect(bar(0.33, .ascii) == "##-.....")
        #expect(bar(0.001, .block) == "▌░░░░░░░")
    }

    @Test func glyphsAreOfWidthOneAndOfTheirSet() {
        for glyphs in GlyphSet.allCases {
            var all =
                glyphs.eighths + glyphs.sparkLevels + glyphs.leftEighths + glyphs.shades + glyphs.patterns
                + glyphs.markers
            all += [
                glyphs.horizontal, glyphs.heavyHorizontal, glyphs.vertical, glyphs.thresholdLine, glyphs.gap,
                glyphs.ellipsis, glyphs.dot,
                glyphs.leftTick, glyphs.rightTick, glyphs.bottomTick, glyphs.bottomLeft, glyphs.bottomRight,
                glyphs.track, glyphs.annotation,
            ]
            let texts = [
                glyphs.dash, glyphs.times, glyphs.bullet, glyphs.opened,
                glyphs.closed, glyphs.pointer,
            ]
            #expect(all.allSatisfy { characterWidth($0) == 1 })
            if glyphs == .ascii {
                #expect(
                    all.allSatisfy(\.isASCII) && texts.allSatisfy { $0.string.utf8.allSatisfy { $0 < 0x7f } })
            }
            #expect(Set(glyphs.markers).count == glyphs.markers.count)
            #expect(
                glyphs.eighths.count == 9 && glyphs.sparkLevels.count == 8 && glyphs.leftEighths.count == 9)
        }
    }
}
