import Canvas
import DisplayText
import Testing

/// The canvas as text, ANSI, SVG and JSON.
struct OutputTests {
    private func sample() -> Canvas {
        var canvas = Canvas(width: 12, height: 3)
        canvas.write("ok <1&2>", x: 1, y: 0, Style(.ok))
        canvas.write("実", x: 10, y: 0, Style(.firing, [.bold, .reverse]))
        canvas.put("⣿", x: 0, y: 1, Style(.series(0)))
        canvas.put("│", x: 1, y: 1, Style(.dim))
        canvas.put("▄", x: 2, y: 1, Style(.rgb(0xff0000), on: .rgb(0x0000ff)))
        canvas.write("q\"\\", x: 4, y: 1)
        return canvas
    }

    @Test func plainTextEndsAtTheLastCharacter() {
        #expect(sample().plainText == " ok <1&2> 実\n⣿│▄ q\"\\\n\n")
    }

    @Test func ansiSetsEachStyleOnceAndResets() {
        let theme = Theme(
            name: "t", colors: ["ok": "green", "firing": "bright-red", "dim": "244", "series1": "red"])
        #expect(
            sample().ansiText(theme: theme, depth: .palette256)
                == " \u{1b}[0;32mok <1&2>\u{1b}[0m \u{1b}[0;1;7;91m実\u{1b}[0m\n\u{1b}[0;31m⣿\u{1b}[0;38;5;244m│\u{1b}[0;38;5;196;48;5;21m▄\u{1b}[0m q\"\\\n\n"
        )
        #expect(
            sample().ansiText(theme: theme, depth: .mono)
                == " ok <1&2> \u{1b}[0;1;7m実\u{1b}[0m\n⣿\u{1b}[0;2m│\u{1b}[0;7m▄\u{1b}[0m q\"\\\n\n")
    }

    @Test func backgroundsAreNotTrimmed() {
        var canvas = Canvas(width: 4, height: 1)
        canvas.fill(Rectangle(x: 1, y: 0, width: 2, height: 1), Style(.firing, .reverse))
        #expect(canvas.ansiText(theme: .mono, depth: .mono) == " \u{1b}[0;1;7m  \u{1b}[0m\n")
    }

    @Test func jsonHasTextAndRuns() {
        var canvas = Canvas(width: 6, height: 2)
        canvas.write("a\"\\", x: 0, y: 0, Style(.firing, [.bold, .underline]))
        canvas.write("x", x: 5, y: 0, Style(.series(2), on: .rgb(0x0a0b0c), [.dim, .reverse]))
        #expect(
            canvas.json
                == ##"{"width":6,"height":2,"rows":[{"text":"a\"\\  x","runs":[{"x":0,"width":3,"foreground":"firing","attributes":["bold","underline"]},"##
                + ##"{"x":5,"width":1,"foreground":"series3","background":"#0a0b0c","attributes":["dim","reverse"]}]},{"text":"      ","runs":[]}]}"##
        )
    }

    @Test func svgIsAPictureOfTheCells() {
        let picture = sample().svg(theme: .standard)
        #expect(picture.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"108\" height=\"54\""))
        #expect(picture.hasSuffix("</svg>\n"))
        #expect(picture.contains(">&lt;1&amp;2&gt;</text>"))
        // Wide text takes two cells, reverse swaps colours.
        #expect(picture.contains("textLength=\"18\""))
        #expect(picture.contains("<rect x=\"90\" y=\"0\" width=\"18\" height=\"18\" fill=\"#ff5f5f\"/>"))
        // Shapes are drawn, not written.
        #expect(!picture.contains("⣿") && !picture.contains("│") && !picture.contains("▄"))
        #expect(sample().svg(theme: .standard) == picture)
        #expect(!sample().svg(theme: .standard, depth: .mono).contains("#5faf5f"))
    }

    @Test func everyShapeHasAPath() {
        var canvas = Canvas(width: 1, height: 1)
        for scalar in Array(0x2580...0x2595) + Array(0x2801...0x28ff) as [UInt32] {
            canvas.put(Unicode.Scalar(scalar).map(Character.init) ?? " ", x: 0, y: 0)
            #expect(canvas.svg(theme: .mono).contains("<path"))
        }
        for character in "─━│┃═┈┌┐└┘├┤┬┴┼╭╮╯╰" {
            canvas.put(character, x: 0, y: 0)
            #expect(canvas.svg(theme: .mono).contains("<path"))
        }
        canvas.put("╳", x: 0, y: 0)
        #expect(canvas.svg(theme: .mono).contains("<text"))
    }
}
