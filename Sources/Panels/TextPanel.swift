import Canvas
import Dashboard
import DisplayText

/// A text of headings, paragraphs, items and code, broken at words.
struct TextPanel {
    let lines: [TextView.Line]
    let context: DrawingContext

    /// Rows that the text takes at `width` columns.
    func height(width: Int) -> Int { rows(width: width).count }

    /// - Returns: what the title says when not all of it is seen.
    @discardableResult
    func draw(on canvas: inout Canvas, in area: Rectangle) -> SafeText? {
        let rows = rows(width: area.width)
        let window = ListWindow(count: rows.count, room: area.height, first: context.firstRow, selected: nil)
        for (line, index) in window.range.enumerated() {
            canvas.write(rows[index], x: area.x, y: area.y + line)
        }
        return window.range.count < rows.count ? window.note(of: rows.count) : nil
    }

    func rows(width: Int) -> [StyledText] {
        var rows: [StyledText] = []
        func add(_ text: SafeText, _ style: Style, first: SafeText = "", following: SafeText = "") {
            for (index, line) in wrapped(text, width: width - first.width).enumerated() {
                rows.append(StyledText(index == 0 ? first : following, .dim).appending(line, style))
            }
        }
        for line in lines {
            switch line {
            case .heading(let text): add(text, .strong)
            case .paragraph(let text): add(text, .standard)
            case .item(let text): add(text, .standard, first: context.glyphs.bullet + " ", following: "  ")
            case .code(let text): add(text, Style(.accent), first: "  ", following: "  ")
            case .blank: rows.append(StyledText())
            }
        }
        return rows
    }
}

/// `text` broken into lines of at most `width` columns, at blanks where there are any.
func wrapped(_ text: SafeText, width: Int) -> [SafeText] {
    if width <= 0 { return [] }
    var lines: [SafeText] = []
    var line = ""
    var used = 0
    for word in text.string.split(separator: " ", omittingEmptySubsequences: true) {
        var word = SafeText(String(word))
        if used > 0, used + 1 + word.width <= width {
            line += " " + word.string
            used += 1 + word.width
            continue
        }
        if used > 0 { lines.append(SafeText(line)) }
        while word.width > width {
            let head = word.prefix(width: width)
            // A character wider than the area would never get smaller.
            if head.string.isEmpty { break }
            lines.append(head)
            word = SafeText(String(word.string.dropFirst(head.string.count)))
        }
        line = word.string
        used = word.width
    }
    if used > 0 { lines.append(SafeText(line)) }
    return lines.isEmpty ? [""] : lines
}
