import Canvas
import DisplayText
import Testing

/// Cells, clipping and wide characters.
struct CanvasTests {
    @Test func textIsCutAtTheEdges() {
        var canvas = Canvas(width: 6, height: 2)
        #expect(canvas.write("abcdefgh", x: 2, y: 0) == 10)
        canvas.write("xyz", x: -1, y: 1)
        canvas.write("lost", x: 0, y: 2)
        canvas.write("lost", x: 0, y: -1)
        #expect(canvas.text == ["  abcd", "yz    "])
    }

    @Test func nothingIsDrawnOutsideOfTheClip() {
        var canvas = Canvas(width: 6, height: 3)
        canvas.clipped(to: Rectangle(x: 1, y: 1, width: 3, height: 9)) { canvas in
            for y in 0..<3 { canvas.write("abcdef", x: 0, y: y) }
            canvas.fill(Rectangle(x: 3, y: 0, width: 3, height: 3), with: "#")
            #expect(canvas.isBlank(x: 0, y: 0) == false)
        }
        #expect(canvas.text == ["      ", " bc#  ", " bc#  "])
        #expect(canvas.isBlank(x: 0, y: 0))
        #expect(!canvas.isBlank(x: 9, y: 9))
    }

    @Test func emptyCanvasesTakeAnything() {
        for (width, height) in [(0, 0), (0, 3), (3, 0), (-2, 5)] {
            var canvas = Canvas(width: width, height: height)
            canvas.write("実 text", x: 0, y: 0)
            canvas.fill(Rectangle(x: -1, y: -1, width: 9, height: 9))
            canvas.add(.bold, in: Rectangle(x: -1, y: -1, width: 9, height: 9))
            #expect(canvas.plainText == String(repeating: "\n", count: max(0, height)))
            #expect(canvas.changedRuns(since: canvas).isEmpty)
        }
    }

    @Test func wideCharactersTakeTwoCells() {
        var canvas = Canvas(width: 5, height: 1)
        canvas.write("実行中", x: 0, y: 0)
        // The third does not fit whole.
        #expect(canvas.text == ["実行 "])
        #expect(canvas[1, 0].character == "\0")
        canvas.write("x", x: 1, y: 0)
        #expect(canvas.text == [" x行 "])
        canvas.write("y", x: 2, y: 0)
        #expect(canvas.text == [" xy  "])
    }

    @Test func fieldsAlignAndShorten() {
        func field(_ text: SafeText, _ width: Int, _ align: TextAlignment) -> String {
            var canvas = Canvas(width: 12, height: 1)
            canvas.write(text, x: 1, y: 0, width: width, align: align)
            return canvas.plainText
        }
        #expect(field("abc", 6, .left) == " abc\n")
        #expect(field("abc", 6, .right) == "    abc\n")
        #expect(field("abc", 6, .center) == "  abc\n")
        #expect(field("daily_features_eu", 9, .left) == " dail…s_eu\n")
        #expect(field("daily_features_eu", 0, .left) == "\n")
        #expect(field("daily_features_eu", -3, .right) == "\n")
        #expect(SafeText("daily_features_eu").shortened(to: 9, ellipsis: "~") == "dail~s_eu")
    }

    @Test func stylesOfDrawnCellsCanBeChanged() {
        var canvas = Canvas(width: 4, height: 1)
        canvas.write("abcd", x: 0, y: 0, Style(.ok))
        canvas.add(.reverse, in: Rectangle(x: 1, y: 0, width: 2, height: 1))
        canvas.restyle(Rectangle(x: 2, y: 0, width: 9, height: 9)) { $0.foreground = .dim }
        #expect(
            (0..<4).map { canvas[$0, 0].style } == [
                Style(.ok), Style(.ok, .reverse), Style(.dim, .reverse), Style(.dim),
            ])
    }

    @Test func rectanglesAreCutFromTheirEdges() {
        var rest = Rectangle(x: 2, y: 3, width: 10, height: 6)
        #expect(rest.takeTop(2) == Rectangle(x: 2, y: 3, width: 10, height: 2))
        #expect(rest.takeBottom(1) == Rectangle(x: 2, y: 8, width: 10, height: 1))
        #expect(rest.takeLeft(3) == Rectangle(x: 2, y: 5, width: 3, height: 3))
        #expect(rest.takeRight(2) == Rectangle(x: 10, y: 5, width: 2, height: 3))
        #expect(rest == Rectangle(x: 5, y: 5, width: 5, height: 3))
        #expect(rest.takeTop(99).height == 3 && rest.isEmpty)
        #expect(rest.takeLeft(-4).isEmpty)
    }

    @Test func changesAreFoundAndJoined() {
        var earlier = Canvas(width: 20, height: 3)
        earlier.write("abcdefghij", x: 0, y: 1)
        var later = earlier
        later.put("X", x: 1, y: 1)
        later.put("Y", x: 4, y: 1)
        later.put("Z", x: 19, y: 1)
        #expect(
            later.changedRuns(since: earlier, gapMax: 3) == [
                ChangedRun(y: 1, columns: 1..<5), ChangedRun(y: 1, columns: 19..<20),
            ])
        #expect(later.changedRuns(since: earlier, gapMax: 0).count == 3)
        var wide = earlier
        wide.write("実", x: 4, y: 1)
        var wider = wide
        wider.write("行", x: 4, y: 1)
        #expect(wider.changedRuns(since: wide) == [ChangedRun(y: 1, columns: 4..<6)])
        #expect(
            Canvas(width: 3, height: 2).changedRuns(since: earlier) == [
                ChangedRun(y: 0, columns: 0..<3), ChangedRun(y: 1, columns: 0..<3),
            ])
    }

    @Test func changedRunsTurnOneCanvasIntoTheOther() {
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let texts: [SafeText] = ["a", "xyz", "実行", "…", "  ", "e\u{301}f"]
        var canvas = Canvas(width: 17, height: 5)
        var shown = canvas.cells
        for _ in 0..<400 {
            let earlier = canvas
            for _ in 0..<random(4) {
                canvas.write(
                    texts[random(texts.count)], x: random(20) - 2, y: random(5),
                    Style([.ok, .dim, .series(random(3))][random(3)]))
            }
            for run in canvas.changedRuns(since: earlier) {
                for x in run.columns { shown[run.y * 17 + x] = canvas[x, run.y] }
                #expect(canvas[run.columns.lowerBound, run.y].character != "\0")
            }
            #expect(shown == canvas.cells)
        }
    }
}
