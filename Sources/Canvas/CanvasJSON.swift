extension Canvas {
    /// The canvas as one JSON object: `width`, `height` and `rows`, top to bottom.
    ///
    /// A row has `text` (its characters, a wide one counting once) and `runs`: neighbouring cells of one style that is not
    /// the standard one, with `x` and `width` in cells, `foreground` and `background` as roles (`firing`, `series3`,
    /// `#rrggbb`) and `attributes`.
    package var json: String {
        var result = "{\"width\":\(width),\"height\":\(height),\"rows\":["
        for (y, line) in text.enumerated() {
            if y > 0 { result += "," }
            result += "{\"text\":" + jsonString(line) + ",\"runs\":["
            result += styleRuns(y).map(jsonRun).joined(separator: ",")
            result += "]}"
        }
        return result + "]}"
    }

    /// Neighbouring cells of row `y` that share a style, standard ones left out.
    package func styleRuns(_ y: Int) -> [(columns: Range<Int>, style: Style)] {
        var runs: [(columns: Range<Int>, style: Style)] = []
        var x = 0
        while x < width {
            let style = self[x, y].style
            var end = x + 1
            while end < width, self[end, y].style == style { end += 1 }
            if style != .standard { runs.append((x..<end, style)) }
            x = end
        }
        return runs
    }
}

private func jsonRun(_ run: (columns: Range<Int>, style: Style)) -> String {
    var result = "{\"x\":\(run.columns.lowerBound),\"width\":\(run.columns.count)"
    if run.style.foreground != .standard { result += ",\"foreground\":\"\(run.style.foreground.name)\"" }
    if run.style.background != .standard { result += ",\"background\":\"\(run.style.background.name)\"" }
    let attributes = run.style.attributes.names
    if !attributes.isEmpty {
        result += ",\"attributes\":[" + attributes.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
    return result + "}"
}

/// `text` as a JSON string. `SafeText` has left no control characters; the quote and the backslash remain.
private func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" { result += "\\" }
        result.unicodeScalars.append(scalar)
    }
    return result + "\""
}

extension ColorRole {
    /// The role as themes and JSON name it: `firing`, `series3` (counted from 1), `#rrggbb`.
    package var name: String {
        switch self {
        case .standard: "text"
        case .dim: "dim"
        case .accent: "accent"
        case .ok: "ok"
        case .pending: "pending"
        case .firing: "firing"
        case .critical: "critical"
        case .warning: "warning"
        case .noData: "no_data"
        case .error: "error"
        case .recovering: "recovering"
        case .series(let index): "series\(index + 1)"
        case .rgb(let value): hexColor(value)
        }
    }
}

extension Style.Attributes {
    /// The names of the attributes that are set.
    package var names: [String] {
        var names: [String] = []
        if contains(.bold) { names.append("bold") }
        if contains(.dim) { names.append("dim") }
        if contains(.reverse) { names.append("reverse") }
        if contains(.underline) { names.append("underline") }
        return names
    }
}

/// `#rrggbb`.
package func hexColor(_ rgb: UInt32) -> String {
    let digits = String(rgb & 0xff_ffff, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
}
